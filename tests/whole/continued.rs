//! Published vectors that are trained further, by the whole program.

use std::fs;

use warmstart::session::record::Record;

use crate::common::{self, Place, static_vectors};

/// Vectors of 12 dimensions for the words of the pairs, a word that the corpus lacks, and none for most others.
fn published() -> String {
    let words = ["lovely", "bright", "dull", "cold", "soup", "lamp", "grim", "the", "zebra"];
    let number = |word: usize, k: usize| (((word * 37 + k * 11) % 19) as f32 - 9.0) / 4.0;
    let row = |(n, word): (usize, &&str)| {
        let numbers: Vec<String> = (0..12).map(|k| number(n + 1, k).to_string()).collect();
        format!("{word} {}\n", numbers.join(" "))
    };
    words.iter().enumerate().map(row).collect()
}

const OWN: &str = "source: SkipGram(corpus: File(\"corpus.txt\"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1)";

fn prepared() -> Place {
    let place = Place::new();
    place.write("v.txt", &published());
    let sources = r#"sources: {
            "published": Vectors(file: "v.txt"),
            "adapted": SkipGram(
                from: (file: "v.txt", known_rate: 0.5, anchor: 0.01),
                corpus: File("corpus.txt"), window: 3, negatives: 3, epochs: 2, min_count: 1,
            ),
        }"#;
    place.recipe("further.ron", &[(OWN, sources), ("Lstm(hidden: 8)", "Average")]);
    place
}

#[test]
fn published_vectors_are_trained_further_beside_themselves() {
    let place = prepared();
    let whole = place.run(&["run", "further.ron", "--session", "s", "--json"]).well();
    let told = &whole.stderr;
    assert!(told.contains("training begins with the vectors of v.txt: it has 8 words"), "{told}");
    assert!(told.contains("drift from v.txt: mean cosine"), "{told}");
    let records = common::timeless(&place.path("s"));
    let mut source = String::new();
    let (mut measured, mut moved, mut origin) = (Vec::new(), Vec::new(), String::new());
    for record in records {
        match record {
            Record::Source(name) => source = name.to_string(),
            Record::Quality(found) if found.run.is_none() && found.set.contains("pairs") => {
                let of = found.source.as_ref().map_or(source.clone(), |name| name.to_string());
                measured.push((of, found.tokens, found.score));
            }
            Record::Continued(found) => moved.push((source.clone(), found)),
            Record::Vectors { origin: told, .. } if source == "adapted" => origin = told,
            _ => {}
        }
    }
    assert_eq!(origin, "v.txt, trained further here with skip-gram");
    let [(source, found)] = &moved[..] else { panic!("{moved:?}") };
    assert_eq!((&source[..], &found.file[..], found.known, found.others), ("adapted", "v.txt", 8, 1));
    assert!(found.new > 10 && found.cosine < 1.0 && found.furthest.len() == 8, "{found:?}");
    // The first measurement is that of the published vectors, before training.
    let of = |name: &str| -> Vec<(u64, f64)> {
        measured.iter().filter(|known| known.0 == name).map(|known| (known.1, known.2)).collect()
    };
    let adapted = of("adapted");
    assert_eq!((adapted[0].0, of("published")[0].0), (0, 0));
    assert!((adapted[0].1 - of("published")[0].1).abs() < 1e-9, "{measured:?}");
    assert!(adapted.len() > 2 && adapted.last().unwrap().1 != adapted[0].1, "{adapted:?}");

    let near = place.run(&["neighbours", "--vectors", "s:adapted", "zebra", "--json"]).well().json();
    assert!(!near.as_array().unwrap().is_empty());

    // Half of the log, and so the work after it, is lost.
    let log = place.path("s/log.ron");
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for part in [4, 2] {
        fs::write(&log, lines[..lines.len() / part].join("\n") + "\n").unwrap();
        let again = place.run(&["resume", "s", "--json"]).well();
        assert_eq!(common::plain(&again), common::plain(&whole), "a {part}th of the log");
    }
}

#[test]
fn vectors_that_training_cannot_begin_with_are_refused() {
    let place = prepared();
    static_vectors::write(&place.path("static"), true);
    place.write("fr.txt", "chien 1 2 3\nchat 2 3 1\n");
    let text = fs::read_to_string(place.path("further.ron")).unwrap();
    for (from, to, expected) in [
        ("min_count: 1,", "min_count: 1, dim: 50,", "v.txt: the vectors have 12 dimensions, and `dim` is 50"),
        ("from: (file: \"v.txt\"", "from: (file: \"w.txt\"", "w.txt"),
        ("from: (file: \"v.txt\"", "from: (file: \"fr.txt\"", "fr.txt: none of the"),
        ("from: (file: \"v.txt\"", "from: (file: \"static\"", "vectors of a tokeniser's tokens"),
        ("known_rate: 0.5", "known_rate: -0.5", "`known_rate` is -0.5"),
        ("known_rate: 0.5", "rate: 0.5", "further.ron, line"),
        ("min_count: 1,", "min_count: 1, subwords: (),", "the file has no subwords"),
    ] {
        assert!(text.contains(from), "{from}");
        place.write("further.ron", &text.replace(from, to));
        let refused = place.run(&["run", "further.ron", "--session", "none"]);
        assert!(refused.sentence().contains(expected), "{to}: {}", refused.stderr);
        let _ = fs::remove_dir_all(place.path("none"));
    }
    let few = ["pretrain", "corpus.txt", "--out", "x.txt", "--known-rate", "0.5"];
    assert_eq!(place.run(&few).code, Some(2), "the rate belongs to --from");
    let other = ["pretrain", "corpus.txt", "--out", "x.txt", "--from", "v.txt", "--dim", "10"];
    assert!(place.run(&other).sentence().contains("`dim: 12`"));
    assert!(!place.path("x.txt").exists());
}

#[test]
fn pretrain_trains_a_file_further_with_its_subwords() {
    let place = prepared();
    let pretrain = |args: &[&str]| {
        place.run(&[&["pretrain", "corpus.txt", "--epoch", "2", "--min-count", "1", "--json"], args].concat())
    };
    // What is fixed stays, number for number, and words that only the file has are kept unless they are dropped.
    let fixed = pretrain(&["--from", "v.txt", "--known-rate", "0", "--out", "fixed.txt"]).well().json();
    assert_eq!((fixed["drift"]["known"].as_u64(), fixed["drift"]["distance"].as_f64()), (Some(8), Some(0.0)));
    let fixed = fs::read_to_string(place.path("fixed.txt")).unwrap();
    let row = |text: &str, word: &str| -> Option<Vec<f32>> {
        let numbers =
            text.lines().find_map(|line| line.strip_prefix(&format!("{word} ")).map(String::from))?;
        Some(numbers.split_whitespace().map(|x| x.parse().unwrap()).collect())
    };
    for word in ["lovely", "the", "zebra"] {
        assert_eq!(row(&fixed, word), row(&published(), word), "{word}");
    }
    assert!(row(&fixed, "waiter").is_some());
    pretrain(&["--from", "v.txt", "--drop-others", "--limit", "4", "--out", "few.txt"]).well();
    let few = fs::read_to_string(place.path("few.txt")).unwrap();
    assert!(row(&few, "zebra").is_none() && row(&few, "lovely") != row(&published(), "lovely"));

    // A fastText model goes on as one.
    let shape = ["--dim", "10", "--minn", "3", "--maxn", "4", "--bucket", "500"];
    pretrain(&[&shape[..], &["--out", "first.bin"]].concat()).well();
    let mut outcomes = Vec::new();
    for threads in ["1", "2"] {
        let args = ["--from", "first.bin", "--out", "second.bin", "--threads", threads];
        let drift = pretrain(&args).well().json()["drift"].clone();
        assert!(drift["cosine"].as_f64().unwrap() > 0.5 && drift["new"] == 0, "{drift}");
        outcomes.push(fs::read(place.path("second.bin")).unwrap());
    }
    assert!(outcomes[0] == outcomes[1]);
    assert!(outcomes[0] != fs::read(place.path("first.bin")).unwrap());
    let unseen = place.run(&["neighbours", "brightest", "--vectors", "second.bin", "--json"]).well().json();
    assert!(!unseen.as_array().unwrap().is_empty());
}
