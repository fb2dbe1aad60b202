//! The questions of the screen Words, when they are asked, and where their answers are stored.

use crate::session::choices::Layout;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::state::State;

use super::looks::Looks;
use super::model::{fine_tuned, only_told, three, word};
use super::view::View;
use super::wish::last_word;
use super::{axes, beside, clusters, drift, map, moments, occurrences, sentences};
use crate::tui::screens::asked::Asked;

/// Seconds between two requests for neighbours while vectors change.
const LOOK: f64 = 0.5;
/// Seconds between two requests for the map while vectors change.
const MAP: f64 = 2.0;
/// The same for t-SNE, which takes a fraction of a second of training time.
const TSNE: f64 = 15.0;
/// Seconds between two requests for the drift while a run is learning.
const DRIFT: f64 = 5.0;
/// Seconds without a key until a question about the word is asked.
const PAUSE: f64 = 0.3;
/// How many neighbours are requested.
const NEIGHBOURS: usize = 40;
/// How many words of the drift are requested.
const MOVED: usize = 30;
/// How many completions are requested.
const COMPLETIONS: usize = 8;
/// If the vocabulary is larger than this, the request for the drift is not repeated.
const LARGE: usize = 50_000;

/// Notes that the typed text changed. With `at_once`, the questions about it are asked without a pause.
pub fn word_changed(state: &mut State, at_once: bool) {
    let now = state.now;
    let asked = &mut state.screens.words.asked;
    asked.changed = Some(if at_once { f64::NEG_INFINITY } else { now });
    if at_once {
        asked.completions.clear();
        asked.near.restart();
        asked.own.restart();
        asked.beside.restart();
        asked.moments.restart();
        asked.occurrences.restart();
        asked.axes.restart();
        asked.analogy.restart();
        asked.sentences.restart();
        asked.own_sentences.restart();
        asked.map.restart();
    }
}

/// Asks for completions of the typed text.
pub fn complete(state: &mut State) -> Vec<Effect> {
    let typed = state.screens.words.word.text();
    let prefix = last_word(&typed).1.to_lowercase();
    state.screens.words.asked.completions.clear();
    state.screens.words.asked.next = 0;
    if !state.screens.words.word.active || prefix.is_empty() {
        return Vec::new();
    }
    if only_told(state) {
        let probes = state.history.source().probes.iter().map(|probe| probe.word.clone());
        state.screens.words.asked.completions = probes.filter(|word| word.starts_with(&prefix)).collect();
        return Vec::new();
    }
    let (id, effect) = state.ask(Question::Complete { prefix, count: COMPLETIONS });
    state.screens.words.asked.complete.ask(id, state.now);
    vec![effect]
}

/// Asks the questions that are due.
pub fn tick(state: &mut State) -> Vec<Effect> {
    let typed = state.screens.words.asked.changed;
    if typed.is_some_and(|at| state.now - at < PAUSE) {
        return Vec::new();
    }
    if typed.is_some() {
        return refresh(state);
    }
    let moving = state.is_learning();
    if moving {
        ask(state, LOOK, MAP, DRIFT)
    } else {
        ask(state, f64::INFINITY, f64::INFINITY, f64::INFINITY)
    }
}

/// Asks for everything that the current view shows.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    first_word(state);
    let typed = state.screens.words.asked.changed.take().is_some();
    let every = if typed { 0.0 } else { LOOK };
    ask(state, every, every, every)
}

/// If nothing was typed yet, uses the first probe word as an example.
fn first_word(state: &mut State) {
    if !state.screens.words.word.is_empty() || state.screens.words.word.active {
        return;
    }
    let recipe = state.history.recipe.as_ref();
    let first = state.history.source().probes.first().map(|probe| probe.word.clone());
    if let Some(word) = first.or_else(|| recipe.and_then(|recipe| recipe.probe_words().first().cloned())) {
        state.screens.words.word.set(&word);
    }
}

/// Asks for what the current view shows, if enough seconds have passed since the last question: `look` for neighbours,
/// `map` for the map, `drift` for the drift.
fn ask(state: &mut State, look: f64, map: f64, drift: f64) -> Vec<Effect> {
    if !state.can_ask() {
        return Vec::new();
    }
    first_word(state);
    let now = state.now;
    let mut effects = Vec::new();
    let word = word(state);
    let view = state.screens.words.view;
    // A moment that is being kept is the first to be answered.
    let kept = moments::is_shown(state) && !only_told(state) && !state.screens.words.asked.kept.waits();
    if kept
        && let Some(question) =
            moments::question(state).filter(|_| state.screens.words.asked.moments.due(now, look))
    {
        let (id, effect) = state.ask(question);
        state.screens.words.asked.moments.ask(id, now);
        effects.push(effect);
    }
    if matches!(view, View::Neighbours | View::Map | View::Axes) && !word.is_empty() {
        if beside::is_shown(state)
            && let Some(question) =
                beside::question(state).filter(|_| state.screens.words.asked.beside.due(now, look))
        {
            let (id, effect) = state.ask(question);
            state.screens.words.asked.beside.ask(id, now);
            effects.push(effect);
        }
        let question =
            |state: &State, run| super::wish(state).question(run, state.screens.words.by, NEIGHBOURS);
        if let Some(question) =
            question(state, None).filter(|_| state.screens.words.asked.near.due(now, look))
        {
            let (id, effect) = state.ask(question);
            state.screens.words.asked.near.ask(id, now);
            effects.push(effect);
        }
        let run = state.screens.words.run.filter(|_| state.screens.words.asked.own.due(now, look));
        if let Some(question) = run.and_then(|run| question(state, Some(run))) {
            let (id, effect) = state.ask(question);
            state.screens.words.asked.own.ask(id, now);
            effects.push(effect);
        }
    }
    match view {
        View::Analogy => {
            if let Some([a, b, c]) = three(state).filter(|_| state.screens.words.asked.analogy.due(now, look))
            {
                let score = state.screens.words.score;
                let (id, effect) = state.ask(Question::Analogy { a, b, c, score, count: NEIGHBOURS });
                state.screens.words.asked.analogy.ask(id, now);
                effects.push(effect);
            }
        }
        View::Occurrences => {
            let every = if occurrences::is_coming(state) { LOOK } else { f64::INFINITY };
            if let Some(question) =
                occurrences::question(state).filter(|_| state.screens.words.asked.occurrences.due(now, every))
            {
                let (id, effect) = state.ask(question);
                state.screens.words.asked.occurrences.ask(id, now);
                effects.push(effect);
            }
        }
        View::Axes => {
            if let Some(question) =
                axes::question(state).filter(|_| state.screens.words.asked.axes.due(now, look))
            {
                let (id, effect) = state.ask(question);
                state.screens.words.asked.axes.ask(id, now);
                effects.push(effect);
            }
        }
        View::Sentences => effects.extend(sentences::ask(state, look == 0.0)),
        View::Drift => {
            if state.screens.words.run.is_none() && !drift::of_source(state) {
                state.screens.words.run = fine_tuned(state).last().copied();
            }
            let large =
                state.history.source().vectors.as_ref().is_some_and(|vectors| vectors.value.0 > LARGE);
            let every =
                if large && state.screens.words.asked.drift.found.is_some() { f64::INFINITY } else { drift };
            if let Some(run) =
                state.screens.words.run.filter(|_| state.screens.words.asked.drift.due(now, every))
            {
                let (id, effect) = state.ask(Question::Drift { run, count: MOVED });
                state.screens.words.asked.drift.ask(id, now);
                effects.push(effect);
            }
        }
        View::Map => {
            let every =
                if state.screens.words.layout == Layout::Tsne && map > 0.0 { map.max(TSNE) } else { map };
            if let Some(question) =
                map::question(state).filter(|_| state.screens.words.asked.map.due(now, every))
            {
                let (id, effect) = state.ask(question);
                state.screens.words.asked.map.ask(id, now);
                effects.push(effect);
            }
        }
        View::Clusters => {
            // The question is asked once: an answer takes seconds, and pre-trained vectors do not change.
            let question = clusters::question(state);
            if let Some(question) =
                question.filter(|_| state.screens.words.asked.clusters.due(now, f64::INFINITY))
            {
                let (id, effect) = state.ask(question);
                state.screens.words.asked.clusters.ask(id, now);
                effects.push(effect);
            }
        }
        View::Neighbours | View::Coverage | View::Evaluation => {}
    }
    effects
}

/// Stores an answer where it belongs. Answers to outdated questions are ignored.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let name = three(state).map_or(String::new(), |words| words.join(" "));
    let asked = &mut state.screens.words.asked;
    let looks = |asked: &mut Asked<Looks>, name: &str| match answer {
        Answer::Neighbours { word, list, made } => {
            let mut next = Looks::next(asked.found.as_ref(), word, list.clone());
            next.made = *made;
            asked.set(next);
        }
        Answer::Analogy(list) => {
            let next = Looks::next(asked.found.as_ref(), name, list.clone());
            asked.set(next);
        }
        Answer::Unknown(why) => asked.refuse(why),
        _ => {}
    };
    if asked.near.takes(id) {
        looks(&mut asked.near, "");
    } else if asked.own.takes(id) {
        looks(&mut asked.own, "");
    } else if asked.beside.takes(id) {
        match answer {
            Answer::NeighboursOfSources(lists) => asked.beside.set(lists.clone()),
            Answer::Unknown(why) => asked.beside.refuse(why),
            _ => {}
        }
    } else if asked.kept.takes(id) {
        moments::kept(state, answer);
    } else if asked.moments.takes(id) {
        match answer {
            Answer::NeighboursOfMoments(lists) => asked.moments.set((**lists).clone()),
            Answer::Unknown(why) => asked.moments.refuse(why),
            _ => {}
        }
    } else if asked.occurrences.takes(id) {
        occurrences::answer(state, answer);
    } else if asked.axes.takes(id) {
        axes::answer(state, answer);
    } else if asked.analogy.takes(id) {
        looks(&mut asked.analogy, &name);
    } else if asked.sentences.takes(id) {
        sentences::answer(&mut asked.sentences, answer);
    } else if asked.own_sentences.takes(id) {
        sentences::answer(&mut asked.own_sentences, answer);
    } else if asked.drift.takes(id) {
        match answer {
            Answer::Drift(list) => asked.drift.set(list.clone()),
            Answer::Unknown(why) => asked.drift.refuse(why),
            _ => {}
        }
    } else if asked.map.takes(id) {
        match answer {
            Answer::Map(points) => {
                let points = map::aligned(asked.map.found.as_deref().unwrap_or(&[]), points.clone());
                asked.map.set(points);
            }
            Answer::Unknown(why) => asked.map.refuse(why),
            _ => {}
        }
    } else if asked.clusters.takes(id) {
        match answer {
            Answer::Clusters(found) => asked.clusters.set((**found).clone()),
            Answer::Unknown(why) => asked.clusters.refuse(why),
            _ => {}
        }
    } else if asked.complete.takes(id)
        && let Answer::Complete(words) = answer
    {
        asked.completions = words.clone();
        asked.next = 0;
    }
}
