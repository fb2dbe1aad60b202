//! A layer of a transformer encoder as in BERT (Devlin et al. 2019): self-attention, then two linear layers with an
//! activation between them, each followed by the sum with its input and a layer normalisation.
//!
//! The texts of a chunk lie one after another without padding. The backward pass has two parts, because the weight
//! gradients of several chunks are sums over all their rows: [`backward`](TransformerLayer::backward) of each chunk gives
//! the gradients of its activations, then [`add_weight_gradients`](TransformerLayer::add_weight_gradients) multiplies
//! them. Both give the same bits on any number of threads.
//!
//! What can be computed again from less memory is not kept: attention probabilities, the output of the activation, and the
//! outputs of the normalisations.

use std::ops::Range;

use ndarray::s;
use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use crate::kernel::{Panels, Real, axpy, matmul, view, view_mut};
use crate::nn::attention::{Attention, Distances, Scratch};
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::layer_norm::LayerNorm;
use crate::nn::room;

/// The values of a weight gradient that one thread computes at a time.
const PIECE: usize = 1 << 17;

/// The rows that go through both linear layers at a time: their hidden units stay in the cache.
const BLOCK: usize = 64;

/// The sizes of a layer. The names and the order of its weights are in [`tensors`](Self::tensors).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerLayer {
    /// Heads, and the width D.
    pub attention: Attention,
    /// I, the units between the two linear layers.
    pub hidden: usize,
    /// What is between them.
    pub activation: HiddenActivation,
    /// The epsilon of both normalisations.
    pub epsilon: f64,
}

/// The names of a layer's tensors, as in BERT.
pub const NAMES: [&str; 16] = [
    "attention.self.query.weight",
    "attention.self.key.weight",
    "attention.self.value.weight",
    "attention.self.query.bias",
    "attention.self.key.bias",
    "attention.self.value.bias",
    "attention.output.dense.weight",
    "attention.output.dense.bias",
    "attention.output.LayerNorm.weight",
    "attention.output.LayerNorm.bias",
    "intermediate.dense.weight",
    "intermediate.dense.bias",
    "output.dense.weight",
    "output.dense.bias",
    "output.LayerNorm.weight",
    "output.LayerNorm.bias",
];

/// What the forward pass keeps of N rows.
#[derive(Debug, Clone, Default)]
pub struct Tape<T> {
    /// Queries, keys and values `(N, 3 D)`.
    qkv: Vec<T>,
    /// The output of the attention `(N, D)`.
    context: Vec<T>,
    /// The normalised rows after the attention `(N, D)`, and their factors `(N)`.
    first: (Vec<T>, Vec<T>),
    /// The input of the activation `(N, I)`.
    hidden: Vec<T>,
    /// The normalised rows at the end `(N, D)`, and their factors `(N)`.
    second: (Vec<T>, Vec<T>),
}

/// The weights of a layer in the order in which the forward pass reads them.
#[derive(Debug, Clone, Default)]
pub struct Laid<T> {
    qkv: Panels<T>,
    out: Panels<T>,
    up: Panels<T>,
    down: Panels<T>,
}

/// Working memory of a chunk, for all layers one after another. After [`TransformerLayer::backward`] it holds what
/// [`TransformerLayer::add_weight_gradients`] multiplies.
#[derive(Debug, Clone, Default)]
pub struct Space<T> {
    attention: Scratch<T>,
    /// The input of the layer `(N, D)`. The caller writes it before the backward pass.
    pub input: Vec<T>,
    /// The output of the first normalisation `(N, D)`.
    middle: Vec<T>,
    /// The output of the activation `(N, I)`.
    active: Vec<T>,
    /// Gradients of the outputs of the linear layers, from the top down.
    d_second: Vec<T>,
    d_hidden: Vec<T>,
    d_first: Vec<T>,
    d_qkv: Vec<T>,
    d_context: Vec<T>,
    /// The gradients of biases and normalisations, in the order of [`Parts`].
    small: Vec<T>,
}

/// The ranges of a layer's weights that are used together.
struct Parts {
    qkv: Range<usize>,
    qkv_bias: Range<usize>,
    out: Range<usize>,
    out_bias: Range<usize>,
    first: Range<usize>,
    up: Range<usize>,
    up_bias: Range<usize>,
    down: Range<usize>,
    down_bias: Range<usize>,
    second: Range<usize>,
}

/// The text lengths of a chunk, and the biases by distance if the model has them.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a, T> {
    /// The number of tokens of each text.
    pub lengths: &'a [usize],
    /// N, their sum.
    pub rows: usize,
    /// See [`Distances`].
    pub distances: Option<Distances<'a, T>>,
}

impl TransformerLayer {
    fn width(&self) -> usize {
        self.attention.width
    }

    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let (d, i) = (self.width(), self.hidden);
        let shapes = [
            vec![d, d],
            vec![d, d],
            vec![d, d],
            vec![d],
            vec![d],
            vec![d],
            vec![d, d],
            vec![d],
            vec![d],
            vec![d],
            vec![i, d],
            vec![i],
            vec![d, i],
            vec![d],
            vec![d],
            vec![d],
        ];
        NAMES.into_iter().zip(shapes).collect()
    }

    fn parts(&self) -> Parts {
        let (d, i) = (self.width(), self.hidden);
        let mut end = 0;
        let mut next = |size: usize| {
            end += size;
            end - size..end
        };
        Parts {
            qkv: next(3 * d * d),
            qkv_bias: next(3 * d),
            out: next(d * d),
            out_bias: next(d),
            first: next(2 * d),
            up: next(i * d),
            up_bias: next(i),
            down: next(d * i),
            down_bias: next(d),
            second: next(2 * d),
        }
    }

    fn norm(&self) -> LayerNorm {
        LayerNorm { width: self.width(), epsilon: self.epsilon }
    }

    /// Multiplications and additions of the matrix products of one text of `length` tokens.
    pub fn operations(&self, length: usize) -> f64 {
        let (d, i, n) = (self.width() as f64, self.hidden as f64, length as f64);
        2.0 * n * (4.0 * d * d + 2.0 * d * i) + 4.0 * n * n * d
    }

    /// Copies the weights into the order in which [`forward`](Self::forward) reads them. Threads share the work.
    pub fn lay<T: Real>(&self, weights: &[T], laid: &mut Laid<T>) {
        let (d, i, parts) = (self.width(), self.hidden, self.parts());
        let lay = |panels: &mut Panels<T>, range: &Range<usize>, to: usize, from: usize| {
            panels.lay(view(&weights[range.clone()], to, from).reversed_axes());
        };
        let Laid { qkv, out, up, down } = laid;
        rayon::join(
            || rayon::join(|| lay(qkv, &parts.qkv, 3 * d, d), || lay(out, &parts.out, d, d)),
            || rayon::join(|| lay(up, &parts.up, i, d), || lay(down, &parts.down, d, i)),
        );
    }

    /// Replaces the states `(N, D)`, the layer's input, by its output. `laid` holds the same weights as `weights`.
    pub fn forward<T: Real>(
        &self,
        weights: &[T],
        laid: &Laid<T>,
        chunk: Chunk<T>,
        states: &mut [T],
        tape: &mut Tape<T>,
        space: &mut Space<T>,
    ) {
        let (d, i, n, parts) = (self.width(), self.hidden, chunk.rows, self.parts());
        let part = |range: &Range<usize>| &weights[range.clone()];
        let qkv = room(&mut tape.qkv, n * 3 * d);
        laid.qkv.matmul_and_bias(part(&parts.qkv_bias), view(states, n, d), view_mut(qkv, n, 3 * d));
        let context = room(&mut tape.context, n * d);
        self.attention.forward(chunk.lengths, chunk.distances, qkv, context, &mut space.attention);
        let (first, scales) = (room(&mut tape.first.0, n * d), room(&mut tape.first.1, n));
        with_bias(states, part(&parts.out_bias), first);
        laid.out.add_matmul(view(context, n, d), view_mut(first, n, d));
        self.norm().forward(part(&parts.first), first, scales, states);
        let (hidden, active) = (room(&mut tape.hidden, n * i), room(&mut space.active, n * i));
        let (second, scales) = (room(&mut tape.second.0, n * d), room(&mut tape.second.1, n));
        with_bias(states, part(&parts.down_bias), second);
        let hidden = hidden.chunks_mut(BLOCK * i).zip(active.chunks_mut(BLOCK * i));
        let rows = states.chunks(BLOCK * d).zip(second.chunks_mut(BLOCK * d));
        for ((states, second), (hidden, active)) in rows.zip(hidden) {
            let n = states.len() / d;
            laid.up.set_matmul(view(states, n, d), view_mut(hidden, n, i));
            self.activation.forward(part(&parts.up_bias), hidden, active);
            laid.down.add_matmul(view(active, n, i), view_mut(second, n, d));
        }
        self.norm().forward(part(&parts.second), second, scales, states);
    }

    /// Writes the attention probabilities `(L, L)` of one head of the text that begins at row `first`, after a forward
    /// pass of its chunk.
    pub fn probabilities<T: Real>(
        &self,
        tape: &Tape<T>,
        first: usize,
        length: usize,
        distances: Option<Distances<T>>,
        head: usize,
        probabilities: &mut [T],
    ) {
        let width = 3 * self.width();
        let qkv = &tape.qkv[first * width..][..length * width];
        self.attention.probabilities(head, length, distances, qkv, probabilities);
    }

    /// Writes the layer's output `(N, D)` again, from what the forward pass kept.
    pub fn output<T: Real>(&self, weights: &[T], rows: usize, tape: &Tape<T>, states: &mut Vec<T>) {
        let size = rows * self.width();
        self.norm().output(&weights[self.parts().second], &tape.second.0[..size], room(states, size));
    }

    /// The first part of the backward pass: turns the gradient of the output, in `d (N, D)`, into that of the input
    /// where `below` is true; otherwise `d` has no meaning afterwards. Adds to the gradient of the distances' biases if
    /// they are given. The caller has written the input to `space.input`.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        chunk: Chunk<T>,
        tape: &Tape<T>,
        d: &mut [T],
        space: &mut Space<T>,
        d_biases: Option<&mut [T]>,
        below: bool,
    ) {
        let (width, i, n, parts) = (self.width(), self.hidden, chunk.rows, self.parts());
        let part = |range: &Range<usize>| &weights[range.clone()];
        let rows = n * width;
        let small = room(&mut space.small, 9 * width + i);
        small.fill(T::zero());
        let (d_qkv_bias, small) = small.split_at_mut(3 * width);
        let (d_out_bias, small) = small.split_at_mut(width);
        let (d_first_norm, small) = small.split_at_mut(2 * width);
        let (d_up_bias, small) = small.split_at_mut(i);
        let (d_down_bias, d_second_norm) = small.split_at_mut(width);

        let d_second = room(&mut space.d_second, rows);
        let (normalised, scales) = (&tape.second.0[..rows], &tape.second.1[..n]);
        self.norm().backward(part(&parts.second), normalised, scales, d, d_second, d_second_norm);
        sum_columns(d_second, d_down_bias);
        let (d_hidden, active) = (room(&mut space.d_hidden, n * i), room(&mut space.active, n * i));
        multiply_back(d_second, part(&parts.down), n, width, i, T::zero(), d_hidden);
        self.activation.backward(&tape.hidden[..n * i], active, d_hidden);
        sum_columns(d_hidden, d_up_bias);
        d.copy_from_slice(d_second);
        multiply_back(d_hidden, part(&parts.up), n, i, width, T::one(), d);

        let (normalised, scales) = (&tape.first.0[..rows], &tape.first.1[..n]);
        self.norm().output(part(&parts.first), normalised, room(&mut space.middle, rows));
        let d_first = room(&mut space.d_first, rows);
        self.norm().backward(part(&parts.first), normalised, scales, d, d_first, d_first_norm);
        sum_columns(d_first, d_out_bias);
        let (d_context, d_qkv) = (room(&mut space.d_context, rows), room(&mut space.d_qkv, 3 * rows));
        multiply_back(d_first, part(&parts.out), n, width, width, T::zero(), d_context);
        let qkv = &tape.qkv[..3 * rows];
        let Chunk { lengths, distances, .. } = chunk;
        self.attention.backward(lengths, distances, qkv, d_context, d_qkv, d_biases, &mut space.attention);
        sum_columns(d_qkv, d_qkv_bias);
        if below {
            d.copy_from_slice(d_first);
            multiply_back(d_qkv, part(&parts.qkv), n, 3 * width, width, T::one(), d);
        }
    }

    /// The second part of the backward pass: adds the weight gradients of all chunks (the number of rows of each, and
    /// what its passes left) to `gradient`, in their order.
    pub fn add_weight_gradients<T: Real>(&self, chunks: &[(usize, &Tape<T>, &Space<T>)], gradient: &mut [T]) {
        let (d, i) = (self.width(), self.hidden);
        let (mut smalls, mut products) = (Vec::new(), Vec::new());
        let mut rest = gradient;
        let mut next = |size: usize| rest.split_off_mut(..size).unwrap_or_default();
        products.push((Product::Qkv, d, next(3 * d * d)));
        smalls.push(next(3 * d));
        products.push((Product::Out, d, next(d * d)));
        smalls.push(next(3 * d));
        products.push((Product::Up, d, next(i * d)));
        smalls.push(next(i));
        products.push((Product::Down, i, next(d * i)));
        smalls.push(next(3 * d));
        for (_, _, space) in chunks {
            let mut small = &space.small[..9 * d + i];
            // Between the matrices lie: the bias of the attention; the next bias and the first normalisation; the bias
            // of the hidden units; the last bias and the second normalisation. `small` has the same order.
            for to in &mut smalls {
                let (from, others) = small.split_at(to.len());
                axpy(T::one(), from, to);
                small = others;
            }
        }
        let pieces: Vec<(Product, usize, usize, &mut [T])> = products
            .into_iter()
            .flat_map(|(product, columns, gradient)| {
                let rows = (PIECE / columns).max(1);
                let pieces = gradient.chunks_mut(rows * columns).enumerate();
                pieces.map(move |(number, piece)| (product, number * rows, columns, piece))
            })
            .collect();
        pieces.into_par_iter().for_each(|(product, first, columns, piece)| {
            let rows = piece.len() / columns;
            for &(n, tape, space) in chunks {
                let (dy, width, x): (&[T], usize, &[T]) = match product {
                    Product::Qkv => (&space.d_qkv, 3 * d, &space.input),
                    Product::Out => (&space.d_first, d, &tape.context),
                    Product::Up => (&space.d_hidden, i, &space.middle),
                    Product::Down => (&space.d_second, d, &space.active),
                };
                let dy = view(&dy[..n * width], n, width).slice_move(s![.., first..first + rows]);
                let x = view(&x[..n * columns], n, columns);
                matmul(T::one(), dy.reversed_axes(), x, T::one(), view_mut(piece, rows, columns));
            }
        });
    }
}

/// A matrix of weights.
#[derive(Debug, Clone, Copy)]
enum Product {
    Qkv,
    Out,
    Up,
    Down,
}

/// dx = dy W + beta dx, with `dy (n, to)`, `W (to, from)`.
fn multiply_back<T: Real>(dy: &[T], weight: &[T], n: usize, to: usize, from: usize, beta: T, dx: &mut [T]) {
    matmul(T::one(), view(dy, n, to), view(weight, to, from), beta, view_mut(dx, n, from));
}

/// Writes each row of `x` plus `bias` to `y`.
fn with_bias<T: Real>(x: &[T], bias: &[T], y: &mut [T]) {
    y.copy_from_slice(x);
    y.chunks_exact_mut(bias.len()).for_each(|row| axpy(T::one(), bias, row));
}

/// Adds all rows of `x` to `sum`.
fn sum_columns<T: Real>(x: &[T], sum: &mut [T]) {
    x.chunks_exact(sum.len()).for_each(|row| axpy(T::one(), row, sum));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;
    use crate::rng::{stream, unit64};

    #[test]
    fn gradients_of_two_chunks_agree_with_finite_differences() {
        let layer = TransformerLayer {
            attention: Attention { heads: 2, width: 4 },
            hidden: 5,
            activation: HiddenActivation::Gelu,
            epsilon: 1e-2,
        };
        let size: usize = layer.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let chunks = [vec![3, 1], vec![2]];
        let counts = chunks.each_ref().map(|lengths| lengths.iter().sum::<usize>());
        let longest = 3;
        let biases = 2 * (2 * longest - 1);
        let mut rng = stream(5, "transformer layer test", 0);
        let mut draw = |n: usize| (0..n).map(|_| 1.6 * unit64(&mut rng) - 0.8).collect::<Vec<f64>>();
        let (at, slopes) = (draw(size + biases + 6 * 4), draw(6 * 4));
        let mut tapes = [Tape::default(), Tape::default()];
        let mut spaces = [Space::default(), Space::default()];
        let run = |at: &[f64], tapes: &mut [Tape<f64>; 2], spaces: &mut [Space<f64>; 2]| {
            let (weights, rest) = at.split_at(size);
            let (biases, x) = rest.split_at(biases);
            let (mut first, mut loss) = (0, 0.0);
            let mut laid = Laid::default();
            layer.lay(weights, &mut laid);
            for (k, lengths) in chunks.iter().enumerate() {
                let range = first * 4..(first + counts[k]) * 4;
                first += counts[k];
                let mut states = x[range.clone()].to_vec();
                let distances = Some(Distances { longest, biases });
                let chunk = Chunk { lengths, rows: counts[k], distances };
                layer.forward(weights, &laid, chunk, &mut states, &mut tapes[k], &mut spaces[k]);
                let mut again = Vec::new();
                layer.output(weights, counts[k], &tapes[k], &mut again);
                assert_eq!(again, states);
                loss += states.iter().zip(&slopes[range]).map(|(x, s)| x * s).sum::<f64>();
            }
            loss
        };
        run(&at, &mut tapes, &mut spaces);
        let mut analytic = vec![0.0; at.len()];
        let (gradient, rest) = analytic.split_at_mut(size);
        let (d_biases, dx) = rest.split_at_mut(biases);
        let (weights, rest) = at.split_at(size);
        let (biases, x) = rest.split_at(biases);
        let mut first = 0;
        for (k, lengths) in chunks.iter().enumerate() {
            let range = first * 4..(first + counts[k]) * 4;
            first += counts[k];
            spaces[k].input = x[range.clone()].to_vec();
            let d = &mut dx[range.clone()];
            d.copy_from_slice(&slopes[range]);
            let distances = Some(Distances { longest, biases });
            let chunk = Chunk { lengths, rows: counts[k], distances };
            layer.backward(weights, chunk, &tapes[k], d, &mut spaces[k], Some(&mut *d_biases), true);
        }
        let all = [(counts[0], &tapes[0], &spaces[0]), (counts[1], &tapes[1], &spaces[1])];
        layer.add_weight_gradients(&all, gradient);
        let error = worst(&at, &analytic, 1e-3, |at| run(at, &mut tapes, &mut spaces));
        assert!(error < 1e-6, "{error:e}");
    }
}
