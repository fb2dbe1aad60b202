//! The words of a file's rows. Rows are skipped if an earlier row has the same word, or if they have no word.
//!
//! Public files have such rows. The first row of a word counts, as in gensim.

use std::borrow::Cow;
use std::path::Path;

use crate::text::words::Words;

/// The number of repeated words that a remark names.
const EXAMPLES: usize = 3;

/// The rows of a table that were skipped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeftOut {
    /// The number of rows whose word an earlier row has.
    pub repeated: u64,
    /// The number of rows without a word.
    pub empty: u64,
    /// The first few repeated words.
    examples: Vec<String>,
}

impl LeftOut {
    /// Records a row that repeats `word`.
    pub fn repeat(&mut self, word: &str) {
        self.repeated += 1;
        if self.examples.len() < EXAMPLES && !self.examples.iter().any(|known| known == word) {
            self.examples.push(word.to_string());
        }
    }

    /// The number of skipped rows.
    pub fn rows(&self) -> u64 {
        self.repeated + self.empty
    }

    /// A sentence on the skipped rows of the file at `path`; `None` if there are none.
    pub fn remark(&self, path: &Path) -> Option<String> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        self.sentence().map(|sentence| format!("{name}: {sentence}"))
    }

    fn sentence(&self) -> Option<String> {
        let rows = |count: u64| if count == 1 { "1 row".to_string() } else { format!("{count} rows") };
        let repeated = || {
            let named: Vec<String> = self.examples.iter().map(|word| format!("{word:?}")).collect();
            let verb = if self.repeated == 1 { "repeats a word" } else { "repeat words" };
            format!("{} {verb} ({})", rows(self.repeated), named.join(", "))
        };
        let verb = if self.empty == 1 { "has" } else { "have" };
        let empty = || format!("{} {verb} no word", rows(self.empty));
        match (self.repeated, self.empty) {
            (0, 0) => None,
            (_, 0) => Some(format!("{}: the first row of each word was kept", repeated())),
            (0, 1) => Some(format!("{} and was left out", empty())),
            (0, _) => Some(format!("{} and were left out", empty())),
            _ => Some(format!("{} and {}: the first row of each word was kept", repeated(), empty())),
        }
    }
}

/// The words of rows while they are read.
#[derive(Debug, Default)]
pub struct Names {
    /// The words that are kept.
    pub words: Words,
    pub left_out: LeftOut,
}

impl Names {
    /// Takes the word of the next row. Returns false if the row must be skipped.
    pub fn take(&mut self, word: &[u8]) -> bool {
        let word = decode(word);
        if word.is_empty() {
            self.left_out.empty += 1;
            return false;
        }
        let new = self.words.insert(&word).1;
        if !new {
            self.left_out.repeat(&word);
        }
        new
    }

    /// The number of rows that were read.
    pub fn rows(&self) -> u64 {
        self.words.len() as u64 + self.left_out.rows()
    }
}

/// Decodes a word. A word that is not UTF-8 (some files cut words inside a character) is decoded as Windows-1252, so
/// that different words stay different.
pub fn decode(word: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(word) {
        Ok(word) => word.into(),
        Err(_) => {
            let mut text = String::new();
            for chunk in word.utf8_chunks() {
                text.push_str(chunk.valid());
                text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
            }
            text.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remark_counts_rows_and_names_words() {
        let told = |rows: &[&str]| {
            let mut names = Names::default();
            let kept = rows.iter().filter(|word| names.take(word.as_bytes())).count();
            assert_eq!((kept, names.rows()), (names.words.len(), rows.len() as u64));
            names.left_out.sentence().unwrap_or_default()
        };
        assert_eq!(told(&["a", "b"]), "");
        assert_eq!(
            told(&["a", "b", "a"]),
            "1 row repeats a word (\"a\"): the first row of each word was kept"
        );
        assert_eq!(
            told(&["a", "b", "a", "b", "", "a"]),
            "3 rows repeat words (\"a\", \"b\") and 1 row has no word: the first row of each word was kept"
        );
        assert_eq!(told(&["", "a", ""]), "2 rows have no word and were left out");
    }
}
