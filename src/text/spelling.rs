//! One spelling for words that look the same but have different characters.
//!
//! Unicode has `é` as one character and as `e` with an accent, emoji with and without a variation selector, and invisible
//! soft hyphens. Texts and files of vectors use different ones of these.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Whether `c` is no part of a word's spelling: soft hyphens, marks of direction, marks that choose a look.
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

/// Whether a word of only such characters is in normal form C for sure, so that most need no closer look.
fn is_settled(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{ac}'
            | '\u{ae}'..='\u{2ff}'
            // Cyrillic, Arabic, Devanagari without the marks that have an order,
            | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}'
            | '\u{620}'..='\u{64a}'
            | '\u{904}'..='\u{93b}' | '\u{93d}'..='\u{94c}'
            // Japanese, Chinese, Korean.
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
    )
}

/// `word` in normal form C without what is left out; `None` where that is `word` itself.
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

/// `word` without case and width, and without accents unless they are asked for: equal for words that differ in these
/// only.
pub fn loose(word: &str, accents: bool) -> String {
    // In other scripts marks are vowels, without which there is no word.
    let is_accent =
        |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}');
    // By way of upper case ß and ss are one.
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
