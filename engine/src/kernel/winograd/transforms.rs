//! The transforms, of slices that were checked.

use std::ops::Range;

use super::grid::{Grid, step};
use super::values::{Transform, Values, each};

/// The image, the row and the column of each tile of a range.
struct Walk {
    grid: Grid,
    left: usize,
    place: (usize, usize, usize),
}

impl Iterator for Walk {
    type Item = (usize, usize, usize);
    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize, usize)> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let here = self.place;
        let (image, row, column) = here;
        self.place = if column + 1 < self.grid.across {
            (image, row, column + 1)
        } else if row + 1 < self.grid.down {
            (image, row + 1, 0)
        } else {
            (image + 1, 0, 0)
        };
        Some(here)
    }
}

#[inline(always)]
fn walk(grid: Grid, tiles: &Range<usize>) -> Walk {
    let (image, within) = (tiles.start / grid.tiles(), tiles.start % grid.tiles());
    Walk { grid, left: tiles.len(), place: (image, within / grid.across, within % grid.across) }
}

/// Bᵀ of the paper: [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1].
#[inline(always)]
unsafe fn to_inputs<T, V: Values<T>>([a, b, c, d]: [V; 4]) -> [V; 4] {
    // SAFETY: passed on to our caller, here and below.
    unsafe { [a.minus(c), b.plus(c), c.minus(b), b.minus(d)] }
}

/// Aᵀ of the paper: [1 1 1 0; 0 1 −1 −1].
#[inline(always)]
unsafe fn to_outputs<T, V: Values<T>>([a, b, c, d]: [V; 4]) -> [V; 2] {
    // SAFETY: see `to_inputs`.
    unsafe { [a.plus(b).plus(c), b.minus(c).minus(d)] }
}

/// A: the transpose of [`to_outputs`].
#[inline(always)]
unsafe fn from_outputs<T, V: Values<T>>([a, b]: [V; 2]) -> [V; 4] {
    // SAFETY: see `to_inputs`.
    unsafe { [a, a.plus(b), a.minus(b), b.minus(b).minus(b)] }
}

/// G of the paper: [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1].
#[inline(always)]
unsafe fn to_weights<T, V: Values<T>>([a, b, c]: [V; 3]) -> [V; 4] {
    // SAFETY: see `to_inputs`.
    unsafe {
        let ends = a.plus(c);
        [a, ends.plus(b).half(), ends.minus(b).half(), c]
    }
}

/// Gᵀ: the transpose of [`to_weights`].
#[inline(always)]
unsafe fn from_weights<T, V: Values<T>>([a, b, c, d]: [V; 4]) -> [V; 3] {
    // SAFETY: see `to_inputs`.
    unsafe {
        let sum = b.plus(c).half();
        [a.plus(sum), b.minus(c).half(), sum.plus(d)]
    }
}

/// Consecutive values at consecutive places, each `step` values after the one before it.
#[inline(always)]
unsafe fn load<T, V: Values<T>, const N: usize>(from: *const T, step: usize) -> [V; N] {
    // SAFETY: see `to_inputs`. The values after the first replace copies of it.
    unsafe {
        let mut all = [V::load(from); N];
        for (number, value) in all.iter_mut().enumerate().skip(1) {
            *value = V::load(from.add(number * step));
        }
        all
    }
}

/// Writes values as [`load`] reads them.
#[inline(always)]
unsafe fn store<T, V: Values<T>, const N: usize>(values: [V; N], to: *mut T, step: usize) {
    for (number, value) in values.into_iter().enumerate() {
        // SAFETY: see `to_inputs`.
        unsafe { value.store(to.add(number * step)) }
    }
}

/// Column `at` of some rows.
macro_rules! column {
    ([$($row:ident),*][$at:expr]) => { [$($row[$at]),*] };
}

/// From pixels of padded images to positions: inputs, or gradients of outputs.
pub(super) struct Spread<const GRADIENT: bool> {
    pub(super) grid: Grid,
    pub(super) channels: usize,
    pub(super) tiles: Range<usize>,
    pub(super) padded: *const (),
    pub(super) to: *mut (),
}

impl<T, const GRADIENT: bool> Transform<T> for Spread<GRADIENT> {
    #[inline(always)]
    unsafe fn run<V: Values<T>>(self) {
        let Spread { grid, channels, tiles, .. } = self;
        let (line, image) = (grid.padded().1 * channels, grid.values(channels));
        let position = step(tiles.len() * channels);
        let mut to = self.to.cast::<T>();
        for (number, row, column) in walk(grid, &tiles) {
            // SAFETY: the caller found the pixels of all tiles, four by four or (gradients) two by two, and the places of their
            // values.
            unsafe {
                let from =
                    self.padded.cast::<T>().add(number * image + 2 * row * line + 2 * column * channels);
                for channel in each::<T, V>(channels) {
                    let (from, to) = (from.add(channel), to.add(channel));
                    if GRADIENT {
                        let a = from_outputs(load::<T, V, 2>(from, channels));
                        let b = from_outputs(load::<T, V, 2>(from.add(line), channels));
                        for at in 0..4 {
                            let values = from_outputs(column!([a, b][at]));
                            store(values, to.add(at * position), 4 * position);
                        }
                        continue;
                    }
                    let a = to_inputs(load::<T, V, 4>(from, channels));
                    let b = to_inputs(load::<T, V, 4>(from.add(line), channels));
                    let c = to_inputs(load::<T, V, 4>(from.add(2 * line), channels));
                    let d = to_inputs(load::<T, V, 4>(from.add(3 * line), channels));
                    for at in 0..4 {
                        let values = to_inputs(column!([a, b, c, d][at]));
                        store(values, to.add(at * position), 4 * position);
                    }
                }
                to = to.add(channels);
            }
        }
    }
}

pub(super) struct Output {
    pub(super) grid: Grid,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) tiles: Range<usize>,
    pub(super) from: *const (),
    pub(super) bias: *const (),
    pub(super) limits: Option<[f64; 2]>,
    pub(super) y: *mut (),
}

impl<T> Transform<T> for Output {
    #[inline(always)]
    unsafe fn run<V: Values<T>>(self) {
        let Output { grid, height, width, channels, tiles, limits, .. } = self;
        let position = step(tiles.len() * channels);
        let mut from = self.from.cast::<T>();
        let (y, bias) = (self.y.cast::<T>(), self.bias.cast::<T>());
        for (image, row, column) in walk(grid, &tiles) {
            // SAFETY: the caller found the values of all tiles and all pixels inside the images.
            unsafe {
                let first = y.add(((image * height + 2 * row) * width + 2 * column) * channels);
                let (rows, columns) = (2.min(height - 2 * row), 2.min(width - 2 * column));
                for channel in each::<T, V>(channels) {
                    let (from, first) = (from.add(channel), first.add(channel));
                    let a = to_outputs(load::<T, V, 4>(from, position));
                    let b = to_outputs(load::<T, V, 4>(from.add(4 * position), position));
                    let c = to_outputs(load::<T, V, 4>(from.add(8 * position), position));
                    let d = to_outputs(load::<T, V, 4>(from.add(12 * position), position));
                    let bias = V::load(bias.add(channel));
                    for at in 0..2 {
                        let [mut above, mut below] = to_outputs(column!([a, b, c, d][at]));
                        (above, below) = (bias.plus(above), bias.plus(below));
                        if let Some(limits) = limits {
                            (above, below) = (above.within(limits), below.within(limits));
                        }
                        if at < columns {
                            above.store(first.add(at * channels));
                            if rows == 2 {
                                below.store(first.add((width + at) * channels));
                            }
                        }
                    }
                }
                from = from.add(channels);
            }
        }
    }
}

pub(super) struct Weights {
    pub(super) count: usize,
    pub(super) weights: *const (),
    pub(super) to: *mut (),
}

impl<T> Transform<T> for Weights {
    #[inline(always)]
    unsafe fn run<V: Values<T>>(self) {
        let (count, position) = (self.count, step(self.count));
        for at in each::<T, V>(count) {
            // SAFETY: the caller found `count` values for each weight and each position.
            unsafe {
                let (from, to) = (self.weights.cast::<T>().add(at), self.to.cast::<T>().add(at));
                let a = to_weights(load::<T, V, 3>(from, count));
                let b = to_weights(load::<T, V, 3>(from.add(3 * count), count));
                let c = to_weights(load::<T, V, 3>(from.add(6 * count), count));
                for at in 0..4 {
                    store(to_weights(column!([a, b, c][at])), to.add(at * position), 4 * position);
                }
            }
        }
    }
}

pub(super) struct WeightGradient {
    pub(super) count: usize,
    pub(super) from: *const (),
    pub(super) to: *mut (),
}

impl<T> Transform<T> for WeightGradient {
    #[inline(always)]
    unsafe fn run<V: Values<T>>(self) {
        let (count, position) = (self.count, step(self.count));
        for at in each::<T, V>(count) {
            // SAFETY: as for `Weights`.
            unsafe {
                let (from, to) = (self.from.cast::<T>().add(at), self.to.cast::<T>().add(at));
                let a = from_weights(load::<T, V, 4>(from, position));
                let b = from_weights(load::<T, V, 4>(from.add(4 * position), position));
                let c = from_weights(load::<T, V, 4>(from.add(8 * position), position));
                let d = from_weights(load::<T, V, 4>(from.add(12 * position), position));
                for at in 0..3 {
                    store(from_weights(column!([a, b, c, d][at])), to.add(at * count), 3 * count);
                }
            }
        }
    }
}
