//! Image pooling: the maximum of a window, the mean of a window, and the mean of a whole image.

use std::ops::Range;

use crate::dispatched;
use crate::kernel::{Real, axpy};
use crate::nn::convolution::{Shape, Window};

/// The maximum of each window, for each channel. Pixels beyond the edge do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool {
    /// The shape of an input image.
    pub from: Shape,
    /// The shape of an output image.
    pub to: Shape,
    /// The window under each output pixel.
    pub window: Window,
}

impl MaxPool {
    /// Writes `y (B, H', W', C)` from `x (B, H, W, C)`, and to `best` the index within its image of each maximum. If
    /// several values are equal, the first counts. NaN counts as the largest value.
    ///
    /// # Panics
    /// If a whole window lies beyond the edge, or a slice is shorter than the shapes say.
    pub fn forward<T: Real>(&self, x: &[T], y: &mut [T], best: &mut [u32]) {
        let (from, to) = (self.from, self.to);
        let images = x.chunks_exact(from.size()).zip(y.chunks_exact_mut(to.size()));
        for ((x, y), best) in images.zip(best.chunks_exact_mut(to.size())) {
            largest(*self, x, y, best);
        }
    }

    /// Writes `y` as [`forward`](Self::forward) does, but not where the maxima were.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn answer<T: Real>(&self, x: &[T], y: &mut [T]) {
        for (x, y) in x.chunks_exact(self.from.size()).zip(y.chunks_exact_mut(self.to.size())) {
            largest(*self, x, y, &mut []);
        }
    }

    /// Writes `dx` from `dy` and the indices of the maxima.
    pub fn backward<T: Real>(&self, best: &[u32], dy: &[T], dx: &mut [T]) {
        let (from, to) = (self.from.size(), self.to.size());
        dx.fill(T::zero());
        let images = dx.chunks_exact_mut(from).zip(dy.chunks_exact(to));
        for ((dx, dy), best) in images.zip(best.chunks_exact(to)) {
            for (&dy, &best) in dy.iter().zip(best) {
                dx[best as usize] += dy;
            }
        }
    }
}

/// The number of channels whose maxima stay in registers.
const LANES: usize = 16;

dispatched! {
    /// The maxima of all windows of one image. `best` is empty if nobody wants to know where they are.
    fn largest<T>(layer: MaxPool, x: &[T], y: &mut [T], best: &mut [u32]) {
        let (width, channels) = (layer.from.width, layer.from.channels);
        for (place, y) in y.chunks_exact_mut(channels).enumerate() {
            let (rows, _) = layer.window.sees(place / layer.to.width, layer.from.height);
            let (columns, _) = layer.window.sees(place % layer.to.width, width);
            assert!(!rows.is_empty() && !columns.is_empty(), "a window beyond the edge");
            let seen = Seen { x, width, channels, rows, columns };
            let best = if best.is_empty() { &mut [][..] } else { &mut best[place * channels..][..channels] };
            if channels < LANES {
                for channel in 0..channels {
                    seen.largest::<1>(channel, y, best);
                }
                continue;
            }
            // The last vector may repeat some channels. The result is the same.
            for channel in (0..channels).step_by(LANES) {
                let channel = channel.min(channels - LANES);
                if best.is_empty() {
                    seen.largest_alone::<LANES>(channel, y);
                } else {
                    seen.largest::<LANES>(channel, y, best);
                }
            }
        }
    }
}

/// The pixels under a window.
struct Seen<'a, T> {
    x: &'a [T],
    width: usize,
    channels: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl<T: Real> Seen<'_, T> {
    /// Writes the maxima of N channels, and the indices of them unless `best` is empty.
    #[inline(always)]
    fn largest<const N: usize>(&self, channel: usize, y: &mut [T], best: &mut [u32]) {
        let (mut largest, mut place) = ([T::of(f64::NEG_INFINITY); N], [u32::MAX; N]);
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                let at = (row * self.width + column) * self.channels + channel;
                let Some(x) = self.x[at..].first_chunk::<N>() else { return };
                for lane in 0..N {
                    let larger = x[lane] > largest[lane] || x[lane].is_nan() || place[lane] == u32::MAX;
                    largest[lane] = if larger { x[lane] } else { largest[lane] };
                    place[lane] = if larger { (at + lane) as u32 } else { place[lane] };
                }
            }
        }
        y[channel..channel + N].copy_from_slice(&largest);
        if !best.is_empty() {
            best[channel..channel + N].copy_from_slice(&place);
        }
    }

    /// Writes the maxima of N channels.
    #[inline(always)]
    fn largest_alone<const N: usize>(&self, channel: usize, y: &mut [T]) {
        let mut largest = [T::of(f64::NEG_INFINITY); N];
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                let at = (row * self.width + column) * self.channels + channel;
                let Some(x) = self.x[at..].first_chunk::<N>() else { return };
                for lane in 0..N {
                    let larger = x[lane] > largest[lane] || x[lane].is_nan();
                    largest[lane] = if larger { x[lane] } else { largest[lane] };
                }
            }
        }
        y[channel..channel + N].copy_from_slice(&largest);
    }
}

/// The mean of each window, for each channel. Pixels beyond the edge are zeros and count in the divisor: the default
/// of PyTorch's `AvgPool2d` (`count_include_pad=True`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AveragePool {
    /// The shape of an input image.
    pub from: Shape,
    /// The shape of an output image.
    pub to: Shape,
    /// The window under each output pixel.
    pub window: Window,
}

impl AveragePool {
    fn fraction<T: Real>(&self) -> T {
        T::of(1.0 / (self.window.size * self.window.size) as f64)
    }

    /// Writes `y (B, H', W', C)` from `x (B, H, W, C)`.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes say.
    pub fn forward<T: Real>(&self, x: &[T], y: &mut [T]) {
        let (from, to) = (self.from.size(), self.to.size());
        for (x, y) in x.chunks_exact(from).zip(y.chunks_exact_mut(to)) {
            for (place, y) in y.chunks_exact_mut(self.to.channels).enumerate() {
                y.fill(T::zero());
                self.each_seen(place, |at| axpy(self.fraction(), &x[at..][..y.len()], y));
            }
        }
    }

    /// Writes `dx` from `dy`.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes say.
    pub fn backward<T: Real>(&self, dy: &[T], dx: &mut [T]) {
        dx.fill(T::zero());
        let (from, to) = (self.from.size(), self.to.size());
        for (dx, dy) in dx.chunks_exact_mut(from).zip(dy.chunks_exact(to)) {
            for (place, dy) in dy.chunks_exact(self.to.channels).enumerate() {
                self.each_seen(place, |at| axpy(self.fraction(), dy, &mut dx[at..][..dy.len()]));
            }
        }
    }

    /// Calls `see` with the offset of each input pixel within the window of an output pixel.
    fn each_seen(&self, place: usize, mut see: impl FnMut(usize)) {
        let Shape { height, width, channels } = self.from;
        let (rows, _) = self.window.sees(place / self.to.width, height);
        let (columns, _) = self.window.sees(place % self.to.width, width);
        for row in rows {
            columns.clone().for_each(|column| see((row * width + column) * channels));
        }
    }
}

/// Writes `y (B, C)`, the mean of each channel of `x (B, H, W, C)`.
pub fn global_average<T: Real>(shape: Shape, x: &[T], y: &mut [T]) {
    let fraction = T::of(1.0 / (shape.height * shape.width) as f64);
    for (x, y) in x.chunks_exact(shape.size()).zip(y.chunks_exact_mut(shape.channels)) {
        y.fill(T::zero());
        for pixel in x.chunks_exact(shape.channels) {
            axpy(fraction, pixel, y);
        }
    }
}

/// Writes `dx` from the gradient `dy` of [`global_average`].
pub fn global_average_backward<T: Real>(shape: Shape, dy: &[T], dx: &mut [T]) {
    let fraction = T::of(1.0 / (shape.height * shape.width) as f64);
    for (dx, dy) in dx.chunks_exact_mut(shape.size()).zip(dy.chunks_exact(shape.channels)) {
        for pixel in dx.chunks_exact_mut(shape.channels) {
            for (dx, &dy) in pixel.iter_mut().zip(dy) {
                *dx = fraction * dy;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use crate::nn::gradient_check::worst;

    fn wave(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.3 + k).sin()).collect()
    }

    /// Channels in vectors and one by one, with equal values and NaN, are those of a plain search.
    #[test]
    fn maxima_are_the_first_largest_of_each_window_for_any_number_of_channels() {
        for channels in [1, 15, 16, 17, 40] {
            let from = Shape { height: 4, width: 5, channels };
            let window = Window { size: 3, stride: 2, before: 1 };
            let layer = MaxPool { from, to: Shape { height: 2, width: 3, channels }, window };
            let mut x: Vec<f32> = (0..2 * from.size()).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
            x[from.size() / 2] = f32::NAN;
            x[from.size()..from.size() + channels].fill(f32::NEG_INFINITY);
            for level in Level::all() {
                let (mut y, mut best) = (vec![9.0; 2 * layer.to.size()], vec![9; 2 * layer.to.size()]);
                let mut alone = vec![9.0; y.len()];
                level.force(|| layer.forward(&x, &mut y, &mut best));
                level.force(|| layer.answer(&x, &mut alone));
                for (at, (&y, &best)) in y.iter().zip(&best).enumerate() {
                    let (image, at_image) = (at / layer.to.size(), at % layer.to.size());
                    let (place, channel) = (at_image / channels, at_image % channels);
                    let (rows, _) = window.sees(place / 3, 4);
                    let (columns, _) = window.sees(place % 3, 5);
                    let mut want = None;
                    for row in rows {
                        for column in columns.clone() {
                            let seen = (row * 5 + column) * channels + channel;
                            let value = x[image * from.size() + seen];
                            if want.is_none_or(|(most, _): (f32, _)| value > most || value.is_nan()) {
                                want = Some((value, seen));
                            }
                        }
                    }
                    let (value, seen) = want.unwrap();
                    assert!(y.to_bits() == value.to_bits() && alone[at].to_bits() == value.to_bits());
                    assert_eq!(best as usize, seen, "{level:?} {channels} {at}");
                }
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let from = Shape { height: 5, width: 4, channels: 2 };
        for (window, [height, width]) in [
            (Window { size: 2, stride: 2, before: 0 }, [2, 2]),
            // The last window reaches beyond the edge, as with PyTorch's `ceil_mode`.
            (Window { size: 3, stride: 2, before: 0 }, [2, 2]),
            (Window { size: 3, stride: 2, before: 1 }, [3, 2]),
        ] {
            let layer = MaxPool { from, to: Shape { height, width, ..from }, window };
            let (x, pull) = (wave(2 * from.size(), 0.4), wave(2 * layer.to.size(), 2.0));
            let mut best = vec![0; pull.len()];
            let mut y = vec![0.0; pull.len()];
            layer.forward(&x, &mut y, &mut best);
            let mut dx = vec![9.0; x.len()];
            layer.backward(&best, &pull, &mut dx);
            let loss = |x: &[f64]| {
                let (mut y, mut best) = (vec![0.0; pull.len()], vec![0; pull.len()]);
                layer.forward(x, &mut y, &mut best);
                y.iter().zip(&pull).map(|(y, p)| y * p).sum()
            };
            assert!(worst(&x, &dx, 1e-3, loss) < 1e-6, "{window:?}");
        }
        for (window, [height, width]) in [
            (Window { size: 2, stride: 2, before: 0 }, [2, 2]),
            (Window { size: 3, stride: 2, before: 1 }, [3, 2]),
            (Window { size: 3, stride: 1, before: 1 }, [5, 4]),
        ] {
            let layer = AveragePool { from, to: Shape { height, width, ..from }, window };
            let (x, pull) = (wave(2 * from.size(), 0.4), wave(2 * layer.to.size(), 2.0));
            let mut dx = vec![9.0; x.len()];
            layer.backward(&pull, &mut dx);
            let loss = |x: &[f64]| {
                let mut y = vec![9.0; pull.len()];
                layer.forward(x, &mut y);
                y.iter().zip(&pull).map(|(y, p)| y * p).sum()
            };
            assert!(worst(&x, &dx, 1e-3, loss) < 1e-6, "{window:?}");
        }
        let (x, pull) = (wave(2 * from.size(), 0.4), wave(4, 2.0));
        let mut dx = vec![9.0; x.len()];
        global_average_backward(from, &pull, &mut dx);
        let loss = |x: &[f64]| {
            let mut y = vec![0.0; 4];
            global_average(from, x, &mut y);
            y.iter().zip(&pull).map(|(y, p)| y * p).sum()
        };
        assert!(worst(&x, &dx, 1e-3, loss) < 1e-6);
    }
}
