//! Convolutions over the words of a text, with max pooling over time and ReLU. A text that is shorter than the widest
//! window is padded with zeros to that width.

use crate::session::convolution::Convolution;

use super::super::onnx::graph::Attribute::{Int, Ints};
use super::super::onnx::graph::Graph;
use super::super::onnx::words::{Texts, joined, largest};
use super::body::ExportedBody;
use super::weights::Weights;

/// The convolutions of this shape.
pub struct Convolved(pub Convolution);

impl ExportedBody for Convolved {
    fn python(&self) -> Vec<&'static str> {
        vec![include_str!("../python/cnn.py")]
    }

    fn least_words(&self) -> usize {
        self.0.widths.widest()
    }

    fn onnx(&self, graph: &mut Graph, weights: &Weights, texts: &Texts, x: &str) -> String {
        let Convolution { widths, filters } = self.0;
        let (last, zero, one) = (graph.ints(&[2]), graph.int(0), graph.int(1));
        let words = graph.node("Unsqueeze", &[&texts.is_word, &last], &[]);
        let none = graph.float(0.0);
        let x = graph.node("Where", &[&words, x, &none], &[]);
        let x = graph.node("Transpose", &[&x], &[Ints("perm", &[0, 2, 1])]);
        let widest = graph.int(widths.widest() as i64);
        let lengths = graph.node("Max", &[&texts.lengths, &widest], &[]);
        let column = graph.ints(&[1]);
        let lengths = graph.node("Unsqueeze", &[&lengths, &column], &[]);
        let mut parts = Vec::new();
        for (place, width) in widths.iter().enumerate() {
            let (weight, bias) = (format!("convs.{place}.weight"), format!("convs.{place}.bias"));
            debug_assert!(matches!(weights.find(&weight).0, [f, _, w] if (*f, *w) == (filters, width)));
            let (weight, bias) = (weights.put(graph, &weight), weights.put(graph, &bias));
            let y = graph.node("Conv", &[&x, &weight, &bias], &[Ints("kernel_shape", &[width as i64])]);
            let y = graph.node("Transpose", &[&y], &[Ints("perm", &[0, 2, 1])]);
            // Only windows that end within the text count.
            let count = graph.node("Shape", &[&y], &[Int("start", 1), Int("end", 2)]);
            let count = graph.node("Squeeze", &[&count], &[]);
            let starts = graph.node("Range", &[&zero, &count, &one], &[]);
            let width = graph.int(width as i64 - 1);
            let ends = graph.node("Add", &[&starts, &width], &[]);
            let within = graph.node("Less", &[&ends, &lengths], &[]);
            let most = largest(graph, &y, &within);
            parts.push(graph.node("Relu", &[&most], &[]));
        }
        joined(graph, &parts)
    }
}
