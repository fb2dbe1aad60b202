//! The learning-rate finder by the whole program.

use serde_json::Value;

use crate::common::{Place, encoder};

/// The only test of a report.
fn only(report: &Value) -> &Value {
    let tests = report["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 1);
    &tests[0]
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

const LANGUAGE: &str = r#"(
    title: "t", seed: 3,
    transfer: Text(
        source: LanguageModel(
            corpus: Demo(reviews: 150), dim: 12, hidden: 16, batch_size: 6, bptt: 9, epochs: 1,
            dropout: (input: 0.2, output: 0.2, weights: 0.2),
        ),
        task: Demo(train: 200, test: 40),
        head: Transferred(),
    ),
    methods: [Scratch, FineTuned, GradualUnfreezing, TfIdf],
    labels: [40], seeds: 1, training: (epochs: 2),
)"#;

const WORDS: &str = r#"(
    title: "t", seed: 3,
    transfer: Text(
        source: SkipGram(corpus: Demo(reviews: 2000), dim: 20, epochs: 1),
        task: Demo(train: 200, test: 40),
        head: Average,
    ),
    labels: [40], seeds: 1,
)"#;

const IMAGES: &str = r#"(
    title: "t", seed: 3,
    transfer: Images(
        source: Classifier(set: Demo(letters: 1500), epochs: 1, batch_size: 64),
        task: DemoDigits,
        head: Layers(new: 1),
    ),
    methods: [Scratch, Frozen, FineTuned, Pixels],
    labels: [40], seeds: 1,
)"#;

#[test]
fn every_kind_of_pre_training_has_a_curve_of_the_same_bits_at_any_number_of_threads() {
    let place = Place::new();
    place.write("words.ron", WORDS);
    place.write("language.ron", LANGUAGE);
    place.write("images.ron", IMAGES);
    let updates = [("words.ron", "60", 0.05), ("language.ron", "60", 0.01), ("images.ron", "60", 0.05)];
    for (recipe, updates, fall) in updates {
        let asked = ["lr-find", recipe, "--updates", updates, "--from", "1e-4", "--to", "1", "--json"];
        let of = |threads: &str| place.run(&[&asked[..], &["--threads", threads]].concat()).well().json();
        let (one, three) = (of("1"), of("3"));
        assert_eq!(one, three, "{recipe}");
        let test = only(&one);
        assert_eq!(test["of"], "pre-training");
        let points = test["points"].as_array().unwrap();
        let losses: Vec<f64> = points.iter().map(|point| number(&point["smoothed"])).collect();
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(least < losses[0] * (1.0 - fall), "{recipe}: {losses:?}");
        assert!(number(&points[1]["learning_rate"]) > number(&points[0]["learning_rate"]));
        let (steepest, tenth) = (number(&test["steepest"]), number(&test["tenth_of_least"]));
        assert!((1e-4..=1.0).contains(&steepest) && (1e-5..=0.1).contains(&tenth));
    }
    // Nothing is left behind.
    let names = place.names();
    assert!(!names.iter().any(|name| name.contains("session") || name.contains("warmstart")), "{names:?}");
}

#[test]
fn methods_of_texts_and_images_have_curves() {
    let place = Place::new();
    place.write("language.ron", LANGUAGE);
    place.write("images.ron", IMAGES);
    let methods =
        ["--method", "scratch", "--method", "finetuned", "--updates", "20", "--from", "1e-4", "--json"];
    for recipe in ["language.ron", "images.ron"] {
        let of = |threads: &str| {
            place.run(&[&["lr-find", recipe], &methods[..], &["--threads", threads]].concat()).well().json()
        };
        let (one, three) = (of("1"), of("3"));
        assert_eq!(one, three);
        let names: Vec<&str> =
            one["tests"].as_array().unwrap().iter().map(|test| test["of"].as_str().unwrap()).collect();
        assert_eq!(names, ["scratch, 40 labels", "fine-tuned, 40 labels"]);
        assert_ne!(one["tests"][0]["points"], one["tests"][1]["points"]);
    }
    let text =
        place.run(&["lr-find", "language.ron", "--method", "gradual", "--updates", "30"]).well().stdout;
    assert!(text.starts_with("gradual, 40 labels: Adam, batches of 16\n"), "{text}");
    assert!(text.contains("The recipe's own learning rate is 0.00100."), "{text}");
}

#[test]
fn a_session_gives_its_source_and_is_not_touched() {
    let place = Place::new();
    place.write("language.ron", LANGUAGE);
    place.run(&["run", "language.ron", "--session", "kept"]).well();
    let before = place.files("kept");
    let ask = |what: &str| {
        place.run(&["lr-find", what, "--method", "finetuned", "--updates", "15", "--json"]).well().json()
    };
    // The recipe pre-trains the same source by itself.
    assert_eq!(ask("kept"), ask("language.ron"));
    assert_eq!(place.files("kept"), before);
}

#[test]
fn what_has_no_rate_is_refused_in_a_sentence() {
    let place = Place::new();
    place.write("images.ron", IMAGES);
    place.write("words.ron", WORDS);
    let done = place.run(&["lr-find", "images.ron", "--method", "frozen"]);
    let why = done.sentence();
    assert!(why.contains("frozen has no learning rate"), "{why}");
    let done = place.run(&["lr-find", "words.ron", "--from", "1", "--to", "0.1"]);
    let why = done.sentence();
    assert!(why.contains("rates from 1 to 0.1"), "{why}");
    let done = place.run(&["lr-find", "nowhere"]);
    let why = done.sentence();
    assert!(why.contains("nowhere"), "{why}");
    assert_eq!(place.run(&["lr-find", "words.ron", "--labels", "some"]).code, Some(2));
}

#[test]
fn published_vectors_are_tested_after_their_output_weights() {
    let place = Place::new();
    place.write("words.ron", WORDS);
    place.run(&["run", "words.ron", "--session", "s"]).well();
    place.run(&["convert", "s", "v.txt"]).well();
    // A new true pair costs ln 2, and so does each of its five false ones.
    let untrained = 6.0 * 2_f64.ln();
    for (outputs_first, learned) in [("0.0", false), ("1.0", true)] {
        let from = format!("SkipGram(from: (file: \"v.txt\", outputs_first: {outputs_first}),");
        place.write("continued.ron", &WORDS.replace("SkipGram(", &from).replace("dim: 20, ", ""));
        let asked =
            ["lr-find", "continued.ron", "--updates", "20", "--from", "1e-4", "--to", "0.5", "--json"];
        let of = |threads: &str| place.run(&[&asked[..], &["--threads", threads]].concat()).well().json();
        let (one, three) = (of("1"), of("3"));
        assert_eq!(one, three);
        let first = number(&only(&one)["points"][0]["loss"]);
        assert_eq!(first < 0.9 * untrained, learned, "{outputs_first}: {first} against {untrained}");
    }
}

#[test]
fn methods_of_a_sentence_encoder_have_curves() {
    let place = Place::new();
    encoder::write(&place.path("encoder"));
    let recipe = r#"(
        title: "t", seed: 5,
        transfer: Text(
            source: Encoder(folder: "encoder"),
            task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
            head: Average,
        ),
        methods: [Scratch, Frozen, FineTuned, GradualUnfreezing, LinearProbeThenFineTune, TfIdf],
        labels: [40], seeds: 1, training: (epochs: 2),
    )"#;
    place.write("sentences.ron", recipe);
    let of = |threads: &str| {
        let asked = ["lr-find", "sentences.ron", "--updates", "15", "--from", "1e-4", "--to", "1", "--json"];
        place.run(&[&asked[..], &["--threads", threads]].concat()).well().json()
    };
    let (one, three) = (of("1"), of("3"));
    assert_eq!(one, three);
    let tests = one["tests"].as_array().unwrap();
    let names: Vec<&str> = tests.iter().map(|test| test["of"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["scratch, 40 labels", "fine-tuned, 40 labels", "gradual, 40 labels", "LP-FT, 40 labels"]
    );
    for test in tests {
        let points = test["points"].as_array().unwrap();
        let moves = points.windows(2).any(|pair| pair[0]["loss"] != pair[1]["loss"]);
        assert!(points.len() > 5 && moves, "{test}");
    }
    let done = place.run(&["lr-find", "sentences.ron", "--method", "frozen"]);
    let why = done.sentence();
    assert!(why.contains("frozen has no learning rate"), "{why}");
    let done = place.run(&["lr-find", "sentences.ron", "--source"]);
    let why = done.sentence();
    assert!(why.contains("is there already and is not pre-trained"), "{why}");
}
