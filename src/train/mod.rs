//! The training thread: commands in, events out, one bounded step at a time.
//!
//! [`worker`] is the thread, `job` the session it works on; `pretraining` (word vectors),
//! `language` and `network_stage` (a network for pictures) or else nothing, and then `training`, are the long parts of a
//! session; `rates` looks for a learning rate; `run` is one run, `learners` are the ways it can learn, `plan` and `picture_plan`
//! make runs; [`threads`] share the work.

mod answers;
mod clock;
mod clustering;
pub mod command;
mod coverage;
pub mod event;
mod job;
mod language;
pub(crate) mod learners;
mod memory;
mod network_stage;
mod outbox;
mod picture_answers;
mod picture_plan;
mod plan;
mod pretraining;
mod quality;
pub mod rates;
mod reading;
mod reading_pictures;
pub(crate) mod run;
mod stage;
mod task;
#[cfg(test)]
mod tests;
pub mod threads;
pub(crate) mod training;
pub mod worker;

pub use language::kept_model;
pub use pretraining::kept_vectors;
pub use reading_pictures::{network as network_of, usual as usual_preparation};
