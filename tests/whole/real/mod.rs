//! Tests on public data. `WARMSTART_DATA` names the folder with it; `cargo test --test whole real:: -- --include-ignored` runs
//! them.

mod images;
mod texts;
mod word_vectors;
