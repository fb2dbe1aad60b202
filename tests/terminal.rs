//! The workbench on a terminal of its own: every way out saves the session and leaves the terminal as it was.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

mod common;

use common::{Place, wait_for};

/// The other end of a terminal: what is written to it is read, until it is hung up.
struct Pty {
    terminal: OwnedFd,
    hung_up: Arc<AtomicBool>,
    reader: JoinHandle<String>,
}

impl Pty {
    fn new() -> Pty {
        // Programs that other tests begin must not hold it open.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let terminal = ioctl_tiocgptpeer(&master, flags).unwrap();
        tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let hung_up = Arc::new(AtomicBool::new(false));
        let stop = hung_up.clone();
        let mut master = File::from(master);
        let read = move || {
            let (mut shown, mut bytes) = (Vec::new(), [0; 4_096]);
            while !stop.load(Ordering::Relaxed) {
                let patience = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
                let ready = poll(&mut [PollFd::new(&master, PollFlags::IN)], Some(&patience)).unwrap();
                if ready > 0
                    && let Ok(count) = master.read(&mut bytes)
                {
                    shown.extend_from_slice(&bytes[..count]);
                }
            }
            String::from_utf8_lossy(&shown).into_owned()
        };
        Pty { terminal, hung_up, reader: std::thread::spawn(read) }
    }

    fn end(&self) -> Stdio {
        self.terminal.try_clone().unwrap().into()
    }

    fn state(&self) -> Termios {
        tcgetattr(&self.terminal).unwrap()
    }

    /// Closes it, as a window is closed; what was shown.
    fn hang_up(self) -> String {
        self.hung_up.store(true, Ordering::Relaxed);
        self.reader.join().unwrap()
    }
}

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

fn code_of(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
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
