//! Shows the progress of a prediction of many examples, on standard error.

use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::time::Instant;

use crate::cli::number;
use crate::cli::progress::Progress;
use crate::files::unpack::bare_name;

use super::Args;

/// Whether the name of a file says that it is compressed. Its length then does not show how much text it has.
fn is_packed(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    bare_name(&name) != name
}

/// A progress bar. It is not shown if the predictions are printed to the same terminal, or if the output is JSON.
pub struct Going {
    progress: Progress,
    since: Instant,
    done: usize,
    bytes: usize,
    /// The length of the file in bytes; `None` if there is no file or it is compressed.
    of: Option<u64>,
    /// The number of examples, if it is known; the fraction that is done is then counted in examples.
    examples: Option<u64>,
    one: &'static str,
    many: &'static str,
}

impl Going {
    /// Starts at the beginning of `file`, if there is one. `one` and `many` are the noun for the examples: singular and
    /// plural.
    pub fn new(args: &Args, file: Option<&Path>, one: &'static str, many: &'static str, json: bool) -> Going {
        let printed = args.out.is_none() && stdout().is_terminal();
        let progress = if printed || json { Progress::none() } else { Progress::new() };
        let of = file.filter(|file| file.is_file() && !is_packed(file));
        let of = of.and_then(|file| file.metadata().ok()).map(|data| data.len());
        Going { progress, since: Instant::now(), done: 0, bytes: 0, of, examples: None, one, many }
    }

    /// Sets the number of examples that there are in all.
    pub fn of_examples(&mut self, examples: u64) {
        self.examples = Some(examples);
    }

    /// Adds examples that were predicted, and the number of their bytes in the file.
    pub fn on(&mut self, examples: usize, bytes: usize) {
        self.done += examples;
        self.bytes += bytes;
        let of_bytes = || self.of.map_or(0.0, |of| self.bytes as f64 / of.max(1) as f64);
        let fraction = self.examples.map_or_else(of_bytes, |of| self.done as f64 / of.max(1) as f64);
        self.at(fraction);
    }

    /// Adds examples that were predicted. `fraction` of all the work is then done, from 0 to 1.
    pub fn on_to(&mut self, examples: usize, fraction: f64) {
        self.done += examples;
        self.at(fraction);
    }

    fn at(&mut self, fraction: f64) {
        let speed = self.done as f64 / self.since.elapsed().as_secs_f64().max(1e-3);
        let about = format!(
            "{} · {} {}/s",
            number::counted(self.done as u64, self.one, self.many),
            number::short(speed),
            self.many
        );
        self.progress.at(fraction, "predicting", &about);
    }

    /// Prints a line above the bar.
    pub fn say(&mut self, line: &str) {
        self.progress.say(line);
    }

    /// Removes the bar.
    pub fn end(&mut self) {
        self.progress.end();
    }
}
