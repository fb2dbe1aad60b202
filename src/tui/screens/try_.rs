//! The screen Try: every run classifies a text that the user types.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::binding::{Binding, keys};
use crate::tui::filter::filter_box::FilterAction;
use crate::tui::grouping::Grouping;
use crate::tui::modality::Modality;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

use super::frame::{body, explained};
use super::page::Only;
use super::tab::Tab;

mod attention;
mod draw;
pub(super) mod model;
pub mod state;

use model::selected;
#[cfg(test)]
mod tests;

use state::ScreenAction;

/// Seconds without a key until the runs are asked about the text.
const PAUSE: f64 = 0.15;

/// Texts to start from, written for this program.
const EXAMPLES: [&str; 3] = [
    "A wonderful little film: the acting is superb and the story kept me smiling to the end.",
    "The room was not clean, the staff were never helpful and nothing worked as promised.",
    "Oh great, another phone that dies by noon. Exactly what I always wanted, a very expensive brick.",
];

const KEYS: &[Binding] = keys! {
    of Try;
    ['/', Enter] => ScreenAction::Type, "type", "Type a text; while typing, ask at once", if can_ask;
    ['v'] => ScreenAction::Attention, "words", "Back to the words and what they contribute", if attention::is_open;
    ['v'] => ScreenAction::Attention, "attention",
        "Which token reads which, in the layers of a sentence encoder", if attention::can_open;
    ['l'] => ScreenAction::Layer(1), "layer", "The attention of the next layer", if attention::is_open;
    ['L'] => ScreenAction::Layer(-1), quiet "layer before", "That of the layer before", if attention::is_open;
    ['h'] => ScreenAction::Head(1), "head", "The attention of the next head", if attention::is_open;
    ['H'] => ScreenAction::Head(-1), quiet "head before", "That of the head before", if attention::is_open;
    ['m'] => ScreenAction::MeanOfHeads, "mean", "The mean over all heads", if attention::is_open;
    [Down] => ScreenAction::Token(1), "token", "What the next token reads", if attention::is_open;
    [Up] => ScreenAction::Token(-1), quiet "token before", "What the token before reads", if attention::is_open;
    [Right] => ScreenAction::Column(1), quiet "right", "Look further to the right", if attention::is_open;
    [Left] => ScreenAction::Column(-1), quiet "left", "Look further to the left", if attention::is_open;
    ['r'] => ScreenAction::AttentionOf(1), "run", "The attention of the next run", if attention::is_open;
    ['R'] => ScreenAction::AttentionOf(-1), quiet "run before", "That of the run before", if attention::is_open;
    ['a'] => ScreenAction::Example(0), "plain", "Take a plain example", if can_ask;
    ['b'] => ScreenAction::Example(1), "negated", "Take an example with negations", if can_ask;
    ['c'] => ScreenAction::Example(2), "ironic", "Take an ironic example", if can_ask;
    [Down] => ScreenAction::Run(1), "run", "Explain the next run's opinion", if has_runs;
    [Up] => ScreenAction::Run(-1), quiet "run before", "Explain the opinion of the run before", if has_runs;
    ['x'] => ScreenAction::Clear, "clear", "Remove the text", if has_text;
    ['f'] => ScreenAction::Filter, "filter", "Only the runs that fit: frozen labels:100 acc>0.8 !seed:3 /regex/", if has_runs;
    ['g'] => ScreenAction::Group, "group",
        "Count the votes by method and labels, method, labels, source or seed; or only together", if has_votes;
};

const TYPING: &[Binding] = keys! {
    of Try;
    [Enter] => ScreenAction::Type, "ask at once", "Ask about the text";
    [Down] => ScreenAction::Run(1), "run", "Explain the next run's opinion";
};

fn can_ask(state: &State) -> bool {
    state.can_ask()
}

/// Whether a list of runs is shown.
fn has_runs(state: &State) -> bool {
    state.can_ask() && !state.history.runs.is_empty()
}

/// Whether runs have judged the text.
fn has_votes(state: &State) -> bool {
    has_runs(state) && !attention::is_open(state) && !state.screens.try_.asking.guesses.is_empty()
}

fn has_text(state: &State) -> bool {
    !state.screens.try_.input.is_empty()
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    match action {
        ScreenAction::Type if state.screens.try_.input.active && !state.screens.try_.input.is_empty() => {
            return ask(state);
        }
        ScreenAction::Type => {
            state.screens.try_.input.active = true;
            state.screens.try_.input.offered = false;
        }
        ScreenAction::Example(which) => {
            if let Some(text) = EXAMPLES.get(usize::from(which)) {
                state.screens.try_.input.set(text);
            }
            changed(state);
            return ask(state);
        }
        ScreenAction::Filter => return vec![Effect::Act(Box::new(Action::Filter(FilterAction::Open)))],
        ScreenAction::Group => {
            let now = state.screens.try_.by.unwrap_or(Grouping::Method);
            state.screens.try_.by = Some(now.next());
        }
        ScreenAction::Clear => {
            state.screens.try_.input.set("");
            changed(state);
        }
        ScreenAction::AttentionOf(by) => return attention::next_run(state, by),
        ScreenAction::Attention
        | ScreenAction::Layer(_)
        | ScreenAction::Head(_)
        | ScreenAction::MeanOfHeads
        | ScreenAction::Token(_)
        | ScreenAction::Column(_) => return attention::update(state, action),
        ScreenAction::Run(by) => {
            let order = model::listed(state);
            let selected = selected(state);
            let at = order.iter().position(|run| Some(run.start.run) == selected).unwrap_or(0);
            let run = order.get(moved(at, isize::from(by), order.len())).map(|run| run.start.run);
            state.screens.try_.run = run;
        }
    }
    Vec::new()
}

fn changed(state: &mut State) {
    let now = state.now;
    let own = &mut state.screens.try_;
    if let Some(attention) = &mut own.attention {
        attention.changed = Some(now);
    }
    own.asking.why = None;
    match own.input.text().trim().is_empty() {
        true => own.asking.drop_it(),
        false => own.asking.change(now),
    }
}

/// Asks about the text, if there is one and the training thread can answer.
fn ask(state: &mut State) -> Vec<Effect> {
    if attention::is_open(state) {
        return attention::ask(state);
    }
    let text = state.screens.try_.input.text();
    if text.trim().is_empty() || !state.can_ask() {
        return Vec::new();
    }
    let (id, effect) = state.ask(Question::Classify { text });
    state.screens.try_.asking.ask(id, state.now);
    vec![effect]
}

/// The screen Try.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn only(&self) -> Option<Only> {
        let otherwise = |_: &State| {
            format!(
                "A text is judged here where a session is of text. This session is of images: {} has a pad to draw \
                 on, and judges images in files.",
                Tab::Images
            )
        };
        Some(Only { of: Modality::Text, otherwise })
    }

    fn several(&self) -> Option<&'static str> {
        Some(
            "Several sessions together have no models that could classify a text: open one session on screen 1, or load its models there with m.",
        )
    }

    fn table(&self, _state: &State) -> Option<Vec<Vec<String>>> {
        None
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        // Users come to this screen to type. As long as nothing is typed, a letter starts the text at once.
        let can_ask = state.can_ask();
        let input = &mut state.screens.try_.input;
        if can_ask && input.is_empty() && !input.active {
            input.active = true;
            input.offered = true;
        }
        Vec::new()
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        if attention::is_open(state) {
            attention::tick(state)
        } else if state.screens.try_.asking.is_due(state.now, PAUSE, state.is_learning()) {
            ask(state)
        } else {
            Vec::new()
        }
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        attention::answer(state, id, answer);
        let asking = &mut state.screens.try_.asking;
        match answer {
            _ if !asking.is(id) => {}
            Answer::Classified { run, guess, last } => asking.take(*run, guess, *last),
            Answer::Unknown(sentence) => asking.refuse(sentence),
            _ => {}
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let open = attention::is_open(state);
        match event.kind {
            MouseEventKind::ScrollDown if open => return update(state, ScreenAction::Token(1)),
            MouseEventKind::ScrollUp if open => return update(state, ScreenAction::Token(-1)),
            MouseEventKind::ScrollDown => return update(state, ScreenAction::Run(1)),
            MouseEventKind::ScrollUp => return update(state, ScreenAction::Run(-1)),
            MouseEventKind::Down(MouseButton::Left) => {}
            _ => return Vec::new(),
        }
        match draw::target(state, body(state, area), Position::new(event.column, event.row)) {
            Some(draw::Target::Text) => {
                state.screens.try_.input.active = true;
                state.screens.try_.input.offered = false;
            }
            Some(draw::Target::Run(run)) => state.screens.try_.run = Some(run),
            Some(draw::Target::Row(row)) => attention::select(state, row),
            None => {}
        }
        Vec::new()
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.screens.try_.input).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.screens.try_.input).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        changed(state);
        Vec::new()
    }

    fn back(&self, state: &mut State) -> bool {
        let open = attention::is_open(state);
        if open {
            attention::close(state);
        }
        open
    }

    fn forget(&self, state: &mut State) {
        // The text is kept, so that the user can try it on the next session.
        let own = std::mem::take(&mut state.screens.try_);
        if !own.input.is_empty() {
            state.screens.try_.asking.change(state.now);
        }
        state.screens.try_.input = own.input;
    }
}
