//! Text that a language model generates: automatically while it is trained, and after a prompt from the user.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::session::language_model::Direction;
use crate::session::record::{GeneratedText, Stage};
use crate::session::text_source::TextSource;
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

/// The number of words in an answer, and the sampling temperature.
const WORDS: usize = 40;
const TEMPERATURE: f32 = 0.8;
/// The maximum number of lines of a text.
const LINES: usize = 3;

pub const TYPING: &[Binding] = keys! {
    of Train;
    [Enter] => ScreenAction::Generate, "go on", "Let the language model go on";
};

/// Whether the user is typing a prompt.
pub fn typing(state: &State) -> bool {
    state.screens.train.generated.prompt.active
}

/// Whether there is a language model that can be asked.
pub fn speaks(state: &State) -> bool {
    is_language_model(state) && state.can_ask()
}

/// Starts typing a prompt; while typing, asks the question.
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

/// Stores an answer if it belongs to this question.
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

/// The text that was generated at the time shown, and the prompt, in a few lines; empty without a language model.
pub fn lines(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let direction = state.history.text_source().map(TextSource::direction).unwrap_or_default();
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
            // While the user types, the lines of the prompt explain the text. Otherwise a heading shows that it is not
            // the text above.
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

/// The last text generated up to the time shown and, if the chart has a cursor, up to the number of words at the
/// cursor.
fn said(state: &State) -> Option<&GeneratedText> {
    let read = state.screens.train.cursor.unwrap_or(f64::INFINITY);
    let told = state.history.source().generated.iter().take_while(|said| said.at <= state.until());
    told.map(|said| &said.value).take_while(|said| said.tokens as f64 <= read).last()
}

/// The prompt and the generated text in a few lines. If there is no room for all, words are dropped at both outer ends:
/// the beginning of the prompt except for one line, and the end of the generated text. For a backward model the ends
/// are the other way round.
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

/// The words of the prompt that are next to the generated text, as many as fit into a line.
fn nearest(prompt: &str, direction: Direction, width: usize) -> String {
    if prompt.width() <= width {
        return prompt.to_string();
    }
    let mut words: Vec<&str> = prompt.split_whitespace().collect();
    if direction == Direction::Forward {
        words.reverse();
    }
    // One cell is reserved for the ellipsis.
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

/// The part of the prompt that fits, with its cursor.
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

/// Splits `text` after the characters that begin within the first `cells` cells.
fn split(text: &str, cells: usize) -> (&str, &str) {
    let mut used = 0;
    let outside = text.char_indices().find(|(_, c)| {
        let wide = c.width().unwrap_or(0);
        used += wide;
        wide > 0 && used - wide >= cells
    });
    text.split_at(outside.map_or(text.len(), |(place, _)| place))
}
