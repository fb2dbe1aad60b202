//! How far a prediction of many examples is, on standard error.

use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::time::Instant;

use crate::cli::number;
use crate::cli::progress::Progress;
use crate::files::unpack::bare_name;

use super::Args;

/// Whether a file is compressed, by its name: its length then says nothing of the texts in it.
fn is_packed(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    bare_name(&name) != name
}

/// Tells how far it is. On a terminal where the predictions themselves are printed, and beside a JSON document, there is
/// no bar.
pub struct Going {
    progress: Progress,
    since: Instant,
    done: usize,
    bytes: usize,
    /// Bytes of the file, where examples lie in it as they are.
    of: Option<u64>,
    one: &'static str,
    many: &'static str,
}

impl Going {
    /// At the beginning of the file, if there is one, of examples that are called so.
    pub fn new(args: &Args, file: Option<&Path>, one: &'static str, many: &'static str, json: bool) -> Going {
        let printed = args.out.is_none() && stdout().is_terminal();
        let progress = if printed || json { Progress::none() } else { Progress::new() };
        let of = file.filter(|file| file.is_file() && !is_packed(file));
        let of = of.and_then(|file| file.metadata().ok()).map(|data| data.len());
        Going { progress, since: Instant::now(), done: 0, bytes: 0, of, one, many }
    }

    /// So many examples more, of so many bytes, have their predictions.
    pub fn on(&mut self, examples: usize, bytes: usize) {
        self.done += examples;
        self.bytes += bytes;
        let fraction = self.of.map_or(0.0, |of| self.bytes as f64 / of.max(1) as f64);
        self.at(fraction);
    }

    /// So many examples more, which brings it to this fraction of all.
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

    /// Tells something else, above the bar.
    pub fn say(&mut self, line: &str) {
        self.progress.say(line);
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        self.progress.end();
    }
}
