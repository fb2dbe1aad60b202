//! What the screen Label can do now.

use crate::tui::screens::tab::Tab;
use crate::tui::state::State;

use super::state::Work;

/// Whether a session can answer and nothing is labelled yet.
pub fn can_begin(state: &State) -> bool {
    state.can_ask() && !is_at_work(state)
}

/// Whether a labelling has begun, or its vectors are being computed.
pub fn is_at_work(state: &State) -> bool {
    matches!(state.screens.label.work, Work::Begun { .. })
}

/// Whether the path of a file is being typed.
pub fn is_typing(state: &State) -> bool {
    state.screens.label.input.active
}

/// Whether a text is shown and waits for an answer.
pub fn is_asking(state: &State) -> bool {
    state.screens.label.asked().is_some()
}

/// Whether known labels can answer.
pub fn can_let_known(state: &State) -> bool {
    is_asking(state) && state.screens.label.view().is_some_and(|view| view.is_simulated())
}

/// Whether the last label or skip can be taken back.
pub fn can_undo(state: &State) -> bool {
    state.screens.label.takes_acts() && state.screens.label.view().is_some_and(|view| view.can_undo)
}

/// Whether another strategy can be chosen.
pub fn may_choose(state: &State) -> bool {
    can_begin(state) || state.screens.label.takes_acts()
}

/// Whether the key of the class at this place gives a label.
pub fn has_class(state: &State, class: usize) -> bool {
    is_asking(state) && state.screens.label.view().is_some_and(|view| class < view.classes.len())
}

/// Where the user finds another session, in a sentence.
pub fn elsewhere() -> String {
    format!("open or start one on {}", Tab::Lab)
}
