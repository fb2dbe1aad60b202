//! The options of pre-training.

use crate::error::{Error, Result, counted};
use crate::session::pretraining::{Loss, Pretraining, Subwords};
use crate::session::text_transfer::Tokens;
use crate::text::vocabulary::{Counter, Vocabulary};
use crate::vectors::fasttext::Ngrams;

/// Which words predict which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Each context word predicts the word in the middle.
    SkipGram,
    /// The mean of the context words predicts the word in the middle.
    Cbow,
}

/// What is to be learned, and how. The names are those of word2vec and fastText.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Skip-gram or continuous bag of words.
    pub model: Model,
    /// Dimensions of a vector.
    pub dim: usize,
    /// The most words on each side that are context. For each word a width from 1 to this is drawn.
    pub window: usize,
    /// Noise words for each true one.
    pub negatives: usize,
    /// Epochs; `None` for [as many as the size of the corpus asks for](usual_epochs).
    pub epochs: Option<usize>,
    /// Occurrences of words above this fraction of the text are dropped at random; 0 keeps all (word2vec's `sample`).
    pub sample: f64,
    /// Rarer words are left out.
    pub min_count: u64,
    /// The learning rate at the start. It falls linearly to 1/10,000 of it.
    pub learning_rate: f32,
    /// How a word is predicted.
    pub loss: Loss,
    /// The subwords that word vectors are made of; `None` for whole words.
    pub subwords: Option<Subwords>,
    /// How many times pairs of words are joined to phrases; 0 for no phrases.
    pub phrases: usize,
    /// The score that is needed for that; see `phrases`.
    pub phrase_threshold: f64,
    /// How the corpus is cut into tokens.
    pub tokens: Tokens,
    /// Distinct words that are held while counting; see [`Counter`].
    pub distinct_words: usize,
}

impl Options {
    /// What a recipe says, of a text that is cut into `tokens`, with the model's usual learning rate if it says none.
    pub fn new(model: Model, asked: &Pretraining, tokens: Tokens) -> Self {
        let usual = match model {
            // Words share their subwords, so the learning rates are fastText's.
            Model::SkipGram => {
                if asked.subwords.is_some() {
                    0.05
                } else {
                    0.025
                }
            }
            Model::Cbow => 0.05,
        };
        Options {
            model,
            dim: asked.dim,
            window: asked.window,
            negatives: asked.negatives,
            epochs: asked.epochs,
            sample: asked.sample,
            min_count: asked.min_count,
            learning_rate: asked.learning_rate.unwrap_or(usual),
            loss: asked.loss,
            subwords: asked.subwords,
            phrases: asked.phrases,
            phrase_threshold: asked.phrase_threshold,
            tokens,
            distinct_words: Counter::LIMIT,
        }
    }

    /// Epochs over a corpus of so many tokens.
    pub fn epochs(&self, tokens: u64) -> usize {
        self.epochs.unwrap_or_else(|| usual_epochs(tokens))
    }

    /// Whether all values can be.
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

    /// The words of a counted corpus, called `name`, that are trained on.
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
        Ok(vocabulary)
    }
}

/// The usual number of epochs times the square root of the tokens of the corpus, where it is within its bounds.
const ENOUGH: u64 = 25_000;
/// The bounds of the usual number of epochs.
const EPOCHS: std::ops::RangeInclusive<u64> = 5..=100;

/// The usual number of epochs over a corpus of so many tokens: 25,000 divided by the square root of the tokens, from 5 to 100.
///
/// Measured; `docs/word-vectors.md` has the figures. With fewer epochs over a small corpus, vectors hardly leave
/// their initial values, or all point the same way. A large corpus needs few.
pub fn usual_epochs(tokens: u64) -> usize {
    ENOUGH.div_ceil(tokens.isqrt().max(1)).clamp(*EPOCHS.start(), *EPOCHS.end()) as usize
}

/// The n-grams of these subwords.
pub(super) fn ngrams(subwords: Subwords) -> Ngrams {
    Ngrams::plain(subwords.min, subwords.max, subwords.buckets)
}
