//! The layout of the terminal: the areas of the frame and of the current screen.

use ratatui::layout::Rect;

use crate::plot::cells::cut;

use super::filter::typing;
use super::screens::tour::strip;
use super::state::State;
use super::widgets::text::wrap;

/// The area of the whole terminal.
pub fn whole(state: &State) -> Rect {
    Rect::new(0, 0, state.size.0, state.size.1)
}

/// The areas of the terminal.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    pub tabs: Rect,
    pub status: Rect,
    pub body: Rect,
    /// The rows of the filter box; empty if there is none.
    pub filter: Rect,
    /// The row of the tour; empty if none is under way.
    pub tour: Rect,
    /// The rows of the toasts; empty if there is no toast.
    pub toasts: Rect,
    pub footer: Rect,
}

/// Computes the areas for the current state.
pub fn layout(state: &State) -> Parts {
    let area = whole(state);
    let row = |y: u16, height: u16| {
        Rect::new(area.x, area.y + y.min(area.height), area.width, height.min(area.height.saturating_sub(y)))
    };
    let toasts = toast_rows(state).len() as u16;
    let filter = typing::rows(state);
    let tour = strip::rows(state);
    let under = 1 + toasts + tour;
    Parts {
        tabs: row(0, 1),
        status: row(1, 1),
        body: row(2, area.height.saturating_sub(2 + under + filter)),
        filter: row(area.height.saturating_sub(under + filter), filter),
        tour: row(area.height.saturating_sub(under), tour),
        toasts: row(area.height.saturating_sub(1 + toasts), toasts),
        footer: row(area.height.saturating_sub(1), 1),
    }
}

/// The maximum number of rows for toasts.
const TOAST_ROWS: usize = 4;

/// The toasts as rows, the newest at the bottom; the flag marks errors. If there is no room for all, the oldest are
/// left out. A toast that is longer than all rows ends in an ellipsis.
pub fn toast_rows(state: &State) -> Vec<(String, bool)> {
    let room = usize::from(state.size.0).saturating_sub(4).min(120);
    let mut rows: Vec<(String, bool)> = Vec::new();
    for toast in state.toasts.iter().rev() {
        let mut lines = wrap(&format!("{}{}", if toast.bad { "! " } else { "" }, toast.text), room);
        if rows.len() + lines.len() > TOAST_ROWS {
            if !rows.is_empty() {
                break;
            }
            lines.truncate(TOAST_ROWS);
            if let Some(last) = lines.last_mut() {
                *last = cut(&format!("{last} {}", "…".repeat(room)), room);
            }
        }
        // A row that continues a toast is indented, so that it is not read as a toast of its own.
        let indent = |at: usize| if at > 0 { "  " } else { "" };
        let lines = lines.into_iter().enumerate();
        rows.splice(..0, lines.map(|(at, line)| (format!("{}{line}", indent(at)), toast.bad)));
    }
    rows
}
