//! Texts of a session, by the whole program: told as they were read, cut as the recipe says, and the same however they are
//! packed and written. Single small inputs are cases of `worldly`.

use std::fs;
use std::io::{Cursor, Write};

use crate::common;
use crate::common::Place;

#[test]
fn a_run_tells_what_was_read_and_keeps_it() {
    let place = Place::new();
    place.recipe("small.ron", &[("labels: [20, 80]", "labels: [20]"), ("seeds: 2", "seeds: 1")]);
    let done = place.run(&["run", "small.ron", "--session", "one", "--json"]).well();
    let train = "read: train.csv: CSV with a header, 3 columns: the text is column \"review\", the label column \"mood\"";
    assert!(done.stderr.contains(train), "{}", done.stderr);
    assert!(done.stderr.contains("read: test.csv: CSV with a header"), "{}", done.stderr);
    place.run(&["export", "one", "out", "--json"]).well();
    let kept = place
        .files("out")
        .into_iter()
        .any(|(_, text)| String::from_utf8_lossy(&text).contains("CSV with a header, 3 columns"));
    assert!(kept);
    let again = place.run(&["replay", "one"]).well();
    assert!(again.stdout.contains(train), "{}", again.stdout);
}

#[test]
fn vectors_are_learned_from_a_column_of_parquet() {
    let place = Place::new();
    // Written by pyarrow, as told in `data::parquet::tests`.
    fs::write(
        place.path("a.parquet"),
        include_bytes!("../../engine/src/data/parquet/examples/snappy.parquet"),
    )
    .unwrap();
    let lines: Vec<String> = (0..60)
        .filter(|i| i % 7 != 0)
        .map(|i| format!("text number {i} is {}fine\n", "so ".repeat(i % 4)))
        .collect();
    place.write("a.txt", &lines.concat());
    let rest = ["--out", "v.txt", "--dim", "5", "--epoch", "1", "--min-count", "1"];
    let vectors = |args: &[&str]| {
        place.run(&[&["pretrain"], args, &rest].concat()).well();
        fs::read(place.path("v.txt")).unwrap()
    };
    assert!(vectors(&["a.parquet", "--text", "text"]) == vectors(&["a.txt"]));
}

#[test]
fn a_recipe_names_the_column() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("corpus.txt")).unwrap();
    let rows: String = text.lines().map(|line| format!("1;\"{line}\"\n")).collect();
    place.write("corpus.csv", &format!("id;words\n{rows}"));
    let rows = |changes: &[(&str, &str)]| {
        place.recipe("small.ron", changes);
        let mut done = place.run(&["run", "small.ron", "--session", "s", "--json"]).well().json();
        fs::remove_dir_all(place.path("s")).unwrap();
        let mut rows = done["comparison"]["rows"].take();
        rows.as_array_mut().unwrap().iter_mut().for_each(|row| drop(row["seconds"].take()));
        assert!(!rows.as_array().unwrap().is_empty());
        rows
    };
    let table = rows(&[("File(\"corpus.txt\")", "Table(file: \"corpus.csv\", column: \"words\")")]);
    assert_eq!(table, rows(&[]));
}

#[test]
fn a_session_cuts_every_text_as_its_recipe_says() {
    let place = Place::new();
    place.recipe("words.ron", &[]);
    place.recipe("cut.ron", &[("task:", "tokens: Whitespace, task:")]);
    for (recipe, session) in [("words.ron", "a"), ("cut.ron", "b")] {
        place.run(&["run", recipe, "--session", session]).well();
    }
    let kept = |session: &str| std::fs::read_to_string(place.path(session).join("recipe.ron")).unwrap();
    assert!(
        !kept("a").contains("    tokens:") && kept("b").contains("    tokens: Whitespace"),
        "{}",
        kept("b")
    );
    // With a comma behind it, a word is another one where white space alone parts words.
    assert!(place.run(&["neighbours", "dull,", "--vectors", "a"]).sentence().contains("dull,"));
    place.run(&["neighbours", "dull,", "--vectors", "b"]).well();
    place.recipe("wrong.ron", &[("task:", "tokens: Letters, task:")]);
    let refused = place.run(&["run", "wrong.ron"]);
    assert!(refused.sentence().contains("Letters"), "{}", refused.stderr);
}

/// The experiment of a small recipe with word vectors of a file.
fn with_vectors(vectors: &str, reviews: &[(&str, &str)]) -> (Place, common::Done) {
    let place = Place::new();
    place.write("vectors.txt", vectors);
    let rows: String = reviews.iter().map(|(text, mood)| format!("\"{text}\",{mood}\n")).collect();
    place.write("train.csv", &format!("review,mood\n{}", rows.repeat(20)));
    place.write("test.csv", &format!("review,mood\n{rows}"));
    place.recipe(
        "small.ron",
        &[
            (
                "SkipGram(corpus: File(\"corpus.txt\"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1)",
                "Vectors(file: \"vectors.txt\")",
            ),
            ("probe_words: [\"lovely\"],", ""),
            ("benchmarks: (similarity: [\"pairs.txt\"], analogies: \"questions.txt\"),", ""),
            ("labels: [20, 80]", "labels: [20]"),
        ],
    );
    let done = place.run(&["run", "small.ron", "--session", "s", "--json"]).well();
    (place, done)
}

#[test]
fn vectors_and_texts_meet_in_every_normal_form_and_files_keep_theirs() {
    let reviews = [("café señor", "good"), ("naïve über", "bad")];
    let composed = "café 1 0\nseñor 1 0.5\nnaïve 0 1\nüber 0.5 1\n";
    let taken_apart = "cafe\u{301} 1 0\nsen\u{303}or 1 0.5\nnai\u{308}ve 0 1\nu\u{308}ber 0.5 1\n";
    let found: Vec<serde_json::Value> = [composed, taken_apart]
        .map(|vectors| {
            let (place, done) = with_vectors(vectors, &reviews);
            let told = place.run(&["replay", "s", "--plain"]).well();
            assert!(told.stdout.contains("100.0 % of the task"), "{}", told.stdout);
            place.run(&["convert", "vectors.txt", "again.txt"]).well();
            let again = std::fs::read_to_string(place.path("again.txt")).unwrap();
            assert!(again.contains(vectors.split(' ').next().unwrap()), "{again}");
            let near = ["neighbours", "café", "--vectors", "vectors.txt", "--json"];
            assert!(place.run(&near).well().stdout.contains("or\""));
            done.json()["runs"].as_array().unwrap().iter().map(|run| run["accuracy"].clone()).collect()
        })
        .into();
    assert_eq!(found[0], found[1]);
}

fn zip_of(name: &str, text: &[u8]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    out.write_all(text).unwrap();
    out.finish().unwrap().into_inner()
}

fn xz_of(text: &[u8]) -> Vec<u8> {
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

fn bzip2_of(text: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf32(text: &str) -> Vec<u8> {
    text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect()
}

/// A text in many ways, and what is said of it.
fn written(text: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("bz2", bzip2_of(text.as_bytes()), ""),
        ("xz", xz_of(text.as_bytes()), ""),
        ("zip", zip_of("inside.txt", text.as_bytes()), ""),
        ("mark", [b"\xef\xbb\xbf", text.as_bytes()].concat(), ""),
        ("utf16", utf16(text), "this is UTF-16 (little-endian)"),
        ("utf16.xz", xz_of(&utf16(&format!("\u{feff}{text}"))), "this is UTF-16 (little-endian)"),
        ("utf32", utf32(text), "this is UTF-32 (big-endian)"),
    ]
}

#[test]
fn a_corpus_gives_the_same_vectors_however_it_is_packed_and_written() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("corpus.txt")).unwrap();
    let train = |corpus: &str| {
        place.run(&["pretrain", corpus, "--out", "v.txt", "--dim", "5", "--epoch", "1", "--min-count", "1"])
    };
    train("corpus.txt").well();
    let plain = fs::read(place.path("v.txt")).unwrap();
    for (name, content, told) in written(&text) {
        fs::write(place.path(name), content).unwrap();
        let done = train(name).well();
        assert!(fs::read(place.path("v.txt")).unwrap() == plain, "{name}");
        assert!(done.stderr.contains(told), "{name}: {}", done.stderr);
    }
}

#[test]
fn labelled_texts_and_recipes_are_read_however_they_are_packed_and_written() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let compared = |name: &str| {
        let mut done = place.run(&["run", name, "--session", "s", "--json"]).well().json();
        fs::remove_dir_all(place.path("s")).unwrap();
        let mut rows = done["comparison"]["rows"].take();
        let each = rows.as_array_mut().unwrap();
        assert!(!each.is_empty());
        each.iter_mut().for_each(|row| drop(row["seconds"].take()));
        rows
    };
    let plain = compared("small.ron");
    let text = fs::read_to_string(place.path("train.csv")).unwrap();
    for (ending, content, told) in written(&text) {
        let name = format!("train.{ending}");
        fs::write(place.path(&name), content).unwrap();
        place.recipe("other.ron", &[("train.csv", &name)]);
        let recipe = fs::read(place.path("other.ron")).unwrap();
        fs::write(place.path("other.ron"), [b"\xef\xbb\xbf", &recipe[..]].concat()).unwrap();
        assert_eq!(compared("other.ron"), plain, "{name}");
        let said = place.run(&["run", "other.ron", "--session", "s"]).well();
        fs::remove_dir_all(place.path("s")).unwrap();
        assert!(said.stderr.contains(told) || said.stdout.contains(told), "{name}: {}", said.stderr);
    }
}
