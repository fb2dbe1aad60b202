//! The training thread: commands in, events out, one bounded step at a time.
//!
//! [`protocol`] is what front ends and the thread say to each other, [`worker`] the thread, `job` the session it works on; `pretraining` (word vectors),
//! `language` and `network_stage` (a network for images) or else nothing, and then `training`, are the long parts of a
//! session; `lr-find` looks for a learning rate; `run` is one run, `learners` are the ways it can learn, `plan` and `image_plan`
//! make runs; [`threads`] share the work.

mod answers;
mod cells;
mod clock;
mod clustering;
mod corpus;
mod coverage;
mod image_answers;
mod image_plan;
mod job;
mod language;
pub(crate) mod learners;
mod looks;
pub mod lr_finder;
mod memory;
mod network_stage;
mod outbox;
mod plan;
mod pretraining;
pub mod protocol;
mod quality;
mod reading;
mod reading_images;
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
pub use reading_images::{network as network_of, usual as usual_preparation};
