//! What the terminal's window says while the workbench is open: its title, and where the terminal can show it, the
//! progress (OSC 9;4).

use crate::error::printable;
use crate::plot::cells::cut;
use crate::session::follow::{self, Writer};
use crate::train::protocol::event;

use super::state::State;
use super::watching;

/// Saves the title of the window, and restores it. Terminals without such a stack ignore both.
pub const KEEP_TITLE: &str = "\x1b[22;0t";
pub const RESTORE_TITLE: &str = "\x1b[23;0t";
/// Removes the progress.
pub const NO_PROGRESS: &str = "\x1b]9;4;0\x1b\\";

/// When the window shows the progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Where the terminal is known to show it. Others take the sequence for a notice.
    #[default]
    Auto,
    Always,
    Never,
}

/// The names in a configuration.
pub const NAMES: [(&str, Progress); 3] =
    [("auto", Progress::Auto), ("always", Progress::Always), ("never", Progress::Never)];

impl Progress {
    /// Whether the window shows the progress, for these values of the environment's variables.
    pub fn is_shown(self, variable: impl Fn(&str) -> Option<String>) -> bool {
        let is = |name: &str, value: &str| variable(name).as_deref() == Some(value);
        match self {
            Progress::Always => true,
            Progress::Never => false,
            // What is between the program and the window does not hand it on.
            Progress::Auto if variable("TMUX").is_some() || variable("STY").is_some() => false,
            Progress::Auto => {
                let windows = variable("WT_SESSION").is_some() || is("ConEmuANSI", "ON");
                // iTerm2 says by the letters of its features whether it has a progress bar.
                let iterm = is("TERM_PROGRAM", "iTerm.app")
                    && variable("TERM_FEATURES").is_some_and(|features| has_feature(&features, "P"));
                let vte = variable("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
                let known = ["WezTerm", "ghostty", "mintty"].iter().any(|name| is("TERM_PROGRAM", name));
                windows || iterm || known || vte.is_some_and(|version| version >= 7_900)
            }
        }
    }
}

/// Whether iTerm2's list of features, such as `T3LrMSc7UUw9Ts3BFGsSyHNoSxF`, has one of this name. A feature is a capital
/// with the small letters and digits behind it.
fn has_feature(features: &str, wanted: &str) -> bool {
    let begins = |(at, letter): (usize, char)| letter.is_ascii_uppercase().then_some(at);
    let starts: Vec<usize> = features.char_indices().filter_map(begins).collect();
    starts.iter().enumerate().any(|(i, &from)| {
        let to = starts.get(i + 1).copied().unwrap_or(features.len());
        features[from..to].trim_end_matches(|c: char| c.is_ascii_digit()) == wanted
    })
}

/// The progress that the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Bar {
    #[default]
    None,
    /// Something is done, and nobody knows for how long.
    Busy,
    /// So many hundredths are done.
    Running(u8),
    Paused(u8),
}

impl Bar {
    fn bytes(self) -> String {
        match self {
            Bar::None => NO_PROGRESS.into(),
            Bar::Busy => "\x1b]9;4;3\x1b\\".into(),
            Bar::Running(done) => format!("\x1b]9;4;1;{done}\x1b\\"),
            Bar::Paused(done) => format!("\x1b]9;4;4;{done}\x1b\\"),
        }
    }
}

/// What the window says now.
#[derive(Debug, Default)]
pub struct Window {
    /// The title; `None` if it stays as it is.
    title: Option<String>,
    /// The progress; `None` if the window shows none.
    bar: Option<Bar>,
}

impl Window {
    /// A window that says these things.
    pub fn new(title: bool, progress: bool) -> Window {
        Window { title: title.then(String::new), bar: progress.then(Bar::default) }
    }

    /// Whether the title is the program's.
    pub fn has_title(&self) -> bool {
        self.title.is_some()
    }

    /// The title must be said again.
    pub fn forget(&mut self) {
        self.title = self.title.as_ref().map(|_| String::new());
        self.bar = self.bar.map(|_| Bar::default());
    }

    /// The bytes that make the window say what is new; empty if nothing is.
    pub fn news(&mut self, state: &State) -> String {
        let mut bytes = String::new();
        if let Some(title) = &mut self.title {
            let now = titled(state);
            if now != *title {
                bytes.push_str(&format!("\x1b]2;{now}\x07"));
                *title = now;
            }
        }
        if let Some(bar) = &mut self.bar {
            let now = shown(state);
            if now != *bar {
                bytes.push_str(&now.bytes());
                *bar = now;
            }
        }
        bytes
    }
}

/// The fraction that is done of the session that is being trained; `None` if none is.
fn done(state: &State) -> Option<f64> {
    if state.is_training() {
        Some(state.status.progress)
    } else if state.watch == Some(Writer::Running) && !state.is_catching_up {
        Some(follow::doing(&state.history).1)
    } else {
        None
    }
}

fn hundredths(fraction: f64) -> u8 {
    (fraction.clamp(0.0, 1.0) * 100.0).floor() as u8
}

fn titled(state: &State) -> String {
    let name = state.replay.clone().or_else(|| state.folder.as_deref().map(watching::name));
    let Some(name) = name.map(|name| printable(&cut(&name, 60))) else { return "warmstart".into() };
    match done(state) {
        Some(fraction) => format!("{} % {name} - warmstart", hundredths(fraction)),
        None => format!("{name} - warmstart"),
    }
}

fn shown(state: &State) -> Bar {
    match done(state) {
        None => Bar::None,
        Some(fraction) if state.status.state == event::State::Paused => Bar::Paused(hundredths(fraction)),
        Some(fraction) if fraction <= 0.0 => Bar::Busy,
        Some(fraction) => Bar::Running(hundredths(fraction)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn the_progress_goes_only_where_it_is_known() {
        let shown = |pairs: &'static [(&str, &str)], progress: Progress| {
            progress.is_shown(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
            })
        };
        for (pairs, known) in [
            (&[][..], false),
            (&[("TERM_PROGRAM", "ghostty")][..], true),
            (&[("TERM_PROGRAM", "WezTerm")], true),
            (&[("TERM_PROGRAM", "ghostty"), ("TMUX", "x")], false),
            (&[("TERM_PROGRAM", "iTerm.app")], false),
            (&[("TERM_PROGRAM", "iTerm.app"), ("TERM_FEATURES", "T3CwLrMSc7Pb")], false),
            (&[("TERM_PROGRAM", "iTerm.app"), ("TERM_FEATURES", "T3CwLrMSc7PUw9")], true),
            (&[("TERM_PROGRAM", "Apple_Terminal")], false),
            (&[("WT_SESSION", "1")], true),
            (&[("VTE_VERSION", "7600")], false),
            (&[("VTE_VERSION", "8000")], true),
        ] {
            assert_eq!(shown(pairs, Progress::Auto), known, "{pairs:?}");
            assert!(shown(pairs, Progress::Always) && !shown(pairs, Progress::Never));
        }
    }

    #[test]
    fn the_window_says_only_what_is_new() {
        let mut state = testing::live(80, 24, testing::entries_while_training());
        let mut window = Window::new(true, true);
        assert_eq!(window.news(&state), "\x1b]2;60 % demo - warmstart\x07\x1b]9;4;1;60\x1b\\");
        assert_eq!(window.news(&state), "");
        state.status.progress = 0.609;
        assert_eq!(window.news(&state), "");
        state.status.state = event::State::Paused;
        assert_eq!(window.news(&state), "\x1b]9;4;4;60\x1b\\");
        state.status.state = event::State::Finished;
        assert_eq!(window.news(&state), "\x1b]2;demo - warmstart\x07\x1b]9;4;0\x1b\\");
        window.forget();
        assert_eq!(window.news(&state), "\x1b]2;demo - warmstart\x07");
        state.folder = Some("a/\x1b]0;x\x07".into());
        assert!(!window.news(&state).contains("\x1b]0"));
        assert_eq!(Window::new(false, false).news(&state), "");
    }
}
