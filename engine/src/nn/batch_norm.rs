//! Batch normalisation (Ioffe & Szegedy 2015): brings each channel to mean 0 and variance 1, then scales and shifts
//! it.
//!
//! In training, mean and variance are those of the whole batch, summed in double precision and in a fixed order, and a
//! fraction of them goes into the running statistics. When it is frozen, and in prediction, the layer uses the running
//! statistics and does not change them.

use crate::dispatched;
use crate::kernel::Real;

/// The channels that are summed together: their sums stay in registers while the pixels are read.
const LANES: usize = 16;

/// A normalisation of C channels. Its weights: `weight (C)`, then `bias (C)`; its statistics: `running_mean (C)`, then
/// `running_var (C)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    /// C, the last axis of its input.
    pub channels: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// The weight of the newest batch in the running statistics, 0 to 1 (PyTorch's `momentum`).
    pub momentum: f64,
}

/// What the backward pass needs of the forward pass.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moments {
    /// The mean of each channel over the batch, `(C)`.
    pub mean: Vec<f64>,
    /// 1 / sqrt(variance + epsilon)
    pub inverse: Vec<f64>,
}

impl BatchNorm {
    /// Names and shapes of its weights, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("weight", vec![self.channels]), ("bias", vec![self.channels])]
    }

    /// Names and shapes of its statistics, in order.
    pub fn statistics(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("running_mean", vec![self.channels]), ("running_var", vec![self.channels])]
    }

    /// Writes `y` from `x`, both `(any, C)`, with the statistics of the batch, and updates the running statistics.
    /// The running variance uses the divisor n - 1, as in PyTorch.
    ///
    /// # Panics
    /// If a slice has the wrong size, or the batch is empty.
    pub fn learn<T: Real>(
        &self,
        weights: &[T],
        running: &mut [T],
        x: &[T],
        y: &mut [T],
        moments: &mut Moments,
    ) {
        let rows = x.len() / self.channels;
        assert!(rows > 0, "a batch without a pixel has no mean");
        let n = rows as f64;
        let (mean, inverse) = (&mut moments.mean, &mut moments.inverse);
        for sums in [&mut *mean, &mut *inverse] {
            sums.clear();
            sums.resize(self.channels, 0.0);
        }
        add_up(x, mean);
        mean.iter_mut().for_each(|sum| *sum /= n);
        add_up_squares(x, mean, inverse);
        let (running_mean, running_variance) = running.split_at_mut(self.channels);
        let blend =
            |old: &mut T, new: f64| *old = T::of((1.0 - self.momentum) * old.wide() + self.momentum * new);
        for (channel, square) in inverse.iter_mut().enumerate() {
            blend(&mut running_mean[channel], mean[channel]);
            blend(&mut running_variance[channel], *square / (n - 1.0).max(1.0));
            *square = 1.0 / (*square / n + self.epsilon).sqrt();
        }
        self.apply(weights, moments, x, y);
    }

    /// Writes `y` from `x`, both `(any, C)`, with the running statistics.
    ///
    /// # Panics
    /// If a slice has the wrong size.
    pub fn forward<T: Real>(&self, weights: &[T], running: &[T], x: &[T], y: &mut [T]) {
        let (mean, variance) = running.split_at(self.channels);
        let moments = Moments {
            mean: mean.iter().map(|mean| mean.wide()).collect(),
            inverse: variance.iter().map(|v| 1.0 / (v.wide() + self.epsilon).sqrt()).collect(),
        };
        self.apply(weights, &moments, x, y);
    }

    /// The layer with its running statistics as an affine function: the factor and the offset of each channel, `(C)`
    /// each.
    pub fn as_affine<T: Real>(&self, weights: &[T], running: &[T]) -> (Vec<T>, Vec<T>) {
        let (mean, variance) = running.split_at(self.channels);
        let (weight, bias) = weights.split_at(self.channels);
        let affine = |channel: usize| {
            let factor = weight[channel].wide() / (variance[channel].wide() + self.epsilon).sqrt();
            (T::of(factor), T::of(bias[channel].wide() - mean[channel].wide() * factor))
        };
        (0..self.channels).map(affine).unzip()
    }

    fn apply<T: Real>(&self, weights: &[T], moments: &Moments, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "a normalised number for each");
        let (weight, bias) = weights.split_at(self.channels);
        let by_channel = |channel: usize| {
            let factor = weight[channel].wide() * moments.inverse[channel];
            (T::of(factor), T::of(bias[channel].wide() - moments.mean[channel] * factor))
        };
        let (factors, shifts): (Vec<T>, Vec<T>) = (0..self.channels).map(by_channel).unzip();
        scale_and_shift(x, &factors, &shifts, y);
    }

    /// The backward pass after [`learn`](Self::learn), from the gradient `dy`: adds to the layer's `gradient`, writes
    /// `dx`.
    ///
    /// # Panics
    /// If a slice has the wrong size.
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        moments: &Moments,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
        gradient: &mut [T],
    ) {
        assert!(x.len() == dy.len() && dx.len() == dy.len(), "a gradient for each");
        let c = self.channels;
        let n = (x.len() / c) as f64;
        let (mut shift, mut scale) = (vec![0.0; c], vec![0.0; c]);
        add_up_gradients(x, dy, &moments.mean, &moments.inverse, &mut shift, &mut scale);
        let (d_weight, d_bias) = gradient.split_at_mut(c);
        for channel in 0..c {
            d_weight[channel] += T::of(scale[channel]);
            d_bias[channel] += T::of(shift[channel]);
        }
        let factor: Vec<f64> =
            (0..c).map(|channel| weights[channel].wide() * moments.inverse[channel]).collect();
        shift.iter_mut().chain(&mut scale).for_each(|sum| *sum /= n);
        let Moments { mean, inverse } = moments;
        gradients(x, dy, dx, Sums { mean, inverse, factor: &factor, shift: &shift, scale: &scale });
    }
}

/// What the gradient of a pixel depends on, of each channel `(C)`: the moments, the factor of the gradient, and the means of the
/// gradient and of its product with the normalised x.
#[derive(Clone, Copy)]
struct Sums<'a> {
    mean: &'a [f64],
    inverse: &'a [f64],
    factor: &'a [f64],
    shift: &'a [f64],
    scale: &'a [f64],
}

/// `N` values of `of` from `at` on.
#[inline(always)]
fn some<T: Copy, const N: usize>(of: &[T], at: usize) -> [T; N] {
    std::array::from_fn(|i| of[at + i])
}

#[inline(always)]
fn sums_of<T: Real, const N: usize>(x: &[T], at: usize, sums: &mut [f64]) {
    let channels = sums.len();
    let mut own: [f64; N] = some(sums, at);
    for x in x.chunks_exact(channels) {
        let x: &[T] = &x[at..at + N];
        for i in 0..N {
            own[i] += x[i].wide();
        }
    }
    sums[at..at + N].copy_from_slice(&own);
}

#[inline(always)]
fn squares_of<T: Real, const N: usize>(x: &[T], mean: &[f64], at: usize, sums: &mut [f64]) {
    let channels = sums.len();
    let (mut own, mean): ([f64; N], [f64; N]) = (some(sums, at), some(mean, at));
    for x in x.chunks_exact(channels) {
        let x: &[T] = &x[at..at + N];
        for i in 0..N {
            let far = x[i].wide() - mean[i];
            own[i] += far * far;
        }
    }
    sums[at..at + N].copy_from_slice(&own);
}

#[inline(always)]
fn gradients_of<T: Real, const N: usize>(
    x: &[T],
    dy: &[T],
    (mean, inverse): (&[f64], &[f64]),
    at: usize,
    (shift, scale): (&mut [f64], &mut [f64]),
) {
    let channels = shift.len();
    let (mut shifts, mut scales): ([f64; N], [f64; N]) = (some(shift, at), some(scale, at));
    let (mean, inverse): ([f64; N], [f64; N]) = (some(mean, at), some(inverse, at));
    for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
        let (x, dy): (&[T], &[T]) = (&x[at..at + N], &dy[at..at + N]);
        for i in 0..N {
            shifts[i] += dy[i].wide();
            scales[i] += dy[i].wide() * ((x[i].wide() - mean[i]) * inverse[i]);
        }
    }
    shift[at..at + N].copy_from_slice(&shifts);
    scale[at..at + N].copy_from_slice(&scales);
}

#[inline(always)]
fn affine_of<T: Real, const N: usize>(x: &[T], factors: &[T], shifts: &[T], at: usize, y: &mut [T]) {
    let channels = factors.len();
    let (factors, shifts): ([T; N], [T; N]) = (some(factors, at), some(shifts, at));
    for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
        let (x, y) = (&x[at..at + N], &mut y[at..at + N]);
        for i in 0..N {
            y[i] = factors[i] * x[i] + shifts[i];
        }
    }
}

#[inline(always)]
fn back_of<T: Real, const N: usize>(x: &[T], dy: &[T], dx: &mut [T], sums: Sums, at: usize) {
    let channels = sums.mean.len();
    let (mean, inverse): ([f64; N], [f64; N]) = (some(sums.mean, at), some(sums.inverse, at));
    let (shift, scale): ([f64; N], [f64; N]) = (some(sums.shift, at), some(sums.scale, at));
    let factor: [f64; N] = some(sums.factor, at);
    let pixels = x.chunks_exact(channels).zip(dy.chunks_exact(channels)).zip(dx.chunks_exact_mut(channels));
    for ((x, dy), dx) in pixels {
        let (x, dy, dx) = (&x[at..at + N], &dy[at..at + N], &mut dx[at..at + N]);
        for i in 0..N {
            let common = shift[i] + (x[i].wide() - mean[i]) * inverse[i] * scale[i];
            dx[i] = T::of(factor[i] * (dy[i].wide() - common));
        }
    }
}

/// Calls a function for every [`LANES`] channels, and then for each of the others.
macro_rules! by_lanes {
    ($channels:expr, $at:ident, $function:ident::<$real:ident>($($argument:expr),*)) => {{
        let whole = $channels / LANES * LANES;
        for $at in (0..whole).step_by(LANES) {
            $function::<$real, LANES>($($argument),*);
        }
        for $at in whole..$channels {
            $function::<$real, 1>($($argument),*);
        }
    }};
}

dispatched! {
    /// Adds the pixels of `x (any, C)` to `sums (C)`, one after another.
    fn add_up<T>(x: &[T], sums: &mut [f64]) {
        by_lanes!(sums.len(), at, sums_of::<T>(x, at, sums));
    }

    /// Adds the squares of x - mean to `sums (C)`.
    fn add_up_squares<T>(x: &[T], mean: &[f64], sums: &mut [f64]) {
        by_lanes!(sums.len(), at, squares_of::<T>(x, mean, at, sums));
    }

    /// Adds dy to `shift (C)`, and dy times the normalised x to `scale (C)`.
    fn add_up_gradients<T>(
        x: &[T],
        dy: &[T],
        mean: &[f64],
        inverse: &[f64],
        shift: &mut [f64],
        scale: &mut [f64],
    ) {
        by_lanes!(shift.len(), at, gradients_of::<T>(x, dy, (mean, inverse), at, (shift, scale)));
    }

    /// y = factor x + shift
    fn scale_and_shift<T>(x: &[T], factors: &[T], shifts: &[T], y: &mut [T]) {
        by_lanes!(factors.len(), at, affine_of::<T>(x, factors, shifts, at, y));
    }

    /// Writes the gradient `dx (any, C)`.
    fn gradients<T>(x: &[T], dy: &[T], dx: &mut [T], sums: Sums<'_>) {
        by_lanes!(sums.mean.len(), at, back_of::<T>(x, dy, dx, sums, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;

    const LAYER: BatchNorm = BatchNorm { channels: 3, epsilon: 1e-5, momentum: 0.1 };

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.3 + k).sin()).collect()
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let (x, weights, pull) = (wave(24, 0.3), wave(6, 1.1), wave(24, 2.3));
        let loss = |x: &[f64], weights: &[f64]| {
            let mut y = vec![0.0; 24];
            LAYER.learn(weights, &mut [0.0; 6], x, &mut y, &mut Moments::default());
            y.iter().zip(&pull).map(|(y, p)| y.sin() * p).sum::<f64>()
        };
        let (mut y, mut moments) = (vec![0.0; 24], Moments::default());
        LAYER.learn(&weights, &mut [0.0; 6], &x, &mut y, &mut moments);
        let dy: Vec<f64> = y.iter().zip(&pull).map(|(y, p)| y.cos() * p).collect();
        let (mut dx, mut gradient) = (vec![9.0; 24], vec![0.0; 6]);
        LAYER.backward(&weights, &moments, &x, &dy, &mut dx, &mut gradient);
        assert!(worst(&x, &dx, 1e-3, |x| loss(x, &weights)) < 1e-6);
        assert!(worst(&weights, &gradient, 1e-3, |w| loss(&x, w)) < 1e-6);
    }

    #[test]
    fn learned_by_the_batch_predicted_by_what_ran_along() {
        // One channel of mean 3 and variance 5 (with the divisor n - 1: 20 / 3).
        let layer = BatchNorm { channels: 1, epsilon: 0.0, momentum: 0.5 };
        let (x, mut running) = ([0.0_f32, 2.0, 4.0, 6.0], [1.0, 2.0]);
        let mut y = [0.0; 4];
        layer.learn(&[2.0, 1.0], &mut running, &x, &mut y, &mut Moments::default());
        assert!((y[0] - (1.0 - 6.0 / 5.0_f32.sqrt())).abs() < 1e-6);
        assert_eq!(running[0], 2.0);
        assert!((running[1] - (1.0 + 10.0 / 3.0)).abs() < 1e-6);
        layer.forward(&[2.0, 1.0], &[2.0, 4.0], &x, &mut y);
        assert_eq!(y, [-1.0, 1.0, 3.0, 5.0]);
    }
}
