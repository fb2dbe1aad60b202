//! The neighbours of a word in the vectors of two runs: before and after fine-tuning, or at two moments.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::error::decimal;
use crate::plot::cells::cut;
use crate::session::choices::Closeness;
use crate::session::history::RunHistory;
use crate::session::record::Neighbour;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::screens::asked::Asked;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::screens::frame::show_text;
use crate::tui::screens::words::overlap;
use crate::tui::screens::words::side::{SHOWN, Side, is_shared, marked};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::run;
use crate::tui::widgets::text::{fit, fit_right, wrap};

use super::model::{Pair, pair};

/// Seconds between two requests while vectors change.
const AGAIN: f64 = 1.0;

/// The word: the typed one, or the first probe word.
pub fn word(state: &State) -> String {
    let typed = state.screens.twin.word.text();
    if !typed.trim().is_empty() {
        return typed.trim().to_string();
    }
    let told = state.history.source().probes.first().map(|probe| probe.word.clone());
    let asked = || state.history.recipe.as_ref().and_then(|recipe| recipe.probe_words().first().cloned());
    told.or_else(asked).unwrap_or_default()
}

/// Asks for the lists that are due.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let word = word(state);
    let Some(runs) = pair(state).map(|pair| pair.runs()).filter(|_| state.can_ask() && !word.is_empty())
    else {
        return Vec::new();
    };
    let every = if state.is_learning() { AGAIN } else { f64::INFINITY };
    let (now, by) = (state.now, Closeness::Cosine);
    let mut effects = Vec::new();
    if state.screens.twin.kept.is_some_and(|kept| kept.present) {
        if !state.screens.twin.asked.kept.waits() && state.screens.twin.asked.moments.due(now, every) {
            let asked = Question::NeighboursOfMoments { word, run: Some(runs[0]), by, count: SHOWN };
            let (id, effect) = state.ask(asked);
            state.screens.twin.asked.moments.ask(id, now);
            effects.push(effect);
        }
        return effects;
    }
    let runs = runs.into_iter().take(if state.screens.twin.kept.is_some() { 1 } else { 2 });
    for (place, run) in runs.enumerate() {
        if state.screens.twin.asked.near[place].due(now, every) {
            let asked = Question::Neighbours { word: word.clone(), run: Some(run), by, count: SHOWN };
            let (id, effect) = state.ask(asked);
            state.screens.twin.asked.near[place].ask(id, now);
            effects.push(effect);
        }
    }
    effects
}

/// Drops the lists, because another word is asked about.
pub fn changed(state: &mut State) {
    state.screens.twin.asked.near = Default::default();
    state.screens.twin.asked.moments = Default::default();
}

/// Stores an answer.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let asked = &mut state.screens.twin.asked;
    if asked.moments.takes(id) {
        match answer {
            Answer::NeighboursOfMoments(lists) => asked.moments.set((**lists).clone()),
            Answer::Unknown(why) => asked.moments.refuse(why),
            _ => {}
        }
        return;
    }
    if let Some(near) = asked.near.iter_mut().find_map(|near| near.takes(id).then_some(near)) {
        match answer {
            Answer::Neighbours { list, .. } => near.set(list.clone()),
            Answer::Unknown(why) => near.refuse(why),
            _ => {}
        }
    }
}

/// The two lists.
fn lists(state: &State, pair: Pair<'_>) -> Vec<Side> {
    let name = |number: usize| {
        let name = |run: &RunHistory| {
            let start = &run.start;
            format!(
                "{} {}·{}",
                run::name(start, state.history.several_sources()),
                start.budget,
                start.seed + 1
            )
        };
        state.history.run(number).map_or(String::new(), name)
    };
    let asked = &state.screens.twin.asked;
    let waits = || "Looking …".to_string();
    let side = |name, list| Side { name, list, shared: 0 };
    let [left, right] = pair.runs();
    let list = |asked: &Asked<Vec<Neighbour>>| match (&asked.found, &asked.why) {
        (Some(list), _) => Ok(list.clone()),
        (None, why) => Err(why.clone().unwrap_or_else(waits)),
    };
    let [a, b] = &asked.near;
    if let Some(kept) = state.screens.twin.kept {
        if !kept.present {
            let gone = format!("The vectors of step {} are gone: M keeps those of the present.", kept.step);
            return marked(vec![side("now".into(), list(a)), side("then".into(), Err(gone))]);
        }
        let [then, now]: [Result<Vec<Neighbour>, String>; 2] =
            match (&asked.moments.found, &asked.moments.why) {
                (Some(lists), _) => lists.clone(),
                (None, why) => [0, 1].map(|_| Err(why.clone().unwrap_or_else(waits))),
            };
        return marked(vec![side("now".into(), now), side("then".into(), then)]);
    }
    marked(vec![side(name(left), list(a)), side(name(right), list(b))])
}

/// Draws the lists.
pub fn view(state: &State, frame: &mut Frame, area: Rect, pair: Pair<'_>) {
    let (theme, width) = (state.theme, usize::from(area.width));
    if !state.can_ask() {
        let text = format!(
            "Vectors are asked for neighbours, and a {} has none: {}.",
            seen_as(state),
            models_again(state)
        );
        return show_text(state, frame, area, &text);
    }
    let input = &state.screens.twin.word;
    let title = "word › ";
    frame.put(Span::styled(title, if input.active { theme.accent() } else { theme.dim() }), area);
    let line = Rect {
        x: area.x + 7.min(area.width),
        width: area.width.saturating_sub(7),
        height: 1.min(area.height),
        ..area
    };
    if input.active {
        input.view(frame, line, theme.strong());
    } else {
        let text =
            vec![Span::styled(word(state), theme.strong()), Span::styled("  /: type another", theme.dim())];
        frame.put(Line::from(text), line);
    }
    let lists = lists(state, pair);
    let told = overlap::sentence(&lists);
    let half = area.width / 2;
    let list = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(2), ..area };
    for (place, side) in lists.iter().enumerate() {
        let x = list.x + place as u16 * half;
        let cell = Rect { x, width: half.saturating_sub(1), ..list };
        let room = usize::from(cell.width);
        let mut lines = vec![Line::styled(cut(&side.name, room), theme.dim())];
        match &side.list {
            Err(why) => lines.extend(wrap(why, room).into_iter().map(Line::from)),
            Ok(list) => lines.extend(list.iter().take(SHOWN).enumerate().map(|(rank, near)| {
                let shared = is_shared(&lists, place, &near.word);
                let style = if shared { theme.accent() } else { theme.text() };
                let similarity = decimal(near.similarity, 2);
                Line::from(vec![
                    Span::styled(format!("{:>2} ", rank + 1), theme.dim()),
                    Span::styled(fit(&near.word, room.saturating_sub(11).min(24)), style),
                    Span::raw(fit_right(&similarity, 6)),
                    Span::styled(if shared { " =" } else { "  " }, theme.accent()),
                ])
            })),
        }
        frame.put(lines, cell);
    }
    let foot = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..area };
    frame.put(Span::styled(cut(&told, width), theme.dim()), foot);
}
