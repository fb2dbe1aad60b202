//! The screen Train: pre-training while it goes on, then the curves of all runs.

use std::collections::BTreeSet;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::budget::Budget;
use crate::session::record::Stage;
use crate::train::command::{Command, Id};
use crate::train::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::app::State;
use crate::tui::curves::{Guessing, Metric};
use crate::tui::keymap::Binding;
use crate::tui::widgets::chart;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::track::{Along, Track};

use super::{body, explained};

mod generated;
mod keys;
mod layout;
mod lr_finder;
mod pretraining;
mod run_list;
mod runs;

use keys::{KEYS, has_runs, training};

/// What is in front: the runs, the pre-training before them, or a test of learning rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Pretraining,
    Runs,
    LrFinder,
}

/// Which curves have their least and greatest values shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    #[default]
    All,
    Selected,
    None,
}

/// Weights of the past in the moving average, from none to strong, with their names.
const SMOOTHING: [(f64, &str); 5] =
    [(0.0, "no"), (0.6, "light"), (0.9, "medium"), (0.97, "strong"), (0.99, "very strong")];

/// The screen's own state.
#[derive(Debug)]
pub struct Train {
    /// What the user chose; `None` follows the session.
    view: Option<View>,
    metric: Metric,
    /// How the loss of a language model is put.
    guessing: Guessing,
    along: Along,
    log: bool,
    fit_all: bool,
    /// A place in [`SMOOTHING`].
    smoothing: usize,
    envelope: Envelope,
    /// A place in the history's runs; `None` is all of them.
    selected: Option<usize>,
    hidden: BTreeSet<usize>,
    budget: Option<Budget>,
    /// The part of x that is shown; `None` shows all.
    zoom: Option<(f64, f64)>,
    /// A place on x.
    cursor: Option<f64>,
    generated: generated::Generated,
    rates: lr_finder::LrFinder,
}

impl Default for Train {
    fn default() -> Train {
        Train {
            view: None,
            metric: Metric::default(),
            guessing: Guessing::default(),
            along: Along::default(),
            log: false,
            fit_all: true,
            smoothing: 2,
            envelope: Envelope::default(),
            selected: None,
            hidden: BTreeSet::new(),
            budget: None,
            zoom: None,
            cursor: None,
            generated: generated::Generated::default(),
            rates: lr_finder::LrFinder::default(),
        }
    }
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    Select(i8),
    Hide,
    NextBudget,
    NextMetric,
    NextAlong,
    Log,
    Fit,
    Smooth,
    Envelope,
    SwitchView,
    Cursor(i8),
    Zoom(i8),
    ZoomOut,
    Faster,
    Slower,
    Step,
    Stop,
    StopRun,
    Prompt,
    LrFinder,
}

const fn act(action: Do) -> Action {
    Action::Train(action)
}

fn run_is_live(state: &State) -> bool {
    has_runs(state) && training(state) && selected(state).is_some_and(|i| state.history.runs[i].end.is_none())
}

/// The selected run's place in the history.
fn selected(state: &State) -> Option<usize> {
    state.train.selected.filter(|i| *i < state.history.runs.len())
}

/// What is in front: the choice of the user, or what the session does at the time looked at.
fn view(state: &State) -> View {
    state.train.view.unwrap_or_else(|| {
        let told = state.history.stages.iter().rev().filter(|stage| stage.at <= state.until());
        let training = |stage: Stage| matches!(stage, Stage::Training | Stage::Finished | Stage::Stopped);
        match told.map(|stage| stage.value).next() {
            Some(stage) if training(stage) && !state.history.runs.is_empty() => View::Runs,
            _ => View::Pretraining,
        }
    })
}

/// How the loss of pre-training is put.
fn guessing(state: &State) -> Guessing {
    if generated::is_language_model(state) { state.train.guessing } else { Guessing::Loss }
}

/// Whether y is logarithmic. A perplexity falls so far that it is, unless somebody wants it otherwise.
fn log(state: &State) -> bool {
    let falls_far = view(state) == View::Pretraining && guessing(state) == Guessing::Perplexity;
    state.train.log != falls_far
}

/// The places in the history of the runs that the list shows.
fn listed(state: &State) -> impl Iterator<Item = usize> + '_ {
    let budget = state.train.budget;
    let runs = state.history.runs.iter().enumerate();
    runs.filter(move |(_, run)| budget.is_none_or(|budget| run.start.budget == budget)).map(|(i, _)| i)
}

/// The curves that are drawn, with how many of their points were told at the time looked at.
fn drawn(state: &State) -> Vec<(usize, &Track, usize)> {
    let metric = state.train.metric;
    let shown = listed(state).filter(|i| !state.train.hidden.contains(i));
    shown
        .filter_map(|i| state.curves.of(i, metric).map(|track| (i, track, track.told(state.until()))))
        .collect()
}

/// What x can show: from the first point to the last.
fn extent(state: &State) -> Option<(f64, f64)> {
    match view(state) {
        View::Pretraining => {
            // The axis spans all there is to do, so that the curve fills it as work goes on.
            let of = state.history.pretraining.last().map(|point| point.value.of as f64)?;
            Some((0.0, of.max(1.0)))
        }
        View::LrFinder => lr_finder::extent(state),
        View::Runs => extent_of(state, |_| true),
    }
}

/// What the curves of these runs cover.
fn extent_of(state: &State, chosen: impl Fn(usize) -> bool) -> Option<(f64, f64)> {
    let tracks =
        drawn(state).into_iter().filter(|(i, _, _)| chosen(*i)).map(|(_, track, told)| (track, told));
    let (low, high) = chart::extent(tracks, along(state))?;
    Some((low, if low < high { high } else { low + 1.0 }))
}

/// What x shows as long as nobody zooms. A solver takes steps of another kind and more of them: they would press the
/// other curves together, so along steps it is followed beyond those only when it is selected, or alone.
fn usual(state: &State) -> Option<(f64, f64)> {
    let descends = |i: usize| state.history.runs[i].start.descends();
    let solver = selected(state).is_some_and(|i| !descends(i));
    if view(state) != View::Runs || along(state) != Along::Step || solver {
        return extent(state);
    }
    extent_of(state, descends).or_else(|| extent(state))
}

fn along(state: &State) -> Along {
    match view(state) {
        View::Pretraining | View::LrFinder => Along::Step,
        View::Runs => state.train.along,
    }
}

/// The part of x that is shown.
fn window(state: &State) -> Option<(f64, f64)> {
    state.train.zoom.or_else(|| usual(state))
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    let run = selected(state).map(|i| state.history.runs[i].start.run);
    match action {
        Do::Select(step) => select(state, step),
        Do::Hide => {
            if let Some(i) = selected(state) {
                if !state.train.hidden.remove(&i) {
                    state.train.hidden.insert(i);
                }
            } else if state.train.hidden.is_empty() {
                state.toast("Select a run with ↑ ↓ first; space then hides it.");
            } else {
                state.train.hidden.clear();
            }
        }
        Do::NextBudget => {
            let budgets: BTreeSet<Budget> = state.history.runs.iter().map(|run| run.start.budget).collect();
            state.train.budget = match state.train.budget {
                None => budgets.first().copied(),
                Some(now) => budgets.into_iter().find(|budget| *budget > now),
            };
            if selected(state).is_some_and(|i| !listed(state).any(|listed| listed == i)) {
                state.train.selected = None;
            }
        }
        Do::NextMetric if view(state) == View::Pretraining => {
            state.train.guessing = next(&Guessing::ALL, state.train.guessing);
        }
        Do::NextMetric => {
            state.train.metric = next(&Metric::ALL, state.train.metric);
        }
        Do::NextAlong => {
            state.train.along = next(&[Along::Step, Along::Seconds, Along::Samples], state.train.along);
            state.train.zoom = None;
            state.train.cursor = None;
        }
        Do::Log => state.train.log = !state.train.log,
        Do::Fit if view(state) == View::LrFinder => state.train.rates.whole = !state.train.rates.whole,
        Do::Fit => state.train.fit_all = !state.train.fit_all,
        Do::Smooth => {
            state.train.smoothing = (state.train.smoothing + 1) % SMOOTHING.len();
            state.curves.smooth(SMOOTHING[state.train.smoothing].0);
        }
        Do::Envelope => {
            let all = [Envelope::All, Envelope::Selected, Envelope::None];
            state.train.envelope = next(&all, state.train.envelope);
        }
        Do::SwitchView => {
            let other = if view(state) == View::Pretraining { View::Runs } else { View::Pretraining };
            state.train.view = Some(other);
            state.train.zoom = None;
            state.train.cursor = None;
        }
        Do::Cursor(step) => move_cursor(state, step),
        Do::Zoom(step) => {
            let around = state.train.cursor;
            zoom(state, if step > 0 { 0.5 } else { 2.0 }, around);
        }
        Do::ZoomOut => state.train.zoom = None,
        Do::Faster => return change_learning_rate(state, run, 2.0),
        Do::Slower => return change_learning_rate(state, run, 0.5),
        Do::Step => return if training(state) { vec![Effect::Send(Command::Step)] } else { Vec::new() },
        Do::Stop if training(state) => {
            state.confirm(
                "Stop the session? It is saved first and can be resumed from screen 1.",
                Action::Command(Command::Stop),
            );
        }
        Do::StopRun => {
            if let (true, Some(run), Some(i)) = (run_is_live(state), run, selected(state)) {
                let name = state.history.runs[i].name();
                let question =
                    format!("Stop the run {name}? It keeps what it has learned; the others go on.");
                state.confirm(question, Action::Command(Command::StopRun(run)));
            } else if selected(state).is_none() {
                state.toast("Select a run with ↑ ↓ first; X then stops it.");
            } else {
                state.toast("This run is over already.");
            }
        }
        Do::Stop => {}
        Do::Prompt => return generated::prompt(state),
        Do::LrFinder => return lr_finder::ask(state),
    }
    Vec::new()
}

/// The one after `now`, around the end.
fn next<T: PartialEq + Copy>(all: &[T], now: T) -> T {
    let place = all.iter().position(|item| *item == now).unwrap_or(0);
    all[(place + 1) % all.len()]
}

fn change_learning_rate(state: &mut State, run: Option<usize>, factor: f32) -> Vec<Effect> {
    if !training(state) {
        return Vec::new();
    }
    let run = run.filter(|_| run_is_live(state));
    let whose = match selected(state).filter(|_| run.is_some()) {
        Some(i) => state.history.runs[i].name(),
        None => "everything under way".into(),
    };
    state.toast(format!("Learning rate ×{factor} for {whose}."));
    vec![Effect::Send(Command::LearningRate { run, factor })]
}

/// Selects the run above or below; above the first is "all runs".
fn select(state: &mut State, step: i8) {
    let rows: Vec<Option<usize>> = std::iter::once(None).chain(listed(state).map(Some)).collect();
    let at = rows.iter().position(|row| *row == selected(state)).unwrap_or(0);
    let to = at.saturating_add_signed(isize::from(step)).min(rows.len() - 1);
    state.train.selected = rows[to];
}

fn move_cursor(state: &mut State, step: i8) {
    let (Some((from, to)), plot) = (window(state), chart::plot(layout::of(state, screen(state)).chart))
    else {
        return;
    };
    let column = (to - from) / f64::from(plot.width.max(2) - 1);
    // The axis of pre-training goes on where nothing is known yet.
    let newest = state.history.pretraining.iter().rev().find(|point| point.at <= state.until());
    let last = match newest {
        Some(newest) if view(state) == View::Pretraining => (newest.value.tokens as f64).clamp(from, to),
        _ => to,
    };
    // The first press puts it where the newest is.
    let at = state.train.cursor.map_or(last, |at| at + column * f64::from(step));
    state.train.cursor = Some(at.clamp(from, last));
}

fn zoom(state: &mut State, factor: f64, around: Option<f64>) {
    let (Some((from, to)), Some((first, last))) = (window(state), extent(state)) else { return };
    let around = around.unwrap_or((from + to) / 2.0).clamp(from, to);
    let (mut low, mut high) = (around - (around - from) * factor, around + (to - around) * factor);
    (low, high) = (low.max(first), high.min(last));
    // Not closer than a thousandth of everything: there is nothing more to see.
    if high - low < (last - first) * 1e-3 {
        return;
    }
    state.train.zoom = (usual(state) != Some((low, high))).then_some((low, high));
}

/// Where the screen is drawn.
fn screen(state: &State) -> Rect {
    crate::tui::chrome::layout(state).body
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Train"
    }

    fn about(&self) -> &'static str {
        "Pre-training comes first; then each curve is one run of the task."
    }

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
                    state.train.cursor = Some(x);
                }
                // A cursor that was set follows the mouse.
                MouseEventKind::Moved if state.train.cursor.is_some() => state.train.cursor = Some(x),
                _ => {}
            }
        } else if parts.list.contains(place) && has_runs(state) {
            match event.kind {
                MouseEventKind::ScrollUp => select(state, -1),
                MouseEventKind::ScrollDown => select(state, 1),
                MouseEventKind::Down(MouseButton::Left) => {
                    if let Some(row) = run_list::row_at(state, parts.list, event.row) {
                        state.train.selected = row;
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
        Some(&mut state.train.generated.prompt).filter(|prompt| prompt.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.train.generated.prompt).filter(|prompt| prompt.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        generated::TYPING
    }

    fn back(&self, state: &mut State) -> bool {
        let train = &mut state.train;
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
            _ => super::replay_command(state),
        }
    }

    fn forget(&self, state: &mut State) {
        let train = &mut state.train;
        *train = Train { smoothing: train.smoothing, along: train.along, log: train.log, ..Train::default() };
        state.curves.smooth(SMOOTHING[state.train.smoothing].0);
    }
}

/// Where the parts of the screen stand in `area`, explanation left out.
fn inner(state: &State, area: Rect) -> Rect {
    body(state, area)
}

#[cfg(test)]
mod tests;
