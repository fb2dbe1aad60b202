//! The part of a recipe about pre-training word vectors, and about the text to pre-train on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::published::Published;
use crate::error::{counted, grouped};

/// A corpus and how word vectors are trained on it. The field names are those of word2vec and fastText.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pretraining {
    /// The text to train on.
    pub corpus: Corpus,
    /// Vectors in a file from which training begins. Left out: it begins from random values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Published>,
    /// Dimensions of a vector. Left out: those of `from`, or 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
    /// The largest number of context words on each side.
    #[serde(default = "defaults::window")]
    pub window: usize,
    /// Negative samples for each true context word.
    #[serde(default = "defaults::negatives")]
    pub negatives: usize,
    /// Epochs over the corpus. Left out: the number is chosen from the size of the corpus, and the log has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Words above this fraction of the text are subsampled; 0 keeps all.
    #[serde(default = "defaults::sample")]
    pub sample: f64,
    /// Words that occur less often are left out.
    #[serde(default = "defaults::min_count")]
    pub min_count: u64,
    /// The initial learning rate; it decreases linearly. Left out: 0.025 (skip-gram), 0.05 (CBOW).
    #[serde(default)]
    pub learning_rate: Option<f32>,
    /// The training objective.
    #[serde(default, skip_serializing_if = "Loss::is_usual")]
    pub loss: Loss,
    /// Character n-grams, from which words that are not in the corpus get vectors too. Left out: words have no
    /// subwords.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subwords: Option<Subwords>,
    /// How often frequent collocations are joined to phrases such as `new_york`. 1 joins pairs; 2 also joins phrases
    /// of up to four words.
    #[serde(default, skip_serializing_if = "defaults::is_zero")]
    pub phrases: usize,
    /// The score above which two words are joined.
    #[serde(default = "defaults::phrase_threshold", skip_serializing_if = "defaults::is_phrase_threshold")]
    pub phrase_threshold: f64,
}

impl Pretraining {
    /// The usual values for a text.
    pub fn of(corpus: Corpus) -> Pretraining {
        Pretraining {
            corpus,
            from: None,
            dim: None,
            window: defaults::window(),
            negatives: defaults::negatives(),
            epochs: None,
            sample: defaults::sample(),
            min_count: defaults::min_count(),
            learning_rate: None,
            loss: Loss::default(),
            subwords: None,
            phrases: 0,
            phrase_threshold: defaults::phrase_threshold(),
        }
    }

    /// The dimensions of vectors that begin from random values.
    pub fn dim(&self) -> usize {
        self.dim.unwrap_or(defaults::dim())
    }

    /// Writes the default dimensions in, where the file of `from` does not decide them.
    pub(super) fn fill(&mut self) {
        if self.from.is_none() {
            self.dim = Some(self.dim());
        }
    }

    /// Describes it, for a reader who does not know it. `how` is the name of the model.
    pub(super) fn explained(&self, how: &str) -> String {
        let text = self.corpus.explained();
        let epochs = match self.epochs {
            Some(epochs) => counted(epochs, "epoch", "epochs"),
            None => "with as many epochs as its size asks for".into(),
        };
        match &self.from {
            Some(from) => format!("{how} trains those of {} further, on {text}, {epochs}", from.name()),
            None => format!("{how} learns {} dimensions from {text}, {epochs}", self.dim()),
        }
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        for (name, value, most) in [
            ("dim", self.dim(), 10_000),
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
        self.from.as_ref().map_or(Ok(()), Published::check)
    }
}

/// The training objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Loss {
    /// Negative sampling: distinguish the true word from a few noise words.
    #[default]
    NegativeSampling,
    /// Hierarchical softmax: predict the binary decisions on the path to the word's leaf in the Huffman tree of all
    /// words.
    HierarchicalSoftmax,
}

impl Loss {
    /// Whether it is the default, which is not written.
    fn is_usual(&self) -> bool {
        *self == Loss::default()
    }
}

/// The character n-grams whose vectors are combined with a word's own (Bojanowski et al. 2017).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subwords {
    /// The shortest n-gram, in characters; the marks `<` and `>` at a word's ends count.
    #[serde(default = "defaults::shortest_part")]
    pub min: usize,
    /// The longest n-gram, in characters.
    #[serde(default = "defaults::longest_part")]
    pub max: usize,
    /// The number of rows that n-grams are hashed into.
    #[serde(default = "defaults::buckets")]
    pub buckets: u32,
}

/// An unlabelled text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Corpus {
    /// Generated reviews of the built-in demo.
    Demo {
        /// The number of reviews.
        reviews: usize,
    },
    /// A text file, compressed (`.gz`, `.zst`, `.bz2`, `.xz`, `.zip`) or not; or an aclImdb-like folder or `.tar.gz`,
    /// of which every text of the training part is used, labelled or not.
    File(PathBuf),
    /// Several files, read one after another.
    Files(Vec<PathBuf>),
    /// The texts of the task's training part (and of its validation part), without their labels. Test texts are not
    /// among them.
    Task {
        /// More text, read after that of the task.
        #[serde(default)]
        and: Vec<PathBuf>,
    },
    /// A column of a table (CSV, TSV), or a field of JSON objects. Each row is a document. A column without a name is
    /// given by its number, from 1.
    Table {
        /// The path of the table.
        file: PathBuf,
        /// The name of the column or field that holds the text, or the column's number.
        column: String,
    },
}

impl Corpus {
    /// A few words for it, for use within a sentence.
    pub(super) fn explained(&self) -> String {
        match self {
            Corpus::Demo { reviews } => {
                format!("{} made-up reviews without labels", grouped(*reviews as u64))
            }
            Corpus::File(file) => file.display().to_string(),
            Corpus::Table { file, column } => format!("the column \"{column}\" of {}", file.display()),
            Corpus::Files(files) => counted(files.len(), "file", "files"),
            Corpus::Task { and } if and.is_empty() => "the task's own texts without labels".into(),
            Corpus::Task { and } => {
                format!("the task's own texts without labels and {}", counted(and.len(), "file", "files"))
            }
        }
    }

    /// Calls `place` with every path.
    pub(super) fn each_path(&mut self, place: &mut dyn FnMut(&mut PathBuf)) {
        match self {
            Corpus::Demo { .. } => {}
            Corpus::Task { and } => and.iter_mut().for_each(place),
            Corpus::File(file) | Corpus::Table { file, .. } => place(file),
            Corpus::Files(files) => files.iter_mut().for_each(place),
        }
    }
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
