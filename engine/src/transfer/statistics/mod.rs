//! Statistics of an experiment's runs: means, paired differences, label savings, and their intervals.
//!
//! Repetition *s* of every method shares labels, order of batches and initial head, and all runs answer the same test
//! examples. So differences are computed seed by seed and example by example, which removes the variation that both
//! sides share. The 95 % intervals cover other seeds and other test examples; see `two_way.rs`.

pub mod answered;
mod arithmetic;
mod by_class;
pub mod cells;
mod differences;
mod drawn_splits;
pub mod evaluated;
mod headlines;
mod moments;
mod needed;
pub mod over_tasks;
pub mod pair;
pub mod paired;
mod rows;
mod savings;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod simulation_of_splits;
mod summary;
mod table;
mod tuning;
mod two_way;

use std::borrow::Cow;

use crate::session::budget::{Budget, Proportions};
use crate::session::comparison::{self, Comparison, ComparisonRow, Covers, LargestClass, PaidBack};
use crate::session::history::History;
use crate::session::method::{Method, Strategy};
use crate::session::metric::Metric;
use crate::session::recipe::Recipe;
use crate::session::record::TEST;

use differences::Compared;
use rows::Row;
use two_way::LEVEL;

pub use moments::{deviation, mean};
pub use summary::{CurvePoint, RunSummary};

use summary::{Side, Truths, of, paired, reach};

/// The fraction of the largest class of the test set above which accuracy hides what happens in the others.
const IMBALANCED: f64 = 0.65;

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
    let truths: Vec<Truths> = history.true_classes.iter().filter_map(Truths::of).collect();
    let runs: Vec<RunSummary> =
        history.runs.iter().filter_map(|run| RunSummary::of(run, history, &truths)).collect();
    let coverage = history.source().coverage.as_ref();
    let margin = history.recipe.as_ref().map_or(Recipe::MARGIN, |recipe| recipe.margin) / 100.0;
    let metric = history.recipe.as_ref().and_then(|recipe| recipe.metric);
    let tested = truths.iter().filter(|known| known.set == TEST);
    let classes: Vec<u16> = tested.flat_map(|known| known.classes.iter().copied()).collect();
    let largest = largest_class(&runs, &classes, history);
    let decides = metric.unwrap_or_default();
    let comparison = compare_runs(&runs, history.pretrain_seconds(), decides, margin, largest);
    let imbalanced = comparison.largest_class.as_ref().is_some_and(|largest| largest.fraction > IMBALANCED);
    let by_macro_f1 = (imbalanced && metric.is_none())
        .then(|| headlines::by_macro_f1(&runs, &comparison.headlines))
        .flatten();
    Comparison {
        arithmetic: arithmetic::costs(&runs, &comparison.rows, history.pretrain_flops(), |source| {
            history.source_called(source)?.flops
        }),
        by_macro_f1,
        by_class: by_class::by_class(&runs, &comparison.headlines, margin, |class| history.class_name(class)),
        balanced: history.recipe.as_ref().is_some_and(|recipe| recipe.proportions() == Proportions::Balanced),
        further_sets: history.further_sets(),
        bare: coverage.map_or(Vec::new(), |coverage| coverage.bare.clone()),
        mean_cosine: coverage.and_then(|coverage| coverage.mean_cosine),
        by_hand: history.by_hand(f64::INFINITY),
        seconds_of_sources: (history.sources().iter())
            .filter_map(|source| Some((source.name.clone()?, source.seconds)))
            .collect(),
        seconds_of_encoding: history.seconds_of_encoding(),
        tuning: tuning::rows(history),
        ..comparison
    }
}

/// Compares runs. `pretrain_seconds` is the time of the pre-training that all transferred runs share; differences within
/// `margin`, a fraction, count as none.
pub fn compare_runs(
    runs: &[RunSummary],
    pretrain_seconds: f64,
    metric: Metric,
    margin: f64,
    largest_class: Option<LargestClass>,
) -> Comparison {
    let mut budgets: Vec<Budget> = runs.iter().map(|run| run.budget).collect();
    budgets.sort_unstable();
    budgets.dedup();
    let mut sides: Vec<Side> = runs.iter().map(|run| (run.method, run.source.as_ref())).collect();
    sides.sort_unstable();
    sides.dedup();
    // The accuracy of always answering the largest class says nothing about other metrics.
    let guessing =
        largest_class.as_ref().map(|largest| largest.fraction).filter(|_| metric == Metric::Accuracy);
    let compared = Compared { metric, set: TEST };
    let mut rows = Vec::new();
    let mut found = Vec::new();
    for &budget in &budgets {
        rows.extend(sides.iter().filter_map(|&side| row(runs, side, budget, metric)));
        let pairs = differences::pairs().flat_map(|pair| differences::paired(&sides, pair));
        let pairs = pairs.chain(differences::of_sources(&sides));
        let differences = pairs.filter_map(|pair| differences::difference(runs, pair, budget, compared));
        found.extend(differences.map(|measured| measured.0));
    }
    Comparison {
        headlines: headlines::headlines(runs, &rows, metric, margin),
        metric,
        margin,
        savings: savings::savings(runs, &rows, metric, guessing),
        largest_class,
        paid_back: paid_back(runs, &rows, pretrain_seconds),
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
    let mut sides: Vec<(Side, Budget)> =
        runs.iter().map(|run| ((run.method, run.source.as_ref()), run.budget)).collect();
    sides.sort_unstable();
    sides.dedup();
    // Any of them may be the one that is better, so their intervals are corrected (Bonferroni).
    let level = LEVEL / sides.len().max(1) as f64;
    let better = |&(side, budget): &(Side, Budget)| {
        let rows: Option<Vec<Row>> = of(runs, side, budget)
            .map(|run| {
                let mut row = run.row(Metric::Accuracy, TEST)?;
                for (value, (truth, _)) in row.values.iter_mut().zip(run.answers_on(TEST)?) {
                    *value -= f32::from(u8::from(usize::from(*truth) == class));
                }
                Some(row)
            })
            .collect();
        let spread = rows.and_then(|rows| table::spread(&rows)).map(|found| found.0);
        spread.and_then(|spread| spread.interval(level)).is_some_and(|(low, _)| low > 0.0)
    };
    let beaten = sides.iter().any(better);
    let fraction = count as f64 / classes.len() as f64;
    Some(LargestClass { class: history.class_name(class), fraction, beaten })
}

fn row(runs: &[RunSummary], side: Side, budget: Budget, metric: Metric) -> Option<ComparisonRow> {
    let mut mine: Vec<&RunSummary> = of(runs, side, budget).collect();
    mine.sort_by_key(|run| run.seed);
    let first = mine.first()?;
    let means = |of: &dyn Fn(&RunSummary) -> f64| mean(&mine.iter().map(|run| of(run)).collect::<Vec<_>>());
    let values_of = |metric: Metric, set: &str| -> Vec<f64> {
        mine.iter().filter_map(|run| run.value(metric, set)).collect()
    };
    let values = values_of(metric, TEST);
    let (interval, covers) = interval(&mine, &values, metric);
    let others = first.metrics.iter().map(|known| &known.0).filter(|set| *set != TEST);
    let reached: Vec<f64> = (mine.iter())
        .filter_map(|run| {
            let scratch = of(runs, SCRATCH, budget).find(|scratch| scratch.seed == run.seed)?;
            reach(run, scratch).map(|(own, _)| own.steps as f64)
        })
        .collect();
    Some(ComparisonRow {
        method: side.0,
        source: side.1.cloned(),
        budget,
        labels: means(&|run| run.labels as f64).round() as usize,
        mean: mean(&values),
        deviation: deviation(&values),
        interval,
        covers,
        values,
        metrics: Metric::ALL
            .iter()
            .map(|&metric| (metric.id().to_string(), mean(&values_of(metric, TEST))))
            .collect(),
        intervals: Metric::ALL
            .iter()
            .filter_map(|&metric| {
                let known = self::interval(&mine, &values_of(metric, TEST), metric).0?;
                Some((metric.id().to_string(), known))
            })
            .collect(),
        others: others.map(|set| (set.clone(), mean(&values_of(metric, set)))).collect(),
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

/// When pre-training has paid for itself, by the seconds to scratch's best validation accuracy.
fn paid_back(runs: &[RunSummary], rows: &[ComparisonRow], pretrain_seconds: f64) -> Option<PaidBack> {
    let budget = rows.last()?.budget;
    let best = comparison::best(rows, budget, Method::transfers).filter(|_| pretrain_seconds > 0.0)?;
    let pairs = paired(runs, ((best.method, best.source.as_ref()), SCRATCH), budget);
    let reached = pairs.into_iter().filter_map(|(run, scratch)| reach(run, scratch));
    let seconds: Vec<(f64, f64)> = reached.map(|(own, scratch)| (scratch.seconds, own.seconds)).collect();
    let (scratch, mine): (Vec<f64>, Vec<f64>) = seconds.into_iter().unzip();
    let (scratch_seconds, seconds, reached) = (mean(&scratch), mean(&mine), mine.len());
    let (method, source) = (best.method, best.source.clone());
    (reached > 0).then_some(PaidBack { method, source, budget, scratch_seconds, seconds, reached })
}

/// The interval of the mean of a metric over runs, one value for each, and what it covers.
fn interval(runs: &[&RunSummary], values: &[f64], metric: Metric) -> (Option<(f64, f64)>, Covers) {
    let rows: Option<Vec<Row>> = runs.iter().map(|run| run.row(metric, TEST)).collect();
    let (spread, covers) = table::spread_or_seeds(rows.as_deref(), values);
    let interval = spread.and_then(|spread| match metric {
        Metric::Accuracy => spread.interval_of_fraction(LEVEL),
        _ => spread.interval(LEVEL).map(|(low, high)| (low.max(metric.least()), high.min(1.0))),
    });
    (interval, covers)
}

#[cfg(test)]
mod tests;
