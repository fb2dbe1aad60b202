//! The interface between a screen and the rest of the workbench.

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

/// Restricts a screen to sessions of one kind.
pub struct Only {
    pub of: Modality,
    /// The sentence that the screen shows if a session of another kind begins while the screen is the current one.
    pub otherwise: fn(&State) -> String,
}

/// The functions of a screen. Only `keys`, `several`, `table` and `view` are required.
pub trait Page: Sync {
    /// The screen's part of the keymap, the most used keys first, because the footer is filled in this order.
    fn keys(&self) -> &'static [Binding];

    /// The kind of sessions that have the screen; `None` for all. In other sessions its key and its tab are not
    /// offered.
    fn only(&self) -> Option<Only> {
        None
    }

    /// Whether the screen is offered now. If not, its key and its tab are not there.
    fn is_offered(&self, _state: &State) -> bool {
        true
    }

    /// Why the screen has nothing to show of several sessions together, as a sentence; `None` if it shows them.
    fn several(&self) -> Option<&'static str>;

    /// The figures that the screen shows, as a table with a head, for a file; `None` if it shows none.
    fn table(&self, state: &State) -> Option<Vec<Vec<String>>>;

    /// Draws the screen.
    fn view(&self, state: &State, frame: &mut Frame, area: Rect);

    /// The images of the screen when it is drawn into `area`, and the area of each, for a terminal with graphics of its
    /// own.
    fn images<'a>(&self, _state: &'a State, _area: Rect) -> Vec<(&'a Image, Rect)> {
        Vec::new()
    }

    /// Called when the screen becomes the current one.
    fn shown(&self, _state: &mut State) -> Vec<Effect> {
        Vec::new()
    }

    /// Called a few times a second while the screen is the current one. Set `state.changed` if the screen must be drawn
    /// again.
    fn tick(&self, _state: &mut State) -> Vec<Effect> {
        Vec::new()
    }

    /// Called for every answer of the training thread, also to other screens: compare the number.
    fn answer(&self, _state: &mut State, _id: Id, _answer: &Answer) -> Vec<Effect> {
        Vec::new()
    }

    /// Called for mouse events within `area`, where the screen is drawn.
    fn mouse(&self, _state: &mut State, _event: MouseEvent, _area: Rect) -> Vec<Effect> {
        Vec::new()
    }

    /// The line that receives keys now: `Some` only while it is active.
    fn input<'a>(&self, _state: &'a mut State) -> Option<&'a mut Input> {
        None
    }

    /// The same line, for reading.
    fn field<'a>(&self, _state: &'a State) -> Option<&'a Input> {
        None
    }

    /// The keys that the footer shows while the user types into that line: those of the screen that do not type a
    /// character.
    fn typing_keys(&self) -> &'static [Binding] {
        &[]
    }

    /// Called when the text of the active line changed.
    fn typed(&self, _state: &mut State) -> Vec<Effect> {
        Vec::new()
    }

    /// Called when escape is pressed and no window is open and no line is active. If the screen has something of its
    /// own to close (a cursor, a detail), it closes it and returns true.
    fn back(&self, _state: &mut State) -> bool {
        false
    }

    /// Called when another session becomes the current one: selections and answers belong to the old one and must be
    /// dropped.
    fn forget(&self, _state: &mut State) {}

    /// Shows the examples of a cell of a confusion matrix, if the screen can show examples. If no screen can, the
    /// screen Confusion lists them.
    fn examples(&self, _state: &mut State, _cell: &Cell) -> Option<Vec<Effect>> {
        None
    }

    /// The command line that prints the same as the screen.
    fn command(&self, state: &State) -> Option<String> {
        replay_command(state)
    }

    /// Why there is no such command line.
    fn no_command(&self, _state: &State) -> &'static str {
        "There is no session in front yet whose view could be printed."
    }
}
