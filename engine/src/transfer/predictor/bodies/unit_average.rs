//! The mean of a text's word vectors, scaled to length 1.

use super::super::onnx::graph::Graph;
use super::super::onnx::words::{Texts, unit_length};
use super::body::ExportedBody;
use super::weights::Weights;

/// The mean of word vectors at length 1.
pub struct UnitAverage;

impl ExportedBody for UnitAverage {
    fn python(&self) -> Vec<&'static str> {
        vec![include_str!("../python/unit_average.py")]
    }

    fn least_words(&self) -> usize {
        1
    }

    fn onnx(&self, graph: &mut Graph, _: &Weights, texts: &Texts, x: &str) -> String {
        let mean = texts.mean(graph, x);
        unit_length(graph, &mean)
    }
}
