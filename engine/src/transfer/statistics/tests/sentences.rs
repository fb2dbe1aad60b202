//! The sentences of the verdict on invented runs.

use super::*;

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
        "With 100 labels, pre-training bought 12.2 points: fine-tuned 64.2 %, scratch 52.0 % (fine-tuned − \
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
             75.5 %, SIF 68.0 %, 7.5 points less (SIF − NBSVM: −7.5 points"
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
    let note = Record::Note(Note::LearningRate { run: None, factor: 0.5, at: Vec::new() });
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
