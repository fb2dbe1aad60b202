//! A key, as the key tables write it and as the user reads it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the key table names it. Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
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
