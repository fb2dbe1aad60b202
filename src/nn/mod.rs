//! Layers, losses and optimizers: a layer a file, forward and backward side by side.
//!
//! A layer is a small value with its sizes. Its weights are one slice of the model's parameters, its
//! gradient the same slice of the model's [`gradient::Gradient`], and what the backward pass needs of the
//! forward pass lies in a tape that the caller keeps, so that a step of training allocates nothing. All of it is
//! generic over [`Real`](crate::kernel::Real): f32 for work, f64 to check gradients.
//!
//! Letters of shapes: B documents, N words of all documents together, U distinct ones among them, D dimensions of a word vector, H hidden units,
//! F features of a document, C classes. Matrices lie row after row.

pub mod activation;
pub mod adaptive_softmax;
pub mod batch_norm;
pub mod blocks;
pub mod convolution;
pub mod cross_entropy;
pub mod distinct;
pub mod dropout;
pub mod embedding;
pub mod encoder;
#[cfg(test)]
mod golden;
pub mod gradient;
#[cfg(test)]
pub(crate) mod gradient_check;
pub mod gru;
pub mod image_pooling;
pub mod linear;
pub mod lstm;
pub mod optimizer;
pub mod packed;
pub mod pooling;
pub mod recurrent;
pub mod rnn;
pub mod row_set;
pub mod rows;
pub mod schedule;
pub mod text_convolution;
pub mod word_softmax;

/// The first `length` values of a buffer that only ever grows.
pub(crate) fn room<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) -> &mut [T] {
    if buffer.len() < length {
        buffer.resize(length, T::default());
    }
    &mut buffer[..length]
}
