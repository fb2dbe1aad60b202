//! Intervals of runs whose answers to each test example are known.

use super::*;

#[test]
fn one_seed_without_answers_decides_nothing() {
    let told = told_of(&[
        small(Method::Strategy(Strategy::Scratch), &[0.50]),
        small(Method::Strategy(Strategy::Frozen), &[0.60]),
        small(Method::Baseline(Baseline::TfIdf), &[0.62]),
    ]);
    assert!(told[0].contains("(frozen − TF-IDF: −2.0 points in the one seed that was run)"), "{told:#?}");
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
    let by_macro_f1 = headlines::by_macro_f1(&runs, &comparison.headlines);
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
            "By class, with 100 labels, frozen finds more of \"c1\" (+50.0 points), and less of \"c0\" (−5.6 points) than scratch"
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
