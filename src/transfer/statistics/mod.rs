//! Statistics of an experiment's runs: means, paired differences, label savings, and their intervals.
//!
//! Repetition *s* of every method shares labels, order of batches and initial head, and all runs answer the same test
//! examples. So differences are computed seed by seed and example by example, which removes the variation that both
//! sides share. The 95 % intervals cover other seeds and other test examples; see [`two_way`].

mod differences;
pub mod evaluated;
mod headlines;
mod savings;
#[cfg(test)]
mod simulation;
mod summary;
mod two_way;

use std::borrow::Cow;

use crate::session::answers::Packed;
use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, ComparisonRow, Covers, LargestClass, MARGIN};
use crate::session::history::History;
use crate::session::method::{Method, Strategy};
use crate::session::metric::FURTHER;
use crate::session::record::TEST;
use crate::session::source_name::SourceName;

use two_way::{LEVEL, Spread, Values};

pub use summary::RunSummary;

/// A method, and the source of its pre-trained parameters.
type Side<'a> = (Method, Option<&'a SourceName>);

const SCRATCH: Side<'static> = (Method::Strategy(Strategy::Scratch), None);

/// The comparison that the log of a session holds; if the session is not finished, that of the runs that were tested so
/// far.
pub fn comparison(history: &History) -> Cow<'_, Comparison> {
    match &history.comparison {
        Some(comparison) => Cow::Borrowed(&**comparison),
        None => Cow::Owned(compare(history)),
    }
}

/// Compares the runs of a session that were tested.
pub fn compare(history: &History) -> Comparison {
    let truth = |set: &str| history.true_classes.iter().find(|known| known.set == set);
    let truths: Vec<(String, Vec<u16>)> = (history.true_classes.iter())
        .filter_map(|known| Some((known.set.clone(), Packed::values(&known.classes)?)))
        .collect();
    let runs: Vec<RunSummary> =
        history.runs.iter().filter_map(|run| RunSummary::of(run, history, &truths)).collect();
    let coverage = history.coverage.as_ref();
    let margin = history.recipe.as_ref().map_or(MARGIN, |recipe| recipe.margin / 100.0);
    let classes = truth(TEST).and_then(|known| known.classes.values());
    let largest = classes.and_then(|classes| largest_class(&runs, &classes, history));
    Comparison {
        further_sets: history.further_sets(),
        bare: coverage.map_or(Vec::new(), |coverage| coverage.bare.clone()),
        mean_cosine: coverage.and_then(|coverage| coverage.mean_cosine),
        by_hand: history.by_hand(f64::INFINITY),
        ..compare_runs(&runs, history.pretrain_seconds, margin, largest)
    }
}

/// Compares runs. `pretrain_seconds` is the time of the pre-training that all transferred runs share; differences within
/// `margin`, a fraction, count as none.
pub fn compare_runs(
    runs: &[RunSummary],
    pretrain_seconds: f64,
    margin: f64,
    largest_class: Option<LargestClass>,
) -> Comparison {
    let mut budgets: Vec<Budget> = runs.iter().map(|run| run.budget).collect();
    budgets.sort_unstable();
    budgets.dedup();
    let mut sides: Vec<Side> = runs.iter().map(|run| (run.method, run.source.as_ref())).collect();
    sides.sort_unstable();
    sides.dedup();
    let mut rows = Vec::new();
    let mut found = Vec::new();
    for &budget in &budgets {
        rows.extend(sides.iter().filter_map(|&side| row(runs, side, budget)));
        let pairs = differences::pairs().flat_map(|pair| differences::paired(&sides, pair));
        let differences = pairs.filter_map(|pair| differences::difference(runs, pair, budget, TEST, margin));
        found.extend(differences.map(|measured| measured.0));
    }
    Comparison {
        headlines: headlines::headlines(runs, &rows, margin),
        margin,
        savings: savings::savings(runs, &rows, largest_class.as_ref().map(|largest| largest.fraction)),
        largest_class,
        rows,
        differences: found,
        pretrain_seconds,
        runs: runs.len(),
        cut: runs.iter().filter(|run| !run.whole).count(),
        collapsed: runs.iter().filter_map(RunSummary::collapsed).collect(),
        ..Comparison::default()
    }
}

/// The most frequent of the true classes, and whether a method is better than always answering it. `None` if there are no
/// examples.
fn largest_class(runs: &[RunSummary], classes: &[u16], history: &History) -> Option<LargestClass> {
    let mut counts = vec![0_usize; usize::from(*classes.iter().max()?) + 1];
    classes.iter().for_each(|&class| counts[usize::from(class)] += 1);
    // The first of equally frequent classes.
    let (class, &count) = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count)?;
    let answered: Vec<f32> = classes.iter().map(|&c| f32::from(u8::from(usize::from(c) == class))).collect();
    let better = |side: Side, budget: Budget| {
        let mut table = Values::new(answered.len());
        for correct in of(runs, side, budget).filter_map(|run| run.correct_on(TEST)) {
            table.push(correct.iter().zip(&answered).map(|(a, b)| a - b));
        }
        table.spread().and_then(|spread| spread.interval(LEVEL)).is_some_and(|(low, _)| low > 0.0)
    };
    let beaten = runs.iter().any(|run| better((run.method, run.source.as_ref()), run.budget));
    let fraction = count as f64 / classes.len() as f64;
    Some(LargestClass { class: history.class_name(class), fraction, beaten })
}

/// The mean; 0 if there are no values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample standard deviation (n - 1); 0 for fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if values.len() < 2 { 0.0 } else { (squares / (values.len() - 1) as f64).sqrt() }
}

fn of<'a>(runs: &'a [RunSummary], side: Side<'a>, budget: Budget) -> impl Iterator<Item = &'a RunSummary> {
    runs.iter().filter(move |run| (run.method, run.source.as_ref()) == side && run.budget == budget)
}

fn row(runs: &[RunSummary], side: Side, budget: Budget) -> Option<ComparisonRow> {
    let mut mine: Vec<&RunSummary> = of(runs, side, budget).collect();
    mine.sort_by_key(|run| run.seed);
    let first = mine.first()?;
    let means = |of: &dyn Fn(&RunSummary) -> f64| mean(&mine.iter().map(|run| of(run)).collect::<Vec<_>>());
    let accuracies: Vec<f64> = mine.iter().map(|run| run.accuracy).collect();
    let (interval, covers) = interval(&mine, &accuracies);
    let other = |name: &str| {
        let values: Vec<f64> = (mine.iter())
            .filter_map(|run| run.others.iter().find(|(other, _)| other == name).map(|(_, value)| *value))
            .collect();
        (name.to_string(), mean(&values))
    };
    let reached: Vec<f64> = (mine.iter())
        .filter_map(|run| {
            let scratch = of(runs, SCRATCH, budget).find(|scratch| scratch.seed == run.seed)?;
            let goal = scratch.curve.iter().map(|point| point.1).reduce(f64::max)?;
            run.curve.iter().find(|point| point.1 >= goal).map(|point| point.0 as f64)
        })
        .collect();
    Some(ComparisonRow {
        method: side.0,
        source: side.1.cloned(),
        budget,
        labels: means(&|run| run.labels as f64).round() as usize,
        mean: mean(&accuracies),
        deviation: deviation(&accuracies),
        interval,
        covers,
        accuracies,
        metrics: FURTHER
            .iter()
            .enumerate()
            .map(|(place, metric)| (metric.id.to_string(), means(&|run| run.metrics[place])))
            .collect(),
        others: first.others.iter().map(|(name, _)| other(name)).collect(),
        // The number of parameters differs between runs of a method with the words of their training documents, so
        // the mean is reported.
        trainable_parameters: means(&|run| run.trainable as f64).round() as u64,
        total_parameters: means(&|run| run.total as f64).round() as u64,
        seconds: means(&|run| run.seconds),
        steps: means(&|run| run.steps as f64),
        steps_to_scratch: (!reached.is_empty()).then(|| mean(&reached)),
        reached_scratch: reached.len(),
    })
}

/// Student's 95 % interval of the mean of fractions, one for each seed, on one test set; `None` for fewer than two.
pub fn over_seeds(values: &[f64]) -> Option<(f64, f64)> {
    Spread::of_seeds(values)?.interval_of_fraction(LEVEL)
}

/// The interval of the mean accuracy of runs, and what it covers.
fn interval(runs: &[&RunSummary], accuracies: &[f64]) -> (Option<(f64, f64)>, Covers) {
    let correct: Option<Vec<&[f32]>> = runs.iter().map(|run| run.correct_on(TEST)).collect();
    let examples = correct.as_ref().and_then(|correct| Some(correct.first()?.len()));
    match correct.filter(|correct| correct.iter().all(|run| Some(run.len()) == examples)) {
        Some(correct) => {
            let mut table = Values::new(examples.unwrap_or(0));
            correct.iter().for_each(|run| table.push(run.iter().copied()));
            let covers = if correct.len() > 1 { Covers::SeedsAndExamples } else { Covers::Examples };
            (table.spread().and_then(|spread| spread.interval_of_fraction(LEVEL)), covers)
        }
        None => {
            let spread = Spread::of_seeds(accuracies);
            (spread.and_then(|spread| spread.interval_of_fraction(LEVEL)), Covers::Seeds)
        }
    }
}

#[cfg(test)]
mod tests;
