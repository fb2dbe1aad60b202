//! fastText models by the whole program, and with `WARMSTART_DATA` the models that fastText and gensim wrote.

use std::fs;
use std::path::Path;

use warmstart::vectors::fasttext::{Classifier, Model};
use warmstart::vectors::formats;

use crate::common::{Place, public_data};

/// A model of version 12: its kind, words and labels, n-grams of 3 and 4 characters where it has buckets, and its two
/// matrices.
fn model(kind: i32, words: &[&str], labels: &[&str], buckets: i32, input: &[f32], output: &[f32]) -> Vec<u8> {
    let rows = words.len() + buckets as usize;
    let dim = input.len() / rows;
    let mut bytes = Vec::new();
    let ints =
        |bytes: &mut Vec<u8>, ints: &[i32]| ints.iter().for_each(|int| bytes.extend(int.to_le_bytes()));
    let longs =
        |bytes: &mut Vec<u8>, longs: &[i64]| longs.iter().for_each(|long| bytes.extend(long.to_le_bytes()));
    let (shortest, longest) = if buckets > 0 { (3, 4) } else { (0, 0) };
    ints(&mut bytes, &[793_712_314, 12, dim as i32, 5, 5, 1, 5, 1, 3, kind, buckets, shortest, longest, 100]);
    bytes.extend(1e-4_f64.to_le_bytes());
    ints(&mut bytes, &[words.len() + labels.len(), words.len(), labels.len()].map(|count| count as i32));
    longs(&mut bytes, &[9, -1]);
    for (entry, kind) in words.iter().map(|word| (word, 0)).chain(labels.iter().map(|label| (label, 1))) {
        bytes.extend(entry.as_bytes());
        bytes.push(0);
        longs(&mut bytes, &[3]);
        bytes.push(kind);
    }
    for values in [input, output] {
        bytes.push(0);
        longs(&mut bytes, &[(values.len() / dim) as i64, dim as i64]);
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    }
    bytes
}

/// A supervised model of one word, with vectors of one number: it leans to its second label.
fn supervised() -> Vec<u8> {
    model(3, &["good"], &["__label__no", "__label__yes"], 0, &[1.0], &[-1.0, 1.0])
}

#[test]
fn labels_are_told_of_texts_lines_and_files() {
    let place = Place::new();
    fs::write(place.path("m.bin"), supervised()).unwrap();
    let one = place.run(&["predict", "m.bin", "good thing", "--count", "2"]).well().stdout;
    let lines: Vec<&str> = one.lines().collect();
    assert!(
        lines.len() == 3 && lines[1].trim().starts_with("__label__yes") && lines[1].ends_with("0.8808"),
        "{one}"
    );
    let told = "__label__yes 0.880797\n\n";
    let two = place.run(&["predict", "m.bin", "good", "nothing known"]).well();
    assert_eq!(two.stdout, told);
    let piped = place.run_with_input(&["predict", "m.bin", "-"], b"good\r\nnothing known\n").well();
    assert_eq!(piped.stdout, told);
    place.write("texts.txt", "good\nnothing known");
    assert_eq!(place.run(&["predict", "m.bin", "--file", "texts.txt"]).well().stdout, told);
    let json = place.run(&["predict", "m.bin", "good", "--json"]).well().json();
    assert_eq!(json[0]["text"], "good");
    assert_eq!(json[0]["labels"][0]["label"], "__label__yes");

    place.write("v.txt", "1 1\na 1\n");
    for (args, expected) in [
        (&["predict", "v.txt", "good"][..], "v.txt: this is no fastText model"),
        (&["predict", "none.bin", "good"], "none.bin"),
        (&["neighbours", "good", "--vectors", "m.bin"], "`warmstart convert m.bin out.vec`"),
    ] {
        let done = place.run(args);
        assert!(done.sentence().contains(expected), "{}", done.stderr);
    }
    // One file is one model: nothing is chosen, and its classes are its own.
    place.write("classes.txt", "yes\nno\n");
    for (option, value, expected) in [
        (
            "--method",
            "frozen",
            "m.bin is one model, and --method, --source and --labels choose among those of a session",
        ),
        (
            "--labels",
            "100",
            "m.bin is one model, and --method, --source and --labels choose among those of a session",
        ),
        (
            "--source",
            "own",
            "m.bin is one model, and --method, --source and --labels choose among those of a session",
        ),
        ("--seed", "2", "m.bin is one model, and --seed chooses among those of a session"),
        ("--classes", "classes.txt", "m.bin has classes of its own"),
    ] {
        let done = place.run(&["predict", "m.bin", "good", option, value]);
        assert!(done.sentence().contains(expected) && done.stdout.is_empty(), "{}", done.stderr);
    }
    assert_eq!(place.run(&["predict", "m.bin"]).code, Some(2));
    place.run(&["convert", "m.bin", "out.vec"]).well();
    assert_eq!(fs::read_to_string(place.path("out.vec")).unwrap(), "1 1\ngood 1\n");
}

#[test]
fn the_format_of_a_conversion_follows_name_source_and_wish() {
    let place = Place::new();
    place.write("v.txt", "2 2\na 1 0\nb 0 1\n");
    let convert = |args: &[&str]| place.run(&[&["convert"], args].concat()).well();
    let start = |name: &str| fs::read(place.path(name)).unwrap()[..4].to_vec();
    convert(&["v.txt", "word2vec.bin"]);
    assert_eq!(start("word2vec.bin"), b"2 2\n");
    convert(&["v.txt", "model.bin", "--format", "fasttext"]);
    assert_eq!(start("model.bin"), 793_712_314_i32.to_le_bytes());
    convert(&["model.bin", "again.bin"]);
    assert!(fs::read(place.path("again.bin")).unwrap() == fs::read(place.path("model.bin")).unwrap());
    convert(&["model.bin", "back.bin", "--format", "word2vec"]);
    assert!(fs::read(place.path("back.bin")).unwrap() == fs::read(place.path("word2vec.bin")).unwrap());
    convert(&["model.bin", "back.txt"]);
    assert_eq!(fs::read(place.path("back.txt")).unwrap(), fs::read(place.path("v.txt")).unwrap());
}

/// Pre-training knew two of the task's words. The others are made from their parts, are told apart in the coverage, and
/// stay as they are where they are frozen.
#[test]
fn unseen_words_of_a_task_are_made_from_their_parts() {
    let place = Place::new();
    let numbers = |count: usize| (0..4 * count).map(|n| (n as f32 * 1.7).sin()).collect::<Vec<f32>>();
    let bytes = model(2, &["lovely", "dull"], &[], 50, &numbers(52), &numbers(2));
    fs::write(place.path("parts.bin"), bytes).unwrap();
    let source =
        r#"SkipGram(corpus: File("corpus.txt"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1)"#;
    place.recipe("small.ron", &[(source, r#"Vectors(file: "parts.bin")"#)]);
    place.run(&["run", "small.ron", "--session", "one", "--threads", "1"]).well();
    place.run(&["run", "small.ron", "--session", "two", "--threads", "2"]).well();
    let told = |session: &str| {
        let text = place.run(&["replay", session]).well().stdout;
        let coverage = text.lines().find(|line| line.starts_with("coverage:")).unwrap().to_string();
        assert!(text.contains("frozen stayed frozen, byte for byte, in 4 runs"), "{text}");
        coverage
    };
    assert!(told("one").contains("one made from their parts"), "{}", told("one"));
    assert_eq!(told("one"), told("two"));
    let runs = |session: &str| {
        let compared = place.run(&["compare", session, "--json"]).well().json();
        compared
            .to_string()
            .split("\"accuracies\"")
            .skip(1)
            .map(|row| row[..40].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(runs("one"), runs("two"));
    let near = place.run(&["neighbours", "lovelier", "--vectors", "parts.bin"]).well().stdout;
    assert!(near.starts_with("\"lovelier\" is not in the vocabulary"), "{near}");
    let near = place.run(&["neighbours", "lovely", "--vectors", "parts.bin"]).well().stdout;
    assert!(!near.contains("not in the vocabulary"), "{near}");
}

/// Words and the first numbers of their vectors; the last two of each are in no vocabulary.
///
/// ```python
/// import fasttext                                     # 0.9.2
/// model = fasttext.load_model("lee_fasttext_new.bin")
/// print(len(model.get_words()), model.get_word_vector("nightfall")[:3])
/// ```
///
/// The three files of the form before versions were brought to version 12 first: `<ii` 793712314 and 12 before them,
/// `<q` -1 before their words, and a zero byte before each of their matrices.
type Row = (&'static str, &'static [f32]);
#[rustfmt::skip]
const VECTORS: &[(&str, u64, &[Row])] = &[
    ("cp852_fasttext.bin", 171, &[
        ("podle", &[-0.6468897, 1.622106]),
        ("nightfall", &[-0.4107731, 1.104022]),
        ("naïve", &[-0.6079202, 1.64724]),
    ]),
    ("non_ascii_fasttext.bin", 171, &[
        ("který", &[-0.9921107, 1.499668]),
        ("já", &[-1.149649, 1.443171]),
        ("nightfall", &[-0.218219, 0.3214504]),
        ("naïve", &[-0.9210147, 1.271883]),
    ]),
    ("lee_fasttext.bin", 1762, &[
        ("to", &[-0.09785303, -0.7255549, -0.1057005]),
        ("followed", &[-0.3272924, 0.2889399, -0.02260282]),
        ("nightfall", &[-0.3834522, -0.1610486, -0.004327348]),
        ("naïve", &[-0.5717025, -0.2475179, -0.122133]),
    ]),
    ("lee_fasttext_new.bin", 1763, &[
        ("to", &[-0.3198663, 0.1434022, -0.09181137]),
        ("followed", &[-0.06844146, 0.04431589, 0.09160203]),
        ("nightfall", &[0.01278908, -0.02886042, 0.2151206]),
        ("naïve", &[-0.3312412, -0.004813816, 0.0739591]),
    ]),
    ("crime-and-punishment.bin", 291, &[
        ("в", &[0.09380901, -0.01323194, -0.08056846]),
        ("came", &[0.04406221, 0.01991696, -0.006983581]),
        ("nightfall", &[-0.009245772, 0.01909401, 0.02856502]),
        ("naïve", &[0.02156735, 0.05170537, 0.01885332]),
    ]),
    ("toy-model.bin", 22, &[
        ("of", &[0.07476445, 0.2618973, 0.1494302]),
        ("society", &[0.04244767, 0.1271544, 0.06418452]),
        ("nightfall", &[0.06739348, 0.1063742, 0.0230907]),
        ("naïve", &[0.0005546423, 0.09636653, 0.07156401]),
    ]),
    ("toy-model-pretrained.bin", 24, &[
        ("of", &[0.9409525, 1.290414, 0.89934]),
        ("what", &[0.7147735, 1.027146, 0.742173]),
        ("nightfall", &[0.4911424, 0.6710647, 0.4544132]),
        ("naïve", &[0.4525915, 0.658241, 0.4470805]),
    ]),
];

/// `model.get_nearest_neighbors(word, k=4)` of lee_fasttext_new.bin. Of a word in no vocabulary as well.
#[rustfmt::skip]
const NEAR: &[(&str, [&str; 4])] = &[
    ("the", ["known", "crowd", "week", "themselves"]),
    ("very", ["that", "lot", "there,", "think"]),
    ("Australia's", ["Australian", "Australia,", "Australia.", "Australians"]),
    ("few", ["market", "Europe", "executive", "2,000"]),
    ("commission", ["situation", "Commission", "administration", "position"]),
    ("morning.", ["heart", "Philip", "treated", "increase"]),
    ("death", ["25", "women", "people", "convicted"]),
    ("financial", ["management", "Friedli", "connection", "Pacific"]),
    ("Britain", ["terrorist", "recorded", "heading", "according"]),
    ("region", ["royal", "agreed", "million.", "million"]),
    ("Local", ["manager", "Foreign", "River", "call"]),
    ("Richard", ["chairman", "already", "Commonwealth", "reported"]),
    ("Jason", ["months.", "final", "request", "investigating"]),
    ("almost", ["something", "Home", "became", "batsmen"]),
    ("freeze.", ["continuing", "understand", "went", "chief"]),
    ("2001", ["spokeswoman", "dropped", "Sultan", "George"]),
    ("blaze", ["between", "Mohammed", "least", "suspended"]),
    ("landed", ["ability", "officers", "capital", "Jihad"]),
    ("Hare", ["thought", "Senator", "powers", "beyond"]),
    ("begin", ["Alliance", "border", "Daryl", "rain"]),
    ("asdfish", ["final", "investigating", "followed", "Emergency"]),
    ("nightfall", ["Peres", "potential", "eight", "SES"]),
];

/// `model.predict(text, k=3)` of lid.176.ftz.
#[rustfmt::skip]
const LABELS: &[(&str, &[(&str, f32)])] = &[
    ("This is an English sentence about the weather.", &[("en", 0.97370), ("de", 0.00165), ("es", 0.00164)]),
    ("Das ist ein deutscher Satz über das Wetter.", &[("de", 1.00000)]),
    ("Ceci est une phrase française.", &[("fr", 0.99268), ("la", 0.00283), ("en", 0.00095)]),
    ("これは日本語の文です。", &[("ja", 0.99988), ("uk", 0.00005), ("es", 0.00003)]),
    ("Это русское предложение", &[("ru", 0.99009), ("hy", 0.00305), ("ba", 0.00198)]),
    ("你好，世界", &[("zh", 0.97480), ("yue", 0.02409), ("ja", 0.00054)]),
    ("hola", &[("en", 0.12450), ("ca", 0.08595), ("de", 0.08029)]),
    ("a", &[("en", 0.12450), ("ca", 0.08595), ("de", 0.08029)]),
    ("", &[("en", 0.12450), ("ca", 0.08595), ("de", 0.08029)]),
    ("xyz qwrt", &[("cy", 0.49921), ("en", 0.20129), ("de", 0.12936)]),
];

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn vectors_and_neighbours_are_those_of_fasttext() {
    let data = public_data();
    let fixtures = data.join("vectors/fixtures");
    for (name, words, rows) in VECTORS {
        let vectors = formats::read(&fixtures.join(name), None).unwrap();
        // toy-model-pretrained.bin has a row whose word is empty.
        assert_eq!(vectors.len() as u64 + vectors.left_out.rows(), *words, "{name}");
        for (word, expected) in *rows {
            let found = vectors.vector_or_made(word).unwrap();
            let near = found.iter().zip(*expected).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(near, "{name} {word}: {found:?} {expected:?}");
        }
    }
    let vectors = formats::read(&fixtures.join("lee_fasttext_new.bin"), None).unwrap();
    for (word, expected) in NEAR {
        let near = vectors.view().neighbours(word, 4).unwrap();
        let found: Vec<&str> = near.iter().map(|near| vectors.words.get(near.id)).collect();
        assert_eq!(found, expected, "{word}");
    }
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn predictions_are_those_of_fasttext() {
    let data = public_data();
    let model = Model::open(&data.join("vectors/lid.176.ftz")).unwrap();
    let classifier = Classifier::new(model).unwrap();
    for (text, expected) in LABELS {
        let found = classifier.predict(text.as_bytes(), 3);
        assert_eq!(found.len(), expected.len(), "{text}");
        for (found, (label, probability)) in found.iter().zip(*expected) {
            assert_eq!(found.label.strip_prefix("__label__"), Some(*label), "{text}");
            assert!((found.probability - probability).abs() < 1e-4, "{text}: {found:?} {probability}");
        }
    }
}

/// Every fixture, cut and flipped at every byte (those above 20 KB at every byte of their heads, and at some): a value or
/// a sentence.
#[test]
#[ignore = "needs WARMSTART_DATA"]
fn damage_anywhere_is_a_value_or_a_sentence() {
    let data = public_data();
    let fixtures = data.join("vectors/fixtures");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.bin");
    let try_it = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        ask_everything(&path);
    };
    for name in fs::read_dir(&fixtures).unwrap().map(|item| item.unwrap().path()) {
        if name.extension().is_none_or(|extension| extension != "bin") {
            continue;
        }
        let bytes = fs::read(&name).unwrap();
        let step = if bytes.len() > 20_000 { bytes.len() / 300 } else { 1 };
        for at in (0..bytes.len()).filter(|&at| at < 500 || at.is_multiple_of(step)) {
            try_it(&bytes[..at]);
            let mut damaged = bytes.clone();
            damaged[at] ^= if at.is_multiple_of(2) { 0x01 } else { 0xff };
            try_it(&damaged);
        }
    }
}

fn ask_everything(path: &Path) {
    let told = |error: String| assert!(error.contains("damaged.bin"), "{error}");
    match formats::read(path, None) {
        Err(error) => told(error.to_string()),
        Ok(vectors) => drop(vectors.vector_or_made("nightfall")),
    }
    if Model::is_at(path) {
        match Model::open(path).and_then(Classifier::new) {
            Err(error) => told(error.to_string()),
            Ok(classifier) => drop(classifier.predict(b"a fine film", 5)),
        }
    }
}
