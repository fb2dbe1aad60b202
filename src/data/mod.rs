//! Data: what a task and a pre-training are fed with.

pub mod demo;
