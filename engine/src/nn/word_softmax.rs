//! The linear layer to a vocabulary, its softmax and its cross-entropy, computed together.
//!
//! N targets and V words give N V logits. They are most of the work of a language model's step, and too many to hold
//! for a large vocabulary. So for each block of rows, logits, probabilities and gradient are computed before the next
//! block begins. Threads share the words of a block for the logits and for the gradient of the weights, and its rows
//! for the probabilities and for the gradient of the input. How the work is split depends only on the sizes, so the
//! bits do not depend on the number of threads.

use ndarray::{Axis, s};
use rayon::prelude::*;

use crate::dispatched;
use crate::kernel::{Real, axpy, matmul, view, view_mut};
use crate::nn::flops::Flops;
use crate::nn::room;

/// The most logits in a block: 32 MB in f32,
const BLOCK: usize = 1 << 23;
/// or up to 256 MB for large vocabularies: enough rows for four tasks, and few blocks, because every block reads and
/// writes the gradient of all weights.
const LARGE_BLOCK: usize = 1 << 26;
const TASKS: usize = 4;
/// Rows per task: enough to make preparing the weights worthwhile.
const ROWS: usize = 176;
/// Words per task when the gradient of the weights is computed.
const WORDS: usize = 1_024;

/// From F features to V words. Its weights: `weight (V, F)`, `bias (V)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordSoftmax {
    /// F, the number of features of a position.
    pub features: usize,
    /// V, the number of words.
    pub words: usize,
}

/// The gradients that a [`WordSoftmax`] writes.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    /// `(N, F)`, written.
    pub x: &'a mut [T],
    /// `(V, F)`, written.
    pub weight: &'a mut [T],
    /// `(V)`, written.
    pub bias: &'a mut [T],
}

impl WordSoftmax {
    /// The floating-point operations for `rows` rows.
    pub fn flops(&self, rows: usize) -> Flops {
        Flops::product(rows * self.features * self.words)
    }

    /// The sum of -ln p(target) over the rows of `x (N, F)`, in nats.
    ///
    /// # Panics
    /// If the number of targets is not the number of rows, or a target is not a word.
    pub fn loss<T: Real>(&self, weights: (&[T], &[T]), x: &[T], targets: &[u32], logits: &mut Vec<T>) -> f64 {
        assert_eq!(x.len(), targets.len() * self.features, "a target for each row");
        let mut sum = 0.0;
        let rows = self.block();
        for (x, targets) in x.chunks(rows * self.features).zip(targets.chunks(rows)) {
            let logits = room(logits, targets.len() * self.words);
            self.matmuls(weights.0, x, logits);
            let pieces = logits.par_chunks_mut(ROWS * self.words).zip(targets.par_chunks(ROWS));
            let losses = pieces.map(|(logits, targets)| {
                let rows = logits.chunks_exact_mut(self.words).zip(targets);
                rows.map(|(row, &target)| loss_of_row(row, weights.1, target as usize, None)).sum::<f64>()
            });
            sum += losses.collect::<Vec<_>>().iter().sum::<f64>();
        }
        sum
    }

    /// As [`loss`](Self::loss), and also writes the gradient of `scale` times the loss.
    ///
    /// # Panics
    /// As [`loss`](Self::loss).
    pub fn loss_and_gradient<T: Real>(
        &self,
        (weight, bias): (&[T], &[T]),
        x: &[T],
        targets: &[u32],
        scale: T,
        to: Gradients<T>,
        logits: &mut Vec<T>,
    ) -> f64 {
        let (features, words) = (self.features, self.words);
        assert_eq!(x.len(), targets.len() * features, "a target for each row");
        if targets.is_empty() {
            to.weight.fill(T::zero());
            to.bias.fill(T::zero());
        }
        let mut sum = 0.0;
        let rows = self.block();
        let blocks = x.chunks(rows * features).zip(targets.chunks(rows));
        for (number, ((x, targets), dx)) in blocks.zip(to.x.chunks_mut(rows * features)).enumerate() {
            let n = targets.len();
            let (logits, rest) = room(logits, n * (words + features + 1)).split_at_mut(n * words);
            let (scaled, factors) = rest.split_at_mut(n * features);
            self.matmuls(weight, x, logits);
            let pieces = logits.par_chunks_mut(ROWS * words).zip(targets.par_chunks(ROWS));
            let pieces = pieces.zip(dx.par_chunks_mut(ROWS * features)).zip(x.par_chunks(ROWS * features));
            let pieces = pieces.zip(scaled.par_chunks_mut(ROWS * features)).zip(factors.par_chunks_mut(ROWS));
            let pieces = pieces.map(|(((((logits, targets), dx), x), scaled), factors)| {
                let rows = logits.chunks_exact_mut(words).zip(targets).zip(&mut *factors);
                let losses = rows.map(|((row, &target), factor)| {
                    *factor = scale;
                    loss_of_row(row, bias, target as usize, Some(factor))
                });
                let loss = losses.sum::<f64>();
                let (n, weight) = (targets.len(), view(weight, words, features));
                matmul(T::one(), view(logits, n, words), weight, T::zero(), view_mut(dx, n, features));
                let rows = dx.chunks_exact_mut(features).zip(scaled.chunks_exact_mut(features));
                for (((dx, scaled), x), &factor) in rows.zip(x.chunks_exact(features)).zip(&*factors) {
                    dx.iter_mut().for_each(|dx| *dx *= factor);
                    scaled.iter_mut().zip(x).for_each(|(scaled, &x)| *scaled = factor * x);
                }
                loss
            });
            sum += pieces.collect::<Vec<f64>>().iter().sum::<f64>();
            let (d_logits, x) = (view(logits, n, words), view(scaled, n, features));
            let first = number == 0;
            let weights = to.weight.par_chunks_mut(WORDS * features).zip(to.bias.par_chunks_mut(WORDS));
            weights.enumerate().for_each(|(piece, (d_weight, d_bias))| {
                let these = d_logits.slice(s![.., piece * WORDS..piece * WORDS + d_bias.len()]);
                let d_weight = view_mut(d_weight, d_bias.len(), features);
                let keep = if first { T::zero() } else { T::one() };
                matmul(T::one(), these.reversed_axes(), x, keep, d_weight);
                if first {
                    d_bias.fill(T::zero());
                }
                for (row, &factor) in these.rows().into_iter().zip(&*factors) {
                    axpy(factor, row.to_slice().unwrap_or_default(), d_bias);
                }
            });
        }
        sum
    }

    /// Writes the logits `(n, V)` of `x (n, F)`.
    pub fn logits<T: Real>(&self, (weight, bias): (&[T], &[T]), x: &[T], logits: &mut [T]) {
        self.matmuls(weight, x, logits);
        logits.chunks_exact_mut(self.words).for_each(|row| axpy(T::one(), bias, row));
    }

    /// Writes the logits without the biases.
    fn matmuls<T: Real>(&self, weight: &[T], x: &[T], logits: &mut [T]) {
        let n = logits.len() / self.words;
        let x = view(x, n, self.features);
        let mut logits = view_mut(logits, n, self.words);
        let mut pieces: Vec<_> = logits.axis_chunks_iter_mut(Axis(1), WORDS).collect();
        let weights = weight.par_chunks(WORDS * self.features);
        pieces.par_iter_mut().zip(weights).for_each(|(logits, weight)| {
            let weight = view(weight, logits.ncols(), self.features).reversed_axes();
            matmul(T::one(), x, weight, T::zero(), logits.view_mut());
        });
    }

    /// The number of rows of a block, a multiple of the rows of a task.
    fn block(&self) -> usize {
        let rows = |logits: usize| logits / self.words.max(1);
        let large = rows(LARGE_BLOCK).min(TASKS * ROWS);
        (rows(BLOCK).max(large) / ROWS).max(1) * ROWS
    }
}

/// The number of partial sums and partial maxima of a row.
const LANES: usize = 16;

dispatched! {
    /// -ln softmax(row + bias)\[target\]. If `scale` is given, it is changed so that the row times it is the gradient
    /// of the scaled loss. The row itself is not multiplied, because it is long: scaling the other factor of the
    /// matmul is cheaper.
    pub(super) fn loss_of_row<T>(row: &mut [T], bias: &[T], target: usize, scale: Option<&mut T>) -> f64 {
        let mut tops = [T::neg_infinity(); LANES];
        let (chunks, rest) = row.as_chunks::<LANES>();
        let (biases, last) = bias.as_chunks::<LANES>();
        for (chunk, bias) in chunks.iter().zip(biases) {
            for ((top, &x), &b) in tops.iter_mut().zip(chunk).zip(bias) {
                let x = x + b;
                *top = if x > *top { x } else { *top };
            }
        }
        let mut top = tops.iter().fold(T::neg_infinity(), |top, &x| if x > top { x } else { top });
        for (&x, &b) in rest.iter().zip(last) {
            let x = x + b;
            top = if x > top { x } else { top };
        }
        let truth = row[target] + bias[target];
        let mut sums = [T::zero(); LANES];
        let (chunks, rest) = row.as_chunks_mut::<LANES>();
        for (chunk, bias) in chunks.iter_mut().zip(biases) {
            for ((sum, x), &b) in sums.iter_mut().zip(chunk).zip(bias) {
                *x = (*x + b - top).exp_at::<L>();
                *sum += *x;
            }
        }
        let mut sum = T::zero();
        for (x, &b) in rest.iter_mut().zip(last) {
            *x = (*x + b - top).exp_at::<L>();
            sum += *x;
        }
        sum = sums.iter().fold(sum, |sum, &x| sum + x);
        if let Some(scale) = scale {
            row[target] -= sum;
            *scale /= sum;
        }
        sum.wide().ln() - (truth.wide() - top.wide())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check;
    use crate::rng::{stream, unit64};

    fn draw(n: usize, name: &str) -> Vec<f64> {
        let mut rng = stream(2, name, 0);
        (0..n).map(|_| 2.0 * unit64(&mut rng) - 1.0).collect()
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let softmax = WordSoftmax { features: 3, words: 19 };
        let (n, f, v) = (5, softmax.features, softmax.words);
        let targets = [3, 18, 0, 3, 7];
        let at = draw(v * f + v + n * f, "softmax");
        let run = |at: &[f64], to: Option<Gradients<f64>>| {
            let (weights, x) = at.split_at(v * f + v);
            let weights = weights.split_at(v * f);
            let mut room = Vec::new();
            match to {
                Some(to) => softmax.loss_and_gradient(weights, x, &targets, 0.5, to, &mut room),
                None => softmax.loss(weights, x, &targets, &mut room),
            }
        };
        let mut analytic = vec![f64::NAN; at.len()];
        let (weights, x) = analytic.split_at_mut(v * f + v);
        let (weight, bias) = weights.split_at_mut(v * f);
        let whole = run(&at, Some(Gradients { x, weight, bias }));
        assert!((whole - run(&at, None)).abs() < 1e-12);
        let error = gradient_check::worst(&at, &analytic, 1e-4, |at| 0.5 * run(at, None));
        assert!(error < 1e-7, "{error:e}");
    }

    #[test]
    fn blocks_and_pieces_change_nothing_but_rounding_and_threads_nothing() {
        // Rows of several blocks with several tasks each, and words of several tasks.
        let softmax = WordSoftmax { features: 4, words: 20_001 };
        let (f, v) = (softmax.features, softmax.words);
        let n = softmax.block() + ROWS + 3;
        let single = |values: Vec<f64>| values.into_iter().map(|x| x as f32).collect::<Vec<f32>>();
        let (weights, x) = (single(draw(v * f + v, "weights")), single(draw(n * f, "x")));
        let targets: Vec<u32> = (0..n as u32).map(|i| i * 7_919 % v as u32).collect();
        let run = |threads: usize| {
            let (mut dx, mut dw) = (vec![f32::NAN; n * f], vec![f32::NAN; v * f + v]);
            let (weight, bias) = dw.split_at_mut(v * f);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let to = Gradients { x: &mut dx, weight, bias };
            let weights = weights.split_at(v * f);
            let loss =
                pool.install(|| softmax.loss_and_gradient(weights, &x, &targets, 1.0, to, &mut Vec::new()));
            (loss, dx, dw)
        };
        let (loss, dx, dw) = run(1);
        assert!((loss, dx.clone(), dw.clone()) == run(3));
        // One row by itself.
        let row = n - 2;
        let mut logits: Vec<f64> = (0..v)
            .map(|word| {
                let products = (0..f).map(|i| f64::from(weights[word * f + i]) * f64::from(x[row * f + i]));
                products.sum::<f64>()
            })
            .collect();
        let bias: Vec<f64> = weights[v * f..].iter().map(|&b| f64::from(b)).collect();
        let mut factor = 1.0;
        loss_of_row(&mut logits, &bias, targets[row] as usize, Some(&mut factor));
        for i in 0..f {
            let want: f64 = (0..v).map(|word| logits[word] * f64::from(weights[word * f + i])).sum();
            let want = factor * want;
            assert!((want - f64::from(dx[row * f + i])).abs() < 1e-5);
        }
        // The gradients of all biases add up to zero.
        assert!(dw[v * f..].iter().map(|&x| f64::from(x)).sum::<f64>().abs() < 1e-3);
    }
}
