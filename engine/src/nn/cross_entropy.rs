//! Softmax and cross-entropy, together.

use crate::kernel::target::Baseline;
use crate::kernel::{Real, exp};

/// The loss of a batch and the number of correct predictions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loss {
    /// The sum of -ln p(true class), in nats; each multiplied by the weight of the class, if classes have weights.
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
    weighted_loss_and_gradient(logits, (labels, None), classes, scale)
}

/// As [`loss_and_gradient`], with the loss of each row multiplied by the weight of its true class. `weights (C)` has
/// those; without weights each is 1. The sum of the weights of a batch does not matter: its gradient is that of
/// PyTorch's `CrossEntropyLoss(weight, reduction="sum")` times `scale`.
///
/// # Panics
/// As [`loss_and_gradient`]; or if there is no weight for a label.
pub fn weighted_loss_and_gradient<T: Real>(
    logits: &mut [T],
    (labels, weights): (&[u32], Option<&[f64]>),
    classes: usize,
    scale: T,
) -> Loss {
    assert_eq!(logits.len(), labels.len() * classes, "a label for each row");
    let mut loss = Loss::default();
    for (row, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        let label = label as usize;
        let weight = weights.map_or(1.0, |weights| weights[label]);
        let scale = scale * T::of(weight);
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
        loss.sum += weight * (sum.wide().ln() - (truth.wide() - top.wide()));
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

    // import torch, torch.nn.functional as F
    // z = torch.tensor([[1.5,-0.5,0.25],[0.0,2.0,-1.0],[-0.75,0.5,3.0],[0.1,0.2,0.3]], dtype=torch.float64)
    // z.requires_grad_(); y = torch.tensor([0,2,2,1]); w = torch.tensor([0.4,2.5,1.25], dtype=torch.float64)
    // loss = F.cross_entropy(z, y, weight=w, reduction="sum"); (loss / 4).backward()
    // print(loss.item(), z.grad.flatten().tolist())
    #[test]
    fn weighted_loss_and_gradient_are_those_of_pytorch() {
        let mut logits = [1.5, -0.5, 0.25, 0.0, 2.0, -1.0, -0.75, 0.5, 3.0, 0.1, 0.2, 0.3];
        let weighted = (&[0, 2, 2, 1][..], Some(&[0.4, 2.5, 1.25][..]));
        let loss = weighted_loss_and_gradient(&mut logits, weighted, 3, 0.25);
        assert!((loss.sum - GOLDEN_LOSS).abs() < 1e-12 && loss.correct == 2, "{loss:?}");
        let differ = logits.iter().zip(GOLDEN_GRADIENT).map(|(a, b): (&f64, f64)| (a - b).abs());
        assert!(differ.fold(0.0, f64::max) < 1e-15, "{logits:?}");
    }

    const GOLDEN_LOSS: f64 = 6.983433711005254;
    const GOLDEN_GRADIENT: [f64; 12] = [
        -0.02966860239782261,
        0.0095183196149175,
        0.020150282782905093,
        0.035685999807685775,
        0.2636858545254186,
        -0.29937185433310437,
        0.0066473203116550385,
        0.023201427635778215,
        -0.029848747947433252,
        0.1878810033473296,
        -0.41735937904165793,
        0.22947837569432844,
    ];

    #[test]
    fn the_weight_one_has_the_same_bits_as_no_weight() {
        let logits = [1.5_f32, -0.5, 0.25, 0.7, 2.0, -1.0];
        let (mut plain, mut weighted) = (logits, logits);
        let loss = loss_and_gradient(&mut plain, &[2, 0], 3, 1.0 / 3.0);
        let ones = (&[2, 0][..], Some(&[1.0; 3][..]));
        assert_eq!(weighted_loss_and_gradient(&mut weighted, ones, 3, 1.0 / 3.0), loss);
        assert_eq!(plain.map(f32::to_bits), weighted.map(f32::to_bits));
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
