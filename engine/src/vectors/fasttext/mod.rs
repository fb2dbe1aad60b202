//! fastText models: reading them, computing vectors of unseen words, predicting labels, and writing models.
//!
//! Supported are versions 11 and 12 of the format and the format before versions; unsupervised and supervised, pruned
//! and quantised (`.ftz`). The format is that of fastText's `fasttext.cc`, `args.cc`, `dictionary.cc`, `matrix.cc`
//! and `productquantizer.cc`: little-endian numbers, no alignment.

mod dictionary;
mod matrix;
mod model;
mod predict;
mod reader;
mod settings;
mod subwords;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod writer;

pub use model::{Model, read};
pub use predict::{Classifier, Prediction};
pub use settings::looks_like_model;
pub use subwords::{Ngrams, Subwords};
