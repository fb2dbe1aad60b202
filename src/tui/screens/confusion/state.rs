//! What the screen Confusion knows, and what its keys stand for.

use super::examples::Examples;

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str = "Rows: true classes. Columns: guesses. What is off the diagonal was mistaken.";

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Confusion {
    /// The number of the run that is looked at.
    pub(super) run: usize,
    /// The set; `None` is the most telling one there is.
    pub(super) set: Option<String>,
    /// The step of the evaluation; `None` is the last one.
    pub(super) step: Option<u64>,
    /// The run that is subtracted.
    pub(super) marked: Option<usize>,
    /// True class and guessed class of the selected cell.
    pub(super) cell: (usize, usize),
    /// Whether shares come first where only one figure fits.
    pub(super) fractions: bool,
    /// Whether the reliability diagram is shown in the matrix's place, and whether it is the one before calibration.
    pub(super) reliability: bool,
    pub(super) before: bool,
    /// The examples that are open.
    pub(super) examples: Option<Examples>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// The run so many below; while examples are open, scroll.
    Run(i8),
    /// The evaluation so many later.
    Evaluation(i8),
    /// The next set.
    Set,
    /// The cell so many rows and columns away.
    Cell(i8, i8),
    /// The examples in the cell.
    Open,
    Close,
    /// Subtract this run's matrix from those looked at from now on, or stop that.
    Mark,
    /// The reliability diagram, or the matrix.
    Reliability,
    /// The diagram before or after calibration, where only one fits.
    Before,
    /// Counts or shares, where only one fits.
    Figure,
    /// Scroll by a page.
    Page(i8),
}
