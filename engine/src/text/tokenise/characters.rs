//! Which non-ASCII characters are parts of words, by their Unicode properties (UAX #29, UTS #51).

use icu_properties::props::{Emoji, EmojiPresentation, WordBreak};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_segmentation::UnicodeSegmentation;

/// The variation selector for the emoji form of a character.
const AS_IMAGE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const NON_JOINER: char = '\u{200c}';

/// Whether `c` continues a word: it is a letter, a digit, a combining mark or a joiner.
#[inline]
pub fn continues(c: char) -> bool {
    c.is_alphanumeric() || (c >= '\u{ad}' && is_mark(c))
}

/// Whether `c` combines with the character before it, or joins it to the next.
pub fn is_mark(c: char) -> bool {
    let class = CodePointMapData::<WordBreak>::new().get(c);
    matches!(class, WordBreak::Extend | WordBreak::Format | WordBreak::ZWJ)
}

/// `word` without trailing characters that have no effect there.
pub fn trimmed(word: &str) -> &str {
    word.trim_end_matches(NON_JOINER)
}

/// Whether `c` belongs to a script that is written without spaces and whose words a dictionary can separate.
#[inline]
pub fn is_dense(c: char) -> bool {
    c >= '\u{e00}'
        && matches!(
            c,
            // Thai and Lao, Burmese, Khmer,
            '\u{e00}'..='\u{eff}'
                | '\u{1000}'..='\u{109f}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}'
                | '\u{1780}'..='\u{17ff}'
                // Chinese and Japanese.
                | '\u{2e80}'..='\u{2fdf}'
                | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{303c}'
                | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
                | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
                | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
                | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}'
        )
}

/// Whether a mark between two letters belongs to their word.
///
/// Apostrophes are parts of words in scripts other than Latin (`м'ята`); in Latin they follow the rules for
/// contractions. In Hebrew, a double quotation mark marks an abbreviation.
pub fn joins(before: char, mark: char, after: char) -> bool {
    let is_letter = |c: char| c.is_alphabetic() && !is_dense(c);
    let is_hebrew = |c: char| matches!(c, '\u{5d0}'..='\u{5f2}' | '\u{fb1d}'..='\u{fb4f}');
    match mark {
        '\'' | '\u{2019}' => [before, after].into_iter().all(|c| is_letter(c) && !is_latin(c)),
        '"' => is_hebrew(before) && is_hebrew(after),
        '\u{b7}' | '\u{387}' | '\u{55f}' | '\u{5f3}' | '\u{5f4}' | '\u{2027}' => {
            is_letter(before) && is_letter(after)
        }
        _ => false,
    }
}

fn is_latin(c: char) -> bool {
    matches!(
        c,
        ..'\u{370}'
            | '\u{1d00}'..='\u{1eff}'
            | '\u{2c60}'..='\u{2c7f}'
            | '\u{a720}'..='\u{a7ff}'
            | '\u{ab30}'..='\u{ab6f}'
            | '\u{fb00}'..='\u{fb06}'
            | '\u{ff21}'..='\u{ff5a}'
    )
}

/// The length in bytes of the emoji at the start of `text`, including joiners, skin tones and both letters of a flag;
/// 0 if there is none.
///
/// Symbols that are older than emoji (`©`, `™`, `▪`, `↔`) count only with the emoji variation selector.
pub fn emoji(text: &str) -> usize {
    let mut characters = text.chars();
    let (Some(c), next) = (characters.next(), characters.next()) else { return 0 };
    let drawn = matches!(c, '\u{2600}'..'\u{3000}' | '\u{1f000}'..)
        || CodePointSetData::new::<EmojiPresentation>().contains(c)
        || next == Some(AS_IMAGE);
    if c.is_ascii() || !drawn || !CodePointSetData::new::<Emoji>().contains(c) {
        return 0;
    }
    text.graphemes(true).next().map_or(0, str::len)
}

/// The length in bytes of the characters that turn the `#` or `*` before `text` into a keycap; 0 if there are none.
pub fn keycap(text: &str) -> usize {
    let rest = text.strip_prefix(AS_IMAGE).unwrap_or(text);
    if rest.starts_with(KEYCAP) { text.len() - rest.len() + KEYCAP.len_utf8() } else { 0 }
}
