//! From text to the token ids of a published model: WordPiece, byte-level BPE and Unigram, as `tokenizer.json`
//! describes them.
//!
//! The file states all that matters: normalisation, how a text is cut, the vocabulary, and which special tokens begin
//! and end a text. Hugging Face's `tokenizers` reads it, so that the ids are those that the model was trained with.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::{
    Model, ModelWrapper, OffsetReferential, OffsetType, PostProcessor, PreTokenizer, Tokenizer,
    TruncationDirection, TruncationParams,
};

use crate::error::{Error, Place, Result, printable};
use crate::{fault, files};

/// The most bytes that a `tokenizer.json` may have. Those of 250,000 tokens in 100 languages have 17 MB.
const LONGEST: usize = 64 << 20;

/// The tokeniser of a published model.
#[derive(Clone)]
pub struct SubwordTokeniser {
    tokeniser: Tokenizer,
    /// The file as it was read, so that a kept model carries the same tokeniser.
    json: Vec<u8>,
    stated: Option<Longest>,
}

/// The longest text that a `tokenizer.json` states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Longest {
    /// The number of ids.
    pub ids: usize,
    /// Whether the end of a longer text is kept, not its beginning.
    pub keeps_end: bool,
}

impl SubwordTokeniser {
    /// Reads `tokenizer.json` at `path`. Nothing pads, and no text is cut: the longest text is
    /// [told](Self::stated) and can be [set](Self::cut_at). Dropout of merges is left out too, so that a text has the
    /// same ids whenever it is read.
    ///
    /// # Errors
    /// When the file cannot be read, has more than 64 MiB, or is no tokeniser.
    pub fn read(path: &Path) -> Result<SubwordTokeniser> {
        SubwordTokeniser::from_json(path, files::read(path, LONGEST)?)
    }

    /// The tokeniser that `json` describes. Errors name `path`.
    ///
    /// # Errors
    /// When `json` is no tokeniser.
    pub fn from_json(path: &Path, json: Vec<u8>) -> Result<SubwordTokeniser> {
        let refused = |problem: String| {
            let remedy =
                "take the file that was published with the model, or write it again with `save_pretrained`";
            Error::input(path, Place::Whole, format!("no tokeniser can be read from it: {problem}"), remedy)
        };
        // The library panics for some files.
        let read = fault::quietly(|| Tokenizer::from_bytes(&json).map_err(|e| printable(&e.to_string())));
        let mut tokeniser = read.and_then(|read| read).map_err(&refused)?;
        let longest = |cut: &TruncationParams| Longest {
            ids: cut.max_length,
            keeps_end: matches!(cut.direction, TruncationDirection::Left),
        };
        let stated = tokeniser.get_truncation().map(longest);
        tokeniser.with_padding(None);
        tokeniser.with_truncation(None).map_err(|e| refused(printable(&e.to_string())))?;
        let mut read = SubwordTokeniser { tokeniser, json, stated };
        if let ModelWrapper::BPE(model) = read.tokeniser.get_model()
            && model.dropout.is_some()
        {
            let mut model = model.clone();
            model.dropout = None;
            read.tokeniser.with_model(model);
            // The library's own writer needs memory for every number up to the largest id.
            let mut file: Value = serde_json::from_slice(&read.json).map_err(|e| refused(e.to_string()))?;
            file["model"]["dropout"] = Value::Null;
            read.json = serde_json::to_vec(&file).map_err(|e| refused(e.to_string()))?;
        }
        // Hardly a vocabulary has these characters, so a tokeniser needs its token for what is unknown here.
        read.ids("\u{10fffd} \u{a015}\u{1f701} x\u{a015}x", false).map_err(|e| refused(e.to_string()))?;
        Ok(read)
    }

    /// The longest text that the file states.
    pub fn stated(&self) -> Option<Longest> {
        self.stated
    }

    /// The id of the token that stands for what the vocabulary does not have.
    pub fn unknown(&self) -> Option<u32> {
        #[derive(Deserialize)]
        struct Stated {
            model: Unigram,
        }
        #[derive(Deserialize)]
        struct Unigram {
            unk_id: Option<u32>,
        }
        match self.tokeniser.get_model() {
            ModelWrapper::WordPiece(model) => self.id(&model.unk_token),
            ModelWrapper::WordLevel(model) => self.id(&model.unk_token),
            ModelWrapper::BPE(model) => self.id(model.unk_token.as_deref()?),
            // The library does not tell this id.
            ModelWrapper::Unigram(_) => serde_json::from_slice::<Stated>(&self.json).ok()?.model.unk_id,
        }
    }

    /// The file that describes the tokeniser.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The number of ids: one more than the largest.
    pub fn ids_end(&self) -> usize {
        self.tokeniser.get_vocab(true).values().max().map_or(0, |&largest| largest as usize + 1)
    }

    /// All tokens with their ids, added and special ones too, in no order.
    pub fn tokens(&self) -> impl Iterator<Item = (String, u32)> {
        self.tokeniser.get_vocab(true).into_iter()
    }

    /// The token with the id `id`.
    pub fn token(&self, id: u32) -> Option<String> {
        self.tokeniser.id_to_token(id)
    }

    /// The id of exactly this token.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.tokeniser.token_to_id(token)
    }

    /// The same tokeniser that cuts every text at `longest` ids, special tokens included.
    ///
    /// # Errors
    /// When the special tokens alone are more.
    pub fn cut_at(mut self, longest: usize) -> Result<SubwordTokeniser> {
        let refused = || {
            Error::request(format!("texts of {longest} tokens have no room for text"), "allow longer texts")
        };
        // The library subtracts this number without a check.
        if self.tokeniser.get_post_processor().map_or(0, |after| after.added_tokens(false)) > longest {
            return Err(refused());
        }
        let truncation = TruncationParams { max_length: longest, ..TruncationParams::default() };
        self.tokeniser.with_truncation(Some(truncation)).map_err(|_| refused())?;
        Ok(self)
    }

    /// The same tokeniser that cuts no text.
    pub fn uncut(mut self) -> SubwordTokeniser {
        // Without a length there is nothing that the library could refuse.
        let _ = self.tokeniser.with_truncation(None);
        self
    }

    /// The ids of `text`. With `special`, the special tokens that the model expects begin and end it.
    ///
    /// # Errors
    /// When the tokeniser cannot cut the text, as when it has no token for what is unknown.
    pub fn ids(&self, text: &str, special: bool) -> Result<Vec<u32>> {
        cut(|| Ok(self.tokeniser.encode_fast(text, special)?.get_ids().to_vec()))
    }

    /// The words of `text`, as they reach the model: normalised and split, but not yet cut into tokens. Added tokens
    /// are none.
    ///
    /// # Errors
    /// As for [`ids`](Self::ids).
    pub fn words(&self, text: &str) -> Result<Vec<String>> {
        cut(|| {
            let (tokeniser, added) = (&self.tokeniser, self.tokeniser.get_added_vocabulary());
            let mut split = added.extract_and_normalize(tokeniser.get_normalizer(), text);
            if let Some(splitter) = tokeniser.get_pre_tokenizer() {
                splitter.pre_tokenize(&mut split)?;
            }
            let splits = split.get_splits(OffsetReferential::Original, OffsetType::None).into_iter();
            let words = splits.filter(|(word, _, tokens)| tokens.is_none() && !word.is_empty());
            Ok(words.map(|(word, ..)| word.to_string()).collect())
        })
    }

    /// The ids of the tokens of a [word](Self::words).
    ///
    /// # Errors
    /// As for [`ids`](Self::ids).
    pub fn ids_of_word(&self, word: &str) -> Result<Vec<u32>> {
        cut(|| Ok(self.tokeniser.get_model().tokenize(word)?.into_iter().map(|token| token.id).collect()))
    }

    /// The ids that begin and end every text.
    ///
    /// # Errors
    /// As for [`ids`](Self::ids).
    pub fn around(&self) -> Result<(Vec<u32>, Vec<u32>)> {
        // A text that every tokeniser cuts; the special tokens are what is not its own.
        let (all, own) = (self.ids("a", true)?, self.ids("a", false)?);
        let begin = all.windows(own.len().max(1)).position(|ids| ids == own).unwrap_or(0);
        let end = begin + own.len().min(all.len() - begin);
        Ok((all[..begin].to_vec(), all[end..].to_vec()))
    }
}

/// The result of the library, whose errors and panics become a sentence.
fn cut<T>(of: impl FnOnce() -> tokenizers::Result<T>) -> Result<T> {
    let of = || of().map_err(|e| printable(&e.to_string()));
    fault::quietly(of).and_then(|found| found).map_err(|why| {
        Error::request(
            format!("the tokeniser cannot cut a text: {why}"),
            "check that `tokenizer.json` is the one that was published with the model",
        )
    })
}

impl fmt::Debug for SubwordTokeniser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubwordTokeniser").field("bytes", &self.json.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WordPiece vocabulary of eight tokens with `[CLS]` and `[SEP]` around each text.
    const SMALL: &str = r###"{
        "version": "1.0", "added_tokens": [],
        "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null,
                    "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "warm": 4, "start": 5, "##er": 6, ".": 7}}
    }"###;

    fn small() -> SubwordTokeniser {
        SubwordTokeniser::from_json(Path::new("tokenizer.json"), SMALL.into()).unwrap()
    }

    #[test]
    fn words_are_cut_as_wordpiece_cuts_them() {
        let ids = |text: &str, special| small().ids(text, special).unwrap();
        assert_eq!(ids("Wärmer starter.", false), [4, 6, 5, 6, 7]);
        assert_eq!(ids("warm", true), [2, 4, 3]);
        assert_eq!(ids("", true), [2, 3]);
        assert_eq!(ids("cold", false), [1]);
    }

    #[test]
    fn the_longest_text_is_the_callers_and_counts_special_tokens() {
        let tokeniser = small().cut_at(4).unwrap();
        assert_eq!(tokeniser.ids("warmer starter.", true).unwrap(), [2, 4, 6, 3]);
        assert_eq!(
            small().ids("warm warm warm warm", false).unwrap().len(),
            4,
            "the length in the file is left out"
        );
    }

    #[test]
    fn words_are_what_reaches_the_model() {
        let tokeniser = small();
        assert_eq!(tokeniser.words("Wärmer  starter.\n").unwrap(), ["warmer", "starter", "."]);
        assert_eq!(tokeniser.ids_of_word("warmer").unwrap(), [4, 6]);
        assert_eq!(tokeniser.around().unwrap(), (vec![2], vec![3]));
        let bytes = r#"{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "ByteLevel",
            "add_prefix_space": true, "trim_offsets": true, "use_regex": true}, "model": {"type": "BPE",
            "unk_token": "a", "vocab": {"a": 0, "Ġ": 1, "Ġa": 2}, "merges": ["Ġ a"]}}"#;
        let bytes = SubwordTokeniser::from_json(Path::new("t.json"), bytes.into()).unwrap();
        assert_eq!(bytes.words("a é").unwrap(), ["Ġa", "ĠÃ©"]);
        assert_eq!((bytes.ids_of_word("Ġa").unwrap(), bytes.around().unwrap()), (vec![2], (vec![], vec![])));
    }

    #[test]
    fn tokens_and_ids_name_each_other() {
        let tokeniser = small();
        assert_eq!(tokeniser.ids_end(), 8);
        assert_eq!(tokeniser.token(5).as_deref(), Some("start"));
        assert_eq!(tokeniser.id("##er"), Some(6));
        assert_eq!((tokeniser.token(8), tokeniser.id("cold")), (None, None));
        assert_eq!(tokeniser.tokens().count(), 8);
        assert_eq!(tokeniser.json(), SMALL.as_bytes());
    }

    #[test]
    fn the_longest_text_and_the_unknown_token_are_told() {
        let stated = |json: &str| SubwordTokeniser::from_json(Path::new("t.json"), json.into()).unwrap();
        assert_eq!(small().stated(), Some(Longest { ids: 3, keeps_end: false }));
        assert_eq!(small().unknown(), Some(1));
        let left = stated(&SMALL.replace("\"Right\", \"max_length\"", "\"Left\", \"max_length\""));
        assert_eq!(left.stated(), Some(Longest { ids: 3, keeps_end: true }));
        let unigram = r#"{"version": "1.0", "added_tokens": [], "model": {"type": "Unigram", "unk_id": 1,
            "vocab": [["a", -1.0], ["?", -9.0], ["b", -2.0]], "byte_fallback": false}}"#;
        let unigram = stated(unigram);
        assert_eq!((unigram.stated(), unigram.unknown()), (None, Some(1)));
        assert_eq!(unigram.ids("abz", false).unwrap(), [0, 2, 1]);
    }

    #[test]
    fn merges_are_not_dropped_at_random() {
        // The largest id takes no memory.
        let dropping = r#"{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "dropout": 0.9,
            "vocab": {"a": 0, "b": 1, "ab": 2, "far": 4000000000}, "merges": ["a b"]}}"#;
        let tokeniser = SubwordTokeniser::from_json(Path::new("t.json"), dropping.into()).unwrap();
        for _ in 0..50 {
            assert_eq!(tokeniser.ids("ab", false).unwrap(), [2]);
        }
        assert_eq!(tokeniser.unknown(), None);
        let again = SubwordTokeniser::from_json(Path::new("t.json"), tokeniser.json().to_vec()).unwrap();
        assert_eq!((again.ids("abab", false).unwrap(), again.json()), (vec![2, 2], tokeniser.json()));
    }

    #[test]
    fn a_length_without_room_for_text_is_refused() {
        assert!(small().cut_at(1).is_err());
        assert_eq!(small().cut_at(2).unwrap().ids("warm", true).unwrap(), [2, 3]);
    }

    #[test]
    fn what_is_no_tokeniser_is_refused_with_its_file() {
        let without_unknown = SMALL.replace("\"[UNK]\": 1, ", "");
        let wrong_model = r#"{"version": "1.0", "model": {"type": "Words"}}"#;
        for wrong in ["", "{}", "[1, 2", wrong_model, &without_unknown] {
            let error = SubwordTokeniser::from_json(Path::new("x/tokenizer.json"), wrong.into()).unwrap_err();
            assert!(error.to_string().contains("no tokeniser can be read from it"), "{error}");
            assert!(error.to_string().contains("tokenizer.json"), "{error}");
        }
    }
}
