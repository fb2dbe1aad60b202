//! What the terminal tells the user who looks elsewhere when a training has ended: a bell, or a notice of the desktop.

use std::path::Path;

use crate::error::printable;

/// How the end of a training is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notice {
    /// Not at all.
    #[default]
    None,
    /// The terminal's bell.
    Bell,
    /// A notice as iTerm2, ConEmu, WezTerm and others show it (OSC 9).
    Osc9,
    /// A notice as urxvt, foot, Ghostty, VTE and others show it (OSC 777).
    Osc777,
}

/// The names in a configuration.
pub const NAMES: [(&str, Notice); 4] =
    [("none", Notice::None), ("bell", Notice::Bell), ("osc9", Notice::Osc9), ("osc777", Notice::Osc777)];

/// The sentence for the end of a session.
pub fn sentence(folder: Option<&Path>) -> String {
    let name = folder.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    format!("{} is finished", name.as_deref().unwrap_or("the session"))
}

/// The bytes that tell `sentence`; `None` for no notice. `nested` is whether tmux is between: it then hands the notice
/// on, where `allow-passthrough` lets it.
pub fn bytes(notice: Notice, sentence: &str, nested: bool) -> Option<String> {
    // A semicolon ends the title of OSC 777.
    let sentence = printable(sentence).replace(';', ",");
    let bytes = match notice {
        Notice::None => return None,
        Notice::Bell => return Some("\x07".into()),
        Notice::Osc9 => format!("\x1b]9;warmstart: {sentence}\x07"),
        Notice::Osc777 => format!("\x1b]777;notify;warmstart;{sentence}\x07"),
    };
    Some(if nested { format!("\x1bPtmux;{}\x1b\\", bytes.replace('\x1b', "\x1b\x1b")) } else { bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_has_no_control_characters_of_the_session() {
        let told = sentence(Some(Path::new("sessions/a\x1b]0;x\x07b")));
        let bytes = |notice, nested| bytes(notice, &told, nested);
        assert_eq!(bytes(Notice::None, false), None);
        assert_eq!(bytes(Notice::Bell, true).unwrap(), "\x07");
        let osc = bytes(Notice::Osc9, false).unwrap();
        assert!(osc.starts_with("\x1b]9;warmstart: a") && osc.ends_with("b is finished\x07"), "{osc:?}");
        assert_eq!((osc.matches('\x1b').count(), osc.matches('\x07').count()), (1, 1));
        let osc = bytes(Notice::Osc777, false).unwrap();
        assert_eq!(osc.matches(';').count(), 3, "{osc:?}");
        let nested = bytes(Notice::Osc9, true).unwrap();
        assert!(nested.starts_with("\x1bPtmux;\x1b\x1b]9;") && nested.ends_with("\x07\x1b\\"));
    }
}
