//! The training thread: it receives commands, sends events, and does one bounded step at a time.
//!
//! [`protocol`] has the messages between front ends and the thread, [`worker`] is the thread, `job` is the session
//! that it works on. First a `stage` pre-trains the source: `pretraining` for word vectors, `language` for a language
//! model, `distillation` for static token vectors, `network_stage` for an image network. The result is a `pretrained`, of texts or of images. It turns a
//! method into a `learner`, one of the `learners`. `plan` makes a `run` of it, and `training` trains the runs
//! concurrently. [`lr_finder`] finds a learning rate. [`folds`] answers about examples with models that did not see
//! them. [`labelling`] takes labels for texts that it chooses. [`starter`] begins with a plain file of labelled examples, and `surveying` does so
//! for the workbench. `encoder_answers` and `nearest_sentences` look inside the sentence encoder of a run. [`threads`] is the pool
//! that does the work, and [`round_times`] keeps for a benchmark how long its parts took.

mod answers;
mod beside;
mod body;
mod cells;
mod clock;
mod clustering;
pub mod concordance;
mod corpus;
mod coverage;
mod data;
mod distillation;
mod encoder_answers;
mod encoder_pretrained;
mod encoding;
pub mod folds;
mod forking;
pub mod ground;
mod image_answers;
mod image_pretrained;
mod inherited;
mod job;
pub mod label_audit;
pub mod labelling;
mod language;
mod layered;
pub(crate) mod learner;
pub(crate) mod learners;
mod looks;
pub mod lr_finder;
mod memory;
mod moments;
mod nearest_sentences;
mod network_stage;
mod outbox;
mod plan;
mod pretrained;
mod pretraining;
pub mod protocol;
mod quality;
mod read_encoder;
mod reading;
mod reading_images;
mod ready;
pub mod round_times;
pub(crate) mod run;
mod sentence_vectors;
mod stage;
pub mod starter;
mod surveying;
mod task;
mod task_texts;
#[cfg(test)]
mod tests;
mod text_pretrained;
pub mod threads;
pub(crate) mod training;
pub(crate) mod tunable;
mod twins;
mod vector_coverage;
pub mod worker;

pub use language::kept_model;
pub use pretraining::kept_vectors;
pub use read_encoder::{model_vectors, token_vectors};
pub use reading_images::{network as network_of, usual as usual_preparation};
