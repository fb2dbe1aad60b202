//! The engine of warmstart: everything below the workbench and the commands.
//!
//! The page of the crate `warmstart` has the map of the rooms and what always holds. The two are crates so that screens and
//! commands can be compiled for size and the engine for speed, and so that a change of a screen does not compile the engine
//! again.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub use warmstart_base::{error, fault, files, rng, session};

pub mod bench;
pub mod data;
pub mod kernel;
pub mod models;
pub mod nn;
pub mod plot;
pub mod pretrain;
pub mod text;
pub mod train;
pub mod transfer;
pub mod vectors;
pub mod vision;
