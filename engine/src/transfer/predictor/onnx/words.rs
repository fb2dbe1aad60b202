//! The first nodes of every graph that reads texts: the word ids and the mask of the padding; and operations over the
//! words of a text, such as their mean.

use super::graph::{Attribute, Axis, BATCH, Graph, INT32, Kind};

use Attribute::{Int, Ints};

/// The texts of a batch, padded to the same length T. The fields are the names of values in the graph.
pub struct Texts {
    /// The id of each word, `(B, T)`; 0 for every unknown word and for padding.
    pub ids: String,
    /// The number of words of each text, `(B)`.
    pub lengths: String,
    /// The number of words as floats, but 1 for texts without words, `(B, 1)`.
    pub divisor: String,
    /// The place of each position in its text, `(T)`.
    pub places: String,
    /// Whether a position holds a word of the text and not padding, `(B, T)`.
    pub is_word: String,
    /// Whether a text has words, `(B, 1)`.
    has_words: String,
}

impl Texts {
    /// Declares the inputs `ids (B, T)` and `lengths (B)`. The graph reads at most the first `most` words of each text.
    /// It appends `more` positions of padding, so that a batch of empty texts has positions too. Ids from `rows` on
    /// count as unknown words.
    pub fn new(graph: &mut Graph, most: Option<usize>, more: usize, rows: Option<usize>) -> Texts {
        let mut ids = graph.input("ids", Kind::Int64, &[BATCH, Axis::Free("length")]);
        let mut lengths = graph.input("lengths", Kind::Int64, &[BATCH]);
        let zero = graph.int(0);
        if let Some(rows) = rows {
            let rows = graph.int(rows as i64);
            let known = graph.node("Less", &[&ids, &rows], &[]);
            ids = graph.node("Where", &[&known, &ids, &zero], &[]);
        }
        if let Some(most) = most {
            let [start, end, axis] = [0, most as i64, 1].map(|value| graph.ints(&[value]));
            ids = graph.node("Slice", &[&ids, &start, &end, &axis], &[]);
            let most = graph.int(most as i64);
            lengths = graph.node("Min", &[&lengths, &most], &[]);
        }
        let padding = graph.ints(&[0, 0, 0, more as i64]);
        ids = graph.node("Pad", &[&ids, &padding], &[]);
        let one = graph.int(1);
        let columns = graph.node("Shape", &[&ids], &[Int("start", 1), Int("end", 2)]);
        let columns = graph.node("Squeeze", &[&columns], &[]);
        let places = graph.node("Range", &[&zero, &columns, &one], &[]);
        let axis = graph.ints(&[1]);
        let column = graph.node("Unsqueeze", &[&lengths, &axis], &[]);
        let is_word = graph.node("Less", &[&places, &column], &[]);
        let ids = graph.node("Where", &[&is_word, &ids, &zero], &[]);
        let has_words = graph.node("Greater", &[&column, &zero], &[]);
        let divisor = graph.node("Max", &[&column, &one], &[]);
        let divisor = graph.node("Cast", &[&divisor], &[Int("to", Kind::Float as i64)]);
        Texts { ids, lengths, divisor, places, is_word, has_words }
    }

    /// Reverses the words of every text, so that its last word comes first. The padding stays at the end.
    pub fn turn(&mut self, graph: &mut Graph) {
        let axes = [Int("batch_axis", 0), Int("time_axis", 1)];
        self.ids = graph.node("ReverseSequence", &[&self.ids, &self.lengths], &axes);
    }

    /// Looks up the rows of `table (any, D)` for the ids: `(B, T, D)`.
    pub fn rows(&self, graph: &mut Graph, table: &str) -> String {
        graph.node("Gather", &[table, &self.ids], &[])
    }

    /// The length of each text for a recurrent layer, `(B)`, as 32-bit integers. A text without words has length 1
    /// here; pooling ignores its state.
    pub fn steps(&self, graph: &mut Graph) -> String {
        let one = graph.int(1);
        let steps = graph.node("Max", &[&self.lengths, &one], &[]);
        graph.node("Cast", &[&steps], &[Int("to", INT32)])
    }

    /// The mean of `x (B, T, H)` over the words of each text, `(B, H)`; zeros for a text without words.
    pub fn mean(&self, graph: &mut Graph, x: &str) -> String {
        let mask = as_floats(graph, &self.is_word);
        let sum = sum(graph, x, &mask);
        graph.node("Div", &[&sum, &self.divisor], &[])
    }

    /// The maximum of `x (B, T, H)` over the words of each text, `(B, H)`; zeros for a text without words.
    pub fn max(&self, graph: &mut Graph, x: &str) -> String {
        let most = largest(graph, x, &self.is_word);
        self.or_zero(graph, &most)
    }

    /// `x (B, H)` with zeros for texts without words.
    pub fn or_zero(&self, graph: &mut Graph, x: &str) -> String {
        let zero = graph.float(0.0);
        graph.node("Where", &[&self.has_words, x, &zero], &[])
    }
}

/// Booleans as the floats 0 and 1.
pub fn as_floats(graph: &mut Graph, truths: &str) -> String {
    graph.node("Cast", &[truths], &[Int("to", Kind::Float as i64)])
}

/// The sum of `x (B, T, H)` over T, weighted by `weights (B, T)`: `(B, H)`.
pub fn sum(graph: &mut Graph, x: &str, weights: &str) -> String {
    let (last, middle) = (graph.ints(&[2]), graph.ints(&[1]));
    let weights = graph.node("Unsqueeze", &[weights, &last], &[]);
    let weighed = graph.node("Mul", &[x, &weights], &[]);
    graph.node("ReduceSum", &[&weighed, &middle], &[Int("keepdims", 0)])
}

/// The maximum of `x (B, T, H)` over the positions T where `counts (B, T)` is true: `(B, H)`. It is minus infinity if
/// there is no such position.
pub fn largest(graph: &mut Graph, x: &str, counts: &str) -> String {
    let (last, least) = (graph.ints(&[2]), graph.float(f32::NEG_INFINITY));
    let counts = graph.node("Unsqueeze", &[counts, &last], &[]);
    let kept = graph.node("Where", &[&counts, x, &least], &[]);
    graph.node("ReduceMax", &[&kept], &[Ints("axes", &[1]), Int("keepdims", 0)])
}

/// `x (B, H)` with rows of length 1; a row of zeros stays.
pub fn unit_length(graph: &mut Graph, x: &str) -> String {
    let (axis, least) = (graph.ints(&[1]), graph.float(1e-12));
    let squares = graph.node("Mul", &[x, x], &[]);
    let sum = graph.node("ReduceSum", &[&squares, &axis], &[]);
    let length = graph.node("Sqrt", &[&sum], &[]);
    let length = graph.node("Max", &[&length, &least], &[]);
    graph.node("Div", &[x, &length], &[])
}

/// A linear layer: the logits `(B, C)` of `features (B, F)` with `weight (C, F)` and `bias (C)`.
pub fn linear(graph: &mut Graph, features: &str, weight: &str, bias: &str) -> String {
    graph.node("Gemm", &[features, weight, bias], &[Int("transB", 1)])
}

/// Concatenates features along axis 1.
pub fn joined(graph: &mut Graph, parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        _ => graph.node("Concat", &parts.iter().map(|part| &part[..]).collect::<Vec<_>>(), &[Int("axis", 1)]),
    }
}
