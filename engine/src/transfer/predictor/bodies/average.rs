//! The mean of a text's word vectors.

use super::super::onnx::graph::Graph;
use super::super::onnx::words::Texts;
use super::body::ExportedBody;
use super::weights::Weights;

/// The mean of word vectors.
pub struct Average;

impl ExportedBody for Average {
    fn python(&self) -> Vec<&'static str> {
        vec![include_str!("../python/average.py")]
    }

    fn least_words(&self) -> usize {
        1
    }

    fn onnx(&self, graph: &mut Graph, _: &Weights, texts: &Texts, x: &str) -> String {
        texts.mean(graph, x)
    }
}
