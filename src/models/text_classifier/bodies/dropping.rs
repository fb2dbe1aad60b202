//! What is dropped within the layers of a classifier, and what a forward pass keeps of it; see `dropped`.

use crate::rng::Moment;
use crate::session::language_model::Dropouts;

/// What chance decides for a shard of a batch, by the numbers that name it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Within {
    /// `output` is not looked at: before the classes acts the dropout of the features.
    pub dropouts: Dropouts,
    /// The shard of the batch.
    pub moment: Moment,
}

/// What a forward pass keeps where something is dropped.
#[derive(Debug, Clone, Default)]
pub struct Dropped<T> {
    /// The weights of all layers as they are used, and what they are multiplied by (nothing, if none is dropped).
    pub weights: Vec<T>,
    pub kept: Vec<T>,
    pub gradient: Vec<T>,
    /// The word of each row, and what its vector is multiplied by.
    pub words: Vec<u32>,
    pub factors: Vec<T>,
    /// What each layer reads, `(N, D)` and `(N, H)`, and what the values are multiplied by, document by document in order
    /// of rank.
    pub inputs: Vec<Vec<T>>,
    pub masks: Vec<Vec<T>>,
    pub d_input: Vec<T>,
}
