//! The x axes of a curve, and a point.

/// How many points, or pairs of the level below, one pair summarises.
pub const FAN: usize = 32;

/// The quantity on the x axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Along {
    /// Updates (or tokens, for pre-training).
    #[default]
    Step,
    /// Epochs.
    Epoch,
    /// Documents seen.
    Samples,
    /// Seconds of training of the run.
    Seconds,
    /// Seconds of the session: the wall clock, without pauses.
    Session,
}

impl Along {
    /// All quantities, in the order in which a key cycles through them.
    pub const ALL: [Along; 5] = [Along::Step, Along::Epoch, Along::Samples, Along::Seconds, Along::Session];
}

/// The number of x values that a point stores: those of all [`Along`] but the session's time.
pub const STORED: usize = Along::ALL.len() - 1;

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When the point was recorded, in session seconds.
    pub at: f64,
    /// The x values, indexed by [`Along`].
    pub x: [f64; STORED],
    /// The value.
    pub y: f64,
}

impl Point {
    /// The x value.
    pub fn along(&self, along: Along) -> f64 {
        self.x.get(along as usize).copied().unwrap_or(self.at)
    }
}
