//! Progress on standard error: a bar on a terminal, a few plain lines otherwise.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::printable;
use crate::session::history::History;
use crate::session::record::Entry;
use crate::train::protocol::event::{State, Status};

use super::{number, out, story};

/// The number of steps of the bar.
const LENGTH: u64 = 1_000;

/// Shows how far the work is.
pub struct Progress {
    bar: Option<ProgressBar>,
    silent: bool,
}

impl Progress {
    /// Shows a bar if standard error is a terminal.
    pub fn new() -> Progress {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(LENGTH), ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} %  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Progress { bar, silent: false }
    }

    /// No bar, whatever standard error is; lines are told.
    pub fn none() -> Progress {
        Progress { bar: None, silent: false }
    }

    /// Shows nothing.
    #[cfg(test)]
    pub fn silent() -> Progress {
        Progress { bar: None, silent: true }
    }

    /// Prints a line for a record of the log, if the record matters to a user who waits.
    pub fn entry(&mut self, entry: &Entry) {
        if let Some(text) = story::headline(&entry.record) {
            text.lines().for_each(|line| self.say(line));
        }
    }

    /// Shows what the training thread does now.
    pub fn status(&mut self, status: &Status, history: &History) {
        if status.state != State::Running {
            return;
        }
        let ended = history.runs.iter().filter(|run| run.end.is_some()).count();
        let mut about = Vec::new();
        if !status.live.is_empty() {
            about.push(format!("{ended} of {} runs", history.runs.len()));
        }
        if status.speed > 0.0 {
            about.push(format!("{} {}", number::short(status.speed), status.unit));
        }
        if let Some(left) = status.left {
            about.push(format!("{} left", number::seconds(left)));
        }
        self.at(status.progress, &status.doing, &about.join(" · "));
    }

    /// Moves the bar to `fraction` of its length.
    pub fn at(&mut self, fraction: f64, doing: &str, about: &str) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(printable(doing));
            bar.set_message(printable(about));
            bar.set_position((fraction.clamp(0.0, 1.0) * LENGTH as f64) as u64);
        }
    }

    /// Prints a line above the bar.
    pub fn say(&mut self, line: &str) {
        match &self.bar {
            _ if self.silent => {}
            Some(bar) => bar.println(printable(line)),
            None => out::tell(line),
        }
    }

    /// Removes the bar.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
