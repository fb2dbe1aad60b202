//! The examples on which two runs disagree, with the explanations of both.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::error::signed;
use crate::plot::cells::cut;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::{Answer, Disagreement, Disagreements, Guess, Word};
use crate::tui::action::Effect;
use crate::tui::modality::Modality;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::screens::frame::show_text;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{percent, wrap};
use crate::tui::widgets::{pixels, run};

use super::model::{Pair, pair, set};

/// How many examples are requested.
const COUNT: usize = 200;
/// Seconds between two requests while runs learn.
const AGAIN: f64 = 2.0;
/// How many words of each explanation are shown.
const WORDS: usize = 8;

/// The answer about the pair and the set that are shown.
fn found<'a>(state: &'a State, pair: Pair<'_>) -> Option<&'a Disagreements> {
    let found = state.screens.twin.asked.examples.found.as_ref()?;
    (found.runs == pair.runs() && Some(&found.set) == set(state, pair).as_ref()).then_some(found)
}

/// The number of examples.
pub fn count(state: &State) -> usize {
    pair(state).and_then(|pair| found(state, pair)).map_or(0, |found| found.list.len())
}

/// Whether the answers of a kept moment stand in for the second run.
fn is_kept(state: &State) -> bool {
    state.screens.twin.kept.is_some()
}

/// Whether that moment was past when it was kept: its answers are gone.
fn is_gone(state: &State) -> bool {
    state.screens.twin.kept.is_some_and(|kept| !kept.present)
}

/// Asks for the examples if that is due, and for the explanations of the selected one.
pub fn ask(state: &mut State, again: bool) -> Vec<Effect> {
    let Some(pair) = pair(state).filter(|_| state.can_ask() && !is_gone(state)) else { return Vec::new() };
    let (runs, Some(set)) = (pair.runs(), set(state, pair)) else { return Vec::new() };
    let known = found(state, pair).is_some();
    let chosen = found(state, pair).and_then(|found| found.list.get(state.screens.twin.example));
    let text = chosen.map(|example| example.text.clone());
    let (now, kept) = (state.now, is_kept(state));
    let mut effects = Vec::new();
    // A moment must be kept before it can be compared.
    if kept && state.screens.twin.asked.kept.waits() {
        return effects;
    }
    let every = match known {
        true if state.is_learning() && again => AGAIN,
        true => f64::INFINITY,
        false => 0.5,
    };
    if (kept || runs[0] != runs[1]) && state.screens.twin.asked.examples.due(now, every) {
        let question = Question::Disagreements { runs, kept, set, count: COUNT };
        let (id, effect) = state.ask(question);
        state.screens.twin.asked.examples.ask(id, now);
        effects.push(effect);
    }
    if let Some(text) = text.filter(|_| state.modality() == Modality::Text) {
        // The model of a moment that is past is gone.
        let runs = if kept { vec![runs[0]] } else { runs.to_vec() };
        let wanted = (runs, text);
        let asked = &mut state.screens.twin.asked;
        if asked.explained != wanted {
            asked.explained = wanted.clone();
            asked.explaining.drop_it();
            asked.explaining.change(now);
        }
        if asked.explaining.is_due(now, 0.1, false) {
            let (runs, text) = wanted;
            let (id, effect) = state.ask(Question::Explain { runs, text });
            state.screens.twin.asked.explaining.ask(id, now);
            effects.push(effect);
        }
    }
    effects
}

/// Stores an answer.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let asked = &mut state.screens.twin.asked;
    if asked.examples.takes(id) {
        match answer {
            Answer::Disagreements(found) => asked.examples.set((**found).clone()),
            Answer::Unknown(why) => asked.examples.refuse(why),
            _ => {}
        }
        let last = asked.examples.found.as_ref().map_or(0, |found| found.list.len().saturating_sub(1));
        state.screens.twin.example = state.screens.twin.example.min(last);
    } else if asked.explaining.is(id) {
        match answer {
            Answer::Classified { run, guess, last } => asked.explaining.take(*run, guess, *last),
            Answer::Unknown(why) => asked.explaining.refuse(why),
            _ => {}
        }
    }
}

/// Draws the examples.
pub fn view(state: &State, frame: &mut Frame, area: Rect, pair: Pair<'_>) {
    let (theme, width) = (state.theme, usize::from(area.width));
    if !state.can_ask() {
        let text =
            format!("A {} holds figures only, not the examples: {}.", seen_as(state), models_again(state));
        return show_text(state, frame, area, &text);
    }
    let [left, right] = pair.runs();
    if left == right && !is_kept(state) {
        return show_text(state, frame, area, "Select another run than the marked one.");
    }
    if is_gone(state) {
        return show_text(
            state,
            frame,
            area,
            "The answers of this step are gone: M keeps those of the present.",
        );
    }
    let Some(found) = found(state, pair) else {
        let why = state.screens.twin.asked.examples.why.clone();
        return show_text(state, frame, area, &why.unwrap_or_else(|| "Looking for examples …".into()));
    };
    let differing = found.only[0] + found.only[1] + found.neither;
    let whole = |text: String, style| {
        wrap(&text, width).into_iter().map(move |line| Line::styled(line, style)).collect::<Vec<_>>()
    };
    let told = format!(
        "they disagree on {differing} of {} in {}: only the first is right in {}, only the second in {}, neither in {}",
        found.of, found.set, found.only[0], found.only[1], found.neither
    );
    let mut lines = whole(told, theme.strong());
    let Some(example) = found.list.get(state.screens.twin.example) else {
        return frame.put(lines, area);
    };
    let now = if state.is_back() || state.screens.twin.step.is_some() { " · as they judge now" } else { "" };
    let told = format!(
        "example {} of {} · true class: {}{now}",
        state.screens.twin.example + 1,
        found.list.len(),
        state.history.class_name(example.truth)
    );
    lines.extend(whole(told, theme.dim()));
    for (place, side) in pair.sides().iter().enumerate() {
        lines.push(guess(state, example, place, side.run.start.run, width));
        lines.extend(explained(state, pair, place, width));
    }
    if let Some(image) = &example.image {
        lines.push(Line::raw(cut(&example.text, width)));
        let used = lines.len() as u16;
        let room =
            Rect { y: area.y + used.min(area.height), height: area.height.saturating_sub(used), ..area };
        frame.put(lines, area);
        return pixels::draw(image, frame.buffer_mut(), room, theme, state.depth);
    }
    lines.extend(wrap(&example.text, width).into_iter().map(Line::from));
    lines.truncate(usize::from(area.height));
    frame.put(lines, area);
}

/// What a side predicts for the example.
fn guess(state: &State, example: &Disagreement, place: usize, number: usize, width: usize) -> Line<'static> {
    let theme = state.theme;
    let class = example.guesses[place];
    let right = class == example.truth;
    let mut spans = state.history.run(number).map_or(Vec::new(), |known| run::short(&known.start, theme));
    let text = format!(
        "  {}: {} {}",
        if place == 1 && is_kept(state) { "then" } else { ["first", "second"][place] },
        state.history.class_name(class),
        percent(f64::from(example.confidences[place])).trim()
    );
    let style = if right { theme.good() } else { theme.bad() };
    spans.push(Span::styled(cut(&text, width.saturating_sub(10)), style));
    spans.push(Span::styled(if right { " ✓" } else { " ✗" }, style));
    Line::from(spans)
}

/// The words that speak most for or against a side's prediction.
fn explained(state: &State, pair: Pair<'_>, place: usize, width: usize) -> Vec<Line<'static>> {
    if state.modality() != Modality::Text {
        return Vec::new();
    }
    let theme = state.theme;
    let asked = &state.screens.twin.asked.explaining;
    let text = match asked.guesses.get(&pair.runs()[place]) {
        _ if place == 1 && is_kept(state) => {
            "its parameters of that moment are gone, so it explains nothing".into()
        }
        Some(guess) => words(guess),
        None => asked.why.clone().unwrap_or_else(|| "its words are being weighed".into()),
    };
    let indent = "     ";
    let lines = wrap(&text, width.saturating_sub(indent.len())).into_iter().take(2);
    lines.map(|line| Line::styled(format!("{indent}{line}"), theme.dim())).collect()
}

/// "superb +1.20 · not −0.42": the words that contribute most, the largest first.
fn words(guess: &Guess) -> String {
    let mut words: Vec<&Word> = guess.words.iter().filter(|word| word.contribution.is_finite()).collect();
    words.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let word = |word: &&Word| format!("{} {}", word.text, signed(word.contribution, 2));
    let shown: Vec<String> = words.iter().take(WORDS).map(word).collect();
    if shown.is_empty() { "no word that it knows".into() } else { shown.join(" · ") }
}
