//! Statistics of an experiment's runs: means, standard deviations, paired differences, label savings.
//!
//! Repetition *s* of every method shares labels, order of batches and initial head. So differences are computed seed
//! by seed, which removes the variation between draws. Their 95 % interval is Student's: mean ± t(n - 1) s / √n.

pub mod evaluated;
#[cfg(test)]
mod simulation;
mod summary;
mod two_way;

use std::borrow::Cow;

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, ComparisonRow, Difference, LabelSaving};
use crate::session::history::History;
use crate::session::method::{Baseline, DocumentVector, Method, Strategy};
use crate::session::metric::FURTHER;
use crate::session::source_name::SourceName;

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
    let runs: Vec<RunSummary> = history.runs.iter().filter_map(|run| RunSummary::of(run, history)).collect();
    let coverage = history.coverage.as_ref();
    Comparison {
        further_sets: history.further_sets(),
        bare: coverage.map_or(Vec::new(), |coverage| coverage.bare.clone()),
        mean_cosine: coverage.and_then(|coverage| coverage.mean_cosine),
        by_hand: history.by_hand(f64::INFINITY),
        ..compare_runs(&runs, history.pretrain_seconds)
    }
}

/// Compares runs. `pretrain_seconds` is the time of the pre-training that all transferred runs share.
pub fn compare_runs(runs: &[RunSummary], pretrain_seconds: f64) -> Comparison {
    let mut budgets: Vec<Budget> = runs.iter().map(|run| run.budget).collect();
    budgets.sort_unstable();
    budgets.dedup();
    let mut sides: Vec<Side> = runs.iter().map(|run| (run.method, run.source.as_ref())).collect();
    sides.sort_unstable();
    sides.dedup();
    let mut rows = Vec::new();
    let mut differences = Vec::new();
    for &budget in &budgets {
        rows.extend(sides.iter().filter_map(|&side| row(runs, side, budget)));
        let pairs = pairs().flat_map(|pair| paired(&sides, pair));
        differences.extend(pairs.filter_map(|(left, right)| difference(runs, left, right, budget)));
    }
    Comparison {
        savings: savings(&rows),
        rows,
        differences,
        pretrain_seconds,
        runs: runs.len(),
        cut: runs.iter().filter(|run| !run.whole).count(),
        collapsed: runs.iter().filter_map(RunSummary::collapsed).collect(),
        ..Comparison::default()
    }
}

/// The pairs of methods whose differences are reported: transfer against scratch, the strategies against each other,
/// every method that is not a baseline against every baseline, NBSVM against TF-IDF, and strategies against
/// zero-shot.
fn pairs() -> impl Iterator<Item = (Method, Method)> {
    let documents = || DocumentVector::ALL.into_iter().map(Method::from);
    let tuned = [
        Method::Strategy(Strategy::FineTuned),
        Method::Strategy(Strategy::GradualUnfreezing),
        Method::Strategy(Strategy::LinearProbeThenFineTune),
    ];
    let sides = move || {
        [Method::Strategy(Strategy::Scratch), Method::Strategy(Strategy::Frozen)]
            .into_iter()
            .chain(tuned)
            .chain(documents())
    };
    let pair = |left, right| (left, right);
    std::iter::once(pair(Method::Strategy(Strategy::Frozen), Method::Strategy(Strategy::Scratch)))
        .chain(tuned.map(|method| pair(method, Method::Strategy(Strategy::Scratch))))
        .chain(tuned.map(|method| pair(method, Method::Strategy(Strategy::Frozen))))
        .chain([
            pair(Method::Strategy(Strategy::GradualUnfreezing), Method::Strategy(Strategy::FineTuned)),
            pair(Method::Strategy(Strategy::LinearProbeThenFineTune), Method::Strategy(Strategy::FineTuned)),
        ])
        .chain(documents().map(|method| (method, Method::Strategy(Strategy::Scratch))))
        .chain(
            Method::all()
                .filter(|method| method.baseline().is_some())
                .flat_map(move |baseline| sides().map(move |method| (method, baseline))),
        )
        .chain([(Method::Baseline(Baseline::Nbsvm), Method::Baseline(Baseline::TfIdf))])
        .chain(
            [Method::Strategy(Strategy::Frozen), Method::Strategy(Strategy::FineTuned)]
                .map(|method| (method, Method::Strategy(Strategy::ZeroShot))),
        )
}

/// The pairs of sides of two methods. Both sides have the same source, if both methods take one.
fn paired<'a>(sides: &[Side<'a>], (left, right): (Method, Method)) -> Vec<(Side<'a>, Side<'a>)> {
    let of = |method| sides.iter().copied().filter(move |side| side.0 == method);
    let fits = |(left, right): &(Side, Side)| left.1 == right.1 || left.1.is_none() || right.1.is_none();
    of(left).flat_map(|left| of(right).map(move |right| (left, right))).filter(fits).collect()
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

/// Student's 95 % interval of the mean; `None` for fewer than two values.
pub fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let freedom = values.len().checked_sub(1).filter(|&freedom| freedom > 0)? as f64;
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
    let half = t * deviation(values) / (values.len() as f64).sqrt();
    Some((mean(values) - half, mean(values) + half))
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

fn difference(runs: &[RunSummary], left: Side, right: Side, budget: Budget) -> Option<Difference> {
    let mut pairs: Vec<(u32, f64)> = of(runs, left, budget)
        .filter_map(|a| {
            let b = of(runs, right, budget).find(|b| b.seed == a.seed)?;
            Some((a.seed, a.accuracy - b.accuracy))
        })
        .collect();
    // Floating-point sums must not depend on the order in which the runs ended.
    pairs.sort_by_key(|pair| pair.0);
    let values: Vec<f64> = pairs.into_iter().map(|pair| pair.1).collect();
    (!values.is_empty()).then(|| Difference {
        left: left.0,
        left_source: left.1.cloned(),
        right: right.0,
        right_source: right.1.cloned(),
        budget,
        mean: mean(&values),
        interval: interval(&values),
        wins: values.iter().filter(|&&value| value > 0.0).count(),
        seeds: values.len(),
    })
}

/// For every transfer method at every budget, the number of labels that scratch needs for the same accuracy.
fn savings(rows: &[ComparisonRow]) -> Vec<LabelSaving> {
    let mut scratch: Vec<(f64, f64)> = (rows.iter())
        .filter(|row| row.method == Method::Strategy(Strategy::Scratch))
        .map(|row| (row.labels as f64, row.mean))
        .collect();
    scratch.sort_by(|a, b| a.0.total_cmp(&b.0));
    if scratch.is_empty() {
        return Vec::new();
    }
    rows.iter()
        .filter(|row| row.method.transfers())
        .map(|row| LabelSaving {
            method: row.method,
            source: row.source.clone(),
            labels: row.labels,
            scratch_labels: crossing(&scratch, row.mean),
            at_most: scratch.first().is_some_and(|(_, accuracy)| *accuracy >= row.mean),
        })
        .collect()
}

/// The number of labels at which the curve of (labels, accuracy) first reaches `goal`, by linear interpolation over
/// the logarithm of the labels. If the first point already reaches it, the answer is that point's labels, an upper
/// bound.
fn crossing(curve: &[(f64, f64)], goal: f64) -> Option<f64> {
    let (labels, accuracy) = *curve.first()?;
    if accuracy >= goal {
        return Some(labels);
    }
    curve.windows(2).find_map(|pair| {
        let [(left, low), (right, high)] = *pair else { return None };
        (low < goal && high >= goal).then(|| {
            let fraction = (goal - low) / (high - low);
            (left.ln() + fraction * (right.ln() - left.ln())).exp()
        })
    })
}

#[cfg(test)]
mod tests;
