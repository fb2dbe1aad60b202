//! A screen of a terminal as SVG: characters in a grid, with their colours. Braille dots and block elements are drawn as
//! shapes, because fonts draw them with gaps.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::markup::escaped;

/// Red, green and blue.
pub type Colour = [u8; 3];

/// A cell of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What is in it; empty behind a character of two cells.
    pub text: String,
    /// The colour of the character, if it is not the usual one.
    pub colour: Option<Colour>,
    /// The colour of the cell, if it is not the usual one.
    pub background: Option<Colour>,
    /// Whether the character is bold.
    pub bold: bool,
    /// Whether the character is fainter than others.
    pub faint: bool,
}

/// The size of a cell.
const CELL: (f64, f64) = (8.0, 16.0);
/// The space around the grid.
const AROUND: f64 = 8.0;

/// The colours that a screen has where its cells have none of their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// That of empty cells.
    pub background: Colour,
    /// That of characters.
    pub text: Colour,
}

/// The rows of cells as an SVG document.
pub fn svg(title: &str, rows: &[Vec<Cell>], usual: Usual) -> String {
    let mut out = beginning(title, rows, usual, "");
    rows.iter().enumerate().for_each(|(row, cells)| draw_row(&mut out, row, cells));
    out.push_str("</g></svg>\n");
    out
}

/// Several screens of one size as an SVG document that shows one after another, each for `seconds` seconds, again and again. Readers who
/// ask for less motion see the last one. A row that stays as it is is drawn once.
pub fn film(title: &str, screens: &[Vec<Vec<Cell>>], seconds: f64, usual: Usual) -> String {
    let (frames, most) = (screens.len(), screens.iter().map(Vec::len).max().unwrap_or(0));
    let row = |frame: usize, row: usize| screens[frame].get(row).map_or(&[][..], |cells| cells);
    let (mut style, mut drawn) = (String::new(), String::new());
    let mut known: Vec<(usize, usize)> = Vec::new();
    for at in 0..most {
        let mut from = 0;
        while from < frames {
            let same = (from..frames).take_while(|&frame| row(frame, at) == row(from, at)).count();
            let until = from + same;
            if same == frames {
                draw_row(&mut drawn, at, row(from, at));
            } else {
                if !known.contains(&(from, until)) {
                    known.push((from, until));
                    let place = |frame: usize| 100.0 * frame as f64 / frames as f64;
                    // Writing to a string cannot fail.
                    let _ = write!(
                        style,
                        "@keyframes k{from}-{until}{{0%{{visibility:{}}}",
                        if from == 0 { "visible" } else { "hidden" }
                    );
                    if from > 0 {
                        let _ = write!(style, "{:.3}%{{visibility:visible}}", place(from));
                    }
                    if until < frames {
                        let _ = write!(style, "{:.3}%{{visibility:hidden}}", place(until));
                    }
                    let _ = write!(
                        style,
                        "}}.k{from}-{until}{{animation:k{from}-{until} {}s step-end infinite}}",
                        seconds * frames as f64
                    );
                }
                let last = if until == frames { " last" } else { "" };
                let _ = write!(drawn, "<g class=\"moving k{from}-{until}{last}\">");
                draw_row(&mut drawn, at, row(from, at));
                drawn.push_str("</g>\n");
            }
            from = until;
        }
    }
    style.push_str(
        "@media (prefers-reduced-motion:reduce){.moving{animation:none;visibility:hidden}.last{visibility:visible}}",
    );
    let widest = screens.iter().max_by_key(|rows| rows.iter().map(Vec::len).max());
    let mut out =
        beginning(title, widest.map_or(&[], |rows| rows), usual, &format!("<style>{style}</style>"));
    out.push_str(&drawn);
    out.push_str("</g></svg>\n");
    out
}

/// The beginning of a document: its size, that of `rows`, and its ground.
fn beginning(title: &str, rows: &[Vec<Cell>], usual: Usual, style: &str) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (width, height) = (columns as f64 * CELL.0 + 2.0 * AROUND, rows.len() as f64 * CELL.1 + 2.0 * AROUND);
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{title}\"><title>{title}</title>{style}\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{}\"/>\
         <g font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"13\" fill=\"{}\" \
         xml:space=\"preserve\">\n",
        hex(usual.background),
        hex(usual.text)
    )
}

/// Draws the row with this number.
fn draw_row(out: &mut String, row: usize, cells: &[Cell]) {
    let top = AROUND + row as f64 * CELL.1;
    let mut column = 0;
    while column < cells.len() {
        // Cells that look alike are one piece.
        let alike = |other: &&Cell| looks(other) == looks(&cells[column]);
        let length = cells[column..].iter().take_while(alike).count();
        piece(out, &cells[column..column + length], (AROUND + column as f64 * CELL.0, top));
        column += length;
    }
}

type Looks = (Option<Colour>, Option<Colour>, bool, bool, bool);

fn looks(cell: &Cell) -> Looks {
    (cell.colour, cell.background, cell.bold, cell.faint, shape(&cell.text).is_some())
}

/// Writes cells that look alike.
fn piece(out: &mut String, cells: &[Cell], (left, top): (f64, f64)) {
    let first = &cells[0];
    let width = cells.len() as f64 * CELL.0;
    // Writing to a string cannot fail.
    if let Some(background) = first.background {
        let _ = writeln!(
            out,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{}\"/>",
            CELL.1,
            hex(background)
        );
    }
    let fill = first.colour.map_or(String::new(), |colour| format!(" fill=\"{}\"", hex(colour)));
    let faint = if first.faint { " opacity=\"0.6\"" } else { "" };
    if shape(&first.text).is_some() {
        let mut path = String::new();
        for (at, cell) in cells.iter().enumerate() {
            let x = left + at as f64 * CELL.0;
            for (dx, dy, w, h) in shape(&cell.text).into_iter().flatten() {
                let _ = write!(path, "M{:.1} {:.1}h{w:.1}v{h:.1}h{:.1}z", x + dx, top + dy, -w);
            }
        }
        if !path.is_empty() {
            let _ = writeln!(out, "<path d=\"{path}\"{fill}{faint}/>");
        }
        return;
    }
    let text: String = cells.iter().map(|cell| cell.text.as_str()).collect();
    if text.trim().is_empty() {
        return;
    }
    let bold = if first.bold { " font-weight=\"bold\"" } else { "" };
    // The length keeps the columns below each other in every font.
    let used = text.width() as f64 * CELL.0;
    let _ = writeln!(
        out,
        "<text x=\"{left}\" y=\"{:.1}\" textLength=\"{used}\" lengthAdjust=\"spacingAndGlyphs\"{fill}{bold}{faint}>{}</text>",
        top + 12.5,
        escaped(&text)
    );
}

/// A rectangle in a cell: left, top, width, height.
type Rect = (f64, f64, f64, f64);

/// The shapes of a braille character or a block element; `None` for other text.
fn shape(text: &str) -> Option<Vec<Rect>> {
    let mut letters = text.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
    let (width, height) = CELL;
    let code = u32::from(letter);
    Some(match letter {
        '\u{2800}'..='\u{28ff}' => {
            // The places of the dots, by their bits: columns of three, then the fourth row.
            const DOTS: [(f64, f64); 8] = [
                (0.0, 0.0),
                (0.0, 1.0),
                (0.0, 2.0),
                (1.0, 0.0),
                (1.0, 1.0),
                (1.0, 2.0),
                (0.0, 3.0),
                (1.0, 3.0),
            ];
            let (w, h) = (width / 2.0, height / 4.0);
            let there = DOTS.iter().enumerate().filter(|(bit, _)| (code - 0x2800) >> bit & 1 == 1);
            there.map(|(_, (x, y))| (x * w + w * 0.15, y * h + h * 0.15, w * 0.7, h * 0.7)).collect()
        }
        '█' => vec![(0.0, 0.0, width, height)],
        '▀' => vec![(0.0, 0.0, width, height / 2.0)],
        // Lower eighths, and left eighths.
        '\u{2581}'..='\u{2587}' => {
            let part = height * f64::from(code - 0x2580) / 8.0;
            vec![(0.0, height - part, width, part)]
        }
        '\u{2589}'..='\u{258f}' => vec![(0.0, 0.0, width * f64::from(0x2590 - code) / 8.0, height)],
        '▐' => vec![(width / 2.0, 0.0, width / 2.0, height)],
        '\u{2596}'..='\u{259f}' => {
            // Quarters: upper left 1, upper right 2, lower left 4, lower right 8.
            const QUARTERS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
            let bits = QUARTERS[(code - 0x2596) as usize];
            let (w, h) = (width / 2.0, height / 2.0);
            let places = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)];
            let there = places.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
            there.map(|(_, (x, y))| (*x, *y, w, h)).collect()
        }
        _ => return None,
    })
}

fn hex([r, g, b]: Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, colour: Option<Colour>) -> Vec<Cell> {
        let cell =
            |c: char| Cell { text: c.to_string(), colour, background: None, bold: false, faint: false };
        text.chars().map(cell).collect()
    }

    const DARK: Usual = Usual { background: [0; 3], text: [255; 3] };

    #[test]
    fn rows_that_stay_are_drawn_once_and_others_while_they_are_there() {
        let screen = |second: &str| vec![cells("head", None), cells(second, None)];
        let moving = film("x", &[screen("one"), screen("one"), screen("two"), screen("one")], 0.5, DARK);
        assert_eq!(moving.matches(">head</text>").count(), 1);
        assert_eq!(moving.matches(">one</text>").count(), 2);
        // From the beginning to the half, from there to three quarters, and then to the end.
        for rule in [
            "@keyframes k0-2{0%{visibility:visible}50.000%{visibility:hidden}}.k0-2{animation:k0-2 2s step-end infinite}",
            "@keyframes k2-3{0%{visibility:hidden}50.000%{visibility:visible}75.000%{visibility:hidden}}",
            "@keyframes k3-4{0%{visibility:hidden}75.000%{visibility:visible}}",
            "<g class=\"moving k3-4 last\">",
        ] {
            assert!(moving.contains(rule), "{rule}\n{moving}");
        }
    }

    #[test]
    fn text_is_text_and_dots_are_shapes() {
        let mut row = cells("a<b", None);
        row.extend(cells("⠁█▘", Some([255, 0, 0])));
        row.extend(cells("  ", None));
        row[0].background = Some([1, 2, 3]);
        let svg = svg("x & y", &[row, cells("日", None)], DARK);
        assert!(svg.contains("<title>x &amp; y</title>") && svg.contains("fill=\"#010203\""), "{svg}");
        assert!(svg.contains(">&lt;b</text>") && svg.contains("textLength=\"16\""), "{svg}");
        assert_eq!(svg.matches("<path").count(), 1);
        let path = svg.split("<path d=\"").nth(1).unwrap();
        assert_eq!(path.split('"').next().unwrap().matches('M').count(), 3, "{svg}");
        assert!(path.contains("fill=\"#ff0000\""));
    }

    #[test]
    fn blocks_cover_what_they_should() {
        let area = |text: &str| {
            shape(text).unwrap().iter().map(|(_, _, w, h)| w * h).sum::<f64>() / (CELL.0 * CELL.1)
        };
        for (text, part) in
            [("█", 1.0), ("▀", 0.5), ("▄", 0.5), ("▌", 0.5), ("▐", 0.5), ("▁", 0.125), ("▏", 0.125)]
        {
            assert!((area(text) - part).abs() < 1e-9, "{text}");
        }
        for (text, quarters) in [("▘", 1.0), ("▚", 2.0), ("▙", 3.0), ("▟", 3.0), ("▞", 2.0)] {
            assert!((area(text) - quarters / 4.0).abs() < 1e-9, "{text}");
        }
        assert!(shape("a").is_none() && shape("").is_none() && shape("─").is_none());
    }
}
