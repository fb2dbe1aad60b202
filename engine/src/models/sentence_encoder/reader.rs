//! How an encoder reads texts: from a text to the ids of its tokens.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::subword_tokeniser::SubwordTokeniser;

use super::PublishedEncoder;

/// How texts are read, apart from the tokeniser itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What is put before every text.
    pub prefix: String,
    /// Whether texts are lower-cased before they reach the tokeniser.
    pub lower_case: bool,
    /// The number of tokens at which texts are cut, special tokens included.
    pub longest: usize,
    /// V, the number of tokens that the model knows.
    pub vocabulary: usize,
}

/// Reads texts as an encoder does.
#[derive(Debug, Clone)]
pub struct EncoderReader {
    tokeniser: SubwordTokeniser,
    reading: Reading,
}

impl EncoderReader {
    /// The reader with this tokeniser, which must not cut texts.
    ///
    /// # Errors
    /// When the tokeniser's special tokens alone are longer than the longest text.
    pub fn new(tokeniser: SubwordTokeniser, reading: Reading) -> Result<EncoderReader> {
        Ok(EncoderReader { tokeniser: tokeniser.cut_at(reading.longest)?, reading })
    }

    /// The same from `tokenizer.json` at `path`.
    ///
    /// # Errors
    /// When the file is no tokeniser, or as for [`new`](Self::new).
    pub fn read(path: &Path, reading: Reading) -> Result<EncoderReader> {
        EncoderReader::new(SubwordTokeniser::read(path)?, reading)
    }

    /// How texts are read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The same reader, which cuts texts at `max_tokens` tokens if it does not cut them earlier.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn cut_at(self, max_tokens: Option<usize>) -> Result<EncoderReader> {
        let Some(most) = max_tokens.filter(|&most| most < self.reading.longest) else { return Ok(self) };
        EncoderReader::new(self.tokeniser, Reading { longest: most, ..self.reading })
    }

    /// The tokeniser.
    pub fn tokeniser(&self) -> &SubwordTokeniser {
        &self.tokeniser
    }

    /// The ids of a text's tokens, special ones included.
    ///
    /// # Errors
    /// When the tokeniser cannot cut the text, or gives an id that the model does not have.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>> {
        let Reading { prefix, lower_case, vocabulary, .. } = &self.reading;
        ids(&self.tokeniser, &format!("{prefix}{text}"), *lower_case, *vocabulary)
    }
}

/// The ids of a text's tokens, special ones included, which must be below `vocabulary`.
fn ids(tokeniser: &SubwordTokeniser, text: &str, lower_case: bool, vocabulary: usize) -> Result<Vec<u32>> {
    let ids = match lower_case {
        true => tokeniser.ids(&text.to_lowercase(), true),
        false => tokeniser.ids(text, true),
    }?;
    match ids.iter().find(|&&id| id as usize >= vocabulary) {
        None => Ok(ids),
        Some(id) => Err(Error::request(
            format!("the tokeniser gives the id {id}, and the model has {vocabulary} tokens"),
            "take tokenizer.json and config.json of the same model",
        )),
    }
}

impl PublishedEncoder {
    /// The ids of a text's tokens, special ones included.
    ///
    /// # Errors
    /// As for [`EncoderReader::ids`].
    pub fn ids(&self, text: &str) -> Result<Vec<u32>> {
        ids(&self.tokeniser, text, self.lower_case, self.model.config.vocabulary)
    }

    /// A reader that puts `prefix` before every text, and cuts texts at `max_tokens` tokens if the folder allows more.
    ///
    /// # Errors
    /// As for [`EncoderReader::new`].
    pub fn reader(&self, prefix: &str, max_tokens: Option<usize>) -> Result<EncoderReader> {
        let reading = Reading {
            prefix: prefix.to_string(),
            lower_case: self.lower_case,
            longest: max_tokens.map_or(self.longest, |most| most.min(self.longest)),
            vocabulary: self.model.config.vocabulary,
        };
        EncoderReader::new(self.tokeniser.clone(), reading)
    }
}
