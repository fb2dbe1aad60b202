//! The score of each method at each budget, with a strip of dots.

use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::plot::strip::{self, Axis};
use crate::session::budget::{Budget, Proportions};
use crate::session::comparison::Comparison;
use crate::session::metric::Metric;
use crate::session::record::{TEST, VALIDATION};
use crate::session::text_transfer::TextTask;
use crate::session::tuned;
use crate::tui::screens::compare::table::Row;
use crate::tui::state::State;
use crate::tui::widgets::text::{fit, fit_right};

use super::section::{ROOMY, Section, budget, name_width, side, wrapped};

/// The metric that decides, and the one that is shown beside it.
fn metrics(state: &State) -> (Metric, Metric) {
    let decides = state.history.recipe.as_ref().and_then(|recipe| recipe.metric).unwrap_or_default();
    (decides, Comparison { metric: decides, ..Comparison::default() }.beside())
}

/// The name of the deciding metric, at the beginning of a heading.
pub fn heading(state: &State) -> String {
    let (first, rest) = metrics(state).0.name().split_at(1);
    first.to_uppercase() + rest
}

pub fn accuracy(state: &State, provisional: bool, rows: &[Row], width: usize) -> Section {
    let theme = state.theme;
    let mut others: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.others) {
        if !others.contains(name) {
            others.push(name.clone());
        }
    }
    others.truncate(4);
    let name = |set: &str| fit_right(&cut(set, 12), set.chars().count().clamp(7, 12) + 2);
    let heads: String = others.iter().map(|set| name(set)).collect();
    let seeds = if provisional { 10 } else { 0 };
    let names = name_width(rows) + 2;
    let mut used = 7 + names + 13 + heads.chars().count() + seeds + 2;
    // The metric beside the deciding one gets a column if the strip of dots keeps its minimum width.
    let (decides, beside) = metrics(state);
    let head = format!("  {}", beside.name());
    let beside = (used + head.len() + 3 + ROOMY <= width).then_some(head);
    used += beside.as_ref().map_or(0, String::len);
    let heads = beside.clone().unwrap_or_default() + &heads;
    let room = width.saturating_sub(used + 3).min(90);
    let spread = |row: &Row| row.deviation.unwrap_or(0.0);
    let values = rows.iter().flat_map(|row| {
        row.values.iter().copied().chain([row.mean - spread(row), row.mean + spread(row)]).collect::<Vec<_>>()
    });
    let ticks = (room / 8).clamp(4, 8);
    let axis =
        if decides.least() < 0.0 { Axis::over(values, ticks) } else { Axis::of_fractions(values, ticks) };
    let mut lines = Vec::new();
    if rows.is_empty() {
        return Section { title: String::new(), lines };
    }
    // Ticks closer than a point have a decimal.
    let digits = usize::from(axis.ticks().windows(2).any(|pair| pair[1] - pair[0] < 0.0099));
    let percent = |value: f64| format!("{:.digits$} %", value * 100.0);
    let scale = if room >= 12 { axis.scale(room, percent) } else { String::new() };
    let measured = if provisional { "of" } else { "" };
    let head = format!(
        "{:>6} {:<names$}{:>13}{heads}  {}{scale}",
        "labels",
        "",
        cut(&format!("{} %", decides.name()), 13),
        fit(measured, seeds)
    );
    lines.push(Line::styled(head, theme.dim()));
    for (at, row) in rows.iter().enumerate() {
        let mut spans = vec![budget(rows, at, theme), side(row, rows, theme)];
        let figure = match (row.mean.is_finite(), row.deviation) {
            (false, _) => "–".into(),
            (true, None) => format!("{:.1}      ", row.mean * 100.0),
            (true, Some(deviation)) => format!("{:.1} ± {:<3.1}", row.mean * 100.0, deviation * 100.0),
        };
        spans.push(Span::styled(fit_right(&figure, 13), theme.strong()));
        let figure =
            |value: f64| if value.is_finite() { format!("{:.1}", value * 100.0) } else { "–".into() };
        if let Some(head) = &beside {
            spans.push(Span::raw(fit_right(&figure(row.beside), head.len())));
        }
        for set in &others {
            let value = row.others.iter().find(|(name, _)| name == set).map(|(_, value)| *value);
            spans.push(Span::raw(fit_right(&figure(value.unwrap_or(f64::NAN)), name(set).chars().count())));
        }
        spans.push(Span::raw("  "));
        if provisional {
            let set = if row.set == VALIDATION { "val" } else { "test" };
            let of = format!("{set} {}/{}", row.values.len(), row.planned);
            spans.push(Span::styled(fit(&of, seeds), theme.dim()));
        }
        if room >= 12 {
            let marker = row.method.marker().chars().next().unwrap_or('•');
            let interval = row.deviation.map(|d| (row.mean - d, row.mean + d));
            let strip =
                strip::Row { dots: &row.values, interval, mean: Some((row.mean, marker)), line: None };
            spans.push(Span::styled(strip::row(axis, room, strip), theme.method(row.method)));
        }
        lines.push(Line::from(spans));
    }
    let mut about = sets(state);
    if provisional && rows.iter().any(|row| row.set == VALIDATION) {
        about = format!("val: on the validation part, until the run is tested · {about}");
    }
    lines.extend(wrapped(&about, width).into_iter().map(|line| line.style(theme.dim())));
    let tuned = state.comparison().map(tuned::title).unwrap_or_default().replacen("; ", " · ", 1);
    let title =
        format!("{} · mean ± standard deviation over the seeds · dots: single seeds{tuned}", heading(state));
    Section { title, lines }
}

/// Describes the test sets.
fn sets(state: &State) -> String {
    let demo = state
        .history
        .recipe
        .as_ref()
        .and_then(|recipe| recipe.text())
        .is_some_and(|text| matches!(text.task(), TextTask::Demo { .. }));
    let tests = state.history.data.as_ref().map_or(&[][..], |data| &data.tests);
    let describe = |(name, documents): &(String, usize)| {
        let what = match (name == TEST, demo) {
            (true, true) => ", made by the grammar that made the training reviews",
            (false, true) => ", written one by one: no grammar made them",
            (true, false) => "",
            (false, false) => ", a further test set",
        };
        format!("{name}: {documents} {}{what}", state.modality().examples())
    };
    let balanced = state.history.recipe.as_ref().is_some_and(|recipe| {
        recipe.proportions() == Proportions::Balanced
            && recipe.labels.iter().any(|budget| *budget != Budget::All)
    });
    let mut described: Vec<String> = tests.iter().map(describe).collect();
    if balanced {
        described.push("budgets have the same number of labels of each class".into());
    }
    described.join(" · ")
}
