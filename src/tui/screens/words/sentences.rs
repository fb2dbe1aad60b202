//! The training texts nearest to a typed text, by the published encoder and by that of a fine-tuned run.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::error::decimal;
use crate::plot::cells::cut;
use crate::session::text_transfer::{TextFiles, TextTask};
use crate::train::protocol::command::Question;
use crate::train::protocol::event::{Answer, NearSentences};
use crate::tui::action::Effect;
use crate::tui::screens::asked::Asked;
use crate::tui::screens::commands::{models_again, quoted, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::run;
use crate::tui::widgets::text::{fit, short, wrap};

use super::model::fine_tuned;
use super::sentence::sentence;

/// How many texts are requested.
const COUNT: usize = 40;
/// Seconds between two questions while vectors of texts are missing and nothing is trained.
const SOON: f64 = 0.5;
/// The same while runs are trained: every answer takes a moment of the training.
const LATER: f64 = 2.0;
/// From this width on, two lists are side by side.
const BESIDE: u16 = 120;
/// The width of a class's name.
const CLASS: usize = 12;

/// The text that was typed.
fn typed(state: &State) -> String {
    state.screens.words.sentence.text().trim().to_string()
}

/// The run whose encoder is asked beside the published one.
fn run(state: &State) -> Option<usize> {
    state.screens.words.run.filter(|run| fine_tuned(state).contains(run))
}

/// Seconds after which a question is asked again.
fn every(state: &State, asked: &Asked<NearSentences>, of_run: bool) -> f64 {
    let incomplete = asked.found.as_ref().is_none_or(|found| found.done < found.sample);
    // A run's vectors change with every step, and once more when its best parameters are restored.
    let ages = of_run
        && asked.found.as_ref().is_some_and(|found| found.steps.is_some_and(|steps| steps != [None, None]));
    match (incomplete || ages, state.is_learning()) {
        (true, true) => LATER,
        (true, false) => SOON,
        (false, _) => f64::INFINITY,
    }
}

/// The questions that are due; with `at_once` also those that were asked before.
pub fn ask(state: &mut State, at_once: bool) -> Vec<Effect> {
    let (text, now) = (typed(state), state.now);
    if text.is_empty() {
        return Vec::new();
    }
    let asked = &state.screens.words.asked;
    let due = |asked: &Asked<NearSentences>, of_run: bool| {
        asked.due(now, if at_once { 0.0 } else { every(state, asked, of_run) })
    };
    let published = due(&asked.sentences, false);
    let own = run(state).filter(|_| due(&asked.own_sentences, true));
    let mut effects = Vec::new();
    let question = |run| Question::Sentences { text: text.clone(), run, count: COUNT };
    if published {
        let (id, effect) = state.ask(question(None));
        state.screens.words.asked.sentences.ask(id, now);
        effects.push(effect);
    }
    if own.is_some() {
        let (id, effect) = state.ask(question(own));
        state.screens.words.asked.own_sentences.ask(id, now);
        effects.push(effect);
    }
    effects
}

/// Stores an answer.
pub fn answer(asked: &mut Asked<NearSentences>, answer: &Answer) {
    match answer {
        Answer::Sentences(found) => asked.set((**found).clone()),
        Answer::Unknown(why) => asked.refuse(why),
        _ => {}
    }
}

/// The command line that compares the text with the training texts by the encoder in the folder `encoder`.
pub fn command(state: &State, encoder: &str) -> Option<String> {
    let text = typed(state);
    let task = state.history.recipe.as_ref()?.text()?.task();
    match task {
        TextTask::Files { train: TextFiles::One(file), text: Some(column), .. } if !text.is_empty() => {
            Some(format!(
                "warmstart neighbours {} --sentences {} --text {} --vectors {encoder}",
                quoted(&text),
                quoted(&file.display().to_string()),
                quoted(column)
            ))
        }
        _ => None,
    }
}

/// The places of the lists: that of the published encoder, and that of the run.
fn places(state: &State, area: Rect) -> (Rect, Option<Rect>) {
    if run(state).is_none() {
        return (area, None);
    }
    if area.width >= BESIDE {
        let left = Rect { width: area.width / 2 - 1, ..area };
        return (left, Some(Rect { x: left.right() + 2, width: area.width - left.width - 2, ..area }));
    }
    let above = Rect { height: area.height / 2, ..area };
    (above, Some(Rect { y: above.bottom(), height: area.height - above.height, ..area }))
}

/// The number of lines above the texts of a list.
const HEADINGS: u16 = 2;

/// The text at a position.
pub fn target(state: &State, area: Rect, at: Position) -> Option<String> {
    let (published, own) = places(state, area);
    let asked = &state.screens.words.asked;
    let lists = [(Some(published), &asked.sentences), (own, &asked.own_sentences)];
    let (place, list) = lists
        .into_iter()
        .find_map(|(place, list)| Some((place.filter(|place| place.contains(at))?, list)))?;
    let row = usize::from(at.y.checked_sub(place.y + HEADINGS)?);
    let rows = usize::from(place.height.saturating_sub(HEADINGS));
    let first = if own == Some(place) { 0 } else { first(state, rows) };
    list.found.as_ref()?.list.get(first + row).map(|near| near.text.clone())
}

/// The first visible text of the published encoder's list.
fn first(state: &State, rows: usize) -> usize {
    state.screens.words.selected.map_or(0, |at| (at + 1).saturating_sub(rows))
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if !state.can_ask() {
        let again = models_again(state);
        let text =
            format!("Texts are compared by the encoder itself, and a {} has none: {again}.", seen_as(state));
        return sentence(state, frame, area, &text);
    }
    if typed(state).is_empty() {
        let text = "Type a text: the training texts with the nearest vectors appear here, with their classes. r adds \
                    those by the encoder of a fine-tuned run, which follow its training.";
        return sentence(state, frame, area, text);
    }
    let (published, own) = places(state, area);
    let asked = &state.screens.words.asked;
    let theme = state.theme;
    let title = vec![Span::styled("the published encoder", theme.strong())];
    list(state, frame, published, title, &asked.sentences, state.screens.words.selected);
    if let (Some(place), Some(run)) = (own, run(state).and_then(|run| state.history.run(run))) {
        let title = run::title(&run.start, state.history.several_sources(), theme);
        list(state, frame, place, title, &asked.own_sentences, None);
    }
}

/// What the vectors are of.
fn told(found: &NearSentences) -> String {
    let all = short(found.of as f64);
    let of = match found.done == found.sample {
        true => format!("{} of {all} training texts", found.sample),
        false => format!("{} of {} (of {all} training texts) so far", found.done, found.sample),
    };
    let steps = match found.steps {
        None => String::new(),
        Some([None, None]) => " · the kept parameters".into(),
        Some([Some(first), Some(last)]) if first == last => format!(" · step {first}"),
        Some([Some(first), Some(last)]) => format!(" · steps {first} to {last}"),
        Some(_) => " · some not yet of the kept parameters".into(),
    };
    format!("{of}{steps}")
}

fn list(
    state: &State,
    frame: &mut Frame,
    area: Rect,
    title: Vec<Span<'static>>,
    asked: &Asked<NearSentences>,
    selected: Option<usize>,
) {
    let (theme, width) = (state.theme, usize::from(area.width));
    let mut lines = vec![Line::from(title)];
    if let Some(why) = &asked.why {
        lines.extend(wrap(why, width).into_iter().map(Line::from));
        return frame.put(lines, area);
    }
    let Some(found) = &asked.found else {
        lines.push(Line::styled("Looking …", theme.dim()));
        return frame.put(lines, area);
    };
    lines.push(Line::styled(cut(&told(found), width), theme.dim()));
    let rows = usize::from(area.height.saturating_sub(HEADINGS));
    let first = if selected.is_some() { first(state, rows) } else { 0 };
    for (place, near) in found.list.iter().enumerate().skip(first).take(rows) {
        let style = if selected == Some(place) { theme.selected() } else { theme.text() };
        let similarity = format!("{:>2} {:>6}  ", place + 1, decimal(near.similarity, 3));
        lines.push(Line::from(vec![
            Span::styled(similarity, theme.dim()),
            Span::styled(fit(&near.class, CLASS), theme.accent()),
            Span::raw("  "),
            Span::styled(cut(&near.text, width.saturating_sub(CLASS + 13)), style),
        ]));
    }
    frame.put(lines, area);
}
