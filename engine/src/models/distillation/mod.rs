//! Distillation of an encoder into static token vectors, as model2vec does it: the vectors that the encoder gives for
//! each token alone are reduced by PCA and weighted by SIF, and written as a folder that model2vec reads.
//!
//! The weight of a token with the probability p is a / (a + p) (Arora, Liang & Ma 2017). The files of a vocabulary are
//! sorted by frequency, so by Zipf's law the token of rank r (from 0) has the probability p = 1 / (r + 2), divided by the
//! sum over all tokens. With a text, its tokens are counted.
//!
//! ```no_run
//! use std::path::Path;
//! use warmstart_engine::models::distillation::{Distilling, save};
//! use warmstart_engine::session::distillation::Distillation;
//!
//! # fn main() -> warmstart_engine::error::Result<()> {
//! let mut work = Distilling::begin(&Distillation::of("all-MiniLM-L6-v2"), None, &mut |_| Ok(()))?;
//! while work.done() < work.tokens() {
//!     work.step();
//! }
//! let found = work.finish(true)?;
//! save(Path::new("static"), &found.tokeniser, &found.vectors, &found.about)?;
//! # Ok(())
//! # }
//! ```

mod distilling;
mod extended;
mod folder;
pub mod pca;
mod reduction;
mod text;
pub mod vocabulary;

#[cfg(test)]
mod tests;

pub use distilling::{Distilled, Distilling, word_vectors};
pub use folder::{About, check_new, save};
pub use reduction::{Reduced, counted_weights, static_vectors, zipf_weights};
pub use text::OfText;
