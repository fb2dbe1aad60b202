//! A value with the time when it was recorded.

/// A value and the time when it was recorded, in seconds since the session began.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed<T> {
    /// The time, in seconds.
    pub at: f64,
    /// The recorded value.
    pub value: T,
}
