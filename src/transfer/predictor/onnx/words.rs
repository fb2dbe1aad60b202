//! The beginning of every graph that reads texts: the numbers of the words, which of them are words of the text and which stand
//! behind its end, and what is taken together over a text.

use super::graph::{Attribute, Axis, BATCH, Graph, INT32, Kind};

use Attribute::{Int, Ints};

/// Texts of a batch, of different lengths, each filled up to the longest.
pub struct Texts {
    /// The number of each word `(B, T)`, filled up with 0; 0 is every unknown word.
    pub ids: String,
    /// Words of each text `(B)`.
    pub lengths: String,
    /// The same as floats, 1 where there is none, `(B, 1)`.
    divisor: String,
    /// Whether a place is a word of the text, `(B, T)`.
    pub is_word: String,
    /// Whether a text has a word, `(B, 1)`.
    has_words: String,
}

impl Texts {
    /// Declares the inputs `ids (B, T)` and `lengths (B)`. Of each text the first `most` words are read; `more` words are added
    /// behind the longest one, so that there is something to read where all are empty. Numbers from `rows` on are unknown
    /// words too.
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
        Texts { ids, lengths, divisor, is_word, has_words }
    }

    /// Turns every text round, so that its last word is read first.
    pub fn turn(&mut self, graph: &mut Graph) {
        let axes = [Int("batch_axis", 0), Int("time_axis", 1)];
        self.ids = graph.node("ReverseSequence", &[&self.ids, &self.lengths], &axes);
    }

    /// The rows of `table (any, D)`: `(B, T, D)`.
    pub fn rows(&self, graph: &mut Graph, table: &str) -> String {
        graph.node("Gather", &[table, &self.ids], &[])
    }

    /// Words of each text as a recurrent layer takes them, `(B)`. Of a text without words one place is read, and no one
    /// looks at what comes of it.
    pub fn steps(&self, graph: &mut Graph) -> String {
        let one = graph.int(1);
        let steps = graph.node("Max", &[&self.lengths, &one], &[]);
        graph.node("Cast", &[&steps], &[Int("to", INT32)])
    }

    /// The means of `x (B, T, H)` over the words of each text, `(B, H)`; zeros where there are none.
    pub fn mean(&self, graph: &mut Graph, x: &str) -> String {
        let mask = as_floats(graph, &self.is_word);
        let sum = sum(graph, x, &mask);
        graph.node("Div", &[&sum, &self.divisor], &[])
    }

    /// The largest of `x (B, T, H)` over the words of each text, `(B, H)`; zeros where there are none.
    pub fn max(&self, graph: &mut Graph, x: &str) -> String {
        let most = largest(graph, x, &self.is_word);
        self.or_zero(graph, &most)
    }

    /// `x (B, H)`, but zeros for texts without words.
    pub fn or_zero(&self, graph: &mut Graph, x: &str) -> String {
        let zero = graph.float(0.0);
        graph.node("Where", &[&self.has_words, x, &zero], &[])
    }
}

/// Truths as zeros and ones.
pub fn as_floats(graph: &mut Graph, truths: &str) -> String {
    graph.node("Cast", &[truths], &[Int("to", Kind::Float as i64)])
}

/// The sums of `x (B, T, H)` over T, weighed by `weights (B, T)`: `(B, H)`.
pub fn sum(graph: &mut Graph, x: &str, weights: &str) -> String {
    let (last, middle) = (graph.ints(&[2]), graph.ints(&[1]));
    let weights = graph.node("Unsqueeze", &[weights, &last], &[]);
    let weighed = graph.node("Mul", &[x, &weights], &[]);
    graph.node("ReduceSum", &[&weighed, &middle], &[Int("keepdims", 0)])
}

/// The largest of `x (B, T, H)` over the places in T that `counts (B, T)` allows, `(B, H)`; minus infinity where there are
/// none.
pub fn largest(graph: &mut Graph, x: &str, counts: &str) -> String {
    let (last, least) = (graph.ints(&[2]), graph.float(f32::NEG_INFINITY));
    let counts = graph.node("Unsqueeze", &[counts, &last], &[]);
    let kept = graph.node("Where", &[&counts, x, &least], &[]);
    graph.node("ReduceMax", &[&kept], &[Ints("axes", &[1]), Int("keepdims", 0)])
}

/// Logits `(B, C)` of features `(B, F)` by `weight (C, F)` and `bias (C)`.
pub fn linear(graph: &mut Graph, features: &str, weight: &str, bias: &str) -> String {
    graph.node("Gemm", &[features, weight, bias], &[Int("transB", 1)])
}
