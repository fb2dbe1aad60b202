//! The progress of pre-training, for display and for checkpoints.

use serde::{Deserialize, Serialize};

/// The progress after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The stage that the step belongs to.
    pub doing: Doing,
    /// Tokens read: of the corpus while counting, over all epochs while training.
    pub tokens: u64,
    /// The total number of tokens over all epochs; 0 while it is not known.
    pub of: u64,
    /// The sum of the losses of this step's true pairs, each with its noise words. Together with `pairs` it gives the
    /// mean loss over any number of steps.
    pub loss: f64,
    /// The number of true pairs of this step.
    pub pairs: u64,
    /// The learning rate of this step.
    pub learning_rate: f32,
}

/// The stage of a [`Pretraining`](super::Pretraining).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Looking for pairs of words to join to phrases.
    Joining,
    /// Counting the words of the corpus.
    Counting,
    /// Training.
    Training,
    /// Everything is done.
    Finished,
}

/// The position in the work, for checkpoints. With it, the vocabulary and the two tables, training continues with the
/// same bits.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The current epoch, from 0; the number of epochs when all are done.
    pub epoch: u32,
    /// The number of completed blocks of this epoch.
    pub block: u64,
    /// The number of tokens read over all epochs.
    pub tokens: u64,
    /// The factor of the learning rate.
    pub factor: f32,
    /// Floating-point operations so far; `None` in checkpoints of before they were counted.
    #[serde(default)]
    pub flops: Option<u64>,
}
