//! Which evaluation of which run the screen shows, and the numbers of its matrix.

use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::metric::Metric;
use crate::session::record::{Evaluation, TEST, VALIDATION};
use crate::tui::filter;
use crate::tui::grouping::{Group, Grouping};
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

/// The number of the selected run: the one that the user chose, or the first of the list while the filter leaves that out.
pub fn selected_run(state: &State) -> usize {
    let chosen = state.screens.confusion.run;
    match state.history.run(chosen).is_none_or(|run| filter::runs::keeps(state, run)) {
        true => chosen,
        false => listed(state).first().map_or(chosen, |run| run.start.run),
    }
}

/// The way in which the runs are grouped.
pub fn grouping(state: &State) -> Grouping {
    state.screens.confusion.grouping.unwrap_or_else(|| Grouping::usual(state.history.runs.len()))
}

/// The groups of the runs in the list; none if every run stays alone.
pub fn groups(state: &State) -> Vec<Group> {
    let runs = state.history.runs.iter().enumerate().filter(|(_, run)| filter::runs::keeps(state, run));
    let runs = runs.map(|(i, run)| (i, &run.start));
    grouping(state).groups(runs, state.history.several_sources(), |_| None)
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A group, by its place.
    Group(usize),
    /// A run, by its number.
    Run(usize),
}

/// The rows of the list. Of groups, only the one of the selected run shows its runs.
pub fn rows(state: &State, groups: &[Group]) -> Vec<Row> {
    let number = |i: usize| state.history.runs[i].start.run;
    if groups.is_empty() {
        return listed(state).into_iter().map(|run| Row::Run(run.start.run)).collect();
    }
    let open = |group: &Group| group.members.iter().any(|i| number(*i) == selected_run(state));
    let mut rows = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        rows.push(Row::Group(place));
        if open(group) {
            rows.extend(group.members.iter().map(|i| Row::Run(number(*i))));
        }
    }
    rows
}

/// The selected group.
pub fn selected_group<'a>(state: &State, groups: &'a [Group]) -> Option<&'a Group> {
    let key = state.screens.confusion.group.as_ref()?;
    groups.iter().find(|group| group.key == *key)
}

/// The selected row.
pub fn current(state: &State, groups: &[Group]) -> Row {
    let key = state.screens.confusion.group.as_ref();
    let place = groups.iter().position(|group| Some(&group.key) == key);
    place.map_or(Row::Run(selected_run(state)), Row::Group)
}

/// Selects a row. The first run of a group stands for it where only one run can be asked.
pub fn choose(state: &mut State, row: Row, groups: &[Group]) {
    let group = match row {
        Row::Group(place) => groups.get(place),
        Row::Run(_) => None,
    };
    let first = group.and_then(|group| state.history.runs.get(*group.members.first()?));
    let first = first.map(|run| run.start.run);
    let own = &mut state.screens.confusion;
    own.group = group.map(|group| group.key.clone());
    own.run = match row {
        Row::Run(run) => run,
        Row::Group(_) => first.unwrap_or(own.run),
    };
    own.examples = None;
}

/// The evaluations of a group's runs, added up.
pub struct Pooled {
    pub name: String,
    pub method: Option<Method>,
    pub confusion: Vec<Vec<u64>>,
    /// The first and the last step of these evaluations.
    pub steps: (u64, u64),
    pub accuracies: Vec<f64>,
    /// Of the metric [`beside`] accuracy.
    pub others: Vec<f64>,
    pub losses: Vec<f64>,
}

/// The metric that stands beside accuracy: the one that decides, or macro-F1.
pub fn beside(history: &History) -> Metric {
    let decides = history.recipe.as_ref().and_then(|recipe| recipe.metric);
    decides.filter(|metric| *metric != Metric::Accuracy).unwrap_or(Metric::MacroF1)
}

/// The evaluations of the selected group on the set and up to the step that is looked at; `None` if a run is selected.
pub fn pooled(state: &State, looked: &Looked) -> Option<Pooled> {
    let groups = groups(state);
    let group = selected_group(state, &groups)?;
    let own = &state.screens.confusion;
    let classes = looked.evaluation.confusion.len();
    let mut all = Pooled {
        name: group.name.clone(),
        method: group.method,
        confusion: vec![vec![0; classes]; classes],
        steps: (u64::MAX, 0),
        accuracies: Vec::new(),
        others: Vec::new(),
        losses: Vec::new(),
    };
    let set = &looked.evaluation.set;
    for run in group.members.iter().filter_map(|i| state.history.runs.get(*i)) {
        let found = look(&state.history, run.start.run, Some(set), own.step, state.until());
        let fits = |e: &&Evaluation| e.set == *set && e.confusion.len() == classes;
        let Some(evaluation) = found.map(|looked| looked.evaluation).filter(fits) else { continue };
        for (sum, row) in all.confusion.iter_mut().zip(&evaluation.confusion) {
            sum.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
        all.steps = (all.steps.0.min(evaluation.step), all.steps.1.max(evaluation.step));
        all.accuracies.push(evaluation.accuracy);
        all.others.push(beside(&state.history).of(&evaluation.confusion));
        all.losses.push(evaluation.loss);
    }
    Some(all)
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
    look(&state.history, selected_run(state), own.set.as_deref(), own.step, state.until())
}

/// The evaluation to subtract: that of the marked run at the same step, or its last one if the last one is shown.
pub fn subtracted<'a>(state: &'a State, looked: &Looked) -> Option<Looked<'a>> {
    let own = &state.screens.confusion;
    let run = own.marked?;
    let other = look(&state.history, run, Some(&looked.evaluation.set), own.step, state.until())?;
    (other.evaluation.set == looked.evaluation.set && run != selected_run(state)).then_some(other)
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
