//! Words and pairs of neighbouring words as binary features of documents.
//!
//! Features are numbered by their first occurrence in the documents, so the numbers depend on the data alone. Frequent
//! features occur early and so lie close together.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The features of a set of documents. Words are numbers below a bound that was given.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// The feature of each word, or [`NONE`].
    words: Vec<u32>,
    /// The feature of two words that follow each other, packed into one number.
    pairs: HashMap<u64, u32, BuildHasherDefault<Fold>>,
    features: u32,
}

const NONE: u32 = u32::MAX;

/// Documents as sets of features: those of document *i* are `features[starts[i]..starts[i + 1]]`, rising.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sets {
    /// N + 1 places in `features`, from 0.
    pub starts: Vec<usize>,
    /// The features of all documents, document after document.
    pub features: Vec<u32>,
}

impl Sets {
    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features of document `i`.
    pub fn row(&self, i: usize) -> &[u32] {
        &self.features[self.starts[i]..self.starts[i + 1]]
    }
}

impl Pairs {
    /// No features yet, of words numbered below `words`; higher numbers are passed over.
    pub fn new(words: usize) -> Pairs {
        Pairs { words: vec![NONE; words], pairs: HashMap::default(), features: 0 }
    }

    /// Features with these numbers: one for each of the words, which are numbered from 0 on, and for each pair of them.
    pub fn of_features(words: Vec<u32>, pairs: impl IntoIterator<Item = ([u32; 2], u32)>) -> Pairs {
        let pairs: HashMap<u64, u32, _> =
            pairs.into_iter().map(|([first, second], feature)| (pack(first, second), feature)).collect();
        let last = words.iter().chain(pairs.values()).max();
        Pairs { features: last.map_or(0, |last| last + 1), words, pairs }
    }

    /// The words that have a feature, each with it; in the order of the features.
    pub fn word_features(&self) -> Vec<(u32, u32)> {
        let words = self.words.iter().enumerate().filter(|&(_, &feature)| feature != NONE);
        let mut words: Vec<(u32, u32)> = words.map(|(word, &feature)| (word as u32, feature)).collect();
        words.sort_unstable_by_key(|&(_, feature)| feature);
        words
    }

    /// The same of the pairs.
    pub fn pair_features(&self) -> Vec<([u32; 2], u32)> {
        let unpack = |packed: u64| [(packed >> 32) as u32, packed as u32];
        let mut pairs: Vec<([u32; 2], u32)> =
            self.pairs.iter().map(|(&packed, &feature)| (unpack(packed), feature)).collect();
        pairs.sort_unstable_by_key(|&(_, feature)| feature);
        pairs
    }

    /// How many features there are.
    pub fn len(&self) -> usize {
        self.features as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.features == 0
    }

    /// Numbers the new features of a document, and adds the document to `sets`.
    pub fn add(&mut self, document: &[u32], sets: &mut Sets) {
        if sets.starts.is_empty() {
            sets.starts.push(0);
        }
        let start = sets.features.len();
        let mut before = None;
        for &word in document {
            let Some(feature) = self.words.get_mut(word as usize) else {
                before = None;
                continue;
            };
            if *feature == NONE {
                *feature = self.features;
                self.features += 1;
            }
            sets.features.push(*feature);
            if let Some(before) = before {
                let next = self.features;
                let feature = *self.pairs.entry(pack(before, word)).or_insert(next);
                self.features += u32::from(feature == next);
                sets.features.push(feature);
            }
            before = Some(word);
        }
        sets.features[start..].sort_unstable();
        // Each once.
        let mut kept = start;
        for i in start..sets.features.len() {
            if kept == start || sets.features[kept - 1] != sets.features[i] {
                sets.features[kept] = sets.features[i];
                kept += 1;
            }
        }
        sets.features.truncate(kept);
        sets.starts.push(kept);
    }

    /// The feature of a word, if it has one.
    pub fn word(&self, word: u32) -> Option<u32> {
        self.words.get(word as usize).copied().filter(|&feature| feature != NONE)
    }

    /// The feature of two words that follow each other, if they have one.
    pub fn pair(&self, first: u32, second: u32) -> Option<u32> {
        self.pairs.get(&pack(first, second)).copied()
    }

    /// The known features of a document, ascending and without repetition.
    pub fn of(&self, document: &[u32]) -> Vec<u32> {
        let words = document.iter().filter_map(|&word| self.word(word));
        let pairs = document.windows(2).filter_map(|pair| self.pair(pair[0], pair[1]));
        let mut features: Vec<u32> = words.chain(pairs).collect();
        features.sort_unstable();
        features.dedup();
        features
    }
}

fn pack(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// A multiplication and a fold. Packed pairs of numbers need no better hash.
#[derive(Debug, Clone, Default)]
pub struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(self.0 ^ u64::from(byte)));
    }

    fn write_u64(&mut self, value: u64) {
        let wide = u128::from(value ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_pairs_are_numbered_as_they_come_and_counted_once() {
        let (mut pairs, mut sets) = (Pairs::new(5), Sets::default());
        pairs.add(&[3, 1, 3, 1], &mut sets);
        pairs.add(&[], &mut sets);
        pairs.add(&[1, 9, 3], &mut sets);
        // 3 → 0; 1 → 1, (3, 1) → 2; (1, 3) → 3. The word 9 is none, and parts its neighbours.
        assert_eq!((sets.row(0), sets.row(1), sets.row(2)), (&[0, 1, 2, 3][..], &[][..], &[0, 1][..]));
        assert_eq!((pairs.len(), sets.len()), (4, 3));
        assert_eq!(pairs.of(&[1, 3, 1, 4, 3]), [0, 1, 2, 3]);
        assert_eq!(pairs.of(&[7, 1]), [1]);
        assert_eq!((pairs.word(4), pairs.pair(1, 3), pairs.pair(3, 3)), (None, Some(3), None));
    }
}
