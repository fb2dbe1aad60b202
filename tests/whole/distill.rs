//! `distill`, and `Distilled` as a source: the folder, experiments, resuming, bad input.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{self, Place, encoder, timeless};

fn place() -> Place {
    let place = Place::new();
    encoder::write(&place.path("encoder"));
    place
}

fn recipe(source: &str) -> String {
    format!(
        r#"(
    title: "Distilled", seed: 5,
    transfer: Text(
        source: {source},
        task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
        head: Average,
    ),
    methods: [Frozen, FineTuned, Mean], labels: [40], seeds: 1,
    training: (epochs: 4, learning_rate: 0.02),
)
"#
    )
}

/// The results of the runs and the vectors that they came from, without their origin.
fn results(place: &Place, session: &str) -> Vec<String> {
    let told = timeless(&place.path(session)).into_iter().map(|record| format!("{record:?}"));
    let wanted = ["RunEnd", "Answers", "Coverage"];
    told.filter(|record| wanted.iter().any(|name| record.starts_with(name))).collect()
}

#[test]
fn an_encoder_becomes_a_folder_of_static_vectors() {
    let place = place();
    let done = place.run(&["distill", "encoder", "--out", "static/", "--dim", "5", "--json"]).well();
    let report = done.json();
    // The special tokens and `[unused0]` have no vectors.
    let tokens = encoder::tokens().len() - 4;
    assert_eq!((&report["tokens"], &report["words"], &report["dim"]), (&tokens.into(), &0.into(), &5.into()));
    assert!(report["explained_variance"].as_f64().is_some_and(|part| (0.5..1.0).contains(&part)), "{report}");
    let config: Value = serde_json::from_slice(&fs::read(place.path("static/config.json")).unwrap()).unwrap();
    assert_eq!((&config["tokenizer_name"], &config["apply_pca"]), (&"encoder".into(), &5.into()));
    let near = place.run(&["neighbours", "superb", "--vectors", "static", "--count", "6"]).well().stdout;
    assert!(near.contains("neat") || near.contains("warm") || near.contains("bright"), "{near}");
    // The bits do not depend on the number of threads.
    place.run(&["distill", "encoder", "--out", "again", "--dim", "5", "--threads", "3"]).well();
    place.run(&["distill", "encoder", "--out", "one", "--dim", "5", "--threads", "1"]).well();
    assert!(place.files("again") == place.files("one") && place.files("again") == place.files("static"));
    // More dimensions than the encoder has, none, no weights, other states, other numbers.
    let more = place.run(&["distill", "encoder", "--out", "more"]).well();
    assert!(more.stderr.contains("the vectors have 8 dimensions: encoder has no more"), "{}", more.stderr);
    assert!(
        more.stdout.contains(&format!("{tokens} tokens of 8 numbers, which keep 100.0 %")),
        "{}",
        more.stdout
    );
    let plain = ["--dim", "0", "--sif", "0", "--pooling", "first", "--dtype", "float32"];
    let plain = place.run(&[&["distill", "encoder", "--out", "plain"], &plain[..]].concat()).well();
    assert!(plain.stdout.contains(&format!("{tokens} tokens of 8 numbers; in ")), "{}", plain.stdout);
    let size = |name: &str| fs::metadata(place.path(&format!("{name}/model.safetensors"))).unwrap().len();
    assert!(size("plain") > size("more") * 3 / 2);
}

#[test]
fn words_of_a_text_get_vectors_of_their_own() {
    let place = place();
    let distil = |more: &[&str]| {
        let fixed = ["distill", "encoder", "--dim", "4", "--corpus", "corpus.txt", "--json"];
        place.run(&[&fixed, more].concat()).well()
    };
    let done = distil(&["--out", "words"]);
    // "lovely", "dull" were cut into pieces; "[UNK]" is no word.
    assert_eq!(done.json()["words"], 2, "{}", done.stdout);
    assert!(done.stderr.contains("2 words of the text get vectors beside the"), "{}", done.stderr);
    let near = place.run(&["neighbours", "Lovely", "--vectors", "words", "--count", "3", "--json"]).well();
    let good = ["bright", "splendid", "honest", "superb"];
    assert!(good.iter().any(|word| near.stdout.contains(word)), "{}", near.stdout);
    assert_eq!(distil(&["--out", "one", "--max-vocabulary", "1"]).json()["words"], 1);
    assert_eq!(distil(&["--out", "rare", "--min-count", "100000"]).json()["words"], 0);
    // From a column of a table, and from standard input.
    let column =
        ["distill", "encoder", "--out", "column", "--corpus", "train.csv", "--text", "review", "--json"];
    assert_eq!(place.run(&column).well().json()["words"], 2);
    let piped = ["distill", "encoder", "--out", "piped", "--dim", "4", "--corpus", "-", "--threads", "1"];
    let done = place.run_with_input(&piped, &fs::read(place.path("corpus.txt")).unwrap()).well();
    assert!(done.stdout.contains("tokens of 4 numbers"), "{}", done.stdout);
    assert!(place.files("piped") == place.files("words"));
}

#[test]
fn a_session_distils_its_source_and_has_the_vectors_of_the_folder() {
    let place = place();
    place.write("session.ron", &recipe("Distilled(encoder: \"encoder\", dim: 5)"));
    place.write("folder.ron", &recipe("Vectors(file: \"static\")"));
    place.run(&["distill", "encoder", "--out", "static", "--dim", "5"]).well();
    let told = place.run(&["run", "session.ron", "--session", "s"]).well();
    assert!(told.stderr.contains("from encoder, distilled here"), "{}", told.stderr);
    place.run(&["run", "folder.ron", "--session", "f"]).well();
    assert_eq!(results(&place, "s"), results(&place, "f"));
    assert!(results(&place, "s").len() > 4);
    // The session keeps the vectors: neither the encoder nor the recipe's folder is needed any more.
    fs::remove_dir_all(place.path("encoder")).unwrap();
    let near = |vectors: &str| {
        place.run(&["neighbours", "superb", "--vectors", vectors, "--json"]).well().json()["neighbours"]
            .clone()
    };
    assert_eq!(near("s"), near("static"));
    let report = place.run(&["compare", "s"]).well();
    assert!(report.stdout.contains("frozen"), "{}", report.stdout);
    place.run(&["replay", "s", "--plain"]).well();
    place.run(&["predict", "s", "that soup was lovely"]).well();
    let refused = place.run(&["lr-find", "session.ron", "--source"]);
    assert!(refused.sentence().contains("needs no learning rate"), "{}", refused.stderr);
}

#[test]
fn a_session_that_was_stopped_goes_on_without_distilling_again() {
    let place = place();
    let source = "Distilled(encoder: \"encoder\", dim: 5, corpus: Task(), min_count: 2)";
    let slow = recipe(source).replace("epochs: 4", "epochs: 400");
    place.write("session.ron", &slow);
    place.run(&["run", "session.ron", "--session", "whole", "--threads", "1"]).well();
    let mut command = place.command(&["run", "session.ron", "--session", "cut", "--threads", "2"]);
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    common::wait_for(&place.path("cut"), "Evaluation(", 2);
    first.kill().unwrap();
    first.wait().unwrap();
    fs::remove_dir_all(place.path("encoder")).unwrap();
    place.run(&["resume", "cut"]).well();
    let ends = |session: &str| {
        let mut ends: Vec<String> =
            results(&place, session).into_iter().filter(|record| record.starts_with("RunEnd")).collect();
        ends.sort();
        ends.dedup();
        ends
    };
    assert!(ends("cut") == ends("whole") && ends("whole").len() == 3);
}

#[test]
fn what_cannot_be_distilled_is_refused_in_a_sentence() {
    let place = place();
    let refused = |args: &[&str], told: &str| {
        let done = place.run(&[&["distill"], args].concat());
        assert!(done.sentence().contains(told), "{args:?}: {}", done.stderr);
        assert!(!place.path("out").exists(), "{args:?}");
    };
    let whole = |more: &[&str], told: &str| refused(&[&["encoder", "--out", "out"], more].concat(), told);
    refused(&["nowhere", "--out", "out"], "nowhere: there is no such folder");
    refused(&["corpus.txt", "--out", "out"], "corpus.txt: this is a file");
    refused(&["encoder", "--out", "encoder"], "encoder: it is there already");
    refused(&["encoder", "--out", "no/where"], "this folder does not exist");
    whole(&["--sif", "1.5"], "sif is 1.5; it goes from 0");
    whole(&["--dim", "100000"], "dim is 100000; it goes from 1 to 16384");
    whole(&["--max-vocabulary", "0"], "max_vocabulary is 0");
    whole(&["--corpus", "none.txt"], "none.txt");
    place.write("empty.txt", " \n");
    whole(&["--corpus", "empty.txt"], "empty.txt has no words");
    assert_eq!(place.run(&["distill", "encoder", "--out", "out", "--text", "review"]).code, Some(2));
    // Files that are missing or damaged are those of the encoder's reader.
    for (file, told) in [
        ("config.json", "there is no config.json in it"),
        ("tokenizer.json", "there is no tokenizer.json in it"),
        ("model.safetensors", "model.safetensors"),
    ] {
        let kept = fs::read(place.path(&format!("encoder/{file}"))).unwrap();
        fs::remove_file(place.path(&format!("encoder/{file}"))).unwrap();
        whole(&[], told);
        fs::write(place.path(&format!("encoder/{file}")), &kept[..kept.len() / 2]).unwrap();
        whole(&[], file);
        fs::write(place.path(&format!("encoder/{file}")), &kept).unwrap();
    }
    // A session with such a source begins nothing.
    for (source, told) in [
        ("Distilled(encoder: \"nowhere\")", "there is no such folder"),
        ("Distilled(encoder: \"encoder\", sif: 2.0)", "`sif` is 2"),
        ("Distilled(encoder: \"encoder\", corpus: File(\"none.txt\"))", "none.txt"),
    ] {
        place.write("bad.ron", &recipe(source));
        let done = place.run(&["run", "bad.ron", "--session", "bad"]);
        assert!(done.sentence().contains(told), "{source}: {}", done.stderr);
        assert!(!place.path("bad").exists(), "{source}");
    }
}
