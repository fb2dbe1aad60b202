//! What the screen Train shows: the current view, its runs and curves, and the visible range of x.

use crate::plot::track::{Along, Series};
use crate::session::record::Stage;
use crate::session::text_source::{Origin, TextSource};
use crate::tui::curves::{Guessing, Metric};
use crate::tui::filter;
use crate::tui::state::State;
use crate::tui::widgets::chart;

use super::charts::Panel;
use super::sorting;
use super::state::View;

/// The index of the selected run in the history; `None` while the list leaves it out.
pub fn selected(state: &State) -> Option<usize> {
    state.screens.train.selected.filter(|i| *i < state.history.runs.len() && is_listed(state, *i))
}

/// Whether the list has a run: it is pinned, or of the budget, and the filter keeps it.
fn is_listed(state: &State, i: usize) -> bool {
    let (choices, run) = (&state.screens.train.choices, &state.history.runs[i]);
    choices.pinned.contains(&i)
        || choices.budget.is_none_or(|budget| run.start.budget == budget) && filter::runs::keeps(state, run)
}

/// The current view: the user's choice, or what the session was doing at the time shown.
pub fn view(state: &State) -> View {
    state.screens.train.view.unwrap_or_else(|| {
        let told = state.history.stages.iter().rev().filter(|stage| stage.at <= state.until());
        let training = |stage: Stage| matches!(stage, Stage::Training | Stage::Finished | Stage::Stopped);
        match told.map(|stage| stage.value).next() {
            Some(stage) if training(stage) && !state.history.runs.is_empty() => View::Runs,
            _ => View::Pretraining,
        }
    })
}

/// The unit in which the pre-training loss is shown.
pub fn guessing(state: &State) -> Guessing {
    if is_language_model(state) { state.screens.train.guessing } else { Guessing::Loss }
}

/// Whether y is logarithmic. For perplexity, which falls over orders of magnitude, this is the default.
pub fn log(state: &State) -> bool {
    let falls_far = view(state) == View::Pretraining && guessing(state) == Guessing::Perplexity;
    state.screens.train.log != falls_far
}

/// The indices, in the history, of the runs that the list shows, in its order: those of the budget that the filter keeps,
/// after the pinned ones, which are always there.
pub fn listed(state: &State) -> impl Iterator<Item = usize> + use<> {
    let choices = &state.screens.train.choices;
    let runs = &state.history.runs;
    let is_pinned = |i: &usize| choices.pinned.contains(i);
    let mut listed: Vec<usize> = (0..runs.len()).filter(|i| is_listed(state, *i)).collect();
    if let Some((column, largest_first)) = choices.sort {
        sorting::sort(state, &mut listed, column, largest_first);
    }
    listed.sort_by_key(|i| !is_pinned(i));
    listed.into_iter()
}

/// Whether the curve of a run is drawn, alone or in its band.
pub fn is_drawn(state: &State, i: usize) -> bool {
    let choices = &state.screens.train.choices;
    let alone = choices.solo.as_ref().is_none_or(|solo| solo.contains(&i));
    choices.pinned.contains(&i) || alone && !choices.hidden.contains(&i)
}

/// The curves that are drawn in the chart with the focus: index of the run, curve, and how many of its points are known
/// at the time shown.
pub fn drawn(state: &State) -> Vec<(usize, Series<'_>, usize)> {
    let panel = state.screens.train.choices.charts.panel();
    listed(state).filter_map(|i| curve(state, i, panel)).collect()
}

/// The curve of a run in a chart, if it is drawn there.
pub fn curve<'a>(state: &'a State, i: usize, panel: &Panel) -> Option<(usize, Series<'a>, usize)> {
    let series = state
        .curves
        .of(&state.history, i, panel.metric, panel.layer.as_deref())
        .filter(|_| is_drawn(state, i))?;
    Some((i, series, series.told(state.until())))
}

/// The full range of x: from the first point to the last.
pub fn extent(state: &State) -> Option<(f64, f64)> {
    match view(state) {
        View::Pretraining => {
            // The axis covers all planned work, so that the curve fills it as pre-training proceeds.
            let of = state.history.source().pretraining.last().map(|point| point.value.of as f64)?;
            Some((0.0, of.max(1.0)))
        }
        View::LrFinder => state.screens.train.lr_finder.extent(),
        View::Runs => extent_of(state, |_| true),
    }
}

/// The range of x that the curves of these runs cover.
pub fn extent_of(state: &State, chosen: impl Fn(usize) -> bool) -> Option<(f64, f64)> {
    // All charts have the same axis of x. The evaluations of a run lie between its steps.
    let panel = Panel::default();
    let shown = || listed(state).filter(|i| chosen(*i));
    let tracks = shown().filter_map(|i| curve(state, i, &panel)).map(|(_, series, told)| (series, told));
    let evaluated = Panel { metric: Metric::Accuracy, ..Panel::default() };
    let further = shown().filter_map(|i| curve(state, i, &evaluated)).map(|(_, series, told)| (series, told));
    let (low, high) = chart::extent(tracks.chain(further), along(state))?;
    Some((low, if low < high { high } else { low + 1.0 }))
}

/// The range of x without zoom. A solver takes more steps than gradient descent, and its steps are of a different kind,
/// so its curve would compress the others. Against steps, the range therefore includes the solver's steps only if the
/// solver is selected or there are no other runs.
pub fn usual(state: &State) -> Option<(f64, f64)> {
    let descends = |i: usize| state.history.runs[i].start.descends();
    let solver = selected(state).is_some_and(|i| !descends(i));
    if view(state) != View::Runs || along(state) != Along::Step || solver {
        return extent(state);
    }
    extent_of(state, descends).or_else(|| extent(state))
}

pub fn along(state: &State) -> Along {
    match view(state) {
        View::Pretraining | View::LrFinder => Along::Step,
        View::Runs => state.screens.train.along,
    }
}

/// The visible range of x. On a logarithmic axis it begins above zero.
pub fn window(state: &State) -> Option<(f64, f64)> {
    let (from, to) = state.screens.train.choices.zoom.or_else(|| usual(state))?;
    Some(if log_x(state) && from <= 0.0 && to > 0.0 { (to * 1e-4, to) } else { (from, to) })
}

/// Whether the axis of x is logarithmic.
pub fn log_x(state: &State) -> bool {
    state.screens.train.log_x && view(state) == View::Runs
}

pub fn run_is_live(state: &State) -> bool {
    has_runs(state) && training(state) && selected(state).is_some_and(|i| state.history.runs[i].end.is_none())
}

/// Whether the source is a language model.
pub fn is_language_model(state: &State) -> bool {
    state.history.text_source().is_some_and(|source| source.language_model().is_some())
}

pub fn has_runs(state: &State) -> bool {
    view(state) == View::Runs && !state.history.runs.is_empty()
}

pub fn training(state: &State) -> bool {
    state.is_training()
}

/// Whether something is trained that has a learning rate. A distillation has none.
pub fn learns(state: &State) -> bool {
    let distils = |source: &TextSource| matches!(source.origin(), Origin::Distilled(_));
    training(state) && (!state.history.runs.is_empty() || !state.history.text_source().is_some_and(distils))
}
