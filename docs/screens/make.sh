#!/bin/sh
# Makes the images of docs/tour.md again, from the recorded sessions: sh docs/screens/make.sh
set -eu
cd "$(dirname "$0")/../.."
cargo build --release
shot() {
    for theme in dark light; do
        target/release/warmstart replay "sessions/$2" --theme "$theme" --keys "$3" --size "$4" --svg "docs/screens/$1-$theme.svg"
    done
}
shot train recorded-demo "2" 100x30
shot runs recorded-sst2 "2 v 4" 120x36
shot words recorded-demo "3" 100x30
shot confusion recorded-sst2 "4" 100x30
shot compare recorded-demo "5" 100x34
shot sources recorded-sources "5" 110x36
target/release/warmstart replay sessions/recorded-demo --keys 2 --size 80x24 --frames 20 --pause 0.6 --svg docs/screens/training.svg
