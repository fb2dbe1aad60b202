//! Image networks: convolutions, batch normalisation, activations, pooling, and branches. A plan describes each
//! architecture.
//!
//! Images are stored as `(B, H, W, C)`. A network is trained from one of its nodes on. The nodes before it are
//! frozen, including their running statistics, so their output can be computed once and cached. Gradual unfreezing
//! keeps more of the first nodes frozen for a time. Tensors have the names and the layout of the public weights.

mod answering;
pub mod architectures;
#[cfg(test)]
mod golden;
mod learning;
mod network;
pub mod plan;
#[cfg(test)]
mod tests;
pub mod weights;
mod workspace;

pub use answering::Ready;
pub use learning::ImageShard;
pub use network::ImageNetwork;
pub use workspace::Workspace;
