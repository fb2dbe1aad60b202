//! Tests of figures and sentences on invented runs.

use crate::session::comparison::{Difference, Finding, FurtherSet};
use crate::session::coverage::Bare;
use crate::session::method::{Baseline, DocumentVector};
use crate::session::source_name::SourceName;
use crate::session::verdict;

use super::*;

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

#[test]
fn the_advice_to_let_vectors_learn_speaks_of_many_labels_only_at_the_largest_budget() {
    let at = |budget, labels, method, mean: f64| {
        let [a, b, c] = match method {
            Method::Strategy(Strategy::Scratch) => [0.0, 0.002, 0.001],
            Method::Strategy(Strategy::Frozen) => [0.001, 0.002, 0.0],
            _ => [0.002, 0.0, 0.001],
        };
        runs(method, budget, labels, &[mean + a, mean + b, mean + c])
    };
    let told = told_of(&[
        at(SMALL, 100, Method::Strategy(Strategy::Scratch), 0.79),
        at(SMALL, 100, Method::Strategy(Strategy::Frozen), 0.72),
        at(SMALL, 100, Method::Strategy(Strategy::FineTuned), 0.81),
        at(Budget::All, 900, Method::Strategy(Strategy::Scratch), 0.80),
        at(Budget::All, 900, Method::Strategy(Strategy::Frozen), 0.72),
        at(Budget::All, 900, Method::Strategy(Strategy::FineTuned), 0.82),
    ]);
    let advice: Vec<&String> = told.iter().filter(|sentence| sentence.contains("let the vectors")).collect();
    assert_eq!(advice.len(), 2, "{told:#?}");
    assert!(advice[0].contains("With 100 labels") && advice[0].ends_with("There, let the vectors learn."));
    assert!(
        advice[1].contains("900 labels")
            && advice[1].ends_with("With so many labels, let the vectors learn.")
    );
}

#[test]
fn runs_that_know_one_answer_are_named_first() {
    let mut runs = [
        small(Method::Strategy(Strategy::Scratch), &[0.8, 0.6]),
        small(Method::Strategy(Strategy::Frozen), &[0.8, 0.7]),
    ]
    .concat();
    runs[0].only_answer = Some("yes".into());
    runs[2].only_answer = Some("yes".into());
    assert_eq!(
        told_of(&[runs.clone()])[0],
        "2 of 4 runs gave one answer for every test example: \"yes\" (scratch with 100 labels, seed 1; frozen with 100 \
          labels, seed 1). Their accuracy only says how common that class is. Train longer, take a higher learning rate, \
          or give more labels of the other classes."
    );
    runs[1].only_answer = Some("no".into());
    let told = &told_of(&[runs])[0];
    assert!(told.starts_with("3 of 4 runs gave one answer for every test example (scratch with"), "{told:?}");
    let mut one = small(Method::Strategy(Strategy::Frozen), &[0.5]);
    assert!(told_of(&[one.clone()]).iter().all(|sentence| !sentence.contains("one answer")));
    one[0].only_answer = Some("no".into());
    assert!(told_of(&[one])[0].starts_with("1 of 1 run gave one answer"));
}

#[test]
fn the_second_test_set_is_spoken_of() {
    let mut runs = [
        small(Method::Strategy(Strategy::Scratch), &[0.60, 0.62]),
        small(Method::Strategy(Strategy::Frozen), &[0.85, 0.86]),
    ]
    .concat();
    // The expected sentence is the last one.
    let last = |runs: &[RunSummary], commonest| {
        let further_sets = vec![FurtherSet { set: "hand-written".into(), commonest, examples: 400 }];
        let comparison = Comparison { further_sets, ..compare_all(runs, 0.0) };
        [verdict::sentences(&comparison).pop().unwrap()]
    };
    assert_eq!(
        last(&runs, 0.5),
        [
            "On hand-written, with 100 labels: frozen 75.5 %, scratch 51.0 %; always answering its commonest class gets 50.0 %."
        ]
    );
    let told = last(&runs, 0.74);
    assert!(told[0].ends_with("gets 74.0 %, and no method was shown to do better."), "{told:?}");
    runs.iter_mut().for_each(|run| run.metrics.truncate(1));
    assert!(!last(&runs, 0.5)[0].contains("hand-written"));
}

#[test]
fn transfer_wins() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.52, 0.50, 0.54, 0.51, 0.53]),
        small(Method::Strategy(Strategy::Frozen), &[0.63, 0.62, 0.64, 0.60, 0.65]),
        small(Method::Strategy(Strategy::FineTuned), &[0.64, 0.63, 0.66, 0.62, 0.66]),
        small(Method::Baseline(Baseline::TfIdf), &[0.57, 0.56, 0.58, 0.57, 0.55]),
        runs(Method::Strategy(Strategy::Scratch), Budget::All, 6920, &[0.70, 0.71, 0.70, 0.71, 0.70]),
    ]);
    assert_eq!(
        told[0],
        "With 100 labels, pre-training bought 12.2 points: fine-tuned 64.2 %, scratch 52.0 % (fine-tuned - \
         scratch: +12.2 points, 95 % interval +11.2 to +13.2 over seeds only, ahead in 5 of 5 seeds)."
    );
    assert!(
        told[1].starts_with("With 100 labels, fine-tuned beats counting words: 64.2 % against 56.6 %"),
        "{told:#?}"
    );
    assert_eq!(
        told[2],
        "Scratch needs about 1,700 labels to get where fine-tuned got with 100: 16.6 times as many."
    );
    assert_eq!(told[3], "Frozen learned 400 parameters where scratch learned 52,000: 130 times fewer.");
    assert!(!told.iter().any(|sentence| sentence.contains("Use TF-IDF")), "{told:#?}");
}

#[test]
fn transfer_loses_to_scratch() {
    let all = |method, accuracies: &[f64]| runs(method, Budget::All, 6920, accuracies);
    let told = told_of(&[
        all(Method::Strategy(Strategy::Scratch), &[0.81, 0.82, 0.815]),
        all(Method::Strategy(Strategy::Frozen), &[0.72, 0.724, 0.722]),
        all(Method::Baseline(Baseline::TfIdf), &[0.70, 0.70, 0.70]),
    ]);
    assert!(
        told[0].starts_with(
            "With all 6,920 labels, pre-training cost 9.3 points: frozen 72.2 %, scratch 81.5 %"
        ),
        "{told:#?}"
    );
    assert!(told[0].ends_with("Train from scratch there."), "{told:#?}");
    let told = told_of(&[
        all(Method::Strategy(Strategy::Scratch), &[0.79, 0.792, 0.791]),
        all(Method::Strategy(Strategy::Frozen), &[0.72, 0.724, 0.722]),
        all(Method::Strategy(Strategy::FineTuned), &[0.81, 0.811, 0.812]),
    ]);
    assert!(told[0].contains("pre-training bought 2.0 points: fine-tuned"), "{told:#?}");
    assert!(told[1].starts_with("With all 6,920 labels, frozen loses 6.9 points to scratch"), "{told:#?}");
    assert!(told[1].ends_with("With so many labels, let the vectors learn."), "{told:#?}");
    assert!(told.iter().any(|told| told.contains("Pre-training took 36 s once")), "{told:#?}");
    assert!(told.last().unwrap().starts_with("With all labels, every seed has the same labels"), "{told:#?}");
}

#[test]
fn the_baseline_wins_and_that_is_said_first() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.59, 0.581, 0.599]),
        small(Method::Strategy(Strategy::Frozen), &[0.64, 0.63, 0.65]),
        small(Method::Baseline(Baseline::TfIdf), &[0.735, 0.73, 0.74]),
    ]);
    assert!(
        told[0].starts_with(
            "With 100 labels, counting words beats the best transfer: TF-IDF with logistic regression gets \
             73.5 %, frozen 64.0 %, 9.5 points less"
        ),
        "{told:#?}"
    );
    assert!(
        told[0].ends_with("Use TF-IDF there, or pre-train on the task's own unlabelled text."),
        "{told:#?}"
    );
    assert!(told[1].contains("pre-training bought 5.0 points"), "{told:#?}");
}

#[test]
fn the_better_baseline_is_named_and_document_vectors_are_transfer() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.59, 0.58, 0.60]),
        small(Method::Strategy(Strategy::Frozen), &[0.64, 0.63, 0.65]),
        small(Method::DocumentVector(DocumentVector::Sif), &[0.68, 0.67, 0.69]),
        small(Method::Baseline(Baseline::TfIdf), &[0.735, 0.73, 0.74]),
        small(Method::Baseline(Baseline::Nbsvm), &[0.755, 0.75, 0.76]),
    ]);
    assert!(
        told[0].starts_with(
            "With 100 labels, counting words beats the best transfer: NBSVM with words and pairs of words gets \
             75.5 %, SIF 68.0 %, 7.5 points less (SIF - NBSVM: -7.5 points"
        ),
        "{told:#?}"
    );
    assert!(told[0].contains("Use NBSVM there"), "{told:#?}");
    assert!(told[1].contains("pre-training bought 9.0 points: SIF 68.0 %, scratch 59.0 %"), "{told:#?}");
    let told = told_of(&[
        small(Method::DocumentVector(DocumentVector::Sif), &[0.78, 0.77, 0.79]),
        small(Method::Baseline(Baseline::TfIdf), &[0.735, 0.73, 0.74]),
        small(Method::Baseline(Baseline::Nbsvm), &[0.70, 0.69, 0.71]),
    ]);
    assert!(
        told[0].starts_with("With 100 labels, SIF beats counting words: 78.0 % against 73.5 % for TF-IDF"),
        "{told:#?}"
    );
    // A single baseline is compared too.
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.6, 0.6]),
        small(Method::Baseline(Baseline::Nbsvm), &[0.7, 0.71]),
    ]);
    assert!(told[0].contains("nothing was transferred: scratch 60.0 %, NBSVM 70.5 %"), "{told:#?}");
}

#[test]
fn one_seed_without_answers_decides_nothing() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.50]),
        small(Method::Strategy(Strategy::Frozen), &[0.60]),
        small(Method::Baseline(Baseline::TfIdf), &[0.62]),
    ]);
    assert!(told[0].contains("(frozen - TF-IDF: -2.0 points in the one seed that was run)"), "{told:#?}");
    assert!(
        told[1].starts_with("With 100 labels, it is not known yet whether pre-training helps"),
        "{told:#?}"
    );
    assert!(
        told[1].ends_with("Run 3 seeds or more: one training does not show how much trainings differ."),
        "{told:#?}"
    );
    assert!(!told.iter().any(|sentence| sentence.contains("interval")), "{told:#?}");
}

/// Runs that answered these examples correctly, one list of wrong examples a seed.
fn answering(method: Method, examples: usize, wrong: &[&[usize]]) -> Vec<RunSummary> {
    let accuracies: Vec<f64> = wrong.iter().map(|wrong| 1.0 - wrong.len() as f64 / examples as f64).collect();
    let mut runs = small(method, &accuracies);
    for (run, wrong) in runs.iter_mut().zip(wrong) {
        // All examples are of class 1.
        let answers = (0..examples).map(|i| (1, u16::from(!wrong.contains(&i))));
        run.answers = vec![(TEST.to_string(), answers.collect())];
    }
    runs
}

/// Two seeds with the same result on twelve examples: the seeds alone give an interval without width.
#[test]
fn three_of_twelve_examples_against_one_decide_nothing() {
    let scratch = answering(Method::Strategy(Strategy::Scratch), 12, &[&[0, 1, 2], &[0, 1, 2]]);
    let frozen = answering(Method::Strategy(Strategy::Frozen), 12, &[&[3], &[3]]);
    let comparison = compare_all(&[scratch, frozen].concat(), 0.0);
    let Difference { mean, interval, wins, covers, .. } = &comparison.differences[0];
    assert_eq!((*wins, *covers), (2, Covers::SeedsAndExamples));
    let (low, high) = interval.unwrap();
    assert!((mean - 2.0 / 12.0).abs() < 1e-12 && low < 0.0 && high > 0.4, "{low} {high}");
    assert_eq!(comparison.headlines[0].finding, Finding::NotKnown);
    let told = verdict::sentences(&comparison);
    assert!(told[0].contains("it is not known yet whether pre-training helps"), "{told:#?}");
    assert!(told[0].ends_with("more test examples would."), "{told:#?}");
}

/// Methods that give the same answers are the same, as soon as the test set is large enough to say so.
#[test]
fn ties_are_ties() {
    let alike = |examples: usize| {
        let wrong: Vec<usize> = (0..examples / 4).collect();
        let runs = |strategy| answering(Method::Strategy(strategy), examples, &[&wrong, &wrong, &wrong]);
        compare_all(&[runs(Strategy::Scratch), runs(Strategy::Frozen)].concat(), 0.0)
    };
    let few = alike(40);
    assert_eq!((few.headlines[0].finding, few.differences[0].ties), (Finding::NotKnown, 3));
    let told = verdict::sentences(&few);
    assert!(told[0].contains("equal in all 3 seeds"), "{told:#?}");
    let many = alike(400);
    assert_eq!(many.headlines[0].finding, Finding::Same);
    let told = verdict::sentences(&many);
    assert!(
        told[0].starts_with("With 100 labels, frozen and scratch are the same within 1.0 points"),
        "{told:#?}"
    );
    assert!(!told.iter().any(|sentence| sentence.contains("times as many")), "{told:#?}");
    assert_eq!(many.headlines[0].difference.probability_of_better, Some(0.5));
}

#[test]
fn one_seed_with_answers_has_an_interval_for_this_one_training() {
    let wrong: Vec<usize> = (0..90).collect();
    let scratch = answering(Method::Strategy(Strategy::Scratch), 300, &[&wrong]);
    let frozen = answering(Method::Strategy(Strategy::Frozen), 300, &[&wrong[..30]]);
    let comparison = compare_all(&[scratch, frozen].concat(), 0.0);
    assert_eq!(comparison.headlines[0].finding, Finding::Better);
    let told = verdict::sentences(&comparison);
    assert!(told[0].contains("for this one training)"), "{told:#?}");
    assert_eq!(comparison.rows[0].covers, Covers::Examples);
}

/// On a 90 : 10 test set, two methods with the same accuracy: one always answers the large class, the other finds half of
/// the small one.
fn imbalanced() -> Vec<RunSummary> {
    let truth = |i: usize| u16::from(i.is_multiple_of(10));
    let run = |strategy, predicted: &dyn Fn(usize) -> u16| {
        let mut runs = small(Method::Strategy(strategy), &[0.9]);
        let answers: Vec<(u16, u16)> = (0..400).map(|i| (truth(i), predicted(i))).collect();
        let mut confusion = vec![vec![0; 2]; 2];
        answers.iter().for_each(|&(truth, guess)| confusion[usize::from(truth)][usize::from(guess)] += 1);
        runs[0].metrics[0].1 = Metric::ALL.map(|metric| metric.of(&confusion));
        runs[0].answers = vec![(TEST.to_string(), answers)];
        runs
    };
    let half = |i: usize| u16::from(i.is_multiple_of(20) || i % 20 == 7);
    [run(Strategy::Scratch, &|_| 0), run(Strategy::Frozen, &half)].concat()
}

#[test]
fn the_metric_of_the_recipe_decides() {
    let runs = imbalanced();
    let by = |metric| compare_runs(&runs, 0.0, metric, MARGIN, None);
    let accuracy = by(Metric::Accuracy);
    assert!(accuracy.headlines[0].difference.mean.abs() < 1e-12, "{:?}", accuracy.headlines);
    for metric in Metric::FURTHER {
        let comparison = by(metric);
        assert_eq!(comparison.headlines[0].finding, Finding::Better, "{metric:?} {:?}", comparison.headlines);
        assert!((comparison.rows[1].mean - comparison.rows[1].metrics[metric.id()]).abs() < 1e-12);
        let (low, high) = comparison.rows[1].interval.unwrap();
        assert!(low < comparison.rows[1].mean && comparison.rows[1].mean < high);
    }
    assert!((by(Metric::Mcc).rows[0].mean, by(Metric::BalancedAccuracy).rows[0].mean) == (0.0, 0.5));
}

#[test]
fn on_an_imbalanced_test_set_macro_f1_is_spoken_of() {
    let runs = imbalanced();
    let largest = LargestClass { class: "no".into(), fraction: 0.9, beaten: false };
    let comparison = compare_runs(&runs, 0.0, Metric::Accuracy, MARGIN, Some(largest));
    let by_macro_f1 = headlines::by_macro_f1(&runs, &comparison.headlines, MARGIN);
    let told = verdict::sentences(&Comparison { by_macro_f1, ..comparison });
    assert_eq!(
        told[0],
        "No method was shown to be better than always answering \"no\", the most frequent class of the test set (90.0 %)."
    );
    let told = told.iter().find(|told| told.contains("macro-F1")).unwrap();
    assert!(told.starts_with("90.0 % of the test examples are \"no\", so accuracy says little"), "{told}");
    assert!(told.contains("frozen gets 72.2 % and scratch 47.4 %"), "{told}");
}

/// Wilson's and the influence function's intervals on samples of 300 examples of a 80 : 20 task, against the metric of a
/// large sample.
#[test]
fn intervals_of_all_metrics_hold_the_truth() {
    let sample = |count: usize, number: u64| {
        let mut stream = crate::rng::stream(number, "sampled answers", 0);
        let one = |_| {
            let truth = u16::from(crate::rng::unit64(&mut stream) < 0.2);
            let right = crate::rng::unit64(&mut stream) < if truth == 0 { 0.85 } else { 0.6 };
            (truth, if right { truth } else { 1 - truth })
        };
        let answers: Vec<(u16, u16)> = (0..count).map(one).collect();
        let mut confusion = vec![vec![0; 2]; 2];
        answers.iter().for_each(|&(truth, guess)| confusion[usize::from(truth)][usize::from(guess)] += 1);
        let mut runs = small(Method::Strategy(Strategy::Frozen), &[0.8]);
        runs[0].metrics[0].1 = Metric::ALL.map(|metric| metric.of(&confusion));
        runs[0].answers = vec![(TEST.to_string(), answers)];
        runs
    };
    let truth = &sample(200_000, 9_999)[0].metrics[0].1.clone();
    for (place, metric) in Metric::ALL.into_iter().enumerate() {
        let holds = |number: u64| {
            let comparison = compare_runs(&sample(300, number), 0.0, metric, MARGIN, None);
            let (low, high) = comparison.rows[0].interval.unwrap();
            low <= truth[place] && truth[place] <= high
        };
        let held = (0..400).filter(|&number| holds(number)).count();
        // 95 % of 400, plus or minus three standard errors.
        assert!((367..=393).contains(&held), "{metric:?} {held}");
    }
}

/// Differences on 100 examples of a 95 : 5 task: few answers decide a metric in which each class counts alike. Without the
/// weight of these answers the intervals hold the truth in 67 % (balanced accuracy) and 85 % (macro-F1).
#[test]
fn intervals_of_differences_hold_the_truth_where_a_class_is_small() {
    let sample = |count: usize, number: u64| {
        let mut stream = crate::rng::stream(number, "sampled pairs", 0);
        let mut unit = || crate::rng::unit64(&mut stream);
        let mut answers = [Vec::new(), Vec::new()];
        for _ in 0..count {
            let truth = u16::from(unit() < 0.05);
            let first = unit();
            let second = if unit() < 0.6 { first } else { unit() };
            let recalls = [[0.95, 0.6], [0.93, 0.45]].map(|recalls| recalls[usize::from(truth)]);
            for ((answers, drawn), recall) in answers.iter_mut().zip([first, second]).zip(recalls) {
                answers.push((truth, if drawn < recall { truth } else { 1 - truth }));
            }
        }
        let methods = [Strategy::Frozen, Strategy::Scratch].into_iter().zip(answers);
        methods
            .flat_map(|(strategy, answers)| {
                let mut confusion = vec![vec![0; 2]; 2];
                answers
                    .iter()
                    .for_each(|&(truth, guess)| confusion[usize::from(truth)][usize::from(guess)] += 1);
                let mut runs = small(Method::Strategy(strategy), &[0.8]);
                runs[0].metrics[0].1 = Metric::ALL.map(|metric| metric.of(&confusion));
                runs[0].answers = vec![(TEST.to_string(), answers)];
                runs
            })
            .collect::<Vec<RunSummary>>()
    };
    let large = sample(400_000, 9_999);
    for metric in [Metric::BalancedAccuracy, Metric::MacroF1] {
        let of = |run: &RunSummary| run.value(metric, TEST).unwrap();
        let truth = of(&large[0]) - of(&large[1]);
        let holds = |number: u64| {
            let comparison = compare_runs(&sample(100, number), 0.0, metric, MARGIN, None);
            let (low, high) = comparison.differences[0].interval.unwrap();
            low <= truth && truth <= high
        };
        let held = (0..400).filter(|&number| holds(number)).count();
        assert!(held >= 372, "{metric:?}: in {held} of 400");
    }
}

/// Frozen finds half of the small class, scratch none of it, and it loses a tenth of the large one.
#[test]
fn the_class_that_pre_training_helped_is_named() {
    let runs: Vec<RunSummary> = (0..3)
        .flat_map(|seed| {
            let mut runs = imbalanced();
            runs.iter_mut().for_each(|run| run.seed = seed);
            runs
        })
        .collect();
    let comparison = compare_runs(&runs, 0.0, Metric::Accuracy, MARGIN, None);
    let found =
        by_class::by_class(&runs, &comparison.headlines, MARGIN, |class| format!("c{class}")).unwrap();
    let told: Vec<(&str, usize, Finding)> =
        found.classes.iter().map(|class| (&class.class[..], class.examples, class.finding)).collect();
    assert_eq!(told, [("c0", 360, Finding::Worse), ("c1", 40, Finding::Better)]);
    assert_eq!((found.classes[1].left, found.classes[1].right), (0.5, 0.0));
    let told = verdict::sentences(&Comparison { by_class: Some(found), ..comparison });
    assert!(
        told.iter().any(|told| told.starts_with(
            "By class, with 100 labels, frozen finds more of \"c1\" (+50.0 points), and less of \"c0\" (-5.6 points) than scratch"
        )),
        "{told:#?}"
    );
}

/// Scratch has its best validation accuracy, 60 %, after 2 seconds; frozen passes it after 1 second.
#[test]
fn pre_training_has_paid_for_itself_after_some_runs() {
    let runs = [
        small(Method::Strategy(Strategy::Scratch), &[0.6, 0.6]),
        small(Method::Strategy(Strategy::Frozen), &[0.85, 0.85]),
    ]
    .concat();
    let found = compare_all(&runs, 36.5).paid_back.unwrap();
    assert_eq!((found.scratch_seconds, found.seconds, found.reached), (2.0, 1.0, 2));
    assert_eq!((found.runs(36.5), found.runs(0.0)), (Some(37), Some(0)));
    let told = verdict::sentences(&compare_all(&runs, 36.5));
    assert!(
        told.iter().any(|told| told.contains("pre-training has paid for itself after 37 runs")),
        "{told:#?}"
    );
    assert_eq!(compare_all(&runs, 0.0).paid_back, None);
}

/// Scratch has its best validation accuracy after 20 steps of 10 operations, frozen passes it after 10 steps of 4.
#[test]
fn pre_training_is_paid_for_in_arithmetic_too() {
    let mut runs = [
        small(Method::Strategy(Strategy::Scratch), &[0.6, 0.6]),
        small(Method::Strategy(Strategy::Frozen), &[0.85, 0.85]),
    ]
    .concat();
    let comparison = compare_all(&runs, 36.5);
    let costs = arithmetic::costs(&runs, &comparison.rows, Some(3_300), |_| Some(3_300)).unwrap();
    let [scratch, frozen] = &costs.methods[..] else { panic!("{costs:?}") };
    assert_eq!((scratch.training, scratch.to_score, frozen.training), (1_000.0, None, 400.0));
    let found = frozen.to_score.unwrap();
    assert_eq!((found.score, found.scratch, found.method), (0.6, 200.0, 40.0));
    // A run saves 160 operations, a task of two runs 320.
    assert_eq!((found.runs_to_pay, found.tasks_to_pay), (Some(21), Some(11)));
    assert_eq!((found.reached, found.seeds), (2, 2));
    let told = verdict::sentences(&Comparison { arithmetic: Some(costs), ..comparison.clone() });
    let expected = "in arithmetic, 40 FLOP against 200 FLOP, and the 3.30 kFLOP of pre-training are paid for after 21 runs";
    assert!(told.iter().any(|told| told.contains(expected)), "{told:#?}");
    // A session of before says nothing.
    runs.iter_mut().for_each(|run| run.flops = None);
    assert_eq!(arithmetic::costs(&runs, &comparison.rows, Some(3_300), |_| Some(3_300)), None);
}

/// The savings' interval: scratch reaches frozen's accuracy somewhere between its budgets.
#[test]
fn label_savings_have_an_interval() {
    let wrong: Vec<usize> = (0..1_000).collect();
    let at = |strategy, budget, labels, errors: &[usize]| {
        let wrong: Vec<&[usize]> = errors.iter().map(|&errors| &wrong[..errors]).collect();
        let mut runs = answering(Method::Strategy(strategy), 1_000, &wrong);
        runs.iter_mut().for_each(|run| (run.budget, run.labels) = (budget, labels));
        runs
    };
    let comparison = compare_all(
        &[
            at(Strategy::Scratch, SMALL, 100, &[400, 410, 420]),
            at(Strategy::Frozen, SMALL, 100, &[300, 305, 295]),
            at(Strategy::Scratch, Budget::Labels(1_600), 1_600, &[200, 190, 210]),
        ]
        .concat(),
        0.0,
    );
    let saving = &comparison.savings[0];
    let needed = saving.scratch_labels.unwrap();
    let interval = saving.interval.unwrap();
    assert!(interval.low < needed && needed < interval.high.unwrap(), "{saving:?}");
    assert!(interval.low > 200.0 && interval.high.unwrap() < 1_000.0, "{saving:?}");
    let told = verdict::sentences(&comparison);
    assert!(told.iter().any(|told| told.contains("times as many (95 % interval ")), "{told:#?}");
}

#[test]
fn what_is_undecided_is_called_so() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.60, 0.66, 0.58]),
        small(Method::Strategy(Strategy::Frozen), &[0.64, 0.62, 0.63]),
        small(Method::Baseline(Baseline::TfIdf), &[0.63, 0.64, 0.63]),
    ]);
    assert!(
        told[0].starts_with("With 100 labels, the best transfer has not shown that it beats counting words"),
        "{told:#?}"
    );
    assert!(
        told[1].starts_with("With 100 labels, it is not known yet whether pre-training helps: frozen 63.0 %"),
        "{told:#?}"
    );
    assert!(told[1].contains("more seeds would show a difference of"), "{told:#?}");
    assert!(!told.iter().any(|sentence| sentence.contains("times as many")), "{told:#?}");
}

#[test]
fn few_methods_still_make_a_verdict() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.6, 0.6]),
        small(Method::Baseline(Baseline::TfIdf), &[0.7, 0.71]),
    ]);
    assert!(told[0].contains("nothing was transferred: scratch 60.0 %, TF-IDF 70.5 %"), "{told:#?}");
    assert_eq!(told_of(&[]), Vec::<String>::new());
    let told = told_of(&[
        small(Method::Strategy(Strategy::FineTuned), &[0.6, 0.6]),
        small(Method::Baseline(Baseline::TfIdf), &[0.5, 0.51]),
    ]);
    assert!(told[0].contains("fine-tuned beats counting words"), "{told:#?}");
    let mut cut = small(Method::Strategy(Strategy::Frozen), &[0.6]);
    cut[0].whole = false;
    let told = told_of(&[cut]);
    assert!(told.last().unwrap().starts_with("1 run was stopped or diverged; it counts with"), "{told:#?}");
}

#[test]
fn a_rate_changed_by_hand_is_the_first_thing_that_is_said() {
    use crate::session::record::{Entry, Note, Record, Stage};
    let note = Record::Note(Note::LearningRate { run: None, factor: 0.5 });
    let entries = [Record::Stage(Stage::Training), note].map(|record| Entry { at: 0.0, record });
    let told = verdict::sentences(&compare(&History::of(entries)));
    assert!(told[0].contains("not of one learning rate"), "{told:?}");
}

#[test]
fn documents_without_a_known_word_are_told_where_they_are_many() {
    let bare = |set: &str, documents, of| Bare { set: set.into(), documents, of };
    let told = |bare| verdict::sentences(&Comparison { bare, ..Comparison::default() });
    assert!(told(Vec::new()).is_empty());
    assert!(told(vec![bare("training", 5, 100)]).is_empty());
    let told = &told(vec![bare("training", 1, 100), bare("test", 9, 120)])[0];
    assert!(told.contains("9 of 120 (7.5 %) of the set test") && !told.contains("training"), "{told}");
}

#[test]
fn collapsed_vectors_are_named_first() {
    use crate::session::coverage::Coverage;
    use crate::session::record::{Entry, Record};
    let told = |mean_cosine| {
        let coverage = Coverage {
            by_token: 1.0,
            by_type: 1.0,
            made: None,
            joined: None,
            missing: Vec::new(),
            causes: Vec::new(),
            bare: Vec::new(),
            mean_cosine,
        };
        let history = History::of([Entry { at: 0.0, record: Record::Coverage(coverage) }]);
        verdict::sentences(&compare(&history))
    };
    assert!(told(Some(0.9993))[0].contains("collapsed: random pairs of words have a mean cosine of 0.999"));
    assert_eq!(told(Some(0.67)), told(None));
}

#[test]
fn the_comparison_of_the_recorded_demo_is_that_of_its_records() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/recorded-demo");
    let history = History::of(crate::session::log::read(&folder).unwrap().entries);
    let kept = history.comparison.as_deref().unwrap();
    assert_eq!(compare(&history), *kept);
    assert!(verdict::sentences(kept)[0].starts_with("With 100 labels, pre-training bought 25.3 points"));
    assert_eq!(kept.rows[1].source.as_ref(), history.recipe.as_ref().unwrap().source_names().first());
}
