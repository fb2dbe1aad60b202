//! The screen Compare: the verdict and its numbers, in sections one below the other.

use crossterm::event::{MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::action::{Action, Effect};
use crate::tui::binding::{Binding, keys};
use crate::tui::filter::filter_box::FilterAction;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::window;

use super::commands::compare_command;
use super::frame::{body, explained};
use super::tab::Tab;

mod curve;
mod filtered;
mod sections;
mod settings;
mod several;
pub mod state;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;
mod tuning;

use state::{Compare, ScreenAction};

/// From this width on, the sections are in two columns.
const WIDE: u16 = 170;

const KEYS: &[Binding] = keys! {
    of Compare;
    [Down, 'j'] => ScreenAction::Scroll(1), "scroll", "Scroll down", if is_long;
    [Up, 'k'] => ScreenAction::Scroll(-1), quiet "up", "Scroll up";
    [PageDown, ' '] => ScreenAction::Page(1), "page", "Scroll down by a page", if is_long;
    [PageUp] => ScreenAction::Page(-1), quiet "page up", "Scroll up by a page";
    ['n'] => ScreenAction::Section(1), "next section", "Go to the next section", if is_long;
    ['N'] => ScreenAction::Section(-1), quiet "section before", "Go to the section before";
    ['/'] => ScreenAction::Filter, "filter", "Tables of only the runs that fit: frozen labels:100 !seed:3 /regex/", if has_rows;
    ['t'] => ScreenAction::Twin, "twin", "A run of the best transfer and one of scratch side by side, on the screen Twin", if has_two;
    [Home] => ScreenAction::Top, quiet "top", "Back to the verdict";
};

/// A column of lines, and the line at which each of its sections begins.
struct Column {
    area: Rect,
    lines: Vec<Line<'static>>,
    starts: Vec<usize>,
}

/// The content of `area`. Its last row is reserved for the sign that lines are left out.
fn columns(state: &State, area: Rect) -> Vec<Column> {
    let two = area.width >= WIDE;
    let width = if two { area.width / 2 - 1 } else { area.width };
    let mut columns = vec![Column::new(Rect { width, ..area })];
    if two {
        columns.push(Column::new(Rect { x: area.x + width + 2, width: area.width - width - 2, ..area }));
    }
    for section in sections::all(state, usize::from(width).saturating_sub(1)) {
        // The shorter column takes the next section, so that the order is from left to right and down.
        let Some(column) = columns.iter_mut().min_by_key(|column| column.lines.len()) else { break };
        if !column.lines.is_empty() {
            column.lines.push(Line::default());
        }
        column.starts.push(column.lines.len());
        column.lines.push(Line::styled(section.title, state.theme.accent()));
        column.lines.extend(section.lines);
    }
    columns
}

impl Column {
    fn new(area: Rect) -> Column {
        Column { area, lines: Vec::new(), starts: Vec::new() }
    }
}

/// How many rows of `area` show lines.
fn rows(area: Rect) -> usize {
    usize::from(area.height).saturating_sub(1)
}

/// The largest index of a first visible line; 0 if all lines fit.
fn last(columns: &[Column], area: Rect) -> usize {
    columns.iter().map(|column| column.lines.len()).max().unwrap_or(0).saturating_sub(rows(area))
}

/// Whether the content does not fit as a whole.
fn is_long(state: &State) -> bool {
    let area = body(state, layout::layout(state).body);
    last(&columns(state, area), area) > 0
}

fn has_two(state: &State) -> bool {
    state.history.runs.len() > 1
}

/// The runs of the first headline: one of each method, with the same labels and the same seed.
fn twins(state: &State) -> Option<[usize; 2]> {
    let headline = &state.history.comparison.as_deref()?.headlines.first()?.difference;
    let find = |method, seed: Option<u32>| {
        let runs = state.history.runs.iter().map(|run| &run.start);
        runs.filter(|start| start.method == method && start.budget == headline.budget)
            .find(|start| seed.is_none_or(|seed| start.seed == seed))
    };
    let left = find(headline.left, None)?;
    Some([left.run, find(headline.right, Some(left.seed))?.run])
}

fn has_rows(state: &State) -> bool {
    !state.history.runs.is_empty()
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    if action == ScreenAction::Filter {
        return vec![Effect::Act(Box::new(Action::Filter(FilterAction::Open)))];
    }
    if action == ScreenAction::Twin {
        if let Some([left, right]) = twins(state) {
            state.screens.twin.choose(left, Some(right));
        }
        return vec![Effect::Act(Box::new(Action::Show(Tab::Twin)))];
    }
    let area = body(state, layout::layout(state).body);
    let columns = columns(state, area);
    let last = last(&columns, area);
    let first = state.screens.compare.first.min(last);
    let starts = columns.first().map_or(&[][..], |column| &column.starts);
    let to = match action {
        ScreenAction::Scroll(by) => first.saturating_add_signed(isize::from(by)),
        ScreenAction::Page(by) => {
            first.saturating_add_signed(isize::from(by) * rows(area).max(2) as isize - isize::from(by))
        }
        ScreenAction::Section(by) if by > 0 => {
            starts.iter().copied().find(|start| *start > first).unwrap_or(last)
        }
        ScreenAction::Section(_) => starts.iter().copied().rfind(|start| *start < first).unwrap_or(0),
        ScreenAction::Top | ScreenAction::Filter | ScreenAction::Twin => 0,
    };
    state.screens.compare.first = to.min(last);
    Vec::new()
}

/// The screen Compare.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn several(&self) -> Option<&'static str> {
        None
    }

    fn table(&self, state: &State) -> Option<Vec<Vec<String>>> {
        sections::table(state)
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        let area = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(1), ..area };
        let rows = rows(area);
        let mut left_out = None;
        for column in columns(state, area) {
            let first = state.screens.compare.first.min(column.lines.len().saturating_sub(rows));
            left_out = window::rest(first, column.lines.len(), rows).or(left_out);
            let seen: Vec<Line> = column.lines.into_iter().skip(first).take(rows).collect();
            let place = Rect { height: rows as u16, ..column.area };
            frame.put(seen, place);
        }
        if let Some(rest) = left_out {
            let place = Rect { y: area.y + rows as u16, height: 1, ..area }.intersection(area);
            frame.put(Line::styled(rest, state.theme.dim()), place);
        }
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, _area: Rect) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown => update(state, ScreenAction::Scroll(3)),
            MouseEventKind::ScrollUp => update(state, ScreenAction::Scroll(-3)),
            _ => Vec::new(),
        }
    }

    fn forget(&self, state: &mut State) {
        state.screens.compare = Compare::default();
    }

    fn command(&self, state: &State) -> Option<String> {
        compare_command(state)
    }
}
