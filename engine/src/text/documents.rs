//! The labelled task as word ids: every document is a list of ids, and every word has one id.
//!
//! Ids follow the first occurrence of the words over all sets, so they depend on the data alone. The strategy of a
//! run decides what a model reads for an id: a trained row, a fixed row, or the row of the unknown word.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::session::text_transfer::Tokens;

use super::model_tokeniser::ModelTokeniser;
use super::phrases::Phrases;
use super::tokeniser::Tokeniser;
use super::words::Words;

/// The id of a word of the task. It has its own type, so that it cannot be mistaken for a row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskWord(pub u32);

/// How many texts one thread tokenises at a time.
const TOGETHER: usize = 512;

/// All documents of a task.
#[derive(Debug, Default)]
pub struct Documents {
    /// The words, by id.
    pub words: Words,
    /// The word ids of each document.
    pub tokens: Vec<Vec<u32>>,
    /// The class of each document.
    pub labels: Vec<u32>,
    /// The text of each document, as it was read.
    pub texts: Arc<Vec<String>>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// How the texts are tokenised.
    pub how: Tokeniser,
    /// The training part, the validation part (may be empty) and the test sets: the name of each and its range of
    /// documents.
    pub sets: Vec<(String, Range<usize>)>,
    /// The same documents as words, one by one, if phrases were [joined](Self::joined) or the tokens are those of a
    /// [model](Self::in_tokens_of).
    pub apart: Option<Arc<Documents>>,
}

impl Documents {
    /// No documents yet, with these classes.
    pub fn new(classes: Vec<String>) -> Self {
        Documents { classes, ..Documents::default() }
    }

    /// The same, for texts that are tokenised in another way than into words.
    pub fn cut_by(self, how: Tokens) -> Self {
        Documents { how: how.into(), ..self }
    }

    /// Adds a set. The sets must come in the order training, validation, tests. The texts are tokenised in parallel; the ids
    /// of their words follow the order of the documents.
    pub fn push_set(&mut self, name: &str, documents: impl IntoIterator<Item = (String, u32)>) {
        let texts = Arc::make_mut(&mut self.texts);
        for (text, label) in documents {
            texts.push(text);
            self.labels.push(label);
        }
        self.tokenise(name);
    }

    /// Makes a set of the texts that have no word ids yet. It is not generic: generic code is compiled in the crate that calls
    /// it, and the program is compiled for size.
    fn tokenise(&mut self, name: &str) {
        let start = self.tokens.len();
        // Each part numbers its own words first.
        let cut = |texts: &[String]| {
            let mut words = Words::default();
            let tokens = texts.iter().map(|text| {
                let mut tokens = Vec::new();
                self.how.for_each(text, |token| tokens.push(words.insert(token).0 as u32));
                tokens
            });
            let tokens: Vec<Vec<u32>> = tokens.collect();
            (words, tokens)
        };
        let parts: Vec<(Words, Vec<Vec<u32>>)> = self.texts[start..].par_chunks(TOGETHER).map(cut).collect();
        let known = &mut self.words;
        let mut numbered = |(words, tokens): (Words, Vec<Vec<u32>>)| {
            let ids: Vec<u32> = words.iter().map(|word| known.insert(word).0 as u32).collect();
            (ids, tokens)
        };
        let parts: Vec<(Vec<u32>, Vec<Vec<u32>>)> = parts.into_iter().map(&mut numbered).collect();
        self.tokens.par_extend(parts.into_par_iter().flat_map_iter(|(ids, mut tokens)| {
            tokens.iter_mut().flatten().for_each(|token| *token = ids[*token as usize]);
            tokens
        }));
        self.sets.push((name.to_string(), start..self.tokens.len()));
    }

    /// The same documents, in which neighbouring words are read as one word if `known` has the phrase (`new_york`).
    /// Returns `self` if no phrase of `known` occurs, or if the tokens are those of a model. Words keep their ids;
    /// phrases get the ids after them.
    pub fn joined(self: Arc<Self>, known: &Words) -> Arc<Documents> {
        if self.how.model().is_some() {
            return self;
        }
        let phrases = Phrases::new(known, &self.words);
        if phrases.is_empty() {
            return self;
        }
        let mut words = self.words.clone();
        let mut read = |document: &Vec<u32>| {
            let (mut tokens, mut rest) = (Vec::with_capacity(document.len()), &document[..]);
            while let Some(&word) = rest.first() {
                let (n, word) = match phrases.longest(rest) {
                    Some((n, row)) => (n, words.insert(known.get(row)).0 as u32),
                    None => (1, word),
                };
                tokens.push(word);
                rest = &rest[n..];
            }
            tokens
        };
        let tokens = self.tokens.iter().map(&mut read).collect();
        if words.len() == self.words.len() {
            return self;
        }
        Arc::new(Documents {
            words,
            tokens,
            labels: self.labels.clone(),
            texts: self.texts.clone(),
            classes: self.classes.clone(),
            how: self.how.clone(),
            sets: self.sets.clone(),
            apart: Some(self),
        })
    }

    /// The same documents as the tokens of a model, numbered by their first occurrence.
    ///
    /// # Errors
    /// When the tokeniser cannot cut a text.
    pub fn in_tokens_of(self: &Arc<Self>, tokeniser: Arc<ModelTokeniser>) -> Result<Arc<Documents>> {
        let ids: Vec<Vec<u32>> =
            self.texts.par_iter().map(|text| tokeniser.ids(text)).collect::<Result<_>>()?;
        let (mut words, mut numbers) = (Words::default(), HashMap::new());
        let mut number = |id: u32| {
            *numbers.entry(id).or_insert_with(|| {
                let name = tokeniser.name(id).unwrap_or_default();
                words.insert(name).0 as u32
            })
        };
        let tokens = ids.into_iter().map(|ids| ids.into_iter().map(&mut number).collect()).collect();
        Ok(Arc::new(Documents {
            words,
            tokens,
            labels: self.labels.clone(),
            texts: self.texts.clone(),
            classes: self.classes.clone(),
            how: Tokeniser::Model(tokeniser),
            sets: self.sets.clone(),
            apart: Some(self.clone()),
        }))
    }

    /// Some of the documents as one set, with the same word ids.
    pub fn some(&self, name: &str, chosen: impl Iterator<Item = usize> + Clone) -> Documents {
        let tokens: Vec<Vec<u32>> = chosen.clone().map(|document| self.tokens[document].clone()).collect();
        Documents {
            words: self.words.clone(),
            labels: chosen.clone().map(|document| self.labels[document]).collect(),
            texts: Arc::new(chosen.map(|document| self.texts[document].clone()).collect()),
            classes: self.classes.clone(),
            how: self.how.clone(),
            sets: vec![(name.to_string(), 0..tokens.len())],
            tokens,
            apart: None,
        }
    }

    /// The same documents as words, without phrases.
    pub fn apart(self: &Arc<Self>) -> &Arc<Documents> {
        self.apart.as_ref().unwrap_or(self)
    }

    /// The id of a word that occurs in the task.
    pub fn word(&self, word: &str) -> Option<TaskWord> {
        self.words.id(word).map(|number| TaskWord(number as u32))
    }

    /// How often each word occurs in `documents`.
    pub fn counts(&self, documents: impl IntoIterator<Item = ExampleId>) -> Vec<u64> {
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

    fn length(&self, document: ExampleId) -> usize {
        self.tokens[document as usize].len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::examples::{FIRST_TEST_SET, VALIDATION_SET};

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
        assert_eq!(documents.word("one"), Some(TaskWord(4)));
    }

    #[test]
    fn words_have_the_same_numbers_at_any_thread_count() {
        let mut draw = crate::rng::stream(1, "many documents", 0);
        let text = |draw: &mut _| {
            let word = |draw: &mut _| format!("w{}", (crate::rng::unit64(draw).powi(3) * 3_000.0) as u32);
            (0..5).map(|_| word(draw)).collect::<Vec<_>>().join(" ")
        };
        let texts: Vec<(String, u32)> =
            (0..3 * TOGETHER + 7).map(|n| (text(&mut draw), n as u32 % 2)).collect();
        let read = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut documents = Documents::new(vec!["no".into(), "yes".into()]);
                documents.push_set("training", texts[..TOGETHER + 3].iter().cloned());
                documents.push_set("test", texts[TOGETHER + 3..].iter().cloned());
                documents
            })
        };
        let (one, three) = (read(1), read(3));
        assert_eq!(one.words.iter().collect::<Vec<_>>(), three.words.iter().collect::<Vec<_>>());
        assert_eq!((&one.tokens, &one.sets, &one.labels), (&three.tokens, &three.sets, &three.labels));
        // The numbers follow the first occurrence.
        let mut seen = Words::default();
        for (text, tokens) in one.texts.iter().zip(&one.tokens) {
            let ids: Vec<u32> = text.split(' ').map(|word| seen.insert(word).0 as u32).collect();
            assert_eq!(&ids, tokens);
        }
    }

    #[test]
    fn phrases_are_read_as_words_in_every_set_and_the_rest_stays() {
        let mut documents = Documents::new(vec!["no".into()]);
        documents.push_set("training", [("New York, new film".to_string(), 0)]);
        documents.push_set("validation", []);
        documents.push_set("test", [("a film of New York".to_string(), 0), ("york".to_string(), 0)]);
        let documents = Arc::new(documents);
        let joined = documents.clone().joined(&["film", "new_york", "york_film"].into_iter().collect());
        assert_eq!(documents.words.iter().collect::<Vec<_>>(), ["new", "york", "film", "a", "of"]);
        assert_eq!(joined.word("new_york"), Some(TaskWord(5)));
        assert_eq!((joined.words.len(), joined.word("york")), (6, Some(TaskWord(1))));
        assert_eq!(joined.tokens, [vec![5, 0, 2], vec![3, 2, 4, 5], vec![1]]);
        assert_eq!((joined.sets(), joined.labels()), (documents.sets(), documents.labels()));
        assert!(Arc::ptr_eq(joined.apart(), &documents) && Arc::ptr_eq(documents.apart(), &documents));
        let some = joined.some("some", [3, 1].into_iter().filter(|&document| document < 3));
        assert_eq!((&some.tokens[..], &some.texts[0][..]), (&[vec![3, 2, 4, 5]][..], "a film of New York"));
        // If no phrase occurs, the result is the same documents.
        let known = ["new", "film_york", "film_a"].into_iter().collect();
        assert!(Arc::ptr_eq(&documents.clone().joined(&known), &documents));
    }

    #[test]
    fn the_tokens_of_a_model_are_numbered_and_the_words_stay_apart() {
        use crate::text::model_tokeniser::tests::small;
        let mut documents = Documents::new(vec!["no".into()]);
        documents.push_set("training", [("Warmer film?".to_string(), 0), ("?".to_string(), 0)]);
        documents.push_set("validation", []);
        documents.push_set("test", [("the warm film".to_string(), 0)]);
        let tokeniser = Arc::new(ModelTokeniser::of_model2vec(small(), None));
        let read = Arc::new(documents).in_tokens_of(tokeniser).unwrap();
        assert_eq!(read.words.iter().collect::<Vec<_>>(), ["warm", "##er", "film", "the"]);
        assert_eq!(read.tokens, [vec![0, 1, 2], vec![], vec![3, 0, 2]]);
        assert_eq!(read.apart().tokens, [vec![0, 1], vec![], vec![2, 3, 1]]);
        assert_eq!((read.sets(), read.texts.len()), (read.apart().sets(), 3));
        // A token that looks like a phrase is not joined.
        assert!(Arc::ptr_eq(&read.clone().joined(&["warm_##er"].into_iter().collect()), &read));
        assert_eq!(read.how.tokens("film, warmer"), ["film", "warm", "##er"]);
    }
}
