//! Words and pairs of neighbouring words as binary features of documents.
//!
//! Feature ids follow the first occurrence of the features in the documents, so they depend on the data alone.
//! Frequent features occur early, so their ids lie close together.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The features of a set of documents. Words are ids below a given bound.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// The feature of each word; [`NONE`] if it has no feature.
    words: Vec<u32>,
    /// The feature of each pair of neighbouring words. The two word ids are packed into one integer.
    pairs: HashMap<u64, u32, BuildHasherDefault<Fold>>,
    features: u32,
}

const NONE: u32 = u32::MAX;

/// Documents as sets of features. Document *i* has `features[starts[i]..starts[i + 1]]`, in ascending order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sets {
    /// N + 1 indices into `features`; the first is 0.
    pub starts: Vec<usize>,
    /// The features of all documents, document after document.
    pub features: Vec<u32>,
}

impl Sets {
    /// The number of documents.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are no documents.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features of document `i`.
    pub fn row(&self, i: usize) -> &[u32] {
        &self.features[self.starts[i]..self.starts[i + 1]]
    }
}

impl Pairs {
    /// No features yet. Word ids are below `words`; higher ids are ignored.
    pub fn new(words: usize) -> Pairs {
        Pairs { words: vec![NONE; words], pairs: HashMap::default(), features: 0 }
    }

    /// Given features: one for each of the words, whose ids start at 0, and one for each pair of word ids.
    pub fn of_features(words: Vec<u32>, pairs: impl IntoIterator<Item = ([u32; 2], u32)>) -> Pairs {
        let pairs: HashMap<u64, u32, _> =
            pairs.into_iter().map(|([first, second], feature)| (pack(first, second), feature)).collect();
        let last = words.iter().chain(pairs.values()).max();
        Pairs { features: last.map_or(0, |last| last + 1), words, pairs }
    }

    /// The words that have a feature, as pairs (word, feature) in the order of the features.
    pub fn word_features(&self) -> Vec<(u32, u32)> {
        let words = self.words.iter().enumerate().filter(|&(_, &feature)| feature != NONE);
        let mut words: Vec<(u32, u32)> = words.map(|(word, &feature)| (word as u32, feature)).collect();
        words.sort_unstable_by_key(|&(_, feature)| feature);
        words
    }

    /// The pairs of words that have a feature, as (pair, feature) in the order of the features.
    pub fn pair_features(&self) -> Vec<([u32; 2], u32)> {
        let unpack = |packed: u64| [(packed >> 32) as u32, packed as u32];
        let mut pairs: Vec<([u32; 2], u32)> =
            self.pairs.iter().map(|(&packed, &feature)| (unpack(packed), feature)).collect();
        pairs.sort_unstable_by_key(|&(_, feature)| feature);
        pairs
    }

    /// The number of features.
    pub fn len(&self) -> usize {
        self.features as usize
    }

    /// Whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.features == 0
    }

    /// Makes features for the new words and pairs of a document, and adds the document to `sets`.
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
        // Remove duplicates.
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

    /// The feature of two neighbouring words, if the pair has one.
    pub fn pair(&self, first: u32, second: u32) -> Option<u32> {
        self.pairs.get(&pack(first, second)).copied()
    }

    /// The known features of a document, in ascending order and without duplicates.
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

/// A hash function: one multiplication and one fold. It is good enough for packed pairs of ids.
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
        // 3 → 0; 1 → 1, (3, 1) → 2; (1, 3) → 3. The word 9 is out of range, so its neighbours are not a pair.
        assert_eq!((sets.row(0), sets.row(1), sets.row(2)), (&[0, 1, 2, 3][..], &[][..], &[0, 1][..]));
        assert_eq!((pairs.len(), sets.len()), (4, 3));
        assert_eq!(pairs.of(&[1, 3, 1, 4, 3]), [0, 1, 2, 3]);
        assert_eq!(pairs.of(&[7, 1]), [1]);
        assert_eq!((pairs.word(4), pairs.pair(1, 3), pairs.pair(3, 3)), (None, Some(3), None));
    }
}
