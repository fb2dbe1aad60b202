//! The values that a forward pass keeps for the backward pass: a tape for each kind of body.

use crate::nn::encoder::Direction;
use crate::nn::packed::Packed;
use crate::nn::recurrent::Tape;
use crate::nn::text_convolution;

use super::dropping::Dropped;
use super::words::WordInput;

/// The working memory of all bodies. Models of all shapes can use it, one at a time; it grows to the size that the
/// largest needs.
#[derive(Debug, Clone, Default)]
pub struct Tapes<T> {
    /// How the documents of recurrent bodies are packed.
    pub packed: Packed,
    /// The distinct words of the batch.
    pub words: WordInput<T>,
    /// The recurrent layer in each direction. The top layer of a stack uses the first.
    pub directions: [Direction<T>; 2],
    /// The tape of a stack of layers.
    pub stack: StackTape<T>,
    /// The tape of the convolutions.
    pub convolution: text_convolution::Tape<T>,
}

/// The tape of a stack of recurrent layers.
#[derive(Debug, Clone, Default)]
pub struct StackTape<T> {
    /// The tapes of the layers below the top layer, from the words up.
    pub below: Vec<Tape<T>>,
    /// The rows 0, 1, 2, …: a row of a layer reads the same row of the layer below.
    pub own: Vec<u32>,
    /// The gradient of the states of the layer below.
    pub d_states: Vec<T>,
    /// The tape of the dropout within the layers.
    pub dropped: Dropped<T>,
    /// Whether the last forward pass had dropout within the layers.
    pub has_dropped: bool,
}
