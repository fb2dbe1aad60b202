//! Finds the rows of a list's words. Lists and vectors may differ in case: a word is looked up as it is in the list,
//! then in lower case, then in any case. If several rows match, the first counts, as with gensim's
//! `case_insensitive`.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::text::words::Words;

/// The number of words that one task looks at.
const CHUNK: usize = 4_096;

/// Finds words among the first rows of a table.
pub struct Finder<'a> {
    words: &'a Words,
    /// The number of rows that are searched.
    first: usize,
    /// Requested words that have no row as they are or in lower case: the word in lower case, and the first row with
    /// another case of it.
    others: HashMap<String, usize>,
}

impl<'a> Finder<'a> {
    /// Prepares to find the words `asked` among the first `first` of `words`.
    pub fn new<'b>(words: &'a Words, first: usize, asked: impl Iterator<Item = &'b str>) -> Finder<'a> {
        let mut finder = Finder { words, first: first.min(words.len()), others: HashMap::new() };
        let missing: HashSet<String> =
            asked.filter(|word| finder.plainly(word).is_none()).map(str::to_lowercase).collect();
        if !missing.is_empty() {
            let rows = (0..finder.first).into_par_iter().with_min_len(CHUNK);
            let found: Vec<(String, usize)> = rows
                .filter(|&id| words.get(id).chars().any(char::is_uppercase))
                .map(|id| (words.get(id).to_lowercase(), id))
                .filter(|(lower, _)| missing.contains(lower))
                .collect();
            // In the order of the rows.
            for (lower, id) in found {
                finder.others.entry(lower).or_insert(id);
            }
        }
        finder
    }

    fn plainly(&self, word: &str) -> Option<usize> {
        let id = |word: &str| self.words.id(word).filter(|&id| id < self.first);
        id(word).or_else(|| id(&word.to_lowercase()))
    }

    /// The row of `word`, and whether its case differs.
    pub fn find(&self, word: &str) -> Option<(usize, bool)> {
        let other = || self.others.get(&word.to_lowercase()).map(|&id| (id, true));
        self.plainly(word).map(|id| (id, false)).or_else(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_the_list_comes_first_then_lower_case_then_any() {
        let words: Words = ["USA", "paris", "Paris", "IPHONE", "iPhone", "late"].into_iter().collect();
        let asked = ["usa", "Paris", "PARIS", "iphone", "nowhere", "late"];
        let finder = Finder::new(&words, 5, asked.into_iter());
        let found = asked.map(|word| finder.find(word));
        assert_eq!(found, [Some((0, true)), Some((2, false)), Some((1, false)), Some((3, true)), None, None]);
    }
}
