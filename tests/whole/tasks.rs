//! Several tasks of a recipe: one pre-training, a session for each task, one table, and a summary over tasks.

use std::fs;

use serde_json::Value;

use crate::common::Place;

/// Texts with a class that two words tell, of a task of its own.
fn table(place: &Place, name: &str, [good, bad]: [&str; 2], rows: usize, noise: usize) {
    let things = ["soup", "song", "lamp", "story", "chair", "garden"];
    let mut text = "text,label\n".to_string();
    for row in 0..rows {
        let class = (row * 7 + row / 3) % 2;
        let told = if row % noise == 0 { 1 - class } else { class };
        let word = if told == 0 { good } else { bad };
        text.push_str(&format!("the {} was {word} today,{}\n", things[row % 6], ["yes", "no"][class]));
    }
    place.write(name, &text);
}

fn place() -> Place {
    let place = Place::new();
    table(&place, "films.csv", ["lovely", "dull"], 150, 9);
    table(&place, "hotels.csv", ["warm", "cold"], 120, 7);
    table(&place, "songs.csv", ["bright", "stale"], 140, 11);
    place.write("study.ron", RECIPE);
    place
}

const RECIPE: &str = r#"(
    title: "three tasks",
    seed: 4,
    transfer: Text(
        source: SkipGram(corpus: File("corpus.txt"), dim: 8, epochs: 1, min_count: 2),
        tasks: {
            "films": Files(train: "films.csv"),
            "hotels": Files(train: "hotels.csv"),
            "songs": Files(train: "songs.csv"),
        },
        head: Average,
    ),
    methods: [Scratch, Frozen, FineTuned, TfIdf],
    labels: [20, 60],
    seeds: 2,
)"#;

/// For each session, method, loss and confusion matrix of all runs.
fn figures(report: &Value) -> Vec<Vec<[Value; 3]>> {
    let runs = |session: &Value| {
        let runs = session["runs"].as_array().unwrap().iter();
        runs.map(|run| [run["method"].clone(), run["loss"].clone(), run["confusion"].clone()]).collect()
    };
    report["sessions"].as_array().unwrap().iter().map(runs).collect()
}

#[test]
fn one_pre_training_serves_every_task_and_is_judged_over_them() {
    let place = place();
    let done = place.run(&["run", "study.ron", "--session", "study", "--json"]).well();
    let report = done.json();
    let studies = report["over_tasks"].as_array().unwrap();
    assert_eq!(studies.len(), 1);
    let study = &studies[0];
    assert_eq!(study["tasks"], serde_json::json!(["study-films", "study-hotels", "study-songs"]));
    // Frozen and fine-tuned against scratch and TF-IDF, at two budgets.
    let differences = study["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 2 * 2 * 2);
    for found in differences {
        let tasks = found["tasks"].as_array().unwrap();
        let mean = tasks.iter().map(|task| task["mean"].as_f64().unwrap()).sum::<f64>() / 3.0;
        assert!((found["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
        let [mean_interval, another] = ["interval", "another_task"].map(|of| {
            let ends = found[of].as_array().unwrap();
            ends[1].as_f64().unwrap() - ends[0].as_f64().unwrap()
        });
        // The mean of three varies by 1/3 of the variance of one, another task by 4/3.
        assert!((another - 2.0 * mean_interval).abs() < 1e-9);
    }
    assert!(study["paid"]["pretraining"].as_u64().unwrap() > 0);
    let verdict = study["verdict"][0].as_str().unwrap();
    assert!(verdict.starts_with("Trained once, reused across 3 tasks: with 20 labels, "), "{verdict}");
    // One session pre-trained; the others took it.
    let sessions = report["sessions"].as_array().unwrap();
    assert!(sessions[0].get("parents").is_none());
    assert_eq!(sessions[1]["parents"][0]["hash"], sessions[2]["parents"][0]["hash"]);

    // Each task is a session like any other, and the same comparison is made of them later.
    let later = place.run(&["compare", "study-films", "study-hotels", "study-songs", "--json"]).well().json();
    assert_eq!(later["over_tasks"], report["over_tasks"]);
    let told = place.run(&["compare", "study-films", "study-hotels", "study-songs"]).well().stdout;
    for expected in
        ["• Trained once, reused across 3 tasks", "Test accuracy in % of each task", "frozen − scratch"]
    {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    place.run(&["predict", "study-hotels", "the soup was warm"]).well();
    place.run(&["test", "study-songs", "--data", "songs.csv"]).well();

    // A session that lost the end of its log goes on to the same figures, and a lost one is made again.
    let log = place.path("study-hotels/log.ron");
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&log, lines[..lines.len() / 2].join("\n") + "\n").unwrap();
    fs::remove_dir_all(place.path("study-songs")).unwrap();
    let again = place.run(&["run", "study.ron", "--session", "study", "--json"]).well().json();
    assert_eq!(figures(&again), figures(&report));
    let bits =
        place.run(&["run", "study.ron", "--session", "other", "--json", "--threads", "1"]).well().json();
    assert_eq!(figures(&bits), figures(&report));

    // What does not share the pre-training, or is of the same task, is no study.
    let of = |sessions: [&str; 2]| {
        place.run(&["compare", sessions[0], sessions[1], "--json"]).well().json().get("over_tasks").is_some()
    };
    assert!(!of(["study-films", "other-hotels"]) && of(["study-hotels", "other-songs"]));
    let same = place.run(&["compare", "study-films", "other-films", "--json"]).well().json();
    assert!(same.get("over_tasks").is_none());
}

/// The first task alone has the runs that it has beside others.
#[test]
fn a_task_does_not_depend_on_the_others() {
    let place = place();
    let alone = RECIPE
        .replace("tasks: {", "task: ")
        .replace("\"films\": Files(train: \"films.csv\"),", "Files(train: \"films.csv\"),")
        .replace("            \"hotels\": Files(train: \"hotels.csv\"),\n", "")
        .replace("            \"songs\": Files(train: \"songs.csv\"),\n        },\n", "");
    place.write("alone.ron", &alone);
    let alone = place.run(&["run", "alone.ron", "--session", "alone", "--json"]).well().json();
    let study = place.run(&["run", "study.ron", "--session", "study", "--json"]).well().json();
    let alone = serde_json::json!({ "sessions": [alone] });
    assert_eq!(figures(&alone)[0], figures(&study)[0]);
}

#[test]
fn tasks_that_cannot_be_are_refused() {
    let place = place();
    for (from, to, expected) in [
        ("\"songs\": ", "\"films\": ", "two tasks are called \"films\""),
        ("\"songs\": ", "\"Films\": ", "another task is called like \"Films\""),
        ("\"songs\": ", "\"../x\": ", "is no name for a task"),
        ("tasks: {", "task: Demo(), tasks: {", "`task` and `tasks`"),
        ("File(\"corpus.txt\")", "Task()", "`Task()` as the corpus of several `tasks`"),
        ("hotels.csv", "nowhere.csv", "nowhere.csv"),
    ] {
        place.write("wrong.ron", &RECIPE.replace(from, to));
        let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(refused.sentence().contains(expected), "{to}: {}", refused.stderr);
    }
    let watched = place.run(&["run", "study.ron", "--watch"]);
    assert!(watched.sentence().contains("one after another"), "{}", watched.stderr);
    place.write("other.ron", &RECIPE.replace("seed: 4", "seed: 5"));
    place.run(&["run", "study.ron", "--session", "study"]).well();
    let refused = place.run(&["run", "other.ron", "--session", "study"]);
    assert!(refused.sentence().contains("there is another session here already"), "{}", refused.stderr);
}
