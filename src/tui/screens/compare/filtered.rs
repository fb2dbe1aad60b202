//! Which rows of the tables the filter of runs keeps.

use crate::tui::filter;
use crate::tui::state::State;

use super::table::Row;

/// Whether the filter keeps one of the row's runs.
pub fn keeps(state: &State, row: &Row) -> bool {
    let of_row = |start: &crate::session::record::RunStart| {
        let same_source = row.source.is_none() || row.source == start.source;
        start.method == row.method && start.budget == row.budget && same_source
    };
    let mut runs = state.history.runs.iter().filter(|run| of_row(&run.start)).peekable();
    // A comparison without runs (of an old log) has nothing to filter by.
    runs.peek().is_none() || runs.any(|run| filter::runs::keeps(state, run))
}
