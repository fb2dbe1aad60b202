//! Phrases: words that occur together more often than by chance are joined (Mikolov et al. 2013, section 4;
//! word2phrase).
//!
//! The score of a pair is `(count(ab) - δ) / (count(a) · count(b)) · tokens`. δ is the minimum count of a word and
//! keeps rare pairs out. Pairs above a threshold become `a_b`, from left to right. The next round over the text can
//! join these with further words.

use std::sync::Arc;

use crate::text::phrases::JOINT;
use crate::text::vocabulary::Counter;
use crate::text::words::Words;

/// The pairs that are joined in each round, each as `a_b`.
pub type Phrases = Vec<Words>;

/// Joins words to phrases.
#[derive(Debug)]
pub struct Joiner {
    passes: Arc<Phrases>,
    /// For each round the word that may still be joined to the next word.
    waiting: Vec<Option<String>>,
}

impl Joiner {
    /// A joiner for the phrases of these rounds.
    pub fn new(passes: Arc<Phrases>) -> Joiner {
        Joiner { waiting: vec![None; passes.len()], passes }
    }

    /// The phrases of all rounds.
    pub fn phrases(&self) -> &Arc<Phrases> {
        &self.passes
    }

    /// Takes the next word of a sentence, and emits the words or phrases that are now complete.
    #[inline]
    pub fn add(&mut self, word: &str, emit: &mut impl FnMut(&str)) {
        add(&self.passes, &mut self.waiting, word, emit);
    }

    /// Emits the words that are still waiting, at the end of a sentence.
    pub fn end(&mut self, emit: &mut impl FnMut(&str)) {
        for pass in 0..self.passes.len() {
            if let Some(word) = self.waiting[pass].take() {
                add(&self.passes[pass + 1..], &mut self.waiting[pass + 1..], &word, emit);
            }
        }
    }
}

/// Passes a word to the first of some rounds.
fn add(passes: &[Words], waiting: &mut [Option<String>], word: &str, emit: &mut impl FnMut(&str)) {
    let (Some((phrases, passes)), Some((waits, waiting))) = (passes.split_first(), waiting.split_first_mut())
    else {
        return emit(word);
    };
    let Some(before) = waits.replace(word.to_owned()) else { return };
    let pair = pair(&before, word);
    if phrases.id(&pair).is_some() {
        *waits = None;
        add(passes, waiting, &pair, emit);
    } else {
        add(passes, waiting, &before, emit);
    }
}

/// Counts words and pairs, to find the pairs to join.
#[derive(Debug)]
pub struct Finder {
    words: Counter,
    pairs: Counter,
    before: Option<String>,
}

impl Finder {
    /// A finder that keeps up to `limit` distinct words and as many distinct pairs.
    pub fn new(limit: usize) -> Finder {
        Finder { words: Counter::new(limit), pairs: Counter::new(limit), before: None }
    }

    /// Takes the next word of a sentence.
    pub fn add(&mut self, word: &str) {
        self.words.add(word);
        if let Some(before) = self.before.replace(word.to_owned()) {
            self.pairs.add(&pair(&before, word));
        }
    }

    /// Ends the sentence.
    pub fn end(&mut self) {
        self.before = None;
    }

    /// The number of words counted.
    pub fn tokens(&self) -> u64 {
        self.words.tokens()
    }

    /// The pairs that occur at least `min_count` times and score above `threshold`.
    pub fn finish(self, min_count: u64, threshold: f64) -> Words {
        let tokens = self.words.tokens() as f64;
        let (words, pairs) = (self.words.finish(min_count), self.pairs.finish(min_count));
        let count = |word: &str| words.id(word).map(|id| words.counts()[id] as f64);
        let scores = |(pair, &together): (&str, &u64)| {
            // A word can contain the joint itself, from an earlier round. The pair is split at each joint; both parts
            // must be words.
            let cuts = pair.match_indices(JOINT).filter_map(|(at, _)| {
                let score = (together.saturating_sub(min_count)) as f64 * tokens;
                Some(score / (count(&pair[..at])? * count(&pair[at + JOINT.len_utf8()..])?))
            });
            cuts.into_iter().fold(0.0, f64::max)
        };
        let found = pairs.words().iter().zip(pairs.counts());
        found.filter(|&found| scores(found) > threshold).map(|(pair, _)| pair).collect()
    }
}

fn pair(a: &str, b: &str) -> String {
    let mut pair = String::with_capacity(a.len() + JOINT.len_utf8() + b.len());
    pair.push_str(a);
    pair.push(JOINT);
    pair.push_str(b);
    pair
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(passes: &[Words], text: &str) -> String {
        let (mut joiner, mut found) = (Joiner::new(Arc::new(passes.to_vec())), Vec::new());
        let mut emit = |word: &str| found.push(word.to_owned());
        text.split(' ').for_each(|word| joiner.add(word, &mut emit));
        joiner.end(&mut emit);
        found.join(" ")
    }

    #[test]
    fn pairs_are_joined_from_left_to_right_pass_by_pass() {
        let words = |list: &[&str]| list.iter().collect::<Words>();
        let passes = [words(&["new_york", "york_times", "a_a"]), words(&["new_york_times"])];
        assert_eq!(joined(&passes[..1], "the new york times"), "the new_york times");
        assert_eq!(joined(&passes, "the new york times"), "the new_york_times");
        assert_eq!(joined(&passes, "york times new"), "york_times new");
        assert_eq!(joined(&passes, "a a a a a"), "a_a a_a a");
        assert_eq!(joined(&[], "new york"), "new york");
    }

    /// The scores computed by hand, for 30 words. "x" occurs 6 times, "y" 7 times, "x y" 6 times. "p", "q" and "p q"
    /// occur 3 times each.
    #[test]
    fn pairs_that_come_together_more_than_by_chance_are_found() {
        let mut finder = Finder::new(1_000);
        let text = "x y a x y b x y c x y d x y e x y f y p q g p q h p q i";
        text.split(' ').for_each(|word| finder.add(word));
        finder.end();
        assert_eq!(finder.tokens(), 28);
        let found = |least, threshold| {
            let mut finder = Finder::new(1_000);
            text.split(' ').for_each(|word| finder.add(word));
            finder.finish(least, threshold).iter().map(String::from).collect::<Vec<_>>()
        };
        // (6 - 2) / (6 · 7) · 28 = 2.67, and (3 - 2) / (3 · 3) · 28 = 3.11.
        assert_eq!(found(2, 2.6), ["x_y", "p_q"]);
        assert_eq!(found(2, 3.0), ["p_q"]);
        assert_eq!(found(4, 0.1), ["x_y"]);
    }
}
