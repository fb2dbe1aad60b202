//! Which evaluation of which run the screen shows, and the numbers of its matrix.

use crate::session::history::{History, RunHistory};
use crate::session::record::{Evaluation, TEST, VALIDATION};
use crate::tui::filter;
use crate::tui::state::State;

/// An evaluation among the evaluations of the same run on the same set.
pub struct Looked<'a> {
    pub run: &'a RunHistory,
    pub evaluation: &'a Evaluation,
    /// The index among these evaluations, and how many there are.
    pub place: usize,
    pub of: usize,
}

/// The runs of the list: those that the filter keeps.
pub fn listed(state: &State) -> Vec<&RunHistory> {
    state.history.runs.iter().filter(|run| filter::runs::keeps(state, run)).collect()
}

/// The sets on which a run was evaluated at the time `until`: the test first, then further tests, validation last.
pub fn sets(run: &RunHistory, until: f64) -> Vec<&str> {
    let mut sets: Vec<&str> = Vec::new();
    for evaluation in run.evaluations.iter().take_while(|e| e.at <= until) {
        if !sets.contains(&evaluation.value.set.as_str()) {
            sets.push(&evaluation.value.set);
        }
    }
    sets.sort_by_key(|set| match *set {
        TEST => 0,
        VALIDATION => 2,
        _ => 1,
    });
    sets
}

/// The evaluations of a run on a set at the time `until`, in order.
pub fn evaluations<'a>(run: &'a RunHistory, set: &str, until: f64) -> Vec<&'a Evaluation> {
    let by_then = run.evaluations.iter().take_while(|e| e.at <= until);
    by_then.map(|e| &e.value).filter(|e| e.set == set).collect()
}

/// The last evaluation of run `run` on `set` up to `step`, or the first one if all are later. If the run was never
/// evaluated on
/// `set`, its first set is used. Without `step` it is the last evaluation.
pub fn look<'a>(
    history: &'a History,
    run: usize,
    set: Option<&str>,
    step: Option<u64>,
    until: f64,
) -> Option<Looked<'a>> {
    let run = history.run(run)?;
    let there = sets(run, until);
    let set = set.filter(|set| there.contains(set)).or(there.first().copied())?;
    let all = evaluations(run, set, until);
    let place = match step {
        None => all.len().checked_sub(1)?,
        Some(step) => all.iter().rposition(|e| e.step <= step).unwrap_or(0),
    };
    Some(Looked { run, evaluation: all.get(place)?, place, of: all.len() })
}

/// The fraction of its row that is in a cell.
pub fn fraction(confusion: &[Vec<u64>], row: usize, column: usize) -> f64 {
    let Some(row) = confusion.get(row) else { return 0.0 };
    let all: u64 = row.iter().sum();
    if all == 0 { 0.0 } else { row.get(column).copied().unwrap_or(0) as f64 / all as f64 }
}

/// The names of `count` classes: those from the data, then numbers.
pub fn names(history: &History, count: usize) -> Vec<String> {
    let known = history.data.as_ref().map_or(&[][..], |data| &data.classes);
    (0..count).map(|i| known.get(i).cloned().unwrap_or_else(|| format!("class {}", i + 1))).collect()
}

/// The evaluation that the screen shows.
pub fn looked(state: &State) -> Option<Looked<'_>> {
    let own = &state.screens.confusion;
    look(&state.history, own.run, own.set.as_deref(), own.step, state.until())
}

/// The evaluation to subtract: that of the marked run at the same step, or its last one if the last one is shown.
pub fn subtracted<'a>(state: &'a State, looked: &Looked) -> Option<Looked<'a>> {
    let own = &state.screens.confusion;
    let run = own.marked?;
    let other = look(&state.history, run, Some(&looked.evaluation.set), own.step, state.until())?;
    (other.evaluation.set == looked.evaluation.set && run != own.run).then_some(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_a_share_of_its_row() {
        assert_eq!(fraction(&[vec![8, 2], vec![4, 6]], 1, 0), 0.4);
        let empty = [vec![0, 0], vec![0, 3]];
        assert_eq!((fraction(&empty, 0, 1), fraction(&empty, 9, 9)), (0.0, 0.0));
    }
}
