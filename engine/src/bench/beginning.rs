//! The beginning of a corpus: as much as can be read in a given time. Later readings return the same beginning.
//!
//! So a benchmark keeps to its time limit, however large the text is.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::pretrain::{Corpus, Files};

/// The beginning of a corpus; see the [module](self).
pub struct Beginning {
    files: Files,
    time: Duration,
    /// The number of pieces of the beginning. The first complete reading sets it.
    pieces: OnceLock<usize>,
}

impl Beginning {
    /// The beginning of `files` that can be read in `seconds` seconds, and at least one piece.
    pub fn new(files: Files, seconds: f64) -> Beginning {
        Beginning { files, time: Duration::from_secs_f64(seconds), pieces: OnceLock::new() }
    }
}

impl Corpus for Beginning {
    fn read(&self, sink: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<()> {
        let known = self.pieces.get().copied();
        let (begun, mut pieces, mut broken) = (Instant::now(), 0, false);
        self.files.read(&mut |piece| {
            let full = known.map_or(pieces > 0 && begun.elapsed() >= self.time, |known| pieces >= known);
            if full {
                return ControlFlow::Break(());
            }
            pieces += 1;
            let flow = sink(piece);
            broken = flow.is_break();
            flow
        })?;
        if !broken {
            // The first reading sets the number, and it never changes.
            self.pieces.get_or_init(|| pieces);
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.files.name()
    }

    fn remarks(&self) -> Vec<String> {
        self.files.remarks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_first_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.txt");
        std::fs::write(&path, "some words and more\n".repeat(100_000)).unwrap();
        let length = |corpus: &Beginning| {
            let mut bytes = 0;
            corpus
                .read(&mut |piece| {
                    bytes += piece.len();
                    ControlFlow::Continue(())
                })
                .unwrap();
            bytes
        };
        let files = || Files::new(vec![path.clone()]).unwrap();
        let whole = Beginning::new(files(), 3_600.0);
        // A new line ends the last document.
        assert_eq!((length(&whole), length(&whole)), (2_000_001, 2_000_001));
        let part = Beginning::new(files(), 0.0);
        let first = length(&part);
        assert!(first > 0 && first < 1_000_000 && length(&part) == first, "{first}");
        // If the caller stops a reading, its length must not become the length of the beginning.
        let broken = Beginning::new(files(), 3_600.0);
        broken.read(&mut |_| ControlFlow::Break(())).unwrap();
        assert_eq!(length(&broken), 2_000_001);
    }
}
