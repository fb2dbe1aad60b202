//! What the screen Compare knows, and what its keys stand for.

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str = "What pre-training bought: the same labels, with and without it.";

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Compare {
    /// The first line that is seen.
    pub(super) first: usize,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// So many lines on.
    Scroll(i8),
    /// So many pages on.
    Page(i8),
    /// So many sections on.
    Section(i8),
    Top,
}
