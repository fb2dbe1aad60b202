//! What every screen draws in the same way: the explanation at the top, and sentences.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::wrap;

/// Draws the screen's explanation in the first rows of `area` and returns the rest; all of `area` if explanations are
/// hidden.
pub fn explained(state: &State, frame: &mut Frame, area: Rect) -> Rect {
    let left = body(state, area);
    let rows =
        explanation(state, area).into_iter().map(|row| Line::styled(format!(" {row}"), state.theme.dim()));
    let above = Rect { height: area.height - left.height, ..area };
    frame.put(rows.collect::<Vec<_>>(), above);
    left
}

/// Draws a sentence into `area`, in as many rows as needed.
pub fn show_text(state: &State, frame: &mut Frame, area: Rect, text: &str) {
    let lines = wrap(text, usize::from(area.width).saturating_sub(2));
    let line = |line: String| Line::styled(format!(" {line}"), state.theme.text());
    frame.put(lines.into_iter().map(line).collect::<Vec<_>>(), area);
}

/// The area that [`explained`] returns, without drawing.
pub fn body(state: &State, area: Rect) -> Rect {
    let rows = explanation(state, area).len() as u16;
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}

/// The explanation as one or two rows; empty if it is hidden or there is no room.
fn explanation(state: &State, area: Rect) -> Vec<String> {
    if !state.explain || area.height < 10 {
        return Vec::new();
    }
    let mut rows = wrap(state.tab.about(), usize::from(area.width).saturating_sub(2));
    rows.truncate(2);
    rows
}
