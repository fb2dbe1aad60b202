//! ONNX graphs of the neural text classifiers: heads that average, convolve or read word vectors recurrently, and the
//! layers of a language model.

use std::borrow::Cow;

use crate::models::text_classifier::{ClassifierBody, TextClassifier};
use crate::nn::recurrent::Recurrent;
use crate::session::convolution::Convolution;
use crate::session::language_model::{Direction, Features};
use crate::session::text_transfer::{Head, Pooling};
use crate::transfer::predictor::pytorch::{Named, to_pytorch};

use super::graph::{Attribute, Graph};
use super::words::{Texts, largest, linear};

use Attribute::{Int, Ints, Text};

/// How ONNX represents a kind of recurrent layer.
#[derive(Clone, Copy)]
struct Cell {
    operator: &'static str,
    /// The index in PyTorch's order of each gate, in the order of ONNX.
    gates: &'static [usize],
}

const RNN: Cell = Cell { operator: "RNN", gates: &[0] };
/// PyTorch: i, f, g, o. ONNX: i, o, f, c.
const LSTM: Cell = Cell { operator: "LSTM", gates: &[0, 3, 1, 2] };
/// PyTorch: r, z, n. ONNX: z, r, h.
const GRU: Cell = Cell { operator: "GRU", gates: &[1, 0, 2] };

impl Cell {
    fn of(layer: &Recurrent) -> Cell {
        match layer {
            Recurrent::Rnn(_) => RNN,
            Recurrent::Lstm(_) => LSTM,
            Recurrent::Gru(_) => GRU,
        }
    }
}

/// The tensors of the layers, with PyTorch's names.
struct Tensors(Vec<Named>);

impl Tensors {
    fn find(&self, name: &str) -> (&[usize], &[f32]) {
        let found = self.0.iter().find(|named| named.name == name);
        found.map_or((&[], &[]), |named| (&named.shape, &named.values))
    }

    /// Adds the tensor to the graph without changes.
    fn put(&self, graph: &mut Graph, name: &str) -> String {
        let (shape, values) = self.find(name);
        graph.floats(name, shape, values.to_vec())
    }

    /// A tensor of a recurrent layer with its gates in the order of ONNX. The values of the directions, whose names end
    /// in `ends`, follow each other.
    fn gates(&self, cell: Cell, name: &str, ends: &[&str]) -> Vec<f32> {
        let mut out = Vec::new();
        for end in ends {
            let (_, values) = self.find(&format!("{name}_l0{end}"));
            let size = values.len() / cell.gates.len();
            cell.gates.iter().for_each(|gate| out.extend(&values[gate * size..][..size]));
        }
        out
    }
}

/// The logits `(B, C)` of a classifier. Its vocabulary has `words` words.
pub fn logits<'t>(
    graph: &mut Graph<'t>,
    model: &'t TextClassifier<f32>,
    words: usize,
    max_tokens: usize,
    direction: Direction,
) -> String {
    let tensors = Tensors(to_pytorch(&model.tensors()));
    let table = model.base();
    let more = match model.body() {
        // A convolution reads at least as many positions as its widest window has.
        ClassifierBody::Head(Head::Cnn(convolution)) => convolution.widths.widest(),
        _ => 1,
    };
    // The vocabulary may end with phrases that have no vector.
    let rows = (table.nrows() < words + 1).then_some(table.nrows());
    let most = (max_tokens < usize::MAX).then_some(max_tokens);
    let mut texts = Texts::new(graph, most, more, rows);
    if direction == Direction::Backward {
        texts.turn(graph);
    }
    let values = table.as_slice().map_or_else(|| table.iter().copied().collect(), Cow::Borrowed);
    let table = graph.floats("embedding.weight", table.shape(), values);
    let x = texts.rows(graph, &table);
    let features = match model.body() {
        ClassifierBody::Head(Head::Cnn(shape)) => {
            convolution(graph, &tensors, &texts, *shape, &x, model.dim())
        }
        ClassifierBody::Head(head) => {
            let (name, cell, shape) = match head {
                Head::Rnn(shape) => ("rnn", RNN, shape),
                Head::Lstm(shape) => ("lstm", LSTM, shape),
                Head::Gru(shape) => ("gru", GRU, shape),
                // The mean of the word vectors. The layers of a language model are `ClassifierBody::Stacked`.
                Head::Average | Head::Cnn(_) | Head::Transferred(_) => {
                    let features = texts.mean(graph, &x);
                    return classes(graph, &tensors, &features);
                }
            };
            let layer = Layer { name, cell, units: shape.hidden, bidirectional: shape.bidirectional };
            let first = first_axis_time(graph, &x);
            let states = layer.states(graph, &tensors, &texts, &first);
            pooled(graph, &texts, shape.pooling, &states)
        }
        ClassifierBody::Stacked { layers, features } => {
            stacked(graph, &tensors, &texts, layers, *features, &x)
        }
    };
    classes(graph, &tensors, &features)
}

fn classes(graph: &mut Graph, tensors: &Tensors, features: &str) -> String {
    let (weight, bias) = (tensors.put(graph, "linear.weight"), tensors.put(graph, "linear.bias"));
    linear(graph, features, &weight, &bias)
}

/// `x (B, T, D)` transposed to `(T, B, D)`, the layout of recurrent layers in ONNX, or back.
fn first_axis_time(graph: &mut Graph, x: &str) -> String {
    graph.node("Transpose", &[x], &[Ints("perm", &[1, 0, 2])])
}

/// A recurrent layer.
struct Layer<'n> {
    name: &'n str,
    cell: Cell,
    units: usize,
    bidirectional: bool,
}

/// The outputs of a recurrent layer.
struct States {
    /// The states after every word, `(T, B, directions · H)`: first those of the forward direction, then the other's.
    all: String,
    /// The last state of each direction, `(B, directions · H)`.
    last: String,
}

impl Layer<'_> {
    /// Adds the layer to the graph, and returns its states for the word vectors `x (T, B, D)`.
    fn states(&self, graph: &mut Graph, tensors: &Tensors, texts: &Texts, x: &str) -> States {
        let Layer { name, cell, units, bidirectional } = *self;
        let ends = if bidirectional { &["", "_reverse"][..] } else { &[""] };
        let (count, rows) = (ends.len(), cell.gates.len() * units);
        let mut put = |tensor: &str, label: &str| {
            let values = tensors.gates(cell, &format!("{name}.{tensor}"), ends);
            let columns = values.len() / (count * rows).max(1);
            graph.floats(&format!("{name}.{label}"), &[count, rows, columns], values)
        };
        let (w, r) = (put("weight_ih", "W"), put("weight_hh", "R"));
        // For each direction, ONNX expects first the input biases (`bias_ih`), then the recurrent ones (`bias_hh`).
        let bias = |end: &&str| {
            ["bias_ih", "bias_hh"].map(|bias| tensors.gates(cell, &format!("{name}.{bias}"), &[end])).concat()
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
fn pooled(graph: &mut Graph, texts: &Texts, pooling: Pooling, states: &States) -> String {
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

/// Concatenates features along axis 1.
fn joined(graph: &mut Graph, parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        _ => graph.node("Concat", &parts.iter().map(|part| &part[..]).collect::<Vec<_>>(), &[Int("axis", 1)]),
    }
}

/// The features of a stack of recurrent layers. Each layer reads the states of the layer below it.
fn stacked(
    graph: &mut Graph,
    tensors: &Tensors,
    texts: &Texts,
    layers: &[Recurrent],
    features: Features,
    x: &str,
) -> String {
    let mut read = first_axis_time(graph, x);
    let mut all = Vec::new();
    for (place, layer) in layers.iter().enumerate() {
        let name = format!("layers.{place}");
        let (cell, units) = (Cell::of(layer), layer.hidden());
        let states =
            Layer { name: &name, cell, units, bidirectional: false }.states(graph, tensors, texts, &read);
        read = states.all.clone();
        all.push(states);
    }
    let Some((top, below)) = all.split_last() else { return texts.mean(graph, x) };
    match features {
        Features::Concat => pooled(graph, texts, Pooling::Concat, top),
        Features::LayerMeans => {
            let mut parts = vec![pooled(graph, texts, Pooling::Mean, top), texts.mean(graph, x)];
            below.iter().for_each(|states| parts.push(pooled(graph, texts, Pooling::Mean, states)));
            joined(graph, &parts)
        }
    }
}

/// Convolutions over the words of each text, with max pooling over time and ReLU. A text that is shorter than the
/// widest window is padded with zeros to that width.
fn convolution(
    graph: &mut Graph,
    tensors: &Tensors,
    texts: &Texts,
    shape: Convolution,
    x: &str,
    dim: usize,
) -> String {
    let Convolution { widths, filters } = shape;
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
        debug_assert_eq!(tensors.find(&weight).0, [filters, dim, width]);
        let (weight, bias) = (tensors.put(graph, &weight), tensors.put(graph, &bias));
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
