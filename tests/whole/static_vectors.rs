//! Static token vectors as a source of the whole program: experiments, kept models, queries, conversion, bad folders.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use crate::common::{Place, static_vectors, timeless, wait_for};

const RECIPE: &str = r#"(
    title: "Tokens", seed: 5,
    transfer: Text(
        source: Vectors(file: "static"),
        task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
        head: HEAD,
    ),
    methods: [Scratch, Frozen, FineTuned, Mean, TfIdf], labels: [40], seeds: 1,
    training: (epochs: EPOCHS, learning_rate: 0.02),
)
"#;

fn place(head: &str, epochs: usize) -> Place {
    let place = Place::new();
    static_vectors::write(&place.path("static"), true);
    static_vectors::write(&place.path("sentence"), false);
    place.write("tokens.ron", &RECIPE.replace("HEAD", head).replace("EPOCHS", &epochs.to_string()));
    place
}

#[test]
fn an_experiment_reads_tokens_and_its_models_go_on_alone() {
    // An LSTM learns little from 40 examples; it is here for its kept models.
    for (head, learns) in [("Average", true), ("Lstm(hidden: 6)", false)] {
        let place = place(head, 6);
        let report = place.run(&["run", "tokens.ron", "--session", "s", "--json"]).well().json();
        let rows = report["comparison"]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 5);
        let accuracy = |method: &str| {
            let row = rows.iter().find(|row| row["method"] == method).unwrap_or_else(|| panic!("{rows:?}"));
            row["mean"].as_f64().unwrap()
        };
        assert!((accuracy("Frozen") > 0.8 || !learns) && accuracy("Mean") > 0.8, "{rows:?}");
        // A kept model cuts texts by the tokeniser, wherever it lies.
        let models = fs::read_dir(place.path("s/models")).unwrap();
        let models: Vec<_> = models.map(|item| item.unwrap().path()).collect();
        fs::remove_dir_all(place.path("static")).unwrap();
        for model in &models {
            let name = model.file_name().unwrap().to_string_lossy().into_owned();
            let baseline = name.starts_with("tf-idf");
            assert_eq!(model.join("tokenizer.json").is_file(), !baseline, "{name}");
            let folder = model.to_str().unwrap();
            let texts = ["that soup was LOVELY", "the lamp was dull, 金", ""];
            let said =
                place.run(&[&["predict", folder, "--json", "--count", "2"], &texts[..]].concat()).well();
            assert_eq!(said.json().as_array().map(Vec::len), Some(3), "{}", said.stdout);
            if name.starts_with(if learns { "frozen" } else { "mean" }) {
                let label = |n: usize| said.json()[n]["labels"][0]["label"].clone();
                assert_eq!((label(0), label(1)), ("good".into(), "bad".into()), "{}", said.stdout);
            }
            place.run(&["test", folder, "--data", "test.csv", "--text", "review", "--label", "mood"]).well();
            let out = place.path(&format!("out-{name}"));
            let onnx = place.path(&format!("{name}.onnx"));
            let out = [out.to_str().unwrap(), onnx.to_str().unwrap()];
            place.run(&["export", folder, "--model", out[0], "--onnx", out[1]]).well();
            let python = fs::read_to_string(place.path(&format!("out-{name}/load.py"))).unwrap();
            assert_eq!(python.contains("import tokenizers"), !baseline, "{name}");
        }
        // The models share one file.
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let file = models.iter().map(|model| model.join("tokenizer.json")).find(|file| file.is_file());
            assert_eq!(file.unwrap().metadata().unwrap().nlink(), 4);
        }
    }
}

#[test]
fn a_session_that_is_killed_goes_on_to_the_same_bits() {
    let place = place("Average", 400);
    place.run(&["run", "tokens.ron", "--session", "whole", "--threads", "1"]).well();
    let mut command = place.command(&["run", "tokens.ron", "--session", "cut", "--threads", "1"]);
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("cut"), "Evaluation(", 4);
    first.kill().unwrap();
    first.wait().unwrap();
    place.run(&["resume", "cut", "--threads", "2"]).well();
    // A run that ended before the kill is told again after the resume.
    let ends = |session: &str| -> BTreeSet<String> {
        let all = timeless(&place.path(session)).into_iter().map(|record| format!("{record:?}"));
        all.filter(|record| record.starts_with("RunEnd") || record.starts_with("Comparison")).collect()
    };
    assert!(ends("cut") == ends("whole") && ends("whole").len() == 6);
    let models = |session: &str| -> Vec<(String, Vec<u8>)> {
        place
            .files(&format!("{session}/models"))
            .into_iter()
            .filter(|(name, _)| name.ends_with("safetensors"))
            .collect()
    };
    assert!(models("cut") == models("whole") && !models("cut").is_empty());
}

#[test]
fn words_are_asked_by_their_tokens() {
    let place = place("Average", 6);
    for folder in ["static", "sentence"] {
        let near = place.run(&["neighbours", "SUPERB", "--vectors", folder, "--count", "3", "--json"]).well();
        let lower =
            place.run(&["neighbours", "superb", "--vectors", folder, "--count", "3", "--json"]).well();
        assert_eq!(near.stdout, lower.stdout);
        // A word of two tokens has their mean.
        let made = place.run(&["neighbours", "lovely", "--vectors", folder, "--count", "2"]).well();
        assert!(made.stdout.contains("love") || made.stdout.contains("##ly"), "{}", made.stdout);
        place.run(&["analogy", "superb", "grim", "neat", "--vectors", folder]).well();
        place.run(&["odd-one-out", "superb", "bright", "grim", "--vectors", folder]).well();
        place.run(&["evaluate", folder, "--similarity", "pairs.txt"]).well();
        place.run(&["map", "--around", "superb", "--vectors", folder, "--out", "map.svg"]).well();
    }
    for out in ["v.txt", "v.bin", "v.safetensors"] {
        let told = place.run(&["convert", "static", out]).well();
        assert!(told.stdout.contains(&format!("{} words of 6 numbers", static_vectors::tokens().len())));
        let again = place.run(&["neighbours", "##ly", "--vectors", out, "--count", "1"]).well();
        let first = place.run(&["neighbours", "##ly", "--vectors", "static", "--count", "1"]).well();
        assert_eq!(again.stdout, first.stdout, "{out}");
    }
    place
        .run(&["cluster", "--data", "train.csv", "--text", "review", "--vectors", "static", "--k", "2"])
        .well();
    place
        .run(&[
            "run",
            "train.csv",
            "--text",
            "review",
            "--label",
            "mood",
            "--vectors",
            "static",
            "--session",
            "f",
        ])
        .well();
}

#[test]
fn a_folder_that_cannot_be_read_is_told_in_a_sentence() {
    let place = place("Average", 6);
    let broken: [(&str, &dyn Fn()); 5] = [
        ("the folder has no tokenizer.json", &|| {
            fs::remove_file(place.path("static/tokenizer.json")).unwrap()
        }),
        ("the folder has no config.json", &|| fs::remove_file(place.path("static/config.json")).unwrap()),
        ("no tokeniser can be read from it", &|| {
            place.write("static/tokenizer.json", "{\"version\": \"1.0\"")
        }),
        ("but the tokeniser knows", &|| {
            let more = static_vectors::tokeniser().replace("\"##ll\":", "\"more\": 1000, \"##ll\":");
            place.write("static/tokenizer.json", &more);
        }),
        ("a Python pickle", &|| {
            fs::remove_file(place.path("static/model.safetensors")).unwrap();
            fs::write(place.path("static/pytorch_model.bin"), b"PK\x03\x04").unwrap();
        }),
    ];
    for (problem, break_it) in broken {
        static_vectors::write(&place.path("static"), true);
        break_it();
        for arguments in [&["neighbours", "superb", "--vectors", "static"][..], &["run", "tokens.ron"]] {
            let told = place.run(arguments);
            assert!(told.sentence().contains(problem), "{problem}: {}", told.stderr);
        }
    }
}
