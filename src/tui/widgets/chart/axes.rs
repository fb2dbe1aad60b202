//! The axes of a chart: ticks with labels, the interventions under it, and the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::plot::track::Along;
use crate::tui::widgets::axis::Scale;

use super::{Chart, left};

impl Chart<'_> {
    pub(super) fn axes(&self, buffer: &mut Buffer, area: Rect, plot: Rect, scale: &Scale) {
        let style = self.theme.dim();
        let line = self.theme.line();
        for y in plot.top()..plot.bottom() {
            put(buffer, plot.x - 1, y, "│", line);
        }
        for (value, label) in scale.ticks(usize::from(plot.height / 3).clamp(2, 12)) {
            let row = (1.0 - scale.fraction(value)) * f64::from(plot.height) - 0.5;
            let row = plot.y + (row.round().max(0.0) as u16).min(plot.height - 1);
            put(buffer, plot.x - 1, row, "┤", line);
            let width = label.width() as u16;
            if width < left(area.width) {
                put(buffer, plot.x - 1 - width, row, &label, style);
            }
        }
        let under = plot.bottom();
        if under + 1 >= area.bottom() {
            return;
        }
        put(buffer, plot.x - 1, under, "└", line);
        for x in plot.left()..plot.right() {
            put(buffer, x, under, "─", line);
        }
        let (from, to) = self.window;
        let log = self.horizontal().log;
        let ticks = usize::from(plot.width / 10).clamp(2, 12);
        let ticks: Vec<(f64, String)> = if self.powers {
            let scale = Scale { low: 10_f64.powf(from), high: 10_f64.powf(to), log: true };
            scale.ticks(ticks).into_iter().map(|(value, label)| (value.log10(), label)).collect()
        } else {
            // There is nothing between two steps.
            let least = if self.along == Along::Step { 1.0 } else { 0.0 };
            Scale { low: from, high: to, log }.ticks_from(ticks, least)
        };
        let mut labels: Vec<(u16, String)> = Vec::new();
        for (value, label) in ticks {
            let x = self.cell(value, plot);
            put(buffer, x, under, "┬", line);
            labels.push((x.saturating_sub(label.width() as u16 / 2), label));
        }
        // The unit is beside the first label: there it does not move while the axis grows.
        match labels.first_mut() {
            Some((_, first)) => *first = format!("{first} {}", self.unit),
            None => labels.push((plot.x, self.unit.to_string())),
        }
        // The first and the last label matter most, so they are placed first.
        let last = labels.len() - 1;
        labels[last.min(1)..].rotate_right(1);
        let mut taken: Vec<(u16, u16)> = Vec::new();
        for (x, label) in labels {
            let width = label.width() as u16;
            let x = x.min(area.right().saturating_sub(width)).max(area.x);
            let free = |&(from, to): &(u16, u16)| x + width < from || x > to;
            if taken.iter().all(free) {
                put(buffer, x, under + 1, &label, style);
                taken.push((x, x + width));
            }
        }
        for &mark in self.marks.iter().filter(|mark| (from..=to).contains(*mark)) {
            put(buffer, self.cell(mark, plot), under, "▲", self.theme.warning());
        }
    }

    /// The column of cells at `x`.
    fn cell(&self, x: f64, plot: Rect) -> u16 {
        let dot = self.horizontal().dot(x, i32::from(plot.width) * 2).clamp(0, i32::from(plot.width) * 2 - 1);
        plot.x + (dot / 2) as u16
    }

    /// The vertical line through all curves. It does not overwrite their dots.
    pub(super) fn cursor_line(&self, buffer: &mut Buffer, plot: Rect) {
        let Some(x) = self.cursor.filter(|x| (self.window.0..=self.window.1).contains(x)) else { return };
        let x = self.cell(x, plot);
        for y in plot.top()..plot.bottom() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                if cell.symbol() == " " {
                    cell.set_symbol("┊").set_style(self.theme.text());
                } else {
                    cell.modifier.insert(Modifier::REVERSED);
                }
            }
        }
    }
}

fn put(buffer: &mut Buffer, x: u16, y: u16, text: &str, style: Style) {
    if buffer.area.contains((x, y).into()) {
        buffer.set_stringn(x, y, text, usize::from(buffer.area.right() - x), style);
    }
}
