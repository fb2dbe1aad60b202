//! The screen Train: pre-training while it runs, then the curves of all runs.

use std::collections::BTreeSet;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::budget::Budget;
use crate::train::protocol::command::{Command, Id};
use crate::train::protocol::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::binding::Binding;
use crate::tui::curves::{Guessing, Metric};
use crate::tui::state::State;
use crate::tui::widgets::chart;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::track::Along;

use super::frame::explained;
use super::tab::Tab;

mod generated;
mod keys;
mod layout;
mod lr_finder;
mod model;
mod pretraining;
mod run_list;
mod runs;
pub mod state;

use model::{extent, has_runs, learns, listed, run_is_live, selected, training, usual, view, window};
use state::{Envelope, SMOOTHING, ScreenAction, Train, View};

use keys::KEYS;

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    let run = selected(state).map(|i| state.history.runs[i].start.run);
    match action {
        ScreenAction::Select(step) => select(state, step),
        ScreenAction::Hide => {
            if let Some(i) = selected(state) {
                if !state.screens.train.hidden.remove(&i) {
                    state.screens.train.hidden.insert(i);
                }
            } else if state.screens.train.hidden.is_empty() {
                state.toast("Select a run with ↑ ↓ first; space then hides it.");
            } else {
                state.screens.train.hidden.clear();
            }
        }
        ScreenAction::NextBudget => {
            let budgets: BTreeSet<Budget> = state.history.runs.iter().map(|run| run.start.budget).collect();
            state.screens.train.budget = match state.screens.train.budget {
                None => budgets.first().copied(),
                Some(now) => budgets.into_iter().find(|budget| *budget > now),
            };
            if selected(state).is_some_and(|i| !listed(state).any(|listed| listed == i)) {
                state.screens.train.selected = None;
            }
        }
        ScreenAction::NextMetric if view(state) == View::Pretraining => {
            state.screens.train.guessing = next(&Guessing::ALL, state.screens.train.guessing);
        }
        ScreenAction::NextMetric => {
            state.screens.train.metric = next(&Metric::ALL, state.screens.train.metric);
        }
        ScreenAction::NextAlong => {
            state.screens.train.along =
                next(&[Along::Step, Along::Seconds, Along::Samples], state.screens.train.along);
            state.screens.train.zoom = None;
            state.screens.train.cursor = None;
        }
        ScreenAction::Log => state.screens.train.log = !state.screens.train.log,
        ScreenAction::Fit if view(state) == View::LrFinder => {
            state.screens.train.lr_finder.whole = !state.screens.train.lr_finder.whole
        }
        ScreenAction::Fit => state.screens.train.fit_all = !state.screens.train.fit_all,
        ScreenAction::Smooth => {
            state.screens.train.smoothing = (state.screens.train.smoothing + 1) % SMOOTHING.len();
            state.curves.smooth(SMOOTHING[state.screens.train.smoothing].0);
        }
        ScreenAction::Envelope => {
            let all = [Envelope::All, Envelope::Selected, Envelope::None];
            state.screens.train.envelope = next(&all, state.screens.train.envelope);
        }
        ScreenAction::SwitchView => {
            let other = if view(state) == View::Pretraining { View::Runs } else { View::Pretraining };
            state.screens.train.view = Some(other);
            state.screens.train.zoom = None;
            state.screens.train.cursor = None;
        }
        ScreenAction::Cursor(step) => move_cursor(state, step),
        ScreenAction::Zoom(step) => {
            let around = state.screens.train.cursor;
            zoom(state, if step > 0 { 0.5 } else { 2.0 }, around);
        }
        ScreenAction::ZoomOut => state.screens.train.zoom = None,
        ScreenAction::Faster => return change_learning_rate(state, run, 2.0),
        ScreenAction::Slower => return change_learning_rate(state, run, 0.5),
        ScreenAction::Step => {
            return if training(state) { vec![Effect::Send(Command::Step)] } else { Vec::new() };
        }
        ScreenAction::Stop if training(state) => {
            state.confirm(
                format!("Stop the session? It is saved first and can be resumed from {}.", Tab::Lab),
                Action::Command(Command::Stop),
            );
        }
        ScreenAction::StopRun => {
            if let (true, Some(run), Some(i)) = (run_is_live(state), run, selected(state)) {
                let name = state.history.runs[i].name().to_string();
                let question = match state.history.tunes(&state.history.runs[i], f64::INFINITY) {
                    true => format!("End the tuning of {name}? It is trained with the best settings so far."),
                    false => format!("Stop the run {name}? It keeps what it has learned; the others go on."),
                };
                state.confirm(question, Action::Command(Command::StopRun(run)));
            } else if selected(state).is_none() {
                state.toast("Select a run with ↑ ↓ first; X then stops it.");
            } else {
                state.toast("This run is over already.");
            }
        }
        ScreenAction::Stop => {}
        ScreenAction::Prompt => return generated::prompt(state),
        ScreenAction::LrFinder => return lr_finder::ask(state),
    }
    Vec::new()
}

/// The item after `now`; after the last comes the first.
fn next<T: PartialEq + Copy>(all: &[T], now: T) -> T {
    let place = all.iter().position(|item| *item == now).unwrap_or(0);
    all[(place + 1) % all.len()]
}

fn change_learning_rate(state: &mut State, run: Option<usize>, factor: f32) -> Vec<Effect> {
    if !learns(state) {
        return Vec::new();
    }
    let run = run.filter(|_| run_is_live(state));
    let mut under_way = state.history.runs.iter().filter(|other| other.end.is_none());
    if under_way.clone().count() > 0
        && under_way.all(|other| {
            run.is_some_and(|run| run != other.start.run) || state.history.tunes(other, f64::INFINITY)
        })
    {
        state.toast("Runs that try settings keep the learning rates of these.");
        return Vec::new();
    }
    let whose = match selected(state).filter(|_| run.is_some()) {
        Some(i) => state.history.runs[i].name().to_string(),
        None => "everything under way".into(),
    };
    state.toast(format!("Learning rate ×{factor} for {whose}."));
    vec![Effect::Send(Command::LearningRate { run, factor })]
}

/// Selects the run this many rows below. Above the first run is "all runs".
fn select(state: &mut State, step: i8) {
    let rows: Vec<Option<usize>> = std::iter::once(None).chain(listed(state).map(Some)).collect();
    let at = rows.iter().position(|row| *row == selected(state)).unwrap_or(0);
    let to = at.saturating_add_signed(isize::from(step)).min(rows.len() - 1);
    state.screens.train.selected = rows[to];
}

fn move_cursor(state: &mut State, step: i8) {
    let (Some((from, to)), plot) = (window(state), chart::plot(layout::of(state, screen(state)).chart))
    else {
        return;
    };
    let column = (to - from) / f64::from(plot.width.max(2) - 1);
    // The axis of pre-training continues beyond the newest point, but the cursor does not.
    let newest = state.history.source().pretraining.iter().rev().find(|point| point.at <= state.until());
    let last = match newest {
        Some(newest) if view(state) == View::Pretraining => (newest.value.tokens as f64).clamp(from, to),
        _ => to,
    };
    // The first press puts the cursor on the newest point.
    let at = state.screens.train.cursor.map_or(last, |at| at + column * f64::from(step));
    state.screens.train.cursor = Some(at.clamp(from, last));
}

fn zoom(state: &mut State, factor: f64, around: Option<f64>) {
    let (Some((from, to)), Some((first, last))) = (window(state), extent(state)) else { return };
    let around = around.unwrap_or((from + to) / 2.0).clamp(from, to);
    let (mut low, mut high) = (around - (around - from) * factor, around + (to - around) * factor);
    (low, high) = (low.max(first), high.min(last));
    // Zoom in no further than a thousandth of the whole range.
    if high - low < (last - first) * 1e-3 {
        return;
    }
    state.screens.train.zoom = (usual(state) != Some((low, high))).then_some((low, high));
}

/// The area in which the screen is drawn.
fn screen(state: &State) -> Rect {
    crate::tui::layout::layout(state).body
}

/// The screen Train.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        explained(state, frame, area);
        let parts = layout::of(state, area);
        match view(state) {
            View::Pretraining => pretraining::view(state, frame, &parts),
            View::Runs => runs::view(state, frame, &parts),
            View::LrFinder => lr_finder::draw(state, frame, &parts),
        }
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let parts = layout::of(state, area);
        let plot = chart::plot(parts.chart);
        let place = Position::new(event.column, event.row);
        if plot.contains(place) {
            let Some((from, to)) = window(state) else { return Vec::new() };
            let fraction = (f64::from(event.column - plot.x) + 0.5) / f64::from(plot.width);
            let x = from + fraction * (to - from);
            match event.kind {
                MouseEventKind::ScrollUp => zoom(state, 0.8, Some(x)),
                MouseEventKind::ScrollDown => zoom(state, 1.25, Some(x)),
                MouseEventKind::Down(MouseButton::Left) | MouseEventKind::Drag(MouseButton::Left) => {
                    state.screens.train.cursor = Some(x);
                }
                // Once a cursor is set, it follows the mouse.
                MouseEventKind::Moved if state.screens.train.cursor.is_some() => {
                    state.screens.train.cursor = Some(x)
                }
                _ => {}
            }
        } else if parts.list.contains(place) && has_runs(state) {
            match event.kind {
                MouseEventKind::ScrollUp => select(state, -1),
                MouseEventKind::ScrollDown => select(state, 1),
                MouseEventKind::Down(MouseButton::Left) => {
                    if let Some(row) = run_list::row_at(state, parts.list, event.row) {
                        state.screens.train.selected = row;
                    }
                }
                _ => {}
            }
        }
        Vec::new()
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        generated::answer(state, id, answer);
        lr_finder::answer(state, id, answer);
        Vec::new()
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.screens.train.generated.prompt).filter(|prompt| prompt.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.screens.train.generated.prompt).filter(|prompt| prompt.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        generated::TYPING
    }

    fn back(&self, state: &mut State) -> bool {
        let train = &mut state.screens.train;
        let had = train.cursor.is_some() || train.zoom.is_some();
        (train.cursor, train.zoom) = (None, None);
        if !had && train.view == Some(View::LrFinder) {
            train.view = None;
            return true;
        }
        had
    }

    fn command(&self, state: &State) -> Option<String> {
        match view(state) {
            View::LrFinder => lr_finder::command(state),
            _ => super::commands::replay_command(state),
        }
    }

    fn forget(&self, state: &mut State) {
        let train = &mut state.screens.train;
        *train = Train { smoothing: train.smoothing, along: train.along, log: train.log, ..Train::default() };
        state.curves.smooth(SMOOTHING[state.screens.train.smoothing].0);
    }
}

#[cfg(test)]
mod tests;
