//! The interface of a body in the languages of other programs.

use super::super::onnx::graph::Graph;
use super::super::onnx::words::Texts;
use super::weights::Weights;

/// A body in the languages of other programs.
pub trait ExportedBody {
    /// The parts of `load.py` that compute the features of a text from its word vectors.
    fn python(&self) -> Vec<&'static str>;

    /// The least number of positions that it reads, at least 1. The graph appends as many positions of padding.
    fn least_words(&self) -> usize;

    /// Adds the nodes that compute the features `(B, F)` of the texts from their word vectors `x (B, T, D)`.
    fn onnx(&self, graph: &mut Graph, weights: &Weights, texts: &Texts, x: &str) -> String;
}
