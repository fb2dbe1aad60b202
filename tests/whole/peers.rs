//! Exported models give the same predictions in Python as in this program: `load.py` with numpy, and ONNX files with
//! onnxruntime.
//!
//! `tests/peers/check.py` compares them. `WARMSTART_PYTHON` names a Python that has numpy, onnx, onnxruntime, tokenizers and
//! model2vec, which reads what `distill` writes.

use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

use crate::common::{Place, encoder, static_vectors};
use warmstart::models::image_network::{ImageNetwork, architectures, weights};
use warmstart::nn::blocks::{Tensor, Values};
use warmstart::nn::convolution::Shape;
use warmstart::rng;
use warmstart::session::architecture::Architecture;
use warmstart::vectors::formats;
use warmstart::vision::Preparation;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/check.py");

/// Words of the training texts, punctuation, and words that no training text has.
const WORDS: &str = "lovely soup it's dull , warm garden don't feeble tundra SPLENDID waiter ( bleak ) camera neat \
                     lovelier sour bridge dance 2024 superb harsh poster isn't gentle stale jacket muddy honest story";

/// Words that have a vector of their own.
const KNOWN: &str = "lovely soup dull warm garden feeble waiter bleak camera neat sour bridge dance";

/// Twenty texts of different lengths, made of `words`. The first is empty.
fn of(words: &str) -> Vec<String> {
    let words: Vec<&str> = words.split(' ').collect();
    let text = |i: usize| {
        (0..i * i / 20 + i).map(|place| words[(place * 7 + i * 3) % words.len()]).collect::<Vec<_>>()
    };
    (0..20).map(|i| text(i).join(" ")).collect()
}

/// Texts with words of all kinds, then texts with only words that have a vector.
fn texts() -> Vec<String> {
    [of(WORDS), of(KNOWN)].concat()
}

/// The models that a session has kept.
fn kept(place: &Place, session: &str) -> Vec<String> {
    let folder = place.path(&format!("sessions/{session}/models"));
    let name = |item: std::io::Result<fs::DirEntry>| item.unwrap().file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

/// Runs `recipe` as the session `name`, and compares the predictions of every kept model with those of its exports in
/// Python.
fn compare(place: &Place, name: &str, recipe: &str, methods: usize, examples: &[String]) {
    let python = env::var_os("WARMSTART_PYTHON")
        .expect("WARMSTART_PYTHON names a Python with numpy, onnx and onnxruntime");
    place.write(&format!("{name}.ron"), recipe);
    place.run(&["run", &format!("{name}.ron")]).well();
    let models = kept(place, name);
    assert_eq!(models.len(), methods, "{models:?}");
    for model in models {
        let folder = format!("sessions/{name}/models/{model}");
        let (out, onnx) = (format!("exported/{name}-{model}"), format!("exported/{name}-{model}.onnx"));
        place.run(&["export", &folder, "--model", &out, "--onnx", &onnx]).well();
        let mut arguments = vec!["predict", &folder, "--json", "--count", "1000"];
        arguments.extend(examples.iter().map(|example| &example[..]));
        place.write("said.json", &place.run(&arguments).well().stdout);
        let mut check = Command::new(&python);
        check.arg("-B").arg(SCRIPT).args([&out, &onnx, "said.json"]).current_dir(place.path(""));
        let checked = check.output().unwrap();
        print!("{}", String::from_utf8_lossy(&checked.stdout));
        assert!(checked.status.success(), "{folder}: {}", String::from_utf8_lossy(&checked.stderr));
    }
}

const RECIPE: &str = r#"(
    title: "Peers", seed: 5,
    transfer: Text(
        source: SOURCE,
        task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
        head: HEAD,
        max_tokens: MOST,
    ),
    methods: [METHODS], labels: [120], seeds: 1, training: (epochs: 12, learning_rate: 0.02, validation: 0.0),
)
"#;

fn recipe(source: &str, head: &str, most: &str, methods: &str) -> String {
    let changes = [("SOURCE", source), ("HEAD", head), ("MOST", most), ("METHODS", methods)];
    changes.iter().fold(RECIPE.to_string(), |recipe, (from, to)| recipe.replace(from, to))
}

const VECTORS: &str =
    r#"SkipGram(corpus: File("corpus.txt"), dim: 12, window: 3, negatives: 3, epochs: 5, min_count: 1)"#;
const WITH_PARTS: &str = r#"SkipGram(corpus: File("corpus.txt"), dim: 12, window: 3, negatives: 3, epochs: 5, min_count: 1,
                                     subwords: (min: 3, max: 5, buckets: 500), phrases: 1)"#;

/// A folder with reviews; every sixth has the wrong label. If the classes were separable without an error, the logits
/// would grow until their rounding error is larger than the tolerance of the comparison.
fn reviews() -> Place {
    let place = Place::new();
    let all = fs::read_to_string(place.path("train.csv")).unwrap();
    let swapped = |line: &str| match line.strip_suffix("good") {
        Some(rest) => format!("{rest}bad"),
        None => format!("{}good", line.trim_end_matches("bad")),
    };
    let row = |(row, line): (usize, &str)| if row % 6 == 1 { swapped(line) } else { line.to_string() };
    let rows: Vec<String> = all.lines().enumerate().map(row).collect();
    place.write("train.csv", &format!("{}\n", rows.join("\n")));
    place
}

#[test]
#[ignore = "needs python with numpy, onnx and onnxruntime"]
fn heads_on_word_vectors_say_the_same_in_python() {
    let (place, texts) = (reviews(), texts());
    for (name, source, head, most, methods) in [
        ("average", VECTORS, "Average", "None", "Scratch, Frozen, FineTuned, LinearProbeThenFineTune"),
        ("average-of-few", VECTORS, "Average", "Some(7)", "FineTuned"),
        ("rnn", VECTORS, "Rnn(hidden: 6, bidirectional: true, pooling: Max)", "None", "Scratch, FineTuned"),
        ("rnn-one-way", VECTORS, "Rnn(hidden: 6, pooling: Last)", "None", "Frozen"),
        (
            "lstm",
            VECTORS,
            "Lstm(hidden: 6, bidirectional: true, pooling: Concat)",
            "None",
            "Frozen, FineTuned",
        ),
        ("lstm-of-few", VECTORS, "Lstm(hidden: 7, pooling: Mean)", "Some(5)", "FineTuned"),
        ("gru", VECTORS, "Gru(hidden: 6, bidirectional: true, pooling: Last)", "None", "Scratch, FineTuned"),
        ("gru-one-way", VECTORS, "Gru(hidden: 5, pooling: Max)", "None", "Frozen"),
        (
            "gru-with-parts",
            WITH_PARTS,
            "Gru(hidden: 5, bidirectional: true, pooling: Concat)",
            "None",
            "Frozen, FineTuned, Sif",
        ),
        ("cnn", VECTORS, "Cnn(widths: [1, 3, 4], filters: 5)", "None", "Scratch, FineTuned"),
        ("cnn-of-few", VECTORS, "Cnn(widths: [2, 2], filters: 17)", "Some(6)", "Frozen"),
    ] {
        compare(&place, name, &recipe(source, head, most, methods), methods.split(", ").count(), &texts);
    }
    // Word vectors of both types were compared.
    let is_half = |(name, content): &(String, Vec<u8>)| {
        name.ends_with("config.json") && String::from_utf8_lossy(content).contains("\"F16\"")
    };
    let halved = place.files("exported").iter().filter(|file| is_half(file)).count();
    assert!(halved > 0, "no exported model has word vectors as F16");
}

#[test]
#[ignore = "needs python with numpy, onnx, onnxruntime and tokenizers"]
fn static_token_vectors_say_the_same_in_python() {
    let (place, texts) = (reviews(), texts());
    for (name, of_model2vec, head, methods) in [
        ("model2vec", true, "Average", "Scratch, Frozen, FineTuned, Mean, TfIdfMean, Sif, MeanMax, TfIdf"),
        ("embedding", false, "Average", "Frozen, FineTuned, Mean"),
        ("lstm", true, "Lstm(hidden: 6, pooling: Max)", "Frozen, FineTuned"),
    ] {
        static_vectors::write(&place.path(name), of_model2vec);
        let source = format!("Vectors(file: \"{name}\")");
        compare(&place, name, &recipe(&source, head, "None", methods), methods.split(", ").count(), &texts);
    }
}

#[test]
#[ignore = "needs python with numpy, onnx, onnxruntime and tokenizers"]
fn sentence_encoders_say_the_same_in_python() {
    let (place, texts) = (reviews(), texts());
    encoder::write(&place.path("encoder"));
    for (name, head, methods) in [
        ("sentence", "Average", "Scratch, Frozen, FineTuned, Mean, TfIdf"),
        ("sentence-lstm", "Lstm(hidden: 6, pooling: Max)", "Frozen, FineTuned"),
        ("sentence-cnn", "Cnn(widths: [1, 4], filters: 5)", "FineTuned"),
    ] {
        let source = "Encoder(folder: \"encoder\")";
        compare(&place, name, &recipe(source, head, "None", methods), methods.split(", ").count(), &texts);
    }
}

#[test]
#[ignore = "needs python with model2vec"]
fn distilled_vectors_are_read_by_model2vec() {
    let (place, texts) = (reviews(), texts());
    encoder::write(&place.path("encoder"));
    let python = env::var_os("WARMSTART_PYTHON").expect("WARMSTART_PYTHON names a Python with model2vec");
    // model2vec rounds its own sums to the type of the vectors.
    for (name, more, tolerance) in [
        ("exact", &["--dtype", "float32", "--dim", "6"][..], "1e-5"),
        ("words", &["--dtype", "float32", "--dim", "6", "--corpus", "corpus.txt"], "1e-5"),
        ("halves", &["--dim", "0", "--corpus", "train.csv", "--text", "review"], "4e-3"),
    ] {
        place.run(&[&["distill", "encoder", "--out", name], more].concat()).well();
        let read = formats::read(&place.path(name), None).unwrap();
        let tokeniser = &read.static_model.as_ref().unwrap().tokeniser;
        let (mut tokens, mut vectors) = (Vec::new(), Vec::new());
        for text in &texts {
            let mut own = Vec::new();
            tokeniser.for_each(text, |token| own.push(token.to_string())).unwrap();
            let mut sum = vec![0.0_f64; read.dim()];
            for token in &own {
                let vector = read.vector(token).unwrap();
                sum.iter_mut().zip(&*vector).for_each(|(sum, &x)| *sum += f64::from(x));
            }
            let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-32);
            vectors.push(sum.iter().map(|x| x / length).collect::<Vec<f64>>());
            tokens.push(own);
        }
        let said = serde_json::json!({"texts": texts, "tokens": tokens, "vectors": vectors});
        place.write("said.json", &said.to_string());
        let mut check = Command::new(&python);
        check.arg("-B").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/static_vectors.py"));
        let checked =
            check.args([name, "said.json", tolerance]).current_dir(place.path("")).output().unwrap();
        print!("{}", String::from_utf8_lossy(&checked.stdout));
        assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
#[ignore = "needs python with numpy, onnx and onnxruntime"]
fn layers_of_language_models_say_the_same_in_python() {
    let (place, texts) = (reviews(), texts());
    for (name, layers, cell, direction, features) in [
        ("lstm", 2, "Lstm", "Forward", "Concat"),
        ("lstm-backward", 1, "Lstm", "Backward", "Concat"),
        ("gru", 3, "Gru", "Forward", "LayerMeans"),
        ("gru-backward", 2, "Gru", "Backward", "LayerMeans"),
    ] {
        let source = format!(
            "LanguageModel(corpus: File(\"corpus.txt\"), dim: 8, hidden: 6, layers: {layers}, cell: {cell}, \
             direction: {direction}, tied: false, epochs: 4, batch_size: 8, bptt: 10, min_count: 1)"
        );
        let head = format!("Transferred(carry: All, features: {features})");
        compare(&place, name, &recipe(&source, &head, "Some(25)", "Scratch, Frozen, FineTuned"), 3, &texts);
    }
}

#[test]
#[ignore = "needs python with numpy, onnx and onnxruntime"]
fn document_vectors_and_baselines_say_the_same_in_python() {
    let (place, texts) = (reviews(), texts());
    let methods = "Mean, TfIdfMean, Sif, Max, MeanMax, TfIdf, Nbsvm, Majority";
    compare(&place, "two", &recipe(VECTORS, "Average", "None", methods), 8, &texts);
    // With three classes, each class has a score; two classes share one score.
    for part in ["train.csv", "test.csv"] {
        let all = fs::read_to_string(place.path(part)).unwrap();
        let third = |(row, line): (usize, &str)| match row % 3 {
            0 if row > 0 => format!("{}fair\n", line.trim_end_matches("good").trim_end_matches("bad")),
            _ => format!("{line}\n"),
        };
        place.write(part, &all.lines().enumerate().map(third).collect::<String>());
    }
    let methods = "FineTuned, Mean, MeanMax, TfIdf, Nbsvm, Majority";
    compare(&place, "three", &recipe(VECTORS, "Average", "None", methods), 6, &texts);
}

/// The classes of the images, in alphabetical order.
const CLASSES: [&str; 3] = ["across", "both", "down"];

/// An image of a class: horizontal stripes, both kinds of stripes or vertical stripes on a noisy background.
fn image(class: usize, number: usize, side: usize) -> Vec<u8> {
    let mut state = (class * 7_919 + number + 1) as u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % n) as u8
    };
    let at = 3 + usize::from(below(side as u64 - 6));
    let on = |y: usize, x: usize| [y == at, y == at || x == at, x == at][class];
    let pixels = (0..side * side).map(|place| if on(place / side, place % side) { 220 } else { below(90) });
    let pixels: Vec<u8> = pixels.collect();
    [format!("P5 {side} {side} 255\n").as_bytes(), &pixels].concat()
}

/// A folder with labelled images of `side` by `side` pixels in `many` and `few`, and the paths of new images in it.
fn images(side: usize) -> (Place, Vec<String>) {
    let place = Place::new();
    let mut examples = Vec::new();
    for (part, each) in [("many", 12), ("few", 9), ("new", 7)] {
        for (class, name) in CLASSES.iter().enumerate() {
            let folder = format!("{part}/{name}");
            fs::create_dir_all(place.path(&folder)).unwrap();
            for number in 0..each {
                let name = format!("{folder}/{number}.pgm");
                fs::write(place.path(&name), image(class, number + 100 * part.len(), side)).unwrap();
                if part == "new" && examples.len() < 20 {
                    examples.push(name);
                }
            }
        }
    }
    (place, examples)
}

#[test]
#[ignore = "needs python with numpy, onnx and onnxruntime"]
fn image_models_say_the_same_in_python() {
    for (network, side, new, epochs, methods) in [
        ("SmallCnn", 12, 1, 6, "ZeroShot, Scratch, Frozen, FineTuned, Pixels, Majority"),
        ("SmallCnn", 12, 2, 6, "Frozen, FineTuned"),
        ("ResNet20", 17, 1, 2, "Frozen, FineTuned"),
        // An image so large that the baseline `Pixels` reads means of squares; the last squares are cut at the edge.
        ("MobileNetV2", 41, 1, 1, "Frozen, Pixels"),
    ] {
        let (place, examples) = images(side);
        let recipe = format!(
            "(title: \"Peers\", seed: 3, transfer: Images(
              source: Classifier(set: Files(train: \"many\", fit: Stretch), network: {network}, size: {side}, epochs: {epochs},
                                 batch_size: 12),
              task: Files(train: \"few\"), head: Layers(new: {new})), methods: [{methods}], labels: [9], seeds: 1,
              training: (epochs: {epochs}, batch_size: 3))"
        );
        let name = format!("{network}-{new}").to_lowercase();
        compare(&place, &name, &recipe, methods.split(", ").count(), &examples);
    }
}

/// A network with random parameters that are as large as those of a trained network, so that activations neither vanish
/// nor explode.
fn network(architecture: Architecture, input: Shape) -> ImageNetwork<f32> {
    let mut network = ImageNetwork::new(Arc::new(architectures::plan(architecture, input, CLASSES.len())), 1);
    // Without batch normalisation, a gain of 2 keeps the scale of the activations (He et al. 2015). In residual
    // networks the outputs of blocks add up, so the gain is lower.
    let gain = match architecture {
        Architecture::SmallCnn | Architecture::SqueezeNet10 | Architecture::SqueezeNet11 => 2.0,
        Architecture::ResNet20 | Architecture::ResNet18 | Architecture::ResNet34 => 1.0,
        _ => 1.5,
    };
    let drawn = |tensor: &Tensor<f32>| -> Vec<f32> {
        let mut random = rng::stream(2, &tensor.name, 0);
        let read: usize = tensor.shape.iter().skip(1).product();
        let (middle, width) = match (tensor.shape.len(), &tensor.name) {
            (2.., _) => (0.0, (gain / read as f64).sqrt()),
            (_, name) if name.ends_with("running_var") || name.ends_with(".weight") => (1.0, 0.2),
            _ => (0.0, 0.2),
        };
        let size = tensor.shape.iter().product();
        (0..size).map(|_| (middle + width * rng::normal(&mut random).clamp(-3.0, 3.0)) as f32).collect()
    };
    let values: Vec<(String, Vec<f32>)> =
        network.tensors(true).iter().map(|tensor| (tensor.name.clone(), drawn(tensor))).collect();
    let find =
        |name: &str| values.iter().find(|(own, _)| own == name).map(|(_, values)| Values::Real(&values[..]));
    network.load(find).unwrap();
    network
}

#[test]
#[ignore = "needs python with numpy, onnx and onnxruntime"]
fn every_architecture_says_the_same_in_python() {
    for (number, architecture) in Architecture::ALL.into_iter().enumerate() {
        // The strides do not divide the sides of the images, so the padding differs between the two sides.
        let (side, channels) =
            if architecture == Architecture::SmallCnn { (12, 1) } else { (40 + number, 3) };
        let (place, examples) = images(side);
        let preparation = Preparation {
            height: side,
            width: side,
            channels,
            mean: [0.4, 0.3, 0.5],
            deviation: [0.3, 0.2, 0.25],
            ..Preparation::default()
        };
        let network = network(architecture, Shape { height: side, width: side, channels });
        let classes = CLASSES.map(String::from);
        let file = weights::to_safetensors(&network, Some(&classes), &preparation).unwrap();
        fs::write(place.path("network.safetensors"), file).unwrap();
        let recipe = "(title: \"Peers\", seed: 3, transfer: Images(source: Network(\"network.safetensors\"),
                      task: Files(train: \"few\")), methods: [ZeroShot], labels: [9], seeds: 1)";
        let name = architecture.name().to_lowercase().replace([' ', '.'], "-");
        compare(&place, &name, recipe, 1, &examples);
    }
}
