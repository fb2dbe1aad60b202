//! Writes a map of words to a file: an image (SVG) or a table (CSV).
//!
//! The image has the layout of the screen, on a sheet of many small cells, so names overlap neither names nor dots. If
//! a name has no room, a tooltip on its dot shows it.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::markup::escaped;
use super::place::{Lens, Point, place};
use super::{Kind, Spot};

/// The size of the sheet in cells, and the size of a cell in pixels: width, height.
const SHEET: (u16, u16) = (200, 84);
const CELL: (f64, f64) = (8.0, 14.0);
/// The margin around the sheet and the height of the title above it, in pixels.
const MARGIN: f64 = 20.0;
const TITLE: f64 = 30.0;

/// Draws the words under a title as SVG. Returns the SVG text and how many names had no room.
pub fn svg(title: &str, spots: &[Spot]) -> (String, usize) {
    let points: Vec<Point> =
        spots.iter().map(|spot| Point { name: &spot.word, x: spot.x, y: spot.y }).collect();
    let placed = place(&points, SHEET, Lens::default());
    let (width, height) =
        (f64::from(SHEET.0) * CELL.0 + 2.0 * MARGIN, f64::from(SHEET.1) * CELL.1 + 2.0 * MARGIN + TITLE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{MARGIN}\" y=\"{}\" font-size=\"16\">{}</text>\n",
        MARGIN + 12.0,
        escaped(title)
    );
    let mut unnamed = 0;
    // The most important points come first in the list and are drawn last, so they cover the others.
    for each in placed.iter().rev() {
        let spot = &spots[each.point];
        let (x, y) = (MARGIN + (each.exact.0 + 0.5) * CELL.0, MARGIN + TITLE + (each.exact.1 + 0.5) * CELL.1);
        let radius = if spot.kind == Kind::Chosen { 4.5 } else { 3.0 };
        let (colour, word) = (colour(spot.kind), escaped(&spot.word));
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"><title>{word}</title></circle>"
        );
        let Some((column, row, name)) = &each.name else {
            unnamed += 1;
            continue;
        };
        let (x, y) =
            (MARGIN + f64::from(*column) * CELL.0, MARGIN + TITLE + (f64::from(*row) + 0.8) * CELL.1);
        // The layout assumed this width for the name, so the text is stretched to it, whatever the font's own width is.
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y:.1}\" fill=\"{colour}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            name.width() as f64 * CELL.0,
            escaped(name)
        );
    }
    out.push_str("</svg>\n");
    (out, unnamed)
}

/// A table of the words: `word,x,y,kind`.
pub fn csv(spots: &[Spot]) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = table.write_record(["word", "x", "y", "kind"]);
    for spot in spots {
        let (x, y) = (spot.x.to_string(), spot.y.to_string());
        let _ = table.write_record([&spot.word, &x, &y, spot.kind.name()]);
    }
    String::from_utf8(table.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Chosen => "#b00040",
        Kind::Near => "#1f4e9c",
        Kind::Probe => "#1a7f37",
        Kind::Other => "#555555",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_holds_every_word_and_no_markup_from_data() {
        let spot = |(i, word): (usize, &&str)| Spot {
            word: word.to_string(),
            x: (i as f32 * 0.7).sin(),
            y: (i as f32 * 1.3).cos(),
            kind: if i == 0 { Kind::Chosen } else { Kind::Other },
        };
        let spots: Vec<Spot> =
            ["good", "<script>", "a&b", "x\u{1b}[2J", "say \"so\""].iter().enumerate().map(spot).collect();
        let (image, unnamed) = svg("around <good>", &spots);
        assert_eq!((unnamed, image.matches("<circle").count()), (0, 5));
        for expected in ["&lt;script&gt;", "a&amp;b", "x␛[2J", "around &lt;good&gt;"] {
            assert!(image.contains(expected), "{expected} in\n{image}");
        }
        let table = csv(&spots);
        assert!(table.starts_with("word,x,y,kind\ngood,0,1,chosen\n"), "{table}");
        assert!(table.contains("\"say \"\"so\"\"\""));
    }
}
