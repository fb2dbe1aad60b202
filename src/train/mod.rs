//! The training thread: commands in, events out, one bounded step at a time.
//!
//! [`worker`] is the thread, `job` the session it works on; `pretraining` and `training` are the
//! two long parts of a session, `run` is one run and `learners` are the ways it can learn.

mod answers;
mod clock;
pub mod command;
mod coverage;
pub mod event;
mod job;
pub(crate) mod learners;
mod outbox;
mod plan;
mod pretraining;
mod quality;
mod reading;
pub(crate) mod run;
mod task;
#[cfg(test)]
mod tests;
pub(crate) mod training;
pub mod worker;

pub use pretraining::kept_vectors;
