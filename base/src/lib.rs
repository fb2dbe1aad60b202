//! What the engine and the workbench of warmstart share: what is written and read, and the smallest tools.
//!
//! The page of the crate `warmstart` has the map of the rooms and what always holds. This crate is compiled for size.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod fault;
pub mod files;
pub mod rng;
pub mod session;
