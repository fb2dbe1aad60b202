//! The order of the runs in the list: by any column.

use crate::tui::filter::runs::{COLUMNS, RunRow};
use crate::tui::grouping::Group;
use crate::tui::query::Queried;
use crate::tui::state::State;

/// Sorts runs, given by their indices in the history, by a column. Runs without a value come last.
pub fn sort(state: &State, runs: &mut [usize], column: usize, largest_first: bool) {
    let is_number = COLUMNS.get(column).is_some_and(|column| column.is_number);
    let row = |i: &usize| RunRow::new(state, &state.history.runs[*i]);
    if is_number {
        let sign = if largest_first { -1.0 } else { 1.0 };
        let value = |i: &usize| row(i).number(column).filter(|value| !value.is_nan());
        runs.sort_by_cached_key(|i| Key(value(i).map_or(f64::INFINITY, |value| sign * value)));
    } else {
        runs.sort_by_cached_key(|i| row(i).text(column).to_lowercase());
        if largest_first {
            runs.reverse();
        }
    }
}

/// Sorts groups by the mean of a column, which is what their rows show. Groups without a value come last. Columns of text
/// leave the order of the runs.
pub fn sort_groups(state: &State, groups: &mut [Group], column: usize, largest_first: bool) {
    if !COLUMNS.get(column).is_some_and(|column| column.is_number) {
        return;
    }
    let sign = if largest_first { -1.0 } else { 1.0 };
    groups.sort_by_cached_key(|group| {
        Key(mean_of_column(state, group, column).map_or(f64::INFINITY, |mean| sign * mean))
    });
}

/// The mean of a column over the runs of a group that have a value.
pub fn mean_of_column(state: &State, group: &Group, column: usize) -> Option<f64> {
    let row = |i: &usize| RunRow::new(state, &state.history.runs[*i]).number(column);
    let values: Vec<f64> = group.members.iter().filter_map(row).filter(|value| !value.is_nan()).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// A number with a total order.
#[derive(PartialEq)]
struct Key(f64);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The column after `now`; after the last comes the planned order. Numbers begin with the largest, but labels, seeds and
/// runs with the smallest.
pub fn next(now: Option<(usize, bool)>) -> Option<(usize, bool)> {
    let column = now.map_or(0, |(column, _)| column + 1);
    (column < COLUMNS.len()).then(|| begun(column))
}

/// The order by a column whose heading was clicked: again, it is reversed.
pub fn clicked(now: Option<(usize, bool)>, column: usize) -> (usize, bool) {
    match now {
        Some((same, largest_first)) if same == column => (column, !largest_first),
        _ => begun(column),
    }
}

fn begun(column: usize) -> (usize, bool) {
    let rising = ["labels", "seed", "run", "loss", "valloss"];
    let falls = COLUMNS.get(column).is_some_and(|of| of.is_number && !rising.contains(&of.names[0]));
    (column, falls)
}

/// The name of the order: "acc ↓".
pub fn name((column, largest_first): (usize, bool)) -> String {
    let name = COLUMNS.get(column).map_or("", |column| column.names[0]);
    format!("{name} {}", if largest_first { '↓' } else { '↑' })
}

/// The place of the column with this name.
pub fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.names[0] == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    fn sorted(column: &str, largest_first: bool) -> Vec<usize> {
        let state = testing::replay(80, 24, testing::entries());
        let mut runs: Vec<usize> = (0..16).collect();
        sort(&state, &mut runs, super::column(column).unwrap(), largest_first);
        runs
    }

    #[test]
    fn runs_are_sorted_by_any_column() {
        assert_eq!(sorted("run", false), (0..16).collect::<Vec<_>>());
        assert_eq!(sorted("run", true), (0..16).rev().collect::<Vec<_>>());
        // The second repetition is a little better, and fine-tuned with 1000 labels is best.
        assert_eq!(sorted("acc", true)[..2], [15, 11]);
        assert_eq!(sorted("method", false)[..4], [3, 7, 11, 15]);
        assert_eq!(sorted("labels", false)[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn groups_are_sorted_by_their_means() {
        let state = testing::replay(80, 24, testing::entries());
        let group = |name: &str, members: &[usize]| Group {
            key: name.into(),
            name: name.into(),
            label: String::new(),
            method: None,
            session: None,
            members: members.to_vec(),
        };
        // Run 15 is the best of all, but its group has the worst run as well.
        let mut groups = vec![group("wide", &[4, 15]), group("good", &[11, 7]), group("none", &[])];
        let names = |groups: &[Group]| groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
        let accuracy = column("acc").unwrap();
        sort_groups(&state, &mut groups, accuracy, true);
        assert_eq!(names(&groups), ["good", "wide", "none"]);
        sort_groups(&state, &mut groups, accuracy, false);
        assert_eq!(names(&groups), ["wide", "good", "none"]);
        sort_groups(&state, &mut groups, column("method").unwrap(), true);
        assert_eq!(names(&groups), ["wide", "good", "none"]);
    }

    #[test]
    fn a_key_goes_through_all_columns_and_back_to_the_plan() {
        let mut now = None;
        for column in 0..COLUMNS.len() {
            now = next(now);
            assert_eq!(now.map(|now| now.0), Some(column));
        }
        assert_eq!(next(now), None);
        let accuracy = column("acc").unwrap();
        assert_eq!(clicked(None, accuracy), (accuracy, true));
        assert_eq!(clicked(Some((accuracy, true)), accuracy), (accuracy, false));
        assert_eq!(
            clicked(Some((accuracy, false)), column("labels").unwrap()),
            (column("labels").unwrap(), false)
        );
        assert_eq!(name((5, true)), "acc ↓");
    }
}
