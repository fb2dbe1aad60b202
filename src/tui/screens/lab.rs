//! The screen Lab: recipes and sessions.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::explained;
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::keymap::Binding;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Lab {
    /// What was found in the sessions folder.
    pub sessions: Vec<Session>,
}

/// A session in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub name: String,
    pub folder: std::path::PathBuf,
    pub title: String,
    pub finished: bool,
}

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
        "Lab"
    }

    fn about(&self) -> &'static str {
        "Start here: choose a recipe and press enter."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let _area = explained(state, frame, area);
    }
}
