//! The filter box on the screen: its keys, its rows under the list, and what it completes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::action::Action;
use crate::tui::binding::{Binding, keys};
use crate::tui::key::Key;
use crate::tui::query::{Column, Mistake};
use crate::tui::screens::lab::items as lab;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::wrap;

use super::filter_box::{FilterAction, FilterBox};
use super::{items, runs};

/// The keys of the box besides those that type.
pub const TYPING: &[Binding] = keys! {
    of every screen;
    [Enter] => Action::Filter(FilterAction::Accept), "filter", "Keep the filter";
    [Tab] => Action::Filter(FilterAction::Complete), "complete", "Complete the term, or take the next completion";
    [Up] => Action::Filter(FilterAction::History(-1)), "before", "The filter that was used before";
    [Down] => Action::Filter(FilterAction::History(1)), quiet "after", "The filter that was used after it";
    [Esc] => Action::Filter(FilterAction::Cancel), "as before", "Leave the filter as it was";
};

/// What the list of the current screen holds; `None` if it has no list that can be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Runs,
    Items,
}

fn list(state: &State) -> Option<List> {
    match state.tab {
        Tab::Lab => Some(List::Items),
        Tab::Train | Tab::Confusion | Tab::Compare | Tab::Try if !state.history.runs.is_empty() => {
            Some(List::Runs)
        }
        _ => None,
    }
}

fn parts(state: &State) -> Option<(&FilterBox, &'static [Column])> {
    list(state).map(|list| match list {
        List::Runs => (&state.filters.runs, runs::COLUMNS),
        List::Items => (&state.filters.items, items::COLUMNS),
    })
}

fn parts_mut(state: &mut State) -> Option<(&mut FilterBox, &'static [Column])> {
    list(state).map(|list| match list {
        List::Runs => (&mut state.filters.runs, runs::COLUMNS),
        List::Items => (&mut state.filters.items, items::COLUMNS),
    })
}

/// Whether the user types into the box.
pub fn is_typing(state: &State) -> bool {
    parts(state).is_some_and(|(filter, _)| filter.input.active)
}

/// Performs an action of the box.
pub fn act(state: &mut State, action: FilterAction) {
    let values = |column: usize| match list(state) {
        Some(List::Runs) => runs::values(state, column),
        Some(List::Items) => lab::item_values(state, column),
        None => Vec::new(),
    };
    // What can be completed is collected first, because the box is part of the state.
    let count = parts(state).map_or(0, |(_, columns)| columns.len());
    let known: Vec<Vec<String>> = match action {
        FilterAction::Complete => (0..count).map(values).collect(),
        _ => Vec::new(),
    };
    let Some((filter, columns)) = parts_mut(state) else { return };
    match action {
        FilterAction::Open => filter.open(),
        FilterAction::Accept => {
            if !filter.accept() {
                let why = filter.mistake.as_ref().map(ToString::to_string).unwrap_or_default();
                state.complain(format!("The filter is not understood: {why}."));
            }
        }
        FilterAction::Cancel => filter.cancel(columns),
        FilterAction::History(by) => filter.recall(by, columns),
        FilterAction::Complete => {
            filter.complete(columns, |column| known.get(column).cloned().unwrap_or_default());
        }
    }
}

/// The action of a key that is one of the box's own.
pub fn own_key(key: Key) -> Option<Action> {
    TYPING.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.action.clone())
}

/// Types a key into the box; `false` if it types nothing.
pub fn type_key(state: &mut State, key: Key) -> bool {
    let Some((filter, columns)) = parts_mut(state) else { return false };
    let is_typed = filter.input.key(key);
    if is_typed {
        filter.typed(columns);
    }
    is_typed
}

/// Pastes text into the box.
pub fn paste(state: &mut State, text: &str) {
    if let Some((filter, columns)) = parts_mut(state) {
        filter.input.paste(text);
        filter.typed(columns);
    }
}

/// What is wrong, in as many rows as it needs; four at most.
fn sentence(mistake: &Mistake, width: u16) -> Vec<String> {
    let mut rows = wrap(&format!("! {mistake}"), usize::from(width).saturating_sub(2));
    rows.truncate(4);
    rows
}

/// How many rows the box needs at the bottom of the screen.
pub fn rows(state: &State) -> u16 {
    match parts(state) {
        Some((filter, _)) if filter.input.active => {
            1 + filter.mistake.as_ref().map_or(1, |mistake| sentence(mistake, state.size.0).len() as u16)
        }
        Some((filter, _)) if filter.is_on() => 1,
        _ => 0,
    }
}

/// Draws the box.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let Some((filter, columns)) = parts(state).filter(|_| area.height > 0) else { return };
    let theme = state.theme;
    let (kept, all, what) = match list(state) {
        Some(List::Items) => {
            let (kept, all) = lab::item_count(state);
            (kept, all, "items")
        }
        _ => {
            let (kept, all) = runs::count(state);
            (kept, all, "runs")
        }
    };
    let count = format!(" {kept} of {all} {what} ");
    let prompt = " filter ▸ ";
    let taken = prompt.width() + count.width();
    let width = usize::from(area.width).saturating_sub(taken) as u16;
    let first = Rect { height: 1, ..area };
    frame.put(Span::styled(prompt, theme.accent()), first);
    let place = Rect { x: first.x + prompt.width() as u16, width, ..first }.intersection(first);
    filter.input.view(frame, place, theme.text());
    let place = Rect { x: place.right(), width: count.width() as u16, ..first }.intersection(first);
    frame.put(Span::styled(count, theme.dim()), place);
    if area.height < 2 {
        return;
    }
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let line = match (&filter.mistake, &filter.offered) {
        (Some(mistake), _) => {
            let row = |row: String| Line::styled(format!(" {row}"), theme.warning());
            let rows: Vec<Line> = sentence(mistake, area.width).into_iter().map(row).collect();
            return frame.put(rows, below);
        }
        (None, Some((completion, at))) => {
            let mut spans = vec![Span::raw(" ")];
            for (place, term) in completion.terms.iter().enumerate().skip(at.saturating_sub(3)) {
                let style = if place == *at { theme.selected() } else { theme.dim() };
                spans.extend([Span::styled(term.clone(), style), Span::raw("  ")]);
            }
            Line::from(spans)
        }
        (None, None) => {
            let names: Vec<&str> = columns.iter().map(|column| column.names[0]).collect();
            let example = match list(state) {
                Some(List::Items) => "word !word /regex/ kind:session",
                _ => "frozen labels:100 acc>0.8 !seed:3 /regex/",
            };
            let long = format!(" {example} · tab completes · columns: {}", names.join(" "));
            let text = if long.width() <= usize::from(area.width) {
                long
            } else {
                format!(" {example} · tab completes")
            };
            Line::styled(text, theme.dim())
        }
    };
    frame.put(line, below);
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::{self, press};

    #[test]
    fn a_mistake_is_told_in_full_at_80_columns() {
        for tab in ["2", "4", "5"] {
            let mut state = testing::replay(80, 24, testing::entries());
            press(&mut state, tab);
            press(&mut state, "/nothing>3");
            let shown = testing::screen(&state);
            let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            let sentence = state.filters.runs.mistake.as_ref().unwrap().to_string();
            assert!(words.contains(&sentence), "{sentence}\n{shown}");
        }
    }
}
