//! The recurrent layers of a language model. Each layer reads the states of the layer below it.

use crate::nn::recurrent::Recurrent;
use crate::session::language_model::Features;
use crate::session::text_transfer::Pooling;

use super::super::onnx::graph::Graph;
use super::super::onnx::words::{Texts, joined};
use super::body::ExportedBody;
use super::layer::{Cell, Layer, RNN, STATES, first_axis_time, pooled};
use super::weights::Weights;

/// A stack of recurrent layers.
pub struct Stacked<'b> {
    /// The layers, from the words up.
    pub layers: &'b [Recurrent],
    /// Which of their states are features.
    pub features: Features,
}

impl ExportedBody for Stacked<'_> {
    fn python(&self) -> Vec<&'static str> {
        // All layers of a language model are of the same kind.
        let cell = self.layers.first().map_or(RNN, Cell::of);
        vec![cell.python, STATES, include_str!("../python/stacked.py")]
    }

    fn least_words(&self) -> usize {
        1
    }

    fn onnx(&self, graph: &mut Graph, weights: &Weights, texts: &Texts, x: &str) -> String {
        let mut read = first_axis_time(graph, x);
        let mut all = Vec::new();
        for (place, layer) in self.layers.iter().enumerate() {
            let name = format!("layers.{place}");
            let (cell, units) = (Cell::of(layer), layer.hidden());
            let layer = Layer { name: &name, cell, units, bidirectional: false };
            let states = layer.states(graph, weights, texts, &read);
            read = states.all.clone();
            all.push(states);
        }
        let Some((top, below)) = all.split_last() else { return texts.mean(graph, x) };
        match self.features {
            Features::Concat => pooled(graph, texts, Pooling::Concat, top),
            Features::LayerMeans => {
                let mut parts = vec![pooled(graph, texts, Pooling::Mean, top), texts.mean(graph, x)];
                below.iter().for_each(|states| parts.push(pooled(graph, texts, Pooling::Mean, states)));
                joined(graph, &parts)
            }
        }
    }
}
