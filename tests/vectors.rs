//! Word vectors by the whole program: trained, asked, evaluated, converted.

mod common;

use std::fs;

use common::Place;

const SMALL: [&str; 6] = ["--dim", "10", "--min-count", "1", "--epoch", "2"];

#[test]
fn vectors_are_trained_alike_by_any_number_of_threads_and_from_any_source() {
    let place = Place::new();
    let train = |corpus: &str, out: &str, more: &[&str]| {
        let args = [&["pretrain", corpus, "--out", out, "--json"], &SMALL[..], more].concat();
        let report = place.run(&args).well().json();
        let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["out", "seconds", "tokens", "tokens_per_second", "words"]);
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
fn rows_that_repeat_a_word_are_left_out_and_said() {
    let place = Place::new();
    place.write("v.txt", "one 1 0\ntwo 0 1\none 5 5\n 3 3\nsix 1 1\n");
    let done = place.run(&["convert", "v.txt", "out.bin"]).well();
    let remark = "note: v.txt: 1 row repeats a word (\"one\") and 1 row has no word: the first row of each word was kept";
    assert!(
        done.stderr.contains(remark) && done.stdout.starts_with("3 words"),
        "{}{}",
        done.stderr,
        done.stdout
    );
    let near = place.run(&["neighbours", "six", "--vectors", "v.txt", "--json"]).well();
    assert!(near.stderr.contains(remark) && near.json().as_array().unwrap().len() == 2, "{}", near.stderr);
    let recipe = [
        (
            r#"SkipGram(corpus: File("corpus.txt"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1)"#,
            r#"Vectors(file: "w.txt")"#,
        ),
        ("seeds: 2", "seeds: 1"),
        ("[20, 80]", "[20]"),
    ];
    place.recipe("r.ron", &recipe);
    place.write("w.txt", "lovely 1 0\ndull 0 1\nlovely 5 5\n");
    let told = place.run(&["run", "r.ron"]).well();
    let remark = "note: w.txt: 1 row repeats a word (\"lovely\")";
    assert!(format!("{}{}", told.stdout, told.stderr).contains(remark), "{}{}", told.stdout, told.stderr);
}

#[test]
fn words_that_a_format_cannot_hold_are_named_with_the_way_out() {
    let place = Place::new();
    place.write("v.txt", "3 2\nnew york 1 0\ntwo 0 1\nlos angeles 5 5\n");
    let done = place.run(&["convert", "v.txt", "out.bin"]);
    let sentence = done.sentence();
    for expected in [
        "word2vec binary cannot hold 2 words (\"new york\", \"los angeles\")",
        "`--format text`",
        "`--format safetensors`",
        "`--skip-unfit`",
    ] {
        assert!(sentence.contains(expected), "{expected} is not in: {sentence}");
    }
    assert!(!place.path("out.bin").exists());
    let done = place.run(&["convert", "v.txt", "out.bin", "--skip-unfit"]).well();
    assert!(
        done.stdout.starts_with("1 words") && done.stderr.contains("left out 2 words"),
        "{}",
        done.stderr
    );
    // What text cannot hold is seen too: a number behind a space would be the vector's.
    place.run(&["convert", "v.txt", "v.safetensors"]).well();
    let bytes = fs::read(place.path("v.safetensors")).unwrap();
    let at = bytes.windows(8).position(|part| part == b"new york").unwrap();
    let changed = [&bytes[..at], b"route 66", &bytes[at + 8..]].concat();
    fs::write(place.path("v.safetensors"), changed).unwrap();
    let done = place.run(&["convert", "v.safetensors", "out.txt"]);
    assert!(done.sentence().contains("text cannot hold 1 word (\"route 66\")"), "{}", done.stderr);
    place.run(&["convert", "v.safetensors", "m.bin", "--format", "fasttext"]).well();
    place.run(&["convert", "m.bin", "again.safetensors"]).well();
    let again = fs::read(place.path("again.safetensors")).unwrap();
    assert!(again.windows(8).any(|part| part == b"route 66"));
}

#[test]
fn lists_are_evaluated_whatever_their_layout_and_nothing_found_is_no_figure() {
    let place = Place::new();
    place.write("v.txt", "Old 1 0\nnew 0.9 0.1\nbig 0 1\nSmall 1 0.2\n");
    place.write(
        "simlex.txt",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t9\nbig\tsmall\tA\t0.5\t8\n",
    );
    place.write("comma.csv", "\u{feff}old;new;1,58\nbig;small;0,5\n");
    place.write("none.txt", "frog toad 3\ncat dog 4\n");
    place.write("questions.txt", "\u{feff}: nothing\ncat dog frog toad\n");
    let args = [
        "evaluate",
        "v.txt",
        "--similarity",
        "simlex.txt",
        "comma.csv",
        "none.txt",
        "--analogies",
        "questions.txt",
    ];
    let done = place.run(&args).well();
    assert!(!done.stdout.contains("0.000") && done.stdout.contains('–'), "{}", done.stdout);
    for expected in [
        "simlex: the scores are those of the column \"SimLex999\"",
        "simlex: 2 words were found in another case only",
        "none: of 2 pairs none has both words in the vectors",
        "analogies: no question has all four words",
    ] {
        assert!(done.stderr.contains(expected), "{expected} is not in: {}", done.stderr);
    }
    let report = place.run(&[&args[..], &["--json"]].concat()).well().json();
    let sets = report["similarity"].as_array().unwrap();
    assert!(
        sets[0]["spearman"] == 1.0 && sets[1]["spearman"] == 1.0 && sets[2]["spearman"].is_null(),
        "{report}"
    );
    assert_eq!((&sets[1]["used"], &sets[1]["other_case"]), (&2.into(), &2.into()));
    assert!(
        report["analogies"]["accuracy"].is_null()
            && report["analogies"]["sections"][0]["section"] == "nothing",
        "{report}"
    );
}
