//! Where pre-training has come to: for those who look on, and for checkpoints.

use serde::{Deserialize, Serialize};

/// Where a step has come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The part of the work that the step belongs to.
    pub doing: Doing,
    /// Tokens read: of the corpus while counting, over all epochs while training.
    pub tokens: u64,
    /// Tokens there are over all epochs; 0 while that is not known.
    pub of: u64,
    /// The sum of the losses of this step's true pairs, each with its noise words. Together with
    /// `pairs` it gives the mean of any stretch of steps.
    pub loss: f64,
    /// True pairs of this step.
    pub pairs: u64,
    /// The learning rate of this step.
    pub learning_rate: f32,
}

/// What a [`Pretraining`](super::Pretraining) is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Looking for words that come together, to join them.
    Joining,
    /// Counting the words of the corpus.
    Counting,
    /// Training.
    Training,
    /// Nothing more is to do.
    Finished,
}

/// The place in the work, for checkpoints: with it, the vocabulary and the two tables, training goes on
/// to the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The epoch under way, from 0; the number of epochs when all is done.
    pub epoch: u32,
    /// Blocks of this epoch that are done.
    pub block: u64,
    /// Tokens read over all epochs.
    pub tokens: u64,
    /// What the learning rate is multiplied by.
    pub factor: f32,
}
