//! The options of pre-training.

use std::sync::Arc;

use crate::error::{Error, Result, counted};
use crate::session::pretraining::{Loss, Pretraining, Subwords};
use crate::session::text_transfer::Tokens;
use crate::text::vocabulary::{Counter, Vocabulary};
use crate::vectors::fasttext::Ngrams;

use super::start::Start;

/// Which words predict which words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Each context word predicts the word in the middle.
    SkipGram,
    /// The mean of the context words predicts the word in the middle.
    Cbow,
}

/// The options of a pre-training. The names are those of word2vec and fastText.
#[derive(Debug, Clone)]
pub struct Options {
    /// Skip-gram or continuous bag of words.
    pub model: Model,
    /// Published vectors from which training begins; `None` for random values.
    pub start: Option<Arc<Start>>,
    /// Dimensions of a vector.
    pub dim: usize,
    /// The maximum number of context words on each side. For each centre word a width from 1 to this is drawn.
    pub window: usize,
    /// Noise words for each true pair.
    pub negatives: usize,
    /// Epochs; `None` for [a number that depends on the size of the corpus](usual_epochs).
    pub epochs: Option<usize>,
    /// Occurrences of words above this fraction of the text are dropped at random; 0 keeps all (word2vec's `sample`).
    pub sample: f64,
    /// Words with fewer occurrences are dropped.
    pub min_count: u64,
    /// The initial learning rate. It falls linearly to 1/10,000 of this.
    pub learning_rate: f32,
    /// The loss: negative sampling or hierarchical softmax.
    pub loss: Loss,
    /// The subwords that word vectors are made of; `None` for whole words.
    pub subwords: Option<Subwords>,
    /// The number of rounds in which pairs of words are joined to phrases; 0 for no phrases.
    pub phrases: usize,
    /// The minimum score of a phrase; see `phrases`.
    pub phrase_threshold: f64,
    /// How the corpus is split into tokens.
    pub tokens: Tokens,
    /// The maximum number of distinct words kept while counting; see [`Counter`].
    pub distinct_words: usize,
}

impl Options {
    /// The options of a recipe, for a text that is split into `tokens`. If the recipe has no learning rate, it is the
    /// model's usual one. Dimensions and subwords are those of the vectors in `start`, if it begins with such.
    pub fn new(model: Model, asked: &Pretraining, tokens: Tokens, start: Option<Arc<Start>>) -> Self {
        let subwords = start.as_ref().map_or(asked.subwords, |start| start.subwords);
        let usual = match model {
            // Words share their subwords, so the learning rates are fastText's.
            Model::SkipGram => {
                if subwords.is_some() {
                    0.05
                } else {
                    0.025
                }
            }
            Model::Cbow => 0.05,
        };
        Options {
            model,
            dim: start.as_ref().map_or(asked.dim(), |start| start.vectors.dim()),
            start,
            window: asked.window,
            negatives: asked.negatives,
            epochs: asked.epochs,
            sample: asked.sample,
            min_count: asked.min_count,
            learning_rate: asked.learning_rate.unwrap_or(usual),
            loss: asked.loss,
            subwords,
            phrases: asked.phrases,
            phrase_threshold: asked.phrase_threshold,
            tokens,
            distinct_words: Counter::LIMIT,
        }
    }

    /// The number of epochs over a corpus of `tokens` tokens.
    pub fn epochs(&self, tokens: u64) -> usize {
        self.epochs.unwrap_or_else(|| usual_epochs(tokens))
    }

    /// Checks that all values are valid.
    pub(super) fn check(&self) -> Result<()> {
        let sizes = [
            ("dim", self.dim, 10_000),
            ("window", self.window, 1_000),
            ("negatives", self.negatives, 1_000),
            ("epochs", self.epochs.unwrap_or(1), 100_000),
        ];
        for (name, value, most) in sizes {
            if value == 0 || value > most {
                return Err(Error::request(
                    format!("`{name}` is {value}"),
                    format!("it goes from 1 to {most}"),
                ));
            }
        }
        if self.phrases > 10 {
            return Err(Error::request(
                format!("`phrases` is {}", self.phrases),
                "0 leaves words apart, 1 joins pairs, 2 up to four words",
            ));
        }
        if !(self.phrase_threshold.is_finite() && self.phrase_threshold > 0.0) {
            return Err(Error::request("`phrase_threshold` is not above 0", "100 is usual"));
        }
        if let Some(Subwords { min, max, buckets }) = self.subwords
            && !(1..=max).contains(&min) | !(1..=100).contains(&max) | !(1..=1 << 30).contains(&buckets)
        {
            return Err(Error::request(
                format!("subwords of {min} to {max} characters in {buckets} buckets"),
                "3 to 6 characters in 2000000 buckets are usual",
            ));
        }
        if !(self.sample.is_finite() && self.sample >= 0.0) {
            return Err(Error::request("`sample` is not a share", "0.0001 is usual, 0 keeps every word"));
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(Error::request("the learning rate is not above 0", "0.025 is usual"));
        }
        Ok(())
    }

    /// The vocabulary to train on, from a counted corpus called `name`.
    pub(super) fn vocabulary(&self, counter: Counter, name: &str) -> Result<Vocabulary> {
        let (tokens, distinct) = (counter.tokens(), counter.distinct());
        let vocabulary = counter.finish(self.min_count);
        if vocabulary.len() < 2 {
            return Err(Error::request(
                format!(
                    "{name} has {}, {distinct} of them distinct, but only {} {}",
                    counted(tokens as usize, "word", "words"),
                    counted(vocabulary.len(), "comes", "come"),
                    match self.min_count {
                        0 | 1 => "at all".into(),
                        least => format!("{least} times or more"),
                    }
                ),
                "give a longer text, or a smaller min_count",
            ));
        }
        match &self.start {
            Some(start) => start.vocabulary(vocabulary, name),
            None => Ok(vocabulary),
        }
    }
}

/// The usual number of epochs times the square root of the number of tokens, if it is within the bounds.
const ENOUGH: u64 = 25_000;
/// The bounds of the usual number of epochs.
const EPOCHS: std::ops::RangeInclusive<u64> = 5..=100;

/// The usual number of epochs over a corpus of `tokens` tokens: 25,000 divided by the square root of `tokens`,
/// limited to 5 to 100.
///
/// This was measured; `docs/word-vectors.md` has the figures. With fewer epochs over a small corpus, vectors hardly
/// leave their initial values, or all point in the same direction. A large corpus needs few epochs.
pub fn usual_epochs(tokens: u64) -> usize {
    ENOUGH.div_ceil(tokens.isqrt().max(1)).clamp(*EPOCHS.start(), *EPOCHS.end()) as usize
}

/// The n-grams for these subword options.
pub(super) fn ngrams(subwords: Subwords) -> Ngrams {
    Ngrams::plain(subwords.min, subwords.max, subwords.buckets)
}
