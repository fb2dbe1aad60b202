//! The section on tuning: what was tried and chosen, and the expected best validation score after so many trials.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::plot::strip::Axis;
use crate::session::comparison::{Comparison, ExpectedBest, TuningRow};
use crate::session::tuned;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{duration, fit, fit_right, wrap};

use super::curve::{Canvas, HEIGHT, SCALE};

/// The widest chart, in cells.
const WIDEST: usize = 72;

/// The title and the lines; no lines without tuning.
pub fn lines(comparison: &Comparison, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if comparison.tuning.iter().all(|row| row.trials == 0.0) {
        return lines;
    }
    let head = format!(
        "{:>6} {:<12}{:>7}{:>10}{:>7}{:>7}  {}",
        "labels", "", "trials", "time", "own", "best", "chosen settings"
    );
    lines.push(Line::styled(fit(&head, head.len().min(width)), theme.dim()));
    let room = width.saturating_sub(54).max(12);
    let mut before = None;
    for row in &comparison.tuning {
        let labels = if before == Some(row.budget) { String::new() } else { row.budget.to_string() };
        before = Some(row.budget);
        let percent =
            |value: Option<f64>| value.map_or("–".into(), |value| format!("{:.1}", 100.0 * value));
        let chosen = match row.trials > 0.0 {
            true => tuned::chosen(row).join("; "),
            false => "nothing to tune".into(),
        };
        let mut parts = wrap(&chosen, room).into_iter();
        let time = if row.trials > 0.0 { duration(row.seconds) } else { "–".into() };
        lines.push(Line::from(vec![
            Span::styled(fit_right(&labels, 6) + " ", theme.strong()),
            Span::styled(
                format!("{} {:<10}", row.method.marker(), row.method.name()),
                theme.method(row.method),
            ),
            Span::raw(fit_right(&format!("{:.0}", row.trials), 7)),
            Span::raw(fit_right(&time, 10)),
            Span::raw(fit_right(&percent(row.own), 7)),
            Span::raw(fit_right(&percent(row.expected.last().map(|last| last.mean)), 7)),
            Span::raw(format!("  {}", parts.next().unwrap_or_default())),
        ]));
        lines.extend(parts.map(|part| Line::from(format!("{}{part}", " ".repeat(52)))));
    }
    lines.extend(chart(comparison, width, theme));
    let about = format!(
        "time: all trials of a run, on top of its own training · own, best: validation {} in % of the recipe's own settings \
         and of the chosen ones · the best of several scores is too high for new examples: compare methods by the test",
        comparison.metric.name()
    );
    let about = wrap(&about, width.saturating_sub(2)).into_iter();
    lines.extend(about.map(|line| Line::styled(line, theme.dim())));
    lines
}

/// The chart of the largest budget: a line for each method. Whiskers of one standard deviation are at the last trial of
/// each quarter.
fn chart(comparison: &Comparison, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let tuned = || comparison.tuning.iter().filter(|row| row.expected.len() > 1);
    let Some(budget) = tuned().map(|row| row.budget).max() else { return Vec::new() };
    let rows: Vec<&TuningRow> = tuned().filter(|row| row.budget == budget).collect();
    let most = rows.iter().map(|row| row.expected.len()).max().unwrap_or(1);
    let wide = width.saturating_sub(SCALE + 3).min(WIDEST);
    if wide < 20 {
        return Vec::new();
    }
    let of = |point: &ExpectedBest| [point.mean - point.deviation, point.mean + point.deviation];
    let ends = rows.iter().flat_map(|row| row.expected.iter().flat_map(of));
    let axis = match comparison.metric.least() < 0.0 {
        true => Axis::over(ends, 4),
        false => Axis::of_fractions(ends, 4),
    };
    let mut canvas = Canvas::new(wide, theme);
    let line = |value: f64| (HEIGHT - 1 - axis.cell(value, HEIGHT)) as f64;
    let middle = (rows.len() as f64 - 1.0) / 2.0;
    let column = |trials: usize| {
        rows.len() as f64
            + (trials - 1) as f64 / (most - 1) as f64 * (wide as f64 - 2.0 * rows.len() as f64 - 1.0)
    };
    let places: Vec<usize> = [1, most.div_ceil(4), most.div_ceil(2), (3 * most).div_ceil(4), most].into();
    let mut marks: Vec<(f64, &TuningRow, usize, Style)> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        // Markers at the same number of trials are side by side.
        let aside = (place as f64 - middle) * 1.5;
        let style = theme.method(row.method);
        for (at, pair) in row.expected.windows(2).enumerate() {
            let ends = [(at + 1, pair[0].mean), (at + 2, pair[1].mean)];
            let [from, to] = ends.map(|(trials, mean)| (column(trials) + aside, line(mean)));
            canvas.line(from, to, style);
        }
        let shown = places.iter().filter(|&&trials| trials <= row.expected.len());
        marks.extend(shown.map(|&trials| (column(trials) + aside, *row, trials - 1, style)));
    }
    for (x, row, at, style) in &marks {
        let [bottom, top] = of(&row.expected[*at]).map(line);
        for y in top as usize..=bottom as usize {
            canvas.put(*x, y as f64, '│', *style);
        }
    }
    for (x, row, at, style) in &marks {
        let marker = row.method.marker().chars().next().unwrap_or('•');
        canvas.put(*x, line(row.expected[*at].mean), marker, *style);
    }
    let title = format!(
        "expected best validation {} after so many trials, {budget} labels (whiskers: ± 1 standard deviation)",
        comparison.metric.name()
    );
    let mut lines = vec![Line::default()];
    let title = wrap(&title, width.saturating_sub(2)).into_iter();
    lines.extend(title.map(|line| Line::styled(line, theme.dim())));
    lines.extend(canvas.lines(axis, theme));
    let mut scale = " ".repeat(SCALE);
    for trials in places {
        let text = trials.to_string();
        let start = SCALE + column(trials) as usize + 1 - text.len() / 2;
        if start > scale.chars().count() {
            scale.extend(std::iter::repeat_n(' ', start - scale.chars().count()));
            scale.push_str(&text);
        }
    }
    lines.push(Line::styled(scale + " trials", theme.dim()));
    lines
}
