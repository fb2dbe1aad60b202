//! The state of the screen Compare, and the actions of its keys.

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "What pre-training bought: the same labels, with and without it.";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Compare {
    /// The index of the first visible line.
    pub(super) first: usize,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// Scroll down by this many lines.
    Scroll(i8),
    /// Scroll down by this many pages.
    Page(i8),
    /// Move down by this many sections.
    Section(i8),
    Top,
    /// Filter the tables.
    Filter,
    /// Show the best transfer and what it is compared with side by side.
    Twin,
}
