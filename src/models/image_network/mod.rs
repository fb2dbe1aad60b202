//! Image networks: convolutions, normalisations, activations, pooling, branches that meet again; as many architectures
//! as there are plans.
//!
//! Images lie `(B, H, W, C)`. A network is learned from one of its nodes on: those before it are fixed, with their
//! running statistics, and need not even be computed again where what they give is known. Of those that are learned the
//! first ones may rest for a time, and are fixed so long. Names of tensors are those of the public weights, and so is
//! their order within.

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
