//! The labelled task as numbers: every document a row of word numbers, every word numbered once.
//!
//! Words are numbered by their first occurrence over all sets, so the numbering is a function of the
//! data alone. What a number means to a model (a trained row, a fixed row, the unknown word) is a
//! matter of its regime, not of this.

use std::ops::Range;

pub use crate::data::examples::{ExampleId as DocId, Examples, FIRST_TEST_SET, TRAIN_SET, VALIDATION_SET};

use super::tokenise::for_each_token;
use super::words::Words;

/// All documents of a task.
#[derive(Debug, Default)]
pub struct Documents {
    /// The words, by number.
    pub words: Words,
    /// Word numbers of each document.
    pub tokens: Vec<Vec<u32>>,
    /// The class of each document.
    pub labels: Vec<u32>,
    /// The text of each document, as it was read.
    pub texts: Vec<String>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// Training part, own validation part (maybe empty), test sets: their names and places.
    pub sets: Vec<(String, Range<usize>)>,
}

impl Documents {
    /// No documents yet, of these classes.
    pub fn new(classes: Vec<String>) -> Self {
        Documents { classes, ..Documents::default() }
    }

    /// Takes a set in. The sets come in the order training, validation, tests.
    pub fn push_set(&mut self, name: &str, documents: impl IntoIterator<Item = (String, u32)>) {
        let start = self.tokens.len();
        for (text, label) in documents {
            let mut tokens = Vec::new();
            for_each_token(&text, |token| {
                tokens.push(self.words.insert(token).0 as u32);
            });
            self.tokens.push(tokens);
            self.labels.push(label);
            self.texts.push(text);
        }
        self.sets.push((name.to_string(), start..self.tokens.len()));
    }

    /// The number of a word that occurs in the task.
    pub fn word(&self, word: &str) -> Option<u32> {
        self.words.id(word).map(|number| number as u32)
    }

    /// How often each word occurs in `documents`.
    pub fn counts(&self, documents: impl IntoIterator<Item = DocId>) -> Vec<u64> {
        let mut counts = vec![0; self.words.len()];
        for document in documents {
            for &token in &self.tokens[document as usize] {
                counts[token as usize] += 1;
            }
        }
        counts
    }
}

impl Examples for Documents {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn sets(&self) -> &[(String, Range<usize>)] {
        &self.sets
    }

    fn length(&self, document: DocId) -> usize {
        self.tokens[document as usize].len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_once_over_all_sets() {
        let mut documents = Documents::new(vec!["no".into(), "yes".into()]);
        documents.push_set("training", [("Good film".to_string(), 1), ("bad film".to_string(), 0)]);
        documents.push_set("validation", []);
        documents.push_set("test", [("a GOOD one".to_string(), 1)]);
        assert_eq!(documents.words.iter().collect::<Vec<_>>(), ["good", "film", "bad", "a", "one"]);
        assert_eq!(documents.tokens, [vec![0, 1], vec![2, 1], vec![3, 0, 4]]);
        assert_eq!(documents.set(FIRST_TEST_SET), 2..3);
        assert_eq!(documents.set(VALIDATION_SET), 2..2);
        assert_eq!(documents.counts([0, 1]), [1, 2, 1, 0, 0]);
        assert_eq!(documents.word("one"), Some(4));
    }
}
