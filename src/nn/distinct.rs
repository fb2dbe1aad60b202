//! The distinct words of a batch, so that what depends on a word alone is computed once per word.

/// Finds the distinct words, numbered in the order in which they come first. Used again, it allocates only to
/// grow.
#[derive(Debug, Clone, Default)]
pub struct Distinct {
    words: Vec<u32>,
    /// One more than the number of a word, where its hash or a collision put it; 0 where there is none. A power of
    /// two of them, at least twice as many as words.
    slots: Vec<u32>,
}

impl Distinct {
    /// Forgets all words and makes room for so many.
    pub fn clear(&mut self, words: usize) {
        let wanted = (2 * words).next_power_of_two().max(16);
        self.slots.clear();
        self.slots.resize(wanted, 0);
        self.words.clear();
    }

    /// The number of a word that has come before.
    pub fn find(&self, word: u32) -> Option<u32> {
        let mut slot = self.place(word);
        while let Some(number) = self.slots.get(slot).and_then(|number| number.checked_sub(1)) {
            if self.words[number as usize] == word {
                return Some(number);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// The number of a word, which is a new one if it has not come before.
    ///
    /// # Panics
    /// If there are more words than [`clear`](Self::clear) was told.
    #[inline]
    pub fn number(&mut self, word: u32) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = self.place(word);
        loop {
            match self.slots[slot] {
                0 => {
                    self.words.push(word);
                    assert!(
                        2 * self.words.len() <= self.slots.len(),
                        "more words than there was room made for"
                    );
                    self.slots[slot] = self.words.len() as u32;
                    return self.words.len() as u32 - 1;
                }
                number if self.words[number as usize - 1] == word => return number - 1,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Where a word's slot is, or the first of those that collided with it. Multiplying by 2^32 over the golden ratio
    /// spreads neighbours; the high bits are the ones that are mixed.
    #[inline]
    fn place(&self, word: u32) -> usize {
        ((u64::from(word.wrapping_mul(0x9e37_79b9)) * self.slots.len() as u64) >> 32) as usize
    }

    /// The distinct words by number.
    pub fn words(&self) -> &[u32] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_as_they_come_first() {
        let mut distinct = Distinct::default();
        assert_eq!(distinct.find(3), None);
        for _ in 0..2 {
            distinct.clear(7);
            let numbers: Vec<u32> = [9, 4, 9, u32::MAX, 0, 4, 0].map(|word| distinct.number(word)).to_vec();
            assert_eq!(numbers, [0, 1, 0, 2, 3, 1, 3]);
            assert_eq!(distinct.words(), [9, 4, u32::MAX, 0]);
            assert_eq!([9, 0, 1].map(|word| distinct.find(word)), [Some(0), Some(3), None]);
        }
        distinct.clear(50_000);
        for word in 0..50_000 {
            assert_eq!(distinct.number(word * 8), word);
        }
        assert_eq!(distinct.number(80), 10);
    }
}
