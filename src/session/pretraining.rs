//! How word vectors are pre-trained, and on what.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A corpus and how vectors are trained on it. The names are those of word2vec and fastText.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pretraining {
    /// Where the text is.
    pub corpus: Corpus,
    /// Dimensions of a vector.
    #[serde(default = "defaults::dim")]
    pub dim: usize,
    /// Words to each side that count as context, at the most.
    #[serde(default = "defaults::window")]
    pub window: usize,
    /// Noise words drawn for each true one.
    #[serde(default = "defaults::negatives")]
    pub negatives: usize,
    /// Epochs over the corpus. Left out: as many as its size asks for, which the log keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Words above this fraction of the text are thinned out; 0 keeps all.
    #[serde(default = "defaults::sample")]
    pub sample: f64,
    /// Rarer words are left out.
    #[serde(default = "defaults::min_count")]
    pub min_count: u64,
    /// The learning rate at the start; it falls linearly. Left out: 0.025 (skip-gram), 0.05 (CBOW).
    #[serde(default)]
    pub learning_rate: Option<f32>,
    /// How a word is predicted.
    #[serde(default, skip_serializing_if = "Loss::is_usual")]
    pub loss: Loss,
    /// The parts that words are made of, so that words never seen have vectors too; left out, words are whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subwords: Option<Subwords>,
    /// How often words that come together more than by chance are joined to one, as in `new_york`: once gives pairs,
    /// twice up to four words.
    #[serde(default, skip_serializing_if = "defaults::is_zero")]
    pub phrases: usize,
    /// The score that is needed for that.
    #[serde(default = "defaults::phrase_threshold", skip_serializing_if = "defaults::is_phrase_threshold")]
    pub phrase_threshold: f64,
}

impl Pretraining {
    /// Whether the values can be: what is wrong and what to do, otherwise.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        for (name, value, most) in [
            ("dim", self.dim, 10_000),
            ("window", self.window, 1_000),
            ("negatives", self.negatives, 1_000),
            ("epochs", self.epochs.unwrap_or(1), 100_000),
        ] {
            if value == 0 || value > most {
                return Err((format!("`{name}` is {value}"), format!("it goes from 1 to {most}")));
            }
        }
        if !(self.sample.is_finite() && self.sample >= 0.0) {
            return Err(("`sample` is not a fraction".into(), "0.0001 is usual, 0 keeps every word".into()));
        }
        if self.learning_rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            let remedy = "0.025 is usual for SkipGram, 0.05 for Cbow";
            return Err(("`learning_rate` is not above 0".into(), remedy.into()));
        }
        Ok(())
    }
}

/// How a word is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Loss {
    /// As the true one among a few noise words.
    #[default]
    NegativeSampling,
    /// By the decisions on the way to its leaf in the Huffman tree of all words.
    HierarchicalSoftmax,
}

impl Loss {
    /// Whether it need not be said.
    fn is_usual(&self) -> bool {
        *self == Loss::default()
    }
}

/// The n-grams of its characters that a word is made of, beside itself (Bojanowski et al. 2017).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subwords {
    /// Characters of the shortest, the marks `<` and `>` at a word's ends counted.
    #[serde(default = "defaults::shortest_part")]
    pub min: usize,
    /// Characters of the longest.
    #[serde(default = "defaults::longest_part")]
    pub max: usize,
    /// Rows that all n-grams share, by their hash.
    #[serde(default = "defaults::buckets")]
    pub buckets: u32,
}

/// An unlabelled text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Corpus {
    /// So many reviews of the built-in review world.
    Demo {
        /// How many reviews are written.
        reviews: usize,
    },
    /// A text file, packed (`.gz`, `.zst`, `.bz2`, `.xz`, `.zip`) or not; or an aclImdb-like folder or `.tar.gz`, of which every
    /// text of the training part is taken, labelled and not.
    File(PathBuf),
    /// Several of them, one after another.
    Files(Vec<PathBuf>),
    /// A column of a table (CSV, TSV), or a field of JSON objects: every row is a document. A column without a name has a
    /// number, from 1.
    Table {
        /// The table.
        file: PathBuf,
        /// The name of the column or field that holds the text, or the column's number.
        column: String,
    },
}

mod defaults {
    pub fn dim() -> usize {
        100
    }
    pub fn window() -> usize {
        5
    }
    pub fn negatives() -> usize {
        5
    }
    pub fn sample() -> f64 {
        1e-4
    }
    pub fn min_count() -> u64 {
        5
    }
    pub fn is_zero(number: &usize) -> bool {
        *number == 0
    }
    pub fn phrase_threshold() -> f64 {
        100.0
    }
    pub fn is_phrase_threshold(value: &f64) -> bool {
        *value == phrase_threshold()
    }
    pub fn shortest_part() -> usize {
        3
    }
    pub fn longest_part() -> usize {
        6
    }
    pub fn buckets() -> u32 {
        2_000_000
    }
}
