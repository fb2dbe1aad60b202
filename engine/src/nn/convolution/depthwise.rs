//! Depthwise convolutions: one filter per channel, all channels of a pixel at once.

use crate::dispatched;

use super::layer::Convolution;

/// The number of channels of a depthwise convolution whose sums stay in registers.
const LANES: usize = 16;

impl Convolution {
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
}

dispatched! {
    /// y += w * x, for each channel separately.
    pub(super) fn depthwise<T>(layer: Convolution, laid: &[T], x: &[T], y: &mut [T]) {
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
    pub(super) fn depthwise_back<T>(layer: Convolution, laid: &[T], dy: &[T], dx: &mut [T]) {
        layer.walk_channels(dy.len() / layer.to.size(), |pixel, out, tap| {
            let channels = layer.to.channels;
            let (dx, dy, w) = (&mut dx[pixel..][..channels], &dy[out..][..channels], &laid[tap..][..channels]);
            for ((dx, &dy), &w) in dx.iter_mut().zip(dy).zip(w) {
                *dx = L::mul_add(dy, w, *dx);
            }
        });
    }

    /// dw += x * dy, for each channel separately.
    pub(super) fn depthwise_gather<T>(layer: Convolution, x: &[T], dy: &[T], d_laid: &mut [T]) {
        layer.walk_channels(dy.len() / layer.to.size(), |pixel, out, tap| {
            let channels = layer.to.channels;
            let (x, dy, dw) = (&x[pixel..][..channels], &dy[out..][..channels], &mut d_laid[tap..][..channels]);
            for ((dw, &x), &dy) in dw.iter_mut().zip(x).zip(dy) {
                *dw = L::mul_add(x, dy, *dw);
            }
        });
    }
}
