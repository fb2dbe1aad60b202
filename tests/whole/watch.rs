//! `watch` follows a session that another process writes, in the workbench and as lines, and does not change its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::SystemTime;

use rustix::process::{Pid, Signal, kill_process};

use crate::common::pty::{Pty, code_of};
use crate::common::{Place, wait_for};

/// Starts a process that trains session `s` and does not end by itself. Returns when the log has `steps` steps.
fn writer(place: &Place, args: &[&str], steps: usize) -> Child {
    place.recipe("long.ron", &[("epochs: 4", "epochs: 100000, patience: 100000")]);
    let mut command = place.command(args);
    let child = command.args(["--threads", "1"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("s"), "Step(", steps);
    child
}

fn steps(place: &Place) -> usize {
    std::fs::read_to_string(place.path("s").join("log.ron")).unwrap().matches("Step(").count()
}

fn watcher(place: &Place, pty: &Pty) -> Child {
    let mut command = place.command(&["watch", "s", "--graphics", "half-blocks"]);
    command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).spawn().unwrap()
}

fn end(child: Child, signal: Signal) {
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut child = child;
    child.wait().unwrap();
}

/// All files and folders below a folder, with their content and their times of modification.
fn state_of(folder: &Path) -> BTreeMap<PathBuf, (Option<Vec<u8>>, SystemTime)> {
    let (mut folders, mut all) = (vec![folder.to_path_buf()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for path in
            std::fs::read_dir(&folder).unwrap().map(|item| item.unwrap().path()).chain([folder.clone()])
        {
            let written = std::fs::metadata(&path).unwrap().modified().unwrap();
            if path.is_dir() && path != folder {
                folders.push(path.clone());
            }
            all.insert(path.clone(), (std::fs::read(&path).ok(), written));
        }
    }
    all
}

#[test]
fn the_workbench_follows_a_session_through_a_kill_a_resume_and_a_stop() {
    let place = Place::new();
    let first = writer(&place, &["run", "long.ron", "--session", "s"], 20);
    let mut pty = Pty::new();
    let child = watcher(&place, &pty);
    // The two TF-IDF runs end at once; the other runs never end.
    let told = "● watching  s: 2 of 16 runs done, in another process";
    let before = pty.until("the session", |screen| screen.contains(told) && screen.contains("training loss"));
    wait_for(&place.path("s"), "Step(", steps(&place) + 200);
    pty.until("a curve that moves", |screen| screen.contains(told) && *screen != before);

    // Actions that only the training process can do are refused with the reason.
    for key in ["p", ".", "S", "s"] {
        pty.press(key);
        pty.until("why not", |screen| screen.contains("Another process trains this session: only that one"));
        pty.press("\u{1b}");
        pty.until("the toast gone", |screen| !screen.contains("only that one"));
    }
    pty.press("6");
    let text = "A watched session holds figures only, no models that could read a text: the";
    pty.until("why Try does not answer", |screen| screen.contains(text));
    pty.press("2");
    pty.until("the curves", |screen| screen.contains("training loss"));

    end(first, Signal::KILL);
    let killed = pty.until("the kill", |screen| screen.contains("✗ killed") && screen.contains("`warmstart"));
    assert!(killed.contains("The process that wrote the session is gone without a word"), "{killed}");
    // A kill may leave an incomplete last line, which the next writer cuts off.
    let log = place.path("s").join("log.ron");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes.extend_from_slice(b"(at:99999.0,record:Step((run:0,st");
    std::fs::write(&log, &bytes).unwrap();
    let state = state_of(&place.path("s"));
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(state_of(&place.path("s")) == state, "watching changes nothing");
    assert!(pty.screen().contains("✗ killed"));

    let second = writer(&place, &["resume", "s"], steps(&place) + 200);
    let again = pty.until("the resumed session", |screen| screen.contains(told));
    assert!(!again.contains("damaged"), "{again}");
    end(second, Signal::TERM);
    pty.until("the stop", |screen| {
        screen.contains("◼ stopped") && screen.contains("was stopped before its end")
    });
    pty.press("p");
    pty.until("the recording that plays", |screen| screen.contains("▶ replay"));
    pty.press("q");
    assert_eq!(code_of(child), Some(0));
    pty.hang_up();
}

#[test]
fn a_finished_session_is_shown_and_nothing_of_it_is_touched() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let ran = place.run(&["run", "small.ron", "--session", "s", "--threads", "1"]).well();
    let before = state_of(&place.path("s"));
    let watched = place.run(&["watch", "s"]).well();
    assert_eq!(watched.stdout, ran.stdout);
    assert_eq!(watched.stderr, ran.stderr);
    let json = place.run(&["watch", "s", "--json"]).well();
    assert_eq!(json.stdout, place.run(&["replay", "s", "--json"]).well().stdout);
    assert_eq!(json.stderr, ran.stderr);
    let mut pty = Pty::new();
    let child = watcher(&place, &pty);
    pty.until("its end", |screen| screen.contains("✓ finished  s, at its end"));
    pty.press("1");
    pty.until("Lab", |screen| screen.contains("Recipes"));
    pty.press("q");
    assert_eq!(code_of(child), Some(0));
    assert!(state_of(&place.path("s")) == before, "watching changes nothing");
}

#[test]
fn without_a_screen_it_tells_the_session_to_its_end_and_how_that_came() {
    let place = Place::new();
    let lines = |session: &str| {
        let mut command = place.command(&["watch", session]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let ended = |watcher: Child| {
        let output = watcher.wait_with_output().unwrap();
        (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let first = writer(&place, &["run", "long.ron", "--session", "s"], 20);
    let watcher = lines("s");
    wait_for(&place.path("s"), "Step(", steps(&place) + 50);
    end(first, Signal::KILL);
    let (code, stdout, stderr) = ended(watcher);
    assert_eq!((code, stdout.len()), (Some(1), 0), "{stderr}");
    assert!(stderr.starts_with("data: 240 texts to train"), "{stderr}");
    let told = "warmstart: The process that wrote the session is gone without a word: it was killed, or the machine \
                went down. `warmstart resume s` goes on from what was saved.";
    assert_eq!(stderr.lines().last(), Some(told));

    let second = writer(&place, &["resume", "s"], steps(&place) + 50);
    let watcher = lines("s");
    end(second, Signal::TERM);
    let (code, stdout, stderr) = ended(watcher);
    assert_eq!((code, stdout.len()), (Some(1), 0), "{stderr}");
    let told =
        "warmstart: The session was stopped before its end, and saved: `warmstart resume s` goes on with it.";
    assert_eq!(stderr.lines().last(), Some(told));
}

#[test]
fn a_session_that_does_not_exist_is_said_or_waited_for() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let refused = place.run(&["watch", "s"]);
    assert!(refused.sentence().starts_with("warmstart: s: this is not a session: it has no log.ron"));
    assert!(refused.sentence().ends_with("`--wait` waits for it"), "{}", refused.sentence());
    let mut command = place.command(&["watch", "s", "--wait"]);
    let watcher = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ran = place.run(&["run", "small.ron", "--session", "s", "--threads", "1"]).well();
    let output = watcher.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stdout).unwrap()), (Some(0), ran.stdout));

    // A session whose process was killed before its first record.
    std::fs::create_dir(place.path("dead")).unwrap();
    place.write("dead/lock", "1 1\n");
    std::fs::copy(place.path("s/recipe.ron"), place.path("dead/recipe.ron")).unwrap();
    let refused = place.run(&["watch", "dead"]);
    assert!(refused.sentence().contains("the session never began"), "{}", refused.sentence());
    assert_eq!(std::fs::read(place.path("dead/lock")).unwrap(), b"1 1\n");
}

#[test]
fn lab_shows_what_another_process_trains_and_opens_it_to_watch() {
    let place = Place::new();
    let first = writer(&place, &["run", "long.ron", "--session", "s"], 20);
    let mut pty = Pty::new();
    let mut command = place.command(&["--sessions", ".", "--graphics", "half-blocks"]);
    let child = command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).spawn().unwrap();
    pty.until("the session", |screen| screen.contains("● s · "));
    pty.press(&"j".repeat(9));
    pty.until("what it is", |screen| screen.contains("another process trains it"));
    pty.press("\r");
    pty.until("the watched session", |screen| screen.contains("● watching  s: "));
    end(first, Signal::KILL);
    pty.until("the kill", |screen| screen.contains("✗ killed"));
    pty.press("1");
    pty.until("what can be done with it", |screen| screen.contains("enter goes on where it was"));
    pty.press("q");
    assert_eq!(code_of(child), Some(0));
}
