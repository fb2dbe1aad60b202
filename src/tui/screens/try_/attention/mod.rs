//! The attention of the typed text in a run's sentence encoder: which layer, head and token, and when it is asked for.

use crate::session::history::RunHistory;
use crate::session::method::Strategy;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::state::State;
use crate::tui::widgets::window::moved;

use super::model;
use super::state::{AttentionView, ScreenAction};

pub mod draw;
mod map;

/// Seconds without a key until the attention of a text is asked for.
const PAUSE: f64 = 0.15;
/// Seconds between two questions while the run learns.
const AGAIN: f64 = 3.0;
/// How many columns a key moves the map by, and how many are seen at least.
const COLUMNS: usize = 4;
const LEAST: usize = 8;

/// Whether the view is open.
pub fn is_open(state: &State) -> bool {
    state.screens.try_.attention.is_some() && state.can_ask()
}

/// The listed runs that have a sentence encoder.
fn runs(state: &State) -> Vec<&RunHistory> {
    let recipe = state.history.recipe.as_ref();
    let Some((recipe, text)) = recipe.and_then(|recipe| Some((recipe, recipe.text()?))) else {
        return Vec::new();
    };
    let sources = text.named_sources();
    let mut runs = model::listed(state);
    runs.retain(|run| {
        let source = sources.get(recipe.source_place(run.start.source.as_ref()));
        let trains = run.start.method.strategy().is_some_and(|strategy| strategy != Strategy::ZeroShot);
        trains && source.is_some_and(|(_, source)| source.encoder().is_some())
    });
    runs
}

/// Whether the view is closed, and a run has attention.
pub fn can_open(state: &State) -> bool {
    state.can_ask() && !is_open(state) && !runs(state).is_empty()
}

/// The run whose attention is shown: the one that the user chose, or the last one.
fn run(state: &State) -> Option<&RunHistory> {
    let runs = runs(state);
    let chosen = runs.iter().find(|run| state.screens.try_.run == Some(run.start.run));
    chosen.or(runs.last()).copied()
}

/// Closes the view. The text may have changed meanwhile, so the runs are asked again.
pub fn close(state: &mut State) {
    state.screens.try_.attention = None;
    if !state.screens.try_.input.text().trim().is_empty() {
        state.screens.try_.asking.change(state.now);
    }
}

/// Applies an action of the view.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    if action == ScreenAction::Attention {
        if is_open(state) {
            close(state);
            return Vec::new();
        }
        state.screens.try_.attention = Some(AttentionView::default());
        return ask(state);
    }
    let Some(view) = &mut state.screens.try_.attention else { return Vec::new() };
    let Some(found) = &view.asked.found else { return Vec::new() };
    let ((layer, layers), (head, heads), length) = (found.layer, found.head, found.tokens.len());
    let around = |at: usize, by: i8, count: usize| (at as isize + isize::from(by)).rem_euclid(count as isize);
    match action {
        ScreenAction::Layer(by) => view.layer = around(layer, by, layers) as usize,
        // The mean comes before the first head.
        ScreenAction::Head(by) => {
            let place = around(head.map_or(0, |head| head + 1), by, heads + 1) as usize;
            view.head = place.checked_sub(1);
        }
        ScreenAction::MeanOfHeads => view.head = None,
        ScreenAction::Token(by) => {
            view.row = moved(view.row, isize::from(by), length + 1);
            return Vec::new();
        }
        ScreenAction::Column(by) => {
            let last = length.saturating_sub(LEAST);
            view.column = moved(view.column, isize::from(by) * COLUMNS as isize, last + 1);
            return Vec::new();
        }
        _ => return Vec::new(),
    }
    ask(state)
}

/// Selects a row of the map.
pub fn select(state: &mut State, row: usize) {
    if let Some(view) = &mut state.screens.try_.attention {
        view.row = row;
    }
}

/// Shows the run this many rows below.
pub fn next_run(state: &mut State, by: i8) -> Vec<Effect> {
    let runs = runs(state);
    let shown = run(state).map(|run| run.start.run);
    let at = runs.iter().position(|run| Some(run.start.run) == shown).unwrap_or(0);
    let next = runs.get(moved(at, isize::from(by), runs.len())).map(|run| run.start.run);
    state.screens.try_.run = next;
    ask(state)
}

/// Asks for what the view shows.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let (text, now) = (state.screens.try_.input.text(), state.now);
    let number = run(state).map(|run| run.start.run);
    let Some(view) = &mut state.screens.try_.attention else { return Vec::new() };
    view.changed = None;
    let Some(run) = number.filter(|_| !text.trim().is_empty()) else {
        view.asked = Default::default();
        return Vec::new();
    };
    let (layer, head) = (view.layer, view.head);
    let (id, effect) = state.ask(Question::Attention { run, text, layer, head });
    if let Some(view) = &mut state.screens.try_.attention {
        view.asked.ask(id, now);
    }
    vec![effect]
}

/// Asks if the text has changed, or the encoder may have.
pub fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let learns = state.is_learning()
        && run(state).is_some_and(|run| run.end.is_none() && state.status.live.contains(&run.start.run));
    let Some(view) = &state.screens.try_.attention else { return Vec::new() };
    let typed = view.changed.is_some_and(|at| now - at >= PAUSE);
    // What an encoder is not asked about yet: its run may have learned nothing when it was asked.
    let every = if learns || view.asked.why.is_some() { AGAIN } else { f64::INFINITY };
    let again = view.changed.is_none() && view.asked.due(now, every);
    if typed || again && !state.screens.try_.input.is_empty() { ask(state) } else { Vec::new() }
}

/// Stores an answer.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let Some(view) = &mut state.screens.try_.attention else { return };
    if !view.asked.takes(id) {
        return;
    }
    match answer {
        Answer::Attention(found) => {
            view.row = view.row.min(found.tokens.len());
            view.column = view.column.min(found.tokens.len().saturating_sub(1));
            view.asked.set((**found).clone());
        }
        Answer::Unknown(why) => view.asked.refuse(why),
        _ => {}
    }
}
