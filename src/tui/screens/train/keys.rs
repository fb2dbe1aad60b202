//! The keys of the screen Train, and when they work.

use crossterm::event::KeyCode;

use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};

use super::{Do, View, act, generated, lr_finder, view};

/// What is used most comes first.
pub const KEYS: &[Binding] = &[
    Binding::new(
        &[special(KeyCode::Enter)],
        act(Do::Prompt),
        "",
        "Let the language model go on with the prompt",
    )
    .quiet()
    .when(generated::typing),
    Binding::new(&[special(KeyCode::Up), key('k')], act(Do::Select(-1)), "", "Select the run above")
        .quiet()
        .when(has_runs),
    Binding::new(&[special(KeyCode::Down), key('j')], act(Do::Select(1)), "select", "Select the run below")
        .when(has_runs),
    Binding::new(
        &[key('m')],
        act(Do::NextMetric),
        "metric",
        "Another metric: loss, accuracy, rate; perplexity, bits",
    )
    .when(has_metrics),
    Binding::new(&[key('s')], act(Do::Step), "step", "Take one step of every run, then hold still")
        .when(training),
    Binding::new(
        &[key(',')],
        act(Do::Slower),
        "rate ×½",
        "Halve the learning rate of the selected run, or of all",
    )
    .when(training),
    Binding::new(
        &[key('.')],
        act(Do::Faster),
        "rate ×2",
        "Double the learning rate of the selected run, or of all",
    )
    .when(training),
    Binding::new(&[key(' ')], act(Do::Hide), "hide", "Hide or show the selected run").when(has_runs),
    Binding::new(
        &[key('b')],
        act(Do::NextBudget),
        "labels",
        "Show only the runs of one label budget, then the next",
    )
    .when(has_runs),
    Binding::new(&[key('S')], act(Do::Stop), "stop", "Save and stop the session (it can be resumed)")
        .when(training),
    Binding::new(&[key('X')], act(Do::StopRun), "stop run", "Stop the selected run with what it has learned")
        .when(trains_runs),
    Binding::new(
        &[special(KeyCode::Right)],
        act(Do::Cursor(1)),
        "read off",
        "Move the cursor: the list then shows values there",
    )
    .when(has_curves),
    Binding::new(&[special(KeyCode::Left)], act(Do::Cursor(-1)), "", "Move the cursor to the left")
        .quiet()
        .when(has_curves),
    Binding::new(&[key('+'), key('=')], act(Do::Zoom(1)), "zoom", "Look closer, around the cursor")
        .when(has_curves),
    Binding::new(&[key('-')], act(Do::Zoom(-1)), "", "Look from farther away").quiet().when(has_curves),
    Binding::new(&[key('0')], act(Do::ZoomOut), "whole", "Show the whole curves again")
        .quiet()
        .when(has_curves),
    Binding::new(&[key('l')], act(Do::Log), "log", "Logarithmic or linear y axis").when(has_curves),
    Binding::new(&[key('x')], act(Do::NextAlong), "x axis", "Steps, seconds or documents along x")
        .when(has_runs),
    Binding::new(&[key('a')], act(Do::Smooth), "average", "How much curves are smoothed").when(has_curves),
    Binding::new(
        &[key('e')],
        act(Do::Envelope),
        "extremes",
        "Least and greatest values: of all runs, the selected, none",
    )
    .quiet()
    .when(has_curves),
    Binding::new(
        &[key('f')],
        act(Do::Fit),
        "fit",
        "Fit y to every point, or to the smoothed curves; of rates, to every loss or to the descent",
    )
    .quiet()
    .when(has_curves),
    generated::PROMPT,
    Binding::new(
        &[key('r')],
        act(Do::LrFinder),
        "find a rate",
        "Look for a learning rate, with a copy of what is selected",
    )
    .when(has_session),
    Binding::new(&[key('v')], act(Do::SwitchView), "pre-training", "Switch between pre-training and runs")
        .when(has_both),
];

pub fn training(state: &State) -> bool {
    state.is_training()
}

pub fn has_runs(state: &State) -> bool {
    view(state) == View::Runs && !state.history.runs.is_empty()
}

fn has_curves(state: &State) -> bool {
    match view(state) {
        View::Runs => !state.history.runs.is_empty(),
        View::Pretraining => !state.history.pretraining.is_empty(),
        View::LrFinder => lr_finder::has_curve(state),
    }
}

fn has_metrics(state: &State) -> bool {
    has_runs(state) || view(state) == View::Pretraining && generated::is_language_model(state)
}

fn has_session(state: &State) -> bool {
    state.can_ask() && state.history.recipe.is_some()
}

fn has_both(state: &State) -> bool {
    !state.history.pretraining.is_empty() && !state.history.runs.is_empty()
}

fn trains_runs(state: &State) -> bool {
    has_runs(state) && training(state)
}
