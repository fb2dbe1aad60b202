//! The state of the screen Try, and the actions of its keys.

use crate::train::protocol::event::Attention;
use crate::tui::grouping::Grouping;
use crate::tui::screens::asked::Asked;
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
    /// The view of the attention, if it is open.
    pub(super) attention: Option<AttentionView>,
}

/// The state of the view of the attention.
#[derive(Debug)]
pub struct AttentionView {
    /// The index of the layer; beyond the last one, the last.
    pub(super) layer: usize,
    /// The index of the head; `None` for the mean over all heads.
    pub(super) head: Option<usize>,
    /// The selected row: 0 is the vector of the text, i + 1 token i.
    pub(super) row: usize,
    /// The index of the first column that is shown.
    pub(super) column: usize,
    /// When the text changed, if nothing was asked about it since then.
    pub(super) changed: Option<f64>,
    pub(super) asked: Asked<Attention>,
}

impl Default for AttentionView {
    fn default() -> Self {
        // The last layer makes the vector of the text.
        let asked = Asked::default();
        AttentionView { layer: usize::MAX, head: None, row: 0, column: 0, changed: None, asked }
    }
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
    /// Shows the attention of the run that is so many runs further.
    AttentionOf(i8),
    /// Filter the runs.
    Filter,
    /// Count the votes by something else.
    Group,
    /// Show or hide the attention.
    Attention,
    /// Show the attention of the layer this many layers above.
    Layer(i8),
    /// Show that of the head this many heads further; the mean over all heads is one of them.
    Head(i8),
    /// Show the mean over all heads.
    MeanOfHeads,
    /// Select the token this many rows below, of those that read.
    Token(i8),
    /// Show the columns this many further to the right.
    Column(i8),
}
