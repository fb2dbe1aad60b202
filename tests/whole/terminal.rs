//! The workbench on a terminal of its own: every way out saves the session and leaves the terminal as it was.

use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::pty::{Pty, code_of};
use crate::common::{Place, timeless, wait_for};

/// The workbench on a long session, when its runs have begun.
fn begin(place: &Place, session: &str, pty: &Pty) -> Child {
    place.recipe("long.ron", &[("epochs: 4", "epochs: 100000, patience: 100000")]);
    let args =
        ["run", "long.ron", "--session", session, "--watch", "--graphics", "half-blocks", "--threads", "1"];
    let mut command = place.command(&args);
    command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end());
    let child = command.spawn().unwrap();
    wait_for(&place.path(session), "Step(", 20);
    child
}

/// The session was saved: it says that it was stopped, and has checkpoints of its runs.
fn saved(place: &Place, session: &str) {
    let log = std::fs::read_to_string(place.path(session).join("log.ron")).unwrap();
    assert!(log.lines().last().unwrap().contains("Stage(Stopped)"), "{:?}", log.lines().last());
    assert!(std::fs::read_dir(place.path(session).join("checkpoints")).unwrap().count() > 0);
}

#[test]
fn a_terminal_that_is_closed_loses_nothing() {
    let place = Place::new();
    for (session, signal) in [("closed", None), ("hung-up", Some(Signal::HUP))] {
        let pty = Pty::new();
        let child = begin(&place, session, &pty);
        let id = Pid::from_child(&child);
        pty.hang_up();
        // A terminal's own program hears of it by a signal, others by what they read.
        if let Some(signal) = signal {
            let _ = kill_process(id, signal);
        }
        let code = code_of(child);
        // Whoever hears of it by what fails cannot use the terminal; there is nothing worse.
        assert!([Some(0), Some(1), Some(129)].contains(&code), "{session}: {code:?}");
        saved(&place, session);
    }
}

#[test]
fn signals_save_the_session_and_leave_the_terminal_as_it_was() {
    let place = Place::new();
    for (session, signal) in [
        ("int", Signal::INT),
        ("term", Signal::TERM),
        ("quit", Signal::QUIT),
        ("usr1", Signal::USR1),
        ("usr2", Signal::USR2),
        ("alarm", Signal::ALARM),
    ] {
        let pty = Pty::new();
        let before = pty.state();
        let child = begin(&place, session, &pty);
        assert_ne!(pty.state().local_modes, before.local_modes, "it is raw");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(code_of(child), Some(128 + signal.as_raw()), "{session}");
        saved(&place, session);
        let after = pty.state();
        assert_eq!(
            (after.local_modes, after.input_modes),
            (before.local_modes, before.input_modes),
            "{session}"
        );
        let shown = pty.hang_up();
        let end = shown.rfind("\u{1b}[?1049l").expect("the screen was given back");
        assert!(shown[end..].contains(&format!("resume {session} --watch")), "{:?}", &shown[end..]);
    }
}

#[test]
fn the_window_says_what_is_trained_and_is_restored() {
    let place = Place::new();
    place.recipe("small.ron", &[("epochs: 4", "epochs: 300, patience: 300")]);
    place.write(
        "c.ron",
        "(\n  notice: \"bell\",\n  progress: \"always\",\n  theme: \"drak\",\n  keys: {\"quit\": \"Q\"},\n)",
    );
    let mut pty = Pty::new();
    let mut command =
        place.command(&["run", "small.ron", "--session", "s", "--watch", "--graphics", "half-blocks"]);
    command.env("WARMSTART_CONFIG", "c.ron").env("TERM", "xterm-256color");
    let mut child = command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).spawn().unwrap();
    let shown = pty.until("the sentence", |screen| screen.contains("no theme"));
    assert!(shown.contains("c.ron, line 4"), "{shown}");
    pty.press("x");
    wait_for(&place.path("s"), "Stage(Finished)", 1);
    let shown = pty.until("the end", |screen| screen.contains("finished") && screen.contains("Q quit"));
    assert!(!shown.contains("no theme"), "it is shown once:\n{shown}");
    pty.press("q");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "the usual key does nothing");
    pty.press("Q");
    assert_eq!(code_of(child), Some(0));
    let shown = pty.hang_up();
    let at = |part: &str| shown.find(part).unwrap_or_else(|| panic!("{part:?} in {shown:?}"));
    assert!(at("\u{1b}[22;0t") < at("\u{1b}]2;") && at("\u{1b}]9;4;") < at("\u{1b}]2;s - warmstart\u{7}"));
    let end = shown.rfind("\u{1b}[?1049l").expect("the screen was given back");
    assert!(shown[..end].ends_with("\u{1b}[23;0t") || shown[..end].contains("\u{1b}[23;0t"), "{shown:?}");
    assert!(shown.rfind("\u{1b}]9;4;0") > shown.rfind("\u{1b}]9;4;1"), "the progress is taken away");
    // A bell that ends no other sequence.
    let bells = shown.split("\u{1b}]2;").map(|part| part.matches('\u{7}').count().saturating_sub(1));
    assert_eq!(bells.sum::<usize>(), 1, "{shown:?}");
}

#[test]
fn the_dialog_starts_what_run_starts() {
    let place = Place::new();
    // With a recipe in the folder, the workbench opens on the list of recipes. Without one, it opens on the demo.
    place.recipe("small.ron", &[]);
    place.write("empty.csv", "");
    let mut pty = Pty::new();
    let mut command = place.command(&["--graphics", "half-blocks", "--threads", "1"]);
    let child = command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).spawn().unwrap();
    pty.until("the list", |screen| screen.contains("n your data"));
    pty.press("n");
    pty.until("the folder", |screen| screen.contains("take this folder") && screen.contains("train.csv"));
    // A file that cannot be used is refused, and another is chosen.
    pty.press("emp\t");
    pty.until("the completion", |screen| screen.contains("› empty.csv"));
    pty.press("\r");
    pty.until("the sentence", |screen| screen.contains("the file is empty"));
    pty.press("\u{15}trai\t");
    pty.until("the completion", |screen| screen.contains("› train.csv"));
    pty.press("\r");
    let shown = pty.until("the settings", |screen| screen.contains("Cost: "));
    for expected in
        ["193 examples to train on, 47 to test on", "column review", "column mood", "sessions/train"]
    {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    assert!(!place.path("sessions").exists(), "nothing is written yet");
    pty.press("jjjjl");
    pty.until("all labels", |screen| screen.contains("‹ all ›"));
    pty.press("jhhh");
    pty.until("two repetitions", |screen| screen.contains("‹ 2 repetitions ›"));
    pty.press("\r");
    wait_for(&place.path("sessions/train"), "Stage(Finished)", 1);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(code_of(child), Some(128 + Signal::TERM.as_raw()));
    pty.hang_up();
    let args = ["run", "train.csv", "--labels", "all", "--seeds", "2", "--session", "plain", "--json"];
    place.run(&args).well();
    let recipe = |session: &str| std::fs::read_to_string(place.path(session).join("recipe.ron")).unwrap();
    assert_eq!(recipe("sessions/train"), recipe("plain"));
    assert_eq!(timeless(&place.path("sessions/train")), timeless(&place.path("plain")));
}

#[test]
fn signals_save_a_session_without_a_screen() {
    let place = Place::new();
    place.recipe("long.ron", &[("epochs: 4", "epochs: 100000, patience: 100000")]);
    for (session, signal) in [("quit", Signal::QUIT), ("usr1", Signal::USR1)] {
        let mut command = place.command(&["run", "long.ron", "--session", session, "--threads", "1"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for(&place.path(session), "Step(", 20);
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(code_of(child), Some(128 + signal.as_raw()));
        saved(&place, session);
    }
}

#[test]
fn a_session_that_is_finished_says_where_it_is_kept_and_how_to_look_again() {
    let place = Place::new();
    place.recipe("short.ron", &[]);
    let pty = Pty::new();
    let args =
        ["run", "short.ron", "--session", "done", "--watch", "--graphics", "half-blocks", "--threads", "1"];
    let mut command = place.command(&args);
    let child = command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).spawn().unwrap();
    wait_for(&place.path("done"), "Stage(Finished)", 1);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(code_of(child), Some(128 + Signal::TERM.as_raw()));
    let shown = pty.hang_up();
    let end = shown.rfind("\u{1b}[?1049l").expect("the screen was given back");
    let told = "The session is finished and kept in done; look at it again with: warmstart replay done";
    assert!(shown[end..].contains(told), "{:?}", &shown[end..]);
}
