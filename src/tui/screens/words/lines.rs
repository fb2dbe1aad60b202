//! The selectable lines of the current view.

use crate::tui::state::State;
use crate::tui::widgets::window::moved;

use super::model::{is_map, near};
use super::view::View;
use super::{axes, beside, clusters, moments, occurrences};

/// The words of the lines that can be selected.
pub fn lines(state: &State) -> Vec<String> {
    match state.screens.words.view {
        View::Neighbours if beside::is_shown(state) || moments::is_shown(state) => beside::words(state),
        View::Occurrences => occurrences::contexts(state),
        View::Axes => axes::lines(state),
        View::Neighbours => {
            near(state).ok().flatten().map_or(Vec::new(), |l| l.list.into_iter().map(|n| n.word).collect())
        }
        View::Analogy => state.screens.words.asked.analogy_words(),
        View::Sentences => {
            let found = state.screens.words.asked.sentences.found.iter();
            found.flat_map(|found| &found.list).map(|near| near.text.clone()).collect()
        }
        View::Drift => state.screens.words.asked.drift_words(),
        View::Coverage => {
            state.history.source().coverage.as_ref().map_or(Vec::new(), |coverage| {
                coverage.missing.iter().map(|(word, _)| word.clone()).collect()
            })
        }
        View::Clusters => clusters::words(state),
        View::Map | View::Evaluation => Vec::new(),
    }
}

/// Whether ↑ and ↓ have something to move: a selection of lines, or the map.
pub fn has_lines(state: &State) -> bool {
    is_map(state) || state.screens.words.view == View::Occurrences || !lines(state).is_empty()
}

pub fn select(state: &mut State, by: isize) {
    let count = lines(state).len();
    if state.screens.words.view == View::Occurrences {
        if count == 0 {
            return occurrences::scroll(state, by);
        }
        // Other lines are shown with another context.
        state.screens.words.line = 0;
        // Before the first context, all lines are shown.
        if by < 0 && state.screens.words.selected == Some(0) {
            state.screens.words.selected = None;
            return;
        }
    }
    let at = state
        .screens
        .words
        .selected
        .map_or(if by > 0 { 0 } else { count.saturating_sub(1) }, |at| moved(at, by, count));
    state.screens.words.selected = (count > 0).then_some(at.min(count.saturating_sub(1)));
}
