//! The order of the runs in the list: by any column.

use crate::tui::filter::runs::{COLUMNS, RunRow};
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
    let rising = ["labels", "seed", "run", "loss", "valloss"];
    COLUMNS.get(column).map(|of| (column, of.is_number && !rising.contains(&of.names[0])))
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
    fn a_key_goes_through_all_columns_and_back_to_the_plan() {
        let mut now = None;
        for column in 0..COLUMNS.len() {
            now = next(now);
            assert_eq!(now.map(|now| now.0), Some(column));
        }
        assert_eq!(next(now), None);
        assert_eq!(name((5, true)), "acc ↓");
    }
}
