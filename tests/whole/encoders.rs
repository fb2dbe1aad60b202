//! Sentence encoders as a source of the whole program: experiments, resuming, kept models, queries, bad folders.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use crate::common::{Place, encoder, static_vectors, timeless, wait_for};

const RECIPE: &str = r#"(
    title: "Sentences", seed: 5,
    transfer: Text(
        source: Encoder(folder: "encoder"),
        task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
        head: HEAD,
    ),
    methods: METHODS, labels: [40], seeds: SEEDS,
    training: (epochs: EPOCHS, learning_rate: 0.01, optimizer: AdamW(weight_decay: 0.01)),
)
"#;

const ALL: &str = "[Scratch, Frozen, FineTuned, GradualUnfreezing, LinearProbeThenFineTune, Mean, TfIdf]";

fn place(head: &str, methods: &str, seeds: usize, epochs: usize) -> Place {
    let place = Place::new();
    encoder::write(&place.path("encoder"));
    let recipe = RECIPE.replace("HEAD", head).replace("METHODS", methods);
    let recipe = recipe.replace("SEEDS", &seeds.to_string()).replace("EPOCHS", &epochs.to_string());
    place.write("sentences.ron", &recipe);
    place
}

#[test]
fn an_experiment_transfers_an_encoder_and_its_models_go_on_alone() {
    for (head, learns) in [("Average", true), ("Lstm(hidden: 4)", false)] {
        let place = place(head, ALL, 1, 25);
        let ran = place.run(&["run", "sentences.ron", "--session", "s", "--json"]).well();
        let report = ran.json();
        let rows = report["comparison"]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 7, "{rows:?}");
        let accuracy = |method: &str| {
            let row = rows.iter().find(|row| row["method"] == method).unwrap_or_else(|| panic!("{rows:?}"));
            row["mean"].as_f64().unwrap()
        };
        if learns {
            assert!(accuracy("Frozen") > 0.8 && accuracy("FineTuned") > 0.8, "{rows:?}");
        }
        // What is fixed stays the same, and what is fine-tuned moves.
        let told: Vec<String> = timeless(&place.path("s")).iter().map(|r| format!("{r:?}")).collect();
        let ends: Vec<&String> = told.iter().filter(|r| r.starts_with("RunEnd")).collect();
        assert_eq!(ends.iter().filter(|end| end.contains("Unchanged")).count(), 2, "{ends:?}");
        assert_eq!(ends.iter().filter(|end| end.contains("Changed { rows")).count(), 3, "{ends:?}");
        let encoded = told.iter().find(|r| r.starts_with("Encoder(")).unwrap();
        assert!(encoded.contains(&format!("layers: {}, width: 8", encoder::LAYERS)), "{encoded}");
        assert!(encoded.contains(if learns { "texts: 160" } else { "texts: 0" }), "{encoded}");

        // A kept model needs nothing else.
        let models = fs::read_dir(place.path("s/models")).unwrap();
        let models: Vec<_> = models.map(|item| item.unwrap().path()).collect();
        assert_eq!(models.len(), 7);
        let session =
            place.run(&["predict", "s", "--method", "fine-tuned", "--json", "that soup was superb"]).well();
        fs::remove_dir_all(place.path("encoder")).unwrap();
        for model in &models {
            let name = model.file_name().unwrap().to_string_lossy().into_owned();
            let folder = model.to_str().unwrap();
            let texts = ["that soup was LOVELY", "the lamp was dull, 金", ""];
            let said =
                place.run(&[&["predict", folder, "--json", "--count", "2"], &texts[..]].concat()).well();
            assert_eq!(said.json().as_array().map(Vec::len), Some(3), "{}", said.stdout);
            if learns && name.starts_with("frozen") {
                let label = |n: usize| said.json()[n]["labels"][0]["label"].clone();
                assert_eq!((label(0), label(1)), ("good".into(), "bad".into()), "{name} {}", said.stdout);
            }
            if name.starts_with("fine") {
                let same = place.run(&["predict", folder, "--json", "that soup was superb"]).well();
                assert_eq!(same.stdout, session.stdout);
            }
            place.run(&["test", folder, "--data", "test.csv", "--text", "review", "--label", "mood"]).well();
            let out = place.path(&format!("out-{name}"));
            place.run(&["export", folder, "--model", out.to_str().unwrap()]).well();
            let python = fs::read_to_string(out.join("load.py")).unwrap();
            let reads = !name.starts_with("tf-idf");
            assert_eq!(python.contains("import tokenizers"), reads, "{name}");
            let onnx = place.path(&format!("{name}.onnx"));
            place.run(&["export", folder, "--onnx", onnx.to_str().unwrap()]).well();
        }
    }
}

#[test]
fn the_bits_are_the_same_after_a_kill_and_at_any_thread_count() {
    let place = place("Average", ALL, 2, 40);
    place.run(&["run", "sentences.ron", "--session", "whole", "--threads", "1"]).well();
    let mut command = place.command(&["run", "sentences.ron", "--session", "cut", "--threads", "3"]);
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("cut"), "Evaluation(", 20);
    first.kill().unwrap();
    first.wait().unwrap();
    place.run(&["resume", "cut", "--threads", "2"]).well();
    let ends = |session: &str| -> BTreeSet<String> {
        let all = timeless(&place.path(session)).into_iter().map(|record| format!("{record:?}"));
        all.filter(|record| record.starts_with("RunEnd") || record.starts_with("Comparison")).collect()
    };
    assert_eq!(ends("whole").len(), 15);
    assert!(ends("cut") == ends("whole"));
    let models = |session: &str| -> Vec<(String, Vec<u8>)> {
        let files = place.files(&format!("{session}/models")).into_iter();
        files.filter(|(name, _)| name.ends_with("safetensors")).collect()
    };
    assert!(models("cut") == models("whole") && !models("cut").is_empty());
}

/// The numbers of the runs of which a session has checkpoints.
fn checkpoints(place: &Place, session: &str) -> BTreeSet<usize> {
    let names = fs::read_dir(place.path(&format!("{session}/checkpoints"))).unwrap();
    let names = names.map(|item| item.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_prefix("run-")?.split('@').next()?.parse().ok()).collect()
}

#[test]
fn a_finished_session_has_only_the_encoders_that_it_keeps() {
    let place = place("Average", "[Frozen, FineTuned]", 3, 4);
    let whole = place.run(&["run", "sentences.ron", "--session", "best", "--json"]).well().json();
    // Within a seed the runs are in the order of the methods.
    let (fixed, tuned) = (BTreeSet::from([0, 2, 4]), BTreeSet::from([1, 3, 5]));
    let kept = checkpoints(&place, "best");
    // Classifiers on fixed vectors are small. Of the encoders the one whose model is kept stays.
    assert!(fixed.is_subset(&kept) && kept.len() == fixed.len() + 1, "{kept:?}");
    // A finished session is not trained again.
    let log = fs::read(place.path("best/log.ron")).unwrap();
    let again = place.run(&["resume", "best", "--json"]).well().json();
    assert_eq!(again, whole);
    assert_eq!((checkpoints(&place, "best"), fs::read(place.path("best/log.ron")).unwrap()), (kept, log));
    let recipe = fs::read_to_string(place.path("sentences.ron")).unwrap();
    for (keep, count) in [("All", tuned.len()), ("None", 0)] {
        let kept = recipe.replace("title:", &format!("keep: {keep}, title:"));
        place.write("kept.ron", &kept);
        place.run(&["run", "kept.ron", "--session", keep]).well();
        assert_eq!(checkpoints(&place, keep).len(), fixed.len() + count, "{keep}");
    }
    // Without a part of its log it is not finished, and what it needs is trained again to the same bits.
    let log = place.path("best/log.ron");
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&log, lines[..lines.len() - 2].join("\n") + "\n").unwrap();
    let again = place.run(&["resume", "best", "--json"]).well();
    let figures = |report: &serde_json::Value| -> Vec<[serde_json::Value; 3]> {
        let runs = report["runs"].as_array().unwrap().iter();
        runs.map(|run| ["method", "loss", "confusion"].map(|key| run[key].clone())).collect()
    };
    assert_eq!(figures(&again.json()), figures(&whole));
}

#[test]
fn layers_can_stay_fixed_and_a_text_can_have_a_prefix() {
    let place = place("Average", "[FineTuned]", 1, 3);
    let recipe = fs::read_to_string(place.path("sentences.ron")).unwrap();
    let trainable = |settings: &str, session: &str| -> u64 {
        let source = format!("Encoder(folder: \"encoder\"{settings})");
        place.write("sentences.ron", &recipe.replace("Encoder(folder: \"encoder\")", &source));
        place.run(&["run", "sentences.ron", "--session", session]).well();
        let told = timeless(&place.path(session)).iter().map(|r| format!("{r:?}")).collect::<Vec<_>>();
        let start = told.iter().find(|r| r.starts_with("Run(")).unwrap();
        let rest = start.split("trainable_parameters: ").nth(1).unwrap();
        rest.split(',').next().unwrap().parse().unwrap()
    };
    let layer = 4 * (8 * 8 + 8) + (12 * 8 + 12) + (8 * 12 + 8) + 4 * 8;
    let head = 2 * 8 + 2;
    assert_eq!(trainable(", frozen_layers: 2", "two"), head);
    assert_eq!(trainable(", frozen_layers: 1", "one"), layer + head);
    assert_eq!(trainable(", frozen_layers: 0", "none"), 2 * layer + head);
    assert!(trainable("", "all") > 2 * layer + head);
    trainable(", prefix: \"what a \"", "prefixed");
    let ends = |session: &str| {
        let told = timeless(&place.path(session)).iter().map(|r| format!("{r:?}")).collect::<Vec<_>>();
        told.into_iter().find(|r| r.starts_with("Answers(")).unwrap()
    };
    assert_ne!(ends("prefixed"), ends("all"));
    assert!(
        fs::read_to_string(
            place
                .path("prefixed/models")
                .join(
                    fs::read_dir(place.path("prefixed/models")).unwrap().next().unwrap().unwrap().file_name()
                )
                .join("config.json")
        )
        .unwrap()
        .contains("what a ")
    );
}

#[test]
fn an_encoder_stands_beside_other_sources_and_its_tokens_have_neighbours() {
    let place = place("Average", "[Frozen, FineTuned, Mean]", 2, 3);
    static_vectors::write(&place.path("static"), true);
    let recipe = fs::read_to_string(place.path("sentences.ron")).unwrap();
    let sources =
        "sources: {\"static\": Vectors(file: \"static\"), \"sentences\": Encoder(folder: \"encoder\")}";
    place.write("two.ron", &recipe.replace("source: Encoder(folder: \"encoder\")", sources));
    let report = place.run(&["run", "two.ron", "--session", "two", "--json"]).well().json();
    let rows = report["comparison"]["rows"].as_array().unwrap();
    let of = |source: &str| rows.iter().filter(|row| row["source"] == source).count();
    assert_eq!((of("static"), of("sentences")), (3, 3), "{rows:?}");
    for vectors in ["encoder", "two:sentences"] {
        let near = place.run(&["neighbours", "superb", "--vectors", vectors, "--count", "3"]).well();
        assert!(near.stdout.lines().count() >= 3, "{}", near.stdout);
    }
    // Every source keeps models of its own.
    let kept =
        |name: &str| place.path(&format!("two/models/frozen-{name}-40-seed-1/encoder.safetensors")).exists();
    let other =
        |name: &str| place.path(&format!("two/models/frozen-{name}-40-seed-2/encoder.safetensors")).exists();
    assert!((kept("sentences") || other("sentences")) && !kept("static") && !other("static"));
    let said = |source: &str| {
        place
            .run(&["predict", "two", "--source", source, "--method", "frozen", "that soup was superb"])
            .well()
            .stdout
    };
    assert!(said("sentences").contains("good") && said("static").contains("good"));
    assert_ne!(said("sentences"), said("static"));
}

#[test]
fn a_folder_that_is_no_encoder_is_told_in_a_sentence() {
    let place = place("Average", "[Frozen]", 1, 3);
    let broken: [(&str, &dyn Fn()); 5] = [
        ("there is no tokenizer.json", &|| fs::remove_file(place.path("encoder/tokenizer.json")).unwrap()),
        ("there is no config.json", &|| fs::remove_file(place.path("encoder/config.json")).unwrap()),
        ("a model of the type \"gpt2\"", &|| {
            let config = fs::read_to_string(place.path("encoder/config.json")).unwrap();
            place.write("encoder/config.json", &config.replace("\"bert\"", "\"gpt2\""));
        }),
        ("num_hidden_layers", &|| {
            let config = fs::read_to_string(place.path("encoder/config.json")).unwrap();
            place.write("encoder/config.json", &config.replace("_layers\":2", "_layers\":1000000000"));
        }),
        ("pytorch_model.bin", &|| {
            fs::remove_file(place.path("encoder/model.safetensors")).unwrap();
            fs::write(place.path("encoder/pytorch_model.bin"), b"PK\x03\x04").unwrap();
        }),
    ];
    for (problem, break_it) in broken {
        let _ = fs::remove_dir_all(place.path("encoder"));
        encoder::write(&place.path("encoder"));
        break_it();
        let told = place.run(&["run", "sentences.ron", "--session", "s"]);
        assert!(told.sentence().contains(problem), "{problem}: {}", told.stderr);
        assert!(!place.path("s").exists(), "{problem}");
    }
    // A recurrent language model's layers are no head for an encoder.
    encoder::write(&place.path("encoder"));
    let recipe = fs::read_to_string(place.path("sentences.ron")).unwrap();
    place.write("sentences.ron", &recipe.replace("head: Average", "head: Transferred()"));
    let told = place.run(&["run", "sentences.ron", "--session", "s"]);
    assert!(told.sentence().contains("language model"), "{}", told.stderr);
}

#[test]
fn the_nearest_texts_of_a_file_are_found_by_an_encoder() {
    let place = Place::new();
    encoder::write(&place.path("encoder"));
    place.write("lines.txt", "the soup was superb\nthe lamp was dull\n\nwhat a superb soup\na cold lamp\n");
    let ask = |file: &str, more: &[&str]| {
        let asked =
            ["neighbours", "the soup was superb", "--vectors", "encoder", "--sentences", file, "--json"];
        place.run(&[&asked[..], more].concat()).well().json()
    };
    let found = ask("lines.txt", &[]);
    let list = found.as_array().unwrap();
    assert_eq!(list.len(), 4, "{found}");
    assert_eq!(list[0]["text"], "the soup was superb");
    assert!((list[0]["similarity"].as_f64().unwrap() - 1.0).abs() < 1e-5, "{found}");
    let figures: Vec<f64> = list.iter().map(|near| near["similarity"].as_f64().unwrap()).collect();
    assert!(figures.windows(2).all(|pair| pair[0] >= pair[1]) && figures[3] < 0.99, "{figures:?}");
    assert_eq!(found, ask("lines.txt", &["--threads", "3"]));
    assert_eq!(ask("lines.txt", &["--count", "2"]).as_array().unwrap()[..], list[..2]);
    // A table, by its column.
    let table = ask("train.csv", &["--text", "review", "--count", "240"]);
    assert_eq!(table.as_array().unwrap().len(), 240);
    let text = place
        .run(&["neighbours", "soup", "--vectors", "encoder", "--sentences", "train.csv", "--count", "3"])
        .well();
    assert_eq!(text.stdout.lines().count(), 4, "{}", text.stdout);
    for (file, why) in [("nowhere.csv", "nowhere.csv"), ("empty.txt", "it has no texts")] {
        place.write("empty.txt", "\n\n");
        let done = place.run(&["neighbours", "soup", "--vectors", "encoder", "--sentences", file]);
        assert!(done.sentence().contains(why), "{}", done.stderr);
    }
    let done = place.run(&["neighbours", "soup", "--vectors", "lines.txt", "--sentences", "train.csv"]);
    assert!(done.sentence().contains("lines.txt"), "{}", done.stderr);
    let both = ["neighbours", "soup", "--vectors", "encoder", "--sentences", "train.csv", "--by", "dot"];
    assert_eq!(place.run(&both).code, Some(2));
}
