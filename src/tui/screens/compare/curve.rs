//! A chart of accuracy against the number of labels: a marker for each method and budget, and an error bar of one
//! standard deviation on each side. The axis of labels is logarithmic.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::plot::strip::Axis;
use crate::session::method::{Baseline, Method, Strategy};
use crate::tui::theme::Theme;
use crate::tui::widgets::text::fit_right;

use super::table::Row;

/// The height of the plot, in rows.
pub const HEIGHT: usize = 11;
/// The width of the scale at the left, in cells.
pub const SCALE: usize = 7;

/// The chart as lines of `width` cells; no lines if there are fewer than two budgets.
pub fn lines(rows: &[Row], width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut labels: Vec<usize> = rows.iter().map(|row| row.labels).collect();
    labels.sort_unstable();
    labels.dedup();
    let wide = width.saturating_sub(SCALE + 1).min(72);
    let (Some(&least), Some(&most)) = (labels.first(), labels.last()) else { return Vec::new() };
    if labels.len() < 2 || wide < 20 {
        return Vec::new();
    }
    let spread = |row: &Row| row.deviation.unwrap_or(0.0);
    let axis = Axis::of_fractions(rows.iter().flat_map(|r| [r.mean - spread(r), r.mean + spread(r)]), 4);
    let mut canvas = Canvas::new(wide, theme);
    let log = |labels: usize| (labels.max(1) as f64).ln();
    let span = (log(most) - log(least)).max(1e-9);
    // The constants leave room at both ends for markers that are side by side.
    let column = |labels: usize| 5.0 + (log(labels) - log(least)) / span * (wide as f64 - 11.0);
    let line = |value: f64| (HEIGHT - 1 - axis.cell(value, HEIGHT)) as f64;
    // Markers of the same budget are side by side. The usual methods keep their places even without results.
    let usual = [
        Method::Baseline(Baseline::TfIdf),
        Method::Strategy(Strategy::Scratch),
        Method::Strategy(Strategy::Frozen),
        Method::Strategy(Strategy::FineTuned),
    ];
    let is_there = |method: &Method| usual.contains(method) || rows.iter().any(|row| row.method == *method);
    let methods: Vec<Method> = Method::all().filter(is_there).collect();
    let middle = methods.len() as f64 - 1.0;
    let mut points: Vec<(f64, &Row, Style)> = Vec::new();
    for (place, method) in methods.into_iter().enumerate() {
        let style = theme.method(method);
        let mut own: Vec<&Row> =
            rows.iter().filter(|row| row.method == method && row.mean.is_finite()).collect();
        own.sort_by_key(|row| row.labels);
        let x = |row: &Row| column(row.labels) + place as f64 * 2.0 - middle;
        for pair in own.windows(2) {
            canvas.line((x(pair[0]), line(pair[0].mean)), (x(pair[1]), line(pair[1].mean)), style);
        }
        points.extend(own.into_iter().map(|row| (x(row), row, style)));
    }
    // Error bars are drawn over the lines, and markers over the error bars.
    for (x, row, style) in &points {
        let (top, bottom) = (line(row.mean + spread(row)), line(row.mean - spread(row)));
        for y in top as usize..=bottom as usize {
            canvas.put(*x, y as f64, '│', *style);
        }
    }
    for (x, row, style) in &points {
        canvas.put(*x, line(row.mean), row.method.marker().chars().next().unwrap_or('•'), *style);
    }
    let mut lines = canvas.lines(axis, theme);
    let mut scale = " ".repeat(SCALE + 1);
    for labels in labels {
        let text = labels.to_string();
        let start = SCALE + 1 + column(labels) as usize;
        let start = start.saturating_sub(text.len() / 2).max(scale.chars().count() + 1);
        scale.extend(std::iter::repeat_n(' ', start - scale.chars().count()));
        scale.push_str(&text);
    }
    lines.push(Line::styled(scale + " labels", theme.dim()));
    lines
}

/// The area of a chart.
pub struct Canvas {
    wide: usize,
    cells: Vec<Vec<(char, Style)>>,
}

impl Canvas {
    /// An empty area of [`HEIGHT`] rows.
    pub fn new(wide: usize, theme: Theme) -> Canvas {
        Canvas { wide, cells: vec![vec![(' ', theme.text()); wide]; HEIGHT] }
    }

    /// Sets a cell.
    pub fn put(&mut self, x: f64, y: f64, c: char, style: Style) {
        let cell = self.cells.get_mut(y.round() as usize).and_then(|row| row.get_mut(x.round() as usize));
        if let Some(cell) = cell {
            *cell = (c, style);
        }
    }

    /// Draws a line of dots between two positions.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), style: Style) {
        let steps = (to.0 - from.0).abs().max(1.0) as usize;
        for step in (1..steps).step_by(2) {
            let fraction = step as f64 / steps as f64;
            let (x, y) = (from.0 + (to.0 - from.0) * fraction, from.1 + (to.1 - from.1) * fraction);
            self.put(x, y, '·', style);
        }
    }

    /// The rows, with the ticks of `axis` at the left.
    pub fn lines(&self, axis: Axis, theme: Theme) -> Vec<Line<'static>> {
        let ticks = axis.ticks();
        let named = |y: usize| ticks.iter().find(|tick| HEIGHT - 1 - axis.cell(**tick, HEIGHT) == y);
        (0..HEIGHT)
            .map(|y| {
                let name = named(y).map_or(String::new(), |tick| format!("{:.0} %", tick * 100.0));
                let edge = if name.is_empty() { "│" } else { "┤" };
                let mut spans =
                    vec![Span::styled(format!("{}{edge}", fit_right(&name, SCALE - 1)), theme.dim())];
                let cells = self.cells[y][..self.wide].iter();
                spans.extend(cells.map(|(c, style)| Span::styled(c.to_string(), *style)));
                Line::from(spans)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::history::History;
    use crate::tui::screens::compare::table;
    use crate::tui::testing;

    fn text(lines: &[Line]) -> String {
        lines.iter().map(|line| line.to_string() + "\n").collect()
    }

    #[test]
    fn every_side_has_its_marker_at_every_budget() {
        let history = History::of(testing::entries());
        let rows = table::provisional(&history, f64::INFINITY);
        let chart = text(&lines(&rows, 70, Theme::PLAIN));
        for method in [
            Method::Strategy(Strategy::Scratch),
            Method::Strategy(Strategy::Frozen),
            Method::Strategy(Strategy::FineTuned),
            Method::Baseline(Baseline::TfIdf),
        ] {
            assert_eq!(chart.matches(method.marker()).count(), 2, "{chart}");
        }
        assert!(chart.contains("100 ") && chart.contains("1000 labels"), "{chart}");
    }

    #[test]
    fn one_budget_or_no_room_makes_no_chart() {
        let history = History::of(testing::entries());
        let mut rows = table::provisional(&history, f64::INFINITY);
        assert!(lines(&rows, 20, Theme::PLAIN).is_empty());
        rows.retain(|row| row.labels == 100);
        assert!(lines(&rows, 70, Theme::PLAIN).is_empty());
        assert!(lines(&[], 70, Theme::PLAIN).is_empty());
    }
}
