//! Convolutions in several groups: one pixel after another.

use std::ops::Range;

use crate::dispatched;

use super::layer::Convolution;

impl Convolution {
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
    pub(super) fn correlate<T>(layer: Convolution, laid: &[T], x: &[T], y: &mut [T]) {
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
    pub(super) fn spread<T>(layer: Convolution, laid: &[T], dy: &[T], dx: &mut [T]) {
        layer.walk(dy.len() / layer.to.size(), |inputs, outputs, weights| {
            let (dx, dy) = (&mut dx[inputs], &dy[outputs]);
            for (dx, w) in dx.iter_mut().zip(laid[weights..].chunks_exact(dy.len())) {
                *dx += crate::kernel::dot_at::<T, L>(w, dy);
            }
        });
    }

    /// dw += x dy^T.
    pub(super) fn gather<T>(layer: Convolution, x: &[T], dy: &[T], d_laid: &mut [T]) {
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
