//! Runs the program with `export --model` and `export --onnx`, and tests what it writes and what it refuses. `peers.rs`
//! compares the predictions of exported models.

use std::fs;

use crate::common::Place;
use serde_json::Value as Json;

const KEEPING: [(&str, &str); 3] = [
    (
        "methods: [Scratch, Frozen, FineTuned, TfIdf]",
        "methods: [Scratch, Frozen, FineTuned, TfIdfMean, TfIdf, Nbsvm, Majority]",
    ),
    ("labels: [20, 80]", "labels: [40]"),
    ("seeds: 2", "seeds: 1"),
];

/// A field of a message of Protocol Buffers.
#[derive(Clone, Copy)]
enum Field<'b> {
    Int(u64),
    Bytes(&'b [u8]),
}

/// A message that is decoded completely, by the rules of Protocol Buffers.
struct Message<'b>(Vec<(u64, Field<'b>)>);

impl<'b> Message<'b> {
    fn new(mut bytes: &'b [u8]) -> Message<'b> {
        fn varint(bytes: &mut &[u8]) -> u64 {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let (&byte, rest) = bytes.split_first().expect("a number that goes on");
                *bytes = rest;
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return value;
                }
            }
            unreachable!()
        }
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let field = match tag & 7 {
                0 => Field::Int(varint(&mut bytes)),
                wire => {
                    let length = if wire == 5 { 4 } else { varint(&mut bytes) as usize };
                    assert!(wire == 5 || wire == 2, "a way of writing that ONNX does not have: {wire}");
                    let (field, rest) = bytes.split_at(length);
                    bytes = rest;
                    Field::Bytes(field)
                }
            };
            fields.push((tag >> 3, field));
        }
        Message(fields)
    }

    fn all(&self, number: u64) -> impl Iterator<Item = &'b [u8]> {
        self.0.iter().filter_map(move |&(own, field)| match field {
            Field::Bytes(bytes) if own == number => Some(bytes),
            _ => None,
        })
    }

    fn messages(&self, number: u64) -> Vec<Message<'b>> {
        self.all(number).map(Message::new).collect()
    }

    fn text(&self, number: u64) -> String {
        String::from_utf8(self.all(number).next().unwrap_or_default().to_vec()).unwrap()
    }

    fn int(&self, number: u64) -> u64 {
        let found = self.0.iter().find_map(|&(own, field)| match field {
            Field::Int(value) if own == number => Some(value),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no field {number}"))
    }
}

/// Checks an ONNX file: the version, the sizes of the tensors, the outputs, and that the inputs of each node come before
/// it. Returns the names of the inputs and the metadata as JSON, and the operators of the nodes.
fn looked_at(bytes: &[u8]) -> (Json, Vec<String>) {
    let model = Message::new(bytes);
    assert_eq!((model.int(1), model.messages(8)[0].int(2)), (8, 17));
    let graph = &model.messages(7)[0];
    let named = |number: u64, field: u64| {
        graph.messages(number).iter().map(|message| message.text(field)).collect::<Vec<_>>()
    };
    let mut values = [named(11, 1), named(5, 8)].concat();
    for tensor in graph.messages(5) {
        let mut shape = tensor.all(1).next().unwrap_or_default();
        let mut size = 1;
        while !shape.is_empty() {
            let length = shape.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
            let axis =
                shape[..length].iter().rev().fold(0, |axis, byte| axis << 7 | usize::from(byte & 0x7f));
            (size, shape) = (size * axis, &shape[length..]);
        }
        let bytes = if tensor.int(2) == 1 { 4 } else { 8 };
        assert_eq!(tensor.all(9).next().unwrap().len(), bytes * size, "{}", tensor.text(8));
    }
    let mut operators = Vec::new();
    for node in graph.messages(1) {
        let names =
            |field| node.all(field).map(|name| String::from_utf8(name.to_vec()).unwrap()).collect::<Vec<_>>();
        for input in names(1) {
            assert!(values.contains(&input), "{} reads {input}, which nothing gives", node.text(4));
        }
        for output in names(2) {
            assert!(!values.contains(&output), "{output} is given twice");
            values.push(output);
        }
        operators.push(node.text(4));
    }
    let (inputs, outputs) = (named(11, 1), named(12, 1));
    assert_eq!(outputs, ["logits", "probabilities"]);
    assert!(outputs.iter().all(|output| values.contains(output)));
    let about = model.messages(14).iter().map(|entry| (entry.text(1), entry.text(2).into())).collect();
    (serde_json::json!({ "inputs": inputs, "about": Json::Object(about) }), operators)
}

#[test]
fn every_model_of_texts_is_exported_with_what_reads_it() {
    let place = Place::new();
    place.recipe("small.ron", &KEEPING);
    place.run(&["run", "small.ron"]).well();
    for (method, operator) in [
        ("scratch", "LSTM"),
        ("frozen", "LSTM"),
        ("fine-tuned", "LSTM"),
        ("tf-idf mean", "ReduceSum"),
        ("tf-idf", "ScatterElements"),
        ("nbsvm", "TfIdfVectorizer"),
        ("majority", "Expand"),
    ] {
        let (folder, file) = (format!("out/{method}"), format!("{method}.onnx"));
        let done =
            place.run(&["export", "small", "--method", method, "--model", &folder, "--onnx", &file]).well();
        assert_eq!(done.stdout, format!("wrote {folder}\nwrote {file}\n"));
        assert!(done.stderr.starts_with("small: "), "{}", done.stderr);
        assert!(
            done.stderr.contains("opset 17, ids and lengths to logits and probabilities"),
            "{}",
            done.stderr
        );
        let mut names: Vec<String> = place.files(&folder).into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["config.json", "load.py", "model.safetensors", "vocabulary.json"]);
        let script = fs::read_to_string(place.path(&folder).join("load.py")).unwrap();
        assert!((20..=80).contains(&script.lines().count()), "{method}: {}", script.lines().count());
        let bytes = fs::read(place.path(&file)).unwrap();
        let (told, operators) = looked_at(&bytes);
        assert!(operators.iter().any(|own| own == operator), "{method}: {operators:?}");
        assert_eq!(told["inputs"], serde_json::json!(["ids", "lengths"]));
        assert_eq!(told["about"]["classes"], "[\"bad\",\"good\"]");
        // The exported folder is a kept model too: `predict` gives the same output, and a second export the same bytes.
        let ask = |model: &str| place.run(&["predict", model, "a warm lamp", "--json", "--method", method]);
        let asked = ["predict", &folder[..], "a warm lamp", "--json"];
        assert_eq!(place.run(&asked).well().stdout, ask("small").well().stdout);
        place.run(&["export", &folder, "--onnx", "again.onnx"]).well();
        assert!(fs::read(place.path("again.onnx")).unwrap() == bytes, "{method}");
    }
    // Without --method, the best model of the comparison is exported. --json prints what was written.
    let done = place.run(&["export", "small", "--onnx", "best.onnx", "--json"]).well();
    assert_eq!(done.json(), serde_json::json!({ "written": ["best.onnx"] }));
    assert!(done.stderr.contains("test accuracy"), "{}", done.stderr);
    // One command can export figures and a model.
    place.run(&["export", "small", "figures", "--csv", "--model", "with-figures"]).well();
    assert!(place.path("figures/runs.csv").is_file() && place.path("with-figures/load.py").is_file());
    assert!(place.names().iter().all(|name| !name.contains(".part")), "{:?}", place.names());
}

#[test]
fn a_network_of_images_is_exported_as_onnx() {
    let place = Place::new();
    for (class, (down, across)) in [(7, 0), (0, 5)].into_iter().enumerate() {
        fs::create_dir_all(place.path(&format!("images/{class}"))).unwrap();
        for number in 0..12 {
            let pixel = |at: usize| ((at / 12 * down + at % 12 * across + number * 13) % 256) as u8;
            let image = [&b"P5 12 12 255\n"[..], &(0..144).map(pixel).collect::<Vec<_>>()].concat();
            fs::write(place.path(&format!("images/{class}/{number}.pgm")), image).unwrap();
        }
    }
    let recipe = "(title: \"Stripes\", transfer: Images(source: Classifier(set: Files(train: \"images\"), size: 12, epochs: 1),
                  task: Files(train: \"images\")), methods: [FineTuned, Pixels], labels: [8], seeds: 1, training: (epochs: 1))";
    place.write("stripes.ron", recipe);
    place.run(&["run", "stripes.ron"]).well();
    for (method, expected) in [("fine-tuned", "Conv"), ("pixels", "Gemm")] {
        let done = place
            .run(&["export", "stripes", "--method", method, "--model", method, "--onnx", "x.onnx"])
            .well();
        assert!(done.stderr.contains("x.onnx: opset 17, pixels to logits"), "{}", done.stderr);
        let names: Vec<String> = place.files(method).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["config.json", "load.py", "model.safetensors", "network.json"]);
        let (told, operators) = looked_at(&fs::read(place.path("x.onnx")).unwrap());
        assert!(operators.iter().any(|own| own == expected), "{method}: {operators:?}");
        assert_eq!(told["inputs"], serde_json::json!(["pixels"]));
        let preparation: Json = serde_json::from_str(told["about"]["preparation"].as_str().unwrap()).unwrap();
        assert_eq!((&preparation["width"], &preparation["channels"]), (&12.into(), &1.into()));
    }
}

#[test]
fn word_vectors_go_to_the_embedding_projector() {
    let place = Place::new();
    place.recipe("small.ron", &[KEEPING[1], KEEPING[2], ("FineTuned, TfIdf", "TfIdf")]);
    place.run(&["run", "small.ron"]).well();
    place.run(&["export", "small", "board", "--tensorboard"]).well();
    place.run(&["convert", "sessions/small", "vectors.txt"]).well();
    let read = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    let (numbers, words) = (read("board/vectors.tsv"), read("board/metadata.tsv"));
    let rows: Vec<String> =
        words.lines().zip(numbers.lines()).map(|(word, row)| format!("{word}\t{row}")).collect();
    let expected: Vec<String> =
        read("vectors.txt").lines().skip(1).map(|row| row.trim().replace(' ', "\t")).collect();
    assert_eq!(rows.len(), words.lines().count());
    assert_eq!(rows.len(), numbers.lines().count());
    assert_eq!(rows, expected);
    let config = read("board/projector_config.pbtxt");
    assert!(
        config.contains("tensor_path: \"vectors.tsv\"") && config.contains("metadata_path: \"metadata.tsv\"")
    );
    // Figures need only the log. If the session has no vectors any more, a note says so.
    fs::remove_dir_all(place.path("sessions/small/checkpoints")).unwrap();
    let done = place.run(&["export", "small", "later", "--tensorboard"]).well();
    assert!(done.stderr.contains("note: without files for the Embedding Projector: "), "{}", done.stderr);
    assert!(!place.path("later/vectors.tsv").exists() && place.path("later/pretraining").is_dir());
}

#[test]
fn what_cannot_be_exported_is_said_in_a_sentence() {
    let place = Place::new();
    place.recipe("small.ron", &[KEEPING[1], KEEPING[2], ("FineTuned, TfIdf", "TfIdf")]);
    place.run(&["run", "small.ron"]).well();
    place.run(&["export", "small", "--model", "out"]).well();
    let before = place.files("out");
    let told = place.run(&["export", "small", "--model", "out"]);
    assert!(
        told.sentence().contains("out: it is not empty: it has 4 entries; name another folder"),
        "{}",
        told.stderr
    );
    assert!(place.files("out") == before);
    place.write("file", "mine");
    let told = place.run(&["export", "small", "--model", "file"]);
    assert!(told.sentence().contains("and is no folder"), "{}", told.stderr);
    assert_eq!(fs::read(place.path("file")).unwrap(), b"mine");
    // The target may be an empty folder.
    fs::create_dir(place.path("empty")).unwrap();
    place.run(&["export", "out", "--model", "empty"]).well();
    assert!(place.files("empty") == before);
    for (args, expected) in [
        (&["export", "out", "--onnx", "file/x.onnx"][..], "file/x.onnx"),
        (&["export", "out", "--onnx", "x.onnx", "--method", "frozen"], "is one model"),
        (&["export", "small", "--onnx", "x.onnx", "--method", "nbsvm"], "has kept no such model"),
        (&["export", "nowhere", "--onnx", "x.onnx"], "this is not a session"),
    ] {
        let told = place.run(args);
        assert!(told.sentence().contains(expected), "{args:?}: {}", told.stderr);
    }
    // A damaged model is not exported.
    fs::write(place.path("out/model.safetensors"), b"short").unwrap();
    let told = place.run(&["export", "out", "--model", "copied"]);
    assert!(told.sentence().contains("safetensors"), "{}", told.stderr);
    assert!(!place.path("copied").exists() && !place.path("x.onnx").exists());
    for args in [
        &["export", "small"][..],
        &["export", "small", "--csv"],
        &["export", "small", "--tensorboard", "--onnx", "x.onnx"],
        &["export", "small", "figures"],
        &["export", "small", "figures", "--csv", "--method", "frozen"],
    ] {
        let told = place.run(args);
        assert_eq!((told.code, told.stderr.lines().count()), (Some(2), 1), "{args:?}: {}", told.stderr);
    }
    assert!(place.names().iter().all(|name| !name.contains(".part")), "{:?}", place.names());
}
