//! The screen Confusion: confusion matrices of every evaluation.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::explained;
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::keymap::Binding;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Confusion {}

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
        "Confusion"
    }

    fn about(&self) -> &'static str {
        "Rows are the true classes, columns the guesses: what is off the diagonal was mistaken."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let _area = explained(state, frame, area);
    }
}
