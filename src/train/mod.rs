//! The training thread: commands in, events out, one bounded step at a time.
//!
//! [`worker`] is the thread, `job` the session it works on; `pretraining` and `training` are the
//! two long parts of a session, `run` is one run and `learners` are the ways it can learn.

mod answers;
mod clock;
mod clustering;
pub mod command;
mod coverage;
pub mod event;
mod job;
mod language;
pub(crate) mod learners;
mod network_stage;
mod outbox;
mod picture_answers;
mod picture_plan;
mod plan;
mod pretraining;
mod quality;
mod reading;
mod reading_pictures;
pub(crate) mod run;
mod stage;
mod task;
#[cfg(test)]
mod tests;
pub(crate) mod training;
pub mod worker;

pub use language::kept_model;
pub use network_stage::FILE as NETWORK_FILE;
pub use pretraining::kept_vectors;
pub use reading_pictures::{network as network_of, usual as usual_preparation};
