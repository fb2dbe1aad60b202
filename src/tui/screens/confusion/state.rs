//! The state of the screen Confusion, and the actions of its keys.

use crate::tui::grouping::Grouping;

use super::examples::Examples;
use super::suspects::Suspects;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Rows: true classes. Columns: guesses. What is off the diagonal was mistaken.";

/// What is compared cell by cell, over all seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The method of the selected run and that of the marked run, or scratch.
    Methods,
    /// The last evaluation of the selected run's method and the one that is looked at.
    Moments,
}

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Confusion {
    /// The number of the selected run.
    pub(super) run: usize,
    /// How the runs are grouped; `None` is the usual way for their number.
    pub(super) grouping: Option<Grouping>,
    /// The key of the selected group, if its runs are shown as one matrix.
    pub(super) group: Option<String>,
    /// The data set; `None` selects the run's first set, which is the test if there is one.
    pub(super) set: Option<String>,
    /// The step of the evaluation; `None` is the last one.
    pub(super) step: Option<u64>,
    /// The run whose matrix is subtracted.
    pub(super) marked: Option<usize>,
    /// The true class and the predicted class of the selected cell.
    pub(super) cell: (usize, usize),
    /// Whether a cell with room for one number shows the fraction instead of the count.
    pub(super) fractions: bool,
    /// Whether the reliability diagram is shown in the matrix's place, and whether it is the one before calibration.
    pub(super) reliability: bool,
    pub(super) before: bool,
    /// The differences over all seeds in the matrix's place.
    pub(super) differences: Option<Between>,
    /// The list of examples, if it is open.
    pub(super) examples: Option<Examples>,
    /// The labels that are probably wrong.
    pub(super) suspects: Suspects,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// Select the run this many rows below. While examples are open, scroll.
    Run(i8),
    /// Select the evaluation this many places later.
    Evaluation(i8),
    /// Select the next set.
    Set,
    /// Move the selection by this many rows and columns.
    Cell(i8, i8),
    /// Open the examples in the cell.
    Open,
    Close,
    /// Mark this run, to subtract its matrix from those shown later; or remove the mark.
    Mark,
    /// The differences between methods, then between moments, then the matrix.
    Differences,
    /// The reliability diagram, or the matrix.
    Reliability,
    /// The labels that are probably wrong, or the matrix.
    Suspects,
    /// Start the audit of the labels.
    Audit,
    /// Open the whole text of the selected suspect, or close it.
    Text,
    /// Show the suspects of the next pair of classes.
    Pair,
    /// Write the list to a file.
    Export,
    /// The diagram before or after calibration, where only one fits.
    Before,
    /// Switch between counts and fractions, if only one of them fits.
    Figure,
    /// Scroll by a page.
    Page(i8),
    /// Filter the list of runs.
    Filter,
    /// Group the runs in the next way.
    Group,
    /// Show the selected and the marked run side by side.
    Twin,
}
