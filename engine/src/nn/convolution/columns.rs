//! The windows of pixels, copied side by side (*im2col*), and their gradients, added back.

use crate::kernel::{Real, axpy};

use super::layer::Convolution;

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

impl Convolution {
    /// The image, row and column of an output pixel, whose `number` counts over all images.
    #[inline(always)]
    fn place(&self, number: usize) -> (usize, usize, usize) {
        let one = self.to.height * self.to.width;
        (number / one, number % one / self.to.width, number % self.to.width)
    }

    /// Copies the inputs in the windows of the output pixels, from pixel `first` on: one row of `seen` for each, in
    /// the order window row, window column, channel. Pixels beyond the edge are zero.
    pub(super) fn look<T: Real>(&self, x: &[T], first: usize, seen: &mut [T]) {
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
    pub(super) fn look_back<T: Real>(&self, d_seen: &[T], first: usize, dx: &mut [T]) {
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
}
