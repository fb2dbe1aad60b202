//! Text for cells of equal width, as on a terminal. Control characters are replaced; long text is cut to a given width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::printable_char;

/// Returns `text` without control characters and at most `width` cells wide. Text that is too long ends in `…`. The cut
/// is between two words if at least half of the width stays filled.
pub fn cut(text: &str, width: usize) -> String {
    let clean: String = text.chars().map(printable_char).collect();
    if clean.width() <= width {
        return clean;
    }
    let mut shown = clean[..kept(&clean, width)].to_string();
    if width > 0 {
        shown.push('…');
    }
    shown
}

/// Returns the end of `text` without control characters and at most `width` cells wide. Text that is too long begins with
/// `…`.
pub fn cut_start(text: &str, width: usize) -> String {
    let clean: String = text.chars().map(printable_char).collect();
    if clean.width() <= width {
        return clean;
    }
    let mut used = 1;
    let fits = |(_, c): &(usize, char)| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let start = clean.char_indices().rev().take_while(fits).last().map_or(clean.len(), |(at, _)| at);
    if width == 0 { String::new() } else { format!("…{}", &clean[start..]) }
}

/// How many bytes of `text` stay if it is cut to `width` cells, one of them for the ellipsis. `text` must be wider than
/// `width`. The cut is after the last word that fits; if that leaves less than half of the width, it is after the last
/// character that fits.
pub fn kept(text: &str, width: usize) -> usize {
    let mut used = 0;
    let fits = |(_, c): &(usize, char)| {
        used += c.width().unwrap_or(0);
        used < width
    };
    let fitting = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    let (before, after) = text.split_at(fitting);
    let ends = |at: usize| before[..at].trim_end_matches([' ', '·', ',', ':']).len();
    match before.rfind(' ').map(ends) {
        _ if after.starts_with(' ') && !before.trim().is_empty() => ends(fitting),
        Some(at) if before[..at].width() * 2 >= width => at,
        _ => fitting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_kept() {
        assert_eq!(["good film", "a\tb", "日本語"].map(|text| cut_start(text, 5)), ["…film", "a␉b", "…本語"]);
        assert_eq!([0, 1, 2, 9].map(|width| cut_start("good film", width)), ["", "…", "…m", "good film"]);
    }

    #[test]
    fn text_is_cut_by_cells_and_made_harmless() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("a\x1bb", 9), "a␛b");
        assert_eq!((cut("abc", 0), cut("abc", 1)), (String::new(), "…".into()));
        // The cut is between words if enough text stays. Separators before it are removed.
        assert_eq!(cut("one two three", 12), "one two…");
        assert_eq!(cut("one two three", 8), "one two…");
        assert_eq!(cut("loss · low is good", 8), "loss…");
        assert_eq!(cut("a longername", 9), "a longer…");
    }
}
