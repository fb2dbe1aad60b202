//! The weights of a classifier's layers, with PyTorch's names and layouts.

use crate::models::text_classifier::TextClassifier;

use super::super::onnx::graph::Graph;
use super::super::pytorch::{Named, to_pytorch};

/// The tensors of the layers, with PyTorch's names.
pub struct Weights(Vec<Named>);

impl Weights {
    /// The tensors of the classifier.
    pub fn of(model: &TextClassifier<f32>) -> Weights {
        Weights(to_pytorch(&model.tensors()))
    }

    /// The shape and the values of a tensor; both are empty if there is none of this name.
    pub fn find(&self, name: &str) -> (&[usize], &[f32]) {
        let found = self.0.iter().find(|named| named.name == name);
        found.map_or((&[], &[]), |named| (&named.shape, &named.values))
    }

    /// Adds the tensor to the graph without changes.
    pub fn put(&self, graph: &mut Graph, name: &str) -> String {
        let (shape, values) = self.find(name);
        graph.floats(name, shape, values.to_vec())
    }
}
