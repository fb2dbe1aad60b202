//! The tokeniser of static token vectors: that of the encoder, without the tokens that no text has.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Place, Result};
use crate::text::subword_tokeniser::SubwordTokeniser;

/// The most ids of a text that a model reads, as in model2vec.
pub const LONGEST: usize = 512;

/// A tokeniser, and the ids that its tokens had in the encoder.
#[derive(Debug)]
pub struct Pruned {
    /// The tokeniser, whose ids are the rows of the static vectors.
    pub tokeniser: SubwordTokeniser,
    /// The encoder's id of each of its ids.
    pub former: Vec<u32>,
}

/// `encoder` without the special tokens that begin, end and mask a text, and without `[unused0]` and its like, as
/// model2vec leaves them out. The tokens for what is unknown and for padding stay. Nothing is put around a text. A text
/// begins with a space where the tokeniser tells words in a text from the first one. With `lower_case` it is lower-cased
/// first. Errors name `path`.
///
/// # Errors
/// When the vocabulary is of another form than those of WordPiece, word-level, BPE and Unigram tokenisers.
pub fn pruned(encoder: &SubwordTokeniser, lower_case: bool, path: &Path) -> Result<Pruned> {
    let foreign = |problem: &str| {
        let remedy = "take the file that was published with the encoder";
        Error::input(path, Place::Whole, problem, remedy)
    };
    let mut file: Value =
        serde_json::from_slice(encoder.json()).map_err(|e| foreign(&format!("it is no JSON: {e}")))?;
    let padding = file["padding"]["pad_token"].as_str().unwrap_or_default().to_string();
    let unknown = encoder.unknown();
    let mut tokens: Vec<(String, u32)> = encoder.tokens().collect();
    tokens.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    let special: HashSet<&str> = (file["added_tokens"].as_array().into_iter().flatten())
        .filter(|token| token["special"].as_bool() == Some(true))
        .filter_map(|token| token["content"].as_str())
        .filter(|name| *name != padding && !["[PAD]", "<pad>", "[UNK]", "<unk>"].contains(name))
        .collect();
    tokens.retain(|(name, id)| Some(*id) == unknown || !(special.contains(&name[..]) || is_unused(name)));
    let numbers: HashMap<&str, usize> =
        tokens.iter().enumerate().map(|(number, (name, _))| (&name[..], number)).collect();
    if let Some(added) = file["added_tokens"].as_array_mut() {
        added.retain(|token| token["content"].as_str().is_some_and(|name| numbers.contains_key(name)));
        for token in added {
            let name = token["content"].as_str().unwrap_or_default();
            token["id"] = json!(numbers.get(name));
        }
    }
    let model = &mut file["model"];
    match &model["vocab"] {
        Value::Object(vocabulary) => {
            let own = tokens.iter().filter(|(name, _)| vocabulary.contains_key(name));
            model["vocab"] = own.map(|(name, _)| (name.clone(), json!(numbers[&name[..]]))).collect();
        }
        Value::Array(pieces) => {
            // The place of a piece is its id.
            let kept = tokens.iter().filter_map(|(_, id)| pieces.get(*id as usize).cloned());
            let kept: Vec<Value> = kept.collect();
            model["unk_id"] = json!(unknown.and_then(|id| tokens.iter().position(|(_, own)| *own == id)));
            model["vocab"] = Value::Array(kept);
        }
        _ => return Err(foreign("its model has no vocabulary")),
    }
    if let Some(merges) = model.get_mut("merges").and_then(Value::as_array_mut) {
        merges.retain(|merge| {
            let (first, second) = match merge {
                Value::String(pair) => pair.split_once(' ').unwrap_or_default(),
                pair => (pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default()),
            };
            let known = |name: &str| numbers.contains_key(name);
            known(first) && known(second) && known(&format!("{first}{second}"))
        });
    }
    file.get_mut("pre_tokenizer").into_iter().for_each(begin_with_space);
    if lower_case {
        let lower = json!({"type": "Lowercase"});
        file["normalizer"] = match file["normalizer"].take() {
            Value::Null => lower,
            own => json!({"type": "Sequence", "normalizers": [lower, own]}),
        };
    }
    file["post_processor"] = Value::Null;
    file["padding"] = Value::Null;
    file["truncation"] =
        json!({"direction": "Right", "max_length": LONGEST, "strategy": "LongestFirst", "stride": 0});
    let written = serde_json::to_vec(&file).map_err(|e| foreign(&format!("it cannot be written: {e}")))?;
    let tokeniser = SubwordTokeniser::from_json(path, written)?;
    let agrees = |(name, &number): (&&str, &usize)| tokeniser.id(name) == Some(number as u32);
    if tokeniser.ids_end() != tokens.len() || !numbers.iter().all(agrees) {
        return Err(foreign("its tokens cannot be numbered anew"));
    }
    Ok(Pruned { tokeniser, former: tokens.iter().map(|(_, id)| *id).collect() })
}

/// Lets byte-level tokenisers put a space before a text, so that its first word has the same tokens as elsewhere.
fn begin_with_space(splitter: &mut Value) {
    if splitter["type"] == "ByteLevel" {
        splitter["add_prefix_space"] = json!(true);
    }
    // Indexing would add what is not there.
    let parts = splitter.get_mut("pretokenizers").and_then(Value::as_array_mut);
    parts.into_iter().flatten().for_each(begin_with_space);
}

/// Whether a token is one of those that BERT's vocabularies keep free: `[unused12]`.
fn is_unused(name: &str) -> bool {
    let number = name.strip_prefix("[unused").and_then(|rest| rest.strip_suffix(']'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Pruned {
        let path = Path::new("tokenizer.json");
        pruned(&SubwordTokeniser::from_json(path, json.into()).unwrap(), false, path).unwrap()
    }

    fn added(name: &str, id: usize) -> String {
        format!(
            r#"{{"id": {id}, "content": "{name}", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true}}"#
        )
    }

    #[test]
    fn a_word_piece_vocabulary_loses_what_no_text_has() {
        let found = of(&format!(
            r###"{{"version": "1.0", "added_tokens": [{}, {}, {}, {}],
                "padding": {{"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": null,
                             "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}},
                "pre_tokenizer": {{"type": "BertPreTokenizer"}},
                "post_processor": {{"type": "BertProcessing", "sep": ["[SEP]", 4], "cls": ["[CLS]", 3]}},
                "model": {{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                           "max_input_chars_per_word": 100,
                           "vocab": {{"[PAD]": 0, "[unused0]": 1, "[UNK]": 2, "[CLS]": 3, "[SEP]": 4, "film": 5,
                                      "##s": 6, "[unused]": 7}}}}}}"###,
            added("[PAD]", 0),
            added("[UNK]", 2),
            added("[CLS]", 3),
            added("[SEP]", 4)
        ));
        assert_eq!(found.former, [0, 2, 5, 6, 7]);
        assert_eq!(found.tokeniser.ids("films dull", true).unwrap(), [2, 3, 1]);
        assert_eq!(found.tokeniser.stated().map(|longest| longest.ids), Some(LONGEST));
        // The result has nothing more to lose.
        let again = pruned(&found.tokeniser, false, Path::new("t.json")).unwrap();
        assert_eq!(again.former, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn merges_and_pieces_keep_their_order() {
        let bpe = of(&format!(
            r#"{{"version": "1.0", "added_tokens": [{}, {}], "model": {{"type": "BPE", "unk_token": "<unk>",
                "vocab": {{"<s>": 0, "<unk>": 1, "a": 2, "b": 3, "ab": 4}}, "merges": ["a b"]}}}}"#,
            added("<s>", 0),
            added("<unk>", 1)
        ));
        assert_eq!(bpe.former, [1, 2, 3, 4]);
        assert_eq!(bpe.tokeniser.ids("abba", false).unwrap(), [3, 2, 1]);
        let unigram = of(&format!(
            r#"{{"version": "1.0", "added_tokens": [{}], "model": {{"type": "Unigram", "unk_id": 1,
                "vocab": [["<s>", 0.0], ["<unk>", -9.0], ["a", -1.0], ["ab", -1.5]], "byte_fallback": false}}}}"#,
            added("<s>", 0)
        ));
        assert_eq!((&unigram.former[..], unigram.tokeniser.unknown()), (&[1, 2, 3][..], Some(0)));
        assert_eq!(unigram.tokeniser.ids("aba?", false).unwrap(), [2, 1, 0]);
    }

    #[test]
    fn a_text_begins_with_a_space_and_in_lower_case() {
        let json = r#"{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Sequence", "pretokenizers":
            [{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
            "model": {"type": "BPE", "unk_token": "a", "vocab": {"a": 0, "Ġ": 1, "Ġa": 2}, "merges": ["Ġ a"]}}"#;
        let path = Path::new("tokenizer.json");
        let read = SubwordTokeniser::from_json(path, json.into()).unwrap();
        assert_eq!(read.ids("a a", false).unwrap(), [0, 2]);
        let found = pruned(&read, true, path).unwrap();
        assert_eq!(found.tokeniser.ids("A a", false).unwrap(), [2, 2]);
    }

    /// model2vec's own distillation of the same encoder has the same tokens in the same order.
    #[test]
    #[ignore = "needs WARMSTART_DATA"]
    fn the_tokens_of_a_published_encoder_are_those_of_model2vec() {
        let folder = crate::data::public::folder().join("encoders");
        let read = |name: &str| SubwordTokeniser::read(&folder.join(name).join("tokenizer.json")).unwrap();
        let (encoder, golden) = (read("minilm-l6"), read("minilm-static"));
        let found = pruned(&encoder, false, Path::new("tokenizer.json")).unwrap();
        assert_eq!((found.former.len(), golden.ids_end()), (29_525, 29_525));
        for (id, former) in found.former.iter().enumerate() {
            let token = found.tokeniser.token(id as u32);
            assert_eq!((&token, &token), (&golden.token(id as u32), &encoder.token(*former)), "{id}");
        }
        let text = "Ünïcödé: unaffable films, 你好!";
        assert_eq!(found.tokeniser.ids(text, true).unwrap(), golden.ids(text, true).unwrap());
    }
}
