//! What a language model says: by itself while it learns, and after a prompt that is typed.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::session::language_model::Direction;
use crate::session::record::{GeneratedText, Stage};
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::binding::{Binding, keys};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::text::{short, wrap};

use super::model::is_language_model;
use super::state::{ScreenAction, View};

/// Words of an answer, and how freely they are drawn.
const WORDS: usize = 40;
const TEMPERATURE: f32 = 0.8;
/// Lines that a text takes at the most.
const LINES: usize = 3;

pub const TYPING: &[Binding] = keys! {
    of Train;
    [Enter] => ScreenAction::Prompt, "go on", "Let the language model go on";
};

/// Whether a prompt is typed.
pub fn typing(state: &State) -> bool {
    state.screens.train.generated.prompt.active
}

/// Whether there is a language model that can be asked.
pub fn speaks(state: &State) -> bool {
    is_language_model(state) && state.can_ask()
}

/// Begins to type; while typing, asks.
pub fn prompt(state: &mut State) -> Vec<Effect> {
    if !speaks(state) {
        return Vec::new();
    }
    if !state.screens.train.generated.prompt.active {
        state.screens.train.view = Some(View::Pretraining);
        state.screens.train.generated.prompt.active = true;
        return Vec::new();
    }
    let generated = &mut state.screens.train.generated;
    generated.draw += 1;
    let (prompt, draw) = (generated.prompt.text(), generated.draw);
    let (id, effect) = state.ask(Question::Generate { prompt, words: WORDS, temperature: TEMPERATURE, draw });
    state.screens.train.generated.asked = Some(id);
    vec![effect]
}

/// Takes an answer in, if it is to this question.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let generated = &mut state.screens.train.generated;
    if generated.asked != Some(id) {
        return;
    }
    generated.heard = match answer {
        Answer::GeneratedText { prompt, text } => Some(Ok((prompt.clone(), text.clone()))),
        Answer::Unknown(why) => Some(Err(why.clone())),
        _ => return,
    };
}

/// What was said at the moment that is shown, and the prompt, in a few lines; none where there is no
/// language model.
pub fn lines(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let direction = state.history.recipe.as_ref().map(|recipe| recipe.direction()).unwrap_or_default();
    let text = |prompt: &str, text: &str| shortened(prompt, text, direction, width);
    let mut lines = Vec::new();
    if let Some(GeneratedText { tokens, prompt, text: said }) = said(state) {
        let live = state.is_under_way() && state.history.stage() == Some(Stage::Pretraining);
        let now = live && !state.is_back() && state.screens.train.cursor.is_none();
        let head = if now {
            " it says now".into()
        } else {
            format!(" it said after {} words", short(*tokens as f64))
        };
        lines.push(Line::styled(head, theme.strong()));
        lines.extend(text(prompt, said));
    }
    let generated = &state.screens.train.generated;
    if generated.prompt.active {
        lines.extend(prompt_lines(&generated.prompt, width, theme));
    }
    match generated.heard.as_ref().filter(|_| !state.is_back()) {
        Some(Ok((prompt, said))) => {
            // Under the prompt it is plain what this is; under another text it would seem to be of that.
            if !generated.prompt.active {
                lines.push(Line::styled(" it went on after the prompt", theme.strong()));
            }
            lines.extend(text(prompt, said));
        }
        Some(Err(why)) => lines.extend(shortened("", why, Direction::Forward, width)),
        None => {}
    }
    lines
}

/// What was said last: by the time looked at and, with a cursor in the chart, by the words read there.
fn said(state: &State) -> Option<&GeneratedText> {
    let read = state.screens.train.cursor.unwrap_or(f64::INFINITY);
    let told = state.history.generated.iter().take_while(|said| said.at <= state.until());
    told.map(|said| &said.value).take_while(|said| said.tokens as f64 <= read).last()
}

/// What was said after a prompt, in a few lines. What has no room is what is farthest from where the two
/// meet: of the prompt all but a line's worth, and the end of what was said; of a model that goes
/// backwards, the other way round.
fn shortened(prompt: &str, said: &str, direction: Direction, width: usize) -> Vec<Line<'static>> {
    let width = width.saturating_sub(4).max(20);
    let mut rows = wrap(&direction.joined(prompt, said), width);
    if rows.len() > LINES {
        rows = wrap(&direction.joined(&nearest(prompt, direction, width), said), width);
    }
    if rows.len() > LINES {
        match direction {
            Direction::Forward => {
                rows.truncate(LINES);
                rows[LINES - 1].push('…');
            }
            Direction::Backward => {
                rows.drain(..rows.len() - LINES);
                rows[0].insert(0, '…');
            }
        }
    }
    rows.into_iter().map(|row| Line::from(format!("  {row}"))).collect()
}

/// The words of a prompt that are nearest to what follows it, as many as a line has room for.
fn nearest(prompt: &str, direction: Direction, width: usize) -> String {
    if prompt.width() <= width {
        return prompt.to_string();
    }
    let mut words: Vec<&str> = prompt.split_whitespace().collect();
    if direction == Direction::Forward {
        words.reverse();
    }
    // One cell is for the sign that something is left out.
    let mut used = 0;
    words.retain(|word| {
        used += word.width() + 1;
        used < width
    });
    match direction {
        Direction::Forward => {
            words.reverse();
            format!("…{}", words.join(" "))
        }
        Direction::Backward => format!("{}…", words.join(" ")),
    }
}

/// The prompt as far as it has room, with its cursor.
fn prompt_lines(prompt: &Input, width: usize, theme: Theme) -> Vec<Line<'static>> {
    const LABEL: &str = " prompt ▸ ";
    let (rows, (at, column)) = prompt.rows(width.saturating_sub(LABEL.width() + 1), LINES);
    let line = |(i, row): (usize, String)| {
        let label = if i == 0 { LABEL.to_string() } else { " ".repeat(LABEL.width()) };
        let mut spans = vec![Span::styled(label, theme.accent())];
        if i == at {
            let (before, from) = split(&row, column);
            let (under, after) = split(from, 1);
            let (before, under, after) = (before.to_string(), under.to_string(), after.to_string());
            spans.extend([Span::raw(before), Span::styled(under, theme.selected()), Span::raw(after)]);
        } else {
            spans.push(Span::raw(row));
        }
        Line::from(spans)
    };
    rows.into_iter().enumerate().map(line).collect()
}

/// The characters that begin within the first `cells` cells, and the rest.
fn split(text: &str, cells: usize) -> (&str, &str) {
    let mut used = 0;
    let outside = text.char_indices().find(|(_, c)| {
        let wide = c.width().unwrap_or(0);
        used += wide;
        wide > 0 && used - wide >= cells
    });
    text.split_at(outside.map_or(text.len(), |(place, _)| place))
}
