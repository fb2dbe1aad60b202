//! The results of each method at each budget: those of the comparison or, before there is one, those known so far,
//! which are then called provisional.

use crate::session::budget::Budget;
use crate::session::comparison::Comparison;
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::metric::Metric;
use crate::session::record::{Evaluation, TEST, VALIDATION};
use crate::session::source_name::SourceName;

/// The results of one method at one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub method: Method,
    /// The source, if the method has one and there are several.
    pub source: Option<SourceName>,
    pub budget: Budget,
    pub labels: usize,
    /// The data set on which the values were measured.
    pub set: String,
    pub values: Vec<f64>,
    pub mean: f64,
    /// Sample standard deviation; `None` for fewer than two repetitions.
    pub deviation: Option<f64>,
    /// The planned number of repetitions.
    pub planned: usize,
    /// Mean of the metric that stands beside the deciding one, on the same set; NaN if it is not known.
    pub beside: f64,
    /// Mean accuracy on each further test set, by name.
    pub others: Vec<(String, f64)>,
    pub trainable: u64,
    pub total: u64,
    pub seconds: f64,
    pub steps: f64,
    /// The mean number of steps to scratch's best validation accuracy (`None` if no repetition reached it), and how
    /// many repetitions reached it. It is known at the end only.
    pub to_scratch: Option<(Option<f64>, usize)>,
}

impl Row {
    /// The method, with its source if there are several.
    pub fn name(&self) -> String {
        match &self.source {
            Some(source) => format!("{} · {source}", self.method.name()),
            None => self.method.name().to_string(),
        }
    }
}

/// The rows of the finished comparison.
pub fn of_comparison(comparison: &Comparison) -> Vec<Row> {
    let beside = comparison.beside();
    let row = |row: &crate::session::comparison::ComparisonRow| Row {
        method: row.method,
        source: row.source.clone().filter(|_| comparison.several_sources()),
        budget: row.budget,
        labels: row.labels,
        set: TEST.into(),
        values: row.values.clone(),
        mean: row.mean,
        deviation: (row.values.len() > 1).then_some(row.deviation),
        planned: row.values.len(),
        beside: row.metrics.get(beside.id()).copied().unwrap_or(f64::NAN),
        others: row.others.clone(),
        trainable: row.trainable_parameters,
        total: row.total_parameters,
        seconds: row.seconds,
        steps: row.steps,
        to_scratch: Some((row.steps_to_scratch, row.reached_scratch)),
    };
    comparison.rows.iter().map(row).collect()
}

/// The results known at the time `until`: for each run its last test or, if no run of the row has a test yet, the
/// validation of the parameters that it would keep.
pub fn provisional(history: &History, until: f64) -> Vec<Row> {
    let decides = history.recipe.as_ref().and_then(|recipe| recipe.metric).unwrap_or_default();
    let mut sides: Vec<(usize, Budget, Method, Option<&SourceName>)> = Vec::new();
    for run in &history.runs {
        let side = (run.start.labels, run.start.budget, run.start.method, run.start.source.as_ref());
        if !sides.contains(&side) {
            sides.push(side);
        }
    }
    sides.sort();
    sides
        .into_iter()
        .filter_map(|(_, budget, method, source)| {
            let runs: Vec<&RunHistory> = history
                .runs
                .iter()
                .filter(|r| {
                    r.start.method == method && r.start.source.as_ref() == source && r.start.budget == budget
                })
                .collect();
            let row = side(&runs, until, decides)?;
            Some(Row { source: source.cloned().filter(|_| history.several_sources()), ..row })
        })
        .collect()
}

fn side<'a>(runs: &[&'a RunHistory], until: f64, decides: Metric) -> Option<Row> {
    let first = &runs.first()?.start;
    let last = |run: &'a RunHistory, set: &str| {
        let seen = run.evaluations.iter().take_while(|e| e.at <= until);
        seen.filter(|e| e.value.set == set).last().map(|e| &e.value)
    };
    let all = |set: &str| -> Vec<&Evaluation> { runs.iter().filter_map(|run| last(run, set)).collect() };
    // One mean never mixes the two sets.
    let tested = all(TEST);
    let (set, evaluations) = if tested.is_empty() {
        (VALIDATION, runs.iter().filter_map(|run| run.kept_validation(until)).collect())
    } else {
        (TEST, tested)
    };
    let of = |evaluations: &[&Evaluation], metric: Metric| -> Vec<f64> {
        evaluations.iter().map(|evaluation| metric.of(&evaluation.confusion)).collect()
    };
    let values = of(&evaluations, decides);
    let beside = Comparison { metric: decides, ..Comparison::default() }.beside();
    let others = further_sets(runs, until);
    let spent = |run: &&RunHistory| {
        let step = run.steps.partition_point(|s| s.at <= until).checked_sub(1).map(|i| &run.steps[i].value);
        let end = run.end.as_ref().filter(|end| end.at <= until).map(|end| &end.value);
        (
            end.map_or(step.map_or(0.0, |s| s.seconds), |e| e.seconds),
            end.map_or(step.map_or(0, |s| s.step), |e| e.steps),
        )
    };
    let spent: Vec<(f64, u64)> = runs.iter().map(spent).collect();
    let count = runs.len() as f64;
    Some(Row {
        method: first.method,
        source: None,
        budget: first.budget,
        labels: first.labels,
        set: set.into(),
        mean: mean(&values),
        deviation: deviation(&values),
        planned: runs.len(),
        values,
        beside: mean(&of(&evaluations, beside)),
        others: others.into_iter().map(|set| (set.clone(), mean(&of(&all(&set), decides)))).collect(),
        trainable: first.trainable_parameters,
        total: first.total_parameters,
        seconds: spent.iter().map(|s| s.0).sum::<f64>() / count,
        steps: spent.iter().map(|s| s.1 as f64).sum::<f64>() / count,
        to_scratch: None,
    })
}

fn further_sets(runs: &[&RunHistory], until: f64) -> Vec<String> {
    let mut sets: Vec<String> = Vec::new();
    for evaluation in runs.iter().flat_map(|run| run.evaluations.iter().take_while(|e| e.at <= until)) {
        let set = &evaluation.value.set;
        if set != TEST && set != VALIDATION && !sets.contains(set) {
            sets.push(set.clone());
        }
    }
    sets
}

/// The mean; NaN for an empty slice.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample standard deviation; `None` for fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// How many runs had ended at the time `until`, and how many there are.
pub fn done(history: &History, until: f64) -> (usize, usize) {
    let done = history.runs.iter().filter(|run| run.end.as_ref().is_some_and(|end| end.at <= until)).count();
    (done, history.runs.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::Baseline;
    use crate::session::method::Strategy;
    use crate::tui::testing;

    #[test]
    fn before_the_end_the_test_counts_where_there_is_one_and_validation_elsewhere() {
        let history = History::of(testing::entries_while_training());
        let rows = provisional(&history, f64::INFINITY);
        assert_eq!(rows.len(), 8);
        let baseline = rows.iter().find(|row| row.method == Method::Baseline(Baseline::TfIdf)).unwrap();
        assert_eq!((baseline.set.as_str(), baseline.values.len(), baseline.others.len()), (TEST, 2, 1));
        let scratch = rows.iter().find(|row| row.method == Method::Strategy(Strategy::Scratch)).unwrap();
        assert_eq!((scratch.set.as_str(), scratch.values.len()), (VALIDATION, 2));
        assert_eq!(done(&history, f64::INFINITY), (4, 16));
        assert!(provisional(&history, 0.0)[0].mean.is_nan());
    }

    #[test]
    fn at_the_end_the_provisional_means_are_those_of_the_comparison() {
        let history = History::of(testing::entries());
        let before = provisional(&history, f64::INFINITY);
        let after = of_comparison(history.comparison.as_deref().unwrap());
        for row in &after {
            let same = before.iter().find(|r| r.method == row.method && r.budget == row.budget).unwrap();
            assert!((same.mean - row.mean).abs() < 1e-9);
            assert!((0.0..=1.0).contains(&row.beside) && (row.beside - same.beside).abs() < 0.03);
        }
        assert_eq!(deviation(&[0.5]), None);
        assert!((deviation(&[1.0, 3.0]).unwrap() - 2f64.sqrt()).abs() < 1e-12);
    }
}
