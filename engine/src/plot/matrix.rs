//! A confusion matrix as SVG. Rows are true classes, columns are predicted classes. The larger the fraction of the true
//! class in a cell, the darker is the cell.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cells::cut;
use super::markup::escaped;

/// The maximum number of classes for which the cells show counts.
const FIGURES: usize = 14;
/// The maximum number of classes of a matrix. With more, a cell is too small to be seen.
pub const MOST: usize = 100;
/// The maximum number of classes for which the cells have tooltips. With more, the tooltips would be most of the page.
const TOLD: usize = 30;
/// The maximum width of a class name, in cells. Of a longer name the beginning and the end are kept, with the widths
/// [`ENDS`], because names often differ in their ends.
const NAME: usize = 16;
const ENDS: (usize, usize) = (9, 6);
/// The width of a character and of the drawing, in units of the SVG view box.
const CHARACTER: f64 = 7.0;
const SHEET: f64 = 420.0;

/// The matrix as an SVG element for HTML. `counts` are numbers of examples, indexed `[true class][predicted class]`;
/// `names` has a name for each class. Returns `None` if there is no class, or more than [`MOST`].
pub fn svg(title: &str, names: &[String], counts: &[Vec<u64>]) -> Option<String> {
    let classes = counts.len();
    if classes == 0 || classes > MOST {
        return None;
    }
    let figures = classes <= FIGURES;
    let short: Vec<String> = names.iter().map(|name| shortened(name)).collect();
    let widest = short.iter().map(|name| name.width()).max().unwrap_or(0) as f64 * CHARACTER;
    let left = if figures { 30.0 + widest } else { 30.0 };
    let side = ((SHEET - left - 8.0) / classes as f64).min(96.0);
    let level = widest <= side - 4.0;
    let top = if !figures {
        50.0
    } else if level {
        66.0
    } else {
        52.0 + widest
    };
    let size = side * classes as f64;
    let (width, height) = (left + size + 8.0, top + size + 8.0);
    let title = escaped(title);
    let mut out = format!(
        "<svg class=\"chart matrix\" viewBox=\"0 0 {SHEET} {height:.0}\" role=\"img\" aria-label=\"{title}: confusion matrix\">\
         <text x=\"0\" y=\"16\" class=\"t\">{title}</text>\
         <text x=\"{:.1}\" y=\"36\" class=\"n\" text-anchor=\"middle\">predicted class</text>\
         <text transform=\"translate(12 {:.1}) rotate(-90)\" class=\"n\" text-anchor=\"middle\">true class</text>",
        (left + width - 8.0) / 2.0,
        top + size / 2.0
    );
    if figures {
        for (class, name) in short.iter().enumerate().take(classes) {
            let (name, middle) = (escaped(name), side * (class as f64 + 0.5));
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" class=\"k\" text-anchor=\"end\">{name}</text>",
                left - 6.0,
                top + middle + 4.0
            );
            let _ = if level {
                write!(
                    out,
                    "<text x=\"{:.1}\" y=\"{:.1}\" class=\"k\" text-anchor=\"middle\">{name}</text>",
                    left + middle,
                    top - 8.0
                )
            } else {
                write!(
                    out,
                    "<text transform=\"translate({:.1} {:.1}) rotate(-90)\" class=\"k\">{name}</text>",
                    left + middle + 4.0,
                    top - 6.0
                )
            };
        }
    }
    let _ = write!(
        out,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{size:.1}\" height=\"{size:.1}\" class=\"f\"/>"
    );
    let name = |class: usize| names.get(class).map_or(String::new(), |name| escaped(name));
    for (truth, row) in counts.iter().enumerate() {
        let all = row.iter().sum::<u64>().max(1) as f64;
        for (guess, &count) in row.iter().enumerate().take(classes) {
            let fraction = count as f64 / all;
            let (x, y) = (left + side * guess as f64, top + side * truth as f64);
            // In a matrix without counts, a cell below 0.5 % would be invisible, so it is left out to save bytes.
            if count > 0 && (figures || fraction >= 0.005) {
                let told = match classes <= TOLD {
                    true => format!(
                        "<title>{} as {}: {count} ({:.1} %)</title>",
                        name(truth),
                        name(guess),
                        100.0 * fraction
                    ),
                    false => String::new(),
                };
                let _ = write!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side:.1}\" height=\"{side:.1}\" class=\"q\" \
                     fill-opacity=\"{fraction:.2}\">{told}</rect>"
                );
            }
            if figures {
                let dark = if fraction > 0.5 { " class=\"v d\"" } else { " class=\"v\"" };
                let (middle, below) = (x + side / 2.0, y + side / 2.0);
                let font = (side * 0.28).clamp(7.0, 14.0);
                let both = side >= 44.0;
                let _ = write!(
                    out,
                    "<text x=\"{middle:.1}\" y=\"{:.1}\" font-size=\"{font:.1}\" text-anchor=\"middle\"{dark}>{count}</text>",
                    if both { below } else { below + font * 0.35 }
                );
                if both {
                    let _ = write!(
                        out,
                        "<text x=\"{middle:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\"{dark}>{:.0} %</text>",
                        below + 14.0,
                        100.0 * fraction
                    );
                }
            }
        }
    }
    out.push_str("</svg>");
    Some(out)
}

/// The name in at most [`NAME`] cells: its beginning and its end.
fn shortened(name: &str) -> String {
    let whole = cut(name, usize::MAX);
    if whole.width() <= NAME {
        return whole;
    }
    let within = |characters: &mut dyn Iterator<Item = char>, cells: usize| -> Vec<char> {
        let mut used = 0;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used <= cells
        };
        characters.take_while(fits).collect()
    };
    let beginning: String = within(&mut whole.chars(), ENDS.0).into_iter().collect();
    let end: String = within(&mut whole.chars().rev(), ENDS.1).into_iter().rev().collect();
    format!("{}…{}", beginning.trim_end(), end.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_as_dark_as_its_fraction_of_the_true_class() {
        let names = ["<a>".to_string(), "b".to_string()];
        let image = svg("frozen", &names, &[vec![9, 1], vec![0, 5]]).unwrap();
        assert_eq!(image.matches("class=\"q\"").count(), 3, "empty cells are left empty");
        for expected in [
            "fill-opacity=\"0.90\"",
            "fill-opacity=\"0.10\"",
            "fill-opacity=\"1.00\"",
            "&lt;a&gt; as b: 1 (10.0 %)",
        ] {
            assert!(image.contains(expected), "{expected} in\n{image}");
        }
        assert!(!image.contains("<a>"));
    }

    #[test]
    fn many_classes_have_no_figures_and_too_many_no_matrix() {
        let many = |n: usize| {
            let names: Vec<String> = (0..n).map(|i| format!("class {i}")).collect();
            let counts: Vec<Vec<u64>> = (0..n).map(|i| (0..n).map(|j| u64::from(i == j)).collect()).collect();
            svg("t", &names, &counts)
        };
        assert!(!many(50).unwrap().contains("class=\"v\""));
        assert_eq!((many(0), many(MOST + 1)), (None, None));
        assert!(many(TOLD).unwrap().contains("<title>") && !many(TOLD + 1).unwrap().contains("<title>"));
    }

    #[test]
    fn long_names_keep_what_they_differ_by() {
        assert_eq!(shortened("a rather long class 17"), "a rather…ass 17");
        assert_eq!(shortened("sixteen letters."), "sixteen letters.");
        assert_eq!(shortened("日本語日本語日本語日本語"), "日本語日…日本語");
        assert_eq!(shortened("a\u{1b}b"), "a␛b");
    }
}
