//! What a language model says: by itself while it learns, and after a prompt that is typed.

use crossterm::event::KeyCode;
use ratatui::text::{Line, Span};

use super::{Do, act};
use crate::session::recipe::Source;
use crate::session::record::Said;
use crate::train::command::{Id, Question};
use crate::train::event::Answer;
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::text::wrap;

/// Words of an answer, and how freely they are drawn.
const WORDS: usize = 40;
const TEMPERATURE: f32 = 0.8;
/// Lines that a text takes at the most.
const LINES: usize = 3;

/// The prompt and its answer.
#[derive(Debug, Default)]
pub struct Speech {
    pub prompt: Input,
    asked: Option<Id>,
    /// How often it was asked: another time, another text.
    draw: u64,
    /// Prompt and text, or why there is none.
    heard: Option<Result<(String, String), String>>,
}

pub const PROMPT: Binding = Binding::new(
    &[key('/')],
    act(Do::Prompt),
    "prompt",
    "Type how a text begins: the language model goes on with it",
)
.when(speaks);

pub const TYPING: &[Binding] =
    &[Binding::new(&[special(KeyCode::Enter)], act(Do::Prompt), "go on", "Let the language model go on")];

/// Whether a prompt is typed.
pub fn typing(state: &State) -> bool {
    state.train.speech.prompt.active
}

/// Whether there is a language model that can be asked.
fn speaks(state: &State) -> bool {
    is_language_model(state) && state.can_ask()
}

/// Whether the source is a language model.
pub fn is_language_model(state: &State) -> bool {
    let source = state.history.recipe.as_ref().map(|recipe| &recipe.source);
    matches!(source, Some(Source::LanguageModel(_)))
}

/// Begins to type; while typing, asks.
pub fn prompt(state: &mut State) -> Vec<Effect> {
    if !speaks(state) {
        return Vec::new();
    }
    if !state.train.speech.prompt.active {
        state.train.view = Some(super::View::Pretraining);
        state.train.speech.prompt.active = true;
        return Vec::new();
    }
    let speech = &mut state.train.speech;
    speech.draw += 1;
    let (prompt, draw) = (speech.prompt.text(), speech.draw);
    let (id, effect) = state.ask(Question::Say { prompt, words: WORDS, temperature: TEMPERATURE, draw });
    state.train.speech.asked = Some(id);
    vec![effect]
}

/// Takes an answer in, if it is to this question.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let speech = &mut state.train.speech;
    if speech.asked != Some(id) {
        return;
    }
    speech.heard = match answer {
        Answer::Said { prompt, text } => Some(Ok((prompt.clone(), text.clone()))),
        Answer::Unknown(why) => Some(Err(why.clone())),
        _ => return,
    };
}

/// What was said last, in a few lines; none where there is no language model.
pub fn lines(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let direction = state.history.recipe.as_ref().map(|recipe| recipe.source.direction()).unwrap_or_default();
    let text = |prompt: &str, text: &str| {
        let text = wrap(&direction.joined(prompt, text), width.saturating_sub(4).max(20));
        text.into_iter().take(LINES).map(|line| Line::from(format!("  {line}"))).collect::<Vec<_>>()
    };
    let told = state.history.said.partition_point(|said| said.at <= state.until());
    let mut lines = Vec::new();
    if let Some(said) = state.history.said[..told].last() {
        let Said { prompt, text: said, .. } = &said.value;
        lines.push(Line::styled(" it says now", theme.strong()));
        lines.extend(text(prompt, said));
    }
    let speech = &state.train.speech;
    if speech.prompt.active {
        lines.push(Line::from(vec![
            Span::styled(" prompt ▸ ", theme.accent()),
            Span::raw(speech.prompt.text()),
            Span::styled("▏", theme.accent()),
        ]));
    }
    match speech.heard.as_ref().filter(|_| !state.is_back()) {
        Some(Ok((prompt, said))) => lines.extend(text(prompt, said)),
        Some(Err(why)) => lines.extend(text("", why)),
        None => {}
    }
    lines
}
