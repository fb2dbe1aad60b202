//! The program, run in any weather.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::common::Place;
use crate::shim::Weather;

/// A program that is not done by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs.
pub struct Running {
    child: Child,
    began: Instant,
    out: File,
    err: File,
    told: String,
}

/// What it came to.
pub struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub out: String,
    pub err: String,
    told: String,
}

impl Running {
    /// Starts `command` (`run` or `resume`) on the session at `session`.
    pub fn start(place: &Place, command: &str, recipe: &str, session: &Path, weather: Weather) -> Running {
        let name = session.to_str().unwrap();
        let args = match command {
            "run" => vec!["run", recipe, "--session", name, "--json", "--threads", "1"],
            _ => vec![command, name, "--json", "--threads", "1"],
        };
        let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let mut command = place.command(&args);
        command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
        weather.over(&mut command, session);
        let told = format!("{} in {weather:?}", args[0]);
        Running { child: command.spawn().unwrap(), began: Instant::now(), out, err, told }
    }

    /// Waits for its end; kills it `after` a while.
    pub fn end(mut self, after: Option<Duration>) -> Ended {
        let mut killed = false;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            let so_far = self.began.elapsed();
            if !killed && after.is_some_and(|after| so_far >= after) {
                self.child.kill().unwrap();
                killed = true;
                self.told += &format!(", killed after {after:?}");
            } else if so_far > PATIENCE {
                self.child.kill().unwrap();
                self.told += ", hung";
            }
            std::thread::sleep(Duration::from_micros(500));
        };
        let text = |mut file: File| {
            let mut text = Vec::new();
            file.seek(SeekFrom::Start(0)).unwrap();
            file.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        };
        let (code, signal) = (status.code(), status.signal());
        Ended { code, signal, out: text(self.out), err: text(self.err), told: self.told }
    }
}

impl Ended {
    /// The one sentence of a failure, if it failed as it should.
    pub fn sentence(&self) -> Result<&str, String> {
        let told: Vec<&str> = self.err.lines().filter(|line| line.starts_with("warmstart: ")).collect();
        match (self.code, &told[..]) {
            (Some(1), [sentence]) if !self.err.contains("panicked") => Ok(sentence),
            _ => Err(format!("ended without one sentence: {self}")),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_note = |line: &&str| {
            line.starts_with("warmstart: ") || line.contains("panicked") || line.contains(".rs:")
        };
        let said: Vec<&str> = self.err.lines().filter(of_note).collect();
        write!(f, "[{}: code {:?}, signal {:?}] {}", self.told, self.code, self.signal, said.join(" / "))
    }
}
