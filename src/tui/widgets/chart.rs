//! A chart: curves on common axes, drawn with braille dots.
//!
//! Each column of dots shows the range from the minimum to the maximum of the points in it (the envelope: stippled, so
//! that it is less prominent) and, over it, the smoothed curve. Both come from the summaries of [`Track`], so the cost
//! of a frame depends on its columns and not on the number of points. Curves differ in colour, dash pattern and the
//! marker at their end.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::tui::theme::{Dash, Theme};

use super::axis::Scale;
use super::track::{Along, Track};

/// Columns left of the plot for the labels of y.
const LEFT: u16 = 8;
/// Rows under the plot for the axis and the labels of x.
const UNDER: u16 = 2;

/// A curve and its style.
#[derive(Debug)]
pub struct Curve<'a> {
    pub track: &'a Track,
    /// How many points are known at the time that is shown. Only these are drawn.
    pub told: usize,
    pub style: Style,
    pub dash: Dash,
    pub marker: &'static str,
    /// Whether the curve is drawn twice as thick and over all others.
    pub strong: bool,
    /// Whether the minimum and maximum of each column are shown.
    pub envelope: bool,
}

/// Curves on common axes.
#[derive(Debug)]
pub struct Chart<'a> {
    pub curves: Vec<Curve<'a>>,
    pub along: Along,
    /// Whether x is the base-10 logarithm of the quantity that the labels show.
    pub powers: bool,
    /// The unit of x.
    pub unit: &'a str,
    /// The range of x that is shown.
    pub window: (f64, f64),
    pub log: bool,
    /// Whether the range of y includes every point. Otherwise it includes only the smoothed curves, and `▴` marks
    /// points above it.
    pub fit_all: bool,
    /// The x of a vertical line through all curves.
    pub cursor: Option<f64>,
    /// The values of x at which the user intervened.
    pub marks: &'a [f64],
    pub theme: Theme,
}

/// The area of the plot, without axes and labels, for a chart drawn in `area`.
pub fn plot(area: Rect) -> Rect {
    Rect::new(
        area.x + LEFT.min(area.width),
        area.y,
        area.width.saturating_sub(LEFT + 1),
        area.height.saturating_sub(UNDER),
    )
}

/// The range of x that the known points of these curves cover. Each curve comes with the number of its known points.
pub fn extent<'a>(tracks: impl Iterator<Item = (&'a Track, usize)>, along: Along) -> Option<(f64, f64)> {
    let mut found: Option<(f64, f64)> = None;
    for (track, told) in tracks {
        let ends = [Some(0), told.checked_sub(1)].map(|i| track.point(i?).map(|p| p.x[along as usize]));
        if let (true, [Some(first), Some(last)]) = (told > 0, ends)
            && first.is_finite()
            && last.is_finite()
        {
            let (low, high) = found.unwrap_or((first, last));
            found = Some((low.min(first), high.max(last)));
        }
    }
    found
}

/// The summary of one curve in one column of dots.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// The column, in dots. The points just beyond the borders have columns outside the plot.
    x: i32,
    low: f64,
    high: f64,
    /// The smoothed value at the last point of the column.
    line: f64,
}

impl Chart<'_> {
    /// Draws the chart.
    pub fn view(&self, buffer: &mut Buffer, area: Rect) {
        self.view_up_to(buffer, area, f64::INFINITY);
    }

    /// Draws the chart with y ending at `highest`, if any value is below. Curves leave the plot there.
    pub fn view_up_to(&self, buffer: &mut Buffer, area: Rect, highest: f64) {
        let area = area.intersection(buffer.area);
        let plot = plot(area);
        if plot.width < 4 || plot.height < 2 {
            return;
        }
        let columns: Vec<Vec<Column>> =
            self.curves.iter().map(|curve| self.columns(curve, i32::from(plot.width) * 2)).collect();
        let Some(scale) = self.scale(&columns, highest) else { return };
        let mut canvas = Canvas::new(plot, &scale);
        let mut order: Vec<usize> = (0..self.curves.len()).collect();
        order.sort_by_key(|&i| self.curves[i].strong);
        for &i in &order {
            if self.curves[i].envelope {
                canvas.envelope(&columns[i], self.curves[i].style);
            }
        }
        for &i in &order {
            canvas.curve(&columns[i], &self.curves[i]);
        }
        self.axes(buffer, area, plot, &scale);
        canvas.paint(buffer, self.theme);
        self.cursor_line(buffer, plot);
    }

    /// The column of dots at `x`.
    fn dot(&self, x: f64, dots: i32) -> i32 {
        let (from, to) = self.window;
        ((x - from) / (to - from) * f64::from(dots - 1)).round().clamp(-1e6, 1e6) as i32
    }

    /// The summaries of a curve, one for each column that has points, plus the nearest point outside the plot on each
    /// side.
    fn columns(&self, curve: &Curve, dots: i32) -> Vec<Column> {
        let (from, to) = self.window;
        let Curve { track, told, .. } = curve;
        let step = (to - from) / f64::from(dots - 1);
        if !(step > 0.0 && step.is_finite()) {
            return Vec::new();
        }
        let summary = |x: i32, points: Range<usize>| -> Option<Column> {
            let (low, high) = track.extremes(points.clone())?;
            let line = track.smoothed(points.end - 1)?;
            Some(Column { x, low, high, line })
        };
        let single = |i: usize| {
            let x = track.point(i).map(|p| self.dot(p.x[self.along as usize], dots))?;
            summary(x, i..i + 1)
        };
        let mut columns = Vec::new();
        let mut start = track.find(self.along, from - step / 2.0, 0..*told);
        columns.extend(start.checked_sub(1).and_then(single));
        for x in 0..dots {
            if start >= *told {
                break;
            }
            let border = from + (f64::from(x) + 0.5) * step;
            // Where points are dense, the next border is near, so the search begins there.
            let near = (start + 64).min(*told);
            let mut end = track.find(self.along, border, start..near);
            if end == near {
                end = track.find(self.along, border, near..*told);
            }
            if start < end {
                columns.extend(summary(x, start..end));
                start = end;
            }
        }
        if start < *told {
            columns.extend(single(start));
        }
        columns
    }

    /// The scale of y for the visible part, up to `highest`.
    fn scale(&self, columns: &[Vec<Column>], highest: f64) -> Option<Scale> {
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        let mut take = |y: f64| {
            if y.is_finite() && (!self.log || y > 0.0) {
                range = (range.0.min(y), range.1.max(y));
            }
        };
        for (column, curve) in
            columns.iter().zip(&self.curves).flat_map(|(c, k)| c.iter().map(move |c| (c, k)))
        {
            if self.fit_all && curve.envelope {
                take(column.low);
                take(column.high);
            }
            take(column.line);
        }
        if range.0 < highest {
            range.1 = range.1.min(highest);
        }
        (range.0 <= range.1).then(|| Scale::around(range.0, range.1, self.log))
    }

    fn axes(&self, buffer: &mut Buffer, area: Rect, plot: Rect, scale: &Scale) {
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
            if width < LEFT {
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
        let ticks = usize::from(plot.width / 10).clamp(2, 12);
        let ticks: Vec<(f64, String)> = if self.powers {
            let scale = Scale { low: 10_f64.powf(from), high: 10_f64.powf(to), log: true };
            scale.ticks(ticks).into_iter().map(|(value, label)| (value.log10(), label)).collect()
        } else {
            Scale { low: from, high: to, log: false }.ticks(ticks)
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
        let dot = self.dot(x, i32::from(plot.width) * 2).clamp(0, i32::from(plot.width) * 2 - 1);
        plot.x + (dot / 2) as u16
    }

    /// The vertical line through all curves. It does not overwrite their dots.
    fn cursor_line(&self, buffer: &mut Buffer, plot: Rect) {
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

/// The content of a cell: the dots of the stippled envelopes and, over them, the dots of the curves.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    back: u8,
    back_style: Style,
    front: u8,
    front_style: Style,
    marker: Option<&'static str>,
}

/// The cells of the plot.
struct Canvas<'a> {
    plot: Rect,
    scale: &'a Scale,
    cells: Vec<Cell>,
}

/// The bit of each dot of a braille character, by row and column.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl<'a> Canvas<'a> {
    fn new(plot: Rect, scale: &'a Scale) -> Canvas<'a> {
        Canvas {
            plot,
            scale,
            cells: vec![Cell::default(); usize::from(plot.width) * usize::from(plot.height)],
        }
    }

    /// The cell and the bit of a dot, if the dot is inside the plot.
    fn at(&mut self, x: i32, y: i32) -> Option<(&mut Cell, u8)> {
        let (width, height) = (i32::from(self.plot.width), i32::from(self.plot.height));
        if !(0..width * 2).contains(&x) || !(0..height * 4).contains(&y) {
            return None;
        }
        let bit = BITS[(y % 4) as usize][(x % 2) as usize];
        self.cells.get_mut((y / 4 * width + x / 2) as usize).map(|cell| (cell, bit))
    }

    /// The row of dots at `value`; for values outside the range, a row far outside the plot.
    fn row(&self, value: f64) -> Option<i32> {
        let fraction = self.scale.fraction(value);
        let dots = f64::from(self.plot.height) * 4.0;
        fraction.is_finite().then(|| ((1.0 - fraction) * (dots - 1.0)).round().clamp(-1e4, 1e5) as i32)
    }

    /// Draws the range from minimum to maximum of each column, stippled.
    fn envelope(&mut self, columns: &[Column], style: Style) {
        let bottom = i32::from(self.plot.height) * 4 - 1;
        for column in columns {
            // A minimum that has no logarithm is drawn at the bottom.
            let low = self.row(column.low).unwrap_or(bottom);
            let Some(high) = self.row(column.high) else { continue };
            for y in high.max(0)..=low.min(bottom) {
                if (y == high || y == low || (y + column.x) % 2 == 0)
                    && let Some((cell, bit)) = self.at(column.x, y)
                {
                    cell.back |= bit;
                    cell.back_style = style;
                }
            }
            if high < 0
                && let Some((cell, _)) = self.at(column.x, 0)
            {
                cell.marker = Some("▴");
                cell.front_style = style;
            }
        }
    }

    /// Draws the smoothed curve with its marker at the end.
    fn curve(&mut self, columns: &[Column], curve: &Curve) {
        let mut length = 0;
        let mut before: Option<(i32, i32)> = None;
        for column in columns {
            let Some(y) = self.row(column.line) else {
                before = None;
                continue;
            };
            match before {
                Some((x0, y0)) => self.segment((x0, y0), (column.x, y), curve, &mut length),
                None => self.dot(column.x, y, curve),
            }
            before = Some((column.x, y));
        }
        let last = columns.iter().rev().find(|column| column.x < i32::from(self.plot.width) * 2);
        if let Some((x, y)) = last.and_then(|column| Some((column.x, self.row(column.line)?)))
            && let Some((cell, _)) = self.at(x, y)
        {
            cell.marker = Some(curve.marker);
            cell.front_style = strong(curve);
        }
    }

    /// Draws a straight line without its first dot.
    fn segment(&mut self, from: (i32, i32), to: (i32, i32), curve: &Curve, length: &mut u32) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs());
        // The end point can be far outside the plot, so only the visible dots are drawn.
        let width = i32::from(self.plot.width) * 2;
        let (first, last) = if dx > 0 && dx >= dy.abs() {
            ((-from.0).max(1), (width - from.0).min(steps))
        } else {
            (1, steps.min(100_000))
        };
        for i in first..=last {
            let x = from.0 + (f64::from(dx) * f64::from(i) / f64::from(steps)).round() as i32;
            let y = from.1 + (f64::from(dy) * f64::from(i) / f64::from(steps)).round() as i32;
            *length += 1;
            if shown(curve.dash, *length) || curve.strong {
                self.dot(x, y, curve);
            }
        }
    }

    fn dot(&mut self, x: i32, y: i32, curve: &Curve) {
        for y in [y, y + 1].into_iter().take(if curve.strong { 2 } else { 1 }) {
            if let Some((cell, bit)) = self.at(x, y) {
                cell.front |= bit;
                if cell.marker.is_none() {
                    cell.front_style = strong(curve);
                }
            }
        }
    }

    fn paint(&self, buffer: &mut Buffer, theme: Theme) {
        for (i, cell) in self.cells.iter().enumerate() {
            let (x, y) = (i % usize::from(self.plot.width), i / usize::from(self.plot.width));
            let place = (self.plot.x + x as u16, self.plot.y + y as u16);
            let Some(target) = buffer.cell_mut(place) else { continue };
            if let Some(marker) = cell.marker {
                target.set_symbol(marker).set_style(cell.front_style);
            } else if cell.front != 0 {
                target.set_char(braille(cell.front)).set_style(cell.front_style);
            } else if cell.back != 0 {
                let style = if theme == Theme::Plain { Style::new() } else { cell.back_style };
                target.set_char(braille(cell.back)).set_style(style.add_modifier(Modifier::DIM));
            }
        }
    }
}

fn strong(curve: &Curve) -> Style {
    if curve.strong { curve.style.add_modifier(Modifier::BOLD) } else { curve.style }
}

/// Whether the dash pattern has a dot at this length along the curve, in dots.
fn shown(dash: Dash, length: u32) -> bool {
    match dash {
        Dash::Solid => true,
        Dash::Dashed => length % 8 < 5,
        Dash::Dotted => length.is_multiple_of(4),
        Dash::DashDot => matches!(length % 10, 0..5 | 7),
    }
}

fn braille(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::track::Point;

    fn drawn(values: impl Iterator<Item = f64>, window: Option<(f64, f64)>, log: bool) -> Vec<String> {
        let mut track = Track::default();
        track.set_weight(0.95);
        for (i, y) in values.enumerate() {
            track.push(Point { at: i as f64, x: [i as f64; 3], y });
        }
        let told = track.len();
        let window = window.or(extent([(&track, told)].into_iter(), Along::Step)).unwrap_or((0.0, 1.0));
        let (style, marker) = (Style::new(), "●");
        let curve =
            Curve { track: &track, told, style, dash: Dash::Solid, marker, strong: false, envelope: true };
        let chart = Chart {
            curves: vec![curve],
            along: Along::Step,
            powers: false,
            unit: "steps",
            window,
            log,
            fit_all: true,
            cursor: None,
            marks: &[],
            theme: Theme::Dark,
        };
        let area = Rect::new(0, 0, 60, 14);
        let mut buffer = Buffer::empty(area);
        chart.view(&mut buffer, area);
        (0..14).map(|y| (0..60).map(|x| buffer[(x, y)].symbol().to_string()).collect()).collect()
    }

    fn is_dots(c: char) -> bool {
        ('\u{2801}'..='\u{28ff}').contains(&c)
    }

    #[test]
    fn one_spike_among_ten_thousand_points_is_seen_wherever_it_is() {
        for at in [0, 1, 4_999, 7_777, 9_999] {
            let rows = drawn((0..10_000).map(|i| if i == at { 9.0 } else { 1.0 }), None, false);
            assert!(rows[0].chars().any(is_dots), "spike at {at}: {rows:#?}");
            let low = drawn((0..10_000).map(|i| if i == at { 1.0 } else { 9.0 }), None, false);
            assert!(low[11].chars().any(|c| is_dots(c) || c == '●'), "dip at {at}: {low:#?}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        drawn([].into_iter(), None, false);
        drawn([1.0].into_iter(), None, false);
        drawn([f64::NAN, f64::INFINITY, -1.0].into_iter(), None, true);
        drawn([1e300, -1e300, 0.0].into_iter(), None, false);
        drawn((0..100).map(f64::from), Some((40.2, 40.3)), false);
        drawn((0..100).map(f64::from), Some((5.0, 5.0)), false);
        drawn((0..100).map(f64::from), Some((-1e9, 1e9)), true);
    }

    #[test]
    fn between_points_far_apart_the_curve_goes_on_to_the_borders() {
        let rows = drawn((0..100).map(f64::from), Some((40.2, 40.8)), false);
        let plot: Vec<&String> = rows.iter().take(12).collect();
        let filled = |x: usize| plot.iter().any(|row| row.chars().nth(x).is_some_and(is_dots));
        assert!(filled(9) && filled(30) && filled(57), "{rows:#?}");
    }

    #[test]
    fn axes_have_round_labels_and_the_unit() {
        let rows = drawn((0..=1000).map(|i| f64::from(i) / 1000.0), None, false);
        assert!(rows[13].contains("0 steps ") && rows[13].contains(" 600 "), "{}", rows[13]);
        assert!(rows[13].trim_end().ends_with(" 1000"), "the unit hides no label: {}", rows[13]);
        assert!(rows.iter().any(|row| row.starts_with("    0.5┤")), "{rows:#?}");
    }
}
