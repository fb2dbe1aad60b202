//! A line chart as SVG: axes with ticks and units, and for each series a line with markers and a band or whiskers.

use std::fmt::Write;

use super::markup::escaped;
use super::scale::Scale;
use super::series::Style;

/// The size of the drawing (width, height) and the margins for axes and title, in units of the SVG view box.
const SHEET: (f64, f64) = (420.0, 290.0);
const LEFT: f64 = 54.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = 46.0;
/// The approximate number of markers on a line with many points.
const MARKERS: usize = 7;
/// The horizontal distance between the whiskers of two series at the same value, so that they do not cover each other.
const ASIDE: f64 = 6.0;

/// An axis: its title, with the unit, and its scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The quantity and its unit, such as "epochs" or "accuracy (%)".
    pub title: String,
    /// The scale that maps values to positions on the axis.
    pub scale: Scale,
}

/// How the spread of a point is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// As an area along the line.
    Band,
    /// As an error bar at every point. The series are drawn side by side.
    Whiskers,
}

/// A point of a series, in the units of the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The value on the horizontal axis.
    pub x: f64,
    /// The value on the vertical axis.
    pub y: f64,
    /// The low and the high end of the spread around `y`. Both are `y` if there is no spread.
    pub spread: (f64, f64),
}

/// A series of points, drawn as a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The name, which a tooltip shows and a screen reader reads.
    pub name: String,
    /// The colour, dash pattern and marker that distinguish the series from others.
    pub style: Style,
    /// The points, from left to right.
    pub points: Vec<Point>,
}

/// A line chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The title above the chart.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// How spreads are drawn.
    pub spread: Spread,
    /// The series. The last is drawn over the others.
    pub series: Vec<Series>,
}

impl Chart {
    /// The chart as an SVG element for HTML.
    pub fn svg(&self) -> String {
        let (width, height) = SHEET;
        let title = escaped(&self.title);
        let names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
        let mut out = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}: {} against {}; {}\">\
             <text x=\"{LEFT}\" y=\"18\" class=\"t\">{title}</text>",
            escaped(&self.y.title),
            escaped(&self.x.title),
            escaped(&names.join(", "))
        );
        self.axes(&mut out);
        if self.spread == Spread::Band {
            self.series.iter().for_each(|series| self.band(&mut out, series));
        }
        let middle = (self.series.len() as f64 - 1.0) / 2.0;
        for (place, series) in self.series.iter().enumerate() {
            let aside = match self.spread {
                Spread::Band => 0.0,
                Spread::Whiskers => (place as f64 - middle) * ASIDE,
            };
            self.line(&mut out, series, aside);
        }
        out.push_str("</svg>");
        out
    }

    fn at_x(&self, x: f64) -> f64 {
        LEFT + self.x.scale.fraction(x) * (SHEET.0 - LEFT - RIGHT)
    }

    fn at_y(&self, y: f64) -> f64 {
        SHEET.1 - BOTTOM - self.y.scale.fraction(y) * (SHEET.1 - TOP - BOTTOM)
    }

    fn axes(&self, out: &mut String) {
        let (right, bottom) = (SHEET.0 - RIGHT, SHEET.1 - BOTTOM);
        for &tick in &self.y.scale.ticks {
            let (y, label) = (self.at_y(tick), self.y.scale.label(tick));
            let _ = write!(
                out,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" class=\"g\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" class=\"k\" text-anchor=\"end\">{label}</text>",
                LEFT - 7.0,
                y + 4.0
            );
        }
        for &tick in &self.x.scale.ticks {
            let (x, label) = (self.at_x(tick), self.x.scale.label(tick));
            // A label that is centred at the end of the axis would be cut off by the edge of the drawing.
            let anchor = if x > right - 12.0 { "end" } else { "middle" };
            let _ = write!(
                out,
                "<line x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{:.1}\" class=\"a\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" class=\"k\" text-anchor=\"{anchor}\">{label}</text>",
                bottom + 4.0,
                if anchor == "end" { x + 4.0 } else { x },
                bottom + 17.0
            );
        }
        let (middle, centre) = ((LEFT + right) / 2.0, (TOP + bottom) / 2.0);
        let _ = write!(
            out,
            "<path d=\"M{LEFT} {TOP}V{bottom}H{right}\" class=\"a\"/>\
             <text x=\"{middle:.1}\" y=\"{:.1}\" class=\"n\" text-anchor=\"middle\">{}</text>\
             <text transform=\"translate(13 {centre:.1}) rotate(-90)\" class=\"n\" text-anchor=\"middle\">{}</text>",
            SHEET.1 - 9.0,
            escaped(&self.x.title),
            escaped(&self.y.title)
        );
    }

    fn band(&self, out: &mut String, series: &Series) {
        if series.points.len() < 2 || series.points.iter().all(|p| p.spread.0 == p.spread.1) {
            return;
        }
        let there = series.points.iter().map(|p| (p.x, p.spread.1));
        let back = series.points.iter().rev().map(|p| (p.x, p.spread.0));
        let at: Vec<String> =
            there.chain(back).map(|(x, y)| format!("{:.1},{:.1}", self.at_x(x), self.at_y(y))).collect();
        let _ = write!(out, "<polygon points=\"{}\" class=\"b {}\"/>", at.join(" "), series.style.class());
    }

    fn line(&self, out: &mut String, series: &Series, aside: f64) {
        let place = |p: &Point| (self.at_x(p.x) + aside, self.at_y(p.y));
        let at: Vec<String> =
            series.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(
            out,
            "<g class=\"{}\"><title>{}</title><polyline points=\"{}\" class=\"l\"{}/>",
            series.style.class(),
            escaped(&series.name),
            at.join(" "),
            series.style.dashes()
        );
        if self.spread == Spread::Whiskers {
            for point in series.points.iter().filter(|p| p.spread.0 < p.spread.1) {
                let (x, low, high) = (place(point).0, self.at_y(point.spread.0), self.at_y(point.spread.1));
                let (left, right) = (x - 3.0, x + 3.0);
                let _ = write!(
                    out,
                    "<path d=\"M{left:.1} {low:.1}H{right:.1}M{x:.1} {low:.1}V{high:.1}M{left:.1} {high:.1}H{right:.1}\" \
                     class=\"w\"/>"
                );
            }
        }
        let every = match self.spread {
            Spread::Whiskers => 1,
            Spread::Band => series.points.len().div_ceil(MARKERS).max(1),
        };
        for point in series.points.iter().rev().step_by(every) {
            series.style.marker(out, place(point));
        }
        out.push_str("</g>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(spread: Spread) -> Chart {
        let point = |x: f64, y: f64| Point { x, y, spread: (y - 0.1, y + 0.1) };
        let series = |style: usize, name: &str| Series {
            name: name.into(),
            style: Style(style),
            points: vec![point(1.0, 0.5), point(2.0, 0.7), point(4.0, 0.8)],
        };
        Chart {
            title: "a <b> chart".into(),
            x: Axis { title: "epochs".into(), scale: Scale::linear([1.0, 4.0], 4).unwrap() },
            y: Axis { title: "accuracy (%)".into(), scale: Scale::linear([0.4, 0.9], 4).unwrap() },
            spread,
            series: vec![series(0, "one"), series(1, "\"two\"")],
        }
    }

    #[test]
    fn a_chart_has_axes_lines_and_spreads_and_text_does_not_act() {
        let bands = chart(Spread::Band).svg();
        assert_eq!(bands.matches("class=\"b ").count(), 2);
        assert_eq!(bands.matches("<polyline").count(), 2);
        assert!(
            bands.contains("a &lt;b&gt; chart")
                && bands.contains("&quot;two&quot;")
                && !bands.contains("<b>")
        );
        assert!(bands.contains(">epochs</text>") && bands.contains(">accuracy (%)</text>"));
        let whiskers = chart(Spread::Whiskers).svg();
        assert_eq!(whiskers.matches("class=\"w\"").count(), 6);
        assert!(!whiskers.contains("NaN") && !whiskers.contains("http"));
    }

    #[test]
    fn more_is_higher_and_later_is_further_right() {
        let chart = chart(Spread::Band);
        assert!(chart.at_y(0.8) < chart.at_y(0.5) && chart.at_x(4.0) > chart.at_x(1.0));
        assert!((chart.at_x(1.0) - LEFT).abs() < 1e-9);
    }
}
