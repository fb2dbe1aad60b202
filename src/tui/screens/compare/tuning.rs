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
    let names = names(comparison);
    let head =
        format!("{:>6}   {:<names$}{:>7}{:>10}{:>7}{:>7}", "labels", "", "trials", "time", "own", "best");
    lines.push(Line::styled(head, theme.dim()));
    for (at, row) in comparison.tuning.iter().enumerate() {
        let percent =
            |value: Option<f64>| value.map_or("–".into(), |value| format!("{:.1}", 100.0 * value));
        let time = if row.trials > 0.0 { duration(row.seconds) } else { "–".into() };
        let mut spans = side(comparison, at, theme);
        spans.push(Span::raw(fit_right(&format!("{:.0}", row.trials), 7)));
        spans.push(Span::raw(fit_right(&time, 10)));
        spans.push(Span::raw(fit_right(&percent(row.own), 7)));
        spans.push(Span::raw(fit_right(&percent(row.expected.last().map(|last| last.mean)), 7)));
        if row.trials == 0.0 {
            spans.push(Span::raw("  nothing to tune"));
        }
        lines.push(Line::from(spans));
    }
    lines.extend(chart(comparison, width, theme));
    let about = format!(
        "time: all trials of a run, on top of its own training · own, best: validation {} in % of the recipe's own settings \
         and of the chosen ones · the best of several scores is too high for new examples: compare methods by the test",
        comparison.metric.name()
    );
    let about = wrap(&about, width.saturating_sub(2)).into_iter();
    lines.extend(about.map(|line| Line::styled(line, theme.dim())));
    lines.push(Line::default());
    lines.push(Line::styled("the settings that each seed chose", theme.dim()));
    for (at, row) in comparison.tuning.iter().enumerate() {
        for (place, choice) in tuned::chosen(row).into_iter().enumerate() {
            let mut parts = wrap(&choice, width.saturating_sub(names + 11)).into_iter();
            let mut spans =
                if place == 0 { side(comparison, at, theme) } else { vec![Span::raw(" ".repeat(9 + names))] };
            spans.push(Span::raw(parts.next().unwrap_or_default()));
            lines.push(Line::from(spans));
            lines.extend(parts.map(|part| Line::from(format!("{}{part}", " ".repeat(9 + names)))));
        }
    }
    lines
}

/// The width of the names of the methods.
fn names(comparison: &Comparison) -> usize {
    let name = |row: &TuningRow| comparison.side(row.method, row.source.as_ref()).chars().count();
    comparison.tuning.iter().map(name).max().unwrap_or(0).clamp(10, 24)
}

/// The budget, unless it is that of the row before, and the method.
fn side(comparison: &Comparison, at: usize, theme: Theme) -> Vec<Span<'static>> {
    let (rows, row) = (&comparison.tuning, &comparison.tuning[at]);
    let again = at > 0 && rows[at - 1].budget == row.budget;
    let labels = if again { String::new() } else { row.budget.to_string() };
    let name = fit(&comparison.side(row.method, row.source.as_ref()), names(comparison));
    vec![
        Span::styled(fit_right(&labels, 6) + " ", theme.strong()),
        Span::styled(format!("{} {name}", row.method.marker()), theme.method(row.method)),
    ]
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
    let mut scale = format!("{:<SCALE$}", "trials");
    for trials in places {
        let text = trials.to_string();
        let start = SCALE + column(trials) as usize + 1 - text.len() / 2;
        if start > scale.chars().count() {
            scale.extend(std::iter::repeat_n(' ', start - scale.chars().count()));
            scale.push_str(&text);
        }
    }
    lines.push(Line::styled(scale, theme.dim()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::comparison::ChosenSettings;
    use crate::session::method::{Baseline, Strategy};
    use crate::session::tuning::TrialSettings;

    fn tuned() -> Comparison {
        let settings =
            |rate| TrialSettings { learning_rate: Some(rate), epochs: Some(40), ..Default::default() };
        let choice =
            |(seed, rate)| ChosenSettings { seed, trial: 1, score: Some(0.8), settings: settings(rate) };
        let row = TuningRow {
            method: Strategy::Scratch.into(),
            source: None,
            budget: Budget::Labels(500),
            trials: 6.0,
            seconds: 75.0,
            chosen: [(0, 0.002), (1, 0.004), (2, 0.002)].map(choice).to_vec(),
            own: Some(0.61),
            expected: (1..=6)
                .map(|trials| ExpectedBest { trials, mean: 0.6 + 0.01 * f64::from(trials), deviation: 0.01 })
                .collect(),
        };
        let frozen = TuningRow {
            method: Strategy::Frozen.into(),
            expected: row.expected.iter().map(|p| ExpectedBest { mean: p.mean + 0.1, ..*p }).collect(),
            ..row.clone()
        };
        let majority = TuningRow {
            method: Baseline::Majority.into(),
            trials: 0.0,
            chosen: Vec::new(),
            own: None,
            expected: Vec::new(),
            ..row.clone()
        };
        Comparison { tuning: vec![row, frozen, majority], ..Comparison::default() }
    }

    #[test]
    fn what_was_tried_is_a_table_a_chart_and_the_chosen_settings_at_every_width() {
        for width in [78, 98, 198] {
            let lines = lines(&tuned(), width, Theme::PLAIN);
            let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
            assert!(lines.iter().all(|line| line.width() <= width), "{text}");
            for expected in [
                "   500 ▲ scratch         6",
                "61.0   66.0",
                "nothing to tune",
                "lr 0.002 · 40 ep (seeds 1, 3)",
                "lr 0.004 · 40 ep (seed 2)",
            ] {
                assert!(text.contains(expected), "{expected} in\n{text}");
            }
            // Five markers of each method in the chart, one in the table and one at its settings.
            assert_eq!(text.matches('▲').count(), 7, "{text}");
            assert_eq!(text.matches('■').count(), 7, "{text}");
        }
        assert!(lines(&Comparison::default(), 80, Theme::PLAIN).is_empty());
    }
}
