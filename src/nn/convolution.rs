//! Image convolutions (cross-correlations, as in all frameworks), in any number of groups, up to one per channel
//! (*depthwise*).
//!
//! Images are stored as `(B, H, W, C)`: the channels of a pixel are consecutive, so the innermost loop runs over outputs.
//! Weights have PyTorch's layout.

use std::ops::Range;

use crate::dispatched;
use crate::kernel::{Panels, Real, Source, axpy, matmul, view, view_mut};
use crate::nn::activation::Activation;
use crate::nn::flops::Flops;
use crate::nn::room;

/// The largest number of values in the windows of a block of pixels, so that they fit in the second-level cache.
const BLOCK: usize = 1 << 16;

/// The number of channels of a depthwise convolution whose sums stay in registers.
const LANES: usize = 16;
/// The largest number of pixels that are multiplied at a time.
const PIXELS: usize = 1_024;
/// The source row of each pixel when the bias is added: every pixel reads the first row, which is the bias.
static FIRST_ROWS: [u32; PIXELS] = [0; PIXELS];

/// The number of pixels that are multiplied at a time if the window of each has `taps` values.
fn block(taps: usize) -> usize {
    (BLOCK / taps.max(1)).clamp(32, PIXELS) / 8 * 8
}

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One matrix product with the image as it is stored.
    Pointwise,
    /// The windows are copied side by side and multiplied (*im2col*).
    Columns,
    /// Depthwise: one filter per channel, all channels of a pixel at once.
    Depthwise,
    /// Other groups: one pixel after another.
    Grouped,
}

/// Weights in the order in which [`Convolution::apply`] reads them, prepared once for many calls.
#[derive(Debug, Clone, Default)]
pub struct Laid<T> {
    /// Axes: group, row of the window, column of the window, input, output.
    order: Vec<T>,
    panels: Panels<T>,
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
}

/// Copies a few values. For three values a call of `memcpy` costs more than the copy.
#[inline(always)]
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    if from.len() < 16 {
        for (to, &from) in to.iter_mut().zip(from) {
            *to = from;
        }
    } else {
        to.copy_from_slice(from);
    }
}

/// The size of images stored as `(B, H, W, C)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// H, rows of pixels.
    pub height: usize,
    /// W, pixels per row.
    pub width: usize,
    /// C, values per pixel.
    pub channels: usize,
}

impl Shape {
    /// The number of values of an image.
    pub fn size(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// The window of a convolution or a pooling: `size` by `size` pixels. The window of output `i` begins at pixel
/// `i * stride - before`. Padding below and on the right may differ (TensorFlow's "same"); it only changes the size of the
/// output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Height and width, in pixels.
    pub size: usize,
    /// Pixels from one window to the next, on both axes.
    pub stride: usize,
    /// Padding above and on the left, in pixels.
    pub before: usize,
}

impl Window {
    /// The pixels within `0..length` that window `at` covers along an axis, and the position of the first of them
    /// within the window.
    #[inline(always)]
    pub(crate) fn sees(&self, at: usize, length: usize) -> (Range<usize>, usize) {
        let start = at * self.stride;
        let first = start.saturating_sub(self.before);
        let end = (start + self.size).saturating_sub(self.before).min(length);
        (first..end.max(first), (first + self.before) - start)
    }

    /// The number of windows along an axis of `length` pixels with `padding` pixels in total.
    pub fn places(&self, length: usize, padding: usize) -> usize {
        (length + padding + self.stride).saturating_sub(self.size) / self.stride
    }
}

/// A convolution of I channels to O. Its weights: `weight (O, I / groups, size, size)`, then `bias (O)` if it has
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// The shape of an input image.
    pub from: Shape,
    /// The shape of an output image.
    pub to: Shape,
    /// The window under each output pixel.
    pub window: Window,
    /// The number of groups that the input channels and the output channels are divided into.
    pub groups: usize,
    /// Whether the layer has a bias per output channel.
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

    /// The number of values of `weight`.
    fn numbers(&self) -> usize {
        self.to.channels * self.from.channels / self.groups * self.window.size * self.window.size
    }

    /// The number of multiplications for one image.
    pub fn cost(&self) -> usize {
        self.to.height * self.to.width * self.numbers()
    }

    /// The floating-point operations for one image.
    pub fn flops(&self) -> Flops {
        Flops::product(self.cost())
    }

    fn kind(&self) -> Kind {
        match (self.groups, self.window) {
            (1, Window { size: 1, stride: 1, before: 0 })
                if self.from == (Shape { channels: self.from.channels, ..self.to }) =>
            {
                Kind::Pointwise
            }
            (1, _) => Kind::Columns,
            (groups, _) if groups == self.from.channels && groups == self.to.channels => Kind::Depthwise,
            _ => Kind::Grouped,
        }
    }

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
        if let Kind::Pointwise | Kind::Columns = self.kind() {
            laid.panels.lay(view(order, one, self.to.channels));
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
        let finish = |y: &mut [T]| {
            if let Some(activation) = activation {
                activation.forward_in_place(y);
            }
        };
        match self.kind() {
            kind @ (Kind::Pointwise | Kind::Columns) => {
                let taps = self.numbers() / outputs;
                let block = block(taps);
                for (number, y) in y.chunks_mut(block * outputs).enumerate() {
                    let (first, count) = (number * block, y.len() / outputs);
                    let seen = self.seen(kind, x, first, count, columns);
                    let bias = Source { first: &laid.bias, then: &[], width: outputs };
                    let (seen, rows) = (view(seen, count, taps), &FIRST_ROWS[..count]);
                    laid.panels.matmul_onto(bias, rows, seen, view_mut(y, count, outputs));
                    finish(y);
                }
            }
            kind => {
                for (x, y) in x.chunks_exact(self.from.size()).zip(y.chunks_exact_mut(self.to.size())) {
                    y.chunks_exact_mut(outputs).for_each(|pixel| pixel.copy_from_slice(&laid.bias));
                    match kind {
                        Kind::Depthwise => depthwise(*self, &laid.order, x, y),
                        _ => correlate(*self, &laid.order, x, y),
                    }
                    finish(y);
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
        let Scratch { laid, columns, d_columns, turned } = scratch;
        let order = room(&mut laid.order, numbers);
        match self.kind() {
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

    /// The image, row and column of an output pixel, whose `number` counts over all images.
    #[inline(always)]
    fn place(&self, number: usize) -> (usize, usize, usize) {
        let one = self.to.height * self.to.width;
        (number / one, number % one / self.to.width, number % self.to.width)
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

    /// Copies the inputs in the windows of the output pixels, from pixel `first` on: one row of `seen` for each, in
    /// the order window row, window column, channel. Pixels beyond the edge are zero.
    fn look<T: Real>(&self, x: &[T], first: usize, seen: &mut [T]) {
        let (size, channels) = (self.window.size, self.from.channels);
        let line = size * channels;
        let (mut image, mut at_y, mut at_x) = self.place(first);
        for seen in seen.chunks_exact_mut(size * line) {
            let x = &x[image * self.from.size()..][..self.from.size()];
            let (rows, first_row) = self.window.sees(at_y, self.from.height);
            let (columns, first_column) = self.window.sees(at_x, self.from.width);
            let (left, inside) = (first_column * channels, columns.len() * channels);
            if rows.len() < size || columns.len() < size {
                seen.fill(T::zero());
            }
            for (seen, row) in seen.chunks_exact_mut(line).skip(first_row).zip(rows) {
                let from = &x[(row * self.from.width + columns.start) * channels..][..inside];
                copy(from, &mut seen[left..left + inside]);
            }
            (image, at_y, at_x) = self.next(image, at_y, at_x);
        }
    }

    /// Adds the gradient of the values that [`look`](Self::look) copied to the gradient of `x`.
    fn look_back<T: Real>(&self, d_seen: &[T], first: usize, dx: &mut [T]) {
        let (size, channels) = (self.window.size, self.from.channels);
        let line = size * channels;
        let (mut image, mut at_y, mut at_x) = self.place(first);
        for seen in d_seen.chunks_exact(size * line) {
            let dx = &mut dx[image * self.from.size()..][..self.from.size()];
            let (rows, first_row) = self.window.sees(at_y, self.from.height);
            let (columns, first_column) = self.window.sees(at_x, self.from.width);
            let (left, inside) = (first_column * channels, columns.len() * channels);
            for (seen, row) in seen.chunks_exact(line).skip(first_row).zip(rows) {
                let to = &mut dx[(row * self.from.width + columns.start) * channels..][..inside];
                axpy(T::one(), &seen[left..left + inside], to);
            }
            (image, at_y, at_x) = self.next(image, at_y, at_x);
        }
    }

    #[inline(always)]
    fn next(&self, image: usize, at_y: usize, at_x: usize) -> (usize, usize, usize) {
        if at_x + 1 < self.to.width {
            (image, at_y, at_x + 1)
        } else if at_y + 1 < self.to.height {
            (image, at_y + 1, 0)
        } else {
            (image + 1, 0, 0)
        }
    }

    /// Calls `work` for each weight with its index in PyTorch's layout and its index in the order of the loops:
    /// group, window row, window column, input, output; for a depthwise convolution window row, window column,
    /// channel.
    fn each(&self, mut work: impl FnMut(usize, usize)) {
        if self.kind() == Kind::Depthwise {
            let taps = self.window.size * self.window.size;
            for at in 0..self.numbers() {
                work(at, at % taps * self.to.channels + at / taps);
            }
            return;
        }
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

    /// Calls `work` for each output pixel and each input pixel in its window, with three offsets: that of the input
    /// pixel's channels, that of the output pixel's channels, and that of the weights of all channels at this place
    /// of the window.
    #[inline(always)]
    fn walk_channels(&self, images: usize, mut work: impl FnMut(usize, usize, usize)) {
        let (size, channels) = (self.window.size, self.to.channels);
        for image in 0..images {
            for at_y in 0..self.to.height {
                let (rows, first_row) = self.window.sees(at_y, self.from.height);
                for at_x in 0..self.to.width {
                    let (columns, first_column) = self.window.sees(at_x, self.from.width);
                    let out = image * self.to.size() + (at_y * self.to.width + at_x) * channels;
                    for (down, row) in rows.clone().enumerate() {
                        for (across, column) in columns.clone().enumerate() {
                            let pixel = (row * self.from.width + column) * channels;
                            let tap = (first_row + down) * size + first_column + across;
                            work(image * self.from.size() + pixel, out, tap * channels);
                        }
                    }
                }
            }
        }
    }

    /// Calls `work` for each output pixel, each input pixel in its window and each group, with the ranges of the
    /// group's inputs and outputs, and the offset of its weights at this place of the window.
    #[inline(always)]
    fn walk(&self, images: usize, mut work: impl FnMut(Range<usize>, Range<usize>, usize)) {
        let (inputs, outputs) = (self.from.channels / self.groups, self.to.channels / self.groups);
        let size = self.window.size;
        for image in 0..images {
            for at_y in 0..self.to.height {
                let (rows, first_row) = self.window.sees(at_y, self.from.height);
                for at_x in 0..self.to.width {
                    let (columns, first_column) = self.window.sees(at_x, self.from.width);
                    let out = image * self.to.size() + (at_y * self.to.width + at_x) * self.to.channels;
                    for (down, row) in rows.clone().enumerate() {
                        for (across, column) in columns.clone().enumerate() {
                            let pixel = (row * self.from.width + column) * self.from.channels;
                            let pixel = image * self.from.size() + pixel;
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

dispatched! {
    /// y += w * x, for each channel separately.
    fn depthwise<T>(layer: Convolution, laid: &[T], x: &[T], y: &mut [T]) {
        let channels = layer.to.channels;
        let size = layer.window.size;
        let whole = channels / LANES * LANES;
        for (at_y, y) in y.chunks_exact_mut(layer.to.width * channels).enumerate() {
            let (rows, first_row) = layer.window.sees(at_y, layer.from.height);
            for (at_x, y) in y.chunks_exact_mut(channels).enumerate() {
                let (columns, first_column) = layer.window.sees(at_x, layer.from.width);
                let (lanes, rest) = y.as_chunks_mut::<LANES>();
                // The sums of a few channels stay in registers until the whole window is added.
                for (chunk, y) in lanes.iter_mut().enumerate() {
                    let mut sums = *y;
                    for (down, row) in rows.clone().enumerate() {
                        let mut at = (row * layer.from.width + columns.start) * channels + chunk * LANES;
                        let mut tap = ((first_row + down) * size + first_column) * channels + chunk * LANES;
                        for _ in columns.clone() {
                            let (x, w) = (&x[at..at + LANES], &laid[tap..tap + LANES]);
                            for lane in 0..LANES {
                                sums[lane] = L::mul_add(x[lane], w[lane], sums[lane]);
                            }
                            at += channels;
                            tap += channels;
                        }
                    }
                    *y = sums;
                }
                for (channel, y) in (whole..channels).zip(rest) {
                    for (down, row) in rows.clone().enumerate() {
                        for (across, column) in columns.clone().enumerate() {
                            let x = x[(row * layer.from.width + column) * channels + channel];
                            let tap = (first_row + down) * size + first_column + across;
                            *y = L::mul_add(x, laid[tap * channels + channel], *y);
                        }
                    }
                }
            }
        }
    }

    /// dx += w * dy, for each channel separately.
    fn depthwise_back<T>(layer: Convolution, laid: &[T], dy: &[T], dx: &mut [T]) {
        layer.walk_channels(dy.len() / layer.to.size(), |pixel, out, tap| {
            let channels = layer.to.channels;
            let (dx, dy, w) = (&mut dx[pixel..][..channels], &dy[out..][..channels], &laid[tap..][..channels]);
            for ((dx, &dy), &w) in dx.iter_mut().zip(dy).zip(w) {
                *dx = L::mul_add(dy, w, *dx);
            }
        });
    }

    /// dw += x * dy, for each channel separately.
    fn depthwise_gather<T>(layer: Convolution, x: &[T], dy: &[T], d_laid: &mut [T]) {
        layer.walk_channels(dy.len() / layer.to.size(), |pixel, out, tap| {
            let channels = layer.to.channels;
            let (x, dy, dw) = (&x[pixel..][..channels], &dy[out..][..channels], &mut d_laid[tap..][..channels]);
            for ((dw, &x), &dy) in dw.iter_mut().zip(x).zip(dy) {
                *dw = L::mul_add(x, dy, *dw);
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
            (shape(3, 4, 18), shape(2, 2, 18), window(3, 2, 1), 18),
            (shape(3, 2, 3), shape(3, 2, 2), window(1, 1, 0), 1),
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
