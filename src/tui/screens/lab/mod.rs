//! The screen Lab: an introduction, recipes to start from, and sessions to resume or to replay.

use std::path::PathBuf;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::recipe::Recipe;
use crate::train::protocol::command::Command;
use crate::tui::action::{Action, Effect};
use crate::tui::binding::{Binding, keys};
use crate::tui::filter::filter_box::FilterAction;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;

pub mod begin;
mod describe;
pub(crate) mod items;
pub mod starting;
pub mod state;
mod view;

use items::{Item, items, selected, stem};
use starting::{instead, only_looks};
use state::{BuiltIn, Found, ScreenAction, Session};

const KEYS: &[Binding] = keys! {
    of Lab;
    [Enter] => ScreenAction::Together, "open together",
        "Show the marked sessions together: their curves, one table, the settings that differ", if has_marks;
    [Enter] => ScreenAction::Enter, "start or open", "Start the recipe; resume or replay the session";
    ['n'] => ScreenAction::New, "your data",
        "Start an experiment on a file or folder of yours: choose it, its columns and the settings", if trains;
    ['n'] => ScreenAction::New, quiet "your data",
        "Start an experiment on a file of yours: only in a workbench that trains", if only_watches;
    ['w'] => ScreenAction::Copy, "new recipe",
        "Write a recipe of this kind to a file here, to edit it: every setting is explained", if has_recipe;
    ['t'] => ScreenAction::Tour, "tour",
        "Take the tour of transfer learning, or come back to it: chapters to read, guess and run", if has_tour;
    ['t'] => ScreenAction::Tour, quiet "tour", "Take the tour: only in a workbench that trains", if only_watches;
    [Down, 'j'] => ScreenAction::Select(1), "select", "Select the next", if has_choice;
    [Up, 'k'] => ScreenAction::Select(-1), quiet "", "Select the one before", if has_choice;
    ['m'] => ScreenAction::Models, "load models",
        "Load the finished session's models: Words and Try answer again", if has_models;
    ['v'] => ScreenAction::Look, "only look", "Look at the session again, without training", if has_session;
    [PageDown] => ScreenAction::Page(1), "read on", "Read on in what is said of the selected one", if view::has_more;
    [PageUp] => ScreenAction::Page(-1), quiet "back", "Back in what is said of the selected one", if view::is_scrolled;
    [' '] => ScreenAction::Mark, "mark", "Mark the session, to show several together; again: take the mark away", if has_session;
    [' '] => ScreenAction::Mark, quiet "", "Mark a session: only with a session selected", if has_recipe;
    ['r'] => ScreenAction::Scan, "reread", "Look through the folders again";
    ['/'] => ScreenAction::Filter, "filter", "Show only the recipes and sessions that fit: words, /regex/, kind:session";
};

fn trains(state: &State) -> bool {
    state.trains
}

fn has_tour(state: &State) -> bool {
    state.trains && state.screens.tour.lecture.is_some()
}

fn only_watches(state: &State) -> bool {
    !state.trains
}

fn has_choice(state: &State) -> bool {
    items(state).len() > 1
}

fn has_recipe(state: &State) -> bool {
    matches!(selected(state), Some(Item::BuiltIn(..) | Item::File(_, Ok(_))))
}

fn has_session(state: &State) -> bool {
    matches!(selected(state), Some(Item::Session(_)))
}

/// Whether two or more sessions are marked, and a session is selected.
fn has_marks(state: &State) -> bool {
    state.screens.lab.marked.len() > 1 && has_session(state)
}

fn has_models(state: &State) -> bool {
    state.trains && matches!(selected(state), Some(Item::Session(Session { models: true, .. })))
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    let count = items(state).len();
    match action {
        ScreenAction::Filter => vec![Effect::Act(Box::new(Action::Filter(FilterAction::Open)))],
        ScreenAction::Select(step) => {
            let at = items::place(state).saturating_add_signed(isize::from(step));
            items::select(state, at.min(count.saturating_sub(1)));
            Vec::new()
        }
        ScreenAction::Page(by) => {
            view::scroll(state, by);
            Vec::new()
        }
        ScreenAction::Scan => vec![Effect::Scan],
        ScreenAction::New => begin::open(state),
        ScreenAction::Tour => vec![Effect::Act(Box::new(Action::OpenTour))],
        ScreenAction::Copy => match selected(state) {
            Some(Item::BuiltIn(BuiltIn { template, .. })) => {
                vec![Effect::Write { name: template.file.into(), text: template.text.into() }]
            }
            Some(Item::File(path, Ok(_))) => {
                let name = format!("my-{}.ron", stem(path).trim_start_matches("my-"));
                vec![Effect::CopyFile { from: path.to_path_buf(), name }]
            }
            _ => Vec::new(),
        },
        ScreenAction::Look => match selected(state) {
            Some(Item::Session(session)) => {
                let load = opened(session);
                instead(state, load, "look at that one")
            }
            _ => Vec::new(),
        },
        ScreenAction::Models => match selected(state) {
            Some(Item::Session(session)) if has_models(state) => {
                let load = Action::Resume(session.folder.clone());
                instead(state, load, "load the models of that one")
            }
            _ => Vec::new(),
        },
        ScreenAction::Enter => enter(state),
        ScreenAction::Mark => {
            if let Some(Item::Session(session)) = selected(state) {
                let folder = session.folder.clone();
                let marked = &mut state.screens.lab.marked;
                if !marked.remove(&folder) {
                    marked.insert(folder);
                }
            } else {
                state.toast("Only sessions are marked, to be shown together. They stand below the recipes.");
            }
            Vec::new()
        }
        ScreenAction::Together => {
            // In the order of the list.
            let sessions = state.screens.lab.found.sessions.iter().map(|session| session.folder.clone());
            let marked = sessions.filter(|folder| state.screens.lab.marked.contains(folder)).collect();
            state.screens.lab.marked.clear();
            instead(state, Action::Together(marked), "look at those together")
        }
    }
}

fn enter(state: &mut State) -> Vec<Effect> {
    let begin = |recipe: &Recipe, name: String| Action::Begin { recipe: Box::new(recipe.clone()), name };
    let (action, what) = match selected(state) {
        None => return Vec::new(),
        Some(Item::BuiltIn(BuiltIn { name, recipe, .. })) => {
            (begin(recipe, name.clone()), "start the new one")
        }
        Some(Item::File(path, Ok(recipe))) => (begin(recipe, stem(path)), "start the new one"),
        Some(Item::File(_, Err(problem))) => {
            let problem = problem.clone();
            state.complain(problem);
            return Vec::new();
        }
        Some(Item::Session(session)) if session.running => (opened(session), "watch that one"),
        Some(Item::Session(session)) if session.finished || session.recorded || !state.trains => {
            (Action::Open(session.folder.clone()), "look at that one")
        }
        Some(Item::Session(session)) => (Action::Resume(session.folder.clone()), "go on with that one"),
    };
    if !state.trains && !matches!(action, Action::Open(_) | Action::Watch(_)) {
        let why = only_looks(state);
        state.complain(format!("{why}. Leave, and run `warmstart` to train."));
        return Vec::new();
    }
    instead(state, action, what)
}

/// A session is looked at: one that another process writes as it grows.
fn opened(session: &Session) -> Action {
    let folder = session.folder.clone();
    if session.running { Action::Watch(folder) } else { Action::Open(folder) }
}

/// Stores what was found in the folders. A recipe that was just written is selected.
pub fn found(state: &mut State, found: Found) {
    let is_there = |folder: &PathBuf| found.sessions.iter().any(|session| session.folder == *folder);
    state.screens.lab.marked.retain(is_there);
    state.screens.lab.found = found;
    let Some(path) = &state.screens.lab.written else { return };
    let is_it = |item: &Item| matches!(item, Item::File(file, _) if file == path);
    if let Some(place) = items(state).iter().position(is_it) {
        items::select(state, place);
        state.screens.lab.written = None;
    }
}

/// Keeps what is selected, also when the filter changes.
pub fn settle(state: &mut State) {
    items::settle(state);
}

/// The effect that stops training, if it is under way.
pub fn stop_first(state: &State) -> Option<Effect> {
    state.is_training().then_some(Effect::Send(Command::Stop))
}

/// The screen Lab.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn several(&self) -> Option<&'static str> {
        None
    }

    fn table(&self, _state: &State) -> Option<Vec<Vec<String>>> {
        None
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        view::view(state, frame, area);
    }

    fn shown(&self, _state: &mut State) -> Vec<Effect> {
        vec![Effect::Scan]
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let list = view::parts(state, area).list;
        if !list.contains(Position::new(event.column, event.row)) {
            return Vec::new();
        }
        match event.kind {
            MouseEventKind::ScrollDown => update(state, ScreenAction::Select(1)),
            MouseEventKind::ScrollUp => update(state, ScreenAction::Select(-1)),
            MouseEventKind::Down(MouseButton::Right) => {
                if let Some(item) = view::item_at(state, list, event.row) {
                    items::select(state, item);
                    return update(state, ScreenAction::Mark);
                }
                Vec::new()
            }
            MouseEventKind::Down(MouseButton::Left) => {
                match view::item_at(state, list, event.row) {
                    // A click on the selected item performs its action.
                    Some(item) if item == items::place(state) && has_marks(state) => {
                        return update(state, ScreenAction::Together);
                    }
                    Some(item) if item == items::place(state) => return enter(state),
                    Some(item) => items::select(state, item),
                    None => {}
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn back(&self, state: &mut State) -> bool {
        let marked = &mut state.screens.lab.marked;
        let any = !marked.is_empty();
        marked.clear();
        any
    }

    fn command(&self, state: &State) -> Option<String> {
        let quoted = |path: &std::path::Path| super::commands::quoted(&path.display().to_string());
        Some(match selected(state)? {
            Item::BuiltIn(built_in) => format!("warmstart run {}", built_in.name),
            Item::File(path, _) => format!("warmstart run {}", quoted(path)),
            Item::Session(session) if session.finished => {
                format!("warmstart compare {}", quoted(&session.folder))
            }
            Item::Session(session) if session.running => {
                format!("warmstart watch {}", quoted(&session.folder))
            }
            Item::Session(session) => format!("warmstart resume {}", quoted(&session.folder)),
        })
    }
}

/// The screen for watching a session after it was started, resumed or opened.
pub const WATCH: Tab = Tab::Train;

#[cfg(test)]
mod tests;
