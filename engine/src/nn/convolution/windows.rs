//! Convolutions over images with their padding, without copies of the windows: along a row of pixels the windows overlap, and
//! the matrix product reads them where they are.
//!
//! Where the output has the size of the input, the gradient of the input is such a convolution too: of the output's gradient
//! with the weights turned around. The gradient of the weights is a product of the image's pixels, shifted by the place in
//! the window, with the output's gradient.

use crate::kernel::{Limits, Panels, Real, Windows, view, view_mut};
use crate::nn::room;

use super::layer::Convolution;
use super::shape::{Shape, Window};

/// The largest number of values of the output's gradient in a product for the weights, so that they fit in the second-level cache.
const BAND: usize = 1 << 16;
/// Panels have at least this number of columns.
const PANEL: usize = 32;

/// The buffers of the backward pass. They are allocated once and reused.
#[derive(Debug, Clone, Default)]
pub(super) struct Back<T> {
    turned_order: Vec<T>,
    turned: Panels<T>,
    image: Vec<T>,
    gradient: Vec<T>,
    band: Panels<T>,
}

/// Writes an image with zeros around it: to the size `(height, width)` from `window.before` pixels above and on the left. What lies
/// beyond this size is left out.
pub(super) fn pad<T: Real>(
    window: Window,
    x: &[T],
    from: Shape,
    (height, width): (usize, usize),
    padded: &mut [T],
) {
    let c = from.channels;
    let inside = from.width.min(width.saturating_sub(window.before)) * c;
    let (above, rest) = padded.split_at_mut(window.before.min(height) * width * c);
    above.fill(T::zero());
    let mut lines = rest.chunks_exact_mut(width * c);
    for (x, line) in x.chunks_exact(from.width * c).zip(&mut lines) {
        let (left, rest) = line.split_at_mut(window.before * c);
        let (middle, right) = rest.split_at_mut(inside);
        left.fill(T::zero());
        middle.copy_from_slice(&x[..inside]);
        right.fill(T::zero());
    }
    lines.for_each(|line| line.fill(T::zero()));
}

impl Convolution {
    /// The height and width of an image with the padding that windows see.
    fn padded(&self) -> (usize, usize) {
        let Window { size, stride, .. } = self.window;
        ((self.to.height - 1) * stride + size, (self.to.width - 1) * stride + size)
    }

    /// The windows of the output pixels of row `row`.
    fn windows<'a, T>(&self, padded: &'a [T], row: usize) -> Windows<'a, T> {
        let (Window { size, stride, .. }, c) = (self.window, self.from.channels);
        let width = self.padded().1;
        Windows {
            values: &padded[row * stride * width * c..],
            step: stride * c,
            line: width * c,
            lines: size,
            across: size * c,
        }
    }

    /// Writes the output `y` of one image `x`, within limits.
    pub(super) fn correlate_image<T: Real>(
        &self,
        panels: &Panels<T>,
        bias: &[T],
        limits: Option<Limits<T>>,
        x: &[T],
        y: &mut [T],
        buffer: &mut Vec<T>,
    ) {
        let (height, width) = self.padded();
        let padded = room(buffer, height * width * self.from.channels);
        pad(self.window, x, self.from, (height, width), padded);
        self.correlate_padded(panels, Some(bias), limits, padded, y);
    }

    fn correlate_padded<T: Real>(
        &self,
        panels: &Panels<T>,
        bias: Option<&[T]>,
        limits: Option<Limits<T>>,
        padded: &[T],
        y: &mut [T],
    ) {
        let (width, outputs) = (self.to.width, self.to.channels);
        for (row, y) in y.chunks_exact_mut(width * outputs).enumerate() {
            panels.matmul_of_windows(bias, self.windows(padded, row), limits, view_mut(y, width, outputs));
        }
    }

    /// From the gradient `dy` of a convolution that keeps the size: adds the gradient of the weights to `order`, in the order of
    /// [`each`](Self::each), and writes `dx` if it is given.
    pub(super) fn correlate_back<T: Real>(
        &self,
        weights: &[T],
        x: &[T],
        dy: &[T],
        mut dx: Option<&mut [T]>,
        order: &mut [T],
        back: &mut Back<T>,
    ) {
        let (inputs, outputs, size) = (self.from.channels, self.to.channels, self.window.size);
        let turned = self.turned();
        let Back { turned_order, turned: panels, image, gradient, band } = back;
        if dx.is_some() {
            let turned_order = room(turned_order, self.numbers());
            self.each_turned(|at, place| turned_order[place] = weights[at]);
            panels.lay(view(turned_order, size * size * outputs, inputs));
        }
        // Both sizes are the same, because the convolution keeps the size.
        let (height, width) = self.padded();
        let image = room(image, height * width * inputs);
        let gradient = room(gradient, height * width * outputs);
        let rows = (BAND / (width * outputs.max(PANEL))).clamp(1, self.to.height);
        for (number, (x, dy)) in
            x.chunks_exact(self.from.size()).zip(dy.chunks_exact(self.to.size())).enumerate()
        {
            pad(turned.window, dy, self.to, (height, width), gradient);
            if let Some(dx) = dx.as_deref_mut() {
                let dx = &mut dx[number * self.from.size()..][..self.from.size()];
                turned.correlate_padded(panels, None, None, gradient, dx);
            }
            pad(self.window, x, self.from, (height, width), image);
            for first in (0..self.to.height).step_by(rows) {
                // The pixels of a band of rows, with the padding between the rows, whose gradient is zero.
                let count = rows.min(self.to.height - first);
                let pixels = (count - 1) * width + self.to.width;
                let before = turned.window.before;
                let start = ((first + before) * width + before) * outputs;
                band.lay(view(&gradient[start..][..pixels * outputs], pixels, outputs));
                for (line, order) in order.chunks_exact_mut(size * inputs * outputs).enumerate() {
                    let windows = Windows {
                        values: &image[(first + line) * width * inputs..],
                        step: inputs,
                        line: 0,
                        lines: 1,
                        across: size * inputs,
                    };
                    band.add_matmul_of_turned_windows(windows, view_mut(order, size * inputs, outputs));
                }
            }
        }
    }
}
