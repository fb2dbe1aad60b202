//! The screen Words: the neighbours of a word, updated during training; analogies, drift, coverage and a map.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::plot::place::Lens;
use crate::session::choices::{AnalogyScore, Closeness, Grouped, Layout};
use crate::train::protocol::command::Id;
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::binding::Binding;
use crate::tui::modality::Modality;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;

use super::commands::quoted;
use super::frame::{body, explained};
use super::lab::state::Session;
use super::page::Only;
use super::tab::Tab;

mod axes;
mod beside;
mod clusters;
mod coverage;
mod draw;
mod drift;
mod evaluation;
mod kept;
mod keys;
mod layers;
mod lines;
mod looks;
mod map;
mod model;
mod moments;
mod occurrences;
pub(super) mod overlap;
mod questions;
mod sentence;
mod sentences;
pub(super) mod side;
mod sort;
pub mod state;
mod tables;
#[cfg(test)]
mod tests;
mod trail;
mod view;
mod visits;
mod wish;

use lines::{lines, select};
use model::{fine_tuned, has_lens, is_map, wish};

use state::{ScreenAction, Words};
use view::View;

use wish::WordQuery;

/// Drops the answers about the vectors of another source than the one that is shown now.
pub fn other_vectors(state: &mut State) {
    let asked = &mut state.screens.words.asked;
    asked.table_changed();
    asked.measure_changed();
    asked.map_changed();
    asked.occurrences = Default::default();
    asked.sentences = Default::default();
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    match action {
        ScreenAction::Type => {
            let own = &mut state.screens.words;
            if own.view == View::Analogy {
                own.three.active = true;
            } else if own.view == View::Axes {
                own.axes.active = true;
            } else if own.view == View::Sentences {
                own.sentence.active = true;
            } else {
                visits::leave(state);
                let own = &mut state.screens.words;
                if !matches!(own.view, View::Neighbours | View::Map | View::Occurrences) {
                    own.view = View::Neighbours;
                }
                own.with = None;
                own.line = 0;
                // The new word replaces the old one, whose list stays until the new list arrives.
                own.word.set("");
                own.word.active = true;
                own.selected = None;
            }
            Vec::new()
        }
        ScreenAction::Enter => enter(state),
        ScreenAction::Return => visits::back(state),
        ScreenAction::Complete => {
            if let Some(word) = state.screens.words.asked.completion() {
                let text = state.screens.words.word.text();
                let (stands, _) = wish::last_word(&text);
                state.screens.words.word.set(&format!("{stands}{word}"));
                state.screens.words.selected = None;
            }
            questions::word_changed(state, false);
            Vec::new()
        }
        ScreenAction::Show(view) => {
            if view == View::Occurrences {
                // The selected word is compared with the word of the list.
                let chosen = state.screens.words.selected.and_then(|at| lines(state).get(at).cloned());
                let own = &mut state.screens.words;
                let again = own.view == view;
                own.with = chosen.filter(|_| !again && matches!(own.view, View::Neighbours | View::Drift));
                own.line = 0;
            }
            state.screens.words.afterwards =
                view == View::Coverage && state.screens.words.view == view && !state.screens.words.afterwards;
            state.screens.words.of_words =
                view == View::Drift && state.screens.words.view == view && !state.screens.words.of_words;
            state.screens.words.view = view;
            state.screens.words.selected = None;
            questions::refresh(state)
        }
        ScreenAction::Table(by) => {
            let runs = fine_tuned(state);
            if runs.is_empty() {
                state.toast("There is no fine-tuned run yet that had vectors of its own.");
            }
            let own = runs.iter().map(|run| Some(*run));
            // The pre-trained vectors come before the runs, except in the view of drift, if they have none of their own.
            let moved = state.screens.words.view != View::Drift || drift::of_source(state);
            let alone = (moved || runs.is_empty()).then_some(None);
            let places: Vec<Option<usize>> = alone.into_iter().chain(own).collect();
            let at = places.iter().position(|run| *run == state.screens.words.run).unwrap_or(0);
            let next = (at as isize + isize::from(by)).rem_euclid(places.len() as isize) as usize;
            state.screens.words.run = places[next];
            state.screens.words.asked.table_changed();
            questions::refresh(state)
        }
        ScreenAction::Moment => {
            let effects = moments::toggle(state);
            effects.into_iter().chain(questions::refresh(state)).collect()
        }
        ScreenAction::NextSort => {
            let own = &mut state.screens.words;
            (own.sort, own.line) = (own.sort.next(), 0);
            Vec::new()
        }
        ScreenAction::Beside => {
            state.screens.words.moment = None;
            state.screens.words.beside = !state.screens.words.beside;
            state.screens.words.selected = None;
            questions::refresh(state)
        }
        ScreenAction::Source(by) => {
            beside::moved(state, isize::from(by));
            Vec::new()
        }
        ScreenAction::Line(by) if is_map(state) => {
            state.screens.words.lens = state.screens.words.lens.moved(0.0, -0.1 * f64::from(by));
            Vec::new()
        }
        ScreenAction::Line(by) => {
            select(state, isize::from(by));
            Vec::new()
        }
        ScreenAction::Side(by) => {
            state.screens.words.lens = state.screens.words.lens.moved(0.1 * f64::from(by), 0.0);
            Vec::new()
        }
        ScreenAction::Zoom(by) => {
            state.screens.words.lens = state.screens.words.lens.zoomed(if by > 0 { 1.4 } else { 1.0 / 1.4 });
            Vec::new()
        }
        ScreenAction::Whole => {
            state.screens.words.lens = Lens::default();
            Vec::new()
        }
        ScreenAction::Measure => {
            state.screens.words.by =
                if state.screens.words.by == Closeness::Cosine { Closeness::Dot } else { Closeness::Cosine };
            state.screens.words.asked.measure_changed();
            questions::word_changed(state, true);
            questions::refresh(state)
        }
        ScreenAction::NextAnalogyScore => {
            state.screens.words.score = if state.screens.words.score == AnalogyScore::Add {
                AnalogyScore::Mul
            } else {
                AnalogyScore::Add
            };
            state.screens.words.asked.measure_changed();
            questions::word_changed(state, true);
            questions::refresh(state)
        }
        ScreenAction::NextLayout => {
            state.screens.words.layout =
                if state.screens.words.layout == Layout::Pca { Layout::Tsne } else { Layout::Pca };
            state.screens.words.asked.map_changed();
            questions::refresh(state)
        }
        ScreenAction::Choose => {
            state.screens.words.choice = state.screens.words.choice.next(!map::probes(state).is_empty());
            state.screens.words.asked.map_changed();
            questions::refresh(state)
        }
        ScreenAction::NextGrouped => {
            state.screens.words.grouped = (state.screens.words.grouped + 1) % Grouped::ALL.len();
            state.screens.words.asked.clusters_changed();
            questions::refresh(state)
        }
        ScreenAction::Clusters(by) => {
            state.screens.words.k =
                Some(clusters::k(state).saturating_add_signed(isize::from(by)).clamp(2, clusters::MOST));
            state.screens.words.asked.clusters_changed();
            questions::refresh(state)
        }
        ScreenAction::SaveClusters => clusters::save(state).into_iter().collect(),
        ScreenAction::Save { table } => vec![map::save(state, table)],
        ScreenAction::Page(by) if state.screens.words.view == View::Neighbours => {
            let last = state.history.source().probes.len().saturating_sub(1);
            let own = &mut state.screens.words;
            own.probe = own.probe.saturating_add_signed(isize::from(by)).min(last);
            Vec::new()
        }
        ScreenAction::Page(by) if state.screens.words.view == View::Occurrences => {
            occurrences::scroll(state, isize::from(by) * 10);
            Vec::new()
        }
        ScreenAction::Page(by) => {
            select(state, isize::from(by) * 10);
            Vec::new()
        }
    }
}

fn enter(state: &mut State) -> Vec<Effect> {
    let own = &mut state.screens.words;
    if own.word.active || own.three.active || own.sentence.active || own.axes.active {
        own.word.active = false;
        own.axes.active = false;
        own.three.active = false;
        own.sentence.active = false;
        questions::word_changed(state, true);
        return questions::refresh(state);
    }
    let chosen = state.screens.words.selected.and_then(|at| lines(state).get(at).cloned());
    match chosen.filter(|_| state.screens.words.view != View::Coverage) {
        Some(word) => visits::go_to(state, &word),
        None => update(state, ScreenAction::Type),
    }
}

/// The screen Words.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        keys::KEYS
    }

    fn only(&self) -> Option<Only> {
        let otherwise = |_: &State| {
            format!(
                "Word vectors are explored here where a session is of text. This session is of images: {} shows \
                 them, and what its networks see of them.",
                Tab::Images
            )
        };
        Some(Only { of: Modality::Text, otherwise })
    }

    fn several(&self) -> Option<&'static str> {
        Some(
            "Words of several sessions cannot be shown together: each session has vectors of its own. Open one session on screen 1.",
        )
    }

    fn table(&self, state: &State) -> Option<Vec<Vec<String>>> {
        tables::table(state)
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        questions::refresh(state)
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        questions::tick(state)
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        questions::answer(state, id, answer);
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown if has_lens(state) => return update(state, ScreenAction::Zoom(-1)),
            MouseEventKind::ScrollUp if has_lens(state) => return update(state, ScreenAction::Zoom(1)),
            MouseEventKind::ScrollDown => return update(state, ScreenAction::Line(1)),
            MouseEventKind::ScrollUp => return update(state, ScreenAction::Line(-1)),
            MouseEventKind::Down(MouseButton::Left) => {
                state.screens.words.grip = has_lens(state).then_some((event.column, event.row));
            }
            MouseEventKind::Drag(MouseButton::Left) => {
                if let Some((column, row)) = state.screens.words.grip.replace((event.column, event.row)) {
                    let by = |from: u16, to: u16, of: u16| {
                        (f64::from(from) - f64::from(to)) / f64::from(of.max(1))
                    };
                    let (x, y) = (by(column, event.column, area.width), by(row, event.row, area.height));
                    state.screens.words.lens = state.screens.words.lens.moved(x, -y);
                }
                return Vec::new();
            }
            MouseEventKind::Up(MouseButton::Left) => {
                state.screens.words.grip = None;
                return Vec::new();
            }
            _ => return Vec::new(),
        }
        match draw::target(state, body(state, area), Position::new(event.column, event.row)) {
            Some(draw::Target::View(view)) => update(state, ScreenAction::Show(view)),
            Some(draw::Target::Prompt) => update(state, ScreenAction::Type),
            Some(draw::Target::Table) => update(state, ScreenAction::Table(1)),
            Some(draw::Target::Word(word)) => visits::go_to(state, &word),
            None => Vec::new(),
        }
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        let own = &mut state.screens.words;
        let input = match own.view {
            View::Analogy => &mut own.three,
            View::Axes => &mut own.axes,
            View::Sentences => &mut own.sentence,
            _ => &mut own.word,
        };
        Some(input).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        let own = &state.screens.words;
        let input = match own.view {
            View::Analogy => &own.three,
            View::Axes => &own.axes,
            View::Sentences => &own.sentence,
            _ => &own.word,
        };
        Some(input).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        keys::TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        state.screens.words.selected = None;
        questions::word_changed(state, false);
        questions::complete(state)
    }

    fn forget(&self, state: &mut State) {
        state.screens.words = Words::default();
    }

    fn command(&self, state: &State) -> Option<String> {
        let folder = quoted(&state.folder.as_ref()?.display().to_string());
        // `warmstart` can ask a vector file, or a session that kept the vectors that it trained. For other sessions,
        // the log only has the neighbours of the probe words.
        let session = |session: &&Session| Some(&session.folder) == state.folder.as_ref();
        let kept = state.replay.is_none()
            || state.screens.lab.found.sessions.iter().find(session).is_some_and(|s| s.models);
        let of_model = state.history.parent().is_some_and(|parent| parent.model.is_some());
        if state.screens.words.view == View::Occurrences {
            return occurrences::command(state, &folder);
        }
        let source = state.history.text_source().filter(|_| !of_model);
        let file = match source.and_then(|source| source.origin().path_of_published()) {
            Some(path) => quoted(&path.display().to_string()),
            None if kept => folder.clone(),
            None => return Some(format!("warmstart replay {folder} --plain")),
        };
        let by = if state.screens.words.by == Closeness::Dot { " --by dot" } else { "" };
        if is_of_run_alone(state) || (moments::is_shown(state) && !model::only_told(state)) {
            return None;
        }
        match (state.screens.words.view, wish(state)) {
            (View::Neighbours, WordQuery::Near(word)) => {
                Some(format!("warmstart neighbours {} --vectors {file}{by}", quoted(&word)))
            }
            (View::Neighbours, WordQuery::Among(word, among)) => Some(format!(
                "warmstart neighbours {} --among {} --vectors {file}{by}",
                quoted(&word),
                quoted(&among.join(","))
            )),
            (View::Neighbours, WordQuery::Odd(words)) if words.len() >= 3 => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                Some(format!("warmstart odd-one-out {} --vectors {file}", words.join(" ")))
            }
            (View::Sentences, _) => sentences::command(state, &file),
            (View::Map, _) => map::command(state, &file),
            (View::Axes, _) => axes::command(state, &file),
            (View::Clusters, _) => clusters::command(state, &folder),
            (View::Analogy, _) => {
                let words: Vec<String> =
                    state.screens.words.three.text().split_whitespace().map(quoted).collect();
                let score = if state.screens.words.score == AnalogyScore::Mul { " --by 3cosmul" } else { "" };
                let words = (words.len() == 3).then(|| words.join(" "));
                words.map(|words| format!("warmstart analogy {words} --vectors {file}{score}"))
            }
            (View::Evaluation, _) => evaluation::command(state, &file),
            _ => None,
        }
        .or_else(|| Some(format!("warmstart replay {folder} --plain")))
    }

    fn no_command(&self, state: &State) -> &'static str {
        if moments::is_shown(state) {
            return "No command reads the vectors of a moment that is past: M goes back to one list.";
        }
        match is_of_run_alone(state) {
            true => "No command reads a run's own vectors: R goes back to the pre-trained ones.",
            false => "There is no session in front yet whose view could be printed.",
        }
    }
}

/// Whether the view shows only the vectors of a run, without the pre-trained ones beside them.
fn is_of_run_alone(state: &State) -> bool {
    state.screens.words.run.is_some()
        && matches!(state.screens.words.view, View::Map | View::Axes | View::Clusters)
}
