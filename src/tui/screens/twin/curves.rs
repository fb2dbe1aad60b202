//! The curves of two runs in one chart, and their difference in another.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::plot::columns::Spread;
use crate::plot::track::{Along, Point, Series, Track};
use crate::session::comparison::points;
use crate::transfer::statistics::pair::Side;
use crate::tui::curves::Metric;
use crate::tui::state::State;
use crate::tui::theme::{Dash, dash};
use crate::tui::widgets::chart::{self, Chart, Curve};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fitting, short};

use super::model::{Pair, step};

/// The metrics that both runs have values of.
pub fn metrics(state: &State, pair: Pair<'_>) -> Vec<Metric> {
    let has = |metric: &Metric| {
        !metric.is_of_machine()
            && pair.sides().iter().all(|side| series(state, *side, *metric).is_some_and(|(_, told)| told > 0))
    };
    Metric::ALL.into_iter().filter(has).collect()
}

/// The metric that is shown: the chosen one, or another that both runs have.
fn metric(state: &State, pair: Pair<'_>) -> Option<Metric> {
    let all = metrics(state, pair);
    let chosen = Some(state.screens.twin.metric).filter(|metric| all.contains(metric));
    chosen.or(all.first().copied())
}

/// The curve of a side, and how many of its points are known.
fn series<'a>(state: &'a State, side: Side<'_>, metric: Metric) -> Option<(Series<'a>, usize)> {
    let at = state.history.runs.iter().position(|run| run.start.run == side.run.start.run)?;
    let series = state.curves.of(&state.history, at, metric, None)?;
    Some((series, series.told(state.until())))
}

/// The difference of two curves, at the places of the left one that the right one covers.
fn difference((left, told): (Series, usize), (right, of): (Series, usize), along: Along) -> Track {
    let mut track = Track::default();
    let value = |series: Series, i: usize| series.smoothed(i).or_else(|| Some(series.point(i)?.y));
    for i in 0..told {
        let (Some(point), Some(y)) = (left.point(i), value(left, i)) else { continue };
        let x = point.along(along);
        // Between two points of the right curve, the value is on the line between them.
        let Some(before) = right.nearest(along, x, of) else { continue };
        let (Some(from), Some(a)) = (right.x(along, before), value(right, before)) else { continue };
        let after = (before + 1 < of).then(|| Some((right.x(along, before + 1)?, value(right, before + 1)?)));
        let other = match after.flatten() {
            _ if from == x => a,
            Some((to, b)) if to > from => a + (b - a) * (x - from) / (to - from),
            // The right curve ends before.
            _ => continue,
        };
        track.push(Point { y: y - other, ..point });
    }
    track
}

/// The table of both curves and their difference, for a file.
pub fn table(state: &State, pair: Pair<'_>) -> Option<Vec<Vec<String>>> {
    let metric = metric(state, pair)?;
    let along = state.screens.twin.along;
    let [left, right] = pair.sides().map(|side| series(state, side, metric));
    let track = difference(left?, right?, along);
    let mut rows = vec![["curve", "x", &metric.id()].map(String::from).to_vec()];
    for (name, series, told) in [
        ("left", left?.0, left?.1),
        ("right", right?.0, right?.1),
        ("left - right", track.series(), track.len()),
    ] {
        let point = |i: usize| {
            let point = series.point(i)?;
            Some(vec![name.to_string(), point.along(along).to_string(), point.y.to_string()])
        };
        rows.extend((0..told).filter_map(point));
    }
    Some(rows)
}

/// Draws the curves, and below them the difference.
pub fn view(state: &State, frame: &mut Frame, area: Rect, pair: Pair<'_>) {
    let theme = state.theme;
    let width = usize::from(area.width);
    let Some(metric) = metric(state, pair) else {
        let text =
            "The curves appear when both runs have begun. Runs that are not trained in steps have none.";
        return crate::tui::screens::frame::show_text(state, frame, area, text);
    };
    let [Some(left), Some(right)] = pair.sides().map(|side| series(state, side, metric)) else { return };
    let along = state.screens.twin.along;
    let track = difference(left, right, along);
    let Some(window) = chart::extent([left, right].into_iter(), along) else { return };
    let window = if window.0 < window.1 { window } else { (window.0, window.0 + 1.0) };
    let same = pair.left.run.start.run == pair.right.run.start.run;
    let cursor = |side: Side<'_>| {
        let (series, told) = series(state, side, metric)?;
        let last = series.nearest(Along::Step, step(side) as f64, told)?;
        series.x(along, last)
    };
    // The cursor stands where the runs are compared; of one run, where its kept moment is.
    let shown =
        if same { cursor(pair.right) } else { state.screens.twin.step.and_then(|_| cursor(pair.left)) };
    let plain = |curves, range| Chart {
        curves,
        along,
        powers: false,
        unit: "",
        window,
        log_x: false,
        log: false,
        range,
        fit_all: false,
        cursor: shown,
        marks: &[],
        theme,
    };
    let curve = |side: Side<'_>, (series, told), strong| Curve {
        members: vec![(series, told)],
        style: theme.method(side.run.start.method),
        dash: if strong { Dash::Solid } else { dash(side.run.start.method) },
        marker: side.run.start.method.marker(),
        label: String::new(),
        strong,
        spread: Spread::None,
    };
    let below = if area.height >= 14 { area.height * 2 / 5 } else { area.height / 2 };
    let above = Rect { height: area.height - below, ..area };
    let names = [Along::Step, Along::Epoch, Along::Samples, Along::Seconds, Along::Session];
    let at = names.iter().position(|known| *known == along).unwrap_or(0);
    let axis = ["steps", "epochs", "documents", "seconds of training", "seconds of the session"][at];
    let title =
        fitting([format!("{} · along {axis}", metric.name()), metric.name(), metric.short_name()], width);
    frame.put(Span::styled(title, theme.strong()), above);
    let rest =
        |area: Rect| Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    let mut curves = vec![curve(pair.left, left, true)];
    if !same {
        curves.push(curve(pair.right, right, false));
    }
    plain(curves, None).view(frame.buffer_mut(), rest(above));
    let under = Rect { y: above.bottom(), height: below, ..area };
    if same {
        let text =
            "One run at two moments: its curve has no difference to itself. The line is the kept moment.";
        return crate::tui::screens::frame::show_text(state, frame, under, text);
    }
    let last = track.len().checked_sub(1).and_then(|i| track.series().point(i));
    let told = |value: f64| match metric.is_fraction() {
        true => format!("{} points", points(value)),
        false => format!("{}{}", if value < 0.0 { "−" } else { "+" }, short(value.abs())),
    };
    let now = last.map_or(String::new(), |point| format!(": {}", told(point.y)));
    let title = fitting([format!("difference of the curves{now}"), format!("difference{now}")], width);
    frame.put(Line::styled(title, theme.strong()), under);
    if track.is_empty() {
        // At the time shown: with the time cursor in the past, a run may go on that has ended since.
        let has_ended =
            |side: &Side<'_>| side.run.end.as_ref().is_some_and(|end| end.at <= side.moment.until);
        let ended = [pair.left, pair.right].iter().all(has_ended);
        let text = match ended {
            true => "The curves have no points in common: their steps are different ones.",
            false => "The curves have no points in common yet.",
        };
        return crate::tui::screens::frame::show_text(state, frame, rest(under), text);
    }
    let most = track.series().extremes(0..track.len()).map_or(1.0, |(low, high)| low.abs().max(high.abs()));
    let most = if most > 0.0 { most * 1.1 } else { 1.0 };
    let zero = |x: f64| Point { at: 0.0, x: [x; crate::plot::track::STORED], y: 0.0 };
    let mut line = Track::default();
    [window.0, window.1].into_iter().for_each(|x| line.push(zero(x)));
    let curves = vec![
        Curve {
            members: vec![(line.series(), line.len())],
            style: theme.dim(),
            dash: Dash::Dotted,
            marker: "·",
            label: String::new(),
            strong: false,
            spread: Spread::None,
        },
        Curve {
            members: vec![(track.series(), track.len())],
            style: theme.accent(),
            dash: Dash::Solid,
            marker: "●",
            label: String::new(),
            strong: true,
            spread: Spread::None,
        },
    ];
    plain(curves, Some((-most, most))).view(frame.buffer_mut(), rest(under));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::track::STORED;

    fn track(points: &[(f64, f64)]) -> Track {
        let mut track = Track::default();
        points.iter().for_each(|(x, y)| track.push(Point { at: *x, x: [*x; STORED], y: *y }));
        track
    }

    #[test]
    fn the_difference_is_where_both_curves_are_and_between_points_on_the_line() {
        let left = track(&[(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (9.0, 9.0)]);
        let right = track(&[(1.5, 1.0), (2.5, 3.0), (3.0, 4.0)]);
        let found = difference((left.series(), 4), (right.series(), 3), Along::Step);
        let points: Vec<(f64, f64)> =
            (0..found.len()).map(|i| found.series().point(i).unwrap()).map(|p| (p.x[0], p.y)).collect();
        assert_eq!(points, [(2.0, 4.0), (3.0, 3.0)]);
        // Only what is known by then.
        assert_eq!(difference((left.series(), 2), (right.series(), 1), Along::Step).len(), 0);
    }
}
