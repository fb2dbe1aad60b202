//! Splits text into tokens, without an allocation for each token.
//!
//! The recipe says what a token is ([`Tokens`]). Words are the default. The text is in lower case, `<br />` is a space and
//! `’` is `'`. English words follow the tokeniser of the GloVe vectors, without punctuation:
//!
//! ```text
//! letters before n't | n't | 's 're 've 'll 'd 'm at the end of a word | letters and digits
//! ```
//!
//! so that *Don't stop, it's 1999* becomes `do n't stop it 's 1999`. All other words follow Unicode (UAX #29):
//! combining marks and joiners belong to the word around them, soft hyphens and bidirectional marks are removed,
//! dictionaries separate the words of scripts without spaces, and an emoji is a word. ASCII emoticons such as `:-)`
//! are punctuation.
//!
//! All tokens are in Unicode's normal form C.

mod characters;
mod dense;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

use unicode_segmentation::UnicodeSegmentation;

use crate::session::text_transfer::Tokens;

use super::spelling::plain;

/// Calls `each` with every token of `text`, in their order.
///
/// A word that is ASCII and in lower case is passed as a slice of `text`; other words are written to one buffer
/// first. A text may be tokenised in pieces that are cut at white space.
pub fn for_each_token(how: Tokens, text: &str, mut each: impl FnMut(&str)) {
    match how {
        Tokens::Words => for_each_word(text, each),
        Tokens::Whitespace => text.split_whitespace().for_each(|token| normal(token, &mut each)),
        Tokens::Characters => {
            let mut lowered = String::new();
            for word in text.split_whitespace() {
                for character in word.graphemes(true) {
                    lower(character, &mut lowered);
                    normal(&lowered, &mut each);
                }
            }
        }
    }
}

/// The tokens of `text`, owned.
pub fn tokens(how: Tokens, text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for_each_token(how, text, |token| all.push(token.to_owned()));
    all
}

/// Passes `token` to `each` in its normal spelling, without invisible characters.
fn normal(token: &str, each: &mut impl FnMut(&str)) {
    match plain(token) {
        Some(token) => each(&token),
        None => each(token),
    }
}

/// `token` in lower case, by Unicode's default mapping.
fn lower(token: &str, lowered: &mut String) {
    lowered.clear();
    if token.is_ascii() {
        lowered.push_str(token);
        lowered.make_ascii_lowercase();
    } else if token.contains('Σ') {
        // The lower case of Σ at the end of a word differs from that within a word.
        lowered.push_str(&token.to_lowercase());
    } else {
        lowered.extend(token.chars().flat_map(char::to_lowercase));
    }
}

fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), lowered: String::new() };
    let mut at = 0;
    while let Some(&byte) = scanner.bytes.get(at) {
        at = match CLASSES[usize::from(byte)] {
            Class::Lower | Class::Digit | Class::Upper => scanner.word(at, &mut each),
            Class::Other => at + 1,
            Class::Apostrophe => scanner.suffix(at + 1, &mut each),
            Class::Less => scanner.line_break(at),
            Class::Wide => {
                let c = scanner.char_at(at);
                if c == '\u{2019}' {
                    scanner.suffix(at + c.len_utf8(), &mut each)
                } else if c < '\u{1f000}' && c.is_alphanumeric() {
                    scanner.word(at, &mut each)
                } else {
                    scanner.sign(at, c, &mut each)
                }
            }
        };
    }
}

/// The kind of token that can start with a byte.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Other,
    Lower,
    Upper,
    Digit,
    Apostrophe,
    Less,
    /// Part of a character that is not ASCII.
    Wide,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            b'\'' => Class::Apostrophe,
            b'<' => Class::Less,
            0x80.. => Class::Wide,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    lowered: String,
}

impl Scanner<'_> {
    /// The character that begins at byte `at`.
    fn char_at(&self, at: usize) -> char {
        self.text[at..].chars().next().unwrap_or(' ')
    }

    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    /// The length in bytes of the apostrophe at `at`; 0 if there is none.
    #[inline]
    fn apostrophe(&self, at: usize) -> usize {
        match self.byte(at) {
            b'\'' => 1,
            0xe2 if self.bytes[at..].starts_with("\u{2019}".as_bytes()) => 3,
            _ => 0,
        }
    }

    /// Emits the word of letters and digits that starts at `start`, cut before a final `n't`. Returns the index after
    /// it.
    #[inline]
    fn word(&mut self, start: usize, each: &mut impl FnMut(&str)) -> usize {
        let (mut at, mut plain, mut letters) = (start, true, true);
        while let Some(&byte) = self.bytes.get(at) {
            match CLASSES[usize::from(byte)] {
                Class::Lower => {}
                Class::Digit => letters = false,
                Class::Upper => plain = false,
                Class::Wide => return self.wide_word(start, at, plain, letters, each),
                _ => break,
            }
            at += 1;
        }
        self.end_word(start, at, plain, letters, each)
    }

    /// Like [`word`](Self::word), for a word that has its first non-ASCII character at `at`. English text rarely
    /// needs this.
    #[inline(never)]
    fn wide_word(
        &mut self,
        start: usize,
        mut at: usize,
        mut plain: bool,
        mut letters: bool,
        each: &mut impl FnMut(&str),
    ) -> usize {
        let mut dense = false;
        while let Some(&byte) = self.bytes.get(at) {
            match CLASSES[usize::from(byte)] {
                Class::Lower => at += 1,
                Class::Digit => {
                    letters = false;
                    at += 1;
                }
                Class::Upper => {
                    plain = false;
                    at += 1;
                }
                Class::Wide => {
                    let c = self.char_at(at);
                    if !characters::continues(c) && !self.joined(at, c) {
                        break;
                    }
                    plain = false;
                    letters &= !c.is_numeric();
                    dense |= characters::is_dense(c);
                    at += c.len_utf8();
                }
                // ASCII apostrophes and quotation marks are part of a word only in other scripts.
                Class::Apostrophe | Class::Other
                    if matches!(byte, b'\'' | b'"')
                        && self.bytes[..at].last().is_some_and(|&before| before >= 0x80)
                        && self.joined(at, char::from(byte)) =>
                {
                    at += 1;
                }
                _ => break,
            }
        }
        if dense {
            dense::words(&self.text[start..at], |word| {
                spell(word, &mut self.lowered, each);
            });
            return at;
        }
        self.end_word(start, at, plain, letters, each)
    }

    /// Emits the word from `start` to `at`. `letters` says whether it has letters only. Returns the index after it.
    #[inline]
    fn end_word(
        &mut self,
        start: usize,
        at: usize,
        plain: bool,
        letters: bool,
        each: &mut impl FnMut(&str),
    ) -> usize {
        let mark = self.apostrophe(at);
        if mark > 0
            && letters
            && matches!(self.bytes[at - 1], b'n' | b'N')
            && matches!(self.byte(at + mark), b't' | b'T')
        {
            if at - 1 > start {
                self.emit(start, at - 1, plain, each);
            }
            each("n't");
            return at + mark + 1;
        }
        self.emit(start, at, plain, each);
        at
    }

    #[inline]
    fn emit(&mut self, start: usize, end: usize, plain: bool, each: &mut impl FnMut(&str)) {
        let token = &self.text[start..end];
        if plain {
            each(token);
        } else if token.is_ascii() {
            self.lowered.clear();
            self.lowered.push_str(token);
            self.lowered.make_ascii_lowercase();
            each(&self.lowered);
        } else {
            spell(token, &mut self.lowered, each);
        }
    }

    /// Whether the mark at `at` belongs to a word that continues after it.
    fn joined(&self, at: usize, mark: char) -> bool {
        let (before, after) = (&self.text[..at], &self.text[at + mark.len_utf8()..]);
        // Combining marks on the letter before, such as Hebrew points, are skipped.
        let before = before.chars().rev().find(|c| c.is_alphanumeric() || !characters::continues(*c));
        before.zip(after.chars().next()).is_some_and(|(before, after)| characters::joins(before, mark, after))
    }

    /// Emits the emoji that starts at `at` with `c`, if there is one; `c` is not a letter. Returns the index after
    /// it.
    #[inline(never)]
    fn sign(&mut self, at: usize, c: char, each: &mut impl FnMut(&str)) -> usize {
        let rest = &self.text[at..];
        let emoji = characters::emoji(rest);
        if emoji > 0 {
            spell(&rest[..emoji], &mut self.lowered, each);
            return at + emoji;
        }
        let keycap = characters::keycap(rest);
        if keycap > 0 && at > 0 && matches!(self.bytes[at - 1], b'#' | b'*') {
            spell(&self.text[at - 1..at + keycap], &mut self.lowered, each);
            return at + keycap;
        }
        if c.is_alphanumeric() { self.word(at, each) } else { at + c.len_utf8() }
    }

    /// Emits the English contraction that starts at `at`, after an apostrophe, if a word ends with it. Returns the
    /// index after it, or `at` if there is none.
    fn suffix(&self, at: usize, each: &mut impl FnMut(&str)) -> usize {
        let pair = [self.byte(at).to_ascii_lowercase(), self.byte(at + 1).to_ascii_lowercase()];
        let (suffix, end) = match &pair {
            b"re" => ("'re", at + 2),
            b"ve" => ("'ve", at + 2),
            b"ll" => ("'ll", at + 2),
            [b's', _] => ("'s", at + 1),
            [b'd', _] => ("'d", at + 1),
            [b'm', _] => ("'m", at + 1),
            _ => return at,
        };
        let goes_on = match self.bytes.get(end) {
            None => false,
            Some(b'_') => true,
            Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric(),
            Some(_) => characters::continues(self.char_at(end)),
        };
        if goes_on {
            return at;
        }
        each(suffix);
        end
    }

    /// The index after a `<br>`, `<br/>` or `<br />` at `at`; otherwise the index of the next byte.
    fn line_break(&self, at: usize) -> usize {
        let rest = &self.bytes[at + 1..];
        if rest.len() >= 3 && rest[..2].eq_ignore_ascii_case(b"br") {
            for end in [&b">"[..], b"/>", b" />"] {
                if rest[2..].starts_with(end) {
                    return at + 3 + end.len();
                }
            }
        }
        at + 1
    }
}

/// Passes `word` to `each` in lower case and in normal form C. `lowered` is working memory.
fn spell(word: &str, lowered: &mut String, each: &mut impl FnMut(&str)) {
    lower(characters::trimmed(word), lowered);
    normal(lowered, each);
}
