//! A sentence for a view that has nothing else to show.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Text};

use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::wrap;

/// Draws a sentence in a view that has nothing else to show.
pub fn sentence(state: &State, frame: &mut Frame, area: Rect, text: &str) {
    let lines: Vec<Line> = wrap(text, usize::from(area.width)).into_iter().map(Line::from).collect();
    frame.put(Text::from(lines).style(state.theme.text()), area);
}
