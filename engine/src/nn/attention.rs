//! Multi-head self-attention (Vaswani et al. 2017) over texts of different lengths, which lie one after another without
//! padding. Every token reads all tokens of its own text.
//!
//! The attention probabilities are not kept: the backward pass computes them again, which costs less than the memory.

use ndarray::{ArrayView2, s};

use serde::{Deserialize, Serialize};

use crate::dispatched;
use crate::kernel::{Real, matmul, view, view_mut};
use crate::nn::room;
use crate::nn::row_sums::{dot, exponentials, largest};

/// The attention of all heads, without weights of its own: the layers before it give queries, keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// The number of heads; it divides the width.
    pub heads: usize,
    /// D, the width of a token's query, key, value and output.
    pub width: usize,
}

/// What is added to the scores by the distance of two tokens: `(heads, 2 longest - 1)`; see
/// [`RelativeBias`](crate::nn::relative_bias::RelativeBias).
#[derive(Debug, Clone, Copy)]
pub struct Distances<'a, T> {
    /// The longest text that these reach.
    pub longest: usize,
    /// The values of one head after another.
    pub biases: &'a [T],
}

impl<'a, T> Distances<'a, T> {
    /// The range of the values of `head` for the token at `place` in a text of `length` tokens.
    fn range(longest: usize, head: usize, place: usize, length: usize) -> std::ops::Range<usize> {
        let start = head * (2 * longest - 1) + longest - 1 - place;
        start..start + length
    }

    fn row(&self, head: usize, place: usize, length: usize) -> &'a [T] {
        &self.biases[Self::range(self.longest, head, place, length)]
    }
}

/// Working memory; when it is reused, it allocates memory only to grow.
#[derive(Debug, Clone, Default)]
pub struct Scratch<T> {
    scores: Vec<T>,
    d_scores: Vec<T>,
}

impl Attention {
    /// The width of a head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    fn scale<T: Real>(&self) -> T {
        T::of(1.0 / (self.head_width() as f64).sqrt())
    }

    /// Query, key and value of one head in a text's rows `(L, 3 D)`.
    fn split<'a, T>(&self, head: usize, rows: ArrayView2<'a, T>) -> [ArrayView2<'a, T>; 3] {
        let width = self.head_width();
        [0, 1, 2].map(|part| {
            let first = part * self.width + head * width;
            rows.slice_move(s![.., first..first + width])
        })
    }

    /// Writes the attention probabilities `(L, L)` of one head of one text, whose queries, keys and values are
    /// `qkv (L, 3 D)`: row i is how much token i reads of each token.
    pub fn probabilities<T: Real>(
        &self,
        head: usize,
        length: usize,
        distances: Option<Distances<T>>,
        qkv: &[T],
        probabilities: &mut [T],
    ) {
        let [query, key, _] = self.split(head, view(qkv, length, 3 * self.width));
        let mut beta = T::zero();
        if let Some(distances) = distances {
            for (place, row) in probabilities.chunks_exact_mut(length).enumerate() {
                row.copy_from_slice(distances.row(head, place, length));
            }
            beta = T::one();
        }
        matmul(self.scale(), query, key.reversed_axes(), beta, view_mut(probabilities, length, length));
        softmax(length, probabilities);
    }

    /// From the queries, keys and values `qkv (N, 3 D)` of texts of these lengths, writes `context (N, D)`.
    pub fn forward<T: Real>(
        &self,
        lengths: &[usize],
        distances: Option<Distances<T>>,
        qkv: &[T],
        context: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let (width, head_width) = (self.width, self.head_width());
        let mut first = 0;
        for &length in lengths.iter().filter(|&&length| length > 0) {
            let qkv = &qkv[first * 3 * width..][..length * 3 * width];
            let context = &mut context[first * width..][..length * width];
            let scores = room(&mut scratch.scores, length * length);
            for head in 0..self.heads {
                self.probabilities(head, length, distances, qkv, scores);
                let [_, _, value] = self.split(head, view(qkv, length, 3 * width));
                let columns = s![.., head * head_width..(head + 1) * head_width];
                let context = view_mut(context, length, width);
                matmul(T::one(), view(scores, length, length), value, T::zero(), context.slice_move(columns));
            }
            first += length;
        }
    }

    /// The backward pass: from the gradient `d_context (N, D)`, writes `d_qkv (N, 3 D)`, and adds to the gradient of
    /// the distances' biases if they are given.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Real>(
        &self,
        lengths: &[usize],
        distances: Option<Distances<T>>,
        qkv: &[T],
        d_context: &[T],
        d_qkv: &mut [T],
        mut d_biases: Option<&mut [T]>,
        scratch: &mut Scratch<T>,
    ) {
        let (width, head_width) = (self.width, self.head_width());
        let mut first = 0;
        for &length in lengths.iter().filter(|&&length| length > 0) {
            let qkv = &qkv[first * 3 * width..][..length * 3 * width];
            let d_qkv = &mut d_qkv[first * 3 * width..][..length * 3 * width];
            let d_context = view(&d_context[first * width..][..length * width], length, width);
            let scores = room(&mut scratch.scores, length * length);
            let d_scores = room(&mut scratch.d_scores, length * length);
            for head in 0..self.heads {
                self.probabilities(head, length, distances, qkv, scores);
                let [query, key, value] = self.split(head, view(qkv, length, 3 * width));
                let d_context = d_context.slice(s![.., head * head_width..(head + 1) * head_width]);
                let mut gradient = |part: usize, alpha: T, left: ArrayView2<T>, right: ArrayView2<T>| {
                    let first = part * width + head * head_width;
                    let to = view_mut(d_qkv, length, 3 * width).slice_move(s![.., first..first + head_width]);
                    matmul(alpha, left, right, T::zero(), to);
                };
                gradient(2, T::one(), view(scores, length, length).reversed_axes(), d_context);
                let value = value.reversed_axes();
                matmul(T::one(), d_context, value, T::zero(), view_mut(d_scores, length, length));
                softmax_back(length, scores, d_scores);
                let d_scores_view = view(d_scores, length, length);
                gradient(0, self.scale(), d_scores_view, key);
                gradient(1, self.scale(), d_scores_view.reversed_axes(), query);
                if let (Some(distances), Some(d_biases)) = (distances, d_biases.as_deref_mut()) {
                    for (place, row) in d_scores.chunks_exact(length).enumerate() {
                        let range = Distances::<T>::range(distances.longest, head, place, length);
                        d_biases[range].iter_mut().zip(row).for_each(|(d, &x)| *d += x);
                    }
                }
            }
            first += length;
        }
    }
}

dispatched! {
    /// The softmax of each row of `width` scores.
    fn softmax<T>(width: usize, scores: &mut [T]) {
        for row in scores.chunks_exact_mut(width) {
            let top = largest(row);
            let factor = T::one() / exponentials::<T, L>(row, top);
            for x in row {
                *x *= factor;
            }
        }
    }

    /// Turns the gradient of each row of probabilities into that of the scores.
    fn softmax_back<T>(width: usize, probabilities: &[T], d: &mut [T]) {
        for (p, d) in probabilities.chunks_exact(width).zip(d.chunks_exact_mut(width)) {
            let mean = dot::<T, L>(p, d);
            for (d, &p) in d.iter_mut().zip(p) {
                *d = p * (*d - mean);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use crate::nn::gradient_check::worst;
    use crate::nn::relative_bias::RelativeBias;
    use crate::rng::{stream, unit64};

    #[test]
    fn gradients_agree_with_finite_differences_with_and_without_distances() {
        let attention = Attention { heads: 2, width: 6 };
        for lengths in [vec![1], vec![3, 0, 5], vec![4, 1, 2]] {
            let (rows, longest) = (lengths.iter().sum::<usize>(), 5);
            let bias = RelativeBias { buckets: 8, heads: 2 };
            for size in [0, 16] {
                let mut rng = stream(2, "attention test", size as u64);
                let mut draw = |n: usize| (0..n).map(|_| 3.0 * unit64(&mut rng) - 1.5).collect::<Vec<f64>>();
                let (at, slopes) = (draw(rows * 18 + size), draw(rows * 6));
                let mut biases = Vec::new();
                let mut scratch = Scratch::default();
                let mut run = |at: &[f64]| {
                    let (qkv, weights) = at.split_at(rows * 18);
                    if size > 0 {
                        bias.forward(weights, longest, &mut biases);
                    }
                    let distances = (size > 0).then_some(Distances { longest, biases: &biases });
                    let mut context = vec![f64::NAN; rows * 6];
                    attention.forward(&lengths, distances, qkv, &mut context, &mut scratch);
                    context.iter().zip(&slopes).map(|(c, s)| c * s).sum::<f64>()
                };
                run(&at);
                let kept = {
                    let mut kept = Vec::new();
                    if size > 0 {
                        bias.forward(&at[rows * 18..], longest, &mut kept);
                    }
                    kept
                };
                let mut analytic = vec![0.0; at.len()];
                let (d_qkv, d_weights) = analytic.split_at_mut(rows * 18);
                let mut d_biases = vec![0.0; kept.len()];
                let distances = (size > 0).then_some(Distances { longest, biases: &kept });
                let given = (size > 0).then_some(&mut d_biases[..]);
                let mut scratch = Scratch::default();
                attention.backward(
                    &lengths,
                    distances,
                    &at[..rows * 18],
                    &slopes,
                    d_qkv,
                    given,
                    &mut scratch,
                );
                if size > 0 {
                    bias.backward(longest, &d_biases, d_weights);
                }
                let error = worst(&at, &analytic, 1e-3, &mut run);
                assert!(error < 1e-6, "{lengths:?} {size}: {error:e}");
            }
        }
    }

    #[test]
    fn a_text_is_read_alike_wherever_it_stands_and_its_probabilities_sum_to_one() {
        let attention = Attention { heads: 4, width: 64 };
        let mut rng = stream(3, "attention test", 0);
        let lengths = [33, 1, 70];
        let rows: usize = lengths.iter().sum();
        let qkv: Vec<f32> = (0..rows * 192).map(|_| 4.0 * unit64(&mut rng) as f32 - 2.0).collect();
        for level in Level::all() {
            level.force(|| {
                let mut scratch = Scratch::default();
                let mut all = vec![f32::NAN; rows * 64];
                attention.forward(&lengths, None, &qkv, &mut all, &mut scratch);
                let mut alone = vec![f32::NAN; 70 * 64];
                attention.forward(&[70], None, &qkv[34 * 192..], &mut alone, &mut scratch);
                assert_eq!(alone, all[34 * 64..], "{level:?}");
                let mut probabilities = vec![f32::NAN; 33 * 33];
                attention.probabilities(3, 33, None, &qkv[..33 * 192], &mut probabilities);
                for row in probabilities.chunks_exact(33) {
                    assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{level:?}");
                }
            });
        }
    }
}
