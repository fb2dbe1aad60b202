//! Figures and sentences on made-up runs.

use super::*;

/// Runs of one arm and budget with these accuracies, seeds 0, 1 …
fn runs(arm: Arm, budget: Budget, labels: usize, accuracies: &[f64]) -> Vec<RunSummary> {
    let run = |(seed, &accuracy): (usize, &f64)| RunSummary {
        arm,
        budget,
        labels,
        seed: seed as u32,
        accuracy,
        others: vec![("hand-written".into(), accuracy - 0.1)],
        loss: 0.5,
        trainable: if arm == Arm::Frozen { 400 } else { 52_000 },
        total: 52_400,
        seconds: if arm == Arm::Scratch { 4.0 } else { 1.0 },
        steps: 100,
        curve: vec![(10, accuracy - 0.2), (20, accuracy), (30, accuracy - 0.1)],
        whole: true,
    };
    accuracies.iter().enumerate().map(run).collect()
}

const SMALL: Budget = Budget::Labels(100);

fn small(arm: Arm, accuracies: &[f64]) -> Vec<RunSummary> {
    runs(arm, SMALL, 100, accuracies)
}

fn verdict(runs: &[Vec<RunSummary>]) -> Vec<String> {
    compare_runs(&runs.concat(), 36.0).verdict
}

#[test]
fn figures_are_those_of_the_textbook() {
    let values = [1.0, 2.0, 4.0, 5.0];
    assert_eq!((mean(&values), deviation(&values[..1])), (3.0, 0.0));
    assert!((deviation(&values) - 1.825_741_858).abs() < 1e-9);
    // t(3, .975) = 3.182446
    let (low, high) = interval(&values).unwrap();
    assert!(
        (high - 3.0 - 3.182_446_305 * 1.825_741_858 / 2.0).abs() < 1e-6 && (low + high - 6.0).abs() < 1e-12
    );
    assert_eq!(interval(&values[..1]), None);
    assert_eq!(interval(&[0.5, 0.5, 0.5]), Some((0.5, 0.5)));
}

#[test]
fn rows_and_differences_are_paired_by_seed() {
    let mut all = small(Arm::Frozen, &[0.70, 0.66, 0.71]);
    // The order in which runs ended must not matter, and a seed without a partner is left out.
    all.reverse();
    all.extend(small(Arm::Scratch, &[0.60, 0.62]));
    let comparison = compare_runs(&all, 0.0);
    let arms: Vec<Arm> = comparison.rows.iter().map(|row| row.arm).collect();
    assert_eq!(arms, [Arm::Scratch, Arm::Frozen]);
    let frozen = &comparison.rows[1];
    assert_eq!(frozen.accuracies, [0.70, 0.66, 0.71]);
    assert!((frozen.others[0].1 - 0.59).abs() < 1e-12);
    let [difference] = &comparison.differences[..] else { panic!("one difference") };
    assert!((difference.mean - 0.07).abs() < 1e-12);
    assert_eq!((difference.wins, difference.seeds), (2, 2));
    // Scratch's best is reached at its own step 20; frozen gets there at 20 too, where it has a partner.
    assert_eq!((frozen.steps_to_scratch, frozen.reached_scratch), (Some(20.0), 2));
    let behind = compare_runs(&[small(Arm::Frozen, &[0.5]), small(Arm::Scratch, &[0.6])].concat(), 0.0);
    assert_eq!((behind.rows[1].steps_to_scratch, behind.rows[1].reached_scratch), (None, 0));
}

#[test]
fn label_savings_are_read_between_budgets_and_not_beyond() {
    let curve = [(100.0, 0.6), (400.0, 0.7), (1600.0, 0.65), (6400.0, 0.8)];
    assert!((crossing(&curve, 0.65).unwrap() - 200.0).abs() < 1e-9);
    assert_eq!(crossing(&curve, 0.5), Some(100.0));
    assert!((crossing(&curve, 0.725).unwrap() - 3200.0).abs() < 1e-9);
    assert_eq!(crossing(&curve, 0.81), None);
}

#[test]
fn transfer_wins() {
    let told = verdict(&[
        small(Arm::Scratch, &[0.52, 0.50, 0.54, 0.51, 0.53]),
        small(Arm::Frozen, &[0.63, 0.62, 0.64, 0.60, 0.65]),
        small(Arm::FineTuned, &[0.64, 0.63, 0.66, 0.62, 0.66]),
        small(Arm::TfIdf, &[0.57, 0.56, 0.58, 0.57, 0.55]),
        runs(Arm::Scratch, Budget::All, 6920, &[0.70, 0.71, 0.70, 0.71, 0.70]),
    ]);
    assert_eq!(
        told[0],
        "With 100 labels, pre-training bought 12.2 points: fine-tuned 64.2 %, scratch 52.0 % (fine-tuned - \
         scratch: +12.2 points, 95 % interval +11.2 to +13.2, ahead in 5 of 5 seeds)."
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
    let all = |arm, accuracies: &[f64]| runs(arm, Budget::All, 6920, accuracies);
    let told = verdict(&[
        all(Arm::Scratch, &[0.81, 0.82, 0.815]),
        all(Arm::Frozen, &[0.72, 0.724, 0.722]),
        all(Arm::TfIdf, &[0.70, 0.70, 0.70]),
    ]);
    assert!(
        told[0].starts_with(
            "With all 6,920 labels, pre-training cost 9.3 points: frozen 72.2 %, scratch 81.5 %"
        ),
        "{told:#?}"
    );
    assert!(told[0].ends_with("Train from scratch there."), "{told:#?}");
    let told = verdict(&[
        all(Arm::Scratch, &[0.79, 0.792, 0.791]),
        all(Arm::Frozen, &[0.72, 0.724, 0.722]),
        all(Arm::FineTuned, &[0.81, 0.811, 0.812]),
    ]);
    assert!(told[0].contains("pre-training bought 2.0 points: fine-tuned"), "{told:#?}");
    assert!(told[1].starts_with("With all 6,920 labels, frozen loses 6.9 points to scratch"), "{told:#?}");
    assert!(told[1].ends_with("With so many labels, let the vectors learn."), "{told:#?}");
    assert!(told.last().unwrap().contains("Pre-training took 36 s once"), "{told:#?}");
}

#[test]
fn the_rival_wins_and_that_is_said_first() {
    let told = verdict(&[
        small(Arm::Scratch, &[0.59, 0.58, 0.60]),
        small(Arm::Frozen, &[0.64, 0.63, 0.65]),
        small(Arm::TfIdf, &[0.735, 0.73, 0.74]),
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
fn the_better_rival_is_named_and_document_vectors_are_transfer() {
    let told = verdict(&[
        small(Arm::Scratch, &[0.59, 0.58, 0.60]),
        small(Arm::Frozen, &[0.64, 0.63, 0.65]),
        small(Arm::Sif, &[0.68, 0.67, 0.69]),
        small(Arm::TfIdf, &[0.735, 0.73, 0.74]),
        small(Arm::Nbsvm, &[0.755, 0.75, 0.76]),
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
    let told = verdict(&[
        small(Arm::Sif, &[0.78, 0.77, 0.79]),
        small(Arm::TfIdf, &[0.735, 0.73, 0.74]),
        small(Arm::Nbsvm, &[0.70, 0.69, 0.71]),
    ]);
    assert!(
        told[0].starts_with("With 100 labels, SIF beats counting words: 78.0 % against 73.5 % for TF-IDF"),
        "{told:#?}"
    );
    // A rival alone is compared too.
    let told = verdict(&[small(Arm::Scratch, &[0.6, 0.6]), small(Arm::Nbsvm, &[0.7, 0.71])]);
    assert!(told[0].contains("nothing was transferred: scratch 60.0 %, NBSVM 70.5 %"), "{told:#?}");
}

#[test]
fn one_seed_decides_nothing() {
    let told =
        verdict(&[small(Arm::Scratch, &[0.50]), small(Arm::Frozen, &[0.60]), small(Arm::TfIdf, &[0.62])]);
    assert!(
        told[0].contains("ahead of the best transfer by 2.0 points in the one seed that was run"),
        "{told:#?}"
    );
    assert!(told[1].contains("+10.0 points for transfer, which may be chance"), "{told:#?}");
    assert!(!told.iter().any(|sentence| sentence.contains("interval")), "{told:#?}");
}

#[test]
fn what_is_undecided_is_called_so() {
    let told = verdict(&[
        small(Arm::Scratch, &[0.60, 0.66, 0.58]),
        small(Arm::Frozen, &[0.64, 0.62, 0.63]),
        small(Arm::TfIdf, &[0.63, 0.64, 0.63]),
    ]);
    assert!(
        told[0].starts_with("With 100 labels, the best transfer has not shown that it beats counting words"),
        "{told:#?}"
    );
    assert!(told[0].contains("cannot be told from 0 with 3 seeds"), "{told:#?}");
    assert!(
        told[1].starts_with("With 100 labels, the gain of pre-training cannot be told from 0 with 3 seeds"),
        "{told:#?}"
    );
    assert!(!told.iter().any(|sentence| sentence.contains("times as many")), "{told:#?}");
}

#[test]
fn few_arms_still_make_a_verdict() {
    let told = verdict(&[small(Arm::Scratch, &[0.6, 0.6]), small(Arm::TfIdf, &[0.7, 0.71])]);
    assert!(told[0].contains("nothing was transferred: scratch 60.0 %, TF-IDF 70.5 %"), "{told:#?}");
    assert_eq!(verdict(&[]), Vec::<String>::new());
    let told = verdict(&[small(Arm::FineTuned, &[0.6, 0.6]), small(Arm::TfIdf, &[0.5, 0.51])]);
    assert!(told[0].contains("fine-tuned beats counting words"), "{told:#?}");
    let mut cut = small(Arm::Frozen, &[0.6]);
    cut[0].whole = false;
    let told = verdict(&[cut]);
    assert!(told.last().unwrap().starts_with("1 run was stopped or diverged; it counts with"), "{told:#?}");
}

#[test]
fn a_rate_changed_by_hand_is_the_first_thing_that_is_said() {
    use crate::session::record::{Entry, Note, Record, Stage};
    let note = Record::Note(Note::Rate { run: None, factor: 0.5 });
    let entries = [Record::Stage(Stage::Training), note].map(|record| Entry { at: 0.0, record });
    let told = compare(&History::of(entries)).verdict;
    assert!(told[0].contains("not of one method"), "{told:?}");
}
