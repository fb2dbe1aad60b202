//! Bad input by the whole program: one sentence each, with file and line where there is one, exit
//! code 1 (2 for bad usage), and nothing half-written.

use std::fs;

use crate::common::Place;

/// Runs `small.ron` with these changes and expects a sentence with all of `expected`.
#[track_caller]
fn refused(place: &Place, changes: &[(&str, &str)], expected: &[&str]) {
    place.recipe("small.ron", changes);
    let before = place.names();
    let done = place.run(&["run", "small.ron", "--session", "new"]);
    let sentence = done.sentence();
    for part in expected {
        assert!(sentence.contains(part), "no {part} in: {sentence}");
    }
    assert_eq!(done.stdout, "");
    assert_eq!(place.names(), before, "something was left: {sentence}");
}

#[test]
fn data_that_cannot_be_is_refused_with_file_and_line() {
    let place = Place::new();
    refused(&place, &[("\"mood\"", "\"feeling\"")], &["train.csv, line 1: no column \"feeling\"", "mood"]);
    refused(&place, &[("train.csv", "nowhere.csv")], &["nowhere.csv"]);
    refused(&place, &[("[20, 80]", "[20, 1000]")], &["a budget of 1000 labels", "240"]);
    refused(&place, &[("corpus.txt", "none.txt")], &["none.txt"]);
    place.write("ten.txt", "only ten words are in this text and no more\n");
    refused(
        &place,
        &[("corpus.txt", "ten.txt"), ("min_count: 1", "min_count: 5")],
        &["ten.txt has 10 words", "longer text"],
    );
    place.write("uneven.csv", "id,review,mood\n1,fine,good\n2,bad\n3,poor,bad\n");
    refused(&place, &[("train.csv", "uneven.csv")], &["uneven.csv, line 3", "2 fields"]);
    place.write("one.csv", "review,mood\nfine,good\nnice,good\n");
    refused(&place, &[("train.csv", "one.csv")], &["one.csv", "one class, \"good\""]);
    place.write("empty.csv", "");
    refused(&place, &[("train.csv", "empty.csv")], &["empty.csv", "empty"]);
    place.write("good.txt", "a fine thing\n".repeat(50).as_str());
    place.write("bad.txt", "");
    let classes = r#"[("bad", "bad.txt"), ("good", "good.txt")]"#;
    let train = r#"train: "train.csv", test: "test.csv", text: "review", label: "mood""#;
    refused(&place, &[(train, &format!("train: {classes}"))], &["bad.txt"]);
}

#[test]
fn a_recipe_that_cannot_be_is_refused_with_line_and_column() {
    let place = Place::new();
    refused(&place, &[("methods:", "method:")], &["small.ron, line 12", "method"]);
    refused(&place, &[("Lstm(", "Lsmt(")], &["small.ron, line 7", "Lsmt"]);
    refused(&place, &[("dim: 12", "dim: many")], &["small.ron, line 5"]);
    refused(&place, &[("dim: 12", "dim: 0")], &["small.ron", "`dim` is 0"]);
    refused(&place, &[("[20, 80]", "[]")], &["`labels` is empty"]);
    let none = place.run(&["run", "none.ron"]);
    assert!(none.sentence().contains("none.ron"), "{}", none.stderr);
    fs::write(place.path("bytes.ron"), b"(title: \"\xff\")").unwrap();
    assert!(place.run(&["run", "bytes.ron"]).sentence().contains("bytes.ron, byte 9"));
}

#[test]
fn vectors_that_cannot_be_are_refused() {
    let place = Place::new();
    let source =
        r#"SkipGram(corpus: File("corpus.txt"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1)"#;
    for (text, expected) in [
        ("lovely 1 2 3\ndull 1 2\n", "vectors.txt, line 2"),
        ("lovely 1 2 3\ndull 1 2 x\n", "vectors.txt, line 2"),
        ("4000000000 4000000000\nlovely 1 2 3\n", "vectors.txt"),
        ("", "vectors.txt"),
    ] {
        place.write("vectors.txt", text);
        refused(&place, &[(source, "Vectors(file: \"vectors.txt\")")], &[expected]);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_refused() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    // Root may write anywhere, but nobody can make a folder below a file.
    place.write("file", "");
    let before = place.names();
    let done = place.run(&["run", "small.ron", "--session", "file/new"]);
    assert!(done.sentence().contains("file/new"), "{}", done.stderr);
    assert_eq!(place.names(), before);
    let done = place.run(&["run", "small.ron", "--sessions", "file"]);
    assert!(done.sentence().contains("file/small"), "{}", done.stderr);
    let there = place.run(&["run", "small.ron", "--session", "s"]).well();
    drop(there);
    let again = place.run(&["run", "small.ron", "--session", "s"]);
    assert!(again.sentence().contains("there is a session here already"), "{}", again.stderr);
    assert!(place.run(&["replay", "s"]).well().stdout.contains("Small"));
    let out = place.run(&["export", "s", "--csv", "file/out"]);
    assert!(out.sentence().contains("file/out"), "{}", out.stderr);
}

#[test]
fn sessions_that_cannot_be_read_are_refused() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    place.run(&["run", "small.ron"]).well();
    let log = place.path("sessions/small/log.ron");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("version:3"));
    fs::write(&log, text.replacen("version:3", "version:99", 1)).unwrap();
    for command in ["replay", "resume", "compare"] {
        let done = place.run(&[command, "small"]);
        let sentence = done.sentence();
        assert!(sentence.contains("log.ron, line 1") && sentence.contains("format 99"), "{sentence}");
        let done = place.run(&[command, "nothing"]);
        let sentence = done.sentence();
        assert!(sentence.contains("nothing") && sentence.contains("small"), "{sentence}");
    }
    let middle = text.lines().count() / 2;
    let broken: String = text
        .lines()
        .enumerate()
        .map(
            |(number, line)| {
                if number == middle { "(at:1.0,record:Nothing)\n".into() } else { format!("{line}\n") }
            },
        )
        .collect();
    fs::write(&log, broken).unwrap();
    // What lies before the damage is shown, and that there is damage is said.
    let done = place.run(&["replay", "small"]).well();
    assert!(done.stderr.contains(&format!("log.ron, line {}", middle + 1)), "{}", done.stderr);
}

#[test]
fn control_characters_never_get_out() {
    let place = Place::new();
    let evil = "\u{1b}[31m\u{202e}evil\u{7}";
    let name = format!("{evil}.csv");
    place.write(&name, &format!("review,{evil}\nfine,good\n"));
    place
        .recipe("small.ron", &[("train.csv", &name.escape_debug().to_string().replace("\\u{7}", "\\u{07}"))]);
    let done = place.run(&["run", "small.ron", "--session", "new"]);
    let sentence = done.sentence();
    assert!(
        sentence.contains("evil") && !done.stderr.contains(['\u{1b}', '\u{202e}', '\u{7}']),
        "{sentence:?}"
    );

    let train = fs::read_to_string(place.path("train.csv")).unwrap();
    place.write(
        "train.csv",
        &train.replace("lovely", &format!("lovely {evil}")).replace("good", "go\u{1b}od"),
    );
    let test = fs::read_to_string(place.path("test.csv")).unwrap();
    place.write("test.csv", &test.replace("good", "go\u{1b}od"));
    place.recipe("small.ron", &[]);
    let done = place.run(&["run", "small.ron", "--session", "s", "--json"]).well();
    for text in [&done.stdout, &done.stderr, &place.run(&["replay", "s"]).well().stdout] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']));
    }
    let strange = place.run(&["replay", "no\u{1b}[31mne"]);
    assert!(!strange.sentence().contains('\u{1b}'));
}

#[test]
fn a_terminal_that_only_writes_lines_gets_a_sentence_and_no_screen() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let mut command = place.command(&["run", "small.ron", "--watch"]);
    let output = command.env("TERM", "dumb").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{told}");
    assert!(told.contains("TERM is \"dumb\"; leave --watch out"), "{told}");
    assert!(!place.path("sessions").exists());
}

#[test]
fn bad_usage_exits_with_2_and_help_with_0() {
    let place = Place::new();
    for args in [
        &["frobnicate"][..],
        &["run"],
        &["run", "a.ron", "--threads", "many"],
        &["run", "a.ron", "--watch", "--json"],
        &["compare"],
        &["export", "s", "out"],
        &["--theme", "pink"],
    ] {
        let done = place.run(args);
        assert_eq!(done.code, Some(2), "{args:?}: {}", done.stderr);
        assert!(!done.stderr.is_empty() && done.stdout.is_empty());
    }
    let help = place.run(&["run", "--help"]).well().stdout;
    assert!(help.contains("methods: [Scratch, Frozen, FineTuned, TfIdf"), "{help}");
    assert!(place.run(&["--version"]).well().stdout.starts_with("warmstart "));
    assert_eq!(place.names(), ["corpus.txt", "pairs.txt", "questions.txt", "test.csv", "train.csv"]);
}

#[test]
fn recipes_with_absurd_numbers_are_refused_with_bounds_or_figures() {
    let place = Place::new();
    let task = "Files(train: \"train.csv\", test: \"test.csv\", text: \"review\", label: \"mood\")";
    let all = usize::MAX;
    refused(&place, &[(task, "Demo(train: 9223372036854775807)")], &["`train` is", "goes from 4 to"]);
    refused(&place, &[(task, "Demo(train: 4294967295)")], &["`train` is 4294967295"]);
    refused(&place, &[("seeds: 2", "seeds: 100000000")], &["asks for 800000000 runs"]);
    refused(&place, &[("epochs: 4", &format!("batch_size: {all}"))], &["`training.batch_size` is"]);
    refused(&place, &[("dropout: 0.1,", &format!("max_tokens: {all},"))], &["`max_tokens` is"]);
    refused(&place, &[("[20, 80]", &format!("[20, {all}]"))], &["`labels` is"]);
    // Within the bounds, and more than a machine has.
    #[cfg(target_os = "linux")]
    refused(
        &place,
        &[("Lstm(hidden: 8)", "Lstm(hidden: 65536, bidirectional: true)"), ("seeds: 2", "seeds: 500")],
        &["needs", "GB of memory at the least", "the heads of the runs", "and there are"],
    );
}

#[test]
fn arguments_reach_no_terminal_raw() {
    let place = Place::new();
    for argument in ["--th\u{9b}31mreads", "fro\u{9d}b", "--\u{1b}[2J"] {
        let done = place.run(&[argument]);
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        assert!(!done.stderr.contains(['\u{9b}', '\u{9d}', '\u{1b}']), "{:?}", done.stderr);
        assert!(done.stderr.contains("Usage"), "{:?}", done.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_recipe_in_a_folder_whose_name_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let folder = place.path("").join(std::ffi::OsStr::from_bytes(b"d\xff"));
    // Not every file system has such names.
    if fs::create_dir(&folder).is_err() {
        return;
    }
    fs::rename(place.path("small.ron"), folder.join("small.ron")).unwrap();
    let output = place.command(&["run"]).arg(folder.join("small.ron")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("whose name is not UTF-8") && !told.contains("panicked"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_that_gives_no_threads_is_told_of() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    place.write("vectors.txt", "good 1 2 3\nbad 3 2 1\n");
    // Address space runs out at different places: each is a sentence, or there was enough.
    let mut refusals = 0;
    for kilobytes in (60_000..400_000).step_by(20_000) {
        for (number, command) in
            ["run small.ron --threads 64", "neighbours --vectors vectors.txt good --threads 64"]
                .iter()
                .enumerate()
        {
            let session = if number == 0 { format!("--session s{kilobytes}") } else { String::new() };
            let line = format!(
                "ulimit -v {kilobytes}; exec '{}' {command} {session}",
                env!("CARGO_BIN_EXE_warmstart")
            );
            let mut shell = std::process::Command::new("sh");
            let output = shell.arg("-c").arg(&line).current_dir(place.path("")).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!told.contains("panicked"), "{line}: {told}");
            refusals += usize::from(told.contains("refuses another thread"));
        }
    }
    assert!(refusals > 0, "no limit was tight enough to refuse a thread, and wide enough to say so");
}
