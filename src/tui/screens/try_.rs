//! The screen Try: a typed text, classified by every run.

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::history::RunHistory;
use crate::train::command::{Id, Question};
use crate::train::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

use super::asking::Asking;
use super::{body, explained};

mod draw;
pub(super) mod model;
#[cfg(test)]
mod tests;

/// Seconds without a key before the text is asked about.
const PAUSE: f64 = 0.15;

/// Texts to start from. Ours.
const EXAMPLES: [&str; 3] = [
    "A wonderful little film: the acting is superb and the story kept me smiling to the end.",
    "The room was not clean, the staff were never helpful and nothing worked as promised.",
    "Oh great, another phone that dies by noon. Exactly what I always wanted, a very expensive brick.",
];

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Try {
    input: Input,
    /// The question about the text.
    asking: Asking,
    /// The number of the selected run.
    run: Option<usize>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    /// Type; while typing, ask at once.
    Type,
    /// Take an example.
    Example(u8),
    /// Away with the text.
    Clear,
    /// The run so many below.
    Run(i8),
}

const KEYS: &[Binding] = &[
    Binding::new(
        &[key('/'), special(KeyCode::Enter)],
        Action::Try(Do::Type),
        "type",
        "Type a text; while typing, ask at once",
    )
    .when(can_ask),
    Binding::new(&[key('a')], Action::Try(Do::Example(0)), "plain", "Take a plain example").when(can_ask),
    Binding::new(&[key('b')], Action::Try(Do::Example(1)), "negated", "Take an example with negations")
        .when(can_ask),
    Binding::new(&[key('c')], Action::Try(Do::Example(2)), "ironic", "Take an ironic example").when(can_ask),
    Binding::new(&[special(KeyCode::Down)], Action::Try(Do::Run(1)), "run", "Explain the next run's opinion")
        .when(has_runs),
    Binding::new(
        &[special(KeyCode::Up)],
        Action::Try(Do::Run(-1)),
        "run before",
        "Explain the opinion of the run before",
    )
    .quiet()
    .when(has_runs),
    Binding::new(&[key('x')], Action::Try(Do::Clear), "clear", "Remove the text").when(has_text),
];

const TYPING: &[Binding] = &[
    Binding::new(&[special(KeyCode::Enter)], Action::Try(Do::Type), "ask at once", "Ask about the text"),
    Binding::new(&[special(KeyCode::Down)], Action::Try(Do::Run(1)), "run", "Explain the next run's opinion"),
];

fn can_ask(state: &State) -> bool {
    state.can_ask()
}

/// Whether runs are listed to choose from.
fn has_runs(state: &State) -> bool {
    state.can_ask() && !state.history.runs.is_empty()
}

fn has_text(state: &State) -> bool {
    !state.try_.input.is_empty()
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    match action {
        Do::Type if state.try_.input.active && !state.try_.input.is_empty() => return ask(state),
        Do::Type => {
            state.try_.input.active = true;
            state.try_.input.offered = false;
        }
        Do::Example(which) => {
            if let Some(text) = EXAMPLES.get(usize::from(which)) {
                state.try_.input.set(text);
            }
            changed(state);
            return ask(state);
        }
        Do::Clear => {
            state.try_.input.set("");
            changed(state);
        }
        Do::Run(by) => {
            let order = model::order(&state.history);
            let selected = selected(state);
            let at = order.iter().position(|run| Some(run.start.run) == selected).unwrap_or(0);
            let run = order.get(moved(at, isize::from(by), order.len())).map(|run| run.start.run);
            state.try_.run = run;
        }
    }
    Vec::new()
}

/// The run whose opinion is explained: the one that was chosen, or the last of the transferred ones that
/// answered (the most labels, and fine-tuned where there is one).
fn selected(state: &State) -> Option<usize> {
    let order = model::order(&state.history);
    let number = |run: &&RunHistory| run.start.run;
    let chosen = order.iter().map(number).find(|run| state.try_.run == Some(*run));
    let answered = |run: &&&RunHistory| state.try_.asking.guesses.contains_key(&run.start.run);
    let transferred = |run: &&&RunHistory| run.start.method.baseline().is_none();
    chosen
        .or_else(|| order.iter().filter(transferred).rfind(answered).map(number))
        .or_else(|| order.iter().rfind(answered).map(number))
        .or_else(|| order.first().map(number))
}

fn changed(state: &mut State) {
    let now = state.now;
    let own = &mut state.try_;
    own.asking.why = None;
    match own.input.text().trim().is_empty() {
        true => own.asking.drop_it(),
        false => own.asking.change(now),
    }
}

/// Asks about the text, if there is one and somebody to ask.
fn ask(state: &mut State) -> Vec<Effect> {
    let text = state.try_.input.text();
    if text.trim().is_empty() || !state.can_ask() {
        return Vec::new();
    }
    let (id, effect) = state.ask(Question::Classify { text });
    state.try_.asking.ask(id, state.now);
    vec![effect]
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Try"
    }

    fn about(&self) -> &'static str {
        "Type a text: every run says what it thinks, and which words made it think so."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn there(&self, state: &State) -> bool {
        !state.is_of_images()
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        // Who comes here wants to type: with nothing typed yet, letters are text at once.
        let can_ask = state.can_ask() && !state.is_of_images();
        let input = &mut state.try_.input;
        if can_ask && input.is_empty() && !input.active {
            input.active = true;
            input.offered = true;
        }
        Vec::new()
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        if state.try_.asking.is_due(state, PAUSE, true) { ask(state) } else { Vec::new() }
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        let asking = &mut state.try_.asking;
        match answer {
            _ if !asking.is(id) => {}
            Answer::Classified { run, guess, last } => asking.take(*run, guess, *last),
            Answer::Unknown(sentence) => asking.refuse(sentence),
            _ => {}
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown => return update(state, Do::Run(1)),
            MouseEventKind::ScrollUp => return update(state, Do::Run(-1)),
            MouseEventKind::Down(MouseButton::Left) => {}
            _ => return Vec::new(),
        }
        match draw::target(state, body(state, area), Position::new(event.column, event.row)) {
            Some(draw::Target::Text) => {
                state.try_.input.active = true;
                state.try_.input.offered = false;
            }
            Some(draw::Target::Run(run)) => state.try_.run = Some(run),
            None => {}
        }
        Vec::new()
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.try_.input).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.try_.input).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        changed(state);
        Vec::new()
    }

    fn forget(&self, state: &mut State) {
        // The text stays: the next session may be asked about it.
        let own = std::mem::take(&mut state.try_);
        if !own.input.is_empty() {
            state.try_.asking.change(state.now);
        }
        state.try_.input = own.input;
    }
}
