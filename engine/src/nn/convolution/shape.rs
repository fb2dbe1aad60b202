//! The sizes of images, and of the window that a convolution or a pooling moves over them.

use std::ops::Range;

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
