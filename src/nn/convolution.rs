//! Convolutions of pictures (cross-correlations, as everywhere), in groups down to one channel each (*depthwise*).
//!
//! Pictures lie `(B, H, W, C)`: all channels of a pixel side by side, so that the innermost loop runs over
//! outputs. Weights lie as PyTorch has them.

use std::ops::Range;

use crate::dispatched;
use crate::kernel::Real;
use crate::nn::room;

/// The size of pictures that lie `(B, H, W, C)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Shape {
    /// Numbers of a picture.
    pub fn size(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// What a convolution or a pooling sees from each place: `size` pixels down and across, from `before` pixels above
/// and left of the place times the stride on. Padding that differs below and on the right (TensorFlow's "same") is
/// a matter of the size of the result alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub size: usize,
    pub stride: usize,
    pub before: usize,
}

impl Window {
    /// The pixels within `0..length` that place `at` sees along an axis, and the number of the first of them within
    /// the window.
    #[inline(always)]
    pub(crate) fn sees(&self, at: usize, length: usize) -> (Range<usize>, usize) {
        let start = at * self.stride;
        let first = start.saturating_sub(self.before);
        let end = (start + self.size).saturating_sub(self.before).min(length);
        (first..end.max(first), (first + self.before) - start)
    }

    /// How many places there are along an axis of `length` with `padding` pixels in all.
    pub fn places(&self, length: usize, padding: usize) -> usize {
        (length + padding + self.stride).saturating_sub(self.size) / self.stride
    }
}

/// A convolution of I channels to O. Its weights: `weight (O, I / groups, size, size)`, then `bias (O)` if it has
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    pub from: Shape,
    pub to: Shape,
    pub window: Window,
    /// Divides the channels of both.
    pub groups: usize,
    pub bias: bool,
}

impl Convolution {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let size = self.window.size;
        let mut all = vec![("weight", vec![self.to.channels, self.from.channels / self.groups, size, size])];
        if self.bias {
            all.push(("bias", vec![self.to.channels]));
        }
        all
    }

    /// Numbers of `weight`.
    fn numbers(&self) -> usize {
        self.to.channels * self.from.channels / self.groups * self.window.size * self.window.size
    }

    /// `y (B, H', W', O)` of `x (B, H, W, I)`; `scratch` is room for the weights in another order.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes say.
    pub fn forward<T: Real>(&self, weights: &[T], x: &[T], y: &mut [T], scratch: &mut Vec<T>) {
        let (weight, bias) = weights.split_at(self.numbers());
        let laid = room(scratch, weight.len());
        self.each(|at, place| laid[place] = weight[at]);
        for pixel in y.chunks_exact_mut(self.to.channels) {
            if self.bias {
                pixel.copy_from_slice(bias);
            } else {
                pixel.fill(T::zero());
            }
        }
        correlate(*self, laid, x, y);
    }

    /// From the gradient `dy (B, H', W', O)`: adds to the layer's `gradient`, and writes `dx (B, H, W, I)` if it is
    /// asked for.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes say.
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        x: &[T],
        dy: &[T],
        dx: Option<&mut [T]>,
        gradient: &mut [T],
        scratch: &mut Vec<T>,
    ) {
        let numbers = self.numbers();
        let (d_weight, d_bias) = gradient.split_at_mut(numbers);
        if self.bias {
            for pixel in dy.chunks_exact(self.to.channels) {
                crate::kernel::axpy(T::one(), pixel, d_bias);
            }
        }
        let laid = room(scratch, numbers);
        if let Some(dx) = dx {
            self.each(|at, place| laid[place] = weights[at]);
            dx.fill(T::zero());
            spread(*self, laid, dy, dx);
        }
        laid.fill(T::zero());
        gather(*self, x, dy, laid);
        self.each(|at, place| d_weight[at] += laid[place]);
    }

    /// For each weight its place as PyTorch has it, and as the loops have it: group, down, across, input, output.
    fn each(&self, mut work: impl FnMut(usize, usize)) {
        let (size, inputs) = (self.window.size, self.from.channels / self.groups);
        let outputs = self.to.channels / self.groups;
        for output in 0..self.to.channels {
            let (group, out) = (output / outputs, output % outputs);
            for input in 0..inputs {
                for tap in 0..size * size {
                    let at = (output * inputs + input) * size * size + tap;
                    work(at, ((group * size * size + tap) * inputs + input) * outputs + out);
                }
            }
        }
    }

    /// For every pixel of the result, every pixel that it sees and every group: where the inputs and the outputs
    /// of the group lie, and where its weights for this tap do.
    #[inline(always)]
    fn walk(&self, pictures: usize, mut work: impl FnMut(Range<usize>, Range<usize>, usize)) {
        let (inputs, outputs) = (self.from.channels / self.groups, self.to.channels / self.groups);
        let size = self.window.size;
        for picture in 0..pictures {
            for at_y in 0..self.to.height {
                let (rows, first_row) = self.window.sees(at_y, self.from.height);
                for at_x in 0..self.to.width {
                    let (columns, first_column) = self.window.sees(at_x, self.from.width);
                    let out = picture * self.to.size() + (at_y * self.to.width + at_x) * self.to.channels;
                    for (down, row) in rows.clone().enumerate() {
                        for (across, column) in columns.clone().enumerate() {
                            let pixel = (row * self.from.width + column) * self.from.channels;
                            let pixel = picture * self.from.size() + pixel;
                            let tap = (first_row + down) * size + first_column + across;
                            for group in 0..self.groups {
                                let (i, o) = (pixel + group * inputs, out + group * outputs);
                                let weights = (group * size * size + tap) * inputs * outputs;
                                work(i..i + inputs, o..o + outputs, weights);
                            }
                        }
                    }
                }
            }
        }
    }
}

dispatched! {
    /// y += w * x.
    fn correlate<T>(layer: Convolution, laid: &[T], x: &[T], y: &mut [T]) {
        layer.walk(y.len() / layer.to.size(), |inputs, outputs, weights| {
            let (x, y) = (&x[inputs], &mut y[outputs]);
            for (&x, w) in x.iter().zip(laid[weights..].chunks_exact(y.len())) {
                for (y, &w) in y.iter_mut().zip(w) {
                    *y = L::mul_add(x, w, *y);
                }
            }
        });
    }

    /// dx += w^T * dy.
    fn spread<T>(layer: Convolution, laid: &[T], dy: &[T], dx: &mut [T]) {
        layer.walk(dy.len() / layer.to.size(), |inputs, outputs, weights| {
            let (dx, dy) = (&mut dx[inputs], &dy[outputs]);
            for (dx, w) in dx.iter_mut().zip(laid[weights..].chunks_exact(dy.len())) {
                *dx += crate::kernel::dot_at::<T, L>(w, dy);
            }
        });
    }

    /// dw += x dy^T.
    fn gather<T>(layer: Convolution, x: &[T], dy: &[T], d_laid: &mut [T]) {
        layer.walk(dy.len() / layer.to.size(), |inputs, outputs, weights| {
            let (x, dy) = (&x[inputs], &dy[outputs]);
            for (&x, dw) in x.iter().zip(d_laid[weights..].chunks_exact_mut(dy.len())) {
                for (dw, &dy) in dw.iter_mut().zip(dy) {
                    *dw = L::mul_add(x, dy, *dw);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.3 + k).sin()).collect()
    }

    fn shape(height: usize, width: usize, channels: usize) -> Shape {
        Shape { height, width, channels }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let window = |size, stride, before| Window { size, stride, before };
        for (from, to, window, groups) in [
            (shape(4, 5, 2), shape(4, 5, 3), window(3, 1, 1), 1),
            (shape(5, 4, 4), shape(3, 2, 4), window(3, 2, 1), 4),
            (shape(4, 4, 4), shape(2, 2, 6), window(3, 2, 0), 2),
            (shape(3, 2, 3), shape(3, 2, 2), window(1, 1, 0), 1),
        ] {
            let layer = Convolution { from, to, window, groups, bias: true };
            let count = layer.tensors().iter().map(|(_, s)| s.iter().product::<usize>()).sum();
            let (x, weights) = (wave(2 * from.size(), 0.2), wave(count, 0.7));
            let pull = wave(2 * to.size(), 1.9);
            let mut scratch = Vec::new();
            let mut loss = |x: &[f64], weights: &[f64]| {
                let mut y = vec![0.0; pull.len()];
                layer.forward(weights, x, &mut y, &mut scratch);
                // Not linear in y, so that the gradient depends on where it is.
                y.iter().zip(&pull).map(|(y, p)| y.sin() * p).sum::<f64>()
            };
            let mut scratch = Vec::new();
            let mut y = vec![0.0; pull.len()];
            layer.forward(&weights, &x, &mut y, &mut scratch);
            let dy: Vec<f64> = y.iter().zip(&pull).map(|(y, p)| y.cos() * p).collect();
            let (mut dx, mut gradient) = (vec![9.0; x.len()], vec![0.0; count]);
            layer.backward(&weights, &x, &dy, Some(&mut dx), &mut gradient, &mut scratch);
            assert!(worst(&x, &dx, 1e-3, |x| loss(x, &weights)) < 1e-6, "{layer:?}");
            assert!(worst(&weights, &gradient, 1e-3, |w| loss(&x, w)) < 1e-6, "{layer:?}");
        }
    }
}
