//! Layer normalisation (Ba, Kiros & Hinton 2016): each row to mean 0 and variance 1, then a weight and a bias per column.

use crate::kernel::Real;
use crate::kernel::target::Target;
use crate::nn::row_sums::{centre, dot, sum};
use crate::{dispatched, in_lanes};

/// Layer normalisation of rows of D values. Its weights: `weight (D)`, then `bias (D)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    /// D, the length of a row.
    pub width: usize,
    /// What is added to the variance.
    pub epsilon: f64,
}

impl LayerNorm {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("weight", vec![self.width]), ("bias", vec![self.width])]
    }

    /// Replaces the rows `x (N, D)` by the normalised rows, writes the factor of each row (one over its standard
    /// deviation) to `scales (N)`, and the output to `y (N, D)`.
    pub fn forward<T: Real>(&self, weights: &[T], x: &mut [T], scales: &mut [T], y: &mut [T]) {
        normalise(self.width, T::of(self.epsilon), weights, x, scales, y);
    }

    /// Writes the output `y (N, D)` that belongs to the normalised rows that [`forward`](Self::forward) left.
    pub fn output<T: Real>(&self, weights: &[T], normalised: &[T], y: &mut [T]) {
        affine(self.width, weights, normalised, y);
    }

    /// The backward pass: from the normalised rows, the factors and the gradient `dy (N, D)` of the output, adds to
    /// the layer's `gradient` and writes `dx (N, D)`.
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        normalised: &[T],
        scales: &[T],
        dy: &[T],
        dx: &mut [T],
        gradient: &mut [T],
    ) {
        back(self.width, weights, normalised, scales, dy, dx, gradient);
    }
}

dispatched! {
    fn normalise<T>(width: usize, epsilon: T, weights: &[T], x: &mut [T], scales: &mut [T], y: &mut [T]) {
        let (weight, bias) = weights.split_at(width);
        let part = T::one() / T::of(width as f64);
        for ((x, scale), y) in x.chunks_exact_mut(width).zip(scales).zip(y.chunks_exact_mut(width)) {
            let mean = sum(x) * part;
            let variance = centre::<T, L>(x, mean) * part;
            *scale = T::one() / (variance + epsilon).sqrt();
            in_lanes!(scaled::<T, L>([*scale], mut x, mut y, weight, bias));
        }
    }

    fn affine<T>(width: usize, weights: &[T], normalised: &[T], y: &mut [T]) {
        let (weight, bias) = weights.split_at(width);
        for (x, y) in normalised.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
            in_lanes!(weighted::<T, L>(mut y, x, weight, bias));
        }
    }

    fn back<T>(
        width: usize,
        weights: &[T],
        normalised: &[T],
        scales: &[T],
        dy: &[T],
        dx: &mut [T],
        gradient: &mut [T],
    ) {
        let weight = &weights[..width];
        let (d_weight, d_bias) = gradient.split_at_mut(width);
        let part = T::one() / T::of(width as f64);
        let rows = normalised.chunks_exact(width).zip(scales);
        for (((x, &scale), dy), dx) in rows.zip(dy.chunks_exact(width)).zip(dx.chunks_exact_mut(width)) {
            {
                let (dx, d_weight, d_bias) = (&mut *dx, &mut *d_weight, &mut *d_bias);
                in_lanes!(collected::<T, L>(mut dx, mut d_weight, mut d_bias, x, dy, weight));
            }
            // dx holds the gradient of the normalised row. Its mean, and its part along the row, change nothing.
            let (mean, along) = (sum(dx) * part, dot::<T, L>(dx, x) * part);
            in_lanes!(cleared::<T, L>([mean, along, scale], mut dx, x));
        }
    }
}

#[inline(always)]
fn scaled<T: Real, L: Target, const N: usize>(
    scale: T,
    x: &mut [T; N],
    y: &mut [T; N],
    weight: &[T; N],
    bias: &[T; N],
) {
    for i in 0..N {
        x[i] *= scale;
        y[i] = L::mul_add(x[i], weight[i], bias[i]);
    }
}

#[inline(always)]
fn weighted<T: Real, L: Target, const N: usize>(y: &mut [T; N], x: &[T; N], weight: &[T; N], bias: &[T; N]) {
    for i in 0..N {
        y[i] = L::mul_add(x[i], weight[i], bias[i]);
    }
}

#[inline(always)]
fn collected<T: Real, L: Target, const N: usize>(
    dx: &mut [T; N],
    d_weight: &mut [T; N],
    d_bias: &mut [T; N],
    x: &[T; N],
    dy: &[T; N],
    weight: &[T; N],
) {
    for i in 0..N {
        d_weight[i] = L::mul_add(dy[i], x[i], d_weight[i]);
        d_bias[i] += dy[i];
        dx[i] = dy[i] * weight[i];
    }
}

#[inline(always)]
fn cleared<T: Real, L: Target, const N: usize>(mean: T, along: T, scale: T, dx: &mut [T; N], x: &[T; N]) {
    for i in 0..N {
        dx[i] = scale * L::mul_add(-along, x[i], dx[i] - mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use crate::nn::gradient_check::worst;
    use crate::rng::{stream, unit64};

    #[test]
    fn gradients_agree_with_finite_differences() {
        for width in [1, 5, 16, 37] {
            let (layer, rows) = (LayerNorm { width, epsilon: 1e-3 }, 3);
            let mut rng = stream(1, "layer norm test", width as u64);
            let mut draw = |n: usize| (0..n).map(|_| 2.0 * unit64(&mut rng) - 0.7).collect::<Vec<f64>>();
            let (at, slopes) = (draw(2 * width + rows * width), draw(rows * width));
            let (mut scales, mut y) = (vec![0.0; rows], vec![0.0; rows * width]);
            let mut run = |at: &[f64], x: &mut [f64]| {
                x.copy_from_slice(&at[2 * width..]);
                layer.forward(&at[..2 * width], x, &mut scales, &mut y);
                (y.iter().zip(&slopes).map(|(y, s)| y * s).sum::<f64>(), scales.clone(), y.clone())
            };
            let mut x = vec![0.0; rows * width];
            let (_, scales, y) = run(&at, &mut x);
            let mut again = vec![0.0; y.len()];
            layer.output(&at[..2 * width], &x, &mut again);
            assert_eq!(again, y);
            let mut analytic = vec![0.0; at.len()];
            let (gradient, dx) = analytic.split_at_mut(2 * width);
            layer.backward(&at[..2 * width], &x, &scales, &slopes, dx, gradient);
            let mut spare = vec![0.0; rows * width];
            let error = worst(&at, &analytic, 1e-3, |at| run(at, &mut spare).0);
            assert!(error < 1e-6, "{width}: {error:e}");
        }
    }

    /// `F.layer_norm(torch.tensor([[1., 2, 4], [-1, 0, 0.5]]), (3,), torch.tensor([1., 0.5, -2]), torch.tensor([0., 1, 2]),
    /// 1e-5)` of PyTorch, in double precision.
    #[test]
    fn values_are_those_of_pytorch_at_every_level() {
        for level in Level::all() {
            let mut x = [1.0_f32, 2.0, 4.0, -1.0, 0.0, 0.5];
            let (mut scales, mut y) = ([0.0; 2], [0.0; 6]);
            let layer = LayerNorm { width: 3, epsilon: 1e-5 };
            level.force(|| layer.forward(&[1.0, 0.5, -2.0, 0.0, 1.0, 2.0], &mut x, &mut scales, &mut y));
            let expected = [-1.069_041_5, 0.866_369_8, -0.672_603_8, -1.336_289, 1.133_628_9, -0.138_062_45];
            assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 2e-6), "{level:?} {y:?}");
        }
    }
}
