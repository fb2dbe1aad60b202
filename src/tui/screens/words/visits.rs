//! Going on to another word, and back along the trail.

use crate::tui::action::Effect;
use crate::tui::state::State;

use super::questions;
use super::trail::Stop;
use super::view::View;

/// The word that is shown, and how.
fn here(state: &State) -> Stop {
    let own = &state.screens.words;
    let text = if own.view == View::Sentences { own.sentence.text() } else { own.word.text() };
    Stop { view: own.view, text, selected: own.selected }
}

/// Adds the word that is shown to the trail, because another one will be.
pub fn leave(state: &mut State) {
    let stop = here(state);
    if !stop.text.trim().is_empty() {
        state.screens.words.trail.push(stop);
    }
}

/// Shows another word, or in the view of sentences another text.
pub fn go_to(state: &mut State, word: &str) -> Vec<Effect> {
    leave(state);
    let own = &mut state.screens.words;
    if own.view == View::Sentences {
        own.sentence.set(word);
    } else {
        own.word.set(word);
        own.view = View::Neighbours;
    }
    own.selected = None;
    ask(state)
}

/// Goes back to the word that was left last.
pub fn back(state: &mut State) -> Vec<Effect> {
    let now = here(state);
    let Some(stop) = state.screens.words.trail.pop(&now) else { return Vec::new() };
    let own = &mut state.screens.words;
    let input = if stop.view == View::Sentences { &mut own.sentence } else { &mut own.word };
    input.set(&stop.text);
    (own.view, own.selected) = (stop.view, stop.selected);
    ask(state)
}

fn ask(state: &mut State) -> Vec<Effect> {
    questions::word_changed(state, true);
    questions::refresh(state)
}
