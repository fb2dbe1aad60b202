//! Detects the encoding of a text (UTF-8, UTF-16 or UTF-32) by its byte order mark or by the positions of its zero
//! bytes.
//!
//! UTF-16 and UTF-32 are converted to UTF-8 while they are read. Bytes that are not valid UTF-8 are passed on
//! unchanged.

use std::borrow::Cow;
use std::io::{self, Read};

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// `bytes` without the byte order mark of UTF-8, if they begin with one.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// The encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or another encoding with one-byte units.
    Utf8,
    /// Two-byte units.
    Utf16 {
        /// Whether they are big-endian.
        big: bool,
    },
    /// Four-byte units.
    Utf32 {
        /// Whether they are big-endian.
        big: bool,
    },
}

impl Encoding {
    /// The encoding of a text that begins with `start`, and the length of its byte order mark in bytes.
    pub fn of(start: &[u8]) -> (Encoding, usize) {
        match start {
            [0xff, 0xfe, 0, 0, ..] => (Encoding::Utf32 { big: false }, 4),
            [0, 0, 0xfe, 0xff, ..] => (Encoding::Utf32 { big: true }, 4),
            [0xff, 0xfe, ..] => (Encoding::Utf16 { big: false }, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16 { big: true }, 2),
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            _ => (Encoding::by_zeros(start), 0),
        }
    }

    /// Guesses the encoding of a text without a byte order mark. In UTF-16 and UTF-32, Latin letters, spaces and line
    /// ends have zero bytes.
    fn by_zeros(start: &[u8]) -> Encoding {
        if !start.contains(&0) {
            return Encoding::Utf8;
        }
        for big in [false, true] {
            if is_utf32(start, big) {
                return Encoding::Utf32 { big };
            }
        }
        let (little, big) = (common(start, false), common(start, true));
        match (little, big) {
            (Some(little), Some(big)) if big > 3 * little => Encoding::Utf16 { big: true },
            (Some(little), Some(big)) if little > 3 * big => Encoding::Utf16 { big: false },
            (Some(_), None) => Encoding::Utf16 { big: false },
            (None, Some(_)) => Encoding::Utf16 { big: true },
            _ => Encoding::Utf8,
        }
    }

    /// The name of the encoding for a note to the user. `None` for UTF-8, which needs no note.
    pub fn told(self) -> Option<&'static str> {
        match self {
            Encoding::Utf8 => None,
            Encoding::Utf16 { big: false } => Some("UTF-16 (little-endian)"),
            Encoding::Utf16 { big: true } => Some("UTF-16 (big-endian)"),
            Encoding::Utf32 { big: false } => Some("UTF-32 (little-endian)"),
            Encoding::Utf32 { big: true } => Some("UTF-32 (big-endian)"),
        }
    }
}

/// The complete four-byte units of `bytes`, as integers.
fn units32(bytes: &[u8], big: bool) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).filter_map(move |unit| {
        let unit: [u8; 4] = unit.try_into().ok()?;
        Some(if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) })
    })
}

/// Whether all complete four-byte units are characters other than zero.
fn is_utf32(start: &[u8], big: bool) -> bool {
    let fits = |unit: u32| unit != 0 && char::from_u32(unit).is_some();
    start.len() >= 8 && units32(start, big).all(fits)
}

/// The number of common characters among the two-byte units. `None` if the bytes are not text in such units.
fn common(start: &[u8], big: bool) -> Option<usize> {
    let units = start.chunks_exact(2).filter_map(|unit| {
        let unit: [u8; 2] = unit.try_into().ok()?;
        Some(if big { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) })
    });
    let (mut all, mut usual, mut wrong) = (0, 0, 0);
    for character in char::decode_utf16(units) {
        all += 1;
        match character {
            Ok(
                ' ' | '\n' | '\r' | '\t' | '0'..='9' | 'A'..='Z' | 'a'..='z' | '\u{3000}'..='\u{3002}' | '，',
            ) => {
                usual += 1;
            }
            Ok('\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}') | Err(_) => wrong += 1,
            Ok(_) => {}
        }
    }
    // The last unit may be the first half of a surrogate pair that was cut, so one error is allowed.
    let fraction = if all < 100 { 2 } else { 50 };
    (all >= 2 && wrong <= 1 + all / 500 && usual * fraction > all).then_some(usual)
}

/// A reader that converts UTF-16 or UTF-32 to UTF-8.
pub(super) struct Transcoded<R> {
    input: R,
    encoding: Encoding,
    utf16: Option<encoding_rs::Decoder>,
    /// Bytes that are not decoded yet.
    raw: Vec<u8>,
    decoded: String,
    /// How many bytes of `decoded` the caller already received.
    given: usize,
    ended: bool,
}

impl<R: Read> Transcoded<R> {
    /// `input` must begin after the byte order mark.
    pub(super) fn new(input: R, encoding: Encoding) -> Self {
        let utf16 = match encoding {
            Encoding::Utf16 { big: true } => Some(encoding_rs::UTF_16BE),
            Encoding::Utf16 { big: false } => Some(encoding_rs::UTF_16LE),
            _ => None,
        };
        let utf16 = utf16.map(|encoding| encoding.new_decoder_without_bom_handling());
        let (raw, decoded) = (Vec::new(), String::new());
        Transcoded { input, encoding, utf16, raw, decoded, given: 0, ended: false }
    }

    /// Decodes the next block of the input.
    fn go_on(&mut self) -> io::Result<()> {
        let before = self.raw.len();
        self.ended = self.input.by_ref().take(1 << 14).read_to_end(&mut self.raw)? == 0;
        debug_assert!(before < 4);
        self.decoded.clear();
        self.given = 0;
        if let Some(decoder) = &mut self.utf16 {
            self.decoded.reserve(decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(0));
            let _ = decoder.decode_to_string(&self.raw, &mut self.decoded, self.ended);
            self.raw.clear();
            return Ok(());
        }
        let big = self.encoding == Encoding::Utf32 { big: true };
        let whole = self.raw.len() / 4 * 4;
        let character = |unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.decoded.extend(units32(&self.raw, big).map(character));
        self.raw.drain(..whole);
        if self.ended && !self.raw.is_empty() {
            self.decoded.push(char::REPLACEMENT_CHARACTER);
            self.raw.clear();
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            if self.ended {
                return Ok(0);
            }
            self.go_on()?;
        }
        let rest = &self.decoded.as_bytes()[self.given..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        Ok(n)
    }
}

/// The whole content of a file as UTF-8 without a byte order mark. Bytes that are not valid UTF-8 stay.
pub fn in_utf8(content: &[u8]) -> Cow<'_, [u8]> {
    let (encoding, mark) = Encoding::of(content);
    let content = &content[mark..];
    if encoding == Encoding::Utf8 {
        return Cow::Borrowed(content);
    }
    let mut out = Vec::with_capacity(content.len());
    // This cannot fail, because the input is in memory.
    let _ = Transcoded::new(content, encoding).read_to_end(&mut out);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodes `text`.
    fn written(text: &str, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf16 { big } => text
                .encode_utf16()
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect(),
            Encoding::Utf32 { big } => text
                .chars()
                .flat_map(|c| if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() })
                .collect(),
        }
    }

    #[test]
    fn texts_are_known_by_their_mark_or_their_zeros() {
        let texts = [
            "a word and another\nnext".to_string(),
            "Ein Wörtchen, größer.\r\nÜber\r\n".repeat(3_000),
            "Это длинная строка текста.\n".repeat(40),
            "一个很长的句子，没有空格。\n还有一个\n".repeat(40),
            "काम अच्छा है।\nफिर भी\n".repeat(40),
            "a 😀 and so on\n".repeat(9),
        ];
        for text in &texts {
            for big in [false, true] {
                for encoding in [Encoding::Utf16 { big }, Encoding::Utf32 { big }] {
                    let bytes = written(text, encoding);
                    let window = &bytes[..bytes.len().min(1 << 16)];
                    assert_eq!(Encoding::of(window), (encoding, 0), "{encoding:?} of {text:.30}");
                    let marked = written(&format!("\u{feff}{text}"), encoding);
                    assert_eq!(in_utf8(&bytes), text.as_bytes());
                    assert_eq!(in_utf8(&marked), text.as_bytes(), "{encoding:?} of {text:.30}");
                }
            }
            assert_eq!(in_utf8(format!("\u{feff}{text}").as_bytes()), text.as_bytes());
        }
        // A few zero bytes do not change the guess from UTF-8, and neither does half a character at the end.
        for bytes in [&b"abc\0def"[..], b"abcd\0efg", b"\0", b"\0\0\0\0\0\0\0\0", b"caf\xe9"] {
            assert_eq!(Encoding::of(bytes), (Encoding::Utf8, 0), "{bytes:?}");
        }
        assert_eq!(in_utf8(b"\xff\xfea\0b"), "a\u{fffd}".as_bytes());
    }
}
