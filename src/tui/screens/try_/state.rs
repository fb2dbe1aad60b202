//! The state of the screen Try, and the actions of its keys.

use crate::tui::grouping::Grouping;
use crate::tui::screens::asking::Asking;
use crate::tui::widgets::input::Input;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Type a text: every run says what it thinks, and which words made it think so.";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Try {
    pub(super) input: Input,
    /// The question about the text.
    pub(super) asking: Asking,
    /// The number of the selected run.
    pub(super) run: Option<usize>,
    /// By what the votes are counted; `None`: by method.
    pub(super) by: Option<Grouping>,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// Start typing; while typing, ask at once.
    Type,
    /// Use an example text.
    Example(u8),
    /// Delete the text.
    Clear,
    /// Select the run this many rows below.
    Run(i8),
    /// Filter the runs.
    Filter,
    /// Count the votes by something else.
    Group,
}
