//! The settings and the tape of the dropout within the layers of a classifier. The passes themselves are in `dropped`.

use crate::rng::Moment;
use crate::session::language_model::Dropouts;

/// The dropout within the layers for one shard of a batch. Its random masks depend only on these values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Within {
    /// The dropout fractions. `output` is ignored: the dropout of the features takes its place.
    pub dropouts: Dropouts,
    /// The seed, the update and the shard.
    pub moment: Moment,
}

/// What a forward pass with dropout within the layers keeps for the backward pass.
#[derive(Debug, Clone, Default)]
pub struct Dropped<T> {
    /// The weights of all layers after weight dropout.
    pub weights: Vec<T>,
    /// The factor of each weight; empty if no weight is dropped.
    pub kept: Vec<T>,
    /// The gradient of `weights`.
    pub gradient: Vec<T>,
    /// The word of each packed row, `(N)`.
    pub words: Vec<u32>,
    /// The factor of the vector of each row, `(N)`; empty if no word is dropped.
    pub factors: Vec<T>,
    /// The input of each layer after dropout: `(N, D)` for the first, `(N, H)` for the others.
    pub inputs: Vec<Vec<T>>,
    /// The factors of the input of each layer, `(B, D)` or `(B, H)`, documents in the order in which they are packed;
    /// empty if nothing is dropped.
    pub masks: Vec<Vec<T>>,
    /// The gradient of the input of a layer.
    pub d_input: Vec<T>,
}
