//! The keymap: one table of keys, what they do and how it is called.
//!
//! It is cut in parts so that a screen's keys stand beside the screen (`Page::keys`), but it is one
//! table: the dispatch of keys, the footer, the help and the palette all read it through [`bindings`].

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::train::event;

use super::action::Action;
use super::app::State;
use super::screens::Tab;

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

/// A line of the table.
#[derive(Debug)]
pub struct Binding {
    /// Any of these.
    pub keys: &'static [Key],
    pub action: Action,
    /// One or two words, for the footer.
    pub label: &'static str,
    /// What it does, for the help and the palette.
    pub help: &'static str,
    /// Whether the footer shows it (the help and the palette show all).
    pub footer: bool,
    /// Whether it means anything now.
    pub when: fn(&State) -> bool,
    /// Whether `when` says more than "always": such a line of a screen may stand before one of every
    /// screen with the same key (esc closes what the screen opened before it leaves the past).
    pub conditional: bool,
}

impl Binding {
    /// A binding that always works and is shown in the footer.
    pub const fn new(
        keys: &'static [Key],
        action: Action,
        label: &'static str,
        help: &'static str,
    ) -> Binding {
        Binding { keys, action, label, help, footer: true, when: always, conditional: false }
    }

    /// Not in the footer.
    pub const fn quiet(mut self) -> Binding {
        self.footer = false;
        self
    }

    /// Works, and is shown, only while `when` holds.
    pub const fn when(mut self, when: fn(&State) -> bool) -> Binding {
        self.when = when;
        self.conditional = true;
        self
    }

    /// The first key, as it is shown.
    pub fn key_name(&self) -> String {
        self.keys.first().map(|key| key.name()).unwrap_or_default()
    }

    /// All keys, as they are shown.
    pub fn key_names(&self) -> String {
        self.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(" ")
    }
}

fn always(_: &State) -> bool {
    true
}

/// The keys that work on every screen.
pub const GLOBAL: &[Binding] = &[
    Binding::new(&[key('?'), special(KeyCode::F(1))], Action::Help, "help", "All keys of this screen"),
    Binding::new(&[key(':'), ctrl('p')], Action::Palette, "find", "Find an action by its name"),
    Binding::new(&[key('q')], Action::Quit, "quit", "Save and leave"),
    Binding::new(&[key('p')], Action::Pause, "pause", "Hold the training, or the recording that plays")
        .when(|state| p_does(state) == Some(P::Hold)),
    Binding::new(&[key('p')], Action::Pause, "play", "Play the recording from its beginning")
        .when(|state| p_does(state) == Some(P::Play)),
    Binding::new(&[key('p')], Action::Pause, "go on", "Go on with what is held")
        .when(|state| p_does(state) == Some(P::GoOn)),
    Binding::new(&[key('1')], Action::Show(Tab::Lab), "lab", "Go to Lab: recipes and sessions").quiet(),
    Binding::new(&[key('2')], Action::Show(Tab::Train), "train", "Go to Train: the curves").quiet(),
    Binding::new(&[key('3')], Action::Show(Tab::Words), "words", "Go to Words: neighbours of words")
        .quiet()
        .when(|state| Tab::Words.is_of(state)),
    Binding::new(
        &[key('4')],
        Action::Show(Tab::Confusion),
        "confusion",
        "Go to Confusion: what is mistaken for what",
    )
    .quiet(),
    Binding::new(
        &[key('5')],
        Action::Show(Tab::Compare),
        "compare",
        "Go to Compare: what pre-training bought",
    )
    .quiet(),
    Binding::new(&[key('6')], Action::Show(Tab::Try), "try", "Go to Try: let the runs judge your own text")
        .quiet()
        .when(|state| Tab::Try.is_of(state)),
    Binding::new(
        &[key('7')],
        Action::Show(Tab::Images),
        "images",
        "Go to Images: images, what networks see of them, and a pad to draw on",
    )
    .quiet()
    .when(|state| Tab::Images.is_of(state)),
    Binding::new(&[special(KeyCode::Tab)], Action::NextTab, "next", "The next screen").quiet(),
    Binding::new(&[special(KeyCode::BackTab)], Action::PreviousTab, "previous", "The screen before").quiet(),
    Binding::new(&[key('[')], Action::Time(-1), "earlier", "Look back in time, on all screens")
        .when(|state| state.has_time()),
    Binding::new(&[key(']')], Action::Time(1), "later", "Forward in time")
        .quiet()
        .when(|state| state.is_back()),
    Binding::new(&[key('{')], Action::Time(-10), "much earlier", "Look back by a tenth of the session")
        .quiet()
        .when(|state| state.has_time()),
    Binding::new(&[key('}')], Action::Time(10), "much later", "Forward by a tenth of the session")
        .quiet()
        .when(|state| state.is_back()),
    Binding::new(&[special(KeyCode::End)], Action::Live, "to now", "Leave the past: show what is known now")
        .when(|state| state.is_back()),
    Binding::new(&[special(KeyCode::Esc)], Action::Back, "back", "Close, stop typing, or leave the past")
        .quiet(),
    Binding::new(&[key('y')], Action::CopyCommand, "copy command", "Copy the command that prints this view")
        .quiet(),
    Binding::new(&[key('i')], Action::Explain, "explain", "Show or hide the explanations").quiet(),
    Binding::new(&[key('T')], Action::SwitchTheme, "theme", "Switch between dark and light").quiet(),
    Binding::new(&[ctrl('z')], Action::Suspend, "suspend", "Back to the shell for a while; fg returns")
        .quiet(),
    Binding::new(&[ctrl('c')], Action::QuitNow, "quit now", "Save and leave without a question").quiet(),
];

/// What the footer shows of them while a line is typed into: the keys that are no letters.
pub const WHILE_TYPING: &[Binding] = &[
    Binding::new(&[special(KeyCode::Esc)], Action::Back, "stop typing", "Stop typing"),
    Binding::new(&[special(KeyCode::F(1))], Action::Help, "help", "All keys of this screen"),
    Binding::new(&[ctrl('p')], Action::Palette, "find", "Find an action by its name"),
    Binding::new(&[ctrl('c')], Action::QuitNow, "quit", "Save and leave without a question"),
];

/// What `p` does.
#[derive(Debug, PartialEq, Eq)]
enum P {
    Hold,
    GoOn,
    /// A recording that stands at its end is played from its beginning.
    Play,
}

/// What `p` does now, if anything.
fn p_does(state: &State) -> Option<P> {
    let what = match state.replay {
        Some(_) if state.playing => P::Hold,
        Some(_) if !state.is_back() => P::Play,
        None if state.status.state == event::State::Running => P::Hold,
        _ => P::GoOn,
    };
    state.can_pause().then_some(what)
}

/// The keys of `tab` alone; none where the session in front has nothing for it.
pub fn own(state: &State, tab: Tab) -> &'static [Binding] {
    if tab.is_of(state) { tab.page().keys() } else { &[] }
}

/// What works on `tab`: its own keys first, then those of every screen.
pub fn bindings(state: &State, tab: Tab) -> impl Iterator<Item = &'static Binding> {
    own(state, tab).iter().chain(GLOBAL)
}

/// What `key` does on the screen in front, if anything.
pub fn lookup(state: &State, key: Key) -> Option<&'static Binding> {
    bindings(state, state.tab).find(|binding| binding.keys.contains(&key) && (binding.when)(state))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_a_screen_is_there_twice_or_hides_one_of_every_screen() {
        for tab in Tab::ALL {
            let mut seen: Vec<(Key, &str)> = Vec::new();
            for binding in tab.page().keys().iter().chain(GLOBAL) {
                for &key in binding.keys {
                    // Two lines may share a key only if the first has a condition: while it does not
                    // hold, the second is meant.
                    let clash = seen.iter().find(|(other, _)| *other == key);
                    assert!(clash.is_none(), "{tab:?}: {} is {clash:?} and {}", key.name(), binding.label);
                    if !binding.conditional {
                        seen.push((key, binding.label));
                    }
                }
            }
        }
    }
}
