//! The screens. Each is a file with its own state, actions, keys, update and view.
//!
//! How to write one: a state that [`super::app::State`] holds; `Do`, the actions that its keys stand
//! for (a variant of [`super::action::Action`]); `update(&mut State, Do)`, pure, returning effects; and
//! a unit struct that is its [`Page`]. Whatever it shows it reads from `state.history`, cut at
//! `state.until()`. It asks the training thread through `state.ask`, and keeps the number to know the
//! answer again. Nothing is remembered while drawing: what can be clicked is computed from the area.

use crossterm::event::MouseEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::train::command::Id;
use crate::train::event::{Answer, Image};

use super::action::Effect;
use super::app::State;
use super::keymap::Binding;
use super::widgets::input::Input;
use super::widgets::put::Put;
use super::widgets::text::wrap;

mod asking;
pub mod compare;
pub mod confusion;
#[cfg(test)]
mod fixtures;
pub mod images;
pub mod lab;
pub mod train;
pub mod try_;
pub mod words;

/// The screens, in the order of their number keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Lab,
    Train,
    Words,
    Confusion,
    Compare,
    Try,
    Images,
}

/// What every screen can do. Only title, explanation, keys and drawing must be said.
pub trait Page: Sync {
    /// The name in the top line.
    fn title(&self) -> &'static str;

    /// One sentence for somebody who sees the screen for the first time.
    fn about(&self) -> &'static str;

    /// Its part of the keymap, what is used most first: the footer is filled in this order.
    fn keys(&self) -> &'static [Binding];

    /// Whether the session in front has anything for it: if not, its key and its tab are not offered.
    fn there(&self, _state: &State) -> bool {
        true
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

    /// The command line that prints what is shown, without a screen.
    fn command(&self, state: &State) -> Option<String> {
        replay_command(state)
    }

    /// Why there is none.
    fn no_command(&self, _state: &State) -> &'static str {
        "There is no session in front yet whose view could be printed."
    }
}

/// The command line that looks at the session again.
pub fn replay_command(state: &State) -> Option<String> {
    let folder = state.folder.as_ref()?;
    Some(format!("warmstart replay {}", quoted(&folder.display().to_string())))
}

impl Tab {
    pub const ALL: [Tab; 7] =
        [Tab::Lab, Tab::Train, Tab::Words, Tab::Confusion, Tab::Compare, Tab::Try, Tab::Images];

    /// Those that the session in front has: images are in a session of images only, words in one of text.
    pub fn of(state: &State) -> impl Iterator<Item = Tab> {
        Tab::ALL.into_iter().filter(|tab| tab.is_of(state))
    }

    /// Whether the session in front has it.
    pub fn is_of(self, state: &State) -> bool {
        self.page().there(state)
    }

    /// What the screen does.
    pub fn page(self) -> &'static dyn Page {
        match self {
            Tab::Lab => &lab::Page,
            Tab::Train => &train::Page,
            Tab::Words => &words::Page,
            Tab::Confusion => &confusion::Page,
            Tab::Compare => &compare::Page,
            Tab::Images => &images::Page,
            Tab::Try => &try_::Page,
        }
    }

    /// Its number key.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// The screen so many to the right, around the end.
    pub fn beside(self, steps: isize, state: &State) -> Tab {
        let count = Tab::of(state).count() as isize;
        let at = Tab::of(state).take_while(|tab| (*tab as usize) < self as usize).count() as isize;
        Tab::of(state).nth((at + steps).rem_euclid(count) as usize).unwrap_or(Tab::Lab)
    }
}

/// `text` as one word for a shell.
pub fn quoted(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        text.to_string()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// How a session that is looked at again gets its models back, to end a sentence that says that they
/// are missing.
pub fn models_again(state: &State) -> String {
    let here = |session: &&lab::Session| Some(&session.folder) == state.folder.as_ref();
    let listed = state.lab.found.sessions.iter().find(here);
    match (listed, &state.folder) {
        (Some(session), _) if session.models && state.trains => "m on screen 1 loads them".into(),
        (Some(session), _) if !session.finished && !session.recorded && state.trains => {
            "resume the session on screen 1".into()
        }
        // Wherever the folder is: it need not be among the sessions that are listed.
        (listed, Some(folder)) if state.models || listed.is_some_and(|session| session.models) => {
            let folder = quoted(&folder.display().to_string());
            format!("leave, and `warmstart resume {folder} --watch` loads them")
        }
        _ => "run its recipe again to ask them".into(),
    }
}

/// Draws the screen's explanation in the first rows of `area` and returns what is left; all of it if
/// explanations are hidden.
pub fn explained(state: &State, frame: &mut Frame, area: Rect) -> Rect {
    let left = body(state, area);
    let rows =
        explanation(state, area).into_iter().map(|row| Line::styled(format!(" {row}"), state.theme.dim()));
    let above = Rect { height: area.height - left.height, ..area };
    frame.put(rows.collect::<Vec<_>>(), above);
    left
}

/// Writes a sentence into `area`, as many rows as it takes.
pub fn show_text(state: &State, frame: &mut Frame, area: Rect, text: &str) {
    let lines = wrap(text, usize::from(area.width).saturating_sub(2));
    let line = |line: String| Line::styled(format!(" {line}"), state.theme.text());
    frame.put(lines.into_iter().map(line).collect::<Vec<_>>(), area);
}

/// What [`explained`] leaves of `area`, for those who only need to know where things stand.
pub fn body(state: &State, area: Rect) -> Rect {
    let rows = explanation(state, area).len() as u16;
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}

/// The explanation in one or two rows; none if it is hidden or there is no room.
fn explanation(state: &State, area: Rect) -> Vec<String> {
    if !state.explain || area.height < 10 {
        return Vec::new();
    }
    let mut rows = wrap(state.tab.page().about(), usize::from(area.width).saturating_sub(2));
    rows.truncate(2);
    rows
}
