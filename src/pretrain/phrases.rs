//! Words that come together more often than by chance, joined to one (Mikolov et al. 2013, section 4; word2phrase).
//!
//! A pair scores `(count(ab) - δ) / (count(a) · count(b)) · tokens`, where δ, the least count of a word, keeps rare
//! pairs out. Pairs above a threshold become `a_b`, from left to right; the next pass over the text can join those
//! further.

use std::sync::Arc;

use crate::text::phrases::JOINT;
use crate::text::vocabulary::Counter;
use crate::text::words::Words;

/// The pairs that are joined, pass by pass, each as `a_b`.
pub type Phrases = Vec<Words>;

/// Joins words to phrases.
#[derive(Debug)]
pub struct Joiner {
    passes: Arc<Phrases>,
    /// For each pass the word that may yet be joined to the next.
    waiting: Vec<Option<String>>,
}

impl Joiner {
    /// Joins what `passes` names.
    pub fn new(passes: Arc<Phrases>) -> Joiner {
        Joiner { waiting: vec![None; passes.len()], passes }
    }

    /// What is joined.
    pub fn phrases(&self) -> &Arc<Phrases> {
        &self.passes
    }

    /// Takes the next word of a sentence, and hands on what it completes.
    #[inline]
    pub fn add(&mut self, word: &str, emit: &mut impl FnMut(&str)) {
        add(&self.passes, &mut self.waiting, word, emit);
    }

    /// Hands on what still waits: the sentence ends.
    pub fn end(&mut self, emit: &mut impl FnMut(&str)) {
        for pass in 0..self.passes.len() {
            if let Some(word) = self.waiting[pass].take() {
                add(&self.passes[pass + 1..], &mut self.waiting[pass + 1..], &word, emit);
            }
        }
    }
}

/// Takes a word into the first of some passes.
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

/// Counts words and pairs, to find those that are to be joined.
#[derive(Debug)]
pub struct Finder {
    words: Counter,
    pairs: Counter,
    before: Option<String>,
}

impl Finder {
    /// A finder that holds up to `limit` distinct words and as many pairs.
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

    /// The sentence ends.
    pub fn end(&mut self) {
        self.before = None;
    }

    /// Words counted.
    pub fn tokens(&self) -> u64 {
        self.words.tokens()
    }

    /// The pairs of words seen `min_count` times at least that score above `threshold`.
    pub fn finish(self, min_count: u64, threshold: f64) -> Words {
        let tokens = self.words.tokens() as f64;
        let (words, pairs) = (self.words.finish(min_count), self.pairs.finish(min_count));
        let count = |word: &str| words.id(word).map(|id| words.counts()[id] as f64);
        let scores = |(pair, &together): (&str, &u64)| {
            // A word can hold the mark itself, from the pass before: wherever it is cut, both parts must be words.
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

    /// The scores by hand: 30 words, "x y" 6 times of 6 and 7; "p q" 3 times of 3 and 3, "p" alone never.
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
