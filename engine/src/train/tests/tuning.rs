//! Equal tuning: whole sessions whose runs try settings first.

use std::collections::BTreeMap;

use crate::session::comparison::Comparison;
use crate::session::history::{History, RunHistory};
use crate::session::record::{Outcome, RunStart, Trial};
use crate::session::trials;
use crate::session::tuning::{TrialSettings, Tuning};

use super::*;

const TRIALS: u32 = 4;

/// The small session with `trials` trials; 0 for none.
fn tuned(head: &str, methods: &str, trials: u32) -> Recipe {
    Recipe {
        tune: (trials > 0).then_some(Tuning::of(trials)),
        labels: vec![crate::session::budget::Budget::Labels(60)],
        ..recipe(head, methods)
    }
}

fn history(records: &[Record]) -> History {
    let entries = records.iter().enumerate();
    History::of(entries.map(|(at, record)| Entry { at: at as f64, record: record.clone() }))
}

fn trials_of(run: &RunHistory) -> Vec<Trial> {
    trials::whole(&run.tried(f64::INFINITY))
}

#[test]
fn every_method_tries_the_same_number_of_settings_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let methods = "[Scratch, Frozen, FineTuned, GradualUnfreezing, LinearProbeThenFineTune, Mean, TfIdf, Nbsvm, \
                   Majority]";
    for (head, units) in [("Average", None), ("Lstm(hidden: 8)", Some(8)), ("Cnn(filters: 6)", Some(6))] {
        let of = |threads: usize| {
            whole(tuned(head, methods, TRIALS), folder.path().join(format!("{head}{threads}")), threads)
        };
        let records = of(1);
        assert_eq!(records, of(4), "{head}");
        let history = history(&records);
        assert_eq!(history.runs.len(), 9 * 2);
        for run in &history.runs {
            let name = format!("{head}, {}", run.name().told(false));
            let tried = trials_of(run);
            if run.start.method == Baseline::Majority.into() {
                assert_eq!((tried.len(), run.start.tuned), (0, None), "{name}");
                continue;
            }
            assert_eq!(tried.len(), TRIALS as usize, "{name}");
            assert!(tried.iter().all(|trial| trial.score.is_some_and(|score| score > 0.3)), "{name}");
            // All settings differ: each is another draw.
            let settings: Vec<TrialSettings> = tried.iter().map(|trial| trial.settings).collect();
            assert!((1..settings.len()).all(|i| !settings[..i].contains(&settings[i])), "{settings:?}");
            let chosen = trials::chosen(&tried).unwrap();
            assert_eq!(run.start.tuned, Some(chosen.trial), "{name}");
            if run.start.descends() {
                assert_eq!(settings[0].hidden, units, "{name}");
                // The run is the chosen trial once more, and now it is tested.
                let kept = run.kept_validation(f64::INFINITY).unwrap();
                assert_eq!((Some(kept.accuracy), Some(kept.loss)), (chosen.score, chosen.loss), "{name}");
                let rate = format!(" {}", chosen.settings.learning_rate.unwrap());
                assert!(run.start.optimizer.ends_with(&rate), "{}", run.start.optimizer);
            } else if let Some(c) = chosen.settings.c {
                assert!(run.start.optimizer.contains(&format!("C {c}")), "{}", run.start.optimizer);
            }
        }
        // No run is tested before its tuning is over, and each is tested once.
        for run in &history.runs {
            let number = run.start.run;
            let places = |wanted: &dyn Fn(&Record) -> bool| -> Vec<usize> {
                (0..records.len()).filter(|&i| wanted(&records[i])).collect()
            };
            let tests =
                places(&|record| matches!(record, Record::Evaluation(e) if e.run == number && e.set == TEST));
            let tried = places(&|record| matches!(record, Record::Trial(trial) if trial.run == number));
            assert_eq!(tests.len(), 1);
            assert!(tried.iter().all(|&place| place < tests[0]));
        }
    }
}

#[test]
fn the_first_trial_is_the_run_without_tuning() {
    let folder = tempfile::tempdir().unwrap();
    let methods = "[Scratch, Frozen, FineTuned, TfIdf, Majority]";
    let plain = history(&whole(tuned("Lstm(hidden: 8)", methods, 0), folder.path().join("plain"), 2));
    let with = history(&whole(tuned("Lstm(hidden: 8)", methods, TRIALS), folder.path().join("tuned"), 2));
    let mut own = 0;
    for (before, after) in plain.runs.iter().zip(&with.runs) {
        assert!(before.trials.is_empty() && before.start.tuned.is_none());
        if before.start.descends() {
            let (kept, trial) = (before.kept_validation(f64::INFINITY).unwrap(), &after.trials[0].value);
            assert_eq!((Some(kept.accuracy), Some(kept.loss)), (trial.score, trial.loss));
            assert_eq!(before.end.as_ref().unwrap().value.steps, trial.steps);
        }
        // A run that keeps the recipe's own settings has the same bits as without tuning; so has one without any.
        if after.start.tuned.unwrap_or(0) == 0 {
            own += 1;
            let tests = |run: &RunHistory| run.last_evaluation(TEST).unwrap().confusion.clone();
            assert_eq!(tests(before), tests(after));
            assert_eq!(RunStart { tuned: None, ..after.start.clone() }, before.start);
        }
    }
    assert!(own >= 2, "majority, for each seed");
    // What is compared names the settings, and the methods that have none.
    let comparison = with.comparison.unwrap();
    let rows: BTreeMap<&str, (f64, usize, usize)> = (comparison.tuning.iter())
        .map(|row| (row.method.id(), (row.trials, row.chosen.len(), row.expected.len())))
        .collect();
    assert_eq!(rows["Scratch"], (4.0, 2, 4));
    assert_eq!(rows["TfIdf"], (4.0, 2, 4));
    assert_eq!(rows["Majority"], (0.0, 0, 0));
    for row in comparison.tuning.iter().filter(|row| row.trials > 0.0) {
        assert!(row.expected.is_sorted_by(|a, b| a.mean <= b.mean + 1e-12));
        let best = row.chosen.iter().map(|chosen| chosen.score.unwrap()).sum::<f64>() / 2.0;
        assert!((row.expected[3].mean - best).abs() < 1e-12);
        assert_eq!(row.own, Some(row.expected[0].mean));
    }
    assert!(plain.comparison.unwrap().tuning.is_empty());
}

/// What a session came to: the trials and the comparison.
fn result(folder: &Path) -> (Vec<Vec<Record>>, Comparison) {
    let entries = log::read(folder).unwrap().entries;
    let history = History::of(entries);
    let trials = (history.runs.iter())
        .map(|run| {
            let tried = run.tried(f64::INFINITY).into_iter();
            tried.map(|trial| Record::Trial(trial.clone()).without_times()).collect()
        })
        .collect();
    let comparison = Record::Comparison(history.comparison.unwrap()).without_times();
    let Record::Comparison(comparison) = comparison else { unreachable!() };
    (trials, *comparison)
}

#[test]
fn a_session_that_is_stopped_while_it_tunes_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let mut recipe = tuned("Lstm(hidden: 8)", "[Scratch, Frozen, FineTuned, Mean, TfIdf]", 3);
    recipe.tune = Some(Tuning { trials: 3, folds: Some(2) });
    let unbroken = folder.path().join("unbroken");
    whole(recipe.clone(), unbroken.clone(), 2);
    let session = folder.path().join("s");
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(recipe), folder: session.clone() }).unwrap();
    let mut stops = 0;
    loop {
        // After one more trial the session is stopped, within the next ones.
        let mut over = false;
        until(&worker, |event| {
            over |= finished(event);
            over || has(event, |record| matches!(record, Record::Trial(_)))
        });
        if over {
            break;
        }
        worker.commands.send(Command::Stop).unwrap();
        until(&worker, |event| {
            over |= finished(event);
            over || has(event, |record| matches!(record, Record::Stage(Stage::Stopped | Stage::Finished)))
        });
        stops += 1;
        worker.commands.send(Command::Resume { folder: session.clone() }).unwrap();
        // The entries that are sent again on resuming hold older trials.
        until(&worker, |event| {
            has(event, |record| matches!(record, Record::Resumed { .. } | Record::Stage(Stage::Finished)))
        });
        if finished_already(&session) {
            break;
        }
    }
    leave(worker);
    assert!(stops >= 3, "{stops}");
    assert_eq!(result(&session), result(&unbroken));
    // No checkpoint of a trial is left.
    let left = files(&session).into_keys().filter(|name| name.contains("trial")).collect::<Vec<_>>();
    assert!(left.is_empty(), "{left:?}");
}

/// Whether the log in `folder` says that the session is complete.
fn finished_already(folder: &Path) -> bool {
    History::of(log::read(folder).unwrap().entries).stage() == Some(Stage::Finished)
}

#[test]
fn a_stopped_trial_ends_the_tuning_and_its_run_has_the_best_settings_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s");
    let mut recipe = tuned("Lstm(hidden: 24)", "[Scratch]", 400);
    recipe.seeds = 1;
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(recipe), folder: session.clone() }).unwrap();
    until(&worker, |event| has(event, |record| matches!(record, Record::Trial(trial) if trial.trial > 0)));
    // Trials keep their learning rate.
    worker.commands.send(Command::LearningRate { run: Some(0), factor: 100.0 }).unwrap();
    worker.commands.send(Command::StopRun(0)).unwrap();
    until(&worker, finished);
    leave(worker);
    let history = History::of(log::read(&session).unwrap().entries);
    assert!(history.learning_rates_by_hand(f64::INFINITY).is_empty());
    let (run, tried) = (&history.runs[0], trials_of(&history.runs[0]));
    assert!(tried.len() < 400 && tried.last().unwrap().outcome == Outcome::Stopped);
    assert_eq!(run.start.tuned, Some(trials::chosen(&tried).unwrap().trial));
    let end = &run.end.as_ref().unwrap().value;
    assert!(matches!(end.outcome, Outcome::Completed | Outcome::EarlyStop), "{:?}", end.outcome);
}

#[test]
fn folds_judge_by_every_label_of_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let mut recipe = tuned("Average", "[Scratch, Frozen, TfIdf, Majority]", 3);
    recipe.tune = Some(Tuning { trials: 3, folds: Some(4) });
    let records = whole(recipe.clone(), folder.path().join("s"), 1);
    assert_eq!(records, whole(recipe, folder.path().join("again"), 4));
    let history = history(&records);
    for run in history.runs.iter().filter(|run| run.start.method != Baseline::Majority.into()) {
        let folds: Vec<(u32, Option<u32>)> =
            run.trials.iter().map(|trial| (trial.value.trial, trial.value.fold)).collect();
        let expected = (0..3).flat_map(|trial| (0..4).map(move |fold| (trial, Some(fold))));
        assert_eq!(folds, expected.collect::<Vec<_>>());
        // 60 labels in 4 folds: the score of a fold is a multiple of 1/15.
        for trial in &run.trials {
            let right = trial.value.score.unwrap() * 15.0;
            assert!((right - right.round()).abs() < 1e-9, "{right}");
        }
        let tried = trials_of(run);
        assert_eq!((tried.len(), run.start.tuned), (3, trials::chosen(&tried).map(|trial| trial.trial)));
        // The run itself has its own validation part, as without tuning.
        assert_eq!((run.start.labels, run.start.validation), (60, if run.start.descends() { 12 } else { 0 }));
    }
}

#[test]
fn images_are_tuned_too_by_the_metric_that_decides() {
    let folder = tempfile::tempdir().unwrap();
    let text = "(title: \"t\", seed: 3, transfer: Images(source: Classifier(set: Demo(letters: 520), epochs: 1), \
                task: DemoDigits, head: Layers(new: 1)), labels: [40], seeds: 1, \
                methods: [Scratch, Frozen, FineTuned, LinearProbeThenFineTune, Pixels, Majority], \
                training: (epochs: 2), tune: (trials: 3), metric: MacroF1)";
    let recipe = Recipe::parse(text, Path::new("/recipe.ron")).unwrap();
    let records = whole(recipe.clone(), folder.path().join("s"), 2);
    assert_eq!(records, whole(recipe, folder.path().join("again"), 1));
    let history = history(&records);
    let tried: Vec<usize> = history.runs.iter().map(|run| run.trials.len()).collect();
    assert_eq!(tried, [3, 3, 3, 3, 0, 3]);
    for run in history.runs.iter().filter(|run| run.start.descends()) {
        let chosen = trials::chosen(&trials_of(run)).unwrap().clone();
        let kept = run.kept_validation(f64::INFINITY).unwrap();
        let score = crate::session::metric::Metric::MacroF1.of(&kept.confusion);
        assert_eq!(chosen.score, Some(score));
        assert!(chosen.settings.dropout.is_none() && chosen.settings.hidden.is_none());
    }
}
