//! The transforms of Winograd's convolution F(2×2, 3×3) (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
//! Networks").
//!
//! A *tile* is two by two pixels of the output. It depends on four by four pixels of the input. The tile, these pixels and the
//! three by three weights are transformed to sixteen values each, a *position* for each value. At every position the output
//! is the product of input and weight, summed over the input channels. So a tile takes 16 multiplications for each pair of
//! channels instead of 36.
//!
//! Values are stored position by position, with a gap after each ([`step`]), then tile by tile, then channel by channel.

use std::any::TypeId;
use std::ops::Range;

use super::{Limits, Real, WHOLE};

mod grid;
mod transforms;
mod values;

use transforms::{Output, Spread, WeightGradient, Weights};
use values::at_level;

pub use grid::{Grid, POSITIONS, TAPS, step};

/// Transforms the inputs of `tiles`, counted over all images of `padded (B, 2 down + 2, 2 across + 2, C)`, to `to (16, tiles, C)`.
///
/// # Panics
/// If a slice is shorter than the shapes say, or f32 has fewer than [`WHOLE`] channels.
pub fn input_tiles<T: Real>(grid: Grid, channels: usize, padded: &[T], tiles: Range<usize>, to: &mut [T]) {
    spread::<T, false>(grid, channels, padded, tiles, to);
}

/// Transforms gradients of outputs to those of the positions, `to (16, tiles, C)`. The gradients have zeros below and on the right,
/// so that `padded` has the shape of padded inputs.
///
/// # Panics
/// As [`input_tiles`].
pub fn gradient_tiles<T: Real>(grid: Grid, channels: usize, padded: &[T], tiles: Range<usize>, to: &mut [T]) {
    spread::<T, true>(grid, channels, padded, tiles, to);
}

fn spread<T: Real, const GRADIENT: bool>(
    grid: Grid,
    channels: usize,
    padded: &[T],
    tiles: Range<usize>,
    to: &mut [T],
) {
    let images = tiles.end.div_ceil(grid.tiles().max(1));
    assert!(padded.len() >= images * grid.values(channels), "{} values of padded images", padded.len());
    assert!(to.len() >= POSITIONS * step(tiles.len() * channels), "{} values of tiles", to.len());
    assert!(channels >= least::<T>(), "{channels} channels are fewer than a register holds");
    let (padded, to) = (padded.as_ptr().cast(), to.as_mut_ptr().cast());
    // SAFETY: all tiles are in both slices of T.
    unsafe { at_level::<T>(Spread::<GRADIENT> { grid, channels, tiles, padded, to }) }
}

/// Writes the outputs of `tiles` to `y (B, H, W, C)`, images of `size` (H, W), from the products `from (16, tiles, C)` at the
/// positions. `bias (C)` is added; the values have limits, if there are some.
///
/// # Panics
/// As [`input_tiles`].
pub fn output_tiles<T: Real>(
    (height, width): (usize, usize),
    from: &[T],
    tiles: Range<usize>,
    bias: &[T],
    limits: Option<Limits<T>>,
    y: &mut [T],
) {
    let (grid, channels) = (Grid::over(height, width), bias.len());
    let images = tiles.end.div_ceil(grid.tiles().max(1));
    assert!(y.len() >= images * height * width * channels, "{} values of images", y.len());
    assert!(from.len() >= POSITIONS * step(tiles.len() * channels), "{} values of tiles", from.len());
    assert!(channels >= least::<T>(), "{channels} channels are fewer than a register holds");
    let (from, y, bias) = (from.as_ptr().cast(), y.as_mut_ptr().cast(), bias.as_ptr().cast());
    let limits = limits.map(|limits| [limits.least.wide(), limits.most.wide()]);
    let work = Output { grid, height, width, channels, tiles, from, bias, limits, y };
    // SAFETY: the images and the values of tiles were found in both slices of T; `bias` has a value for each channel.
    unsafe { at_level::<T>(work) }
}

/// Transforms weights `(3, 3, N)` to `to (16, N)`.
///
/// # Panics
/// If a slice is shorter than the shapes say, or f32 has fewer than [`WHOLE`] values of N.
pub fn weight_tiles<T: Real>(weights: &[T], to: &mut [T]) {
    let count = weights.len() / TAPS;
    let fit = weights.len() == TAPS * count && to.len() >= POSITIONS * step(count);
    assert!(fit, "{count} windows of weights");
    assert!(count >= least::<T>(), "{count} weights are fewer than a register holds");
    let work = Weights { count, weights: weights.as_ptr().cast(), to: to.as_mut_ptr().cast() };
    // SAFETY: both slices of T have `count` values for each weight or position.
    unsafe { at_level::<T>(work) }
}

/// Writes the gradient of weights, `to (3, 3, N)`, from that of the positions, `from (16, N)`.
///
/// # Panics
/// If a slice is shorter than the shapes say, or f32 has fewer than [`WHOLE`] values of N.
pub fn weight_gradient<T: Real>(from: &[T], to: &mut [T]) {
    let count = to.len() / TAPS;
    let fit = to.len() == TAPS * count && from.len() >= POSITIONS * step(count);
    assert!(fit, "{count} windows of weights");
    assert!(count >= least::<T>(), "{count} weights are fewer than a register holds");
    let work = WeightGradient { count, from: from.as_ptr().cast(), to: to.as_mut_ptr().cast() };
    // SAFETY: as above.
    unsafe { at_level::<T>(work) }
}

/// The least number of channels of a transform: the values of the widest register.
fn least<T: Real>() -> usize {
    if TypeId::of::<T>() == TypeId::of::<f32>() { WHOLE } else { 1 }
}
