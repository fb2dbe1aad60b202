//! What the screen Words shows: the typed word, the selected vectors, and the list of neighbours.

use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;

use super::looks::Looks;
use super::view::View;
use super::wish::WordQuery;

impl View {
    /// Whether the session has this view: texts have neighbours only by a sentence encoder.
    pub fn is_of(self, state: &State) -> bool {
        self != View::Sentences
            || state.history.text_source().is_some_and(|source| source.encoder().is_some())
    }
}

/// The query in the word field.
pub fn wish(state: &State) -> WordQuery {
    WordQuery::read(&state.screens.words.word.text())
}

/// The name of the query, which its answer carries too.
pub fn word(state: &State) -> String {
    wish(state).text()
}

/// Whether the neighbours can only come from the log, which has those of the probe words.
pub fn only_told(state: &State) -> bool {
    state.is_back() || !state.can_ask()
}

/// The neighbours of the word in the pre-trained vectors, from the last answer or from the log.
pub fn near(state: &State) -> Result<Option<Looks>, String> {
    let word = word(state);
    if !only_told(state) {
        if let WordQuery::Odd(words) = wish(state)
            && words.len() < 3
        {
            return Err("The odd one out is found among three words or more: tea, coffee, car.".into());
        }
        let near = &state.screens.words.asked.near;
        return match &near.why {
            Some(why) => Err(why.clone()),
            None => Ok(near.found.clone()),
        };
    }
    let history = &state.history;
    if let Some(probe) = history.source().probes.iter().find(|probe| probe.word == word.to_lowercase()) {
        return Ok(Looks::of_probe(probe, state.until()));
    }
    if word.is_empty() {
        return Ok(None);
    }
    let probes: Vec<&str> = history.source().probes.iter().map(|probe| probe.word.as_str()).collect();
    Err(match (state.is_back() && state.replay.is_none(), probes.is_empty()) {
        (true, true) => format!(
            "Only probe words are kept over time, and this source has none; \"{word}\" can be asked about now: esc \
             leaves the past."
        ),
        (true, false) => format!(
            "Only the probe words are kept over time ({}); \"{word}\" can be asked about now: esc leaves the past.",
            probes.join(", ")
        ),
        (false, false) => format!(
            "A {} keeps the neighbours of its probe words only ({}). To ask its vectors for \
             \"{word}\": {}.",
            seen_as(state),
            probes.join(", "),
            models_again(state)
        ),
        (false, true) => {
            format!("There are no word vectors to ask: start or resume a session on {}.", Tab::Lab)
        }
    })
}

/// The fine-tuned runs, which have vectors of their own.
pub fn fine_tuned(state: &State) -> Vec<usize> {
    let own = state.history.runs.iter().filter(|run| run.start.method.tunes());
    own.map(|run| run.start.run).collect()
}

pub fn is_map(state: &State) -> bool {
    state.screens.words.view == View::Map
}

/// Whether the view is a plane that can be seen from nearer.
pub fn has_lens(state: &State) -> bool {
    matches!(state.screens.words.view, View::Map | View::Axes)
}

/// The three words of the analogy, if there are three.
pub fn three(state: &State) -> Option<[String; 3]> {
    let words: Vec<String> = state.screens.words.three.text().split_whitespace().map(String::from).collect();
    words.try_into().ok()
}
