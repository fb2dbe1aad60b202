//! What the screen looks at: which evaluation of which run, and the figures of its matrix.

use crate::session::history::{History, RunHistory};
use crate::session::record::{Evaluation, TEST, VALIDATION};

/// An evaluation among its like.
pub struct Looked<'a> {
    pub run: &'a RunHistory,
    pub evaluation: &'a Evaluation,
    /// Its place among the run's evaluations on the set, and how many there are.
    pub place: usize,
    pub of: usize,
}

/// The sets that a run was evaluated on by then: the test first, then further tests, validation last.
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

/// The evaluations of a run on a set by then, in order.
pub fn evaluations<'a>(run: &'a RunHistory, set: &str, until: f64) -> Vec<&'a Evaluation> {
    let by_then = run.evaluations.iter().take_while(|e| e.at <= until);
    by_then.map(|e| &e.value).filter(|e| e.set == set).collect()
}

/// The evaluation of the run numbered `run` on `set` (or on its first set, if it was never evaluated
/// on that) at the last step up to `step`.
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

/// Figures of a class. `None` where there is nothing to divide by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Of what was guessed to be of the class, the share that is.
    pub precision: Option<f64>,
    /// Of what is of the class, the share that was guessed so.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: Option<f64>,
    /// Documents of the class.
    pub documents: u64,
}

/// The figures of class `class`.
pub fn figures(confusion: &[Vec<u64>], class: usize) -> Figures {
    let count = |row: &Vec<u64>, column: usize| row.get(column).copied().unwrap_or(0);
    let right = confusion.get(class).map_or(0, |row| count(row, class));
    let documents = confusion.get(class).map_or(0, |row| row.iter().sum());
    let guessed: u64 = confusion.iter().map(|row| count(row, class)).sum();
    let share = |of: u64| (of > 0).then(|| right as f64 / of as f64);
    // F1 = 2 right / (guessed + documents), defined as soon as one of them is.
    let f1 = (guessed + documents > 0).then(|| 2.0 * right as f64 / (guessed + documents) as f64);
    Figures { precision: share(guessed), recall: share(documents), f1, documents }
}

/// The share of its row that a cell has.
pub fn share(confusion: &[Vec<u64>], row: usize, column: usize) -> f64 {
    let Some(row) = confusion.get(row) else { return 0.0 };
    let all: u64 = row.iter().sum();
    if all == 0 { 0.0 } else { row.get(column).copied().unwrap_or(0) as f64 / all as f64 }
}

/// The names of `count` classes: those of the data, then numbers.
pub fn names(history: &History, count: usize) -> Vec<String> {
    let known = history.data.as_ref().map_or(&[][..], |data| &data.classes);
    (0..count).map(|i| known.get(i).cloned().unwrap_or_else(|| format!("class {}", i + 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_class_are_those_of_the_books() {
        let matrix = vec![vec![8, 2], vec![4, 6]];
        let first = figures(&matrix, 0);
        assert_eq!((first.precision, first.recall, first.documents), (Some(8.0 / 12.0), Some(0.8), 10));
        assert!((first.f1.unwrap() - 8.0 / 11.0).abs() < 1e-12);
        assert_eq!(share(&matrix, 1, 0), 0.4);
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let matrix = vec![vec![0, 0, 0], vec![0, 0, 3], vec![0, 0, 1]];
        assert_eq!(figures(&matrix, 0), Figures { precision: None, recall: None, f1: None, documents: 0 });
        assert_eq!((figures(&matrix, 1).precision, figures(&matrix, 1).recall), (None, Some(0.0)));
        assert_eq!((share(&matrix, 0, 1), share(&matrix, 9, 9)), (0.0, 0.0));
        assert_eq!(figures(&[], 3).documents, 0);
    }
}
