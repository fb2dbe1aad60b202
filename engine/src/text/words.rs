//! Maps words to ids: an open-addressing hash table over words that are stored in one string.
//!
//! A word takes its bytes, the index of its end, a hash, and 1.5 to 3 slots, without an allocation of its own. Ids
//! follow the order of insertion.

use std::collections::HashMap;

use super::spelling::plain;

/// A set of distinct words, numbered from 0 in order of insertion.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// All words, one directly after another.
    text: String,
    /// The index in `text` at which each word ends.
    ends: Vec<usize>,
    hashes: Vec<u32>,
    /// Ids + 1, at a slot that follows from the hash; 0 marks a free slot. The length is a power of two. At most two
    /// thirds of the slots are used.
    slots: Vec<u32>,
    /// The ids of words whose spelling differs from their [`plain`] spelling, by the plain spelling.
    plain: HashMap<String, u32>,
}

impl Words {
    /// The number of words.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The word with the id `id`.
    ///
    /// # Panics
    /// If there is no such word.
    pub fn get(&self, id: usize) -> &str {
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.text[start..self.ends[id]]
    }

    /// All words, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|id| self.get(id))
    }

    /// The id of `word` in exactly this spelling, or else of a word that looks the same (`é` as one or as two
    /// characters).
    #[inline]
    pub fn id(&self, word: &str) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        match self.find(word, hash(word.as_bytes())) {
            Ok(id) => Some(id),
            // In most tables every word has its plain spelling.
            Err(_) if word.is_ascii() && self.plain.is_empty() => None,
            Err(_) => self.alike(word),
        }
    }

    /// The id of a word with the same plain spelling as `word`, which itself is not in the table.
    #[cold]
    fn alike(&self, word: &str) -> Option<usize> {
        let plain = plain(word);
        let own = plain.as_ref().and_then(|plain| self.find(plain, hash(plain.as_bytes())).ok());
        own.or_else(|| self.plain.get(plain.as_deref().unwrap_or(word)).map(|&id| id as usize))
    }

    /// Reserves memory for this many words, so that the set is not moved repeatedly while it grows.
    pub fn reserve(&mut self, words: usize) {
        self.ends.reserve(words);
        self.hashes.reserve(words);
        while words.saturating_add(1).saturating_mul(3) > self.slots.len().saturating_mul(2)
            && self.slots.len() < 1 << 32
        {
            self.grow();
        }
    }

    /// The id of `word`, and whether it is new. A new word is added.
    #[inline]
    pub fn insert(&mut self, word: &str) -> (usize, bool) {
        if (self.len() + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let hash = hash(word.as_bytes());
        match self.find(word, hash) {
            Ok(id) => (id, false),
            Err(slot) => {
                let id = self.len();
                self.slots[slot] = id as u32 + 1;
                self.text.push_str(word);
                self.ends.push(self.text.len());
                self.hashes.push(hash);
                if let Some(plain) = plain(word) {
                    self.plain.entry(plain).or_insert(id as u32);
                }
                (id, true)
            }
        }
    }

    /// The id of `word`, or the free slot for it.
    #[inline]
    fn find(&self, word: &str, hash: u32) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return Err(slot),
                taken => {
                    let id = taken as usize - 1;
                    if self.hashes[id] == hash && self.get(id) == word {
                        return Ok(id);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        assert!(size <= 1 << 32, "more words than 32-bit ids can number");
        self.slots = vec![0; size];
        for (id, &hash) in self.hashes.iter().enumerate() {
            let mut slot = hash as usize & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = id as u32 + 1;
        }
    }
}

impl<S: AsRef<str>> FromIterator<S> for Words {
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        let mut all = Words::default();
        for word in words {
            all.insert(word.as_ref());
        }
        all
    }
}

/// A hash of eight bytes at a time by multiplication and folding, the idea of wyhash.
#[inline]
fn hash(bytes: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a) * u128::from(b);
        (wide as u64) ^ ((wide >> 64) as u64)
    };
    let mut state = K ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        state = fold(
            state
                ^ u64::from_le_bytes([
                    chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
                ]),
            K,
        );
    }
    let mut last = 0;
    for &byte in chunks.remainder() {
        last = last << 8 | u64::from(byte);
    }
    let state = fold(state ^ last, 0xd6e8_feb8_6659_fd93);
    (state ^ (state >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_spelled_and_keeps_its_bytes() {
        let words: Words = ["cafe\u{301}", "naïve", "❤\u{fe0f}", "e\u{301}", "é"].into_iter().collect();
        for (word, id) in
            [("café", 0), ("nai\u{308}ve", 1), ("❤", 2), ("❤\u{fe0f}", 2), ("e\u{301}", 3), ("é", 4)]
        {
            assert_eq!(words.id(word), Some(id), "{word}");
        }
        assert_eq!((words.id("cafe"), words.id("naive"), words.get(0)), (None, None, "cafe\u{301}"));
    }

    #[test]
    fn ids_follow_insertion_and_are_found_again() {
        let mut words = Words::default();
        assert_eq!(words.id("a"), None);
        for n in 0..5000 {
            assert_eq!(words.insert(&format!("w{n}")), (n, true));
            assert_eq!(words.insert(&format!("w{}", n / 2)), (n / 2, false));
        }
        for n in 0..5000 {
            assert_eq!(words.id(&format!("w{n}")), Some(n));
            assert_eq!(words.get(n), format!("w{n}"));
        }
        assert_eq!(words.id("w5000"), None);
        assert_eq!(words.insert(""), (5000, true));
        assert_eq!(words.id(""), Some(5000));
    }
}
