//! The keymap: one table of keys, what they do and how it is called.
//!
//! It is cut in parts so that a screen's keys stand beside the screen (`Page::keys`), but it is one
//! table: the dispatch of keys, the footer, the help and the palette all read it through [`bindings`].

use crossterm::event::KeyCode;

use crate::train::protocol::event;

use super::action::Action;
use super::binding::{Binding, keys};
use super::key::Key;
use super::screens::pages::NUMBERS;
use super::screens::tab::Tab;
use super::state::State;

/// The first of the keys that work on every screen.
const FIRST: &[Binding] = keys! {
    of every screen;
    ['?', F1] => Action::Help, "help", "All keys of this screen";
    [':', (ctrl 'p')] => Action::Palette, "find", "Find an action by its name";
    ['q'] => Action::Quit, "quit", "Save and leave";
    ['p'] => Action::Pause, "pause",
        "Hold the training, or the recording that plays", if |state| p_does(state) == Some(P::Hold);
    ['p'] => Action::Pause, "play",
        "Play the recording from its beginning", if |state| p_does(state) == Some(P::Play);
    ['p'] => Action::Pause, "go on", "Go on with what is held", if |state| p_does(state) == Some(P::GoOn);
};

/// Those of them that stand behind the number keys.
const FURTHER: &[Binding] = keys! {
    of every screen;
    [Tab] => Action::NextTab, quiet "next", "The next screen";
    [BackTab] => Action::PreviousTab, quiet "previous", "The screen before";
    ['['] => Action::Time(-1), "earlier", "Look back in time, on all screens", if |state| state.has_time();
    [']'] => Action::Time(1), quiet "later", "Forward in time", if |state| state.is_back();
    ['{'] => Action::Time(-10), quiet "much earlier",
        "Look back by a tenth of the session", if |state| state.has_time();
    ['}'] => Action::Time(10), quiet "much later",
        "Forward by a tenth of the session", if |state| state.is_back();
    [End] => Action::Live, "to now", "Leave the past: show what is known now", if |state| state.is_back();
    [Esc] => Action::Back, quiet "back", "Close, stop typing, or leave the past";
    ['y'] => Action::CopyCommand, quiet "copy command", "Copy the command that prints this view";
    ['i'] => Action::Explain, quiet "explain", "Show or hide the explanations";
    ['T'] => Action::SwitchTheme, quiet "theme", "Switch between dark and light";
    [(ctrl 'z')] => Action::Suspend, quiet "suspend", "Back to the shell for a while; fg returns";
    [(ctrl 'c')] => Action::QuitNow, quiet "quit now", "Save and leave without a question";
};

/// The keys that work on every screen, with the number keys of the screens among them.
pub fn global() -> impl Iterator<Item = &'static Binding> {
    FIRST.iter().chain(NUMBERS).chain(FURTHER)
}

/// What the footer shows of them while a line is typed into: the keys that are no letters.
pub const WHILE_TYPING: &[Binding] = keys! {
    of every screen;
    [Esc] => Action::Back, "stop typing", "Stop typing";
    [F1] => Action::Help, "help", "All keys of this screen";
    [(ctrl 'p')] => Action::Palette, "find", "Find an action by its name";
    [(ctrl 'c')] => Action::QuitNow, "quit", "Save and leave without a question";
};

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
    own(state, tab).iter().chain(global())
}

/// Whether `key` leads away from a line that nobody has typed into yet: to another screen, to what opens over one, to
/// another time, or to the line itself.
pub fn leads_away(key: Key) -> bool {
    NUMBERS.iter().any(|binding| binding.keys.contains(&key))
        || matches!(key, Key { code: KeyCode::Char('?' | ':' | '/' | '[' | ']'), ctrl: false })
}

/// What `key` does on the screen in front, if anything.
pub fn lookup(state: &State, key: Key) -> Option<&'static Binding> {
    bindings(state, state.tab).find(|binding| binding.keys.contains(&key) && (binding.when)(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_a_screen_is_there_twice_or_hides_one_of_every_screen() {
        for tab in Tab::ALL {
            let mut seen: Vec<(Key, &str)> = Vec::new();
            for binding in tab.page().keys().iter().chain(global()) {
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
