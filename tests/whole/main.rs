//! Tests of the whole program: each runs it on small data in a folder of its own. They are one test program, because each
//! test program links the whole crate. `cargo test --test whole session::` runs those of one file.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod bench;
mod bodies;
#[cfg(target_os = "linux")]
mod bombs;
mod cluster;
mod completions;
mod continued;
mod distill;
mod durability;
mod encoders;
mod export;
mod fasttext;
mod fork;
mod images;
mod inherited;
mod label;
mod lr_find;
mod peers;
mod plain;
mod predict;
mod real;
mod report;
mod rerun;
mod screens;
mod session;
mod sources;
mod static_vectors;
mod tasks;
#[cfg(target_os = "linux")]
mod terminal;
mod texts;
mod tour;
mod vectors;
#[cfg(target_os = "linux")]
mod watch;
mod words;
