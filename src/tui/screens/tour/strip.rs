//! The row that says on every other screen which chapter runs, and how to come back to it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fitting};

use super::model::{Stage, chapter, choices, count, guess, stage};

/// How many rows the strip has.
pub fn rows(state: &State) -> u16 {
    let tour = &state.screens.tour;
    u16::from(tour.is_open && state.tab != Tab::Tour && chapter(state).is_some())
}

/// Draws the strip.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if area.height == 0 {
        return;
    }
    let style = match stage(state) {
        Stage::Answered => state.theme.selected(),
        _ => state.theme.accent(),
    };
    let width = usize::from(area.width);
    let text = fitting(texts(state), width.saturating_sub(1));
    frame.put(Line::styled(fit(&format!(" {text}"), width), style), area);
}

/// The text, from long to short.
fn texts(state: &State) -> Vec<String> {
    let Some(chapter) = chapter(state) else { return vec![String::new()] };
    let place = format!("Tour, chapter {} of {}", state.screens.tour.place + 1, count(state));
    let guessed = guess(state).and_then(|guess| Some(choices(state).get(guess)?.name.clone()));
    let guessed = guessed.map_or(String::new(), |name| format!(" · you guessed: {name}"));
    let key = key(state);
    let next = match stage(state) {
        Stage::Asking => format!("{key} the chapter"),
        Stage::Running => format!("it runs · {key} the chapter"),
        Stage::Stopped => format!("its run was stopped · {key} goes on"),
        Stage::Kept | Stage::Answered => format!("the answer was measured: {key} shows it"),
    };
    vec![
        format!("{place}: {}{guessed} · {next}", chapter.title),
        format!("{place}: {} · {next}", chapter.title),
        format!("{place}{guessed} · {next}"),
        format!("{place} · {next}"),
    ]
}

/// The key that leads to the chapter: that of the table, or the user's own.
fn key(state: &State) -> String {
    let own = state.keys.keys(&[Tab::Tour.key()], || "show.tour".to_string()).first().map(|key| key.name());
    own.unwrap_or_default()
}
