//! Which part of the charts is visible: zoom and pan along both axes, the cursor, spans and boxes.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::plot::columns::Horizontal;
use crate::tui::state::State;
use crate::tui::widgets::axis::Scale;
use crate::tui::widgets::chart;

use super::grid::{self, Cell};
use super::layout;
use super::model::{extent, log_x, usual, view, window};
use super::state::{Drag, View};

/// The axis of x.
fn horizontal(state: &State) -> Option<Horizontal> {
    Some(Horizontal::new(window(state)?, log_x(state)))
}

/// Shows the part of x between two relative positions of the visible part, as far as there are points.
fn show(state: &mut State, from: f64, to: f64) {
    let (Some(now), Some((first, last))) = (horizontal(state), extent(state)) else { return };
    let whole = Horizontal::new((first, last), now.log);
    let low = now.place(from).max(if now.log && !whole.log { last * 1e-4 } else { first });
    let high = now.place(to).min(last);
    // Zoom in no further than a thousandth of the whole range.
    let width = whole.fraction(high) - whole.fraction(low);
    if !(width >= 1e-3 || now.log && !whole.log && high > low * 1.001) {
        return;
    }
    state.screens.train.choices.zoom = (usual(state) != Some((low, high))).then_some((low, high));
}

/// Zooms x by `factor` around a value, or around the middle.
pub fn zoom(state: &mut State, factor: f64, around: Option<f64>) {
    let Some(now) = horizontal(state) else { return };
    let around = around.map_or(0.5, |x| now.fraction(x)).clamp(0.0, 1.0);
    show(state, around - around * factor, around + (1.0 - around) * factor);
}

/// Moves along x by a fraction of the window, as far as there are points.
pub fn pan(state: &mut State, by: f64) {
    let (Some(now), Some((first, last))) = (horizontal(state), extent(state)) else { return };
    let (least, most) = (now.fraction(first), now.fraction(last));
    let least = if least.is_finite() { least } else { 0.0 };
    let by = by.clamp(least.min(0.0), (most - 1.0).max(0.0));
    show(state, by, 1.0 + by);
}

/// The scale of y of the chart with the focus, as it is drawn now.
fn scale(state: &State) -> Option<Scale> {
    let cell = focus(state)?;
    grid::chart(state, cell.panel)?.scale_in(cell.chart)
}

/// Shows the part of y between two relative positions of the visible part, in the chart with the focus.
fn show_y(state: &mut State, from: f64, to: f64) {
    if view(state) != View::Runs {
        return;
    }
    let Some(scale) = scale(state) else { return };
    let (low, high) = (scale.at(from), scale.at(to));
    let size = low.abs().max(high.abs());
    if size < 1e100 && high - low > 1e-9 * size {
        state.screens.train.choices.charts.panel_mut().range = Some((low, high));
    }
}

/// Zooms y of the chart with the focus by `factor`, around a relative position.
pub fn zoom_y(state: &mut State, factor: f64, around: f64) {
    show_y(state, around - around * factor, around + (1.0 - around) * factor);
}

/// Moves along y of the chart with the focus by a fraction of what is visible.
pub fn pan_y(state: &mut State, by: f64) {
    show_y(state, by, 1.0 + by);
}

/// Shows everything again.
pub fn fit(state: &mut State) {
    let choices = &mut state.screens.train.choices;
    choices.zoom = None;
    choices.charts.panels.iter_mut().for_each(|panel| panel.range = None);
}

/// The chart with the focus.
fn focus(state: &State) -> Option<Cell> {
    let focus = state.screens.train.choices.charts.focus;
    let cells = grid::cells(state, layout::screen(state));
    cells.iter().find(|cell| cell.panel == focus).or(cells.first()).copied()
}

/// Moves the cursor by this many columns of the chart with the focus.
pub fn move_cursor(state: &mut State, step: i8) {
    let (Some(now), Some(cell)) = (horizontal(state), focus(state)) else { return };
    let columns = f64::from(chart::plot(cell.chart).width.max(2) - 1);
    // The axis of pre-training continues beyond the newest point, but the cursor does not.
    let newest = state.history.source().pretraining.iter().rev().find(|point| point.at <= state.until());
    let last = match newest {
        Some(newest) if view(state) == View::Pretraining => {
            now.fraction(newest.value.tokens as f64).clamp(0.0, 1.0)
        }
        _ => 1.0,
    };
    // The first press puts the cursor on the newest point.
    let at = state.screens.train.cursor.map_or(last, |at| now.fraction(at) + f64::from(step) / columns);
    state.screens.train.cursor = Some(now.place(at.clamp(0.0, last.max(0.0))));
}

/// Marks one end of a span at the cursor or, if one is marked, zooms into the span.
pub fn span(state: &mut State) {
    let (Some(now), train) = (horizontal(state), &mut state.screens.train) else { return };
    match (train.anchor.take(), train.cursor) {
        (Some(anchor), Some(cursor)) if anchor != cursor => {
            let (a, b) = (now.fraction(anchor), now.fraction(cursor));
            show(state, a.min(b), a.max(b));
        }
        (_, Some(cursor)) => {
            train.anchor = Some(cursor);
            state.toast("One end is marked: move the cursor to the other with ← →, then w again.");
        }
        (_, None) => {
            move_cursor(state, 0);
            state.screens.train.anchor = state.screens.train.cursor;
            state.toast("One end is marked: move the cursor to the other with ← →, then w again.");
        }
    }
}

/// The relative position of a cell of the screen in a plot: from the left, and from the bottom.
fn fractions(plot: Rect, (column, row): (u16, u16)) -> (f64, f64) {
    let across = (f64::from(column) - f64::from(plot.x) + 0.5) / f64::from(plot.width.max(1));
    let down = (f64::from(row) - f64::from(plot.y) + 0.5) / f64::from(plot.height.max(1));
    (across, 1.0 - down)
}

/// Handles the mouse within the charts; `false` if it is elsewhere.
pub fn mouse(state: &mut State, event: MouseEvent) -> bool {
    let place = Position::new(event.column, event.row);
    let at = (event.column, event.row);
    let cells = grid::cells(state, layout::screen(state));
    if let (Some(drag), MouseEventKind::Drag(_) | MouseEventKind::Up(_)) =
        (state.screens.train.drag, event.kind)
    {
        let Some(cell) = cells.iter().find(|cell| cell.panel == drag.panel) else {
            state.screens.train.drag = None;
            return true;
        };
        dragged(state, drag, chart::plot(cell.chart), at, matches!(event.kind, MouseEventKind::Up(_)));
        return true;
    }
    let Some(cell) = cells.iter().find(|cell| cell.whole().contains(place)) else { return false };
    let runs = view(state) == View::Runs;
    let plot = chart::plot(cell.chart);
    if runs && matches!(event.kind, MouseEventKind::Down(_)) {
        state.screens.train.choices.charts.focus = cell.panel;
    }
    let Some(now) = horizontal(state).filter(|_| plot.contains(place)) else { return true };
    let (across, up) = fractions(plot, at);
    let x = now.place(across);
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let shift = event.modifiers.intersects(KeyModifiers::SHIFT | KeyModifiers::ALT);
    match event.kind {
        MouseEventKind::ScrollUp | MouseEventKind::ScrollDown if ctrl && runs => {
            state.screens.train.choices.charts.focus = cell.panel;
            zoom_y(state, if event.kind == MouseEventKind::ScrollUp { 0.8 } else { 1.25 }, up);
        }
        MouseEventKind::ScrollLeft => pan(state, -0.1),
        MouseEventKind::ScrollRight => pan(state, 0.1),
        MouseEventKind::ScrollUp if shift => pan(state, -0.1),
        MouseEventKind::ScrollDown if shift => pan(state, 0.1),
        MouseEventKind::ScrollUp => zoom(state, 0.8, Some(x)),
        MouseEventKind::ScrollDown => zoom(state, 1.25, Some(x)),
        MouseEventKind::Down(button) => {
            let is_box = runs && (button == MouseButton::Right || ctrl);
            if button == MouseButton::Left && !is_box {
                state.screens.train.cursor = Some(x);
            }
            state.screens.train.drag = runs.then_some(Drag { panel: cell.panel, is_box, from: at, to: at });
        }
        MouseEventKind::Drag(MouseButton::Left) => state.screens.train.cursor = Some(x),
        // Once a cursor is set, it follows the mouse.
        MouseEventKind::Moved if state.screens.train.cursor.is_some() => {
            state.screens.train.cursor = Some(x);
        }
        _ => {}
    }
    true
}

/// The mouse moved to a cell while a button was held, or the button was released there.
fn dragged(state: &mut State, drag: Drag, plot: Rect, at: (u16, u16), is_over: bool) {
    let inside = |at: (u16, u16)| {
        let clamp = |value: u16, from: u16, size: u16| value.clamp(from, from + size.max(1) - 1);
        (clamp(at.0, plot.x, plot.width), clamp(at.1, plot.y, plot.height))
    };
    state.screens.train.drag = (!is_over).then_some(Drag { to: at, ..drag });
    if drag.is_box {
        let ((left, top), (right, bottom)) = (inside(drag.from), inside(at));
        if is_over && (left != right || top != bottom) {
            let (a, b) = (fractions(plot, (left, top)), fractions(plot, (right, bottom)));
            let half = (0.5 / f64::from(plot.width.max(1)), 0.5 / f64::from(plot.height.max(1)));
            // Of a box without a height or width, only the other axis is zoomed.
            if top != bottom {
                show_y(state, a.1.min(b.1) - half.1, a.1.max(b.1) + half.1);
            }
            if left != right {
                show(state, a.0.min(b.0) - half.0, a.0.max(b.0) + half.0);
            }
        }
        return;
    }
    let choices = &state.screens.train.choices;
    let zoomed = choices.zoom.is_some() || choices.charts.panel().range.is_some();
    let Some(now) = horizontal(state) else { return };
    if !zoomed {
        // The whole is visible, so the cursor follows.
        state.screens.train.cursor = Some(now.place(fractions(plot, inside(at)).0));
        return;
    }
    let (before, after) = (fractions(plot, drag.to), fractions(plot, at));
    if choices.charts.panel().range.is_some() {
        pan_y(state, before.1 - after.1);
    }
    pan(state, before.0 - after.0);
}
