//! The learning-rate finder: the loss against the learning rate, for the selected run or for pre-training.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::plot::columns::Spread;
use crate::plot::track::{Along, Point, STORED, Track};
use crate::session::budget::Budget;
use crate::train::protocol::command::{Id, LrTarget, Question};
use crate::train::protocol::curve::PAST;
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::screens::commands::quoted;
use crate::tui::state::State;
use crate::tui::theme::Dash;
use crate::tui::widgets::chart::{Chart, Curve};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fitting, short, wrap};

use super::layout::Parts;
use super::model::{selected, view, window};
use super::state::{Envelope, LrFinder, View};

/// Starts the learning-rate finder: for the selected run in the view of the runs, otherwise for pre-training. In the
/// finder's own view it repeats the last test.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let trained = state.history.recipe.as_ref().is_some_and(|recipe| recipe.trains_source());
    let of = match (view(state), selected(state).map(|i| &state.history.runs[i].start)) {
        (View::LrFinder, _) => state.screens.train.lr_finder.of,
        (View::Runs, Some(run)) => Some(LrTarget::Method(run.method, run.budget)),
        _ if trained => Some(LrTarget::Source),
        _ => None,
    };
    let Some(of) = of else {
        state.toast(
            "Nothing is pre-trained here. Select a run with ↑ ↓ first; r then tries learning rates for it.",
        );
        return Vec::new();
    };
    let (id, effect) = state.ask(Question::LrFinder { of });
    let whole = state.screens.train.lr_finder.whole;
    state.screens.train.lr_finder = LrFinder { of: Some(of), asked: Some(id), whole, ..LrFinder::default() };
    state.screens.train.view = Some(View::LrFinder);
    (state.screens.train.choices.zoom, state.screens.train.cursor) = (None, None);
    vec![effect]
}

/// Stores an answer if it belongs to this question.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let finder = &mut state.screens.train.lr_finder;
    if finder.asked != Some(id) {
        return;
    }
    match answer {
        Answer::LrFinder(test) => {
            finder.track = Track::default();
            finder.track.set_weight(PAST);
            for sample in &test.curve.samples {
                finder.track.push(Point {
                    at: 0.0,
                    x: [sample.learning_rate.log10(); STORED],
                    y: sample.loss,
                });
            }
            finder.heard = Some(Ok(test.clone()));
        }
        Answer::Unknown(why) => finder.heard = Some(Err(why.clone())),
        _ => {}
    }
}

/// Whether there is a curve.
pub fn has_curve(state: &State) -> bool {
    !state.screens.train.lr_finder.track.is_empty()
}

/// The command line that does the same.
pub fn command(state: &State) -> Option<String> {
    let folder = quoted(&state.folder.as_ref()?.display().to_string());
    Some(match state.screens.train.lr_finder.of? {
        LrTarget::Source => format!("warmstart lr-find {folder} --source"),
        LrTarget::Method(method, budget) => {
            let method = method.name();
            let labels = match budget {
                Budget::All => "all".to_string(),
                Budget::Labels(labels) => labels.to_string(),
            };
            format!("warmstart lr-find {folder} --method {method} --labels {labels}")
        }
    })
}

/// Draws the curve and the suggested learning rate.
pub fn draw(state: &State, frame: &mut Frame, parts: &Parts) {
    let (theme, train, finder) = (state.theme, &state.screens.train, &state.screens.train.lr_finder);
    let name = finder.of.map_or(String::new(), |of| of.to_string());
    let track = &finder.track;
    let log_y = if train.log { " · log y" } else { "" };
    // Which run the curve belongs to is also shown beside the chart.
    let texts = match at_cursor(state) {
        Some((learning_rate, ..)) => vec![format!(" · ┊ learning rate {}{log_y}", short(learning_rate))],
        None => vec![format!(" · {name}{log_y}"), log_y.to_string()],
    };
    let extra = fitting(texts, usize::from(parts.heading.width).saturating_sub(32));
    let heading = Line::from(vec![
        Span::styled(" loss against the learning rate", theme.strong()),
        Span::styled(cut(&extra, usize::from(parts.heading.width).saturating_sub(32)), theme.dim()),
    ]);
    frame.put(heading, parts.heading);
    let test = finder.heard.as_ref().and_then(|heard| heard.as_ref().ok());
    let suggested: Vec<f64> = (test.into_iter())
        .flat_map(|test| [test.curve.steepest(), test.curve.tenth()])
        .flatten()
        .map(f64::log10)
        .collect();
    let high = test.and_then(|test| highest(&test.curve));
    let highest = high.filter(|_| !finder.whole);
    if let Some(window) = window(state).filter(|_| !track.is_empty()) {
        let curve = Curve {
            members: vec![(track.series(), track.len())],
            style: theme.accent(),
            dash: Dash::Solid,
            marker: "●",
            label: String::new(),
            strong: false,
            spread: if train.envelope == Envelope::None { Spread::None } else { Spread::Extremes },
        };
        let chart = Chart {
            curves: vec![curve],
            along: Along::Step,
            powers: true,
            unit: "lr",
            window,
            log_x: false,
            log: train.log,
            range: None,
            fit_all: true,
            cursor: train.cursor,
            marks: &suggested,
            theme,
        };
        chart.view_up_to(frame.buffer_mut(), parts.chart, highest.unwrap_or(f64::INFINITY));
    }
    let lines = told(state, usize::from(parts.list.width));
    frame.put(lines, parts.list);
    let mut notes = Vec::new();
    if !suggested.is_empty() {
        notes.extend([Span::styled(" ▲", theme.warning()), Span::styled(" suggested", theme.dim())]);
    }
    if let Some(highest) = highest {
        let text = format!(" ▴ losses above {}: f shows them", short(highest));
        notes.push(Span::styled(text, theme.dim()));
    }
    frame.put(Line::from(notes), parts.notes);
}

/// The upper end of y: a little above the highest loss before the minimum. At learning rates that are too high, the
/// loss can be a hundred times higher, and the descent, which the user wants to see, would look like a flat line.
/// `None` if no loss is above this end.
fn highest(curve: &crate::train::protocol::curve::Curve) -> Option<f64> {
    let samples = &curve.samples;
    let least = (0..samples.len()).min_by(|&a, &b| samples[a].smoothed.total_cmp(&samples[b].smoothed))?;
    let losses = samples[..=least].iter().map(|sample| sample.loss);
    let (low, high) = losses.fold((f64::MAX, f64::MIN), |(low, high), loss| (low.min(loss), high.max(loss)));
    // If the losses are all the same, the range still has some height.
    let highest = high + (high - low).max(low.abs() / 10.0) / 4.0;
    samples.iter().any(|sample| sample.loss > highest).then_some(highest)
}

/// Learning rate, loss and smoothed loss at the cursor.
fn at_cursor(state: &State) -> Option<(f64, f64, f64)> {
    let track = state.screens.train.lr_finder.track.series();
    let place = track.nearest(Along::Step, state.screens.train.cursor?, track.len()).unwrap_or(0);
    let point = track.point(place)?;
    Some((10_f64.powf(point.x[0]), point.y, track.smoothed(place)?))
}

/// The result of the learning-rate finder as text.
fn told(state: &State, width: usize) -> Vec<Line<'static>> {
    let (theme, finder) = (state.theme, &state.screens.train.lr_finder);
    let text = |text: &str| -> Vec<Line<'static>> {
        let lines = wrap(text, width.saturating_sub(3).max(16));
        lines.into_iter().map(|line| Line::styled(format!("  {line}"), theme.dim())).collect()
    };
    let mut lines = vec![Line::styled(" which learning rate?", theme.strong())];
    lines.extend(text(&finder.of.map_or(String::new(), |of| of.to_string())));
    let test = match &finder.heard {
        None => {
            lines.extend(text("is asked for…"));
            return lines;
        }
        Some(Err(why)) => {
            lines.extend(text(why));
            return lines;
        }
        Some(Ok(test)) => test,
    };
    let curve = &test.curve;
    if !test.optimizer.is_empty() {
        lines.extend(text(&test.optimizer));
    }
    lines.push(Line::default());
    let figure = |name: &str, learning_rate: Option<f64>| {
        let learning_rate = learning_rate.map_or("–".to_string(), short);
        Line::from(vec![
            Span::styled(format!("  {name:<18}"), theme.dim()),
            Span::styled(format!("{learning_rate:>9}"), theme.text()),
        ])
    };
    match (curve.end, curve.samples.len()) {
        (None, 0) => lines.extend(text(&format!("{}…", test.doing))),
        (end, tried) => {
            lines.push(figure("falls fastest at", curve.steepest()));
            lines.push(figure("a tenth of least", curve.tenth()));
            lines.push(figure("the recipe's own", Some(f64::from(test.own_learning_rate))));
            if let Some((learning_rate, loss, smoothed)) = at_cursor(state) {
                lines.push(figure("┊ learning rate", Some(learning_rate)));
                lines.push(figure("┊ loss", Some(loss)));
                lines.push(figure("┊ smoothed", Some(smoothed)));
            }
            lines.push(Line::default());
            lines.extend(match end {
                Some(end) => text(&format!("{tried} learning rates; {}", end.name())),
                None => text(&format!("{tried} learning rates tried…")),
            });
            if curve.end.is_some() && curve.steepest().is_none() {
                lines.extend(text("the loss falls at none of them"));
            }
        }
    }
    lines.push(Line::default());
    lines.extend(text(
        "A copy at its start takes an update at each learning rate and is thrown away; the session goes on as before. \
         esc goes back, r tries again.",
    ));
    lines
}
