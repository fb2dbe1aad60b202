//! The training thread: commands in, events out, one bounded step at a time.
//!
//! [`protocol`] is what front ends and the thread say to each other, [`worker`] the thread, `job` the session that it
//! works on. First a `stage` pre-trains the source: `pretraining` word vectors, `language` a language model,
//! `network_stage` an image network. What it comes to is a `pretrained`, of texts or of images: it turns a method into
//! a `learner`, one of the `learners`. `plan` makes a `run` of it, and `training` trains the runs side by side. [`lr_finder`] looks for
//! a learning rate; [`folds`] answers about examples with models that did not see them; [`threads`] share the work.

mod answers;
mod cells;
mod clock;
mod clustering;
mod corpus;
mod coverage;
mod data;
pub mod folds;
pub mod ground;
mod image_answers;
mod image_pretrained;
mod job;
mod language;
pub(crate) mod learner;
pub(crate) mod learners;
mod looks;
pub mod lr_finder;
mod memory;
mod network_stage;
mod outbox;
mod plan;
mod pretrained;
mod pretraining;
pub mod protocol;
mod quality;
mod reading;
mod reading_images;
mod ready;
pub(crate) mod run;
mod stage;
mod task;
#[cfg(test)]
mod tests;
mod text_pretrained;
pub mod threads;
pub(crate) mod training;
mod vector_coverage;
pub mod worker;

pub use language::kept_model;
pub use pretraining::kept_vectors;
pub use reading_images::{network as network_of, usual as usual_preparation};
