//! Changes of what is listed and drawn: hide, pin, solo, sort, group; and their undoing.

use std::collections::BTreeSet;

use crate::tui::filter::runs::COLUMNS;
use crate::tui::state::State;

use super::choices::Choices;
use super::groups::{Row, current, grouping, groups};
use super::sorting;
use super::state::ScreenAction;

/// The choices now, with the filter.
pub fn choices(state: &State) -> Choices {
    Choices { filter: state.filters.runs.text(), ..state.screens.train.choices.clone() }
}

/// Makes these choices.
pub fn set_choices(state: &mut State, choices: Choices) {
    if state.filters.runs.text() != choices.filter {
        state.filters.runs.set(&choices.filter, COLUMNS);
    }
    state.screens.train.choices = choices;
}

/// The runs of the selected row; none if all runs are selected.
fn chosen(state: &State) -> BTreeSet<usize> {
    let groups = groups(state);
    match current(state, &groups) {
        Row::All => BTreeSet::new(),
        Row::Run(run) => BTreeSet::from([run]),
        Row::Group(place) => groups[place].members.iter().copied().collect(),
    }
}

/// Puts the runs into the set or, if all of them are there, takes them out.
fn toggle(set: &mut BTreeSet<usize>, runs: &BTreeSet<usize>) {
    if runs.is_subset(set) {
        set.retain(|run| !runs.contains(run));
    } else {
        set.extend(runs);
    }
}

/// Hides, pins, singles out, sorts or groups runs.
pub fn change(state: &mut State, action: ScreenAction) {
    let runs = chosen(state);
    let now = grouping(state);
    let choices = &mut state.screens.train.choices;
    match action {
        ScreenAction::Hide if !runs.is_empty() => toggle(&mut choices.hidden, &runs),
        ScreenAction::Hide if choices.hidden.is_empty() => {
            state.toast("Select a run with ↑ ↓ first; space then hides it.");
        }
        ScreenAction::Hide => choices.hidden.clear(),
        ScreenAction::Pin if !runs.is_empty() => toggle(&mut choices.pinned, &runs),
        ScreenAction::Pin if choices.pinned.is_empty() => {
            state.toast("Select a run with ↑ ↓ first; * then keeps it at the top and always draws it.");
        }
        ScreenAction::Pin => choices.pinned.clear(),
        ScreenAction::Solo if choices.solo.take().is_some() => {}
        ScreenAction::Solo if !runs.is_empty() => choices.solo = Some(runs),
        ScreenAction::Solo => state.toast("Select a run with ↑ ↓ first; O then draws it alone."),
        ScreenAction::Sort => choices.sort = sorting::next(choices.sort),
        ScreenAction::Reverse => {
            choices.sort = choices.sort.or(sorting::column("run").map(|column| (column, false)));
            choices.sort = choices.sort.map(|(column, largest_first)| (column, !largest_first));
        }
        ScreenAction::Group => {
            choices.grouping = Some(now.next());
        }
        _ => {}
    }
}

/// The filter of runs is about to be changed.
pub fn filter_opened(state: &mut State) {
    state.screens.train.before_filter = Some(choices(state));
}

/// The filter of runs is as the user wants it.
pub fn filter_closed(state: &mut State) {
    let now = choices(state);
    if let Some(before) = state.screens.train.before_filter.take() {
        state.screens.train.undo.note(before, &now);
    }
}
