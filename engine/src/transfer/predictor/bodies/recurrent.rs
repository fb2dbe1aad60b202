//! A recurrent layer in one or both directions, and pooling over its states.

use crate::session::text_transfer::RecurrentShape;

use super::super::onnx::graph::Graph;
use super::super::onnx::words::Texts;
use super::body::ExportedBody;
use super::layer::{Cell, Layer, STATES, first_axis_time, pooled};
use super::weights::Weights;

/// A recurrent layer, and how its states are pooled.
pub struct Encoded {
    /// The prefix of the names of its tensors.
    pub name: &'static str,
    /// The kind of its cell.
    pub cell: Cell,
    /// Its units, directions and pooling.
    pub shape: RecurrentShape,
}

impl ExportedBody for Encoded {
    fn python(&self) -> Vec<&'static str> {
        vec![self.cell.python, STATES, include_str!("../python/one_layer.py")]
    }

    fn least_words(&self) -> usize {
        1
    }

    fn onnx(&self, graph: &mut Graph, weights: &Weights, texts: &Texts, x: &str) -> String {
        let Encoded { name, cell, shape } = *self;
        let layer = Layer { name, cell, units: shape.hidden, bidirectional: shape.bidirectional };
        let first = first_axis_time(graph, x);
        let states = layer.states(graph, weights, texts, &first);
        pooled(graph, texts, shape.pooling, &states)
    }
}
