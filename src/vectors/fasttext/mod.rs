//! fastText models: read whole, asked for vectors of words that they never saw, asked for labels, written.
//!
//! What is read: versions 11 and 12 of the format and the form before versions; unsupervised and supervised, pruned
//! and quantised (`.ftz`). The format is that of fastText's `fasttext.cc`, `args.cc`, `dictionary.cc`, `matrix.cc` and
//! `productquantizer.cc`: little-endian numbers, no alignment.

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
