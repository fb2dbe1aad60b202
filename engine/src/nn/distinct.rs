//! The distinct words of a batch, so that values that depend only on the word are computed once for each word.

/// Finds the distinct words and numbers them in the order of their first occurrence. When it is reused, it allocates
/// memory only to grow.
#[derive(Debug, Clone, Default)]
pub struct Distinct {
    words: Vec<u32>,
    /// A hash table with open addressing: the number of a word plus one, or 0 if the slot is free. The number of
    /// slots is a power of two and at least twice the number of words.
    slots: Vec<u32>,
}

impl Distinct {
    /// Removes all words and makes room for `words` new ones.
    pub fn clear(&mut self, words: usize) {
        let wanted = (2 * words).next_power_of_two().max(16);
        self.slots.clear();
        self.slots.resize(wanted, 0);
        self.words.clear();
    }

    /// The number of a word, if the word has occurred.
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

    /// The number of a word. A word that has not occurred yet gets the next number.
    ///
    /// # Panics
    /// If there are more words than [`clear`](Self::clear) made room for.
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

    /// The first slot to look at for a word. Multiplying by 2^32 over the golden ratio spreads neighbouring ids. The
    /// high bits are used, because they depend on all bits of the id.
    #[inline]
    fn place(&self, word: u32) -> usize {
        ((u64::from(word.wrapping_mul(0x9e37_79b9)) * self.slots.len() as u64) >> 32) as usize
    }

    /// The distinct words in the order of their numbers.
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
