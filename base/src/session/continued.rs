//! What training on from published vectors did to them.

use serde::{Deserialize, Serialize};

/// How far training moved published vectors: over the words of the corpus that the file has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continued {
    /// The file's name.
    pub file: String,
    /// Words of the corpus that the file has.
    pub known: usize,
    /// Words of the corpus that it does not have.
    pub new: usize,
    /// Words that only the file has.
    pub others: usize,
    /// The fraction of the corpus' words that are known, occurrence by occurrence.
    pub fraction: f64,
    /// The mean cosine between the vector of a known word before and after.
    pub cosine: f64,
    /// The mean distance between them.
    pub distance: f64,
    /// The words that moved furthest, the furthest first.
    pub furthest: Vec<MovedWord>,
}

/// A word that training moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedWord {
    /// The word.
    pub word: String,
    /// The cosine between its vector before and after.
    pub cosine: f32,
    /// The Euclidean distance between its vector before and after.
    pub distance: f32,
    /// The nearest words before, the nearest first.
    pub before: Vec<String>,
    /// The nearest words after, the nearest first.
    pub after: Vec<String>,
}

impl Continued {
    /// What happened, as a sentence: `27,101 words of glove.txt were trained on; …`.
    pub fn told(&self) -> String {
        let furthest: Vec<&str> = self.furthest.iter().take(5).map(|moved| moved.word.as_str()).collect();
        let furthest = match &furthest[..] {
            [] => String::new(),
            words => format!("; furthest: {}", words.join(", ")),
        };
        format!(
            "drift from {}: mean cosine {:.3} and mean distance {:.3} between before and after, over {} known words{furthest}",
            self.file, self.cosine, self.distance, self.known
        )
    }
}
