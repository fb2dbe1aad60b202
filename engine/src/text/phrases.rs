//! Finds the phrases of a word table (`new_york`) in a text.
//!
//! A text is read from left to right. At each word the longest phrase that starts there is taken, so phrases do not
//! overlap. A phrase has at most four words.

use std::collections::HashMap;

use super::words::Words;

/// The character between the words of a phrase.
pub const JOINT: char = '_';
/// The most words of a phrase.
const LONGEST: usize = 4;

/// The phrases of a table whose words all have ids, as a trie.
pub struct Phrases {
    /// For each word id, whether a phrase starts with the word.
    begins: Vec<bool>,
    /// The edges of the trie: (the first word's id or a node, the id of the next word) to a node. Nodes are numbered
    /// from the number of words on.
    next: HashMap<(u32, u32), u32>,
    /// For each node the table row of the phrase that ends there, if one does.
    ends: Vec<Option<usize>>,
}

impl Phrases {
    /// The phrases of `known` whose words are all in `words`.
    pub fn new(known: &Words, words: &Words) -> Phrases {
        let mut phrases =
            Phrases { begins: vec![false; words.len()], next: HashMap::new(), ends: Vec::new() };
        for (row, phrase) in known.iter().enumerate() {
            if phrase.contains(JOINT) {
                phrases.add(phrase, row, words);
            }
        }
        phrases
    }

    fn add(&mut self, phrase: &str, row: usize, words: &Words) {
        let (mut numbers, mut count) = ([0; LONGEST], 0);
        for part in phrase.split(JOINT) {
            let Some(number) = words.id(part).filter(|_| count < LONGEST) else { return };
            numbers[count] = number as u32;
            count += 1;
        }
        self.begins[numbers[0] as usize] = true;
        let mut at = numbers[0];
        for &number in &numbers[1..count] {
            let node = (self.begins.len() + self.ends.len()) as u32;
            at = *self.next.entry((at, number)).or_insert(node);
            if at == node {
                self.ends.push(None);
            }
        }
        if let Some(end) = self.ends.get_mut(at as usize - self.begins.len()) {
            *end = Some(row);
        }
    }

    /// Whether there are no phrases.
    pub fn is_empty(&self) -> bool {
        self.next.is_empty()
    }

    /// The longest phrase that `words` start with: the number of its words, and its row.
    #[inline]
    pub fn longest(&self, words: &[u32]) -> Option<(usize, usize)> {
        let (&first, rest) = words.split_first()?;
        if !self.begins[first as usize] {
            return None;
        }
        let (mut at, mut found) = (first, None);
        for (before, &word) in rest.iter().enumerate() {
            let Some(&node) = self.next.get(&(at, word)) else { break };
            at = node;
            if let Some(row) = self.ends[node as usize - self.begins.len()] {
                found = Some((before + 2, row));
            }
        }
        found
    }
}

/// Joins words of a text to the phrases of `known`. The words need no ids, so the text can be any input of a user.
pub fn join(words: &[String], known: &Words) -> Vec<String> {
    let (mut joined, mut at) = (Vec::with_capacity(words.len()), 0);
    while at < words.len() {
        let most = LONGEST.min(words.len() - at);
        let phrases = (2..=most).rev().map(|n| (n, words[at..at + n].join(&JOINT.to_string())));
        let mut phrases = phrases.filter(|(_, phrase)| known.id(phrase).is_some());
        let (n, word) = phrases.next().unwrap_or_else(|| (1, words[at].clone()));
        joined.push(word);
        at += n;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that `known` joins `text` to `expected`, both by ids and by strings.
    #[track_caller]
    fn check(known: &str, text: &str, expected: &str) {
        let known: Words = known.split(' ').collect();
        let words: Vec<String> = text.split(' ').map(String::from).collect();
        assert_eq!(join(&words, &known).join(" "), expected);
        let numbered: Words = words.iter().collect();
        let phrases = Phrases::new(&known, &numbered);
        let numbers: Vec<u32> = words.iter().map(|word| numbered.id(word).unwrap() as u32).collect();
        let (mut found, mut at) = (Vec::new(), 0);
        while at < numbers.len() {
            let (n, word) = match phrases.longest(&numbers[at..]) {
                Some((n, row)) => (n, known.get(row)),
                None => (1, &words[at][..]),
            };
            found.push(word);
            at += n;
        }
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn the_longest_phrase_from_the_left_is_taken() {
        let known =
            "new york new_york new_york_city york_city city_hall the_new_york_times a_b_c_d_e the_new";
        check(known, "in new york city hall", "in new_york_city hall");
        check(known, "new york city", "new_york_city");
        check(known, "the new york times new york", "the_new_york_times new_york");
        // Phrases do not overlap, and a phrase must be complete.
        check(known, "the new york post city hall", "the_new york post city_hall");
        check(known, "york city new", "york_city new");
        // Five words are too many.
        check(known, "a b c d e", "a b c d e");
    }

    #[test]
    fn tables_without_phrases_and_odd_words_change_nothing() {
        check("new york", "new york", "new york");
        check("_ __ _new new_ new__york york", "new york new", "new york new");
        assert!(Phrases::new(&Words::default(), &Words::default()).is_empty());
        assert!(join(&[], &Words::default()).is_empty());
        let words: Words = ["new"].into_iter().collect();
        let known: Words = ["new_york", "york_new"].into_iter().collect();
        assert!(Phrases::new(&known, &words).is_empty());
    }

    #[test]
    fn a_phrase_is_of_its_words_and_no_others() {
        check("a_b b_a a_a_a", "a b a", "a_b a");
        check("a_b b_a a_a_a", "a a a a", "a_a_a a");
        check("a_b b_a a_a_a", "a a b", "a a_b");
    }
}
