//! Tests of figures and sentences on invented runs.

use crate::session::comparison::{Difference, Finding, FurtherSet};
use crate::session::coverage::Bare;
use crate::session::method::{Baseline, DocumentVector};
use crate::session::source_name::SourceName;
use crate::session::verdict;

use super::*;

mod answers;
mod sentences;

/// A margin of one point, as a fraction.
const MARGIN: f64 = Recipe::MARGIN / 100.0;

/// Runs of one method and budget with these accuracies and the seeds 0, 1 …
fn runs(method: Method, budget: Budget, labels: usize, accuracies: &[f64]) -> Vec<RunSummary> {
    let run = |(seed, &accuracy): (usize, &f64)| RunSummary {
        drawn: None,
        method,
        source: method.takes_source().then(|| "skip-gram".into()),
        budget,
        labels,
        seed: seed as u32,
        metrics: vec![
            (TEST.into(), [accuracy, accuracy - 0.02, accuracy, 2.0 * accuracy - 1.0]),
            ("hand-written".into(), [accuracy - 0.1; 4]),
        ],
        answers: Vec::new(),
        loss: 0.5,
        trainable: if method == Method::Strategy(Strategy::Frozen) { 400 } else { 52_000 },
        total: 52_400,
        seconds: if method == Method::Strategy(Strategy::Scratch) { 4.0 } else { 1.0 },
        steps: 100,
        flops: Some(if method == Method::Strategy(Strategy::Scratch) { 1_000 } else { 400 }),
        curve: [(10, accuracy - 0.2), (20, accuracy), (30, accuracy - 0.1)]
            .map(|(steps, accuracy)| CurvePoint {
                steps,
                seconds: steps as f64 / 10.0,
                accuracy,
                flops: Some(if method == Method::Strategy(Strategy::Scratch) { 10 } else { 4 } * steps),
            })
            .into(),
        only_answer: None,
        whole: true,
    };
    accuracies.iter().enumerate().map(run).collect()
}

fn compare_all(runs: &[RunSummary], pretrain_seconds: f64) -> Comparison {
    compare_runs(runs, pretrain_seconds, Metric::Accuracy, MARGIN, None)
}

const SMALL: Budget = Budget::Labels(100);

fn small(method: Method, accuracies: &[f64]) -> Vec<RunSummary> {
    runs(method, SMALL, 100, accuracies)
}

fn told_of(runs: &[Vec<RunSummary>]) -> Vec<String> {
    verdict::sentences(&compare_all(&runs.concat(), 36.0))
}

#[test]
fn figures_are_those_of_the_textbook() {
    let values = [1.0, 2.0, 4.0, 5.0];
    assert_eq!((mean(&values), deviation(&values[..1])), (3.0, 0.0));
    assert!((deviation(&values) - 1.825_741_858).abs() < 1e-9);
}

#[test]
fn rows_and_differences_are_paired_by_seed() {
    let mut all = small(Method::Strategy(Strategy::Frozen), &[0.70, 0.66, 0.71]);
    // The order in which runs ended must not matter. A seed without a partner is left out.
    all.reverse();
    all.extend(small(Method::Strategy(Strategy::Scratch), &[0.60, 0.62]));
    let comparison = compare_all(&all, 0.0);
    let methods: Vec<Method> = comparison.rows.iter().map(|row| row.method).collect();
    assert_eq!(methods, [Method::Strategy(Strategy::Scratch), Method::Strategy(Strategy::Frozen)]);
    let frozen = &comparison.rows[1];
    assert_eq!(frozen.values, [0.70, 0.66, 0.71]);
    assert!((frozen.others[0].1 - 0.59).abs() < 1e-12);
    assert!((frozen.metrics["macro_f1"] - (frozen.mean - 0.02)).abs() < 1e-12);
    let [difference] = &comparison.differences[..] else { panic!("one difference") };
    assert!((difference.mean - 0.07).abs() < 1e-12);
    assert_eq!((difference.wins, difference.seeds), (2, 2));
    // Scratch has its best accuracy at step 20. Frozen reaches it at step 20 too, in the runs that have a partner.
    assert_eq!((frozen.steps_to_scratch, frozen.reached_scratch), (Some(20.0), 2));
    let behind = compare_all(
        &[
            small(Method::Strategy(Strategy::Frozen), &[0.5]),
            small(Method::Strategy(Strategy::Scratch), &[0.6]),
        ]
        .concat(),
        0.0,
    );
    assert_eq!((behind.rows[1].steps_to_scratch, behind.rows[1].reached_scratch), (None, 0));
}

#[test]
fn several_sources_are_sides_of_their_own() {
    let of = |source: &str, accuracies: &[f64]| {
        let mut runs = small(Method::Strategy(Strategy::Frozen), accuracies);
        runs.iter_mut().for_each(|run| run.source = Some(source.into()));
        runs
    };
    let mut tuned = small(Method::Strategy(Strategy::FineTuned), &[0.9, 0.9]);
    tuned.iter_mut().for_each(|run| run.source = Some("b".into()));
    let scratch = small(Method::Strategy(Strategy::Scratch), &[0.6, 0.6]);
    let comparison = compare_all(&[scratch, of("b", &[0.7, 0.7]), of("a", &[0.8, 0.8]), tuned].concat(), 0.0);
    let name = |source: &Option<SourceName>| source.as_ref().map_or("", |name| name.as_str()).to_string();
    let rows: Vec<(String, f64)> =
        comparison.rows.iter().map(|row| (name(&row.source), (10.0 * row.mean).round())).collect();
    assert_eq!(rows, [("", 6.0), ("a", 8.0), ("b", 7.0), ("b", 9.0)].map(|(name, mean)| (name.into(), mean)));
    // Each method is compared with scratch, fine-tuned with frozen of the same source, and frozen from two sources.
    let sides: Vec<(String, String, f64)> = (comparison.differences.iter())
        .map(|d| (name(&d.left_source), name(&d.right_source), (10.0 * d.mean).round()))
        .collect();
    let expected = [("a", "", 2.0), ("b", "", 1.0), ("b", "", 3.0), ("b", "b", 2.0), ("a", "b", 1.0)];
    assert_eq!(sides, expected.map(|(left, right, mean)| (left.into(), right.into(), mean)));
}

#[test]
fn where_scratch_was_better_with_its_smallest_budget_nothing_was_saved() {
    let all = [
        small(Method::Strategy(Strategy::Scratch), &[0.883, 0.883]),
        small(Method::DocumentVector(DocumentVector::Sif), &[0.70, 0.70]),
        runs(Method::Strategy(Strategy::Scratch), Budget::All, 400, &[0.9, 0.9]),
        runs(Method::DocumentVector(DocumentVector::Sif), Budget::All, 400, &[0.89, 0.89]),
    ];
    let comparison = compare_all(&all.concat(), 0.0);
    let told: Vec<(usize, bool)> = comparison.savings.iter().map(|s| (s.labels, s.at_most)).collect();
    assert_eq!(told, [(100, true), (400, false)]);
}
