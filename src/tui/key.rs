//! A key, as the key tables write it and as the user reads it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the key table names it. Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub code: KeyCode,
    /// Whether ctrl is held.
    pub ctrl: bool,
}

/// The key of a character.
pub const fn key(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: false }
}

/// The key of a character together with ctrl.
pub const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: true }
}

/// A key without a character.
pub const fn special(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

impl Key {
    /// The key of a terminal event.
    pub fn of(event: KeyEvent) -> Key {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            // Some terminals report shift-tab as tab with shift, others as a key of its own.
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => special(KeyCode::BackTab),
            code => Key { code, ctrl },
        }
    }

    /// Whether it is a number from 1 to 9.
    pub fn is_number(self) -> bool {
        matches!(self.code, KeyCode::Char('1'..='9')) && !self.ctrl
    }

    /// The name of the key, for display.
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "space".into(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::Up => "↑".into(),
            KeyCode::Down => "↓".into(),
            KeyCode::Left => "←".into(),
            KeyCode::Right => "→".into(),
            KeyCode::PageUp => "pgup".into(),
            KeyCode::PageDown => "pgdn".into(),
            KeyCode::BackTab => "shift-tab".into(),
            other => format!("{other:?}").to_lowercase(),
        };
        if self.ctrl { format!("ctrl-{name}") } else { name }
    }
}

/// Names of keys that have no character, as a configuration writes them.
const NAMED: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
];

impl Key {
    /// The key that a configuration names: a character, `ctrl-` with a letter, `F1` to `F12`, or a word such as `enter`.
    pub fn parse(text: &str) -> Option<Key> {
        let (ctrl, rest) = match text.strip_prefix("ctrl-") {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, text),
        };
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() && letter != ' ' => KeyCode::Char(letter),
            _ => match rest.strip_prefix(['F', 'f']).map(str::parse::<u8>) {
                Some(Ok(number @ 1..=12)) => KeyCode::F(number),
                _ => NAMED.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code)?,
            },
        };
        Some(Key { code, ctrl })
    }

    /// The name of the key in a configuration: [`Key::parse`] understands it.
    pub fn written(self) -> String {
        let named = NAMED.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_string());
        match named {
            Some(name) if self.ctrl => format!("ctrl-{name}"),
            Some(name) => name,
            None => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_configuration_writes_is_understood() {
        for text in
            ["q", "Q", "?", "ctrl-p", "F1", "F12", "space", "enter", "shift-tab", "up", "pgdn", "-", "é"]
        {
            assert_eq!(Key::parse(text).unwrap().written(), text);
        }
        assert_eq!(Key::parse("ctrl-"), None);
        for wrong in ["", "F13", "F0", "escape", " ", "ab", "\u{1b}", "ctrl-up-down"] {
            assert_eq!(Key::parse(wrong), None, "{wrong:?}");
        }
    }
}
