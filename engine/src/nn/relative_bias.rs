//! Relative position bias (Raffel et al. 2020, as in MPNet): what is added to an attention score depends on the head and on
//! the distance between the two tokens. Near distances have a value of their own; far ones share one by the logarithm.

use serde::{Deserialize, Serialize};

use crate::kernel::Real;

/// Distances of this size and more share one value.
const FARTHEST: f64 = 128.0;

/// The bias of all heads. Its weight is `weight (buckets, heads)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelativeBias {
    /// The number of values of a head: one half for tokens before, one half for those after.
    pub buckets: usize,
    /// The number of attention heads.
    pub heads: usize,
}

impl RelativeBias {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("weight", vec![self.buckets, self.heads])]
    }

    /// The bucket of a token that is `distance` places after the one that reads it (negative: before).
    pub fn bucket(&self, distance: isize) -> usize {
        let half = self.buckets / 2;
        let first = if distance > 0 { half } else { 0 };
        let (size, exact) = (distance.unsigned_abs(), half / 2);
        if size < exact {
            return first + size;
        }
        // In single precision, as PyTorch computes it.
        let nearest = exact.max(1) as f32;
        let logarithm = (size as f32 / nearest).ln() / (FARTHEST / f64::from(nearest)).ln() as f32;
        let beyond = (logarithm * (half - exact) as f32).max(0.0) as usize;
        first + (exact + beyond).min(half.saturating_sub(1))
    }

    /// Writes the bias of every distance, `(heads, 2 longest - 1)`: column `longest - 1` is distance 0.
    pub fn forward<T: Real>(&self, weights: &[T], longest: usize, biases: &mut Vec<T>) {
        let width = (2 * longest).saturating_sub(1);
        biases.clear();
        biases.resize(self.heads * width, T::zero());
        for column in 0..width {
            let row =
                &weights[self.bucket(column as isize + 1 - longest as isize) * self.heads..][..self.heads];
            for (head, &bias) in row.iter().enumerate() {
                biases[head * width + column] = bias;
            }
        }
    }

    /// Adds the gradient of the biases, `(heads, 2 longest - 1)`, to the gradient of the weight.
    pub fn backward<T: Real>(&self, longest: usize, d_biases: &[T], gradient: &mut [T]) {
        let width = (2 * longest).saturating_sub(1);
        for column in 0..width {
            let bucket = self.bucket(column as isize + 1 - longest as isize);
            for head in 0..self.heads {
                gradient[bucket * self.heads + head] += d_biases[head * width + column];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[MPNetEncoder.relative_position_bucket(torch.tensor(d)).item() for d in …]` of transformers 5.24.
    #[test]
    fn buckets_are_those_of_transformers() {
        let distances = [
            0, 1, -1, 7, -7, 8, -8, 9, 11, 12, 15, 16, -16, 22, 23, 31, 32, 45, 46, 63, 64, -64, 90, 91, 127,
            128, -500,
        ];
        let expected = [
            0, 17, 1, 23, 7, 24, 8, 24, 24, 25, 25, 26, 10, 26, 27, 27, 28, 28, 29, 29, 30, 14, 30, 31, 31,
            31, 15,
        ];
        let bias = RelativeBias { buckets: 32, heads: 1 };
        assert_eq!(distances.map(|distance| bias.bucket(distance)), expected);
    }

    #[test]
    fn the_backward_pass_is_the_transpose_of_the_forward_pass() {
        for (buckets, longest) in [(32, 1), (32, 40), (4, 9), (2, 3)] {
            let bias = RelativeBias { buckets, heads: 3 };
            let weights: Vec<f64> = (0..3 * buckets).map(|i| (i as f64 * 0.7).sin()).collect();
            let mut biases = Vec::new();
            bias.forward(&weights, longest, &mut biases);
            let slopes: Vec<f64> = (0..biases.len()).map(|i| (i as f64 * 0.3).cos()).collect();
            let mut gradient = vec![0.0; weights.len()];
            bias.backward(longest, &slopes, &mut gradient);
            let forth: f64 = biases.iter().zip(&slopes).map(|(b, s)| b * s).sum();
            let back: f64 = weights.iter().zip(&gradient).map(|(w, g)| w * g).sum();
            assert!((forth - back).abs() < 1e-12, "{forth} {back}");
        }
    }
}
