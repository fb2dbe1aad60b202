//! Unlabelled text in a column of a table, by the whole program.

mod common;

use std::fs;

use common::Place;

#[test]
fn vectors_are_learned_from_one_column_and_a_table_without_one_is_pointed_out() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("corpus.txt")).unwrap();
    let (mut csv, mut tsv, mut json) =
        ("id,date,words\n".to_string(), "id\tdate\twords\n".to_string(), String::new());
    for (id, line) in text.lines().enumerate() {
        csv.push_str(&format!("{id},2020-01-01,\"{line}\"\n"));
        tsv.push_str(&format!("{id}\t2020-01-01\t{line}\n"));
        json.push_str(&format!("{{\"id\": {id}, \"words\": \"{line}\", \"date\": null}}\n"));
    }
    place.write("a.csv", &csv);
    place.write("a.tsv", &tsv);
    place.write("a.jsonl", &json);
    place.write("without-a-name", &csv);
    let rest = ["--out", "v.txt", "--dim", "5", "--epoch", "1", "--min-count", "1"];
    let train = |args: &[&str]| place.run(&[&["pretrain"], args, &rest].concat()).well();
    let plain = train(&["corpus.txt"]);
    assert!(!plain.stderr.contains("looks like a table"), "{}", plain.stderr);
    let vectors = fs::read(place.path("v.txt")).unwrap();
    for file in ["a.csv", "a.tsv", "a.jsonl", "without-a-name"] {
        let done = train(&[file, "--text", "words"]);
        assert!(fs::read(place.path("v.txt")).unwrap() == vectors, "{file}");
        assert!(!done.stderr.contains("looks like a table"), "{}", done.stderr);
        let done = train(&[file]);
        assert!(fs::read(place.path("v.txt")).unwrap() != vectors, "{file}");
        let columns = if file == "a.jsonl" {
            "with the fields id, words, date"
        } else {
            "with the columns id, date, words"
        };
        assert!(done.stderr.contains(&format!("{file} looks like a table {columns}")), "{}", done.stderr);
    }
    let piped = [&["pretrain", "-", "--text", "3"], &rest[..]].concat();
    let headerless = csv.split_once('\n').unwrap().1;
    place.run_with_input(&piped, headerless.as_bytes()).well();
    assert!(fs::read(place.path("v.txt")).unwrap() == vectors);
    let none = place.run(&["pretrain", "a.csv", "--text", "text", "--out", "w.txt"]);
    assert!(
        none.sentence().contains("a.csv, line 1: no column \"text\"; columns are: id, date, words"),
        "{}",
        none.stderr
    );
    assert!(!place.path("w.txt").exists());
}

#[test]
fn vectors_are_learned_from_a_column_of_parquet() {
    let place = Place::new();
    // Written by pyarrow, as told in `data::parquet::tests`.
    fs::write(place.path("a.parquet"), include_bytes!("../src/data/parquet/examples/snappy.parquet"))
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
    let unnamed = place.run(&["pretrain", "a.parquet", "--out", "w.txt"]);
    let told = "a.parquet: a Parquet file, of which one column is learned from; name it: --text COLUMN";
    assert!(unnamed.sentence().contains(told), "{}", unnamed.stderr);
    assert!(!place.path("w.txt").exists());
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
