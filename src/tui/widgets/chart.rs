//! A chart: curves on common axes, drawn with braille dots.
//!
//! Each column of dots shows the range from the minimum to the maximum of the points in it (the envelope: stippled, so
//! that it is less prominent) and, over it, the smoothed curve. Both come from the summaries of [`Series`], so the cost
//! of a frame depends on its columns and not on the number of points. Several curves can be one band: their mean, and
//! their spread around it. Curves differ in colour, dash pattern and the marker at their end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::plot::columns::{self, Column, Horizontal, Spread};
use crate::plot::track::{Along, Series};
use crate::tui::theme::Theme;

use super::axis::Scale;

mod axes;
mod canvas;
mod curve;

use canvas::Canvas;
pub use curve::Curve;

/// Columns left of the plot for the labels of y, in a chart of this width.
fn left(width: u16) -> u16 {
    if width < 40 { 7 } else { 8 }
}

/// Rows under the plot for the axis and the labels of x.
const UNDER: u16 = 2;

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
    /// Whether the axis of x is logarithmic.
    pub log_x: bool,
    /// Whether the axis of y is logarithmic.
    pub log: bool,
    /// The range of y that is shown; `None` fits it to the curves.
    pub range: Option<(f64, f64)>,
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
    let left = left(area.width);
    Rect::new(
        area.x + left.min(area.width),
        area.y,
        area.width.saturating_sub(left + 1),
        area.height.saturating_sub(UNDER),
    )
}

/// The range of x that the known points of these curves cover. Each curve comes with the number of its known points.
pub fn extent<'a>(tracks: impl Iterator<Item = (Series<'a>, usize)>, along: Along) -> Option<(f64, f64)> {
    let mut found: Option<(f64, f64)> = None;
    for (series, told) in tracks {
        let ends = [Some(0), told.checked_sub(1)].map(|i| series.x(along, i?));
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
        let columns = self.columns(plot);
        let Some(scale) = self.scale(&columns, highest) else { return };
        let mut canvas = Canvas::new(plot, &scale);
        let mut order: Vec<usize> = (0..self.curves.len()).collect();
        order.sort_by_key(|&i| self.curves[i].strong);
        for &i in &order {
            if self.curves[i].is_spread() {
                canvas.envelope(&columns[i], self.curves[i].style);
            }
        }
        let ends: Vec<_> =
            order.iter().map(|&i| (&self.curves[i], canvas.curve(&columns[i], &self.curves[i]))).collect();
        self.axes(buffer, area, plot, &scale);
        canvas.paint(buffer, self.theme);
        let mut taken: Vec<Rect> = Vec::new();
        // The labels of strong curves come first, because a label must not cover another.
        for (curve, end) in ends.into_iter().rev() {
            taken.extend(end.and_then(|end| self.label(buffer, plot, curve, end, &taken)));
        }
        self.cursor_line(buffer, plot);
    }

    /// Writes the label of a curve beside its marker, if it covers neither another label nor a marker. Returns where.
    fn label(
        &self,
        buffer: &mut Buffer,
        plot: Rect,
        curve: &Curve,
        (x, y): (u16, u16),
        taken: &[Rect],
    ) -> Option<Rect> {
        let width = curve.label.width() as u16;
        let left = if x + width < plot.right() { x + 1 } else { x.checked_sub(width)? };
        let place = Rect::new(left, y, width, 1);
        let is_marker = |x| self.curves.iter().any(|curve| buffer[(x, y)].symbol() == curve.marker);
        let free = width > 0
            && left >= plot.x
            && taken.iter().all(|other| !other.intersects(place))
            && !(left..left + width).any(is_marker);
        free.then(|| {
            // What the curve has drawn there, such as dim dots, must not show through.
            buffer.set_style(place, Style::new().remove_modifier(Modifier::all()));
            buffer.set_stringn(left, y, &curve.label, usize::from(width), canvas::strong(curve));
            place
        })
    }

    /// The scale of y if the chart is drawn in `area`; `None` if there is nothing to draw.
    pub fn scale_in(&self, area: Rect) -> Option<Scale> {
        let plot = plot(area);
        if plot.width < 4 || plot.height < 2 {
            return None;
        }
        self.scale(&self.columns(plot), f64::INFINITY)
    }

    /// The axis of x.
    fn horizontal(&self) -> Horizontal {
        Horizontal::new(self.window, self.log_x)
    }

    /// The columns of each curve.
    fn columns(&self, plot: Rect) -> Vec<Vec<Column>> {
        let (horizontal, dots) = (self.horizontal(), i32::from(plot.width) * 2);
        let of =
            |(series, told): &(Series, usize)| columns::of(*series, *told, self.along, &horizontal, dots);
        let curve = |curve: &Curve| match &curve.members[..] {
            [one] => of(one),
            several => columns::band(&several.iter().map(of).collect::<Vec<_>>(), curve.spread, dots),
        };
        self.curves.iter().map(curve).collect()
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
            if self.fit_all && curve.is_spread() {
                take(column.low);
                take(column.high);
            }
            take(column.line);
        }
        if let Some((low, high)) = self.range.filter(|(low, high)| low < high && (!self.log || *low > 0.0)) {
            return Some(Scale { low, high, log: self.log });
        }
        if range.0 < highest {
            range.1 = range.1.min(highest);
        }
        (range.0 <= range.1).then(|| Scale::around(range.0, range.1, self.log))
    }
}

impl Curve<'_> {
    /// Whether something is stippled around the curve.
    fn is_spread(&self) -> bool {
        match self.spread {
            Spread::None => false,
            Spread::Extremes => true,
            Spread::Deviation => self.members.len() > 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::track::{Point, STORED, Track};
    use crate::tui::theme::Dash;

    fn drawn(values: impl Iterator<Item = f64>, window: Option<(f64, f64)>, log: bool) -> Vec<String> {
        let mut track = Track::default();
        track.set_weight(0.95);
        for (i, y) in values.enumerate() {
            track.push(Point { at: i as f64, x: [i as f64; STORED], y });
        }
        let told = track.len();
        let window =
            window.or(extent([(track.series(), told)].into_iter(), Along::Step)).unwrap_or((0.0, 1.0));
        let (style, marker) = (Style::new(), "●");
        let curve = Curve {
            members: vec![(track.series(), told)],
            style,
            dash: Dash::Solid,
            marker,
            label: String::new(),
            strong: false,
            spread: Spread::Extremes,
        };
        let chart = Chart {
            curves: vec![curve],
            along: Along::Step,
            powers: false,
            unit: "steps",
            window,
            log_x: false,
            log,
            range: None,
            fit_all: true,
            cursor: None,
            marks: &[],
            theme: Theme::dark(),
        };
        let area = Rect::new(0, 0, 60, 14);
        let mut buffer = Buffer::empty(area);
        chart.view(&mut buffer, area);
        (0..14).map(|y| (0..60).map(|x| buffer[(x, y)].symbol().to_string()).collect()).collect()
    }

    #[test]
    fn the_label_of_a_band_is_not_dim_where_the_band_is() {
        let tracks: Vec<Track> = [0.0, 1.0]
            .map(|more| {
                let mut track = Track::default();
                let point = |i: u32| Point {
                    at: f64::from(i),
                    x: [f64::from(i); STORED],
                    y: f64::from(i % 7) + more,
                };
                (0..200).for_each(|i| track.push(point(i)));
                track
            })
            .into();
        let curve = Curve {
            members: tracks.iter().map(|track| (track.series(), track.len())).collect(),
            style: Style::new(),
            dash: Dash::Solid,
            marker: "●",
            label: "500".into(),
            strong: false,
            spread: Spread::Extremes,
        };
        let chart = Chart {
            curves: vec![curve],
            along: Along::Step,
            powers: false,
            unit: "steps",
            window: (0.0, 200.0),
            log_x: false,
            log: false,
            range: None,
            fit_all: true,
            cursor: None,
            marks: &[],
            theme: Theme::dark(),
        };
        let area = Rect::new(0, 0, 60, 14);
        let mut buffer = Buffer::empty(area);
        chart.view(&mut buffer, area);
        let marker = buffer.content.iter().position(|cell| cell.symbol() == "●").unwrap();
        let before = &buffer.content[marker - 3..marker];
        let label: String = before.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(label, "500");
        assert!(before.iter().all(|cell| cell.modifier.is_empty()), "{before:?}");
        let dim = |cell: &ratatui::buffer::Cell| cell.modifier.contains(Modifier::DIM);
        assert!(buffer.content.iter().any(dim), "the band is dim");
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
