//! The curves that are drawn, as a table.

use crate::plot::track::Along;
use crate::tui::state::State;

use super::grid;
use super::model::{self, curve, listed};
use super::state::View;

/// The most points of a table. Of more, every second, third … is left out.
const MOST: usize = 500_000;

/// A line for each point of each curve that is drawn; `None` where no runs are shown.
pub fn table(state: &State) -> Option<Vec<Vec<String>>> {
    if model::view(state) != View::Runs {
        return None;
    }
    let body = crate::tui::layout::layout(state).body;
    let area = crate::tui::screens::frame::body(state, body);
    let panels: Vec<_> = grid::cells(state, area)
        .into_iter()
        .filter_map(|cell| state.screens.train.choices.charts.panels.get(cell.panel))
        .collect();
    let drawn = || {
        panels.iter().flat_map(|panel| {
            listed(state).filter_map(move |i| {
                curve(state, i, panel).map(|(i, series, told)| (*panel, i, series, told))
            })
        })
    };
    let all: usize = drawn().map(|(_, _, series, told)| series.len().min(told)).sum();
    let every = all.div_ceil(MOST).max(1);
    let head = [
        "metric", "layer", "method", "source", "labels", "seed", "step", "epoch", "samples", "seconds",
        "session", "value",
    ];
    let mut rows = vec![head.map(str::to_string).to_vec()];
    for (panel, i, series, told) in drawn() {
        let start = &state.history.runs[i].start;
        let known = series.len().min(told);
        for at in (0..known).filter(|at| at % every == 0 || at + 1 == known) {
            let Some(point) = series.point(at).filter(|point| point.y.is_finite()) else { continue };
            let x = |along: Along| series.x(along, at).map(|x| x.to_string()).unwrap_or_default();
            rows.push(vec![
                panel.metric.id(),
                panel.layer.clone().unwrap_or_default(),
                start.method.name().to_string(),
                start.source.as_ref().map(ToString::to_string).unwrap_or_default(),
                start.budget.to_string(),
                (start.seed + 1).to_string(),
                x(Along::Step),
                x(Along::Epoch),
                x(Along::Samples),
                x(Along::Seconds),
                x(Along::Session),
                point.y.to_string(),
            ]);
        }
    }
    Some(rows)
}
