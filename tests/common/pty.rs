//! A pseudo-terminal for the program. A test types keys into it and reads the screen.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

const COLUMNS: usize = 80;
const ROWS: usize = 24;

/// A pseudo-terminal. A thread reads everything that is written to it, until [`Pty::hang_up`].
pub struct Pty {
    terminal: OwnedFd,
    keys: File,
    hung_up: Arc<AtomicBool>,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Pty {
    pub fn new() -> Pty {
        // Programs that other tests start must not inherit the terminal and keep it open.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let terminal = ioctl_tiocgptpeer(&master, flags).unwrap();
        let size = Winsize { ws_row: ROWS as u16, ws_col: COLUMNS as u16, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let hung_up = Arc::new(AtomicBool::new(false));
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (stop, to) = (hung_up.clone(), shown.clone());
        let mut master = File::from(master);
        let keys = master.try_clone().unwrap();
        let read = move || {
            let mut bytes = [0; 4_096];
            while !stop.load(Ordering::Relaxed) {
                let patience = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
                let ready = poll(&mut [PollFd::new(&master, PollFlags::IN)], Some(&patience)).unwrap();
                if ready > 0
                    && let Ok(count) = master.read(&mut bytes)
                {
                    to.lock().unwrap().extend_from_slice(&bytes[..count]);
                }
            }
        };
        Pty { terminal, keys, hung_up, shown, reader: std::thread::spawn(read) }
    }

    pub fn end(&self) -> Stdio {
        self.terminal.try_clone().unwrap().into()
    }

    pub fn state(&self) -> Termios {
        tcgetattr(&self.terminal).unwrap()
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// The text on the screen now, one line for each row.
    pub fn screen(&self) -> String {
        screen(&String::from_utf8_lossy(&self.shown.lock().unwrap()))
    }

    /// Waits until `wanted` is true for the screen, and returns the screen. Fails after 120 seconds.
    #[track_caller]
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(began.elapsed().as_secs() < 120, "{what} never came:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Closes the terminal, as if its window were closed. Returns everything that was written to it.
    pub fn hang_up(self) -> String {
        self.hung_up.store(true, Ordering::Relaxed);
        // `keys` is a copy of the master end. It must not keep the terminal open.
        drop(self.keys);
        self.reader.join().unwrap();
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }
}

/// The text on a screen after the output `shown`. Only the control sequences that the workbench needs are followed: the
/// position of the cursor, and clearing.
fn screen(shown: &str) -> String {
    let mut cells = vec![vec![' '; COLUMNS]; ROWS];
    let (mut row, mut column) = (0, 0);
    let mut rest = shown.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            if c >= ' ' && row < ROWS && column < COLUMNS {
                cells[row][column] = c;
                column += 1;
            }
            continue;
        }
        match rest.next() {
            Some('[') => {}
            // A string for the window, such as its title. It ends with a bell, or with an escape and a backslash.
            Some(']') => {
                let _ = rest.by_ref().find(|&c| c == '\u{7}' || c == '\\');
                continue;
            }
            _ => continue,
        }
        let mut numbers = String::new();
        let Some(end) = rest.by_ref().find(|&c| {
            let ends = ('@'..='~').contains(&c);
            if !ends {
                numbers.push(c);
            }
            ends
        }) else {
            break;
        };
        match end {
            'H' => {
                let mut place = numbers.split(';').map(|n| n.parse::<usize>().unwrap_or(1) - 1);
                (row, column) = (place.next().unwrap_or(0), place.next().unwrap_or(0));
            }
            'J' => cells.iter_mut().for_each(|row| row.fill(' ')),
            _ => {}
        }
    }
    let line = |row: Vec<char>| row.into_iter().collect::<String>().trim_end().to_string();
    cells.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The exit code of a program; waits for its end and fails after 60 seconds.
pub fn code_of(mut child: Child) -> Option<i32> {
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
