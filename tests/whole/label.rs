//! Labelling by the whole program: answers in lines, the user's file of labels under attack, and simulations.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use crate::common::Place;

/// A place with vectors, and 90 texts to label of which three have a label.
fn place() -> Place {
    let place = Place::new();
    place.run(&["pretrain", "corpus.txt", "--out", "v.txt", "--dim", "10", "--min-count", "1"]).well();
    let corpus = fs::read_to_string(place.path("corpus.txt")).unwrap();
    let mut rows = "id,review,mood\n".to_string();
    for (id, line) in corpus.lines().take(90).enumerate() {
        let mood = ["good", "bad", "good"].get(id).unwrap_or(&"");
        rows.push_str(&format!("{id},\"{line}\",{mood}\n"));
    }
    place.write("notes.csv", &rows);
    place
}

const LABEL: [&str; 11] = [
    "label",
    "--texts",
    "notes.csv",
    "--text",
    "review",
    "--label",
    "mood",
    "--vectors",
    "v.txt",
    "--classes",
    "bad,good",
];

fn rows(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(place.path("notes-labels.csv")).unwrap_or_default();
    text.lines().skip(1).map(String::from).collect()
}

#[test]
fn answers_in_lines_go_to_a_file_and_a_second_run_goes_on() {
    let place = place();
    let done = place.run_with_input(&LABEL, b"1\ngood\ns\nwhat\n2\nu\n1\n").well();
    assert!(done.stdout.contains("1 bad · 2 good · s skip · u undo · q end"), "{}", done.stdout);
    assert!(done.stderr.contains("3 texts have a label already"), "{}", done.stderr);
    assert!(done.stderr.contains("answer with the number or the name of a class"), "{}", done.stderr);
    let text = fs::read_to_string(place.path("notes-labels.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("id,review,mood,chosen_by"));
    let moods: Vec<bool> = rows(&place).iter().map(|row| row.contains(",good,")).collect();
    assert_eq!(moods, [false, true, false], "{text}");
    let done = place.run_with_input(&LABEL, b"2\nq\n1\n").well();
    assert!(done.stderr.contains("4 labels in notes-labels.csv"), "{}", done.stderr);
    assert_eq!(rows(&place).len(), 4);
    // What was labelled is not among the next texts.
    let next = place.run(&[&LABEL[..], &["--next", "100", "--json"]].concat()).well().json();
    assert_eq!(
        (&next["given"], &next["open"], next["next"].as_array().unwrap().len()),
        (&4.into(), &83.into(), 83)
    );
    assert_eq!(next["classes"], serde_json::json!([["bad", 3], ["good", 4]]));
    let lines = place.run(&[&LABEL[..], &["--next", "2"]].concat()).well().stdout;
    assert_eq!(
        lines.lines().collect::<Vec<_>>(),
        [next["next"][0]["text"].as_str().unwrap(), next["next"][1]["text"].as_str().unwrap()]
    );
}

/// A labelling in progress.
struct Going {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Going {
    fn start(place: &Place) -> Going {
        let mut command = place.command(&LABEL);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Going { child, lines }
    }

    /// Waits until a text is shown.
    fn asked(&mut self) {
        let mut line = String::new();
        while !line.contains("s skip · u undo") {
            line.clear();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended");
        }
    }

    fn say(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }
}

#[test]
fn a_kill_after_an_answer_loses_nothing_and_two_processes_do_not_share_a_file() {
    let place = place();
    let mut given = 0;
    for round in 0..3 {
        let mut going = Going::start(&place);
        going.asked();
        let refused = place.run_with_input(&LABEL, b"1\n");
        assert!(refused.sentence().contains("another process labels into this file"), "{}", refused.stderr);
        for _ in 0..=round {
            going.say("2");
            // The next text is shown when the label is on the disk.
            going.asked();
            given += 1;
        }
        going.child.kill().unwrap();
        going.child.wait().unwrap();
        assert_eq!(rows(&place).len(), given);
    }
    // A row that was cut in the middle is set aside, and the others stay.
    let path = place.path("notes-labels.csv");
    let whole = fs::read(&path).unwrap();
    let last = rows(&place).last().unwrap().len();
    fs::write(&path, &whole[..whole.len() - last / 2 - 1]).unwrap();
    let done = place.run_with_input(&LABEL, b"1\n").well();
    assert!(done.stderr.contains("the last line of notes-labels.csv was not whole"), "{}", done.stderr);
    assert_eq!(rows(&place).len(), given);
    assert!(place.names().contains(&"notes-labels.csv.torn-1".to_string()));
}

#[test]
fn a_session_gives_classes_vectors_and_first_labels() {
    let place = Place::new();
    place.recipe(
        "small.ron",
        &[("Lstm(hidden: 8)", "Average"), ("[Scratch, Frozen, FineTuned, TfIdf]", "[Frozen]")],
    );
    place.run(&["run", "small.ron", "--session", "s"]).well();
    place.write("texts.txt", "a warm song\nthat soup was stale\nthe garden was bleak\n");
    let done = place.run_with_input(&["label", "s", "--texts", "texts.txt"], b"good\n").well();
    // 193 of the 240 labels teach, and 47 measure.
    assert!(done.stdout.starts_with("193 labels · accuracy "), "{}", done.stdout);
    assert!(done.stdout.contains("on 47 validation texts"), "{}", done.stdout);
    assert_eq!(fs::read_to_string(place.path("texts-labels.csv")).unwrap().lines().count(), 2);
}

#[test]
fn a_simulation_compares_with_random_choice_and_is_the_same_at_any_number_of_threads() {
    let place = place();
    let what = [
        "label",
        "train.csv",
        "--test",
        "test.csv",
        "--text",
        "review",
        "--label",
        "mood",
        "--vectors",
        "v.txt",
    ];
    let how = ["--simulate", "--seeds", "3", "--budgets", "20,40"];
    let of = |more: &[&str]| place.run(&[&what[..], &how[..], more].concat()).well();
    let report = of(&["--json", "--threads", "1"]).json();
    assert_eq!(of(&["--json", "--threads", "3"]).json(), report);
    assert_eq!(
        (&report["pool"], &report["tested_on"], &report["test_part"]),
        (&193.into(), &120.into(), &true.into())
    );
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["strategy"].as_str().unwrap()).collect();
    assert_eq!(names, ["random", "margin", "diversity", "random", "margin", "diversity"]);
    assert!(rows[0]["minus_random"].is_null() && rows[4]["minus_random"]["interval"].is_array());
    for row in rows {
        let (low, high) = (row["interval"][0].as_f64().unwrap(), row["interval"][1].as_f64().unwrap());
        let accuracy = row["accuracy"].as_f64().unwrap();
        assert!(low < accuracy && accuracy < high && accuracy > 0.6, "{row}");
    }
    assert_eq!(report["curves"].as_array().unwrap().len(), 9);
    let text = of(&["--strategy", "margin"]).stdout;
    assert!(text.contains("193 texts in the pool, 120 texts in the test set, 3 paired seeds"), "{text}");
    assert!(text.contains("random choice") && text.contains("minus random"), "{text}");
}

#[test]
fn what_cannot_be_labelled_is_refused_in_a_sentence() {
    let place = place();
    for (args, expected) in [
        (&["label"][..], "no texts to label"),
        (&["label", "--texts", "notes.csv"], "no model that makes vectors"),
        (
            &["label", "--texts", "notes.csv", "--text", "review", "--vectors", "v.txt", "--labels", "l.csv"],
            "0 classes are known",
        ),
        (&["label", "--texts", "none.csv", "--vectors", "v.txt", "--classes", "a,b"], "none.csv"),
        (
            &["label", "--texts", "notes.csv", "--vectors", "v.txt", "--classes", "a,b", "--text", "nope"],
            "nope",
        ),
        (
            &["label", "--texts", "notes.csv", "--vectors", "v.txt", "--strategy", "margin,random"],
            "several strategies",
        ),
        (&["label", "--simulate"], "no labels that could answer"),
        (&["label", "train.csv", "--simulate", "--budgets", "0,5"], "a budget of 0 labels"),
        (&["label", "demo", "--simulate", "--vectors", "v.txt"], "--vectors goes with labelled examples"),
        (&["label", "demo-images", "--simulate", "--seeds", "1"], "classifies images"),
    ] {
        let done = place.run(args);
        assert!(done.sentence().contains(expected), "{args:?}: {}", done.stderr);
    }
    assert!(
        !place.names().iter().any(|name| name.contains("-labels") || name == "l.csv"),
        "{:?}",
        place.names()
    );
}
