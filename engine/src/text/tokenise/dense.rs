//! Words of scripts that are written without spaces.
//!
//! The dictionaries of ICU4X separate the words of Chinese, Japanese, Thai, Lao, Khmer and Burmese. ICU4X also has
//! recurrent networks for the last four, but they took at least nine times as long, too long for a corpus. Other
//! scripts without spaces have no dictionary; there a word ends at the next punctuation mark.

use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use super::characters::{is_dense, is_mark};

/// The most bytes that are segmented at once, for text without sentence ends. Memory use grows with this size.
const AT_ONCE: usize = 4_096;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// Calls `each` with the words of `run`, a run of letters, digits and marks.
pub fn words(run: &str, mut each: impl FnMut(&str)) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let dense = is_dense(first);
        // Combining marks of all scripts stay with the character before them.
        let other = |c: char| c.is_alphanumeric() && !is_mark(c) && is_dense(c) != dense;
        let end = rest.find(other).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if dense {
            segments(part, &mut each);
        } else {
            each(part);
        }
        rest = after;
    }
}

fn segments(mut text: &str, each: &mut impl FnMut(&str)) {
    while !text.is_empty() {
        let mut length = text.len().min(AT_ONCE);
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        let piece = &text[..length];
        let mut start = 0;
        for end in SEGMENTER.segment_str(piece).filter(|&end| end > 0) {
            // The last word of a piece may be incomplete. It becomes part of the next piece, unless it is the only
            // word.
            if end == piece.len() && end < text.len() && start > 0 {
                break;
            }
            // The dictionaries may place a boundary before a combining mark. Such a boundary is ignored.
            if text[end..].starts_with(is_mark) {
                continue;
            }
            let word = &piece[start..end];
            if word.chars().any(char::is_alphanumeric) {
                each(word);
            }
            start = end;
        }
        if start == 0 {
            return each(text);
        }
        text = &text[start..];
    }
}
