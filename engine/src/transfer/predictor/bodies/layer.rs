//! A recurrent layer, in both languages: what the bodies of one layer and of a stack share.

use crate::nn::recurrent::Recurrent;
use crate::session::text_transfer::Pooling;

use super::super::onnx::graph::Attribute::{Int, Ints, Text};
use super::super::onnx::graph::Graph;
use super::super::onnx::words::{Texts, joined};
use super::weights::Weights;

/// The part of `load.py` that computes the states after every word.
pub const STATES: &str = include_str!("../python/states.py");

/// A kind of recurrent layer, as ONNX and `load.py` represent it.
#[derive(Clone, Copy)]
pub struct Cell {
    operator: &'static str,
    /// The index in PyTorch's order of each gate, in the order of ONNX.
    gates: &'static [usize],
    /// The part of `load.py` that computes a step.
    pub python: &'static str,
}

/// An Elman network.
pub const RNN: Cell = Cell { operator: "RNN", gates: &[0], python: include_str!("../python/rnn.py") };
/// Long short-term memory. PyTorch: i, f, g, o. ONNX: i, o, f, c.
pub const LSTM: Cell =
    Cell { operator: "LSTM", gates: &[0, 3, 1, 2], python: include_str!("../python/lstm.py") };
/// A gated recurrent unit. PyTorch: r, z, n. ONNX: z, r, h.
pub const GRU: Cell = Cell { operator: "GRU", gates: &[1, 0, 2], python: include_str!("../python/gru.py") };

impl Cell {
    /// The kind of a layer.
    pub fn of(layer: &Recurrent) -> Cell {
        match layer {
            Recurrent::Rnn(_) => RNN,
            Recurrent::Lstm(_) => LSTM,
            Recurrent::Gru(_) => GRU,
        }
    }
}

/// A tensor of a recurrent layer with its gates in the order of ONNX. The values of the directions, whose names end
/// in `ends`, follow each other.
fn gates(weights: &Weights, cell: Cell, name: &str, ends: &[&str]) -> Vec<f32> {
    let mut out = Vec::new();
    for end in ends {
        let (_, values) = weights.find(&format!("{name}_l0{end}"));
        let size = values.len() / cell.gates.len();
        cell.gates.iter().for_each(|gate| out.extend(&values[gate * size..][..size]));
    }
    out
}

/// `x (B, T, D)` transposed to `(T, B, D)`, the layout of recurrent layers in ONNX, or back.
pub fn first_axis_time(graph: &mut Graph, x: &str) -> String {
    graph.node("Transpose", &[x], &[Ints("perm", &[1, 0, 2])])
}

/// A recurrent layer.
pub struct Layer<'n> {
    /// The prefix of the names of its tensors.
    pub name: &'n str,
    /// The kind of its cell.
    pub cell: Cell,
    /// The number of units H in each direction.
    pub units: usize,
    /// Whether a second layer reads backwards.
    pub bidirectional: bool,
}

/// The outputs of a recurrent layer.
pub struct States {
    /// The states after every word, `(T, B, directions · H)`: first those of the forward direction, then the other's.
    pub all: String,
    /// The last state of each direction, `(B, directions · H)`.
    pub last: String,
}

impl Layer<'_> {
    /// Adds the layer to the graph, and returns its states for the word vectors `x (T, B, D)`.
    pub fn states(&self, graph: &mut Graph, weights: &Weights, texts: &Texts, x: &str) -> States {
        let Layer { name, cell, units, bidirectional } = *self;
        let ends = if bidirectional { &["", "_reverse"][..] } else { &[""] };
        let (count, rows) = (ends.len(), cell.gates.len() * units);
        let mut put = |tensor: &str, label: &str| {
            let values = gates(weights, cell, &format!("{name}.{tensor}"), ends);
            let columns = values.len() / (count * rows).max(1);
            graph.floats(&format!("{name}.{label}"), &[count, rows, columns], values)
        };
        let (w, r) = (put("weight_ih", "W"), put("weight_hh", "R"));
        // For each direction, ONNX expects first the input biases (`bias_ih`), then the recurrent ones (`bias_hh`).
        let bias = |end: &&str| {
            ["bias_ih", "bias_hh"]
                .map(|bias| gates(weights, cell, &format!("{name}.{bias}"), &[end]))
                .concat()
        };
        let biases: Vec<f32> = ends.iter().flat_map(bias).collect();
        let b = graph.floats(&format!("{name}.B"), &[count, 2 * rows], biases);
        let steps = texts.steps(graph);
        let mut attributes = vec![
            Int("hidden_size", units as i64),
            Text("direction", if bidirectional { "bidirectional" } else { "forward" }),
        ];
        if cell.operator == "GRU" {
            attributes.push(Int("linear_before_reset", 1));
        }
        let (all, last) = (graph.name(cell.operator), graph.name("last"));
        graph.node_named(cell.operator, &[x, &w, &r, &b, &steps], &attributes, &[&all, &last]);
        // ONNX returns the states as (T, directions, B, H), and the last ones as (directions, B, H).
        let all = graph.node("Transpose", &[&all], &[Ints("perm", &[0, 2, 1, 3])]);
        let last = graph.node("Transpose", &[&last], &[Ints("perm", &[1, 0, 2])]);
        let (wide, width) =
            (graph.ints(&[0, 0, (count * units) as i64]), graph.ints(&[0, (count * units) as i64]));
        States {
            all: graph.node("Reshape", &[&all, &wide], &[]),
            last: graph.node("Reshape", &[&last, &width], &[]),
        }
    }
}

/// Pools the states of each text into its features.
pub fn pooled(graph: &mut Graph, texts: &Texts, pooling: Pooling, states: &States) -> String {
    let all = first_axis_time(graph, &states.all);
    let mut parts = Vec::new();
    for part in pooling.parts() {
        parts.push(match part {
            Pooling::Last | Pooling::Concat => texts.or_zero(graph, &states.last),
            Pooling::Max => texts.max(graph, &all),
            Pooling::Mean => texts.mean(graph, &all),
        });
    }
    joined(graph, &parts)
}
