//! The keymap: one table of keys with their actions, labels and descriptions.
//!
//! Each screen keeps its part of the table beside its code (`Page::keys`). The key dispatch, the footer, the help and
//! the palette all read the whole table through [`bindings`].

use crate::train::protocol::event;

use super::action::Action;
use super::binding::{Binding, keys};
use super::key::{Key, key};
use super::screens::pages::NUMBERS;
use super::screens::tab::Tab;
use super::state::State;

/// The keys that work on every screen and are listed before the number keys.
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

/// The keys that work on every screen and are listed after the number keys.
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
    ['e'] => Action::Export, quiet "export",
        "Write what is shown to files in the session's folder: the screen as SVG, its figures as CSV";
    ['i'] => Action::Explain, quiet "explain", "Show or hide the explanations";
    ['T'] => Action::SwitchTheme, quiet "theme", "The next theme: dark, light, high contrast, colour-blind safe, your own";
    ['o'] => Action::NextSource, quiet "other source",
        "Show what is known of the next source: its pre-training, vectors and coverage",
        if |state| state.history.sources().len() > 1 && state.several.is_none();
    [(ctrl 'z')] => Action::Suspend, quiet "suspend", "Back to the shell for a while; fg returns";
    [(ctrl 'c')] => Action::QuitNow, quiet "quit now", "Save and leave without a question";
};

/// All keys that work on every screen, including the number keys of the screens.
pub fn global() -> impl Iterator<Item = &'static Binding> {
    FIRST.iter().chain(NUMBERS).chain(FURTHER)
}

/// The keys that the footer shows while the user types into a line: those that do not type a character.
pub const WHILE_TYPING: &[Binding] = keys! {
    of every screen;
    [Esc] => Action::Back, "stop typing", "Stop typing";
    [F1] => Action::Help, "help", "All keys of this screen";
    [(ctrl 'p')] => Action::Palette, "find", "Find an action by its name";
    [(ctrl 'c')] => Action::QuitNow, "quit", "Save and leave without a question";
};

/// What the key `p` does.
#[derive(Debug, PartialEq, Eq)]
enum P {
    Hold,
    GoOn,
    /// Play a replay from its beginning, because it is at its end.
    Play,
}

/// What the key `p` does in this state, if anything.
fn p_does(state: &State) -> Option<P> {
    let what = match state.replay {
        Some(_) if state.playing => P::Hold,
        Some(_) if !state.is_back() => P::Play,
        None if state.status.state == event::State::Running => P::Hold,
        _ => P::GoOn,
    };
    state.can_pause().then_some(what)
}

/// The keys of `tab` only; empty if the current session does not have this screen.
pub fn own(state: &State, tab: Tab) -> &'static [Binding] {
    if tab.works(state) { tab.page().keys() } else { &[] }
}

/// The keys that work on `tab`: its own first, then those of every screen.
pub fn bindings(state: &State, tab: Tab) -> impl Iterator<Item = &'static Binding> {
    own(state, tab).iter().chain(global())
}

/// Whether `key` leaves a line in which nothing is typed yet: for another screen, the help, the palette or another
/// time; or activates the line itself.
pub fn leads_away(state: &State, key: Key) -> bool {
    // Activates the line itself.
    let slash = self::key('/');
    let leads = |action: &Action| {
        matches!(action, Action::Show(_) | Action::Help | Action::Palette | Action::Time(-1 | 1))
    };
    key == slash || global().any(|binding| leads(&binding.action) && binding.has(state, key))
}

/// The binding of `key` on the current screen, if the key does anything.
pub fn lookup(state: &State, key: Key) -> Option<&'static Binding> {
    bindings(state, state.tab).find(|binding| binding.has(state, key) && (binding.when)(state))
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
                    // Two lines may share a key only if the first has a condition. While the condition is false, the
                    // second one works.
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
