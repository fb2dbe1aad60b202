//! Image convolutions (cross-correlations, as in all frameworks), in any number of groups, up to one per channel
//! (*depthwise*).
//!
//! Images are stored as `(B, H, W, C)`: the channels of a pixel are consecutive, so the innermost loop runs over outputs.
//! Weights have PyTorch's layout.

use crate::kernel::{Panels, Real, axpy, matmul, view, view_mut};
use crate::nn::activation::Activation;
use crate::nn::room;

mod columns;
mod depthwise;
mod grouped;
mod layer;
mod shape;
mod tiles;
mod windows;

use depthwise::{depthwise, depthwise_back, depthwise_gather};
use grouped::{correlate, gather, spread};
use layer::Kind;
use tiles::Positions;

pub use layer::Convolution;
pub use shape::{Shape, Window};

/// The largest number of values in the windows of a block of pixels, so that they fit in the second-level cache.
const BLOCK: usize = 1 << 16;

/// The largest number of pixels that are multiplied at a time.
const PIXELS: usize = 1_024;

/// The least width of an output whose windows are read where they are. In a narrower one a row of pixels is too short for a product.
const WIDE: usize = 6;

/// The number of pixels that are multiplied at a time if the window of each has `taps` values.
fn block(taps: usize) -> usize {
    (BLOCK / taps.max(1)).clamp(32, PIXELS) / 8 * 8
}

/// Weights in the order in which [`Convolution::apply`] reads them, prepared once for many calls.
#[derive(Debug, Clone, Default)]
pub struct Laid<T> {
    /// Axes: group, row of the window, column of the window, input, output.
    order: Vec<T>,
    panels: Panels<T>,
    positions: Positions<T>,
    /// The weights at the positions, before they are laid.
    values: Vec<T>,
    bias: Vec<T>,
}

/// The buffers of a convolution. They are allocated once and reused.
#[derive(Debug, Clone, Default)]
pub struct Scratch<T> {
    laid: Laid<T>,
    /// Used by everything that applies prepared weights.
    pub columns: Vec<T>,
    d_columns: Vec<T>,
    turned: Panels<T>,
    back: windows::Back<T>,
    tiles: tiles::Back<T>,
}

impl Convolution {
    /// Prepares weights for [`apply`](Self::apply). If `factor` is given, the weights of each output channel are
    /// multiplied by its factor. `bias` is stored with them.
    pub fn lay<T: Real>(&self, weight: &[T], bias: Option<&[T]>, factor: Option<&[T]>, laid: &mut Laid<T>) {
        let order = room(&mut laid.order, self.numbers());
        let one = self.numbers() / self.to.channels;
        self.each(|at, place| order[place] = factor.map_or(T::one(), |factor| factor[at / one]) * weight[at]);
        laid.bias.clear();
        match bias {
            Some(bias) => laid.bias.extend_from_slice(bias),
            None => laid.bias.resize(self.to.channels, T::zero()),
        }
        match self.kind() {
            Kind::Pointwise | Kind::Columns => laid.panels.lay(view(order, one, self.to.channels)),
            Kind::Tiles => tiles::lay(order, self.to.channels, &mut laid.values, &mut laid.positions),
            Kind::Depthwise | Kind::Grouped => {}
        }
    }

    /// Writes `y (B, H', W', O)` from `x (B, H, W, I)` with prepared weights, then applies `activation`.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes say.
    pub fn apply<T: Real>(
        &self,
        laid: &Laid<T>,
        activation: Option<Activation>,
        x: &[T],
        y: &mut [T],
        columns: &mut Vec<T>,
    ) {
        let outputs = self.to.channels;
        // Limits are applied while the values are written. Other functions need a second look at them.
        let limits = activation.and_then(Activation::limits);
        let finish = |y: &mut [T], limited: bool| {
            if let Some(activation) = activation.filter(|_| !limited) {
                activation.forward_in_place(y);
            }
        };
        match self.kind() {
            Kind::Tiles => {
                self.apply_tiles(&laid.positions, &laid.bias, limits, x, y, columns);
                finish(y, limits.is_some());
            }
            Kind::Columns if self.to.width >= WIDE => {
                for (x, y) in x.chunks_exact(self.from.size()).zip(y.chunks_exact_mut(self.to.size())) {
                    self.correlate_image(&laid.panels, &laid.bias, limits, x, y, columns);
                    finish(y, limits.is_some());
                }
            }
            kind @ (Kind::Pointwise | Kind::Columns) => {
                let taps = self.numbers() / outputs;
                let block = block(taps);
                for (number, y) in y.chunks_mut(block * outputs).enumerate() {
                    let (first, count) = (number * block, y.len() / outputs);
                    let seen = self.seen(kind, x, first, count, columns);
                    let seen = view(seen, count, taps);
                    laid.panels.limited_matmul(&laid.bias, seen, limits, view_mut(y, count, outputs));
                    finish(y, limits.is_some());
                }
            }
            kind => {
                for (x, y) in x.chunks_exact(self.from.size()).zip(y.chunks_exact_mut(self.to.size())) {
                    y.chunks_exact_mut(outputs).for_each(|pixel| pixel.copy_from_slice(&laid.bias));
                    match kind {
                        Kind::Depthwise => depthwise(*self, &laid.order, x, y),
                        _ => correlate(*self, &laid.order, x, y),
                    }
                    finish(y, false);
                }
            }
        }
    }

    /// Writes `y (B, H', W', O)` from `x (B, H, W, I)`.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes say.
    pub fn forward<T: Real>(&self, weights: &[T], x: &[T], y: &mut [T], scratch: &mut Scratch<T>) {
        let (weight, bias) = weights.split_at(self.numbers());
        self.lay(weight, self.bias.then_some(bias), None, &mut scratch.laid);
        self.apply(&scratch.laid, None, x, y, &mut scratch.columns);
    }

    /// From the gradient `dy (B, H', W', O)`: adds to the layer's `gradient`, and writes `dx (B, H, W, I)` if one is
    /// given.
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
        scratch: &mut Scratch<T>,
    ) {
        let numbers = self.numbers();
        let (d_weight, d_bias) = gradient.split_at_mut(numbers);
        if self.bias {
            for pixel in dy.chunks_exact(self.to.channels) {
                axpy(T::one(), pixel, d_bias);
            }
        }
        let Scratch { laid, columns, d_columns, turned, back, tiles } = scratch;
        let order = room(&mut laid.order, numbers);
        match self.kind() {
            Kind::Tiles => {
                if let Some(dx) = dx {
                    self.tiles_back(weights, dy, dx, tiles);
                }
                self.tiles_gradient(x, dy, order, tiles);
            }
            Kind::Columns if self.to.width >= WIDE && self.keeps_size() => {
                order.fill(T::zero());
                self.correlate_back(weights, x, dy, dx, order, back);
            }
            kind @ (Kind::Pointwise | Kind::Columns) => {
                let (taps, outputs) = (numbers / self.to.channels, self.to.channels);
                let mut dx = dx;
                if let Some(dx) = dx.as_deref_mut() {
                    self.each(|at, place| order[place] = weights[at]);
                    turned.lay(view(order, taps, outputs).reversed_axes());
                    if kind == Kind::Columns {
                        dx.fill(T::zero());
                    }
                }
                order.fill(T::zero());
                let block = block(taps.max(outputs));
                for (number, dy) in dy.chunks(block * outputs).enumerate() {
                    let (first, count) = (number * block, dy.len() / outputs);
                    let seen = self.seen(kind, x, first, count, columns);
                    let dy = view(dy, count, outputs);
                    let turned_seen = view(seen, count, taps).reversed_axes();
                    matmul(T::one(), turned_seen, dy, T::one(), view_mut(order, taps, outputs));
                    let Some(dx) = dx.as_deref_mut() else { continue };
                    if kind == Kind::Pointwise {
                        let dx = &mut dx[first * taps..][..count * taps];
                        turned.set_matmul(dy, view_mut(dx, count, taps));
                    } else {
                        let d_seen = room(d_columns, count * taps);
                        turned.set_matmul(dy, view_mut(d_seen, count, taps));
                        self.look_back(d_seen, first, dx);
                    }
                }
            }
            kind => {
                if let Some(dx) = dx {
                    self.each(|at, place| order[place] = weights[at]);
                    dx.fill(T::zero());
                    match kind {
                        Kind::Depthwise => depthwise_back(*self, order, dy, dx),
                        _ => spread(*self, order, dy, dx),
                    }
                }
                order.fill(T::zero());
                match kind {
                    Kind::Depthwise => depthwise_gather(*self, x, dy, order),
                    _ => gather(*self, x, dy, order),
                }
            }
        }
        self.each(|at, place| d_weight[at] += order[place]);
    }

    /// The inputs in the windows of `count` output pixels, from pixel `first` on. A pointwise convolution reads them
    /// in place; otherwise they are copied side by side.
    fn seen<'a, T: Real>(
        &self,
        kind: Kind,
        x: &'a [T],
        first: usize,
        count: usize,
        columns: &'a mut Vec<T>,
    ) -> &'a [T] {
        let taps = self.numbers() / self.to.channels;
        if kind == Kind::Pointwise {
            return &x[first * taps..][..count * taps];
        }
        let seen = room(columns, count * taps);
        self.look(x, first, seen);
        seen
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
            (shape(3, 4, 18), shape(2, 2, 18), window(3, 2, 1), 18),
            (shape(3, 2, 3), shape(3, 2, 2), window(1, 1, 0), 1),
            // Wide enough to be read in place: with the same size, padded unevenly, and with strides.
            (shape(4, 7, 2), shape(4, 7, 3), window(3, 1, 1), 1),
            (shape(3, 6, 2), shape(3, 6, 2), window(4, 1, 1), 1),
            (shape(3, 13, 2), shape(2, 7, 2), window(3, 2, 1), 1),
            (shape(5, 8, 1), shape(3, 6, 3), window(3, 1, 0), 1),
            // By tiles that end with the image, and by tiles that lie half outside, padded unevenly.
            (shape(4, 2, 16), shape(4, 2, 17), window(3, 1, 1), 1),
            (shape(3, 5, 18), shape(3, 5, 16), window(3, 1, 2), 1),
            (shape(1, 3, 16), shape(1, 3, 16), window(3, 1, 0), 1),
        ] {
            let layer = Convolution { from, to, window, groups, bias: true };
            let count = layer.tensors().iter().map(|(_, s)| s.iter().product::<usize>()).sum();
            let (x, weights) = (wave(2 * from.size(), 0.2), wave(count, 0.7));
            let pull = wave(2 * to.size(), 1.9);
            let mut scratch = Scratch::default();
            let mut loss = |x: &[f64], weights: &[f64]| {
                let mut y = vec![0.0; pull.len()];
                layer.forward(weights, x, &mut y, &mut scratch);
                // A loss that is not linear in y, so that its gradient depends on y.
                y.iter().zip(&pull).map(|(y, p)| y.sin() * p).sum::<f64>()
            };
            let mut scratch = Scratch::default();
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
