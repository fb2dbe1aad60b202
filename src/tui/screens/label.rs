//! The screen Label: the workbench chooses a text, the user labels it, and the curve of accuracy moves.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::train::protocol::command::{Command, Id, Question};
use crate::train::protocol::event::Answer;
use crate::train::protocol::labelling::{LabelAct, LabelPoint, LabelWhat, LabelWish, labels_beside};
use crate::tui::action::Effect;
use crate::tui::binding::{Binding, keys};
use crate::tui::folders::{Completion, expanded};
use crate::tui::layout;
use crate::tui::modality::Modality;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

use super::commands::quoted;
use super::frame::{body, explained};
use super::page::Only;

mod draw;
mod keys;
mod model;
pub mod state;
#[cfg(test)]
mod tests;

use model::{can_begin, can_let_known, can_undo};
use state::{ScreenAction, Work};

/// Every text with this number is chosen at random.
const RANDOM_EVERY: usize = 4;
/// The seed of the random order, as of `warmstart label`.
const SEED: u64 = 1;

const TYPING: &[Binding] = keys! {
    of Label;
    [Enter] => ScreenAction::Begin, "begin", "Begin to label the texts of this file";
    [Tab] => ScreenAction::Complete, "complete", "Complete the file's name";
};

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    match action {
        ScreenAction::Begin if state.screens.label.input.active => {
            let typed = state.screens.label.input.text();
            if typed.trim().is_empty() {
                state.screens.label.input.active = false;
                return Vec::new();
            }
            let texts = expanded(typed.trim());
            let labels = labels_beside(&texts);
            state.screens.label.input.active = false;
            state.screens.label.files = Some((texts.clone(), labels.clone()));
            return begin(state, LabelWhat::File { texts, labels });
        }
        ScreenAction::Begin => return begin(state, LabelWhat::Simulation),
        ScreenAction::Path => state.screens.label.input.active = true,
        ScreenAction::Complete => return vec![Effect::Complete(state.screens.label.input.text())],
        ScreenAction::Class(class) => {
            let class = usize::from(class);
            if let Some((id, query)) = state.screens.label.asked()
                && state.screens.label.view().is_some_and(|view| class < view.classes.len())
            {
                let example = query.example;
                return act(state, id, LabelAct::Give { example, class });
            }
        }
        ScreenAction::Skip => {
            if let Some((id, query)) = state.screens.label.asked() {
                let example = query.example;
                return act(state, id, LabelAct::Skip { example });
            }
        }
        ScreenAction::Undo => {
            if let Some(id) = state.screens.label.id().filter(|_| can_undo(state)) {
                return act(state, id, LabelAct::Undo);
            }
        }
        ScreenAction::Strategy => {
            let own = &mut state.screens.label;
            own.strategy = Some(own.strategy().next());
            let strategy = own.strategy();
            if let Some(id) = own.id() {
                return act(state, id, LabelAct::Strategy(strategy));
            }
        }
        ScreenAction::LetKnown(count) => {
            if let Some(id) = state.screens.label.id().filter(|_| can_let_known(state)) {
                return act(state, id, LabelAct::LetKnown(usize::from(count)));
            }
        }
        ScreenAction::Scroll(by) => scroll(state, isize::from(by)),
        ScreenAction::End => return end(state),
    }
    Vec::new()
}

/// Begins a labelling.
fn begin(state: &mut State, what: LabelWhat) -> Vec<Effect> {
    if !can_begin(state) {
        return Vec::new();
    }
    let strategy = state.screens.label.strategy();
    let wish = LabelWish { what, strategy, random_every: RANDOM_EVERY, seed: SEED };
    let (id, effect) = state.ask(Question::Label(Box::new(wish)));
    state.screens.label.begun(id);
    vec![effect]
}

/// Sends what the user does. Nothing else is taken until the view of it arrives.
fn act(state: &mut State, id: Id, act: LabelAct) -> Vec<Effect> {
    state.screens.label.sent();
    vec![Effect::Send(Command::Label { id, act })]
}

/// Ends the labelling. Labels are in their file already.
fn end(state: &mut State) -> Vec<Effect> {
    let own = &mut state.screens.label;
    let Some(id) = own.id() else { return Vec::new() };
    let file = own.view().and_then(|view| view.file.clone());
    own.shown = own.view().filter(|view| view.is_simulated() && view.given > 0).map(draw::summary);
    own.work = Work::Nothing;
    // What a simulation has shown stays on the screen.
    if let Some(file) = file {
        state.toast(format!("The labels are in {}. Begun again, it goes on from there.", file.display()));
    }
    vec![Effect::Send(Command::Cancel(id))]
}

fn scroll(state: &mut State, by: isize) {
    let area = body(state, layout::layout(state).body);
    let count = draw::lines_of_text(state, area).saturating_sub(draw::rows_of_text(state, area)) + 1;
    let own = &mut state.screens.label;
    own.scroll = moved(own.scroll, by, count);
}

/// Handles completions of the typed path: the text becomes the longest common prefix of the matching paths. False if no
/// path is typed here.
pub fn completed(state: &mut State, completion: &Completion) -> bool {
    let own = &mut state.screens.label;
    if own.input.active && own.input.text() == completion.of {
        own.input.set(&completion.typed);
        own.offers = if completion.paths.len() > 1 { completion.paths.clone() } else { Vec::new() };
    }
    own.input.active
}

/// The screen Label.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        keys::KEYS
    }

    fn only(&self) -> Option<Only> {
        let otherwise = |_: &State| "Texts are labelled here, and this session is of images.".to_string();
        Some(Only { of: Modality::Text, otherwise })
    }

    fn several(&self) -> Option<&'static str> {
        Some(
            "Several sessions together have no source that could make vectors of texts: open one session on screen 1.",
        )
    }

    fn table(&self, state: &State) -> Option<Vec<Vec<String>>> {
        let view = state.screens.label.view().filter(|view| !view.curve.is_empty())?;
        let strategy = state.screens.label.strategy().name().to_string();
        let mut table = vec![vec!["labels".to_string(), strategy, "random".to_string()]];
        let mut labels: Vec<usize> =
            view.curve.iter().chain(&view.random).map(|point| point.labels).collect();
        labels.sort_unstable();
        labels.dedup();
        for count in labels {
            let of = |points: &[LabelPoint]| {
                let point = points.iter().find(|point| point.labels == count);
                point.map_or(String::new(), |point| format!("{:.6}", point.accuracy))
            };
            table.push(vec![count.to_string(), of(&view.curve), of(&view.random)]);
        }
        Some(table)
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        if state.screens.label.id() != Some(id) {
            return Vec::new();
        }
        match answer {
            Answer::Labelling(view) => state.screens.label.take(view),
            Answer::Unknown(why) => state.screens.label.work = Work::Refused(why.clone()),
            _ => {}
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown => scroll(state, 1),
            MouseEventKind::ScrollUp => scroll(state, -1),
            MouseEventKind::Down(MouseButton::Left) => {
                let place = Position::new(event.column, event.row);
                match draw::target(state, body(state, area), place) {
                    Some(draw::Target::Class(class)) => return update(state, ScreenAction::Class(class)),
                    Some(draw::Target::Path) => state.screens.label.input.active = true,
                    None => {}
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.screens.label.input).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.screens.label.input).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        state.screens.label.offers.clear();
        Vec::new()
    }

    fn forget(&self, state: &mut State) {
        // What is typed and how texts are chosen are kept for the next session.
        let own = std::mem::take(&mut state.screens.label);
        (state.screens.label.input, state.screens.label.strategy) = (own.input, own.strategy);
        state.screens.label.input.active = false;
    }

    fn command(&self, state: &State) -> Option<String> {
        let folder = quoted(&state.folder.as_ref()?.display().to_string());
        let own = &state.screens.label;
        let strategy = own.strategy().name();
        Some(match own.file() {
            Some((texts, labels)) => format!(
                "warmstart label {folder} --texts {} --labels {} --strategy {strategy}",
                quoted(&texts.display().to_string()),
                quoted(&labels.display().to_string())
            ),
            None => format!("warmstart label {folder} --simulate --strategy {strategy}"),
        })
    }

    fn no_command(&self, _state: &State) -> &'static str {
        "There is no session in front yet whose source could choose texts."
    }
}
