//! Text to tokens, without allocating for each.
//!
//! The rule, over text in lower case where `<br />` is a space and `’` is `'`, is that of the GloVe
//! vectors, with punctuation left out:
//!
//! ```text
//! letters before n't | n't | 's 're 've 'll 'd 'm at the end of a word | letters and digits
//! ```
//!
//! so that *Don't stop, it's 1999* becomes `do n't stop it 's 1999`. Letters and digits are those of
//! Unicode; a combining accent belongs to the word it stands in.

/// Calls `each` with every token of `text`, in order.
///
/// A token that is already in lower case and ASCII is a slice of `text`; others go through one
/// buffer. Text may be tokenised in pieces that are cut at white space.
pub fn for_each_token(text: &str, mut each: impl FnMut(&str)) {
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
                } else if c.is_alphanumeric() {
                    scanner.word(at, &mut each)
                } else {
                    at + c.len_utf8()
                }
            }
        };
    }
}

/// The tokens of `text`, owned.
pub fn tokens(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for_each_token(text, |token| all.push(token.to_owned()));
    all
}

/// What a byte can begin.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Other,
    Lower,
    Upper,
    Digit,
    Apostrophe,
    Less,
    /// Part of a character beyond ASCII.
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

/// Whether `c` goes on with a word that has begun.
fn continues(c: char) -> bool {
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

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

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    /// The length of an apostrophe at `at`, 0 if there is none.
    fn apostrophe(&self, at: usize) -> usize {
        match self.byte(at) {
            b'\'' => 1,
            0xe2 if self.bytes[at..].starts_with("\u{2019}".as_bytes()) => 3,
            _ => 0,
        }
    }

    /// A run of letters and digits from `start`, cut before a final `n't`. Returns what follows it.
    #[inline]
    fn word(&mut self, start: usize, each: &mut impl FnMut(&str)) -> usize {
        let (mut at, mut plain, mut letters) = (start, true, true);
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
                    if !continues(c) {
                        break;
                    }
                    plain = false;
                    letters &= !c.is_numeric();
                    at += c.len_utf8();
                }
                _ => break,
            }
        }
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
        } else {
            self.lowered.clear();
            if token.is_ascii() {
                self.lowered.push_str(token);
                self.lowered.make_ascii_lowercase();
            } else {
                self.lowered.extend(token.chars().flat_map(char::to_lowercase));
            }
            each(&self.lowered);
        }
    }

    /// One of the endings that English writes after an apostrophe, if it begins at `at` and a word
    /// ends with it. Returns what follows it, or `at`.
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
            Some(_) => continues(self.char_at(end)),
        };
        if goes_on {
            return at;
        }
        each(suffix);
        end
    }

    /// What follows a `<br>`, `<br/>` or `<br />` at `at`; or the next byte, if it is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(tokens(text).join(" "), expected, "{text:?}");
    }

    #[test]
    fn contractions_fall_apart_as_in_glove() {
        check("Don't stop, it's 1999!", "do n't stop it 's 1999");
        check(
            "I can\u{2019}t; they\u{2019}ll, we've, he'd I'm you're",
            "i ca n't they 'll we 've he 'd i 'm you 're",
        );
        check("ISN'T n't N'T an't", "is n't n't n't a n't");
        check("don'today 2don't", "do n't oday 2don t");
        check("rock 'n' roll 'til 'save 's_ 'd9 o'clock", "rock n roll til save s d9 o clock");
        check("dogs' \"it's\" 'sé", "dogs it 's sé");
    }

    #[test]
    fn line_breaks_are_spaces_and_punctuation_is_nothing() {
        check("end.<br /><br />Next<BR/>one<br>two <b>x", "end next one two b x");
        check("a<br", "a br");
        check("snake_case a-b c/d ... 3.14", "snake case a b c d 3 14");
        check("", "");
        check("'", "");
        check("\u{2019}", "");
    }

    #[test]
    fn letters_are_those_of_unicode() {
        check("Čas JE ÜBER straße", "čas je über straße");
        check("e\u{301}t\u{e9} наука, данных 数据 ٣", "e\u{301}t\u{e9} наука данных 数据 ٣");
        check("naïven't", "naïve n't");
        check("a\u{a0}b—c…d", "a b c d");
    }

    #[test]
    fn pieces_cut_at_white_space_give_the_same_tokens() {
        let text = "Isn't it  what we've\nalways wanted, Ämilie?";
        let whole = tokens(text);
        for (cut, _) in text.char_indices().filter(|(_, c)| c.is_whitespace()) {
            let mut parts = tokens(&text[..cut]);
            parts.extend(tokens(&text[cut..]));
            assert_eq!(parts, whole);
        }
    }
}
