//! A model's dictionary: words, then labels, as bytes with their counts; and the n-grams that a pruned model kept.

use std::collections::HashMap;

use crate::error::Result;

use super::reader::Reader;
use super::settings::Settings;

/// The token for the end of a line. It has no n-grams.
pub const END_OF_LINE: &[u8] = b"</s>";

/// The minimum number of bytes of an entry: a terminator, a count and a type.
const LEAST_BYTES: u64 = 10;

/// Words and labels, numbered from 0, the words first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dictionary {
    /// The bytes of all entries, one after another.
    bytes: Vec<u8>,
    /// The end of each entry in `bytes`.
    ends: Vec<usize>,
    /// The count of each entry in the training text.
    pub counts: Vec<i64>,
    /// The number of entries that are words.
    pub words: usize,
    /// The number of tokens in the training text.
    pub tokens: i64,
    /// For a pruned model: the row of each n-gram that was kept, counted from the end of the words' rows.
    pub kept: Option<HashMap<i32, i32>>,
    /// The position of the first entry in the file.
    start: u64,
}

impl Dictionary {
    /// Reads the dictionary.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn read(reader: &mut Reader<'_>, settings: &Settings) -> Result<Dictionary> {
        const WHAT: &str = "the dictionary";
        let place = reader.at();
        let [all, words, labels] = [reader.int(WHAT)?, reader.int(WHAT)?, reader.int(WHAT)?];
        if words < 0 || labels < 0 || words.checked_add(labels) != Some(all) {
            let problem =
                format!("the header claims {all} entries, {words} of them words and {labels} labels");
            return Err(reader.wrong(place, problem));
        }
        let tokens = reader.long(WHAT)?;
        let pruned_at = reader.at();
        let pruned = if settings.version.is_some() { reader.long(WHAT)? } else { -1 };
        if pruned < -1 {
            return Err(reader.wrong(pruned_at, format!("the header claims {pruned} n-grams")));
        }
        reader.expect(all as u64, LEAST_BYTES, "the words")?;
        let mut dictionary =
            Dictionary { words: words as usize, tokens, start: reader.at(), ..Dictionary::default() };
        for number in 0..all {
            let place = reader.at();
            reader.until_nul(&mut dictionary.bytes, WHAT)?;
            dictionary.ends.push(dictionary.bytes.len());
            dictionary.counts.push(reader.long(WHAT)?);
            let kind = reader.byte(WHAT)?;
            if kind != u8::from(number >= words) {
                let expected = if number >= words { "label" } else { "word" };
                return Err(reader.wrong(place, format!("entry {} is no {expected}", number + 1)));
            }
        }
        if pruned >= 0 {
            reader.expect(pruned as u64, 8, "the list of n-grams")?;
            let mut kept = HashMap::new();
            for _ in 0..pruned {
                let place = reader.at();
                let (ngram, row) = (reader.int(WHAT)?, reader.int(WHAT)?);
                if row < 0 || i64::from(row) >= pruned || ngram < 0 {
                    let problem = format!("n-gram {ngram} is said to have row {row} of {pruned}");
                    return Err(reader.wrong(place, problem));
                }
                if kept.insert(ngram, row).is_some() {
                    return Err(reader.wrong(place, format!("n-gram {ngram} is there twice")));
                }
            }
            dictionary.kept = Some(kept);
        }
        Ok(dictionary)
    }

    /// The number of rows for n-grams.
    pub fn ngram_rows(&self, settings: &Settings) -> u64 {
        self.kept.as_ref().map_or(settings.buckets as u64, |kept| kept.len() as u64)
    }

    /// Adds a word at the end. There must be no labels.
    pub fn push(&mut self, word: &[u8], count: i64) {
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len());
        self.counts.push(count);
        self.words += 1;
        self.tokens = self.tokens.saturating_add(count);
    }

    /// The number of words and labels.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of the entry with this index.
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn entry(&self, number: usize) -> &[u8] {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[start..self.ends[number]]
    }

    /// The position of an entry in the file that it was read from.
    pub fn place(&self, number: usize) -> u64 {
        let before = if number == 0 { 0 } else { self.ends[number - 1] };
        self.start + before as u64 + LEAST_BYTES * number as u64
    }

    /// All words, as bytes.
    pub fn word_entries(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.words).map(|number| self.entry(number))
    }

    /// The dictionary in the file format, for a model that is not pruned.
    pub fn bytes(&self) -> Vec<u8> {
        let labels = self.len() - self.words;
        let mut bytes = Vec::with_capacity(28 + self.bytes.len() + LEAST_BYTES as usize * self.len());
        for number in [self.len(), self.words, labels] {
            bytes.extend((number as i32).to_le_bytes());
        }
        bytes.extend(self.tokens.to_le_bytes());
        bytes.extend((-1_i64).to_le_bytes());
        for (number, count) in self.counts.iter().enumerate() {
            bytes.extend_from_slice(self.entry(number));
            bytes.push(0);
            bytes.extend(count.to_le_bytes());
            bytes.push(u8::from(number >= self.words));
        }
        bytes
    }
}
