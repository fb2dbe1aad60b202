//! The keys of the screen Train, and when they work.

use crate::tui::binding::{Binding, keys};
use crate::tui::state::State;

use super::model::{has_runs, is_language_model, learns, training, view};
use super::state::{ScreenAction, View};
use super::{generated, lr_finder};

/// The most used keys come first.
pub const KEYS: &[Binding] = keys! {
    of Train;
    [Enter] => ScreenAction::Prompt, quiet "", "Let the language model go on with the prompt", if generated::typing;
    [Up, 'k'] => ScreenAction::Select(-1), quiet "", "Select the run above", if has_runs;
    [Down, 'j'] => ScreenAction::Select(1), "select", "Select the run below", if has_runs;
    ['m'] => ScreenAction::NextMetric, "metric",
        "Another metric: loss, accuracy, learning rate; perplexity, bits", if has_metrics;
    ['s'] => ScreenAction::Step, "step", "Take one step of every run, then hold still", if training;
    [','] => ScreenAction::Slower, "lr ×½", "Halve the learning rate of the selected run, or of all", if learns;
    ['.'] => ScreenAction::Faster, "lr ×2", "Double the learning rate of the selected run, or of all", if learns;
    [' '] => ScreenAction::Hide, "hide", "Hide or show the selected run", if has_runs;
    ['b'] => ScreenAction::NextBudget, "labels", "Show only the runs of one label budget, then the next", if has_runs;
    ['S'] => ScreenAction::Stop, "stop", "Save and stop the session (it can be resumed)", if training;
    ['X'] => ScreenAction::StopRun, "stop run", "Stop the selected run with what it has learned", if trains_runs;
    [Right] => ScreenAction::Cursor(1), "read off", "Move the cursor: the list then shows values there", if has_curves;
    [Left] => ScreenAction::Cursor(-1), quiet "", "Move the cursor to the left", if has_curves;
    ['+', '='] => ScreenAction::Zoom(1), "zoom", "Look closer, around the cursor", if has_curves;
    ['-'] => ScreenAction::Zoom(-1), quiet "", "Look from farther away", if has_curves;
    ['0'] => ScreenAction::ZoomOut, quiet "whole", "Show the whole curves again", if has_curves;
    ['l'] => ScreenAction::Log, "log", "Logarithmic or linear y axis", if has_curves;
    ['x'] => ScreenAction::NextAlong, "x axis", "Steps, seconds or documents along x", if has_runs;
    ['a'] => ScreenAction::Smooth, "average", "How much curves are smoothed", if has_curves;
    ['e'] => ScreenAction::Envelope, quiet "extremes",
        "Least and greatest values: of all runs, the selected, none", if has_curves;
    ['f'] => ScreenAction::Fit, quiet "fit",
        "Fit y to every point, or to the smoothed curves; of lr_finder, to every loss or to the descent",
        if has_curves;
    ['/'] => ScreenAction::Prompt, "prompt",
        "Type how a text begins: the language model goes on with it", if generated::speaks;
    ['r'] => ScreenAction::LrFinder, "find lr",
        "Look for a learning rate, with a copy of what is selected", if has_session;
    ['v'] => ScreenAction::SwitchView, "pre-training", "Switch between pre-training and runs", if has_both;
};

fn has_curves(state: &State) -> bool {
    match view(state) {
        View::Runs => !state.history.runs.is_empty(),
        View::Pretraining => !state.history.source().pretraining.is_empty(),
        View::LrFinder => lr_finder::has_curve(state),
    }
}

fn has_metrics(state: &State) -> bool {
    has_runs(state) || view(state) == View::Pretraining && is_language_model(state)
}

fn has_session(state: &State) -> bool {
    state.can_ask() && state.history.recipe.is_some()
}

fn has_both(state: &State) -> bool {
    !state.history.source().pretraining.is_empty() && !state.history.runs.is_empty()
}

fn trains_runs(state: &State) -> bool {
    has_runs(state) && training(state)
}
