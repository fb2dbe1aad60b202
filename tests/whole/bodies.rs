//! `Run(session: "…", method: FineTuned)`: the body of a model that another session trained is a source, with the bits that it has
//! when its files are copied by hand.

use std::fs;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use warmstart::session::record::Record;

use crate::common::{Place, encoder, timeless};

fn recipe(source: &str, methods: &str) -> String {
    format!(
        r#"(
    title: "bodies", seed: 4,
    transfer: Text(
        {source},
        task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
        head: Average,
    ),
    methods: {methods}, labels: [40], seeds: 2,
    training: (epochs: 6, learning_rate: 0.01),
)
"#
    )
}

/// Source, method, loss and confusion matrix of all runs that start from a source, without the source's name.
fn figures(report: &Value) -> Vec<[Value; 3]> {
    let runs = report["runs"].as_array().unwrap().iter().filter(|run| run["source"] != Value::Null);
    runs.map(|run| [run["method"].clone(), run["loss"].clone(), run["confusion"].clone()]).collect()
}

fn ran(place: &Place, name: &str, recipe: &str) -> Value {
    place.write(&format!("{name}.ron"), recipe);
    place.run(&["run", &format!("{name}.ron"), "--session", name, "--json"]).well().json()
}

/// Removes the second half of a session's log.
fn halve(place: &Place, session: &str) {
    let log = place.path(&format!("{session}/log.ron"));
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&log, lines[..lines.len() / 2].join("\n") + "\n").unwrap();
}

#[test]
fn an_encoder_goes_over_as_published_and_as_a_run_trained_it() {
    let place = Place::new();
    encoder::write(&place.path("encoder"));
    let methods = "[Frozen, FineTuned, Mean]";
    let parent = ran(&place, "parent", &recipe("source: Encoder(folder: \"encoder\")", methods));
    // As published.
    let child = ran(&place, "child", &recipe("source: Session(\"parent\")", methods));
    assert_eq!((figures(&child), &child["parents"][0]["hash"]), (figures(&parent), &Value::Null));

    // As fine-tuned, and the same by hand: the published folder with the weights of the kept model.
    let models: Vec<String> = (fs::read_dir(place.path("parent/models")).unwrap())
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("fine-tuned-40-seed-"))
        .collect();
    let [model] = &models[..] else { panic!("{models:?}") };
    encoder::write(&place.path("by-hand"));
    fs::copy(
        place.path(&format!("parent/models/{model}/model.safetensors")),
        place.path("by-hand/model.safetensors"),
    )
    .unwrap();
    let hand = ran(&place, "hand", &recipe("source: Encoder(folder: \"by-hand\")", methods));
    let source = "source: Run(session: \"parent\", method: FineTuned, labels: 40)";
    let body = ran(&place, "body", &recipe(source, methods));
    assert_eq!(figures(&body), figures(&hand));
    assert_ne!(figures(&body), figures(&parent));
    // The lineage.
    let lineage = &body["parents"][0];
    assert!(lineage["hash"].is_string() && lineage["model"].as_str().unwrap().contains("fine-tuned model"));
    let told = place.run(&["compare", "body"]).well().stdout;
    assert!(told.contains("is the body of the fine-tuned model with 40 labels, seed "), "{told}");

    // The other session and the published folder are not needed any more.
    fs::remove_dir_all(place.path("parent")).unwrap();
    fs::remove_dir_all(place.path("encoder")).unwrap();
    halve(&place, "body");
    let again = place.run(&["resume", "body", "--json"]).well().json();
    assert_eq!(figures(&again), figures(&hand));
    place.run(&["neighbours", "--vectors", "body", "lovely"]).well();
    place.run(&["predict", "body", "a lovely soup"]).well();
    place.run(&["audit-labels", "body", "--method", "frozen"]).well();
    // Nor for the next session, which takes the body from this one.
    let next = ran(&place, "next", &recipe("source: Session(\"body\")", methods));
    assert_eq!(figures(&next), figures(&hand));
    assert_eq!(next["parents"][0]["hash"], lineage["hash"]);
}

/// The word vectors of a kept model, in the text format of word2vec.
fn vectors(model: &Path) -> String {
    let bytes = fs::read(model.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let table = tensors.tensor("embedding.weight").unwrap();
    let values: Vec<f32> = match table.dtype() {
        Dtype::F32 => table.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        _ => table.data().as_chunks().0.iter().map(|b| half(u16::from_le_bytes(*b))).collect(),
    };
    let words: Vec<String> =
        serde_json::from_str(&fs::read_to_string(model.join("vocabulary.json")).unwrap()).unwrap();
    let dim = table.shape()[1];
    let mut text = format!("{} {dim}\n", words.len());
    // The first row is that of unknown words.
    for (word, row) in words.iter().zip(values.chunks(dim).skip(1)) {
        let row: Vec<String> = row.iter().map(f32::to_string).collect();
        text.push_str(&format!("{word} {}\n", row.join(" ")));
    }
    text
}

/// A number of 16 bits that is zero or normal.
fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (bits >> 15, (bits >> 10) & 31, bits & 1023);
    let value = match exponent {
        0 => f32::from(fraction) * 2_f32.powi(-24),
        _ => (1.0 + f32::from(fraction) / 1024.0) * 2_f32.powi(i32::from(exponent) - 15),
    };
    if sign == 1 { -value } else { value }
}

#[test]
fn fine_tuned_word_vectors_go_over() {
    let place = Place::new();
    place.write("two.txt", "lovely 1 0\ndull 0 1\nsoup 0.1 0.1\nsong 0.3 -0.2\nwas 0.2 0.1\n");
    let methods = "[Frozen, FineTuned]";
    let sources = "sources: {\"file\": Vectors(file: \"two.txt\"), \"more\": Vectors(file: \"two.txt\")}";
    ran(&place, "parent", &recipe(sources, methods));
    let models = place.path("parent/models");
    let of_file = |item: &fs::DirEntry| item.file_name().to_string_lossy().starts_with("fine-tuned-file-40");
    let model = fs::read_dir(&models).unwrap().map(Result::unwrap).find(of_file).unwrap().path();
    place.write("by-hand.txt", &vectors(&model));
    let hand = ran(&place, "hand", &recipe("source: Vectors(file: \"by-hand.txt\")", methods));
    let body = ran(&place, "body", &recipe("source: Run(session: \"parent:file\")", methods));
    assert_eq!(figures(&body), figures(&hand));
    let near =
        |vectors: &str| place.run(&["neighbours", "--vectors", vectors, "lovely", "--json"]).well().stdout;
    assert_eq!(near("body"), near("by-hand.txt"));

    for (source, expected) in [
        ("Run(session: \"parent:file\", labels: 50)", "no model of fine-tuned with 50 labels; there are"),
        ("Run(session: \"parent:file\", seed: 9)", "no model of fine-tuned, seed 9; there are"),
        ("Run(session: \"parent\")", "this session has 2 sources"),
        ("Run(session: \"nowhere\")", "this is not a session"),
        ("Run(session: \"parent:file\", method: TfIdf)", "`TfIdf` trains no body"),
        ("Run(session: \"parent:file\", seed: 0)", "seeds count from 1"),
    ] {
        place.write("wrong.ron", &recipe(&format!("source: {source}"), methods));
        let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(refused.sentence().contains(expected), "{source}: {}", refused.stderr);
        assert!(!place.path("wrong").exists(), "{source}");
    }
}

/// The loss of the first run of a method.
fn loss(report: &Value, method: &str) -> f64 {
    let runs = report["runs"].as_array().unwrap();
    runs.iter().find(|run| run["method"] == method).unwrap()["loss"].as_f64().unwrap()
}

#[test]
fn the_layers_of_a_language_model_go_over_as_a_classifier_trained_them() {
    let place = Place::new();
    let ask = |source: &str, head: &str| {
        recipe(&format!("source: {source}"), "[Frozen, FineTuned]")
            .replace("head: Average", &format!("head: {head}"))
    };
    let model = "LanguageModel(corpus: File(\"corpus.txt\"), dim: 8, hidden: 6, layers: 2, epochs: 2, batch_size: 4, direction: Backward)";
    ran(&place, "parent", &ask(model, "Transferred()"));
    let child = |name: &str, source: &str| ran(&place, name, &ask(source, "Transferred()"));
    let itself = child("itself", "Session(\"parent\")");
    let frozen = child("frozen", "Run(session: \"parent\", method: Frozen)");
    let tuned = child("tuned", "Run(session: \"parent\")");
    // A frozen run leaves the layers as they were; its kept word vectors may be rounded to F16.
    let differ = |a: &Value, b: &Value| (loss(a, "Frozen") - loss(b, "Frozen")).abs();
    assert!(differ(&frozen, &itself) < 1e-3, "{} {}", loss(&frozen, "Frozen"), loss(&itself, "Frozen"));
    // With layers that were trained on the same labels, a linear classifier does better.
    assert!(loss(&tuned, "Frozen") < loss(&itself, "Frozen") - 0.01, "{}", differ(&tuned, &itself));

    // A third session takes the copy; a resumed one repeats the bits.
    let third = child("third", "Session(\"tuned\")");
    assert_eq!(figures(&third), figures(&tuned));
    halve(&place, "tuned");
    assert_eq!(figures(&place.run(&["resume", "tuned", "--json"]).well().json()), figures(&tuned));

    // Word vectors alone serve other heads, and have no layers to give.
    ran(&place, "average", &ask("Run(session: \"parent\")", "Average"));
    place.write("wrong.ron", &ask("Run(session: \"average\")", "Transferred()"));
    let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
    assert!(
        refused.sentence().contains("`Transferred` takes the layers of a language model"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_fine_tuned_network_goes_over() {
    let place = Place::new();
    let images = |name: &str, source: &str| -> Vec<Record> {
        let recipe = format!(
            "(title: \"t\", seed: 2, transfer: Images(source: {source}, task: DemoDigits), methods: [Frozen, FineTuned],
              labels: [20], seeds: 1, training: (epochs: 3))"
        );
        place.write("images.ron", &recipe);
        place.run(&["run", "images.ron", "--session", name]).well();
        let ends = |record: &Record| matches!(record, Record::Evaluation(_));
        timeless(&place.path(name)).into_iter().filter(ends).collect()
    };
    let parent = images("parent", "Classifier(set: Demo(letters: 520), epochs: 1)");
    let hand = images("hand", "Network(\"parent/models/fine-tuned-20-seed-1/model.safetensors\")");
    let body = images("body", "Run(session: \"parent\", labels: 20, seed: 1)");
    assert!(!body.is_empty() && body == hand && body != parent);
    fs::remove_dir_all(place.path("parent")).unwrap();
    halve(&place, "body");
    place.run(&["resume", "body"]).well();
    let next = images("next", "Session(\"body\")");
    assert_eq!(next, hand);
}
