//! The screen Compare: the verdict and the figures behind it.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::explained;
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::keymap::Binding;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Compare {}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {}

const KEYS: &[Binding] = &[];

/// What `action` changes.
pub fn update(_state: &mut State, action: Do) -> Vec<Effect> {
    match action {}
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Compare"
    }

    fn about(&self) -> &'static str {
        "What pre-training bought: the same labels with and without it, over paired repetitions."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let _area = explained(state, frame, area);
    }
}
