//! The nearest words of one word at two moments, side by side: at a moment that the user has kept, and at the one that is
//! shown. While the session's vectors are at hand, the training thread compares them; otherwise the log has those of the probe
//! words.

use crate::plot::cells::cut;
use crate::session::record::Neighbour;
use crate::session::source_history::Probe;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::state::State;

use super::kept::Kept;
use super::looks::Looks;
use super::model::{only_told, wish, word};
use super::side::{SHOWN, Side};
use super::view::View;
use super::wish::WordQuery;

fn moment(state: &State, at: f64) -> Kept {
    let points = state.history.source().pretraining.iter().take_while(|point| point.at <= at);
    let tokens = points.last().map(|point| point.value.tokens);
    Kept { at, tokens }
}

/// Whether two moments can be compared.
pub fn is_possible(state: &State) -> bool {
    state.screens.words.view == View::Neighbours && state.has_time()
}

/// Whether two moments are shown side by side.
pub fn is_shown(state: &State) -> bool {
    state.screens.words.moment.is_some() && state.screens.words.view == View::Neighbours
}

/// Keeps the moment that is shown, or stops to compare with the one that is kept.
pub fn toggle(state: &mut State) -> Vec<Effect> {
    let own = &mut state.screens.words;
    own.selected = None;
    if own.moment.take().is_some() {
        own.asked.moments = Default::default();
        return Vec::new();
    }
    own.beside = false;
    let at = state.until().min(state.history.now);
    state.screens.words.moment = Some(moment(state, at));
    state.screens.words.asked.moments = Default::default();
    state.toast("This moment is kept: what is near now, beside what is near later. [ and ] go through time.");
    if only_told(state) {
        return Vec::new();
    }
    let run = state.screens.words.run;
    let (id, effect) = state.ask(Question::KeepMoment { run });
    state.screens.words.asked.kept.ask(id, state.now);
    vec![effect]
}

/// The question for both lists, if a word or an expression is typed.
pub fn question(state: &State) -> Option<Question> {
    let run = state.screens.words.run;
    match wish(state) {
        WordQuery::Near(word) => {
            Some(Question::NeighboursOfMoments { word, run, by: state.screens.words.by, count: SHOWN })
        }
        WordQuery::Nothing | WordQuery::Among(..) | WordQuery::Odd(_) => None,
    }
}

/// Stores the answer to the question that keeps a moment.
pub fn kept(state: &mut State, answer: &Answer) {
    if let Answer::Unknown(why) = answer {
        state.complain(format!("No moment is kept: {why}."));
        state.screens.words.moment = None;
    }
}

/// The two lists: the kept moment, and the one that is shown.
pub fn lists(state: &State) -> Vec<Side> {
    let Some(kept) = state.screens.words.moment else { return Vec::new() };
    let now = moment(state, state.until().min(state.history.now));
    let order = if now.at < kept.at { "earlier" } else { "later" };
    let names = match only_told(state) {
        true => [format!("then, {}", kept.told()), format!("{order}, {}", now.told())],
        false => [format!("then, {}", kept.told()), "now".to_string()],
    };
    let found = state.screens.words.asked.moments.found.as_ref();
    let waits = || Err("Looking …".to_string());
    let lists: [Result<Vec<Neighbour>, String>; 2] = match (only_told(state), found) {
        (true, _) => [told(state, kept.at), told(state, now.at)],
        (false, Some(found)) => found.clone(),
        (false, None) => {
            let why = state.screens.words.asked.moments.why.clone();
            [why.clone().map_or_else(waits, Err), why.map_or_else(waits, Err)]
        }
    };
    names.into_iter().zip(lists).map(|(name, list)| Side { name, list, shared: 0 }).collect()
}

/// The neighbours of a probe word that the log has at a moment.
fn told(state: &State, at: f64) -> Result<Vec<Neighbour>, String> {
    let wanted = word(state).to_lowercase();
    let probe = |probe: &&Probe| probe.word == wanted;
    let probe = state.history.source().probes.iter().find(probe);
    let Some(probe) = probe else {
        let probes: Vec<&str> =
            state.history.source().probes.iter().map(|probe| probe.word.as_str()).collect();
        return Err(match probes.is_empty() {
            true => "Only probe words are kept over time, and this source has none.".into(),
            false => format!("Only the probe words are kept over time ({}).", cut(&probes.join(", "), 200)),
        });
    };
    let looks = Looks::of_probe(probe, at).map(|looks| looks.list);
    looks.ok_or_else(|| "Nothing was told of this word by then: ] goes forward.".to_string())
}
