//! The layout of the screen Twin, and its drawing.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::comparison::points;
use crate::transfer::statistics::pair::Side;
use crate::tui::layout;
use crate::tui::screens::frame::{body, show_text};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fitting, percent};
use crate::tui::widgets::{run, window};

use super::model::{self, Pair};
use super::view::View;
use super::{curves, examples, matrices, words};

/// Something that can be clicked.
pub enum Target {
    View(View),
    Run(usize),
}

/// From this size on, all views are shown at once.
const ALL: (u16, u16) = (130, 40);

struct Parts {
    list: Rect,
    head: Rect,
    /// The names of the views.
    names: Rect,
    main: Rect,
}

fn parts(state: &State, area: Rect) -> Parts {
    let list = (run::width(state.history.several_sources()) as u16 + 3).min(area.width / 2);
    let rest = Rect { x: area.x + list + 1, width: area.width.saturating_sub(list + 2), ..area };
    let row = |y: u16, height: u16| Rect {
        y: rest.y + y.min(rest.height),
        height: height.min(rest.height.saturating_sub(y)),
        ..rest
    };
    Parts {
        list: Rect { x: area.x + 1.min(area.width), width: list.saturating_sub(1), ..area },
        head: row(0, 2),
        names: row(2, 1),
        main: row(3, rest.height.saturating_sub(3)),
    }
}

/// Whether all views have room at once.
fn has_room_for_all(state: &State, main: Rect) -> bool {
    main.width >= ALL.0 && main.height >= ALL.1 && model::is_of(state, View::Words)
}

/// The views that are shown, each with its area.
fn places(state: &State, main: Rect) -> Vec<(View, Rect)> {
    if !has_room_for_all(state, main) {
        let view = Some(state.screens.twin.view).filter(|view| model::is_of(state, *view));
        return vec![(view.unwrap_or_default(), main)];
    }
    let (half, upper) = (main.width / 2, main.height / 2);
    let cell = |column: u16, row: u16| {
        let (x, y) = (main.x + column * (half + 1), main.y + row * (upper + 1));
        Rect::new(x, y, half - 1, if row == 0 { upper } else { main.height - upper - 1 })
    };
    View::ALL.into_iter().zip([cell(0, 0), cell(1, 0), cell(0, 1), cell(1, 1)]).collect()
}

/// The views that are shown now.
pub fn shown(state: &State) -> Vec<View> {
    let area = body(state, layout::layout(state).body);
    places(state, parts(state, area).main).into_iter().map(|(view, _)| view).collect()
}

/// The places of the names of the views.
fn names(state: &State, area: Rect) -> Vec<(Rect, View)> {
    let mut x = area.x;
    let place = |view: View| {
        let width = view.name().width() as u16;
        let place = Rect { x, width, ..area }.intersection(area);
        x = x.saturating_add(width + 2);
        (place, view)
    };
    View::ALL.into_iter().filter(|view| model::is_of(state, *view)).map(place).collect()
}

/// The first run of the list, and how many have room.
fn first(state: &State, area: Rect) -> (usize, usize) {
    let runs = model::listed(state);
    let selected = model::pair(state).map(|pair| pair.left.run.start.run);
    let at = runs.iter().position(|run| Some(run.start.run) == selected).unwrap_or(0);
    let rows = usize::from(area.height).saturating_sub(2);
    (window::around(at, runs.len(), rows), rows)
}

/// What a click at this position hits.
pub fn target(state: &State, area: Rect, at: Position) -> Option<Target> {
    let parts = parts(state, area);
    if parts.names.contains(at) {
        let found = names(state, parts.names).into_iter().find(|(place, _)| place.contains(at));
        return found.map(|(_, view)| Target::View(view));
    }
    if !parts.list.contains(at) {
        return None;
    }
    let (first, rows) = first(state, parts.list);
    let row = usize::from(at.y - parts.list.y).checked_sub(1).filter(|row| *row < rows)?;
    model::listed(state).get(first + row).map(|run| Target::Run(run.start.run))
}

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let Some(pair) = model::pair(state) else {
        let text = "Two runs are compared here, once there are two: start or open a session on screen 1.";
        return show_text(state, frame, area, text);
    };
    let parts = parts(state, area);
    list(state, frame, parts.list, pair);
    head(state, frame, parts.head, pair);
    let all = has_room_for_all(state, parts.main);
    for (place, view) in names(state, parts.names) {
        let shown = all || state.screens.twin.view == view;
        let style = if shown && !all { state.theme.selected() } else { state.theme.dim() };
        frame.put(Span::styled(view.name(), style), place);
    }
    for (view, place) in places(state, parts.main) {
        match view {
            View::Curves => curves::view(state, frame, place, pair),
            View::Differences => matrices::view(state, frame, place, pair),
            View::Examples => examples::view(state, frame, place, pair),
            View::Words => words::view(state, frame, place, pair),
        }
    }
}

/// Draws the list of runs: the selected one, and the mark of the one that it is compared with.
fn list(state: &State, frame: &mut Frame, area: Rect, pair: Pair<'_>) {
    let (theme, several) = (state.theme, state.history.several_sources());
    let runs = model::listed(state);
    let (first, rows) = first(state, area);
    let mut lines = vec![Line::styled(format!("  {}", run::head(several)), theme.dim())];
    let [left, right] = pair.runs();
    for known in runs.iter().skip(first).take(rows) {
        let number = known.start.run;
        let mark = match number {
            number if number == left && number == right => "◆ ",
            number if number == right => "● ",
            number if number == left => "▸ ",
            _ => "  ",
        };
        let mut spans = vec![Span::styled(mark, theme.accent())];
        spans.extend(run::label(&known.start, several, theme));
        let line = Line::from(spans);
        lines.push(if number == left { line.style(theme.strong()) } else { line });
    }
    if let Some(rest) = window::rest(first, runs.len(), rows) {
        lines.push(Line::styled(cut(&rest, usize::from(area.width)), theme.dim()));
    }
    frame.put(lines, area);
}

/// Draws what is compared with what, and at which steps.
fn head(state: &State, frame: &mut Frame, area: Rect, pair: Pair<'_>) {
    let (theme, several, width) = (state.theme, state.history.several_sources(), usize::from(area.width));
    let set = model::set(state, pair);
    let shown =
        |side: Side<'_>| model::evaluation(side, set.as_deref()?).map(|shown| (shown.step, shown.accuracy));
    let accuracy = |side: Side<'_>| shown(side).map(|(_, accuracy)| accuracy);
    let line = |side: Side<'_>, before: &'static str, after: String| {
        let start = &side.run.start;
        // The accuracy is that of the parameters that were kept, often those of an earlier step than the last. Both are of the
        // same set, which is named once.
        let named = set.as_ref().filter(|_| before.is_empty()).map(|set| format!("{} ", cut(set, 16)));
        let figures = match shown(side) {
            Some((step, accuracy)) => {
                format!(" · step {step} · {}{}", named.unwrap_or_default(), percent(accuracy).trim())
            }
            None => format!(" · step {}", model::step(side)),
        };
        let mut spans = vec![Span::styled(before, theme.warning())];
        let title = run::title(start, several, theme);
        let long: usize = title.iter().map(|span| span.content.width()).sum();
        let rest = format!("{figures}{after}");
        match before.width() + long + rest.width() <= width {
            true => spans.extend(title),
            false => spans.extend(run::short(start, theme)),
        }
        let room = width.saturating_sub(spans.iter().map(Span::width).sum());
        let bare = format!("{figures}{}", after.trim_end_matches(" points"));
        spans.push(Span::raw(fitting([rest, bare], room)));
        Line::from(spans)
    };
    let difference = accuracy(pair.left).zip(accuracy(pair.right));
    let difference =
        difference.map_or(String::new(), |(left, right)| format!(" = {} points", points(left - right)));
    frame.put(vec![line(pair.left, "", String::new()), line(pair.right, "minus ", difference)], area);
}
