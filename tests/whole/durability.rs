//! Sessions that outlast what happens to them, by the whole program: a second process, a damaged log, a kill
//! before the first record, a folder that is removed.

use std::fs;
use std::process::Stdio;

use crate::common::{Place, plain, wait_for};

/// A recipe that takes longer than a test waits.
fn long(place: &Place) {
    place.recipe("long.ron", &[("epochs: 2, min_count", "epochs: 5000, min_count")]);
}

#[test]
fn a_second_process_is_refused_with_the_name_of_the_first() {
    let place = Place::new();
    long(&place);
    let mut command = place.command(&["run", "long.ron", "--session", "s", "--threads", "1"]);
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("s"), "Pretrain(", 1);
    let holder = format!("process {} (begun ", first.id());
    for arguments in [["resume", "s", "--json"], ["run", "long.ron", "--session=s"]] {
        let refused = place.run(&arguments);
        assert!(refused.sentence().contains(&holder), "{}", refused.stderr);
    }
    // Who only reads needs no lock.
    let told = place.run(&["replay", "s"]).well();
    assert!(told.stdout.contains("pre-training"), "{}", told.stdout);
    first.kill().unwrap();
    first.wait().unwrap();
    // The lock went with its process, and the log is whole.
    let mut command = place.command(&["resume", "s", "--threads", "1"]);
    let mut second = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("s"), "Resumed(", 1);
    second.kill().unwrap();
    second.wait().unwrap();
    assert_eq!(place.run(&["replay", "s"]).well().stderr, "");
}

#[test]
fn a_session_that_was_killed_before_its_first_record_begins_anew() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let whole = place.run(&["run", "small.ron", "--session", "whole", "--json"]).well();
    let begin = |name: &str, log: Option<&str>| {
        fs::create_dir(place.path(name)).unwrap();
        fs::copy(place.path("whole/recipe.ron"), place.path(&format!("{name}/recipe.ron"))).unwrap();
        fs::write(place.path(&format!("{name}/lock")), "1 1\n").unwrap();
        fs::write(place.path(&format!("{name}/recipe.ron.7.part")), "(").unwrap();
        if let Some(log) = log {
            fs::write(place.path(&format!("{name}/log.ron")), log).unwrap();
        }
    };
    for (name, log) in [("none", None), ("empty", Some("")), ("cut", Some("(at:0.0,record:Ope"))] {
        begin(name, log);
        let resumed = place.run(&["resume", name, "--json"]).well();
        assert_eq!(plain(&resumed), plain(&whole), "{name}");
        assert!(!place.path(&format!("{name}/recipe.ron.7.part")).exists());
        begin(&format!("{name}-run"), log);
        let again = place.run(&["run", "small.ron", "--json", &format!("--session={name}-run")]).well();
        assert_eq!(plain(&again), plain(&whole), "{name}");
    }
}

#[test]
fn what_lies_before_a_damage_of_the_log_is_not_lost() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let whole = place.run(&["run", "small.ron", "--session", "s", "--json"]).well();
    let log = place.path("s/log.ron");
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    let line = middle + bytes[middle..].iter().position(|&b| b == b'\n').unwrap() + 1;
    bytes[line] = 0;
    fs::write(&log, &bytes).unwrap();
    for arguments in [&["replay", "s"][..], &["compare", "s"], &["export", "s", "--csv", "out"]] {
        let told = place.run(arguments).well();
        assert!(told.stderr.contains("not a record") && told.stderr.contains("before it"), "{}", told.stderr);
    }
    let resumed = place.run(&["resume", "s", "--json"]).well();
    assert!(resumed.stderr.contains("log.damaged-1.ron"), "{}", resumed.stderr);
    assert!(fs::read(place.path("s/log.damaged-1.ron")).unwrap() == bytes[line..]);
    assert_eq!(plain(&resumed), plain(&whole));
    assert_eq!(place.run(&["replay", "s"]).well().stderr, "");

    // Of a log whose first line is damaged nothing can be told; what is there and what to do is said.
    let mut bytes = fs::read(&log).unwrap();
    bytes[2] = 0;
    fs::write(&log, &bytes).unwrap();
    let behind = format!("{} whole records are behind it", ends(&bytes).len() - 1);
    let export = ["export", "s", "--csv", "more"];
    for arguments in [&["replay", "s"][..], &["compare", "s"], &export, &["resume", "s"]] {
        let refused = place.run(arguments);
        let told = refused.sentence();
        assert!(told.contains("log.ron, line 1") && told.contains(&behind), "{told}");
        assert!(told.contains("`warmstart run s/recipe.ron --session NEW`"), "{told}");
    }
    assert!(fs::read(&log).unwrap() == bytes);
    let again = place.run(&["run", "s/recipe.ron", "--session", "again", "--json"]).well();
    assert_eq!(plain(&again), plain(&whole));
}

#[test]
fn a_folder_that_is_removed_meanwhile_is_a_failure() {
    let place = Place::new();
    place.recipe("small.ron", &[("epochs: 2, min_count", "epochs: 60, min_count")]);
    let mut command = place.command(&["run", "small.ron", "--session", "s", "--threads", "1"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&place.path("s"), "Pretrain(", 1);
    fs::remove_dir_all(place.path("s")).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("removed"), "{told}");
    assert!(!place.path("s").exists());
}

/// Where each line of a log ends.
fn ends(log: &[u8]) -> Vec<usize> {
    log.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect()
}

/// The same session as `from`, with its log cut to so many bytes.
fn cut(place: &Place, from: &str, to: &str, log: usize) {
    fs::create_dir_all(place.path(&format!("{to}/checkpoints"))).unwrap();
    for (name, bytes) in place.files(from) {
        let length = if name == "log.ron" { log } else { bytes.len() };
        let path = place.path(to).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &bytes[..length]).unwrap();
    }
}

/// The log may be older than the checkpoints after a loss of power: what it lacks is done again.
fn cut_logs(changes: &[(&str, &str)]) {
    let place = Place::new();
    place.recipe("small.ron", changes);
    let whole = place.run(&["run", "small.ron", "--session", "whole", "--json"]).well();
    let log = fs::read(place.path("whole/log.ron")).unwrap();
    let text = String::from_utf8(log.clone()).unwrap();
    let ends = ends(&log);
    // In the midst of pre-training, of a measurement and of the runs, before the last lines, within a line.
    let behind = |what: &str, times: usize| {
        let at = text.match_indices(what).nth(times).unwrap().0;
        *ends.iter().find(|end| **end > at).unwrap()
    };
    let last_measured = text.rfind("Quality(").unwrap();
    let mut cuts = vec![
        ends[0],
        behind("Pretrain(", 1),
        behind("Vectors(", 0),
        *ends.iter().rfind(|end| **end <= last_measured).unwrap(),
        behind("RunEnd(", 2),
        behind("RunEnd(", 6) + 20,
        ends[ends.len() - 3],
        ends[ends.len() - 2],
    ];
    cuts.extend((1..6).map(|part| part * log.len() / 6));
    for (number, &length) in cuts.iter().enumerate() {
        let name = format!("cut-{number}");
        cut(&place, "whole", &name, length);
        let resumed = place.run(&["resume", &name, "--json"]).well();
        assert_eq!(plain(&resumed), plain(&whole), "the log cut at {length} of {} bytes", log.len());
    }
}

#[test]
fn a_log_that_is_older_than_its_checkpoints_ends_with_the_same_report() {
    cut_logs(&[]);
}

#[test]
fn a_log_that_is_older_than_its_checkpoints_of_subwords_ends_with_the_same_report() {
    cut_logs(&[
        ("min_count: 1)", "min_count: 1, subwords: (min: 2, max: 3, buckets: 500))"),
        ("seeds: 2", "seeds: 1"),
    ]);
}

#[test]
fn a_damaged_checkpoint_is_named_and_its_part_done_again() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let whole = place.run(&["run", "small.ron", "--session", "whole", "--json"]).well();
    let log = fs::read(place.path("whole/log.ron")).unwrap();
    let ends = ends(&log);
    let checkpoints = place.files("whole/checkpoints");
    for (number, at) in [(0, 3), (1, 2), (7, 2), (8, 3), (checkpoints.len() - 1, 2)] {
        let (name, bytes) = &checkpoints[number];
        let session = format!("flipped-{number}");
        cut(&place, "whole", &session, ends[ends.len() - 3]);
        let mut flipped = bytes.clone();
        flipped[bytes.len() / at] ^= 4;
        fs::write(place.path(&session).join("checkpoints").join(name), flipped).unwrap();
        let resumed = place.run(&["resume", &session, "--json"]).well();
        let stem = name.rsplit_once('.').unwrap().0;
        assert!(resumed.stderr.contains(&format!("{stem}.ron")), "{name}: {}", resumed.stderr);
        assert_eq!(plain(&resumed), plain(&whole), "{name}");
        // The states beside the weights name the length of the log, which tells more of a resumed session.
        let weights = |files: Vec<(String, Vec<u8>)>| -> Vec<(String, Vec<u8>)> {
            files.into_iter().filter(|(name, _)| name.ends_with(".safetensors")).collect()
        };
        let now = weights(place.files(&format!("{session}/checkpoints")));
        assert!(now == weights(checkpoints.clone()), "{name}: other weights");
    }
}

#[test]
fn a_checkpoint_of_another_run_is_named_and_the_one_before_it_taken() {
    let place = Place::new();
    place.recipe("small.ron", &[("seeds: 2", "seeds: 1")]);
    let whole = place.run(&["run", "small.ron", "--session", "whole", "--json"]).well();
    let ends = ends(&fs::read(place.path("whole/log.ron")).unwrap());
    cut(&place, "whole", "mixed", ends[ends.len() - 3]);
    let checkpoints = place.files("whole/checkpoints");
    // A baseline keeps nothing of its learning, for it is learned again in no time.
    let of_baseline = |(name, bytes): &&(String, Vec<u8>)| {
        name.ends_with(".ron") && String::from_utf8_lossy(bytes).contains("learner:\"\"")
    };
    let stem = checkpoints.iter().find(of_baseline).unwrap().0.strip_suffix(".ron").unwrap().to_string();
    for ending in ["ron", "safetensors"] {
        let from = place.path(&format!("mixed/checkpoints/{stem}.{ending}"));
        fs::copy(from, place.path(&format!("mixed/checkpoints/run-0@999.{ending}"))).unwrap();
    }
    let resumed = place.run(&["resume", "mixed", "--json"]).well();
    let told = |what: &str| resumed.stderr.contains(what);
    assert!(told("run-0@999.ron: a checkpoint does not fit its run"), "{}", resumed.stderr);
    assert!(told("run 1 goes on from the one before it"), "{}", resumed.stderr);
    assert_eq!(plain(&resumed), plain(&whole));
    let names =
        |files: Vec<(String, Vec<u8>)>| -> Vec<String> { files.into_iter().map(|(name, _)| name).collect() };
    assert_eq!(names(place.files("mixed/checkpoints")), names(checkpoints));
}
