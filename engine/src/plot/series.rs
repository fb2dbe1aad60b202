//! The styles of series. Series differ in colour, dash pattern and marker, so that a reader can distinguish them
//! without seeing colours.
//!
//! The style sheet of the page defines the colours. An element of class `c3` gets its colour as `currentColor`.

use std::fmt::Write;

/// The number of colours and of markers. Styles with higher numbers repeat them.
pub const COLOURS: usize = 8;
/// The dash patterns. The first is a solid line.
const DASHES: [&str; 5] = ["", "7 3", "2 3", "9 3 2 3", "4 2"];

/// The style of a series, by its number from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style(pub usize);

impl Style {
    /// The CSS class of the elements of the series, which sets the colour.
    pub fn class(self) -> String {
        format!("c{}", self.0 % COLOURS)
    }

    /// The dash pattern as an SVG attribute with a space before it. Empty for a solid line.
    pub fn dashes(self) -> String {
        // When the colours repeat, each colour gets another dash pattern than before.
        match DASHES[(self.0 + self.0 / COLOURS) % DASHES.len()] {
            "" => String::new(),
            dashes => format!(" stroke-dasharray=\"{dashes}\""),
        }
    }

    /// Writes the marker of the series, centred at a point, to `out`.
    pub fn marker(self, out: &mut String, (x, y): (f64, f64)) {
        let r = 4.0;
        let polygon = |points: &[(f64, f64)]| {
            let at: Vec<String> =
                points.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
            format!("<polygon points=\"{}\" class=\"m\"/>", at.join(" "))
        };
        // Writing to a string cannot fail.
        let _ = match self.0 % COLOURS {
            0 => write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" class=\"m\"/>"),
            1 => write!(out, "{}", polygon(&[(-r, -r), (r, -r), (r, r), (-r, r)])),
            2 => write!(out, "{}", polygon(&[(0.0, -r - 1.0), (r + 1.0, r), (-r - 1.0, r)])),
            3 => write!(
                out,
                "{}",
                polygon(&[(0.0, -r - 2.0), (r + 1.0, 0.0), (0.0, r + 2.0), (-r - 1.0, 0.0)])
            ),
            4 => write!(out, "{}", polygon(&[(0.0, r + 1.0), (r + 1.0, -r), (-r - 1.0, -r)])),
            5 => write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" class=\"h\"/>"),
            6 => {
                let (l, t, g, b) = (x - r, y - r, x + r, y + r);
                write!(
                    out,
                    "<path d=\"M{l:.1} {t:.1}L{g:.1} {b:.1}M{l:.1} {b:.1}L{g:.1} {t:.1}\" class=\"h\"/>"
                )
            }
            _ => {
                let (l, t, g, b) = (x - r, y - r, x + r, y + r);
                write!(out, "<path d=\"M{l:.1} {y:.1}H{g:.1}M{x:.1} {t:.1}V{b:.1}\" class=\"h\"/>")
            }
        };
    }

    /// A short line with the marker, for a legend.
    pub fn key(self) -> String {
        let mut out = format!(
            "<svg class=\"key {}\" viewBox=\"0 0 34 14\" width=\"34\" height=\"14\" aria-hidden=\"true\">\
             <line x1=\"1\" y1=\"7\" x2=\"33\" y2=\"7\" class=\"l\"{}/>",
            self.class(),
            self.dashes()
        );
        self.marker(&mut out, (17.0, 7.0));
        out.push_str("</svg>");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_series_of_a_session_look_alike() {
        let mut seen: Vec<String> = (0..16).map(|i| Style(i).key()).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 16);
        // The first `COLOURS` styles also differ without colours.
        let without = |i: usize| Style(i).key().replace(&Style(i).class(), "");
        let mut seen: Vec<String> = (0..COLOURS).map(without).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), COLOURS);
    }
}
