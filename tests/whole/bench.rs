//! `bench` by the whole program: every piece of work does something, and says how much of it.

use crate::common::Place;

#[test]
fn every_piece_of_work_tells_its_speed() {
    let place = Place::new();
    let small = ["--seconds", "0.01", "--rows", "3000", "--threads", "2"];
    let names = [
        "lstm-frozen",
        "lstm-finetuned",
        "gru-frozen",
        "bilstm-frozen",
        "cnn-frozen",
        "cnn-finetuned",
        "mean-frozen",
        "mean-finetuned",
        "mean-infer",
        "neighbours",
        "neighbours-compressed",
    ];
    let check = |name: &str, unit: &str, least: usize, args: &[&str]| {
        let report = place.run(&[&["bench", name, "--json"], args].concat()).well().json();
        assert_eq!(
            (&report["name"], &report["unit"], &report["threads"]),
            (&name.into(), &unit.into(), &2.into())
        );
        let runs: Vec<f64> = report["runs"].as_array().unwrap().iter().map(|r| r.as_f64().unwrap()).collect();
        let median = report["per_second"].as_f64().unwrap();
        assert!(runs.len() >= least && runs.contains(&median) && median > 0.0, "{report}");
        assert_eq!(report["reads_per_second"].is_number(), unit == "questions");
        let [gflops, peak, share] =
            ["gflops", "peak_gflops", "share_of_peak"].map(|key| report[key].as_f64().unwrap_or(0.0));
        let multiplies = ["lstm", "gru", "cnn", "lm"].iter().any(|kind| name.contains(kind));
        let agree = gflops > 0.0 && (share - gflops / peak).abs() < 1e-9;
        assert_eq!(agree, multiplies, "{report}");
    };
    for name in names {
        check(name, if name.starts_with("neigh") { "questions" } else { "documents" }, 1, &small);
    }
    check("predict", "texts", 1, &small);
    for name in ["tokenise", "count"] {
        check(name, "MB", 1, &[&["--corpus", "corpus.txt"], &small[..]].concat());
    }
    std::fs::create_dir(place.path("photos")).unwrap();
    place.write("photos/one.pgm", "P2 2 2 255 0 9 99 255\n");
    check("decode", "images", 1, &[&["--images", "photos"], &small[..]].concat());
    // Time enough for all epochs.
    check("skipgram", "tokens", 3, &["--corpus", "corpus.txt", "--threads", "2", "--seconds", "600"]);
    let text = "the cat sat on the mat and the dog sat on the log\n".repeat(60);
    place.write("lines.txt", &text);
    let files = ["--corpus", "lines.txt", "--held-out", "lines.txt", "--threads", "2", "--seconds", "600"];
    check("lm", "tokens", 5, &files);
    let told = place.run(&[&["bench", "lm", "--json"], &files[..]].concat()).well().json();
    let perplexities: Vec<f64> =
        told["perplexities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
    // Eight words, the unknown one and the end of a line: it begins at less than a guess and learns.
    assert!(perplexities.len() == 5 && perplexities[4] < perplexities[0], "{perplexities:?}");
    assert!(perplexities[4] > 1.0 && perplexities[0] < 12.0, "{perplexities:?}");
    // Five epochs over this text would take many times as long: it ends before, and says so.
    place.write("long.txt", &text.repeat(300));
    let args =
        ["bench", "lm", "--corpus", "long.txt", "--held-out", "lines.txt", "--seconds", "0.05", "--json"];
    let done = place.run(&args).well();
    assert!(done.stderr.contains("the time was up in epoch"), "{}", done.stderr);
    assert!(done.json()["perplexities"].as_array().unwrap().len() < 5);
    let shown = place.run(&["bench", "mean-frozen", "--seconds", "0.01"]).well().stdout;
    assert!(shown.starts_with("mean-frozen, ") && shown.contains("documents a second"), "{shown}");
}

#[test]
fn what_cannot_be_measured_is_told_in_one_sentence() {
    let place = Place::new();
    assert_eq!(place.run(&["bench", "skipgram"]).code, Some(2));
    assert_eq!(place.run(&["bench", "lm"]).code, Some(2));
    assert_eq!(place.run(&["bench", "decode"]).code, Some(2));
    std::fs::create_dir(place.path("none")).unwrap();
    place.write("none/notes.txt", "no image");
    assert!(place.run(&["bench", "decode", "--images", "none"]).sentence().contains("no image"));
    place.write("empty.txt", "\n");
    let done = place.run(&["bench", "lm", "--corpus", "empty.txt"]);
    assert!(done.code == Some(1) && done.sentence().contains("not enough"), "{}", done.stderr);
    assert_eq!(place.run(&["bench", "frobnicate"]).code, Some(2));
    assert_eq!(place.run(&["bench", "neighbours", "--rows", "0"]).code, Some(2));
    for args in [["skipgram", "--corpus", "nowhere.txt"], ["mean-frozen", "--seconds", "0"]] {
        let done = place.run(&[&["bench"], &args[..]].concat());
        assert_eq!(done.code, Some(1));
        assert!(done.sentence().contains(args[2]), "{}", done.stderr);
    }
}
