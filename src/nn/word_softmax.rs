//! The linear layer to a vocabulary, its softmax and its cross-entropy, as one.
//!
//! Of N words to be guessed among V the logits are N V numbers: most of what a step of a language model computes, and
//! too much to hold for large vocabularies. So blocks of rows go through all of it, one after another: logits,
//! probabilities, gradient. Threads share a block by its words for logits and the gradient of the weights, and by its
//! rows for probabilities and the gradient of what came in; the pieces depend on the sizes alone, so the bits do not
//! depend on the threads.

use ndarray::{Axis, aview1, s};
use rayon::prelude::*;

use crate::dispatched;
use crate::kernel::{Real, axpy, product, view, view_mut};
use crate::nn::room;

/// Logits of a block: 32 MB in f32.
const BLOCK: usize = 1 << 23;
/// Rows that one task takes: enough to make up for laying out the weights.
const ROWS: usize = 176;
/// Words whose weights one task takes.
const WORDS: usize = 1_024;

/// From F features to V words. Its weights: `weight (V, F)`, `bias (V)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordSoftmax {
    pub features: usize,
    pub words: usize,
}

/// Where the gradients of a [`WordSoftmax`] go.
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
    /// The sum of -ln p(target) over the rows of `x (N, F)`, in nats.
    ///
    /// # Panics
    /// If there are not as many targets as rows, or one is not a word.
    pub fn loss<T: Real>(&self, weights: (&[T], &[T]), x: &[T], targets: &[u32], logits: &mut Vec<T>) -> f64 {
        assert_eq!(x.len(), targets.len() * self.features, "a target for each row");
        let mut sum = 0.0;
        let rows = self.block();
        for (x, targets) in x.chunks(rows * self.features).zip(targets.chunks(rows)) {
            let logits = room(logits, targets.len() * self.words);
            self.logits(weights, x, logits);
            let pieces = logits.par_chunks_mut(ROWS * self.words).zip(targets.par_chunks(ROWS));
            let losses: Vec<f64> =
                pieces.map(|(logits, targets)| self.losses(logits, targets, None)).collect();
            sum += losses.iter().sum::<f64>();
        }
        sum
    }

    /// The same; and writes the gradient of `scale` times it.
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
            let logits = room(logits, n * words);
            self.logits((weight, bias), x, logits);
            let pieces = logits.par_chunks_mut(ROWS * words).zip(targets.par_chunks(ROWS));
            let pieces = pieces.zip(dx.par_chunks_mut(ROWS * features)).map(|((logits, targets), dx)| {
                let loss = self.losses(logits, targets, Some(scale));
                let (n, weight) = (targets.len(), view(weight, words, features));
                product(T::one(), view(logits, n, words), weight, T::zero(), view_mut(dx, n, features));
                loss
            });
            sum += pieces.collect::<Vec<f64>>().iter().sum::<f64>();
            let (d_logits, x) = (view(logits, n, words), view(x, n, features));
            let first = number == 0;
            let weights = to.weight.par_chunks_mut(WORDS * features).zip(to.bias.par_chunks_mut(WORDS));
            weights.enumerate().for_each(|(piece, (d_weight, d_bias))| {
                let these = d_logits.slice(s![.., piece * WORDS..piece * WORDS + d_bias.len()]);
                let d_weight = view_mut(d_weight, d_bias.len(), features);
                let keep = if first { T::zero() } else { T::one() };
                product(T::one(), these.reversed_axes(), x, keep, d_weight);
                if first {
                    d_bias.fill(T::zero());
                }
                for row in these.rows() {
                    axpy(T::one(), row.to_slice().unwrap_or_default(), d_bias);
                }
            });
        }
        sum
    }

    /// The logits `(n, V)` of `x (n, F)`.
    pub fn logits<T: Real>(&self, (weight, bias): (&[T], &[T]), x: &[T], logits: &mut [T]) {
        let n = logits.len() / self.words;
        let x = view(x, n, self.features);
        let mut logits = view_mut(logits, n, self.words);
        let mut pieces: Vec<_> = logits.axis_chunks_iter_mut(Axis(1), WORDS).collect();
        let weights = weight.par_chunks(WORDS * self.features).zip(bias.par_chunks(WORDS));
        pieces.par_iter_mut().zip(weights).for_each(|(logits, (weight, bias))| {
            let weight = view(weight, bias.len(), self.features).reversed_axes();
            logits.rows_mut().into_iter().for_each(|mut row| row.assign(&aview1(bias)));
            product(T::one(), x, weight, T::one(), logits.view_mut());
        });
    }

    /// The losses of some rows, which become their gradients if there is a scale.
    fn losses<T: Real>(&self, logits: &mut [T], targets: &[u32], scale: Option<T>) -> f64 {
        let rows = logits.chunks_exact_mut(self.words).zip(targets);
        rows.map(|(row, &target)| loss_of_row(row, target as usize, scale)).sum()
    }

    /// Rows of a block: whole pieces.
    fn block(&self) -> usize {
        (BLOCK / self.words.max(1) / ROWS).max(1) * ROWS
    }
}

/// Partial sums and largest values of a row.
const LANES: usize = 16;

dispatched! {
    /// -ln softmax(row)\[target\]; with a scale the row becomes the gradient of so much of it.
    pub(super) fn loss_of_row<T>(row: &mut [T], target: usize, scale: Option<T>) -> f64 {
        let mut tops = [T::neg_infinity(); LANES];
        let (chunks, rest) = row.as_chunks::<LANES>();
        for chunk in chunks {
            for (top, &x) in tops.iter_mut().zip(chunk) {
                *top = if x > *top { x } else { *top };
            }
        }
        let top = tops.iter().chain(rest).fold(T::neg_infinity(), |top, &x| if x > top { x } else { top });
        let truth = row[target];
        let mut sums = [T::zero(); LANES];
        let (chunks, rest) = row.as_chunks_mut::<LANES>();
        for chunk in chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *x = (*x - top).exp_at::<L>();
                *sum += *x;
            }
        }
        let mut sum = T::zero();
        for x in rest {
            *x = (*x - top).exp_at::<L>();
            sum += *x;
        }
        sum = sums.iter().fold(sum, |sum, &x| sum + x);
        if let Some(scale) = scale {
            let factor = scale / sum;
            for x in row.iter_mut() {
                *x *= factor;
            }
            row[target] -= scale;
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
        // Rows of several blocks of several pieces, words of several pieces.
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
        // Some row by itself.
        let row = n - 2;
        let mut logits: Vec<f64> = (0..v)
            .map(|word| {
                let products = (0..f).map(|i| f64::from(weights[word * f + i]) * f64::from(x[row * f + i]));
                products.sum::<f64>() + f64::from(weights[v * f + word])
            })
            .collect();
        loss_of_row(&mut logits, targets[row] as usize, Some(1.0));
        for i in 0..f {
            let want: f64 = (0..v).map(|word| logits[word] * f64::from(weights[word * f + i])).sum();
            assert!((want - f64::from(dx[row * f + i])).abs() < 1e-5);
        }
        // All gradients of the biases add up to nought.
        assert!(dw[v * f..].iter().map(|&x| f64::from(x)).sum::<f64>().abs() < 1e-3);
    }
}
