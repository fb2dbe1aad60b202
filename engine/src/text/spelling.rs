//! One normal spelling for words that look the same but have different characters.
//!
//! In Unicode, `é` is one character or an `e` with a combining accent, an emoji may have a variation selector, and
//! soft hyphens are invisible. Texts and files of vectors differ in these.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Whether `c` is removed from words: it is a soft hyphen, a bidirectional mark, another invisible character or a
/// variation selector.
pub fn is_left_out(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fe0e}' | '\u{fe0f}'
    )
}

/// Whether a word with only such characters is certainly in normal form C. Most words are, so they need no slower
/// check.
fn is_settled(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{ac}'
            | '\u{ae}'..='\u{2ff}'
            // Cyrillic, Arabic, Devanagari without combining marks, whose order matters,
            | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}'
            | '\u{620}'..='\u{64a}'
            | '\u{904}'..='\u{93b}' | '\u{93d}'..='\u{94c}'
            // Japanese, Chinese, Korean.
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
    )
}

/// `word` in normal form C without removed characters; `None` if that equals `word`.
pub fn plain(word: &str) -> Option<String> {
    if word.chars().all(is_settled) {
        return None;
    }
    let leaves_out = word.contains(is_left_out);
    if !leaves_out && is_nfc_quick(word.chars()) == IsNormalized::Yes {
        return None;
    }
    let plain: String = word.chars().filter(|c| !is_left_out(*c)).nfc().collect();
    (plain != word && !plain.is_empty()).then_some(plain)
}

/// `word` without case and width, and without accents unless `accents`. Words that differ only in these get equal
/// results.
pub fn loose(word: &str, accents: bool) -> String {
    // In other scripts marks can be vowels, so only accents of these scripts are removed.
    let is_accent =
        |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}');
    // Upper case first, so that ß becomes ss.
    let folded = word.nfkd().filter(|c| accents || !is_accent(*c)).collect::<String>();
    folded.to_uppercase().to_lowercase().nfkc().filter(|c| !is_left_out(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_needs_no_closer_look() {
        for c in ('\0'..=char::MAX).filter(|c| is_settled(*c)) {
            let word: String = [c, c].iter().collect();
            assert!(!is_left_out(c) && is_nfc_quick(word.chars()) == IsNormalized::Yes, "{:x}", c as u32);
            assert_eq!(unicode_normalization::char::canonical_combining_class(c), 0);
        }
    }

    #[test]
    fn what_looks_alike_is_spelled_alike() {
        assert_eq!(plain("cafe\u{301}").as_deref(), Some("café"));
        assert_eq!(plain("❤\u{fe0f}").as_deref(), Some("❤"));
        assert_eq!(plain("co\u{ad}op").as_deref(), Some("coop"));
        for word in ["", "cafe", "café", "❤", "हिन्दी", "\u{fe0f}"] {
            assert_eq!(plain(word), None, "{word}");
        }
    }

    #[test]
    fn case_width_and_accents_are_forgiven() {
        for (one, other) in
            [("Straße", "STRASSE"), ("ISPARTA", "ısparta"), ("ｆｉｌｍ", "film"), ("ﬁne", "fine")]
        {
            assert_eq!(loose(one, true), loose(other, true));
        }
        assert_ne!(loose("café", true), loose("cafe", true));
        assert_eq!(loose("Cafe\u{301}", false), loose("cafe", false));
        assert_eq!(loose("İstanbul", false), loose("istanbul", false));
    }
}
