//! How much of a task's words have vectors, and how right runs are where few have.

use serde::{Deserialize, Serialize};

/// How right a run is on documents by the fraction of their words that have vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByCoverage {
    /// The number of the run.
    pub run: usize,
    /// The set that was classified.
    pub set: String,
    /// Ascending; groups without documents are left out.
    pub groups: Vec<CoverageGroup>,
}

/// Documents of like coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageGroup {
    /// The fraction of words that have vectors is at least this,
    pub from: f64,
    /// and below this; 1 where it is whole.
    pub to: f64,
    /// How many there are,
    pub documents: u64,
    /// and how many of them were right.
    pub correct: u64,
}

/// How much of the task's words the vectors have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Fraction of the words of the training part, counted as often as they occur.
    pub by_token: f64,
    /// Fraction of its distinct words.
    pub by_type: f64,
    /// Of these, what has no vector of its own but one made from its parts; `None` where the vectors cannot do that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// What was read as one word since the vectors have it so; `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Joined>,
    /// The most frequent words without a vector, with their counts.
    pub missing: Vec<(String, u64)>,
    /// What words without a vector have in common, by their fraction of the text; older logs have none.
    #[serde(default)]
    pub causes: Vec<Missing>,
    /// Documents none of whose words has a vector, set by set; sets without such documents are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bare: Vec<Bare>,
    /// The mean cosine of random pairs of frequent words; near 1 the vectors are collapsed. Older logs have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_cosine: Option<f64>,
}

/// Documents of a set none of whose words has a vector: to what takes the vectors as they are, all look the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bare {
    /// The set's name.
    pub set: String,
    /// Documents none of whose words has a vector.
    pub documents: u64,
    /// All documents of the set.
    pub of: u64,
}

impl Bare {
    /// The fraction of the set.
    pub fn fraction(&self) -> f64 {
        self.documents as f64 / self.of.max(1) as f64
    }
}

/// Words that have no vector for the same reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The reason.
    pub cause: Cause,
    /// Fraction of all words of the training part.
    pub by_token: f64,
    /// Distinct words.
    pub types: usize,
    /// The most frequent, each with what of it has a vector.
    pub examples: Vec<(String, String)>,
}

/// Why a word has no vector, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The same word in other case has one.
    Case,
    /// The same word with other accents, or without any, has one.
    Accents,
    /// The same word in other characters that mean the same has one (full width, ligatures).
    Form,
    /// The vectors have no word of its script.
    Script,
    /// It is cut otherwise: a word that it is a part of has one ("don't" for "n't").
    Tokenisation,
    /// It is put together of parts that have vectors.
    Parts,
    /// It is a number, or has digits in it.
    Number,
    /// The vectors do not know it: too rare in their corpus, or of another world.
    Unknown,
}

/// Neighbouring words of the training part that were joined, for the vectors have such phrases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// Words that went into phrases.
    pub words: u64,
    /// All words of the training part, each by itself.
    pub of: u64,
    /// Phrases that came of them.
    pub phrases: u64,
    /// Distinct ones.
    pub types: u64,
    /// The most frequent, with their counts.
    pub examples: Vec<(String, u64)>,
}

/// Fractions of the words of the training part whose vectors were made from their parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Of all words,
    pub by_token: f64,
    /// and of the distinct ones.
    pub by_type: f64,
}
