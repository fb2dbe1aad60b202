//! Text for cells: cut or padded to a width, broken into lines, and numbers in a short form.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::printable_char;
use crate::plot::cells::cut;

/// The first of `texts`, sorted from long to short, that fits into `width` cells; the last one if none fits.
pub fn fitting<T: AsRef<str> + Default>(texts: impl IntoIterator<Item = T>, width: usize) -> T {
    let mut last = T::default();
    for text in texts {
        last = text;
        if last.as_ref().width() <= width {
            break;
        }
    }
    last
}

/// `text` cut or padded with spaces to exactly `width` cells.
pub fn fit(text: &str, width: usize) -> String {
    let mut shown = cut(text, width);
    let used = shown.width();
    shown.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    shown
}

/// `text` cut, or padded with spaces at its left, to exactly `width` cells.
pub fn fit_right(text: &str, width: usize) -> String {
    let shown = cut(text, width);
    let used = shown.width();
    " ".repeat(width.saturating_sub(used)) + &shown
}

/// `text` as lines no wider than `width` cells, broken between words where possible.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let word: String = word.chars().map(printable_char).collect();
        let wide = word.width();
        if used > 0 && used + 1 + wide > width {
            lines.push(String::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { break };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if wide <= width {
            line.push_str(&word);
            used += wide;
            continue;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += wide;
        }
    }
    lines
}

/// A number with about three digits, and k, M or G for large ones: `1234567` is `1.23M`.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".into();
    }
    let (scaled, unit) = match size {
        s if s >= 999.5e6 => (value / 1e9, "G"),
        s if s >= 999.5e3 => (value / 1e6, "M"),
        s if s >= 9_999.5 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let size = scaled.abs();
    if unit.is_empty() && size >= 100.0 || unit.is_empty() && scaled.fract() == 0.0 {
        format!("{scaled:.0}")
    } else if size >= 99.95 {
        format!("{scaled:.0}{unit}")
    } else if size >= 9.995 {
        format!("{scaled:.1}{unit}")
    } else if size >= 0.0995 || !unit.is_empty() {
        format!("{scaled:.2}{unit}")
    } else if size >= 0.001 {
        format!("{scaled:.4}")
    } else {
        format!("{scaled:.1e}")
    }
}

/// A fraction as a percentage with one decimal: `.8312` is `83.1 %`.
pub fn percent(fraction: f64) -> String {
    if fraction.is_finite() { format!("{:.1} %", fraction * 100.0) } else { "–".into() }
}

/// "12.0 s left": the time that a work still takes of which a fraction is done after some seconds. `None` while too
/// little is done to say so.
pub fn left(seconds: f64, done: f64) -> Option<String> {
    let known = done > 0.02 && done < 1.0 && seconds > 0.2;
    known.then(|| format!("{} left", duration(seconds * (1.0 - done) / done)))
}

/// A duration in seconds as text: `8.3 s`, `2:05 min`, `1:04:09 h`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".into();
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (h, m, s) = (whole / 3600, whole / 60 % 60, whole % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02} h") } else { format!("{m}:{s:02} min") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_known_once_something_is_done() {
        assert_eq!(left(10.0, 0.25).unwrap(), format!("{} left", duration(30.0)));
        assert_eq!((left(10.0, 0.0), left(0.1, 0.5), left(10.0, 1.0)), (None, None, None));
    }

    #[test]
    fn text_is_filled_to_a_width_by_cells() {
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit_right("日本語", 4), " 日…".to_string());
    }

    #[test]
    fn the_longest_text_that_has_room_is_taken() {
        assert_eq!(
            [9, 8, 5, 1].map(|width| fitting(["long one", "short"], width)),
            ["long one", "long one", "short", "short"]
        );
    }

    #[test]
    fn lines_are_broken_between_words_and_long_words_within() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn figures_are_short() {
        let figures = [0.0, 7.0, 0.1234, 1.2345, 12.345, 123.45, 4321.0, 12_345.0, 1_234_567.0, 0.0005];
        let shown: Vec<String> = figures.iter().map(|f| short(*f)).collect();
        assert_eq!(shown, ["0", "7", "0.12", "1.23", "12.3", "123", "4321", "12.3k", "1.23M", "5.0e-4"]);
        assert_eq!([duration(8.34), duration(125.0), duration(3849.0)], ["8.3 s", "2:05 min", "1:04:09 h"]);
        assert_eq!(percent(0.8312), "83.1 %");
    }
}
