//! Reads texts as the tokens of a published model: which ids of its tokeniser count, and the name of each.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::subword_tokeniser::{Longest, SubwordTokeniser};

/// How a model reads the ids that its tokeniser gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenReading {
    /// The id that is left out of every text: that of the unknown token, in models that do not read it.
    pub dropped: Option<u32>,
    /// The number of ids of a text that are read, the dropped ones included; `None` for all.
    pub max_tokens: Option<usize>,
    /// Whether the last ids of a longer text are read, not the first.
    pub keeps_end: bool,
    /// The number of characters of a text that are read, from its beginning; `None` for all.
    pub max_characters: Option<usize>,
}

/// The tokeniser of a published model, and how the model reads its ids. A token is known by its name in the
/// vocabulary: `film`, `##s`, `Ġfilm`, `▁film`.
pub struct ModelTokeniser {
    subwords: SubwordTokeniser,
    reading: TokenReading,
    /// The name of each id.
    names: HashMap<u32, Box<str>>,
}

impl ModelTokeniser {
    /// A tokeniser whose ids are read by `reading`.
    pub fn new(subwords: SubwordTokeniser, reading: TokenReading) -> ModelTokeniser {
        let mut names: HashMap<u32, Box<str>> = HashMap::new();
        for (token, id) in subwords.tokens() {
            // Two tokens may share an id. The first in the alphabet names it, whatever the order here is.
            let token = token.into_boxed_str();
            names
                .entry(id)
                .and_modify(|name| {
                    if token < *name {
                        name.clone_from(&token);
                    }
                })
                .or_insert(token);
        }
        ModelTokeniser { subwords, reading, names }
    }

    /// As model2vec reads: the unknown token is dropped; of a text, `max_tokens` ids are read. model2vec first cuts a
    /// text at `max_tokens` times the median length of a token, in characters.
    pub fn of_model2vec(subwords: SubwordTokeniser, max_tokens: Option<usize>) -> ModelTokeniser {
        let dropped = subwords.unknown();
        let mut read =
            ModelTokeniser::new(subwords, TokenReading { dropped, max_tokens, ..TokenReading::default() });
        let median = read.median_length();
        read.reading.max_characters = max_tokens.map(|most| most.saturating_mul(median));
        read
    }

    /// As the StaticEmbedding of sentence-transformers reads: every id counts, the unknown token too; the longest text
    /// is that of `tokenizer.json`.
    pub fn of_static_embedding(subwords: SubwordTokeniser) -> ModelTokeniser {
        let stated = subwords.stated();
        let reading = TokenReading {
            max_tokens: stated.map(|longest| longest.ids),
            keeps_end: stated.is_some_and(|Longest { keeps_end, .. }| keeps_end),
            ..TokenReading::default()
        };
        ModelTokeniser::new(subwords, reading)
    }

    /// How its ids are read.
    pub fn reading(&self) -> TokenReading {
        self.reading
    }

    /// The tokeniser itself.
    pub fn subwords(&self) -> &SubwordTokeniser {
        &self.subwords
    }

    /// The name of a token; `None` if no token has the id.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.names.get(&id).map(|name| &**name)
    }

    /// The ids that have a name, ascending.
    pub fn named_ids(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self.names.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The ids of `text` that the model reads.
    ///
    /// # Errors
    /// When the tokeniser cannot cut the text.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>> {
        let TokenReading { dropped, max_tokens, keeps_end, max_characters } = self.reading;
        let end = max_characters.and_then(|most| Some(text.char_indices().nth(most)?.0));
        let mut ids = self.subwords.ids(&text[..end.unwrap_or(text.len())], false)?;
        if let Some(most) = max_tokens.filter(|&most| most < ids.len()) {
            if keeps_end {
                ids.drain(..ids.len() - most);
            } else {
                ids.truncate(most);
            }
        }
        ids.retain(|id| Some(*id) != dropped);
        Ok(ids)
    }

    /// Calls `each` with the name of every token of `text` that the model reads, in their order.
    ///
    /// # Errors
    /// As for [`ids`](Self::ids).
    pub fn for_each(&self, text: &str, mut each: impl FnMut(&str)) -> Result<()> {
        for id in self.ids(text)? {
            let name = self.name(id).ok_or_else(|| {
                Error::request(
                    format!("the tokeniser gave the id {id}, which no token has"),
                    "check that `tokenizer.json` is the one that was published with the model",
                )
            })?;
            each(name);
        }
        Ok(())
    }

    /// The median number of characters of all tokens, rounded down as model2vec does.
    fn median_length(&self) -> usize {
        let mut lengths: Vec<usize> =
            self.subwords.tokens().map(|(token, _)| token.chars().count()).collect();
        lengths.sort_unstable();
        match lengths.len() {
            0 => 0,
            n if n % 2 == 1 => lengths[n / 2],
            n => (lengths[n / 2 - 1] + lengths[n / 2]) / 2,
        }
    }
}

impl fmt::Debug for ModelTokeniser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelTokeniser").field("reading", &self.reading).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::*;

    /// A WordPiece vocabulary of nine tokens, whose lengths are 5, 5, 4, 5, 4, 3, 1, 4, 1; texts are cut at 4 ids.
    pub const SMALL: &str = r###"{"version": "1.0",
        "added_tokens": [{"id": 1, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false,
                          "normalized": false, "special": true}],
        "truncation": {"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {"[PAD]": 0, "[UNK]": 1, "warm": 2, "start": 3, "##er": 4, "the": 5, ".": 6, "film": 7,
                            "a": 8}}
    }"###;

    pub fn small() -> SubwordTokeniser {
        SubwordTokeniser::from_json(Path::new("tokenizer.json"), SMALL.into()).unwrap()
    }

    fn names(tokeniser: &ModelTokeniser, text: &str) -> Vec<String> {
        let mut names = Vec::new();
        tokeniser.for_each(text, |name| names.push(name.to_string())).unwrap();
        names
    }

    // from model2vec import StaticModel; from tokenizers import Tokenizer; import numpy
    // m = StaticModel(numpy.eye(9, dtype="f4"), Tokenizer.from_str(SMALL), max_length=4)
    // print(m.median_token_length, m.unk_token_id)
    // print([m.encode(t).nonzero()[0] for t in ["Warmer, the film!", "a a a a a a a a a a a a the"]])
    #[test]
    fn a_text_is_read_as_model2vec_reads_it() {
        let all = ModelTokeniser::of_model2vec(small(), None);
        assert_eq!(names(&all, "Warmer, the FILM!"), ["warm", "##er", "the", "film"]);
        assert_eq!(all.ids("?").unwrap(), [0; 0]);
        let some = ModelTokeniser::of_model2vec(small(), Some(4));
        // The unknown comma is dropped after the text was cut at four ids.
        assert_eq!(names(&some, "Warmer, the film!"), ["warm", "##er", "the"]);
        assert_eq!(
            some.reading(),
            TokenReading {
                dropped: Some(1),
                max_tokens: Some(4),
                keeps_end: false,
                max_characters: Some(16)
            }
        );
        // Sixteen characters are read, so "start" is not.
        assert_eq!(names(&some, "            the start"), ["the"]);
    }

    #[test]
    fn a_text_is_read_as_static_embedding_reads_it() {
        let tokeniser = ModelTokeniser::of_static_embedding(small());
        assert_eq!(names(&tokeniser, "the film, warmer"), ["film", "[UNK]", "warm", "##er"]);
        assert_eq!(tokeniser.reading().dropped, None);
        assert_eq!((tokeniser.name(4), tokeniser.name(9)), (Some("##er"), None));
        assert_eq!(tokeniser.named_ids(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
