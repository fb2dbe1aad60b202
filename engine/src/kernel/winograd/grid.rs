//! The tiles of images, and where the values of their positions are.

/// The number of positions.
pub const POSITIONS: usize = 16;

/// The number of weights of a pair of channels.
pub const TAPS: usize = 9;

/// The distance from the values of a position to those of the next, if a position has this number of values. Without a gap, the
/// positions of a tile would often share a few places of the first-level cache.
pub const fn step(values: usize) -> usize {
    values + 16
}

/// The tiles of an image: `down` rows of `across` tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Rows of tiles.
    pub down: usize,
    /// Tiles in a row.
    pub across: usize,
}

impl Grid {
    /// The grid that covers an output of this size. Its last tiles may lie half outside.
    pub fn over(height: usize, width: usize) -> Grid {
        Grid { down: height.div_ceil(2), across: width.div_ceil(2) }
    }

    /// The number of tiles.
    pub fn tiles(self) -> usize {
        self.down * self.across
    }

    /// Height and width of the padded image that the tiles depend on.
    pub fn padded(self) -> (usize, usize) {
        (2 * self.down + 2, 2 * self.across + 2)
    }

    /// The values of a padded image.
    pub(super) fn values(self, channels: usize) -> usize {
        let (height, width) = self.padded();
        height * width * channels
    }
}
