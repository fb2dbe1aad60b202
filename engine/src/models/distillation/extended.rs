//! A tokeniser with whole words as further tokens, as model2vec makes it of a given vocabulary.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Place, Result};
use crate::text::subword_tokeniser::SubwordTokeniser;

/// How much more likely a word is as one token than as its pieces, in a Unigram tokeniser: so little that the cuts of
/// longer words stay.
const MORE: f64 = 0.01;

/// `tokeniser` with each of `words` as a token; their ids follow its own. Every other word is cut as before, except that
/// a WordPiece tokeniser also takes a word as the beginning of a longer one. Errors name `path`.
///
/// # Errors
/// When the vocabulary is of another form than those of WordPiece, word-level, BPE and Unigram tokenisers.
pub fn extended(tokeniser: &SubwordTokeniser, words: &[String], path: &Path) -> Result<SubwordTokeniser> {
    if words.is_empty() {
        return Ok(tokeniser.clone());
    }
    let foreign = |problem: &str| {
        Error::input(path, Place::Whole, problem, "take the file that was published with the encoder")
    };
    let mut file: Value =
        serde_json::from_slice(tokeniser.json()).map_err(|e| foreign(&format!("it is no JSON: {e}")))?;
    let first = tokeniser.ids_end();
    let model = &mut file["model"];
    // A BPE tokeniser would need a merge for every step to a word; with this it takes words that it has at once.
    let merges = model.get("merges").is_some();
    match &mut model["vocab"] {
        Value::Object(vocabulary) => {
            vocabulary.extend(words.iter().zip(first..).map(|(word, id)| (word.clone(), json!(id))));
        }
        Value::Array(pieces) => {
            let score = |id: u32| pieces.get(id as usize).and_then(|piece| piece[1].as_f64());
            let scores = words.iter().map(|word| {
                let ids = tokeniser.ids_of_word(word)?;
                let whole: Option<f64> = ids.into_iter().map(score).sum();
                whole
                    .map(|score| json!([word, score + MORE]))
                    .ok_or_else(|| foreign("its pieces have no scores"))
            });
            let scores: Vec<Value> = scores.collect::<Result<_>>()?;
            pieces.extend(scores);
        }
        _ => return Err(foreign("its model has no vocabulary")),
    }
    if merges {
        model["ignore_merges"] = json!(true);
    }
    let written = serde_json::to_vec(&file).map_err(|e| foreign(&format!("it cannot be written: {e}")))?;
    let longer = SubwordTokeniser::from_json(path, written)?;
    for (word, id) in words.iter().zip(first as u32..) {
        if longer.ids_of_word(word)? != [id] {
            return Err(foreign("no words can be added to its vocabulary"));
        }
    }
    Ok(longer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::model_tokeniser::tests::small;

    fn of(tokeniser: &SubwordTokeniser, words: &[&str]) -> Result<SubwordTokeniser> {
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        extended(tokeniser, &words, Path::new("tokenizer.json"))
    }

    fn read(json: &str) -> SubwordTokeniser {
        SubwordTokeniser::from_json(Path::new("t.json"), json.into()).unwrap()
    }

    #[test]
    fn words_are_tokens_and_others_fall_back_to_pieces() {
        let pieces = of(&small(), &["warmer", "starter"]).unwrap();
        assert_eq!(pieces.ids("Warmer starter, warm filmer", false).unwrap(), [9, 10, 1, 2, 7, 4]);
        assert_eq!(of(&small(), &[]).unwrap().json(), small().json());
        let bpe = read(
            r#"{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model":
            {"type": "BPE", "unk_token": "?", "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3}, "merges": ["a b"]}}"#,
        );
        let bpe = of(&bpe, &["abba"]).unwrap();
        assert_eq!(bpe.ids("abba abbab ba", false).unwrap(), [4, 3, 2, 3, 2, 1]);
        let unigram = read(
            r#"{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model":
            {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
             "vocab": [["?", -9.0], ["a", -1.0], ["b", -2.0], ["ab", -1.5]]}}"#,
        );
        let unigram = of(&unigram, &["abba", "ba"]).unwrap();
        assert_eq!(unigram.ids("abba ba abab", false).unwrap(), [4, 5, 3, 3]);
    }

    #[test]
    fn a_word_that_cannot_be_a_token_is_refused() {
        let told = of(&small(), &[&"warm".repeat(40)]).unwrap_err().to_string();
        assert!(told.contains("no words can be added"), "{told}");
    }
}
