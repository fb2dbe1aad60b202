//! Convolutions of 3×3 pixels by Winograd's method: tiles of the output, with 16 products for each pair of channels where the
//! sums over windows have 36. See [`winograd`].

use std::ops::Range;

use crate::kernel::winograd::{self, Grid, POSITIONS, TAPS, step};
use crate::kernel::{Limits, Panels, Real, WHOLE, add_turned_matmul, view, view_mut};
use crate::nn::room;

use super::layer::Convolution;
use super::shape::{Shape, Window};
use super::windows::pad;

/// The most values of the tiles that are multiplied at a time, at each position, so that they fit in the second-level cache.
const BLOCK: usize = 1 << 11;

/// The least number of tiles that are multiplied at a time.
const FEW: usize = 24;

/// The weights of a layer at each position.
pub(super) type Positions<T> = [Panels<T>; POSITIONS];

/// The buffers of the backward pass. They are allocated once and reused.
#[derive(Debug, Clone, Default)]
pub(super) struct Back<T> {
    turned: Positions<T>,
    order: Vec<T>,
    /// Weights, and then gradients, at each position.
    positions: Vec<T>,
    band: Panels<T>,
    images: Vec<T>,
    values: Vec<T>,
}

/// Prepares weights, in the order of [`Convolution::each`].
pub(super) fn lay<T: Real>(order: &[T], outputs: usize, values: &mut Vec<T>, positions: &mut Positions<T>) {
    let count = order.len() / TAPS;
    let values = room(values, POSITIONS * step(count));
    winograd::weight_tiles(order, values);
    for (values, panels) in values.chunks_exact(step(count)).zip(positions) {
        panels.lay(view(&values[..count], count / outputs, outputs));
    }
}

/// How the tiles of some images are divided: images at a time, and tiles at a time.
#[derive(Debug, Clone, Copy)]
struct Division {
    grid: Grid,
    images: usize,
    tiles: usize,
}

impl Division {
    fn of(layer: &Convolution) -> Division {
        let grid = Grid::over(layer.to.height, layer.to.width);
        let most = (BLOCK / layer.from.channels.max(layer.to.channels)).max(FEW);
        let images = (most / grid.tiles()).max(1);
        let parts = (images * grid.tiles()).div_ceil(most);
        Division { grid, images, tiles: (images * grid.tiles()).div_ceil(parts) }
    }

    /// The ranges of tiles of `images` images.
    fn ranges(self, images: usize) -> impl Iterator<Item = Range<usize>> {
        let all = images * self.grid.tiles();
        (0..all).step_by(self.tiles).map(move |first| first..all.min(first + self.tiles))
    }

    /// The number of values of padded images that are read at a time.
    fn padded(self, channels: usize) -> usize {
        let (height, width) = self.grid.padded();
        self.images * height * width * channels
    }

    /// Writes images with zeros around them.
    fn pad<T: Real>(self, window: Window, x: &[T], shape: Shape, padded: &mut [T]) {
        let (height, width) = self.grid.padded();
        let padded = padded.chunks_exact_mut(height * width * shape.channels);
        for (x, padded) in x.chunks_exact(shape.size()).zip(padded) {
            pad(window, x, shape, (height, width), padded);
        }
    }
}

impl Convolution {
    /// Writes the outputs `y` of images `x`, within limits.
    pub(super) fn apply_tiles<T: Real>(
        &self,
        positions: &Positions<T>,
        bias: &[T],
        limits: Option<Limits<T>>,
        x: &[T],
        y: &mut [T],
        buffer: &mut Vec<T>,
    ) {
        let (inputs, outputs) = (self.from.channels, self.to.channels);
        let division = Division::of(self);
        let most = [inputs, outputs].map(|channels| POSITIONS * step(division.tiles * channels));
        let buffer = room(buffer, division.padded(inputs) + most[0] + most[1]);
        let (padded, buffer) = buffer.split_at_mut(division.padded(inputs));
        let (values, products) = buffer.split_at_mut(most[0]);
        let xs = x.chunks(division.images * self.from.size());
        for (x, y) in xs.zip(y.chunks_mut(division.images * self.to.size())) {
            division.pad(self.window, x, self.from, padded);
            for tiles in division.ranges(x.len() / self.from.size()) {
                let count = tiles.len();
                winograd::input_tiles(division.grid, inputs, padded, tiles.clone(), values);
                let values = values.chunks_exact(step(count * inputs));
                let at = values.zip(products.chunks_exact_mut(step(count * outputs)));
                for (panels, (values, products)) in positions.iter().zip(at) {
                    let values = view(&values[..count * inputs], count, inputs);
                    let products = view_mut(&mut products[..count * outputs], count, outputs);
                    panels.set_matmul(values, products);
                }
                let size = (self.to.height, self.to.width);
                winograd::output_tiles(size, products, tiles, bias, limits, y);
            }
        }
    }

    /// Writes the gradient `dx` of the inputs from the gradient `dy` of the outputs. `weights` have PyTorch's layout.
    pub(super) fn tiles_back<T: Real>(&self, weights: &[T], dy: &[T], dx: &mut [T], back: &mut Back<T>) {
        let inputs = self.from.channels;
        let order = room(&mut back.order, self.numbers());
        self.each_turned(|at, place| order[place] = weights[at]);
        lay(order, inputs, &mut back.positions, &mut back.turned);
        let zero = &mut order[..inputs];
        zero.fill(T::zero());
        self.turned().apply_tiles(&back.turned, zero, None, dy, dx, &mut back.values);
    }

    /// Writes the gradient of the weights to `order`, in the order of [`each`](Self::each).
    pub(super) fn tiles_gradient<T: Real>(&self, x: &[T], dy: &[T], order: &mut [T], back: &mut Back<T>) {
        let (inputs, outputs) = (self.from.channels, self.to.channels);
        let division = Division::of(self);
        let Back { positions, band, images, values, .. } = back;
        let sums = room(positions, POSITIONS * step(inputs * outputs));
        sums.fill(T::zero());
        let images = room(images, division.padded(inputs) + division.padded(outputs));
        let (padded, padded_gradients) = images.split_at_mut(division.padded(inputs));
        let most = [inputs, outputs].map(|channels| POSITIONS * step(division.tiles * channels));
        let (values, gradients) = room(values, most[0] + most[1]).split_at_mut(most[0]);
        let window = Window { before: 0, ..self.window };
        let xs = x.chunks(division.images * self.from.size());
        for (x, dy) in xs.zip(dy.chunks(division.images * self.to.size())) {
            division.pad(self.window, x, self.from, padded);
            division.pad(window, dy, self.to, padded_gradients);
            for tiles in division.ranges(x.len() / self.from.size()) {
                let count = tiles.len();
                winograd::input_tiles(division.grid, inputs, padded, tiles.clone(), values);
                winograd::gradient_tiles(division.grid, outputs, padded_gradients, tiles, gradients);
                let values = values.chunks_exact(step(count * inputs));
                let at = values.zip(gradients.chunks_exact(step(count * outputs)));
                for ((values, gradients), sums) in at.zip(sums.chunks_exact_mut(step(inputs * outputs))) {
                    let (values, gradients) = (&values[..count * inputs], &gradients[..count * outputs]);
                    let sums = &mut sums[..inputs * outputs];
                    if outputs.is_multiple_of(WHOLE) {
                        add_turned_matmul(values, gradients, [inputs, outputs], sums);
                    } else {
                        band.lay(view(gradients, count, outputs));
                        let values = view(values, count, inputs).reversed_axes();
                        band.add_matmul(values, view_mut(sums, inputs, outputs));
                    }
                }
            }
        }
        winograd::weight_gradient(sums, order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use crate::nn::convolution::{Laid, Scratch};

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = crate::rng::stream(seed, "tiles test", 0);
        (0..count).map(|_| crate::rng::unit(&mut rng) - 0.5).collect()
    }

    /// Sizes that are whole tiles and that are not, numbers of channels that fill registers and that do not, several images in a
    /// block and several blocks in an image.
    fn layers() -> impl Iterator<Item = Convolution> {
        let shapes = [
            (4, 6, 16, 16, 1),
            (7, 5, 16, 24, 1),
            (1, 1, 33, 17, 1),
            (2, 3, 48, 130, 2),
            (31, 17, 20, 64, 0),
        ];
        shapes.into_iter().map(|(height, width, inputs, outputs, before)| Convolution {
            from: Shape { height, width, channels: inputs },
            to: Shape { height, width, channels: outputs },
            window: Window { size: 3, stride: 1, before },
            groups: 1,
            bias: true,
        })
    }

    /// The sums over windows, as the definition says.
    fn plain(layer: &Convolution, weights: &[f32], x: &[f32]) -> Vec<f64> {
        let (Shape { height, width, channels: inputs }, outputs) = (layer.from, layer.to.channels);
        let (weight, bias) = weights.split_at(layer.numbers());
        let mut y = Vec::new();
        for x in x.chunks_exact(layer.from.size()) {
            for place in 0..height * width * outputs {
                let (row, column, output) =
                    (place / outputs / width, place / outputs % width, place % outputs);
                let mut sum = f64::from(bias[output]);
                for at in 0..inputs * TAPS {
                    let (input, down, across) = (at / TAPS, at % TAPS / 3, at % 3);
                    let (from, to) = (row + down, column + across);
                    let inside = |at: usize, length: usize| {
                        at.checked_sub(layer.window.before).filter(|&at| at < length)
                    };
                    if let (Some(row), Some(column)) = (inside(from, height), inside(to, width)) {
                        let x = x[(row * width + column) * inputs + input];
                        sum += f64::from(x) * f64::from(weight[output * inputs * TAPS + at]);
                    }
                }
                y.push(sum);
            }
        }
        y
    }

    #[test]
    fn outputs_are_the_sums_over_windows_with_the_same_bits_at_every_level_and_division() {
        for layer in layers() {
            let (x, weights) =
                (random(3 * layer.from.size(), 1), random(layer.numbers() + layer.to.channels, 2));
            let want = plain(&layer, &weights, &x);
            let mut bits: Option<Vec<u32>> = None;
            for level in Level::all() {
                let mut y = vec![f32::NAN; want.len()];
                level.force(|| layer.forward(&weights, &x, &mut y, &mut Scratch::default()));
                for (got, want) in y.iter().zip(&want) {
                    assert!((f64::from(*got) - want).abs() < 1e-5, "{layer:?} at {level:?}: {got} {want}");
                }
                if level == Level::Baseline {
                    continue;
                }
                let own: Vec<u32> = y.iter().map(|y| y.to_bits()).collect();
                assert_eq!(*bits.get_or_insert_with(|| own.clone()), own, "{layer:?} at {level:?}");
                let mut one = vec![f32::NAN; layer.to.size()];
                let image = &x[layer.from.size()..2 * layer.from.size()];
                level.force(|| layer.forward(&weights, image, &mut one, &mut Scratch::default()));
                assert_eq!(one, y[layer.to.size()..2 * layer.to.size()], "{layer:?} alone");
            }
        }
    }

    #[test]
    fn limits_hold_for_tiles_that_lie_half_outside() {
        let layer = layers().nth(1).unwrap();
        let (x, weights) = (random(layer.from.size(), 3), random(layer.numbers() + layer.to.channels, 4));
        let (weight, bias) = weights.split_at(layer.numbers());
        let mut laid = Laid::default();
        layer.lay(weight, Some(bias), None, &mut laid);
        let (mut free, mut limited) = (vec![f32::NAN; layer.to.size()], vec![f32::NAN; layer.to.size()]);
        layer.apply_tiles(&laid.positions, bias, None, &x, &mut free, &mut Vec::new());
        let limits = Some(Limits { least: 0.0, most: 0.5 });
        layer.apply_tiles(&laid.positions, bias, limits, &x, &mut limited, &mut Vec::new());
        assert!(free.iter().any(|&y| y < 0.0) && free.iter().any(|&y| y > 0.5));
        assert_eq!(limited, free.iter().map(|y| y.clamp(0.0, 0.5)).collect::<Vec<_>>());
    }

    #[test]
    fn gradients_in_f32_are_those_in_f64() {
        for layer in layers() {
            let (x, weights) =
                (random(3 * layer.from.size(), 5), random(layer.numbers() + layer.to.channels, 6));
            let dy = random(3 * layer.to.size(), 7);
            let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect::<Vec<_>>();
            let (mut dx, mut gradient) = (vec![f64::NAN; x.len()], vec![0.0; weights.len()]);
            let (wide_x, wide_weights, wide_dy) = (wide(&x), wide(&weights), wide(&dy));
            let mut scratch = Scratch::default();
            layer.backward(&wide_weights, &wide_x, &wide_dy, Some(&mut dx), &mut gradient, &mut scratch);
            for level in Level::all() {
                let (mut own_dx, mut own) = (vec![f32::NAN; x.len()], vec![0.0; weights.len()]);
                let mut scratch = Scratch::default();
                level.force(|| layer.backward(&weights, &x, &dy, Some(&mut own_dx), &mut own, &mut scratch));
                for (got, want) in own_dx.iter().zip(&dx).chain(own.iter().zip(&gradient)) {
                    assert!((f64::from(*got) - want).abs() < 1e-4, "{layer:?} at {level:?}: {got} {want}");
                }
            }
        }
    }
}
