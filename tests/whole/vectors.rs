//! Word vectors by the whole program: trained, asked, evaluated, converted.

use std::fs;

use crate::common::Place;

const SMALL: [&str; 6] = ["--dim", "10", "--min-count", "1", "--epoch", "2"];

#[test]
fn vectors_are_trained_alike_by_any_number_of_threads_and_from_any_source() {
    let place = Place::new();
    let train = |corpus: &str, out: &str, more: &[&str]| {
        let args = [&["pretrain", corpus, "--out", out, "--json"], &SMALL[..], more].concat();
        let report = place.run(&args).well().json();
        let mut keys: Vec<&String> = report.as_object().unwrap().keys().collect();
        keys.sort_unstable();
        assert_eq!(keys, ["epochs", "mean_cosine", "out", "seconds", "tokens", "tokens_per_second", "words"]);
        assert_eq!(report["out"], out);
        (
            report["words"].as_u64().unwrap(),
            report["tokens"].as_u64().unwrap(),
            fs::read(place.path(out)).unwrap(),
        )
    };
    let one = train("corpus.txt", "one.txt", &["--threads", "1"]);
    assert!(one.0 > 30 && one.1 > 20_000, "{} words, {} tokens", one.0, one.1);
    let head = String::from_utf8_lossy(&one.2).lines().next().unwrap().to_string();
    assert_eq!(head, format!("{} 10", one.0));
    assert!(one == train("corpus.txt", "two.txt", &["--threads", "2"]));
    assert!(one.2 != train("corpus.txt", "other.txt", &["--seed", "2"]).2);
    assert!(one.2 != train("corpus.txt", "cbow.txt", &["--model", "cbow"]).2);

    let text = fs::read(place.path("corpus.txt")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &text).unwrap();
    fs::write(place.path("corpus.txt.gz"), gzip.finish().unwrap()).unwrap();
    fs::write(place.path("corpus.txt.zst"), zstd::encode_all(&text[..], 1).unwrap()).unwrap();
    assert!(one == train("corpus.txt.gz", "gz.txt", &[]));
    assert!(one == train("corpus.txt.zst", "zst.txt", &[]));
    let args = [&["pretrain", "-", "--out", "stdin.txt"], &SMALL[..]].concat();
    place.run_with_input(&args, &text).well();
    assert!(one.2 == fs::read(place.path("stdin.txt")).unwrap());
}

#[test]
fn vectors_answer_questions_and_change_their_format() {
    let place = Place::new();
    place.run(&[&["pretrain", "corpus.txt", "--out", "v.bin"], &SMALL[..]].concat()).well();
    place.run(&["convert", "v.bin", "v.txt"]).well();
    // One thread reads while another watches, however few are to work.
    for threads in ["1", "2"] {
        place.run(&["convert", "v.txt", "again.bin", "--threads", threads]).well();
        assert!(fs::read(place.path("v.bin")).unwrap() == fs::read(place.path("again.bin")).unwrap());
    }

    let ask = |args: &[&str]| place.run(&[args, &["--json"]].concat()).well().json();
    let near = ask(&["neighbours", "lovely", "--vectors", "v.bin", "--count", "5"]);
    let list = near.as_array().unwrap();
    assert_eq!(list.len(), 5);
    let cosines: Vec<f64> = list.iter().map(|n| n["similarity"].as_f64().unwrap()).collect();
    assert!(cosines.is_sorted_by(|a, b| a >= b) && cosines[0] <= 1.0 + 1e-6);
    assert!(list.iter().all(|n| n["word"] != "lovely"));
    let sum = ask(&["neighbours", "lovely - dull + 2 cold", "--vectors", "v.bin", "--by", "dot"]);
    assert!(
        sum.as_array()
            .unwrap()
            .iter()
            .all(|n| !["lovely", "dull", "cold"].contains(&n["word"].as_str().unwrap()))
    );
    let among = ask(&["neighbours", "lovely", "--vectors", "v.bin", "--among", "soup,bright,dull"]);
    assert_eq!(among.as_array().unwrap().len(), 3);
    let first = ["neighbours", "lovely", "--vectors", "v.bin", "--among", "soup,bright,dull", "--count", "1"];
    assert_eq!(ask(&first).as_array().unwrap()[..], among.as_array().unwrap()[..1]);
    place.write("list.txt", "soup\nnowhere\ndull\n");
    let among = ask(&["neighbours", "lovely", "--vectors", "v.bin", "--among", "list.txt"]);
    assert_eq!(among.as_array().unwrap().len(), 2);
    let odd = ask(&["odd-one-out", "lovely", "bright", "soup", "warm", "--vectors", "v.bin"]);
    let rest: Vec<f64> =
        odd["words"].as_array().unwrap().iter().map(|n| n["similarity"].as_f64().unwrap()).collect();
    assert!(rest.len() == 4 && rest.is_sorted() && odd["odd"] == odd["words"][0]["word"], "{odd}");
    for args in [
        &["neighbours", "lovley", "--vectors", "v.bin"][..],
        &["neighbours", "soup", "--among", "dull,lovley", "--vectors", "v.bin"],
        &["odd-one-out", "soup", "lovley", "dull", "--vectors", "v.bin"],
        &["map", "--around", "lovley", "--vectors", "v.bin", "--out", "m.svg"],
    ] {
        let done = place.run(args);
        assert!(done.sentence().contains("\"lovley\" has no vector; \"lovely\" has one"), "{}", done.stderr);
    }
    assert_eq!(place.run(&["odd-one-out", "soup", "dull", "--vectors", "v.bin"]).code, Some(2));

    for (by, out) in [("pca", "m.svg"), ("tsne", "m.csv"), ("tsne", "again.csv")] {
        let threads = if out == "m.csv" { "1" } else { "2" };
        let map =
            ["map", "--frequent", "30", "--vectors", "v.bin", "--by", by, "--threads", threads, "--out", out];
        let done = ask(&map);
        assert_eq!(done["words"], 30);
    }
    let csv = fs::read_to_string(place.path("m.csv")).unwrap();
    assert_eq!(csv.lines().count(), 31);
    assert_eq!(csv, fs::read_to_string(place.path("again.csv")).unwrap());
    assert_eq!(fs::read_to_string(place.path("m.svg")).unwrap().matches("<circle").count(), 30);
    let done = place.run(&["map", "--vectors", "v.bin", "--out", "m.png"]);
    assert!(done.sentence().contains("end it in .svg or .csv"), "{}", done.stderr);
    assert_eq!(near, ask(&["neighbours", "lovely", "--vectors", "v.txt", "--count", "5"]));
    let third = ask(&["analogy", "lovely", "dull", "warm", "--vectors", "v.txt", "--count", "3"]);
    assert_eq!(third.as_array().unwrap().len(), 3);
    let text = place.run(&["neighbours", "lovely", "--vectors", "v.txt"]).well().stdout;
    assert_eq!(text.lines().count(), 11);

    place.write("pairs.txt", "lovely warm 9.0\nlovely dull 1.0\nsoup waiter 5.5\nlovely nowhere 3.0\n");
    place.write("questions.txt", ": moods\nlovely dull warm cold\nlovely dull warm nowhere\n");
    let report = ask(&["evaluate", "v.txt", "--similarity", "pairs.txt", "--analogies", "questions.txt"]);
    let set = &report["similarity"][0];
    assert_eq!(
        (set["set"].as_str(), set["pairs"].as_u64(), set["used"].as_u64()),
        (Some("pairs"), Some(4), Some(3))
    );
    assert!((-1.0..=1.0).contains(&set["spearman"].as_f64().unwrap()));
    let analogies = &report["analogies"];
    assert_eq!(analogies["asked"], 1);
    assert!(analogies["correct"].as_u64().unwrap() <= 1);
    assert_eq!(analogies["sections"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_done_with_vectors_is_told_in_one_sentence() {
    let place = Place::new();
    place.write("ten.txt", "only ten words are in this text and no more\n");
    place.write("v.txt", "2 2\na 1 0\nb 0 1\n");
    let before = place.names();
    for (args, expected) in [
        (&["pretrain", "ten.txt", "--out", "x.txt"][..], "ten.txt has 10 words"),
        (&["pretrain", "none.txt", "--out", "x.txt"], "none.txt"),
        (&["pretrain", "corpus.txt", "--out", "none/x.txt"], "none"),
        (&["pretrain", "corpus.txt", "--out", "."], "folder"),
        (&["pretrain", "corpus.txt", "--out", "x.txt", "--dim", "0"], "`dim` is 0"),
        (&["neighbours", "c", "--vectors", "v.txt"], "\"c\" has no vector"),
        (&["neighbours", "a", "--vectors", "none.txt"], "none.txt"),
        (&["analogy", "a", "b", "\u{1b}c", "--vectors", "v.txt"], "has no vector"),
        (&["convert", "v.txt", "none/x.bin"], "none"),
        (&["evaluate", "v.txt", "--similarity", "none.txt"], "none.txt"),
    ] {
        let done = place.run(args);
        let sentence = done.sentence();
        assert!(sentence.contains(expected), "{args:?}: {sentence}");
        assert!(!done.stderr.contains('\u{1b}'));
        assert_eq!(place.names(), before, "{args:?}");
    }
    let done = place.run_with_input(&["pretrain", "-", "--out", "x.txt"], b"too few words");
    assert!(done.sentence().contains("standard input has 3 words"), "{}", done.stderr);
    assert_eq!(place.run(&["evaluate", "v.txt"]).code, Some(2));
}

/// What a limit of a file's size does not let through is told, and nothing is left of it.
#[cfg(unix)]
#[test]
fn a_write_beyond_the_limit_of_a_file_is_told_and_leaves_nothing() {
    let place = Place::new();
    let before = place.names();
    let program = env!("CARGO_BIN_EXE_warmstart");
    let limited = format!(
        "ulimit -f 8; exec {program} pretrain corpus.txt --out v.txt --dim 100 --min-count 1 --epoch 1"
    );
    let mut command = std::process::Command::new("sh");
    let done = command.args(["-c", &limited]).current_dir(place.path("")).output().unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{told}");
    assert!(told.contains("cannot write v.txt") && told.contains("ulimit -f"), "{told}");
    assert_eq!(place.names(), before);
}

#[test]
fn collapsed_vectors_are_named_and_the_usual_epochs_are_said() {
    let place = Place::new();
    let rows = |last: &dyn Fn(usize) -> f32| -> String {
        (0..50).map(|word| format!("w{word} 1 1 {}\n", last(word))).collect()
    };
    place.write("same.txt", &rows(&|word| 1.0 + 0.001 * word as f32));
    place.write("spread.txt", &rows(&|word| [-9.0, 9.0][word % 2]));
    place.write("pairs.txt", "w1 w2 1\nw3 w5 2\nw4 w9 3\n");
    let ask = |file| place.run(&["evaluate", file, "--similarity", "pairs.txt", "--json"]).well();
    let done = ask("same.txt");
    assert!(done.stderr.contains("collapsed") && done.stderr.contains("more epochs"), "{}", done.stderr);
    assert!(done.json()["mean_cosine"].as_f64().unwrap() > 0.99);
    let done = ask("spread.txt");
    assert!(!done.stderr.contains("collapsed"), "{}", done.stderr);
    let done = place.run(&["pretrain", "corpus.txt", "--out", "v.txt", "--dim", "4", "--json"]).well();
    assert!(done.stderr.contains("100 epochs, the usual number for so many"), "{}", done.stderr);
    assert_eq!(done.json()["epochs"], 100);
    let done = place
        .run(&["pretrain", "corpus.txt", "--out", "v.txt", "--dim", "4", "--epoch", "2", "--json"])
        .well();
    assert!(!done.stderr.contains("usual number"), "{}", done.stderr);
    assert_eq!(done.json()["epochs"], 2);
}
