//! The words of a corpus, most frequent first.

use super::words::Words;

/// Counts words in bounded memory.
///
/// When there are more than `limit` distinct words, the rarest are dropped: first those with count 1, the next time
/// those with count 2, and so on, as in word2vec. So in a corpus with more distinct words, counts of rare words can
/// be too low.
#[derive(Debug, Clone)]
pub struct Counter {
    words: Words,
    counts: Vec<u64>,
    tokens: u64,
    limit: usize,
    /// Words with at most this count have been dropped; 0 if none was dropped.
    forgotten: u64,
}

/// The words of a corpus that are frequent enough. Ids go from the most to the least frequent word; words with equal
/// counts are in the order of their text.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    words: Words,
    counts: Vec<u64>,
    total: u64,
    tokens: u64,
}

impl Counter {
    /// The default limit of distinct words: about 200 MB.
    pub const LIMIT: usize = 4_000_000;

    /// A counter that holds up to `limit` distinct words.
    pub fn new(limit: usize) -> Self {
        Counter { words: Words::default(), counts: Vec::new(), tokens: 0, limit: limit.max(1), forgotten: 0 }
    }

    /// Adds 1 to the count of `word`.
    #[inline]
    pub fn add(&mut self, word: &str) {
        self.add_times(word, 1);
    }

    /// Adds `times` to the count of `word`.
    #[inline]
    pub fn add_times(&mut self, word: &str, times: u64) {
        self.tokens += times;
        let (id, new) = self.words.insert(word);
        if new {
            self.counts.push(times);
            if self.counts.len() > self.limit {
                self.forget();
            }
        } else {
            self.counts[id] += times;
        }
    }

    /// The number of counted tokens.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// The number of distinct words in memory.
    pub fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// The count up to which rare words were dropped; 0 if none was dropped.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    #[cold]
    fn forget(&mut self) {
        // Drops at least a quarter of the words, so that this is rarely called.
        while self.counts.iter().filter(|&&count| count > self.forgotten).count() > self.limit * 3 / 4 {
            self.forgotten += 1;
        }
        let (words, counts) = (std::mem::take(&mut self.words), std::mem::take(&mut self.counts));
        for (word, count) in words.iter().zip(counts) {
            if count > self.forgotten {
                self.words.insert(word);
                self.counts.push(count);
            }
        }
    }

    /// The vocabulary of the words with a count of at least `min_count`.
    pub fn finish(self, min_count: u64) -> Vocabulary {
        let mut order: Vec<usize> =
            (0..self.counts.len()).filter(|&id| self.counts[id] >= min_count).collect();
        order.sort_unstable_by(|&a, &b| {
            self.counts[b].cmp(&self.counts[a]).then_with(|| self.words.get(a).cmp(self.words.get(b)))
        });
        let words = order.iter().map(|&id| self.words.get(id)).collect();
        let counts: Vec<u64> = order.iter().map(|&id| self.counts[id]).collect();
        Vocabulary { words, total: counts.iter().sum(), counts, tokens: self.tokens }
    }
}

impl Vocabulary {
    /// A saved vocabulary: its words in order with their counts, and the number of tokens in the corpus. `None` if a
    /// word is repeated, or the lengths differ.
    pub fn from_parts<'a>(
        words: impl IntoIterator<Item = &'a str>,
        counts: Vec<u64>,
        tokens: u64,
    ) -> Option<Self> {
        let mut all = Words::default();
        for word in words {
            if !all.insert(word).1 {
                return None;
            }
        }
        (all.len() == counts.len()).then(|| Vocabulary {
            words: all,
            total: counts.iter().fold(0, |sum, &count| sum.saturating_add(count)),
            counts,
            tokens,
        })
    }

    /// This vocabulary and, after its words, those of `more` that it lacks, with a count of 0.
    pub fn with_unseen<'a>(mut self, more: impl IntoIterator<Item = &'a str>) -> Vocabulary {
        for word in more {
            if self.words.insert(word).1 {
                self.counts.push(0);
            }
        }
        self
    }

    /// The number of words that the corpus has, which are the first ones: words with a count of 0 follow.
    pub fn seen(&self) -> usize {
        self.counts.partition_point(|&count| count > 0)
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The id of `word`.
    #[inline]
    pub fn id(&self, word: &str) -> Option<usize> {
        self.words.id(word)
    }

    /// The word with the id `id`, which must be below [`len`](Self::len).
    pub fn word(&self, id: usize) -> &str {
        self.words.get(id)
    }

    /// All words, in the order of their ids.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// The count of each word, in the order of their ids.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The number of tokens in the corpus that are words of this vocabulary.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The number of all tokens in the corpus.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_come_first_and_equals_by_text() {
        let mut counter = Counter::new(100);
        for word in "b a c b a d b e e".split(' ') {
            counter.add(word);
        }
        let all = counter.clone().finish(1);
        assert_eq!(all.words().iter().collect::<Vec<_>>(), ["b", "a", "e", "c", "d"]);
        let some = counter.finish(2);
        assert_eq!((some.counts(), some.total(), some.tokens()), (&[3, 2, 2][..], 7, 9));
        assert_eq!((some.id("a"), some.id("c")), (Some(1), None));
    }

    #[test]
    fn words_that_the_corpus_lacks_come_after_its_own() {
        let mut counter = Counter::new(100);
        "b a b a a".split(' ').for_each(|word| counter.add(word));
        let all = counter.finish(1).with_unseen(["c", "b", "d", "c"]);
        assert_eq!(all.words().iter().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!((all.counts(), all.seen(), all.total(), all.tokens()), (&[3, 2, 0, 0][..], 2, 5, 5));
    }

    #[test]
    fn rare_words_are_forgotten_before_memory_grows() {
        let mut counter = Counter::new(50);
        for n in 0..10_000 {
            counter.add(if n % 3 == 0 { "often" } else { "at" });
            counter.add(&format!("rare{n}"));
            assert!(counter.distinct() <= 51);
        }
        assert!(counter.forgotten() > 0);
        let vocabulary = counter.finish(1000);
        assert_eq!(vocabulary.words().iter().collect::<Vec<_>>(), ["at", "often"]);
        assert_eq!(vocabulary.tokens(), 20_000);
    }
}
