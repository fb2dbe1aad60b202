//! Runs the program with `run` on labelled examples in place of a recipe, and with `audit-labels`.

use std::fs;

use crate::common;
use crate::common::Place;
use serde_json::Value;
use warmstart::session::record::Record;

const QUICK: [&str; 6] = ["--labels", "20,all", "--seeds", "2", "--methods", "frozen,fine-tuned,tf-idf"];

fn run(place: &Place, data: &str, more: &[&str]) -> common::Done {
    place.run(&[&["run", data][..], &QUICK, more].concat())
}

#[test]
fn a_table_becomes_a_session_with_the_test_set_and_the_columns_that_are_named() {
    let place = Place::new();
    let done = run(&place, "train.csv", &["--test", "test.csv", "--recipe", "mine.ron", "--json"]).well();
    // "review" is a usual name for the column of texts. "mood" is no usual name; the label column is found by its
    // content.
    assert!(
        done.stderr.contains("the text is column \"review\", the label column \"mood\""),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("240 examples to train on, 120 to test on"), "{}", done.stderr);
    assert!(done.stderr.contains("2 classes: "), "{}", done.stderr);
    let report = done.json();
    assert_eq!(report["session"], "sessions/train");
    assert_eq!(report["runs"].as_array().unwrap().len(), 3 * 2 * 2);
    let tested: u64 = report["runs"][0]["confusion"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(tested, 120);
    // A run of the written recipe gives the same results.
    let again = place.run(&["run", "mine.ron", "--session", "again", "--json"]).well();
    assert_eq!(common::plain(&again), common::plain(&done));
    assert_eq!(
        fs::read(place.path("mine.ron")).unwrap(),
        fs::read(place.path("sessions/train/recipe.ron")).unwrap()
    );
    // The session classifies new texts.
    let said = place.run(&["predict", "train", "the soup was lovely", "--json"]).well().json();
    assert_eq!(said[0]["labels"].as_array().unwrap().len(), 1, "{said}");
}

#[test]
fn class_weights_are_in_the_recipe_and_in_every_method_that_has_a_loss() {
    let place = Place::new();
    // Of the class `bad` one review in five is left.
    let train = fs::read_to_string(place.path("train.csv")).unwrap();
    let (mut rare, mut kept) = (0, Vec::new());
    for line in train.lines() {
        rare += usize::from(line.ends_with("bad"));
        if !line.ends_with("bad") || rare % 5 == 0 {
            kept.push(line);
        }
    }
    assert!(rare > 50, "{train}");
    place.write("train.csv", &(kept.join("\n") + "\n"));
    let of = |weight: &str| {
        let more = ["--labels", "all", "--seeds", "1", "--methods", "frozen,fine-tuned,tf-idf,majority"];
        let more = [&more[..], &["--class-weight", weight, "--session", weight, "--json"]].concat();
        place.run(&[&["run", "train.csv", "--test", "test.csv"][..], &more].concat()).well().json()
    };
    let [plain, balanced] = ["none", "balanced"].map(of);
    for (plain, balanced) in
        plain["runs"].as_array().unwrap().iter().zip(balanced["runs"].as_array().unwrap())
    {
        let differ = plain["loss"] != balanced["loss"];
        assert_eq!(differ, plain["method"] != "Majority", "{plain} {balanced}");
    }
    let recipe = fs::read_to_string(place.path("balanced/recipe.ron")).unwrap();
    assert!(recipe.contains("class_weight: Balanced"), "{recipe}");
    let wrong = place.run(&["run", "train.csv", "--class-weight", "equal"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("expected none or balanced"), "{}", wrong.stderr);
    let recipe = place.run(&["run", "demo", "--class-weight", "balanced"]);
    assert!(recipe.sentence().contains("--class-weight goes with labelled examples"), "{}", recipe.stderr);
}

#[test]
fn sources_are_the_own_texts_without_those_of_the_test_or_what_is_named() {
    let place = Place::new();
    // A word that is only in the test set has no vector.
    let test = fs::read_to_string(place.path("test.csv")).unwrap();
    place.write("test.csv", &test.replace("lovely", "zzyzx"));
    let own = run(&place, "train.csv", &["--test", "test.csv"]).well();
    assert!(own.stderr.contains("the word vectors learn from these texts alone"), "{}", own.stderr);
    let near = place.run(&["neighbours", "zzyzx", "--vectors", "sessions/train"]);
    assert!(near.sentence().contains("zzyzx"), "{}", near.stderr);
    place.run(&["neighbours", "lovely", "--vectors", "sessions/train"]).well();
    // Vectors learn from unlabelled text and the texts of the task.
    place.write("more.txt", &"zzyzx is a fine lovely soup\n".repeat(50));
    let more = run(&place, "train.csv", &["--unlabelled", "more.txt", "--session", "more"]).well();
    assert!(more.stderr.contains("of the unlabelled ones"), "{}", more.stderr);
    place.run(&["neighbours", "zzyzx", "--vectors", "more"]).well();
    // A file of pre-trained vectors replaces them.
    place.run(&["convert", "sessions/train", "own.vec"]).well();
    let ready = run(&place, "train.csv", &["--vectors", "own.vec", "--session", "ready"]).well();
    assert!(
        ready.stderr.contains("the word vectors of") && ready.stderr.contains("own.vec"),
        "{}",
        ready.stderr
    );
}

#[test]
fn a_file_without_usual_names_or_without_a_header_is_understood_or_refused_with_a_remedy() {
    let place = Place::new();
    let train = fs::read_to_string(place.path("train.csv")).unwrap();
    place.write("strange.csv", &train.replacen("id,review,mood", "nr,parecer,voto", 1));
    let strange = run(&place, "strange.csv", &[]).well();
    assert!(
        strange.stderr.contains("the text is column \"parecer\", the label column \"voto\""),
        "{}",
        strange.stderr
    );
    assert!(strange.stderr.contains("a fifth"), "{}", strange.stderr);
    place.write("bare.csv", train.split_once('\n').unwrap().1);
    let bare = run(&place, "bare.csv", &["--session", "bare"]).well();
    assert!(
        bare.stderr.contains("without a header") && bare.stderr.contains("the text is column 2"),
        "{}",
        bare.stderr
    );
    let wrong = run(&place, "train.csv", &["--text", "nothing"]);
    assert!(wrong.sentence().contains("no column \"nothing\"") && wrong.stderr.contains("id, review, mood"));
    let recipe = place.run(&["run", "demo", "--text", "review"]);
    assert!(recipe.sentence().contains("--text goes with labelled examples"), "{}", recipe.stderr);
    assert!(!place.path("sessions/demo").exists());
    run(&place, "train.csv", &["--session", "done"]).well();
    let session = place.run(&["run", "done"]);
    assert!(
        session.sentence().contains("this is a session") && session.stderr.contains("resume"),
        "{}",
        session.stderr
    );
    place.write("mine.ron", "mine");
    let taken = run(&place, "train.csv", &["--recipe", "mine.ron"]);
    assert!(taken.sentence().contains("it is there already"), "{}", taken.stderr);
    assert_eq!(fs::read_to_string(place.path("mine.ron")).unwrap(), "mine");
    assert!(!place.path("sessions/train").exists());
}

#[test]
fn wrong_labels_come_first_in_the_audit() {
    let place = Place::new();
    // The reviews are easy to classify. Every twelfth label is made wrong.
    let train = fs::read_to_string(place.path("train.csv")).unwrap();
    let (mut turned, mut lines) = (Vec::new(), Vec::new());
    for (place, line) in train.lines().enumerate() {
        let (rest, mood) = line.rsplit_once(',').unwrap();
        if place > 0 && place % 12 == 0 {
            turned.push(place);
            lines.push(format!("{rest},{}", if mood == "good" { "bad" } else { "good" }));
        } else {
            lines.push(line.to_string());
        }
    }
    place.write("train.csv", &(lines.join("\n") + "\n"));
    run(&place, "train.csv", &["--test", "test.csv"]).well();
    let report = place
        .run(&["audit-labels", "train", "--out", "suspects.csv", "--json", "--method", "tf-idf"])
        .well()
        .json();
    assert_eq!((report["folds"].as_u64(), report["examples"].as_u64()), (Some(5), Some(240)));
    let list = report["list"].as_array().unwrap();
    let first = |list: &[Value]| {
        list.iter().filter(|row| turned.contains(&(row["example"].as_u64().unwrap() as usize))).count()
    };
    assert!(first(&list[..turned.len()]) * 10 >= turned.len() * 8, "{report}");
    assert!(list.iter().all(|row| row["label"] != row["suggested"]), "{report}");
    let mut table = csv::Reader::from_path(place.path("suspects.csv")).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 240);
    assert_eq!(&rows[0][1], list[0]["example"].to_string());
    // The default method is the best of the session's comparison. Wrong options are refused.
    let best = place.run(&["audit-labels", "train", "--count", "3"]).well();
    assert!(best.stdout.contains("labels are probably wrong, by "), "{}", best.stdout);
    assert_eq!(
        best.stdout,
        place.run(&["audit-labels", "train", "--count", "3", "--threads", "1"]).well().stdout
    );
    let refused = place.run(&["audit-labels", "train", "--out", "suspects.txt"]);
    assert!(refused.sentence().contains(".csv"), "{}", refused.stderr);
    assert_eq!(place.run(&["audit-labels", "train", "--method", "majority"]).code, Some(2));
}

#[test]
fn temperatures_are_kept_with_the_model_and_bins_are_told() {
    let place = Place::new();
    let report = run(&place, "train.csv", &["--test", "test.csv", "--json"]).well().json();
    let run_of = |method: &str| {
        let runs = report["runs"].as_array().unwrap().iter();
        runs.filter(|run| run["method"] == method).map(|run| run["calibration"].clone()).collect::<Vec<_>>()
    };
    for method in ["Frozen", "FineTuned", "TfIdf"] {
        assert!(run_of(method).iter().any(|found| found["temperature"] != 1.0), "{method}: {report}");
    }
    let models = fs::read_dir(place.path("sessions/train/models")).unwrap();
    let mut seen = 0;
    for model in models {
        let folder = model.unwrap().path();
        let config: Value = serde_json::from_slice(&fs::read(folder.join("config.json")).unwrap()).unwrap();
        let about = &config["about"];
        let same = |run: &&Value| {
            run["method"] == about["method"]
                && run["seed"] == about["seed"]
                && run["labels"] == about["labels"]
        };
        let run = report["runs"].as_array().unwrap().iter().find(same).unwrap();
        assert_eq!(config["temperature"], run["calibration"]["temperature"], "{config}");
        // `test` measures the same calibration error and log loss.
        let args = ["test", folder.to_str().unwrap(), "--data", "test.csv", "--json"];
        let tested = place.run(&args).well().json();
        // Rounded word vectors change probabilities a little.
        let rounded = config["model"]["Text"]["word_vectors"]["dtype"] == "F16";
        let near = |a: &Value, b: &Value, room: f64| {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() < if rounded { room } else { 1e-5 }, "{a} {b} {about}");
        };
        // An example near the edge of a bin may move into the next one.
        near(&tested["expected_calibration_error"], &run["calibration"]["ece"], 2e-2);
        near(&tested["log_loss"], &run["calibration"]["log_loss"], 5e-3);
        seen += 1;
    }
    assert_eq!(seen, 6);
    let told = place.run(&["compare", "train"]).well().stdout;
    assert!(told.contains("Expected calibration error"), "{told}");
    place.run(&["export", "train", "--csv", "out"]).well();
    let bins = fs::read_to_string(place.path("out/calibration.csv")).unwrap();
    assert!(bins.starts_with("run,set,temperature,fitted_on,calibrated,from,to,examples,"), "{bins}");
    assert!(bins.contains(",validation,true,") && bins.contains(",out of fold,false,"), "{bins}");
}

/// Without a test part each seed is tested on other examples, or on a fold; the log says on which, the intervals say what they
/// cover, and a session that is stopped and resumed has the same results.
#[test]
fn a_task_without_a_test_part_is_split_anew_for_each_seed_or_into_folds() {
    let place = Place::new();
    place.write(
        "vectors.txt",
        "film 0.1 0.2 0.3\nsoup 0.3 -0.1 0.2\nlovely 1 0.5 0\nawful -1 0.2 0.1\nthe 0 0.1 0\n",
    );
    let of = |name: &str, more: &[&str]| {
        let asked =
            ["run", "train.csv", "--vectors", "vectors.txt", "--methods", "frozen,scratch,tf-idf,majority"];
        let asked = [&asked[..], &["--labels", "40,all", "--session", name, "--json"], more].concat();
        place.run(&asked).well()
    };
    let tested = |name: &str| -> Vec<(u32, Vec<u16>)> {
        let records = common::timeless(&place.path(name));
        let part = |record: &Record| match record {
            Record::TrueClasses(known) => {
                known.part.as_ref().map(|part| (part.seed, part.members.values().unwrap()))
            }
            _ => None,
        };
        records.iter().filter_map(part).collect()
    };
    let folds = of("folds", &["--folds", "5"]);
    assert_eq!(folds.json()["comparison"]["differences"][0]["covers"], "SeedsAndSplits");
    let parts = tested("folds");
    assert_eq!(parts.iter().map(|part| part.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    for example in 0..240 {
        assert_eq!(parts.iter().map(|part| part.1[example]).sum::<u16>(), 1, "example {example}");
    }
    let verdict = place.run(&["compare", "folds"]).well().stdout;
    assert!(verdict.contains("each seed was tested on other examples"), "{verdict}");

    let seeds = of("seeds", &["--seeds", "3"]);
    assert_eq!(tested("seeds").len(), 3);
    assert!(tested("seeds").iter().all(|part| (47..=48).contains(&part.1.iter().sum::<u16>())));
    // One split for all seeds; its first seed is the first of the other session.
    let recipe = fs::read_to_string(place.path("seeds/recipe.ron")).unwrap();
    assert!(recipe.contains("split: EachSeed"), "{recipe}");
    place.write("once.ron", &recipe.replace("split: EachSeed", "split: Once"));
    let once = place.run(&["run", "once.ron", "--session", "once", "--json"]).well();
    assert_eq!(once.json()["comparison"]["differences"][0]["covers"], "SeedsAndExamples");
    assert!(tested("once").is_empty());
    let confusion = |done: &common::Done| done.json()["runs"][0]["confusion"].clone();
    assert_eq!(confusion(&once), confusion(&seeds));

    // A second half of the log is trained again, on the same parts.
    let path = place.path("seeds/log.ron");
    let log = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    fs::write(&path, lines[..lines.len() / 2].join("\n") + "\n").unwrap();
    let again = place.run(&["resume", "seeds", "--json"]).well();
    assert_eq!(common::plain(&again), common::plain(&seeds));

    for (more, expected) in [
        (&["--folds", "5", "--seeds", "3"][..], "3 seeds and 5 folds"),
        (&["--folds", "200"], "200 folds, but the class"),
        (&["--folds", "5", "--test", "test.csv"], "--folds 5 divides all examples"),
    ] {
        let asked = ["run", "train.csv", "--vectors", "vectors.txt", "--session", "wrong"];
        let refused = place.run(&[&asked[..], more].concat());
        assert!(refused.sentence().contains(expected), "{}", refused.stderr);
    }
    let own = place.run(&["run", "train.csv", "--folds", "5", "--session", "wrong"]);
    assert!(own.sentence().contains("a source that is trained on the task's own texts"), "{}", own.stderr);
    assert!(!place.path("wrong").exists());
}
