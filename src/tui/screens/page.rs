//! What a screen is to the rest of the workbench.

use crossterm::event::MouseEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::data::image::Image;
use crate::train::protocol::command::Id;
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::binding::Binding;
use crate::tui::modality::Modality;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;

use super::cell::Cell;
use super::commands::replay_command;

/// A screen of one kind of session.
pub struct Only {
    pub of: Modality,
    /// What is said where somebody is on it when a session of another kind begins.
    pub otherwise: fn(&State) -> String,
}

/// What every screen can do. Only keys and drawing must be said.
pub trait Page: Sync {
    /// Its part of the keymap, what is used most first: the footer is filled in this order.
    fn keys(&self) -> &'static [Binding];

    /// What sessions have it, if not all: in others its key and its tab are not offered.
    fn only(&self) -> Option<Only> {
        None
    }

    /// Draws it.
    fn view(&self, state: &State, frame: &mut Frame, area: Rect);

    /// The images in what it draws into `area`, and the room of each, for a terminal with graphics of its own.
    fn images<'a>(&self, _state: &'a State, _area: Rect) -> Vec<(&'a Image, Rect)> {
        Vec::new()
    }

    /// It came to the front.
    fn shown(&self, _state: &mut State) -> Vec<Effect> {
        Vec::new()
    }

    /// Time went by while it is in front (a few times a second at least). Set `state.changed` if the
    /// screen must be drawn again.
    fn tick(&self, _state: &mut State) -> Vec<Effect> {
        Vec::new()
    }

    /// An answer came, perhaps to another screen: compare the number.
    fn answer(&self, _state: &mut State, _id: Id, _answer: &Answer) -> Vec<Effect> {
        Vec::new()
    }

    /// The mouse did something within `area`, where the screen is drawn.
    fn mouse(&self, _state: &mut State, _event: MouseEvent, _area: Rect) -> Vec<Effect> {
        Vec::new()
    }

    /// The line that keys go to now: `Some` only while it is active.
    fn input<'a>(&self, _state: &'a mut State) -> Option<&'a mut Input> {
        None
    }

    /// The same line, to be looked at.
    fn field<'a>(&self, _state: &'a State) -> Option<&'a Input> {
        None
    }

    /// What the footer shows while that line is typed into: keys of the screen that are no letters.
    fn typing_keys(&self) -> &'static [Binding] {
        &[]
    }

    /// The active line changed.
    fn typed(&self, _state: &mut State) -> Vec<Effect> {
        Vec::new()
    }

    /// Escape was pressed and nothing is open or typed into: says whether there was something of the
    /// screen's own to let go (a cursor, a detail), and lets it go.
    fn back(&self, _state: &mut State) -> bool {
        false
    }

    /// Another session comes to the front: what was selected or answered belongs to the old one.
    fn forget(&self, _state: &mut State) {}

    /// Shows the examples of a cell of a confusion matrix, if this is where examples are looked at. Where no screen is, they
    /// stand beside the matrix.
    fn examples(&self, _state: &mut State, _cell: &Cell) -> Option<Vec<Effect>> {
        None
    }

    /// The command line that prints what is shown, without a screen.
    fn command(&self, state: &State) -> Option<String> {
        replay_command(state)
    }

    /// Why there is none.
    fn no_command(&self, _state: &State) -> &'static str {
        "There is no session in front yet whose view could be printed."
    }
}
