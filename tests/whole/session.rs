//! Sessions by the whole program: a recipe to its JSON, the same bits at any number of threads and
//! after a kill, and a look back without any data.

use std::fs;
use std::process::Stdio;
use std::time::Duration;
use warmstart::session::metric::Metric;

use serde_json::Value;

use crate::common::{Place, plain, timeless, wait_for};

#[test]
fn a_recipe_ends_with_the_json_that_the_design_promises() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let done = place.run(&["run", "small.ron", "--json"]).well();
    let report = done.json();
    let session = report["session"].as_str().unwrap();
    assert_eq!(session, "sessions/small");
    assert!(place.path(session).join("recipe.ron").is_file());
    let runs = report["runs"].as_array().unwrap();
    // Three strategies and the baseline, two budgets, two seeds.
    assert_eq!(runs.len(), 4 * 2 * 2);
    for run in runs {
        let mut keys: Vec<&str> = run.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let mut expected = vec![
            "method",
            "source",
            "labels",
            "seed",
            "accuracy",
            "loss",
            "calibration",
            "confusion",
            "trainable_parameters",
            "total_parameters",
            "train_seconds",
            "pretrain_seconds",
            "steps",
        ];
        expected.extend(Metric::FURTHER.map(Metric::id));
        expected.sort_unstable();
        assert_eq!(keys, expected);
        let confusion: Vec<Vec<u64>> = serde_json::from_value(run["confusion"].clone()).unwrap();
        assert_eq!(confusion.concat().iter().sum::<u64>(), 120);
        let right = (confusion[0][0] + confusion[1][1]) as f64 / 120.0;
        assert!((run["accuracy"].as_f64().unwrap() - right).abs() < 1e-9);
        let (trainable, total) = (&run["trainable_parameters"], &run["total_parameters"]);
        assert!(trainable.as_u64().unwrap() > 0 && trainable.as_u64() <= total.as_u64());
        // What takes the source over names it, the others have none.
        let takes = run["method"] == "Frozen" || run["method"] == "FineTuned";
        assert_eq!(run["source"].as_str(), takes.then_some("skip-gram"), "{run}");
        if run["method"] == "Frozen" {
            assert!(trainable.as_u64() < total.as_u64());
        }
    }
    for strategy in ["Scratch", "Frozen", "FineTuned", "TfIdf"] {
        assert_eq!(runs.iter().filter(|run| run["method"] == strategy).count(), 4, "{strategy}");
    }
    let comparison = &report["comparison"];
    assert_eq!(comparison["rows"].as_array().unwrap().len(), 8);
    assert_eq!(
        (&comparison["rows"][1]["method"], &comparison["rows"][1]["source"]),
        (&"Frozen".into(), &"skip-gram".into())
    );
    assert!(!comparison["verdict"].as_array().unwrap().is_empty());
    // Paired: the labels of one repetition are the same for every strategy, so TF-IDF solved twice agrees.
    let text = place.run(&["compare", "small"]).well().stdout;
    let verdict = comparison["verdict"][0].as_str().unwrap();
    assert!(text.contains(verdict) && text.contains("fine-tuned"), "{text}");
    // The same name again goes to a new folder.
    let again = place.run(&["run", "small.ron", "--json"]).well();
    assert_eq!(again.json()["session"], "sessions/small-2");
    assert_eq!(plain(&again), plain(&done));
    let other = place.run(&["run", "small.ron", "--json", "--seed", "6"]).well();
    assert_ne!(plain(&other), plain(&done));
    let near = |of: &str| place.run(&["neighbours", "lovely", "--vectors", of, "--json"]).well().json();
    assert_eq!(near("small").as_array().unwrap().len(), 10);
    assert_eq!(near("small"), near("sessions/small-2"));
    let side = place.run(&["compare", "small", "small-3", "--json"]).well().json();
    assert_eq!(side["differing"][0]["setting"], "seed");
    assert_eq!(side["differing"].as_array().unwrap().len(), 1);
}

#[test]
fn the_log_is_the_same_at_any_number_of_threads() {
    let place = Place::new();
    for (name, source) in [("skip-gram", "SkipGram("), ("cbow", "Cbow(")] {
        place.recipe("small.ron", &[("SkipGram(", source)]);
        let logs = ["1", "2", "3"].map(|threads| {
            let session = format!("{name}-{threads}");
            place.run(&["run", "small.ron", "--threads", threads, "--session", &session]).well();
            timeless(&place.path(&session))
        });
        for other in &logs[1..] {
            assert_eq!(logs[0].len(), other.len(), "{name}");
            for (one, other) in logs[0].iter().zip(other) {
                assert_eq!(one, other, "{name}");
            }
        }
    }
}

/// Runs `small.ron` into `session`, ends it as soon as its log has `what` so many times, goes on with
/// it, and compares with the unbroken session `whole`.
fn broken(place: &Place, session: &str, signal: i32, what: &str, times: usize) {
    // The runs end close together: where the program was quicker than the signal, it is started again.
    let (mut child, ended) = (0..20)
        .find_map(|_| {
            let arguments = ["run", "small.ron", "--session", session, "--threads", "2"];
            let mut command = place.command(&arguments);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            wait_for(&place.path(session), what, times);
            // Somewhere behind it, not at it.
            std::thread::sleep(Duration::from_millis(3));
            let number = child.id().to_string();
            let sent = std::process::Command::new("kill").args([format!("-{signal}"), number]).status();
            assert!(sent.unwrap().success());
            let ended = child.wait().unwrap();
            let log = fs::read_to_string(place.path(session).join("log.ron")).unwrap();
            if !ended.success() && !log.contains("Comparison(") {
                return Some((child, ended));
            }
            fs::remove_dir_all(place.path(session)).unwrap();
            None
        })
        .unwrap_or_else(|| panic!("{session} was always done before it could be ended"));
    if signal == 2 {
        assert_eq!(ended.code(), Some(130));
        let mut told = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut told).unwrap();
        assert!(told.contains(&format!("warmstart resume {session}")), "{told}");
    }
    let resumed = place.run(&["resume", session, "--json", "--threads", "1"]).well();
    let whole = place.run(&["compare", "whole", "--json"]).well().json();
    let mut report = resumed.json();
    let mut expected = whole["sessions"][0].clone();
    for report in [&mut report, &mut expected] {
        report["session"].take();
        report["comparison"]["pretrain_seconds"].take();
        report["comparison"]["paid_back"].take();
        report["comparison"]["verdict"].take();
        for row in report["comparison"]["rows"].as_array_mut().unwrap() {
            row["seconds"].take();
        }
        for run in report["runs"].as_array_mut().unwrap() {
            run["train_seconds"].take();
            run["pretrain_seconds"].take();
        }
        assert!(report["quality"].as_array().unwrap().len() > 28);
    }
    assert_eq!(report, expected, "{session}");
    let weights = |session: &str| {
        let mut files = place.files(session);
        files.retain(|(name, _)| name.ends_with(".safetensors"));
        files
    };
    let (these, those) = (weights(session), weights("whole"));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&these), names(&those), "{session}");
    assert!(!these.is_empty());
    for (this, that) in these.iter().zip(&those) {
        assert!(this == that, "{session}: the weights in {} differ", this.0);
    }
}

#[test]
fn what_was_killed_goes_on_to_the_same_bits() {
    let place = Place::new();
    let changes =
        [("epochs: 2, min_count", "epochs: 12, min_count"), ("(epochs: 4", "(patience: 60, epochs: 60")];
    place.recipe("small.ron", &changes);
    place.run(&["run", "small.ron", "--session", "whole"]).well();
    broken(&place, "killed-at-first", 9, "Stage(Pretraining)", 1);
    broken(&place, "killed-in-vectors", 9, "Pretrain(", 3);
    broken(&place, "killed-in-runs", 9, "RunEnd(", 5);
    broken(&place, "killed-late", 9, "RunEnd(", 12);
    broken(&place, "stopped-in-vectors", 2, "Pretrain(", 3);
    broken(&place, "stopped-in-runs", 2, "Step(", 150);
    broken(&place, "stopped-late", 2, "RunEnd(", 10);
}

#[test]
fn a_look_back_needs_no_data() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    place.run(&["run", "small.ron"]).well();
    for name in ["corpus.txt", "train.csv", "test.csv", "small.ron", "pairs.txt", "questions.txt"] {
        fs::remove_file(place.path(name)).unwrap();
    }
    // The log alone is enough.
    fs::create_dir_all(place.path("elsewhere/old")).unwrap();
    fs::rename(place.path("sessions/small/log.ron"), place.path("elsewhere/old/log.ron")).unwrap();
    fs::remove_dir_all(place.path("sessions")).unwrap();
    let told = place.run(&["replay", "old", "--sessions", "elsewhere"]).well().stdout;
    for expected in [
        "Small",
        "near lovely",
        "frozen stayed frozen",
        "Paired differences",
        "fine-tuned · 80 labels",
        "pairs (Spearman)",
        "Forgetting: how fine-tuning changed",
    ] {
        assert!(told.contains(expected), "{expected} in\n{told}");
    }
    let json = place.run(&["replay", "elsewhere/old", "--json"]).well().json();
    assert_eq!(json["runs"].as_array().unwrap().len(), 16);
    let finished = place.run(&["resume", "elsewhere/old", "--json"]).well();
    assert!(finished.stderr.contains("finished"), "{}", finished.stderr);
    assert_eq!(finished.json(), json);

    place.run(&["export", "elsewhere/old", "--csv", "--tensorboard", "--json", "out"]).well();
    let whole: Value = serde_json::from_slice(&fs::read(place.path("out/session.json")).unwrap()).unwrap();
    let steps: usize =
        whole["runs"].as_array().unwrap().iter().map(|r| r["steps"].as_array().unwrap().len()).sum();
    let csv = fs::read_to_string(place.path("out/steps.csv")).unwrap();
    assert_eq!(csv.lines().count(), steps + 1);
    for name in fs::read_dir(place.path("out")).unwrap().map(|item| item.unwrap().path()) {
        if name.extension().is_some_and(|extension| extension == "csv") {
            assert!(
                fs::read_to_string(&name).unwrap().lines().count() > 1,
                "{} has headings only",
                name.display()
            );
        }
    }
    assert!(!place.path("out/source_tests.csv").exists());
    let table = |name: &str| -> Vec<std::collections::HashMap<String, String>> {
        let mut reader = csv::Reader::from_path(place.path(name)).unwrap();
        reader.deserialize().map(|row| row.unwrap()).collect()
    };
    let number = |text: &String| text.parse::<f64>().unwrap();
    // Seeds count from 1, as on the screens.
    assert!(table("out/runs.csv").iter().all(|run| ["1", "2"].contains(&&*run["seed"])));
    assert!(
        whole["runs"]
            .as_array()
            .unwrap()
            .iter()
            .all(|run| [1, 2].contains(&run["start"]["seed"].as_u64().unwrap()))
    );
    for row in table("out/evaluations.csv") {
        let [low, accuracy, high] = ["low", "accuracy", "high"].map(|name| number(&row[name]));
        // Wilson's interval of three examples is .73 wide at most.
        assert!(low < accuracy + 1e-9 && accuracy < high + 1e-9 && high - low < 0.75, "{row:?}");
        assert!(["precision", "recall", "f1"].iter().all(|name| (0.0..=1.0).contains(&number(&row[*name]))));
    }
    let classes = table("out/classes.csv");
    assert_eq!(classes.len(), 16 * 2);
    for (pair, first) in classes.chunks(2).zip(classes.iter().step_by(2)) {
        // Recall of each class, weighted by its documents, is the accuracy of the run's test.
        let recalled: f64 = pair.iter().map(|row| number(&row["recall"]) * number(&row["documents"])).sum();
        let evaluations = table("out/evaluations.csv");
        let test =
            evaluations.iter().rev().find(|row| row["run"] == first["run"] && row["set"] == "test").unwrap();
        assert!((recalled / number(&test["documents"]) - number(&test["accuracy"])).abs() < 1e-9, "{test:?}");
    }
    for row in table("out/comparison.csv") {
        assert!(
            number(&row["low"]) <= number(&row["accuracy"])
                && number(&row["accuracy"]) <= number(&row["high"])
        );
    }
    let quality = fs::read_to_string(place.path("out/quality.csv")).unwrap();
    // Of 12 fine-tuned and frozen runs 4 are fine-tuned; each benchmark was put to the vectors before, too.
    let own = quality.lines().filter(|line| line.contains(",0,pairs,similarity,")).count();
    assert!(own == 4 && quality.lines().count() > 2 * 4 + 2 * 10, "{quality}");
    assert_eq!(fs::read_to_string(place.path("out/forgetting.csv")).unwrap().lines().count(), 1 + 2 * 2);
    assert!(fs::read_to_string(place.path("out/by_coverage.csv")).unwrap().lines().count() > 16);
    assert!(place.path("out/frozen-80-seed2/events.out.tfevents.0.warmstart").is_file());
}

#[test]
fn nobody_reading_on_is_no_error() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    place.run(&["run", "small.ron"]).well();
    let mut command = place.command(&["replay", "small"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_session_that_goes_on_on_another_kind_of_machine_says_so() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    place.run(&["run", "small.ron", "--session", "s"]).well();
    let log = fs::read_to_string(place.path("s/log.ron")).unwrap();
    let (_, kind) = log.split_once("machine:\"").unwrap();
    let (kind, _) = kind.split_once('"').unwrap();
    // As if it had been broken off before its comparison.
    let unfinished: String =
        log.lines().filter(|line| !line.contains("Comparison(")).map(|l| format!("{l}\n")).collect();
    let unfinished = unfinished.replace("Stage(Finished)", "Stage(Training)");
    place.write("s/log.ron", &unfinished);
    place.run(&["resume", "s"]).well();
    assert!(!fs::read_to_string(place.path("s/log.ron")).unwrap().contains("another kind"));
    place.write("s/log.ron", &unfinished.replace(kind, "an abacus"));
    place.run(&["resume", "s"]).well();
    assert!(
        fs::read_to_string(place.path("s/log.ron")).unwrap().contains("another kind of machine (an abacus)")
    );
}
