//! The keys of the screen Train, and when they work.

use crate::tui::binding::{Binding, keys};
use crate::tui::state::State;

use super::model::{has_runs, is_language_model, learns, training, view};
use super::state::{ScreenAction, View};
use super::{generated, lr_finder};

/// The most used keys come first.
pub const KEYS: &[Binding] = keys! {
    of Train;
    [Enter] => ScreenAction::Generate, quiet "", "Let the language model go on with the prompt", if generated::typing;
    [Up, 'k'] => ScreenAction::Select(-1), quiet "", "Select the run above", if has_runs;
    [Down, 'j'] => ScreenAction::Select(1), "select", "Select the run below", if has_runs;
    ['m'] => ScreenAction::NextMetric, "metric",
        "Another metric: loss, accuracy, learning rate; perplexity, bits", if has_metrics;
    ['s'] => ScreenAction::Step, "step", "Take one step of every run, then hold still", if training;
    [','] => ScreenAction::Slower, "lr ×½", "Halve the learning rate of the selected run, or of all", if learns;
    ['.'] => ScreenAction::Faster, "lr ×2", "Double the learning rate of the selected run, or of all", if learns;
    ['v'] => ScreenAction::Charts, "charts", "More charts, from 1×1 to 3×3; a number that follows says how many", if has_runs;
    ['/'] => ScreenAction::Filter, "filter", "Show only the runs that fit: frozen labels:100 acc>0.8 !seed:3 /regex/", if has_runs;
    ['g'] => ScreenAction::Group, "group", "Bands by method and labels, method, labels, source or seed; or single runs", if has_runs;
    [' '] => ScreenAction::Hide, "hide", "Hide or show the selected run or group", if has_runs;
    ['t'] => ScreenAction::Twin, quiet "twin", "The selected run beside another, on the screen Twin", if has_several_runs;
    ['b'] => ScreenAction::NextBudget, "labels", "Show only the runs of one label budget, then the next", if has_runs;
    ['S'] => ScreenAction::Stop, "stop", "Save and stop the session (it can be resumed)", if training;
    ['X'] => ScreenAction::StopRun, "stop run", "Stop the selected run with what it has learned", if trains_runs;
    ['H'] => ScreenAction::Freeze, quiet "freeze", "Freeze or unfreeze a layer group of the selected run: head, body, embedding, layers", if trains_runs;
    ['A'] => ScreenAction::Add, quiet "add", "Add seeds or a label budget to the running experiment", if training;
    ['F'] => ScreenAction::Fork, quiet "fork", "Begin a session from the selected run at the time shown, with other settings, such as half the learning rate", if has_runs;
    [Right] => ScreenAction::Cursor(1), "read off", "Move the cursor: list and charts then show values there", if has_curves;
    [Left] => ScreenAction::Cursor(-1), quiet "", "Move the cursor to the left", if has_curves;
    ['+', '='] => ScreenAction::Zoom(1), "zoom", "Look closer along x, around the cursor", if has_curves;
    ['-'] => ScreenAction::Zoom(-1), quiet "", "Look from farther away", if has_curves;
    ['0'] => ScreenAction::ZoomOut, quiet "whole", "Show the whole curves again", if has_curves;
    ['<'] => ScreenAction::Pan(-1), quiet "", "Move to the left along x", if has_curves;
    ['>'] => ScreenAction::Pan(1), quiet "", "Move to the right along x", if has_curves;
    ['z'] => ScreenAction::ZoomY(1), quiet "zoom y", "Look closer along y, in the chart with the focus", if has_runs;
    ['Z'] => ScreenAction::ZoomY(-1), quiet "", "Look from farther away along y", if has_runs;
    [PageUp] => ScreenAction::PanY(1), quiet "", "Move up along y", if has_runs;
    [PageDown] => ScreenAction::PanY(-1), quiet "", "Move down along y", if has_runs;
    ['w'] => ScreenAction::Span, quiet "span", "Mark one end of a span at the cursor; again: zoom into the span", if has_runs;
    ['l'] => ScreenAction::Log, "log", "Logarithmic or linear y axis", if has_curves;
    ['L'] => ScreenAction::LogX, quiet "log x", "Logarithmic or linear x axis", if has_runs;
    ['x'] => ScreenAction::NextAlong, "x axis",
        "Steps, epochs, documents, seconds of training or of the session along x", if has_runs;
    ['a'] => ScreenAction::Smooth, "average", "How much curves are smoothed", if has_curves;
    ['E'] => ScreenAction::Envelope, quiet "extremes",
        "Around curves and bands: least and greatest values, one standard deviation, the selected only, nothing",
        if has_curves;
    ['f'] => ScreenAction::Fit, quiet "fit",
        "Fit y to every point, or to the smoothed curves; of lr_finder, to every loss or to the descent",
        if has_curves;
    [Enter] => ScreenAction::Expand, quiet "expand", "The chart with the focus alone, or all charts again", if has_charts;
    ['n'] => ScreenAction::Focus(1), "next chart", "The next chart: keys change this one", if has_charts;
    ['N'] => ScreenAction::Focus(-1), quiet "", "The chart before", if has_charts;
    ['M'] => ScreenAction::NextLayer, "layer", "The norms of one layer, then of the next", if has_layers;
    ['c'] => ScreenAction::Sort, quiet "sort", "Sort the list by the next column: accuracy, loss, overfitting and others", if has_runs;
    ['C'] => ScreenAction::Reverse, quiet "", "Sort the other way round", if has_runs;
    ['*'] => ScreenAction::Pin, quiet "pin", "Keep the selected run or group at the top and draw it always", if has_runs;
    ['O'] => ScreenAction::Solo, quiet "solo", "Draw the selected run or group alone, or all again", if has_runs;
    ['u'] => ScreenAction::Undo, quiet "undo", "Undo the last choice: filter, hide, pin, sort, group, zoom", if has_runs;
    ['U'] => ScreenAction::Redo, quiet "redo", "Do again what was undone", if has_runs;
    ['1'] => ScreenAction::ShowCharts(1), quiet "", "One chart, after v", if chooses;
    ['2'] => ScreenAction::ShowCharts(2), quiet "", "Two charts, after v", if chooses;
    ['3'] => ScreenAction::ShowCharts(3), quiet "", "Three charts, after v", if chooses;
    ['4'] => ScreenAction::ShowCharts(4), quiet "", "Four charts, after v", if chooses;
    ['5'] => ScreenAction::ShowCharts(5), quiet "", "Five charts, after v", if chooses;
    ['6'] => ScreenAction::ShowCharts(6), quiet "", "Six charts, after v", if chooses;
    ['7'] => ScreenAction::ShowCharts(7), quiet "", "Seven charts, after v", if chooses;
    ['8'] => ScreenAction::ShowCharts(8), quiet "", "Eight charts, after v", if chooses;
    ['9'] => ScreenAction::ShowCharts(9), quiet "", "Nine charts, after v", if chooses;
    ['/'] => ScreenAction::Prompt, "prompt",
        "Type how a text begins: the language model goes on with it", if generated::speaks;
    ['r'] => ScreenAction::LrFinder, "find lr",
        "Look for a learning rate, with a copy of what is selected", if has_session;
    ['P'] => ScreenAction::SwitchView, "pre-training", "Switch between pre-training and runs", if has_both;
};

fn has_curves(state: &State) -> bool {
    match view(state) {
        View::Runs => !state.history.runs.is_empty(),
        View::Pretraining => !state.history.source().pretraining.is_empty(),
        View::LrFinder => lr_finder::has_curve(state),
    }
}

fn has_several_runs(state: &State) -> bool {
    has_runs(state) && state.history.runs.len() > 1
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

/// Whether a number key chooses the number of charts.
fn chooses(state: &State) -> bool {
    state.screens.train.choosing && has_runs(state)
}

fn has_charts(state: &State) -> bool {
    has_runs(state) && state.screens.train.choices.charts.count > 1
}

fn has_layers(state: &State) -> bool {
    let metric = state.screens.train.choices.charts.panel().metric;
    has_runs(state) && metric.is_of_layers() && !state.curves.layers().is_empty()
}
