//! The layout of the screen Train.

use ratatui::layout::Rect;

use crate::tui::screens::frame::body;
use crate::tui::state::State;

use super::model::view;
use super::state::View;

/// The areas of the screen.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Above the chart: what it shows.
    pub heading: Rect,
    pub chart: Rect,
    /// Under the chart: interventions in the session, or the progress of pre-training.
    pub notes: Rect,
    /// The list of runs, or the neighbours of the probe words.
    pub list: Rect,
    /// Under the list: details of the selected run.
    pub details: Rect,
}

/// The area in which the screen is drawn.
pub fn screen(state: &State) -> Rect {
    crate::tui::layout::layout(state).body
}

/// Computes the areas within `area`.
pub fn of(state: &State, area: Rect) -> Parts {
    let area = body(state, area);
    let side = match (view(state), area.width) {
        (_, width) if width >= 150 => 60,
        (_, width) if width >= 110 => 44,
        _ => 32,
    };
    let side = side.min(area.width);
    let left = Rect::new(area.x, area.y, area.width - side, area.height);
    let right = Rect::new(left.right(), area.y, side, area.height);
    let details = match view(state) {
        View::Runs => 7.min(area.height / 3),
        View::Pretraining | View::LrFinder => 0,
    };
    let row = |area: Rect, y: u16, height: u16| {
        let y = y.min(area.height);
        Rect::new(area.x, area.y + y, area.width, height.min(area.height - y))
    };
    Parts {
        heading: row(left, 0, 1),
        chart: row(left, 1, left.height.saturating_sub(2)),
        notes: row(left, left.height.saturating_sub(1), 1),
        list: row(right, 0, right.height - details),
        details: row(right, right.height - details, details),
    }
}
