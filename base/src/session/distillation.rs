//! The part of a recipe about a sentence encoder that is distilled into static token vectors.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::pretraining::Corpus;
use crate::error::grouped;

/// A sentence encoder, and how static token vectors are distilled from it. The usual values are those of model2vec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// The folder of the encoder, as it is published.
    pub encoder: PathBuf,
    /// Dimensions of a vector: so many principal components are kept. 0 keeps the encoder's own dimensions, without PCA.
    #[serde(default = "defaults::dim")]
    pub dim: usize,
    /// The constant a of the SIF weights a / (a + p), where p is the probability of a token. 0 weights nothing. Left out:
    /// [`SIF`](Self::SIF), or [`SIF_OF_TEXT`](Self::SIF_OF_TEXT) with a corpus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sif: Option<f64>,
    /// How the encoder's states of a token and of the special tokens around it become one vector.
    #[serde(default, skip_serializing_if = "TokenStates::is_usual")]
    pub pooling: TokenStates,
    /// A text whose words get vectors too, and whose token counts decide the weights. Left out: the encoder's tokens,
    /// weighted by their ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<Corpus>,
    /// Words of the corpus that occur less often are left out.
    #[serde(default = "defaults::min_count")]
    pub min_count: u64,
    /// The largest number of words of the corpus. The most frequent ones are kept.
    #[serde(default = "defaults::max_vocabulary")]
    pub max_vocabulary: usize,
}

/// The states of a token that become its vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
pub enum TokenStates {
    /// The mean of the states of the token and of the special tokens
    #[default]
    Mean,
    /// The state of the first token, BERT's `[CLS]`
    First,
    /// The state of the last token
    Last,
}

impl TokenStates {
    /// Whether it is the default, which is not written.
    fn is_usual(&self) -> bool {
        *self == TokenStates::default()
    }

    /// Its name in model2vec.
    pub fn name(self) -> &'static str {
        match self {
            TokenStates::Mean => "mean",
            TokenStates::First => "first",
            TokenStates::Last => "last",
        }
    }
}

impl Distillation {
    /// The usual number of dimensions.
    pub const DIM: usize = 256;
    /// The usual constant of the weights, as in model2vec, where probabilities follow from the ranks of tokens.
    pub const SIF: f64 = 1e-4;
    /// The usual constant where tokens are counted in a text: frequent words have much higher probabilities there.
    pub const SIF_OF_TEXT: f64 = 1e-3;
    /// The usual lowest count of a word.
    pub const MIN_COUNT: u64 = 5;
    /// The usual largest number of words.
    pub const MAX_VOCABULARY: usize = 100_000;

    /// The distillation of the encoder in a folder, with the usual values.
    pub fn of(encoder: impl Into<PathBuf>) -> Distillation {
        Distillation {
            encoder: encoder.into(),
            dim: Self::DIM,
            sif: None,
            pooling: TokenStates::default(),
            corpus: None,
            min_count: Self::MIN_COUNT,
            max_vocabulary: Self::MAX_VOCABULARY,
        }
    }

    /// The encoder's name: that of its folder.
    pub fn name(&self) -> String {
        self.encoder.file_name().unwrap_or(self.encoder.as_os_str()).to_string_lossy().into_owned()
    }

    /// The number of principal components; `None` without PCA.
    pub fn components(&self) -> Option<usize> {
        (self.dim > 0).then_some(self.dim)
    }

    /// Describes it, for a reader who does not know it.
    pub(super) fn explained(&self) -> String {
        let dim = match self.components() {
            Some(dim) => format!("{} dimensions", grouped(dim as u64)),
            None => "its own dimensions".into(),
        };
        let words = self.corpus.as_ref().map(|corpus| format!(" and the words of {}", corpus.explained()));
        let (encoder, words) = (self.encoder.display(), words.unwrap_or_default());
        format!("distilled from the encoder {encoder}: {dim} for each of its tokens{words}")
    }

    /// The constant of the weights; `None` without weights.
    pub fn weights(&self) -> Option<f64> {
        let usual = if self.corpus.is_some() { Self::SIF_OF_TEXT } else { Self::SIF };
        Some(self.sif.unwrap_or(usual)).filter(|&a| a > 0.0)
    }

    /// Checks the values. The error is the problem and the remedy.
    pub fn check(&self) -> Result<(), (String, String)> {
        if self.dim > 16_384 {
            let remedy = "it goes from 1 to 16384, and 0 keeps the encoder's own";
            return Err((format!("`dim` is {}", self.dim), remedy.into()));
        }
        if let Some(sif) = self.sif.filter(|sif| !(0.0..1.0).contains(sif)) {
            let remedy = "it goes from 0, which weights nothing, up to 1; 0.0001 is usual";
            return Err((format!("`sif` is {sif}"), remedy.into()));
        }
        if !(1..=1_000_000).contains(&self.max_vocabulary) {
            let problem = format!("`max_vocabulary` is {}", self.max_vocabulary);
            return Err((problem, "it goes from 1 to 1000000".into()));
        }
        Ok(())
    }
}

mod defaults {
    use super::Distillation;

    pub fn dim() -> usize {
        Distillation::DIM
    }
    pub fn min_count() -> u64 {
        Distillation::MIN_COUNT
    }
    pub fn max_vocabulary() -> usize {
        Distillation::MAX_VOCABULARY
    }
}

#[cfg(test)]
mod tests {
    use super::super::ron_dialect::ron_options;
    use super::*;

    fn of(text: &str) -> Distillation {
        ron_options().from_str(text).unwrap()
    }

    #[test]
    fn what_is_left_out_is_as_in_model2vec() {
        let usual = of("(encoder: \"models/mini/\")");
        assert_eq!((usual.components(), usual.weights()), (Some(256), Some(1e-4)));
        assert_eq!((usual.pooling.name(), usual.corpus.is_none(), &usual.name()[..]), ("mean", true, "mini"));
        assert_eq!(of("(encoder: \"mini\", corpus: Task())").weights(), Some(1e-3));
        let plain = of("(encoder: \"mini\", dim: 0, sif: 0, pooling: First, corpus: Task())");
        assert_eq!((plain.components(), plain.weights(), plain.pooling.name()), (None, None, "first"));
        plain.check().unwrap();
    }

    #[test]
    fn absurd_values_are_refused_with_their_bounds() {
        for (text, told) in [
            ("(encoder: \"e\", dim: 16385)", "`dim` is 16385"),
            ("(encoder: \"e\", sif: 1.0)", "`sif` is 1"),
            ("(encoder: \"e\", sif: -0.5)", "`sif` is -0.5"),
            ("(encoder: \"e\", sif: NaN)", "`sif` is NaN"),
            ("(encoder: \"e\", max_vocabulary: 0)", "`max_vocabulary` is 0"),
        ] {
            assert_eq!(of(text).check().unwrap_err().0, told);
        }
    }
}
