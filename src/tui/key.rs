//! A key as tables name it and people read it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the table names it. Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
}

/// A character's key.
pub const fn key(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: false }
}

/// A character's key together with ctrl.
pub const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), ctrl: true }
}

/// A key without a character.
pub const fn special(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

impl Key {
    /// The key of an event of the terminal.
    pub fn of(event: KeyEvent) -> Key {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            // Terminals differ in whether they report shift-tab as such.
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => special(KeyCode::BackTab),
            code => Key { code, ctrl },
        }
    }

    /// As it is shown to people.
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
