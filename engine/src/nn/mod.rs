//! Layers, losses and optimizers: one layer per file, forward and backward side by side.
//!
//! A layer is a small value that holds its sizes. Its weights are one slice of the model's parameters, and its
//! gradient is the same slice of the model's [`gradient::Gradient`]. The caller keeps a tape, where the forward pass
//! stores what the backward pass needs, so a training step allocates nothing. All layers are generic over
//! [`Real`](crate::kernel::Real): f32 for training, f64 to check gradients.
//!
//! Letters in shapes: B documents, N words of all documents together, U distinct words among them, D dimensions of a
//! word vector, H hidden units, F features of a document, C classes. Matrices are stored row after row.
//!
//! Two epochs of full-batch gradient descent on a linear classifier:
//!
//! ```
//! use std::sync::Arc;
//! use warmstart_engine::nn::blocks::Blocks;
//! use warmstart_engine::nn::cross_entropy::loss_and_gradient;
//! use warmstart_engine::nn::gradient::Gradient;
//! use warmstart_engine::nn::linear::Linear;
//! use warmstart_engine::nn::optimizer::{Algorithm, Optimizer};
//!
//! # fn main() -> warmstart_engine::error::Result<()> {
//! let layer = Linear { features: 3, outputs: 2 };
//! let mut blocks = Blocks::default();
//! blocks.push("head", &layer.tensors(), "");
//! let mut weights = vec![0.0_f32; blocks.size()];
//! let mut gradient = Gradient::new(Arc::new(blocks), 0, 0);
//! let mut optimizer = Optimizer::new(Algorithm::Sgd { momentum: 0.9 }, weights.len(), 0, 0);
//!
//! let (x, labels) = ([1.0, 0.0, 2.0, /* second document */ -1.0, 1.0, 0.0], [1, 0]);
//! let mut losses = Vec::new();
//! for _ in 0..2 {
//!     let mut logits = [0.0; 4];
//!     layer.forward(&weights, &x, &mut logits);
//!     // The logits become their own gradient, here of the mean loss of two documents.
//!     losses.push(loss_and_gradient(&mut logits, &labels, layer.outputs, 0.5).sum / 2.0);
//!     gradient.clear();
//!     layer.backward(&weights, &x, &logits, None, &mut gradient.dense);
//!     gradient.check_finite()?;
//!     optimizer.step(&mut weights, &mut [], &gradient, 0.1);
//! }
//! assert!((losses[0] - 2.0_f64.ln()).abs() < 1e-6 && losses[1] < losses[0]);
//! # Ok(())
//! # }
//! ```

pub mod activation;
pub mod adaptive_softmax;
pub mod attention;
pub mod batch_norm;
pub mod blocks;
pub mod convolution;
pub mod cross_entropy;
pub mod distinct;
pub mod dropout;
pub mod embedding;
pub mod encoder;
pub mod flops;
#[cfg(test)]
mod golden;
pub mod gradient;
#[cfg(test)]
pub(crate) mod gradient_check;
pub mod gru;
pub mod hidden_activation;
pub mod image_pooling;
pub mod layer_norm;
pub mod linear;
pub mod lstm;
pub mod optimizer;
pub mod packed;
pub mod pooling;
pub mod recurrent;
pub mod relative_bias;
pub mod rnn;
pub mod row_set;
mod row_sums;
pub mod rows;
pub mod schedule;
pub mod text_convolution;
pub mod token_embedding;
pub mod token_pooling;
pub mod transformer_layer;
pub mod unit_length;
pub mod word_softmax;

/// The first `length` values of a buffer that grows and never shrinks.
pub(crate) fn room<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) -> &mut [T] {
    if buffer.len() < length {
        buffer.resize(length, T::default());
    }
    &mut buffer[..length]
}
