//! ONNX graphs of the neural text classifiers: word vectors, a body, and a linear layer.

use std::borrow::Cow;

use crate::models::text_classifier::TextClassifier;
use crate::session::language_model::Direction;

use super::super::bodies::exported;
use super::super::bodies::weights::Weights;
use super::graph::Graph;
use super::words::{Texts, linear};

/// The logits `(B, C)` of a classifier. Its vocabulary has `words` words.
pub fn logits<'t>(
    graph: &mut Graph<'t>,
    model: &'t TextClassifier<f32>,
    words: usize,
    max_tokens: usize,
    direction: Direction,
) -> String {
    let weights = Weights::of(model);
    let body = exported(model.body());
    let table = model.base();
    // The vocabulary may end with phrases that have no vector.
    let rows = (table.nrows() < words + 1).then_some(table.nrows());
    let most = (max_tokens < usize::MAX).then_some(max_tokens);
    let mut texts = Texts::new(graph, most, body.least_words(), rows);
    if direction == Direction::Backward {
        texts.turn(graph);
    }
    let values = table.as_slice().map_or_else(|| table.iter().copied().collect(), Cow::Borrowed);
    let table = graph.floats("embedding.weight", table.shape(), values);
    let x = texts.rows(graph, &table);
    let features = body.onnx(graph, &weights, &texts, &x);
    let (weight, bias) = (weights.put(graph, "linear.weight"), weights.put(graph, "linear.bias"));
    linear(graph, &features, &weight, &bias)
}
