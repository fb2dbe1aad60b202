//! Tests of the fold over records.

use super::*;
use crate::session::budget::Budget;
use crate::session::comparison::RunName;
use crate::session::method::Baseline;
use crate::session::method::Method;
use crate::session::method::Strategy;
use crate::session::record::{PretrainPoint, RunStart, StepPoint};
use crate::session::verdict;

fn start(run: usize) -> Record {
    Record::Run(RunStart {
        run,
        method: Method::Strategy(Strategy::Frozen),
        source: None,
        budget: Budget::Labels(100),
        labels: 100,
        validation: 20,
        seed: 0,
        trainable_parameters: 10,
        total_parameters: 20,
        batch: 16,
        planned_steps: 50,
        optimizer: "Adam 0.001".into(),
        metric: None,
        tuned: None,
        groups: Vec::new(),
    })
}

fn step(run: usize, step: u64) -> Record {
    Record::Step(StepPoint {
        run,
        step,
        epoch: 0.0,
        samples: 0,
        loss: 1.0,
        gradient: 1.0,
        learning_rate: 0.1,
        seconds: 0.0,
        layers: Box::default(),
    })
}

#[test]
fn a_resumed_session_forgets_what_is_done_again() {
    let records = [
        start(0),
        step(0, 1),
        step(0, 2),
        step(0, 3),
        Record::Resumed { tokens: None, runs: vec![(0, 1)], pretraining_anew: false, anew: Vec::new() },
        start(0),
        step(0, 2),
    ];
    let history =
        History::of(records.into_iter().enumerate().map(|(i, record)| Entry { at: i as f64, record }));
    assert_eq!(history.runs.len(), 1);
    assert_eq!(history.runs[0].steps.iter().map(|p| p.value.step).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(history.name_of(&history.runs[0]), "frozen · 100 labels · seed 1");
    let named = RunName { source: Some("glove".into()), ..history.runs[0].name() };
    assert_eq!(named.told(true), "frozen · glove · 100 labels · seed 1");
}

#[test]
fn the_drift_of_layers_is_kept_over_time_and_forgotten_with_the_work() {
    let drift =
        |step, kept| Record::LayerDrift(LayerDrift { run: 0, step, kept, texts: (1, 9), layers: Vec::new() });
    let of = |records: &[Record]| -> Vec<(u64, bool)> {
        let history = told(records.to_vec());
        history.runs[0].layer_drift.iter().map(|known| (known.value.step, known.value.kept)).collect()
    };
    let whole = [start(0), drift(2, false), drift(4, false), drift(2, true)];
    assert_eq!(of(&whole), [(2, false), (4, false), (2, true)]);
    let history = told(whole.to_vec());
    let seen = |until| history.runs[0].layers_moved(until).map(|drift| (drift.step, drift.kept));
    assert_eq!([0.0, 2.5, f64::INFINITY].map(seen), [None, Some((4, false)), Some((2, true))]);
    let resumed = |runs, anew| Record::Resumed { tokens: None, runs, pretraining_anew: false, anew };
    assert_eq!(of(&[&whole[..], &[resumed(vec![(0, 3)], Vec::new())]].concat()), [(2, false)]);
    assert!(of(&[&whole[..], &[resumed(Vec::new(), vec![0])]].concat()).is_empty());
}

#[test]
fn tests_of_a_run_that_goes_on_are_forgotten() {
    // Step 1 has the best parameters, so the test bears step 1 although it was recorded after step 2.
    let test = |accuracy| {
        let (set, confusion) = (TEST.to_string(), Vec::new());
        Record::Evaluation(Evaluation { run: 0, step: 1, set, loss: 0.3, accuracy, confusion, seconds: 0.0 })
    };
    let resumed =
        Record::Resumed { tokens: None, runs: vec![(0, 1)], pretraining_anew: false, anew: Vec::new() };
    let unbroken = [start(0), evaluation(1, 0.5, 0.7), evaluation(2, 0.6, 0.6), test(0.8)];
    let again = [resumed, evaluation(2, 0.6, 0.6), test(0.8)];
    let sets = |records: &[Record]| -> Vec<Evaluation> {
        told(records.to_vec()).runs[0].evaluations.iter().map(|timed| timed.value.clone()).collect()
    };
    assert_eq!(sets(&[&unbroken[..], &again].concat()), sets(&unbroken));
}

#[test]
fn what_begins_anew_is_forgotten_wholly() {
    let anew = Record::Resumed { tokens: None, runs: Vec::new(), pretraining_anew: true, anew: vec![0] };
    let point = PretrainPoint { tokens: 0, of: 9, loss: 1.0, learning_rate: 0.1, tokens_per_second: 1.0 };
    let before = vec![Record::Pretrain(point), start(0), step(0, 0), evaluation(0, 0.5, 0.7)];
    let history = told(before.iter().cloned().chain([evaluation(0, 0.5, 0.7)]).collect());
    assert_eq!((history.source().pretraining.len(), history.runs[0].evaluations.len()), (1, 1));
    let history = told(before.into_iter().chain([anew]).collect());
    assert!(history.source().pretraining.is_empty() && history.runs[0].steps.is_empty());
    assert!(history.runs[0].evaluations.is_empty());
}

#[test]
fn records_of_a_run_that_was_never_planned_are_passed_over() {
    let history = History::of([Entry { at: 0.0, record: step(7, 1) }]);
    assert!(history.runs.is_empty());
}

fn evaluation(step: u64, loss: f64, accuracy: f64) -> Record {
    let (set, confusion) = (VALIDATION.to_string(), Vec::new());
    Record::Evaluation(Evaluation { run: 0, step, set, loss, accuracy, confusion, seconds: 0.0 })
}

#[test]
fn the_commonest_class_is_known_of_further_test_sets_alone() {
    let on = |set: &str, confusion: Vec<Vec<u64>>| {
        let (set, loss, accuracy) = (set.to_string(), 0.1, 0.5);
        Record::Evaluation(Evaluation { run: 0, step: 1, set, loss, accuracy, confusion, seconds: 0.0 })
    };
    let records = vec![
        start(0),
        on(TEST, vec![vec![1, 0], vec![0, 1]]),
        on("more", vec![vec![20, 10], vec![5, 5]]),
        on("more", vec![vec![30, 0], vec![10, 0]]),
    ];
    let history = told(records);
    assert_eq!(
        history.further_sets(),
        [FurtherSet { set: "more".to_string(), commonest: 0.75, examples: 40 }]
    );
    let collapsed = |i: usize| history.runs[0].evaluations[i].value.collapsed(Strategy::Scratch.into());
    assert_eq!([0, 1, 2].map(collapsed), [None, None, Some(0)]);
    // The majority baseline is meant to predict one class.
    assert_eq!(history.runs[0].evaluations[2].value.collapsed(Baseline::Majority.into()), None);
}

fn told(records: Vec<Record>) -> History {
    History::of(records.into_iter().enumerate().map(|(i, record)| Entry { at: i as f64, record }))
}

#[test]
fn the_validation_that_counts_is_that_of_the_parameters_that_are_kept() {
    let history =
        told(vec![start(0), evaluation(1, 0.5, 0.7), evaluation(2, 0.4, 0.8), evaluation(3, 0.6, 0.9)]);
    let kept = |until| history.runs[0].kept_validation(until).map(|e| e.accuracy);
    assert_eq!((kept(f64::INFINITY), kept(1.0), kept(0.5)), (Some(0.8), Some(0.7), None));
}

#[test]
fn a_run_overfits_as_far_as_its_validation_loss_has_risen() {
    let records = vec![start(0), evaluation(1, 0.5, 0.7), evaluation(2, 0.4, 0.8), evaluation(3, 0.6, 0.9)];
    let history = told(records);
    let found = |until| history.runs[0].overfitting(until).map(|(lowest, last)| (lowest.loss, last.loss));
    assert_eq!((found(f64::INFINITY), found(2.0), found(0.5)), (Some((0.4, 0.6)), Some((0.4, 0.4)), None));
}

#[test]
fn rates_changed_by_hand_are_told_where_they_met_something() {
    let learning_rate = |run| Record::Note(Note::LearningRate { run, factor: 0.5, at: Vec::new() });
    let by_hand = |records| verdict::by_hand(&told(records).by_hand(f64::INFINITY), false);
    let training = || vec![Record::Stage(Stage::Training), start(0), start(1)];
    let with = |notes: Vec<Record>| by_hand([training(), notes].concat());
    assert!(with(Vec::new()).is_empty());
    assert!(
        with(vec![learning_rate(None)])[0].starts_with("The learning rate was changed by hand while runs")
    );
    assert!(
        with(vec![learning_rate(Some(1))])[0].contains("of frozen · 100 labels · seed 1 was changed by hand")
    );
    // A factor and its inverse without a step in between are no change. With a step in between they are.
    let back = |run| Record::Note(Note::LearningRate { run, factor: 2.0, at: Vec::new() });
    assert!(with(vec![step(0, 1), learning_rate(None), back(None), step(0, 2)]).is_empty());
    assert_eq!(with(vec![learning_rate(None), step(0, 1), back(None), step(0, 2)]).len(), 1);
    assert!(with(vec![learning_rate(Some(1)), step(0, 1), back(Some(1))]).is_empty());
    assert_eq!(with(vec![learning_rate(Some(1)), back(None)]).len(), 1);
    // No learning rate is in use while the data is read.
    assert!(by_hand(vec![Record::Stage(Stage::Reading), learning_rate(None)]).is_empty());
    let point = PretrainPoint { tokens: 1, of: 2, loss: 1.0, learning_rate: 0.1, tokens_per_second: 1.0 };
    let before =
        vec![Record::Stage(Stage::Pretraining), Record::Pretrain(point.clone()), learning_rate(None)];
    assert!(by_hand([before.clone(), vec![back(None), Record::Pretrain(point)]].concat()).is_empty());
    let told = by_hand(before);
    assert!(told.len() == 1 && told[0].contains("of the pre-training"), "{told:?}");
}
