//! How many of a task's words have vectors, and how accurate runs are on documents with low coverage.

use serde::{Deserialize, Serialize};

/// The accuracy of a run on groups of documents, grouped by the fraction of their words that have vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByCoverage {
    /// The index of the run.
    pub run: usize,
    /// The name of the set that was classified.
    pub set: String,
    /// The groups in ascending order of coverage; groups without documents are left out.
    pub groups: Vec<CoverageGroup>,
}

/// Documents of similar coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageGroup {
    /// The lower bound of the fraction of words that have vectors, inclusive.
    pub from: f64,
    /// The upper bound, exclusive. In the group of full coverage both bounds are 1.
    pub to: f64,
    /// The number of documents.
    pub documents: u64,
    /// How many of them were classified correctly.
    pub correct: u64,
}

/// How many of the task's words the vectors cover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Covered fraction of the tokens of the training part, where each word counts as often as it occurs.
    pub by_token: f64,
    /// Covered fraction of the distinct words.
    pub by_type: f64,
    /// The part of the covered words whose vector is composed of subwords, because they have none of their own;
    /// `None` where the vectors cannot do that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// The neighbouring words that were joined to one token because the vectors have that phrase; `None` where there
    /// were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Joined>,
    /// The most frequent words without a vector, with their counts.
    pub missing: Vec<(String, u64)>,
    /// The words without a vector grouped by their likely cause, ordered by their fraction of the text. Older logs do
    /// not have it.
    #[serde(default)]
    pub causes: Vec<Missing>,
    /// For each set, the documents none of whose words has a vector. Sets without such documents are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bare: Vec<Bare>,
    /// The mean cosine of random pairs of frequent words; near 1 the vectors are collapsed. Older logs do not have
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_cosine: Option<f64>,
}

/// The documents of a set none of whose words has a vector. A model with fixed vectors cannot distinguish them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bare {
    /// The set's name.
    pub set: String,
    /// Documents none of whose words has a vector.
    pub documents: u64,
    /// The number of documents in the set.
    pub of: u64,
}

impl Bare {
    /// The fraction of the set's documents that have no word with a vector.
    pub fn fraction(&self) -> f64 {
        self.documents as f64 / self.of.max(1) as f64
    }
}

/// Words that have no vector for the same likely reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The reason.
    pub cause: Cause,
    /// The fraction of all tokens of the training part.
    pub by_token: f64,
    /// The number of distinct words.
    pub types: usize,
    /// The most frequent of them, each with the word or part of it that has a vector.
    pub examples: Vec<(String, String)>,
}

/// The likely reason why a word has no vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The same word in another case has one.
    Case,
    /// The same word with other accents, or without any, has one.
    Accents,
    /// The same word written with equivalent characters (full width, ligatures) has one.
    Form,
    /// The vectors have no word in this script.
    Script,
    /// The vectors were tokenised differently: a longer word that contains this one has a vector ("don't" for "n't").
    Tokenisation,
    /// It consists of parts that have vectors.
    Parts,
    /// It is a number or contains digits.
    Number,
    /// The vectors do not have it: it is too rare in their corpus, or from another domain.
    Unknown,
}

/// Neighbouring words of the training part that were joined because the vectors have them as phrases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The number of words that were joined into phrases.
    pub words: u64,
    /// The number of words in the training part before joining.
    pub of: u64,
    /// The number of phrases that resulted.
    pub phrases: u64,
    /// The number of distinct phrases.
    pub types: u64,
    /// The most frequent phrases, with their counts.
    pub examples: Vec<(String, u64)>,
}

/// The fractions of the words of the training part whose vectors were composed of subwords.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The fraction of all tokens.
    pub by_token: f64,
    /// The fraction of the distinct words.
    pub by_type: f64,
}
