//! A cell of a confusion matrix, which one screen shows and another opens.

/// A cell of a run's confusion matrix on a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub run: usize,
    pub set: String,
    pub truth: usize,
    pub guess: usize,
}
