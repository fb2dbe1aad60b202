//! A cell of a confusion matrix. One screen shows the matrix, and another screen can show the examples of a cell.

/// A cell of the confusion matrix of one run on one data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub run: usize,
    pub set: String,
    pub truth: usize,
    pub guess: usize,
}
