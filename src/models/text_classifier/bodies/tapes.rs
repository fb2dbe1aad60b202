//! What forward passes keep for their backward passes: a tape for each kind of body.

use crate::nn::encoder::Direction;
use crate::nn::packed::Packed;
use crate::nn::recurrent::Tape;
use crate::nn::text_convolution;

use super::dropping::Dropped;
use super::words::WordInput;

/// Working memory of all bodies. It serves models of all shapes, one at a time, and grows to the largest.
#[derive(Debug, Clone, Default)]
pub struct Tapes<T> {
    /// How the documents of recurrent bodies are packed.
    pub packed: Packed,
    /// The distinct words of the batch.
    pub words: WordInput<T>,
    /// The recurrent layer in each direction; a stack's upper layer in the first.
    pub directions: [Direction<T>; 2],
    /// The layers of a stack.
    pub stack: StackTape<T>,
    /// The convolution.
    pub convolution: text_convolution::Tape<T>,
}

/// What a stack of recurrent layers keeps.
#[derive(Debug, Clone, Default)]
pub struct StackTape<T> {
    /// Of the layers under the uppermost.
    pub below: Vec<Tape<T>>,
    /// The rows 0, 1, 2, …: a row of a layer reads the same row of the layer below.
    pub own: Vec<u32>,
    /// The gradient of the states of the layer below.
    pub d_states: Vec<T>,
    /// What dropout within the layers keeps, and whether the last forward pass had any.
    pub dropped: Dropped<T>,
    pub has_dropped: bool,
}
