//! The screen Train: pre-training while it runs, then the curves of all runs.

use std::collections::BTreeSet;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::plot::track::Along;
use crate::session::budget::Budget;
use crate::train::protocol::command::{Command, Id};
use crate::train::protocol::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::binding::Binding;
use crate::tui::curves::Guessing;
use crate::tui::filter::filter_box::FilterAction;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;

use super::frame::explained;
use super::tab::Tab;

pub mod changes;
pub mod charts;
pub mod choices;
mod export;
mod generated;
mod grid;
mod groups;
mod keys;
mod layout;
mod lr_finder;
mod model;
mod pretraining;
mod run_details;
mod run_list;
mod run_state;
mod runs;
pub mod sorting;
pub mod state;
pub mod steering;
mod zoom;

use changes::{change, choices, set_choices};
use keys::KEYS;
use model::{has_runs, learns, run_is_live, selected, training, view};
use state::{Envelope, SMOOTHING, ScreenAction, Train, View};

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    state.screens.train.choosing = false;
    let before = choices(state);
    let effects = act(state, action);
    if !matches!(action, ScreenAction::Undo | ScreenAction::Redo) {
        let now = choices(state);
        state.screens.train.undo.note(before, &now);
    }
    effects
}

fn act(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    let run = selected(state).map(|i| state.history.runs[i].start.run);
    match action {
        ScreenAction::Select(step) => select(state, step),
        ScreenAction::Hide
        | ScreenAction::Pin
        | ScreenAction::Solo
        | ScreenAction::Sort
        | ScreenAction::Reverse
        | ScreenAction::Group => change(state, action),
        ScreenAction::Undo => {
            let now = choices(state);
            match state.screens.train.undo.undo(&now) {
                Some(before) => set_choices(state, before),
                None => state.toast("Nothing is left to undo."),
            }
        }
        ScreenAction::Redo => {
            let now = choices(state);
            match state.screens.train.undo.redo(&now) {
                Some(after) => set_choices(state, after),
                None => state.toast("Nothing was undone."),
            }
        }
        ScreenAction::Filter => return vec![Effect::Act(Box::new(Action::Filter(FilterAction::Open)))],
        ScreenAction::NextBudget => {
            let budgets: BTreeSet<Budget> = state.history.runs.iter().map(|run| run.start.budget).collect();
            let choices = &mut state.screens.train.choices;
            choices.budget = match choices.budget {
                None => budgets.first().copied(),
                Some(now) => budgets.into_iter().find(|budget| *budget > now),
            };
        }
        ScreenAction::NextMetric if view(state) == View::Pretraining => {
            state.screens.train.guessing = next(&Guessing::ALL, state.screens.train.guessing);
        }
        ScreenAction::NextMetric => {
            let metrics: Vec<_> = state.curves.metrics(&state.history).collect();
            let panel = state.screens.train.choices.charts.panel_mut();
            if !metrics.is_empty() {
                panel.metric = next(&metrics, panel.metric);
            }
            (panel.range, panel.layer) = (None, None);
        }
        ScreenAction::NextLayer => {
            let layers: Vec<Option<String>> = std::iter::once(None)
                .chain(state.curves.layers().into_iter().map(|l| Some(l.into())))
                .collect();
            let panel = state.screens.train.choices.charts.panel_mut();
            let place = layers.iter().position(|layer| *layer == panel.layer).unwrap_or(0);
            panel.layer = layers[(place + 1) % layers.len()].clone();
            panel.range = None;
        }
        ScreenAction::Charts => {
            state.screens.train.choices.charts.more();
            state.screens.train.choosing = true;
        }
        ScreenAction::ShowCharts(count) => state.screens.train.choices.charts.show(usize::from(count)),
        ScreenAction::Focus(by) => state.screens.train.choices.charts.move_focus(by),
        ScreenAction::Expand => state.screens.train.choices.charts.expanded ^= true,
        ScreenAction::NextAlong => {
            state.screens.train.along = next(&Along::ALL, state.screens.train.along);
            forget_places(state);
        }
        ScreenAction::Log if view(state) == View::Runs => {
            let panel = state.screens.train.choices.charts.panel_mut();
            panel.log = !panel.log;
            panel.range = panel.range.filter(|(low, _)| !panel.log || *low > 0.0);
        }
        ScreenAction::Log => state.screens.train.log = !state.screens.train.log,
        ScreenAction::LogX => state.screens.train.log_x = !state.screens.train.log_x,
        ScreenAction::Fit if view(state) == View::LrFinder => {
            state.screens.train.lr_finder.whole = !state.screens.train.lr_finder.whole
        }
        ScreenAction::Fit => state.screens.train.fit_all = !state.screens.train.fit_all,
        ScreenAction::Smooth => {
            state.screens.train.smoothing = (state.screens.train.smoothing + 1) % SMOOTHING.len();
            state.curves.smooth(SMOOTHING[state.screens.train.smoothing].0, &state.history);
        }
        ScreenAction::Envelope => {
            let all = [Envelope::All, Envelope::Deviation, Envelope::Selected, Envelope::None];
            state.screens.train.envelope = next(&all, state.screens.train.envelope);
            state.toast(match state.screens.train.envelope {
                Envelope::All => "Around curves and bands: the least and the greatest values.",
                Envelope::Deviation => "Around curves and bands: one standard deviation.",
                Envelope::Selected => "Around the selected curve or band: the least and the greatest values.",
                Envelope::None => "Nothing is drawn around curves and bands.",
            });
        }
        ScreenAction::SwitchView => {
            let other = if view(state) == View::Pretraining { View::Runs } else { View::Pretraining };
            state.screens.train.view = Some(other);
            forget_places(state);
        }
        ScreenAction::Cursor(step) => zoom::move_cursor(state, step),
        ScreenAction::Zoom(step) => {
            let around = state.screens.train.cursor;
            zoom::zoom(state, if step > 0 { 0.5 } else { 2.0 }, around);
        }
        ScreenAction::ZoomY(step) => zoom::zoom_y(state, if step > 0 { 0.5 } else { 2.0 }, 0.5),
        ScreenAction::Pan(step) => zoom::pan(state, 0.2 * f64::from(step)),
        ScreenAction::PanY(step) => zoom::pan_y(state, 0.2 * f64::from(step)),
        ScreenAction::ZoomOut => zoom::fit(state),
        ScreenAction::Span => zoom::span(state),
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
        ScreenAction::Twin => {
            if let Some(run) = run {
                state.screens.twin.choose(run, None);
            }
            return vec![Effect::Act(Box::new(Action::Show(Tab::Twin)))];
        }
        ScreenAction::StopRun => {
            if let (true, Some(run), Some(i)) = (run_is_live(state), run, selected(state)) {
                let name = state.history.name_of(&state.history.runs[i]);
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
        ScreenAction::Add => steering::ask_addition(state),
        ScreenAction::Freeze => steering::ask_group(state),
        ScreenAction::Fork => steering::ask_fork(state),
        ScreenAction::Prompt | ScreenAction::Generate => return generated::prompt(state),
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
        Some(i) => state.history.name_of(&state.history.runs[i]),
        None => "everything under way".into(),
    };
    state.toast(format!("Learning rate ×{factor} for {whose}."));
    vec![Effect::Send(Command::LearningRate { run, factor })]
}

/// Selects the row this many rows below. Above the first is "all runs".
fn select(state: &mut State, step: i8) {
    let groups = groups::groups(state);
    let rows = groups::rows(state, &groups);
    let current = groups::current(state, &groups);
    let at = rows.iter().position(|row| *row == current).unwrap_or(0);
    let to = rows[at.saturating_add_signed(isize::from(step)).min(rows.len() - 1)];
    groups::choose(state, to, &groups);
}

/// Forgets places on the axis of x, which has another meaning now.
fn forget_places(state: &mut State) {
    let train = &mut state.screens.train;
    (train.choices.zoom, train.cursor, train.anchor, train.drag) = (None, None, None, None);
}

/// Whether a chart of what is measured of this process is on the screen.
pub fn shows_machine(state: &State) -> bool {
    let charts = &state.screens.train.choices.charts;
    state.tab == Tab::Train
        && has_runs(state)
        && charts.panels.iter().take(charts.count).any(|panel| panel.metric.is_of_machine())
}

/// The screen Train.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn several(&self) -> Option<&'static str> {
        None
    }

    fn table(&self, state: &State) -> Option<Vec<Vec<String>>> {
        export::table(state)
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

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        state.screens.train.choosing = false;
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let before = choices(state);
        let place = Position::new(event.column, event.row);
        state.screens.train.choosing = false;
        let list = layout::of(state, area).list;
        if zoom::mouse(state, event) {
            let now = choices(state);
            state.screens.train.undo.note(before, &now);
        } else if list.contains(place) && has_runs(state) {
            match event.kind {
                MouseEventKind::ScrollUp => select(state, -1),
                MouseEventKind::ScrollDown => select(state, 1),
                MouseEventKind::Down(MouseButton::Left) => {
                    if event.row == list.y {
                        if let Some(column) = run_list::column_at(state, list, event.column) {
                            let sort = &mut state.screens.train.choices.sort;
                            *sort = Some(sorting::clicked(*sort, column));
                            let now = choices(state);
                            state.screens.train.undo.note(before, &now);
                        }
                    } else if let Some(row) = run_list::row_at(state, list, event.row) {
                        let groups = groups::groups(state);
                        groups::choose(state, row, &groups);
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
        let before = choices(state);
        let train = &mut state.screens.train;
        if std::mem::take(&mut train.choosing) {
            return true;
        }
        let had = train.cursor.is_some() || train.choices.zoom.is_some();
        (train.cursor, train.anchor, train.choices.zoom) = (None, None, None);
        let had = std::mem::take(&mut train.choices.charts.expanded) || had;
        let now = choices(state);
        state.screens.train.undo.note(before, &now);
        let train = &mut state.screens.train;
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
        *train = Train {
            smoothing: train.smoothing,
            along: train.along,
            log: train.log,
            log_x: train.log_x,
            ..Train::default()
        };
        state.curves.smooth(SMOOTHING[state.screens.train.smoothing].0, &state.history);
    }
}

#[cfg(test)]
mod tests;
