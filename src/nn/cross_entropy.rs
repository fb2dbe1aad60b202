//! Softmax and cross-entropy, together.

use crate::kernel::target::Baseline;
use crate::kernel::{Real, exp};

/// The loss of a batch and the number of correct predictions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loss {
    /// The sum of -ln p(true class), in nats.
    pub sum: f64,
    /// The number of documents whose most probable class is the true one. If several classes are equal, the first
    /// counts.
    pub correct: usize,
}

/// Turns `logits (B, C)` into probabilities, row by row.
pub fn softmax<T: Real>(logits: &mut [T], classes: usize) {
    for row in logits.chunks_exact_mut(classes) {
        let top = row.iter().fold(T::neg_infinity(), |top, &x| if x > top { x } else { top });
        for x in row.iter_mut() {
            *x -= top;
        }
        exp(row);
        let sum: T = row.iter().fold(T::zero(), |sum, &x| sum + x);
        for x in row {
            *x /= sum;
        }
    }
}

/// The loss of `logits (B, C)` against true classes; `logits` become the gradient of `scale` times the loss.
///
/// # Panics
/// If a label is not below `classes`, or the number of labels is not the number of rows.
pub fn loss_and_gradient<T: Real>(logits: &mut [T], labels: &[u32], classes: usize, scale: T) -> Loss {
    assert_eq!(logits.len(), labels.len() * classes, "a label for each row");
    let mut loss = Loss::default();
    for (row, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        let label = label as usize;
        let mut best = 0;
        for (class, &x) in row.iter().enumerate() {
            if x > row[best] {
                best = class;
            }
        }
        loss.correct += usize::from(best == label);
        let (top, truth) = (row[best], row[label]);
        let mut sum = T::zero();
        for x in row.iter_mut() {
            *x = (*x - top).exp_at::<Baseline>();
            sum += *x;
        }
        loss.sum += sum.wide().ln() - (truth.wide() - top.wide());
        for x in row.iter_mut() {
            *x *= scale / sum;
        }
        row[label] -= scale;
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_logits_neither_overflow_nor_vanish() {
        let mut logits = [1000.0_f32, 0.0, -1000.0, 0.0, 0.0, 0.0];
        let loss = loss_and_gradient(&mut logits, &[1, 2], 3, 0.5);
        assert!((loss.sum - (1000.0 + 3.0_f64.ln())).abs() < 1e-5);
        assert_eq!(loss.correct, 0);
        assert_eq!(&logits[..3], [0.5, -0.5, 0.0]);
        let third = 0.5 / 3.0;
        assert!(logits[3..].iter().zip([third, third, third - 0.5]).all(|(a, b)| (a - b).abs() < 1e-7));
    }

    #[test]
    fn no_number_among_the_logits_is_none_in_the_loss() {
        let mut logits = [0.0_f32, f32::NAN];
        assert!(loss_and_gradient(&mut logits, &[0], 2, 1.0).sum.is_nan());
    }

    #[test]
    fn softmax_sums_to_one() {
        let mut logits = [3.0_f32, 1.0, -90.0, 500.0, 499.0, 0.0];
        softmax(&mut logits, 3);
        for row in logits.chunks(3) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert!((logits[3] - 1.0 / (1.0 + (-1.0_f32).exp())).abs() < 1e-6);
    }
}
