//! The rows of word vectors while they are read from a file of any format.

use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Place, Result, counted};

use super::super::WordVectors;
use super::super::names::{Names, decode};
use super::super::numbers::Numbers;

/// The maximum dimension of a vector.
pub(super) const MOST_NUMBERS: u64 = 65_536;

/// Writes numbers as little-endian f32.
pub(super) fn write_numbers(numbers: &[f32], out: &mut dyn Write) -> io::Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    out.write_all(&bytes)
}

/// The claims of the first line of a word2vec file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Header {
    pub(super) words: u64,
    pub(super) dim: u64,
}

/// The rows that have been read.
pub(super) struct Rows<'a> {
    pub(super) path: &'a Path,
    pub(super) names: Names,
    pub(super) numbers: Numbers,
    pub(super) dim: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(path: &'a Path, dim: usize) -> Self {
        Rows { path, names: Names::default(), numbers: Numbers::new(), dim }
    }

    /// The number of rows that are kept.
    pub(super) fn kept(&self) -> usize {
        self.names.words.len()
    }

    /// Checks the values that were just added, and takes the word of their row, which is at `place`. If the row is
    /// skipped, its values are removed.
    pub(super) fn take(&mut self, word: &[u8], place: impl Fn() -> Place) -> Result<()> {
        let start = self.numbers.tail.len() - self.dim;
        if let Some(&number) = self.numbers.tail[start..].iter().find(|number| !number.is_finite()) {
            return Err(self.not_finite(&decode(word), number, place()));
        }
        if !self.names.take(word) {
            self.numbers.tail.truncate(start);
        }
        Ok(())
    }

    pub(super) fn not_finite(&self, word: &str, number: f32, place: Place) -> Error {
        not_finite(self.path, word, number, place)
    }

    /// The error that a file does not have as many rows as its header claims.
    pub(super) fn count_differs(&self, header: Header, place: Place) -> Error {
        Error::input(
            self.path,
            place,
            format!(
                "the header claims {}, but the file has {}",
                counted(header.words as usize, "word", "words"),
                match self.names.rows() {
                    n if n == header.words => "more".to_string(),
                    n => format!("{n} and ends"),
                }
            ),
            "the file is damaged, or was not copied whole",
        )
    }

    pub(super) fn finish(self) -> Result<WordVectors> {
        if self.kept() == 0 {
            return Err(no_vectors(self.path));
        }
        let table = self.numbers.finish(self.names.words.len(), self.dim)?;
        let Names { words, left_out } = self.names;
        Ok(WordVectors::of_table(words, table, None)?.with_left_out(left_out))
    }
}

pub(super) fn no_vectors(path: &Path) -> Error {
    Error::input(path, Place::Whole, "the file has no vectors", "")
}

pub(super) fn not_finite(path: &Path, word: &str, number: f32, place: Place) -> Error {
    let problem = format!("the vector of {word:?} holds {number}");
    Error::input(path, place, problem, "every number must be finite")
}
