//! Where words stand in a corpus (keyword in context), and the contexts that two words share.
//!
//! A [`Sampler`](sampler::Sampler) takes a corpus of any size, piece by piece, and keeps a random sample of its passages in
//! bounded memory. An [`Index`](index::Index) over the sample answers at once.

pub mod find;
pub mod index;
mod lines;
mod passage;
pub mod sampled;
pub mod sampler;
mod shared;
#[cfg(test)]
mod tests;
