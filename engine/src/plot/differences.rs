//! A chart of differences as SVG. Each row shows the mean of a difference and its interval, beside a line at 0. The dot
//! of a row is filled if the whole interval lies on one side of 0. Otherwise, or without an interval, it is hollow.

use std::fmt::Write;

use super::cells::cut;
use super::markup::escaped;
use super::scale::Scale;

const WIDTH: f64 = 440.0;
const LEFT: f64 = 164.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 44.0;
const ROW: f64 = 22.0;
/// The maximum width of a name, in cells.
const NAME: usize = 23;

/// A difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The two operands, such as "a − b".
    pub name: String,
    /// The mean difference.
    pub mean: f64,
    /// The interval of the mean (low, high); `None` if it is not known.
    pub interval: Option<(f64, f64)>,
}

/// The chart as an SVG element for HTML. `unit` is the title of the axis; `scale` maps the values to it.
pub fn svg(title: &str, unit: &str, rows: &[Row], scale: &Scale) -> String {
    let bottom = TOP + ROW * rows.len() as f64 + 4.0;
    let height = bottom + BOTTOM;
    let at = |value: f64| LEFT + scale.fraction(value) * (WIDTH - LEFT - RIGHT);
    let title = escaped(title);
    let unit = escaped(unit);
    let mut out = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}: {unit}\">\
         <text x=\"0\" y=\"18\" class=\"t\">{title}</text>"
    );
    for &tick in &scale.ticks {
        let (x, label) = (at(tick), scale.label(tick));
        let class = if tick == 0.0 { "z" } else { "g" };
        let _ = write!(
            out,
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" class=\"{class}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" class=\"k\" text-anchor=\"middle\">{label}</text>",
            bottom + 16.0
        );
    }
    for (place, row) in rows.iter().enumerate() {
        let (y, x) = (TOP + ROW * (place as f64 + 0.5) + 2.0, at(row.mean));
        let side = match row.interval {
            Some((low, _)) if low > 0.0 => "up",
            Some((_, high)) if high < 0.0 => "down",
            _ => "open",
        };
        let _ = write!(
            out,
            "<g class=\"{side}\"><text x=\"{:.1}\" y=\"{:.1}\" class=\"k\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            y + 4.0,
            escaped(&cut(&row.name, NAME))
        );
        if let Some((low, high)) = row.interval {
            let (low, high, top, foot) = (at(low), at(high), y - 4.0, y + 4.0);
            let _ = write!(
                out,
                "<path d=\"M{low:.1} {y:.1}H{high:.1}M{low:.1} {top:.1}V{foot:.1}M{high:.1} {top:.1}V{foot:.1}\" class=\"w\"/>"
            );
        }
        let class = if side == "open" { "h" } else { "m" };
        let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" class=\"{class}\"/></g>");
    }
    let _ = write!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" class=\"n\" text-anchor=\"middle\">{unit}</text></svg>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        height - 9.0
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_on_which_side_of_0_it_is() {
        let row = |name: &str, mean, interval| Row { name: name.into(), mean, interval };
        let rows = [
            row("a − b", 3.0, Some((1.0, 5.0))),
            row("b − <c>", -2.0, Some((-3.0, -1.0))),
            row("c − d", 0.5, Some((-1.0, 2.0))),
            row("one seed", 1.0, None),
        ];
        let scale = Scale::linear([-3.0, 5.0, 0.0], 4).unwrap();
        let image = svg("100 labels", "points", &rows, &scale);
        let count = |what: &str| image.matches(what).count();
        assert_eq!((count("class=\"up\""), count("class=\"down\""), count("class=\"open\"")), (1, 1, 2));
        assert_eq!((count("class=\"w\""), count("class=\"z\"")), (3, 1));
        assert!(image.contains("b − &lt;c&gt;"));
    }
}
