//! Keys that the user typed while the terminal was queried. In the bytes that were read, they are between the answers.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

const ESCAPE: u8 = 0x1b;
/// The sequences before and after a paste. The first is without its beginning `ESC [`.
const PASTE: &[u8] = b"200~";
const PASTED: &[u8] = b"\x1b[201~";

/// The keys and pastes in `bytes`. Answers of the terminal, mouse events and everything else are left out.
pub(super) fn events(bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = bytes;
    while let Some((&first, behind)) = rest.split_first() {
        let (event, after) = if first == ESCAPE { escaped(behind) } else { plain(rest) };
        events.extend(event);
        rest = after;
    }
    events
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Event> {
    Some(Event::Key(KeyEvent::new(code, modifiers)))
}

/// Parses what follows an escape: a sequence, a key with alt, or nothing, which is the escape key itself.
fn escaped(bytes: &[u8]) -> (Option<Event>, &[u8]) {
    match bytes {
        [b'[', rest @ ..] => sequence(rest),
        // Kitty's answer and other strings for a program end with an escape and a backslash; a colour also with a bell.
        [kind @ (b'_' | b'P' | b']' | b'^' | b'X'), rest @ ..] => {
            let bell = rest.iter().position(|byte| *kind == b']' && *byte == 0x07).map(|at| at + 1);
            let end = rest.windows(2).position(|two| two == b"\x1b\\").map(|at| at + 2);
            let end = bell.into_iter().chain(end).min().unwrap_or(rest.len());
            (None, &rest[end..])
        }
        [b'O', last, rest @ ..] => (named(*last), rest),
        [] | [ESCAPE, ..] => (key(KeyCode::Esc, KeyModifiers::NONE), bytes),
        _ => match plain(bytes) {
            (Some(Event::Key(pressed)), rest) => {
                (key(pressed.code, pressed.modifiers | KeyModifiers::ALT), rest)
            }
            other => other,
        },
    }
}

/// Parses a control sequence after its beginning: parameters, and a last byte that determines its kind.
fn sequence(bytes: &[u8]) -> (Option<Event>, &[u8]) {
    if let Some(pasted) = bytes.strip_prefix(PASTE) {
        let end = pasted.windows(PASTED.len()).position(|some| some == PASTED);
        let (text, rest) = end.map_or((pasted, &[][..]), |at| (&pasted[..at], &pasted[at + PASTED.len()..]));
        return (Some(Event::Paste(String::from_utf8_lossy(text).into_owned())), rest);
    }
    // Without a last byte, the sequence was cut off.
    let Some(end) = bytes.iter().position(|byte| (0x40..=0x7e).contains(byte)) else { return (None, &[]) };
    let (numbers, rest) = (&bytes[..end], &bytes[end + 1..]);
    let event = match (bytes[end], numbers) {
        (b'~', b"1" | b"7") => key(KeyCode::Home, KeyModifiers::NONE),
        (b'~', b"4" | b"8") => key(KeyCode::End, KeyModifiers::NONE),
        (b'~', b"2") => key(KeyCode::Insert, KeyModifiers::NONE),
        (b'~', b"3") => key(KeyCode::Delete, KeyModifiers::NONE),
        (b'~', b"5") => key(KeyCode::PageUp, KeyModifiers::NONE),
        (b'~', b"6") => key(KeyCode::PageDown, KeyModifiers::NONE),
        (b'Z', b"") => key(KeyCode::BackTab, KeyModifiers::SHIFT),
        (last, b"") => named(last),
        _ => None,
    };
    (event, rest)
}

/// Keys that terminals encode as a letter.
fn named(letter: u8) -> Option<Event> {
    let code = match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    };
    key(code, KeyModifiers::NONE)
}

/// A character, or a key that is a control character.
fn plain(bytes: &[u8]) -> (Option<Event>, &[u8]) {
    let (control, none) = (KeyModifiers::CONTROL, KeyModifiers::NONE);
    let (&first, rest) = match bytes.split_first() {
        Some(split) => split,
        None => return (None, bytes),
    };
    let event = match first {
        b'\r' | b'\n' => key(KeyCode::Enter, none),
        b'\t' => key(KeyCode::Tab, none),
        0x7f | 0x08 => key(KeyCode::Backspace, none),
        0 => key(KeyCode::Char(' '), control),
        1..=0x1a => key(KeyCode::Char(char::from(first - 1 + b'a')), control),
        0x1b..=0x1f => None,
        _ => {
            // The first byte gives the length in UTF-8. Invalid bytes are skipped one by one.
            let length = [2, 3, 4].into_iter().find(|&length| first.leading_ones() == length).unwrap_or(1);
            let text = bytes.get(..length as usize).and_then(|bytes| std::str::from_utf8(bytes).ok());
            let Some(letter) = text.and_then(|text| text.chars().next()) else { return (None, rest) };
            let shift = if letter.is_uppercase() { KeyModifiers::SHIFT } else { none };
            return (key(KeyCode::Char(letter), shift), &bytes[letter.len_utf8()..]);
        }
    };
    (event, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<(KeyCode, KeyModifiers)> {
        let code = |event| match event {
            Event::Key(key) => (key.code, key.modifiers),
            other => panic!("{other:?} is no key"),
        };
        events(bytes).into_iter().map(code).collect()
    }

    #[test]
    fn keys_are_found_between_the_answers() {
        let none = KeyModifiers::NONE;
        let bytes = b"j\x1b_Gi=31;OK\x1b\\\x1b[B\x1b[6;17;8tq\x1b[<35;10;4M\x1b[?62;4;22cX\xc3\xa4\r";
        let expected = [
            (KeyCode::Char('j'), none),
            (KeyCode::Down, none),
            (KeyCode::Char('q'), none),
            (KeyCode::Char('X'), KeyModifiers::SHIFT),
            (KeyCode::Char('ä'), none),
            (KeyCode::Enter, none),
        ];
        assert_eq!(keys(bytes), expected);
        assert_eq!(keys(b"\x1b[6;17;8t\x1b[?63;1;2;4c"), []);
        let colours = b"\x1b]11;rgb:ffff/ffff/ffff\x07j\x1b]11;rgb:00/00/00\x1b\\q";
        assert_eq!(keys(colours), [(KeyCode::Char('j'), none), (KeyCode::Char('q'), none)]);
        assert_eq!(
            keys(b"\x03\x1bx\x1bOP\x1b[5~\x7f\x1b[Z\x1b"),
            [
                (KeyCode::Char('c'), KeyModifiers::CONTROL),
                (KeyCode::Char('x'), KeyModifiers::ALT),
                (KeyCode::F(1), none),
                (KeyCode::PageUp, none),
                (KeyCode::Backspace, none),
                (KeyCode::BackTab, KeyModifiers::SHIFT),
                (KeyCode::Esc, none),
            ]
        );
        assert_eq!(events(b"\x1b[200~a\x1b[201~"), [Event::Paste("a".into())]);
    }

    #[test]
    fn no_bytes_are_too_strange() {
        for bytes in
            [&b"\x1b["[..], b"\x1b[99;", b"\xff\xfe", b"\xe2\x82", b"\x1b_never", b"\x1bO", b"\x1b\x9f"]
        {
            for end in 0..=bytes.len() {
                assert!(events(&bytes[..end]).len() <= end, "{bytes:?}");
            }
        }
        let (mut stream, some) = (crate::rng::stream(1, "typed", 0), b"\x1b[O_?;19~cAtZj\xc3\xa4\x00");
        for _ in 0..2_000 {
            let any = |_| some[crate::rng::below(&mut stream, some.len())];
            let random: Vec<u8> = (0..12).map(any).collect();
            assert!(events(&random).len() <= random.len(), "{random:?}");
        }
    }
}
