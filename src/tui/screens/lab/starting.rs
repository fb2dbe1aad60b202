//! Starts something in place of the session under way.

use crate::tui::action::{Action, Effect};
use crate::tui::state::State;

/// Performs `action` at once, or after a question if training is under way.
pub fn instead(state: &mut State, action: Action, what: &str) -> Vec<Effect> {
    if state.is_training() {
        state.confirm(format!("Save and stop the session under way, and {what}?"), action);
        Vec::new()
    } else {
        vec![Effect::Act(Box::new(action))]
    }
}

/// Why this workbench trains nothing, as a sentence.
pub fn only_looks(state: &State) -> &'static str {
    if state.watch.is_some() {
        "This workbench only watches what another process trains"
    } else {
        "This workbench only looks at recordings"
    }
}
