//! Text in cells of equal width, as a terminal has them: harmless, and cut to a width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::printable_char;

/// `text`, made harmless and no wider than `width` cells. What is cut is marked with `…`, and is cut between words where
/// that leaves half of the width.
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

/// Bytes of `text`, which is too wide, that are kept where it is cut to `width` cells with an ellipsis behind it: up to
/// the last word that has room or, if that is too little, as many characters as have room.
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
    fn text_is_cut_by_cells_and_made_harmless() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("a\x1bb", 9), "a␛b");
        assert_eq!((cut("abc", 0), cut("abc", 1)), (String::new(), "…".into()));
        // Between words where that leaves enough, and without what only joins them.
        assert_eq!(cut("one two three", 12), "one two…");
        assert_eq!(cut("one two three", 8), "one two…");
        assert_eq!(cut("loss · low is good", 8), "loss…");
        assert_eq!(cut("a longername", 9), "a longer…");
    }
}
