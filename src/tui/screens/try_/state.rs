//! What the screen Try knows, and what its keys stand for.

use crate::tui::screens::asking::Asking;
use crate::tui::widgets::input::Input;

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str = "Type a text: every run says what it thinks, and which words made it think so.";

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Try {
    pub(super) input: Input,
    /// The question about the text.
    pub(super) asking: Asking,
    /// The number of the selected run.
    pub(super) run: Option<usize>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// Type; while typing, ask at once.
    Type,
    /// Take an example.
    Example(u8),
    /// Away with the text.
    Clear,
    /// The run so many below.
    Run(i8),
}
