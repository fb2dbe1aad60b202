//! The screen Train: the curves of all runs, live.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::explained;
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::keymap::Binding;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Train {}

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
        "Train"
    }

    fn about(&self) -> &'static str {
        "Each curve is one run: the same task learned with and without pre-training."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let _area = explained(state, frame, area);
    }
}
