//! An image with one byte per channel and pixel.

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Pixels per row.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: u8,
    /// `(height, width, channels)`.
    pub pixels: Vec<u8>,
}

impl Image {
    /// Height, width and channels.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.height as usize, self.width as usize, usize::from(self.channels))
    }
}
