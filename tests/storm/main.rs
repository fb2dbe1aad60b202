//! A session under attack: killed at any moment, on a disk that refuses, with a cut log or a changed
//! checkpoint, held by two processes. Whatever happens, it ends with the bits and the report of a session
//! that nobody disturbed, or says in one sentence what is wrong.
//!
//! The usual run is a sample. `WARMSTART_STORM=full` takes the whole numbers (best with `--release`), and
//! `WARMSTART_STORM_CASE=17` repeats one case of each test.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod cases;
mod cuts;
mod failures;
mod flips;
mod kills;
mod kinds;
mod outcome;
mod program;
mod races;
mod random;
mod shim;
mod strokes;
