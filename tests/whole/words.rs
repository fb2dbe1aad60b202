//! Where words stand in a corpus, words on axes, and two runs side by side, by the whole program.

use std::fs;

use crate::common::Place;

#[test]
fn a_concordance_is_the_same_from_any_form_of_the_corpus() {
    let place = Place::new();
    let text: String = (0..3_000)
        .map(|n| format!("day {n}: the soup was {} and cold\n", ["awful", "dreadful", "good"][n % 3]))
        .collect();
    fs::write(place.path("text.txt"), &text).unwrap();
    let rows: String = text.lines().map(|line| format!("\"{line}\",x\n")).collect();
    fs::write(place.path("table.csv"), format!("review,label\n{rows}")).unwrap();
    let ask = |args: &[&str]| place.run(&[&["concordance"], args, &["--json"]].concat()).well().json();
    let words = ["awful", "--with", "dreadful", "--count", "3"];
    let of_file = ask(&[&["text.txt"], &words[..]].concat());
    assert_eq!((&of_file["extent"], &of_file["of"]), (&"whole".into(), &3_000.into()));
    assert_eq!(of_file["occurrences"], serde_json::json!([1_000, 1_000]));
    assert!(of_file["cosine"].as_f64().unwrap() > 0.9);
    let contexts: Vec<&str> =
        of_file["shared"].as_array().unwrap().iter().map(|c| c["word"].as_str().unwrap()).collect();
    assert!(contexts.contains(&"soup") && contexts.contains(&"cold"), "{contexts:?}");
    let line = &of_file["lines"][0];
    assert_eq!((&line["left"], &line["keyword"]), (&"day 0: the soup was ".into(), &"awful".into()));
    let of_table = ask(&[&["table.csv", "--text", "review"], &words[..]].concat());
    assert_eq!(of_table["lines"], of_file["lines"]);
    // A small sample is searched beyond, so that a rare word has its lines; and the same seed takes the same sample.
    let sampled = |seed: &str| ask(&["text.txt", "soup", "--sample", "50", "--count", "9", "--seed", seed]);
    assert_eq!((&sampled("1")["extent"], &sampled("1")["passages"]), (&"sample".into(), &50.into()));
    assert!(sampled("1") == sampled("1") && sampled("1")["lines"] != sampled("2")["lines"]);
    let rare = ask(&["text.txt", "2999", "--sample", "50"]);
    assert_eq!((&rare["extent"], &rare["lines"][0]["passage"]), (&"searched".into(), &2_999.into()));

    let told = place.run(&[&["concordance", "text.txt", "--csv", "lines.csv"], &words[..]].concat()).well();
    let told = told.stdout;
    assert!(
        told.contains("awful: 1,000 places") && told.contains("shared contexts within 5 words"),
        "{told}"
    );
    let table = fs::read_to_string(place.path("lines.csv")).unwrap();
    assert!(table.starts_with("word,passage,left,keyword,right,shared contexts\nawful,1,"), "{table}");

    let refused = place.run(&["concordance", "text.txt", "awful", "--window", "0"]).sentence().to_string();
    assert!(refused.contains("--window is 0"), "{refused}");
    let refused = place.run(&["concordance", "absent.txt", "awful"]).sentence().to_string();
    assert!(refused.contains("absent.txt"), "{refused}");
}

#[test]
fn words_are_placed_on_axes_and_what_cannot_be_is_said() {
    let place = Place::new();
    let vectors = "6 3\ngood 1 0 1\nbad -1 0 1\ncheap 0 2 0\ndear 0 -2 0\nfine 3 -4 0\nfilm 0 0 1\n";
    fs::write(place.path("v.txt"), vectors).unwrap();
    let axes = ["axis", "v.txt", "--x", "good - bad", "--y", "cheap - dear"];
    let found = place.run(&[&axes[..], &["film", "fine", "absent", "--json"]].concat()).well().json();
    assert_eq!(found["missing"], serde_json::json!(["absent"]));
    assert_eq!(found["words"][0]["word"], "fine");
    assert!((found["words"][0]["x"].as_f64().unwrap() - 0.6).abs() < 1e-6);
    assert!((found["words"][0]["y"].as_f64().unwrap() + 0.8).abs() < 1e-6);
    assert_eq!(found["cosine"], 0.0);
    let one = place.run(&["axis", "v.txt", "--x", "good - bad", "--frequent", "3"]).well();
    assert!(one.stdout.lines().next().unwrap().contains("good - bad"), "{}", one.stdout);
    place.run(&[&axes[..], &["fine", "--csv", "a.csv", "--svg", "a.svg"]].concat()).well();
    let table = fs::read_to_string(place.path("a.csv")).unwrap();
    assert!(table.starts_with("word,good - bad,cheap - dear\nfine,0."), "{table}");
    assert!(fs::read_to_string(place.path("a.svg")).unwrap().contains(">fine<"));
    let refused = place.run(&[&axes[..], &["absent"]].concat()).sentence().to_string();
    assert!(refused.contains("none of these words has a vector"), "{refused}");
    let refused = place.run(&["axis", "v.txt", "--x", "good bad", "film"]).sentence().to_string();
    assert!(refused.contains("no + or - stands"), "{refused}");
}

#[test]
fn two_runs_of_a_session_are_compared_cell_by_cell() {
    let place = Place::new();
    let session = concat!(env!("CARGO_MANIFEST_DIR"), "/sessions/recorded-demo");
    let found = place.run(&["compare", session, "--runs", "1,0", "--json"]).well().json();
    let [left, right] = [0, 1].map(|side| found["accuracies"][side].as_f64().unwrap());
    assert!(left > 0.5 && right > 0.5 && found["independent"] == false, "{found}");
    let mirrored = place.run(&["compare", session, "--runs", "0,1", "--json"]).well().json();
    let cell = |found: &serde_json::Value| {
        let cell = &found["differences"]["cells"][0];
        cell["left"].as_f64().unwrap() - cell["right"].as_f64().unwrap()
    };
    assert!((cell(&found) + cell(&mirrored)).abs() < 1e-12);
    let earlier = place.run(&["compare", session, "--runs", "1,0", "--step", "30", "--json"]).well().json();
    assert!(earlier["independent"] == true && earlier["differences"]["set"] == "validation", "{earlier}");
    let told = place.run(&["compare", session, "--runs", "1,0"]).well().stdout;
    assert!(told.contains(" points") && told.contains("95 % interval"), "{told}");
    for (args, expected) in [
        (&["--runs", "1,99"][..], "has no run 99"),
        (&["--runs", "1"], "names two runs"),
        (&["--runs", "1,0", "--set", "absent"], "evaluated on \"absent\""),
    ] {
        let done = place.run(&[&["compare", session], args].concat());
        assert!(done.sentence().contains(expected), "{}", done.stderr);
    }
}
