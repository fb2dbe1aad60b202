//! Static token vectors: the folders that model2vec, and the StaticEmbedding of sentence-transformers, write.
//!
//! | file | holds |
//! | --- | --- |
//! | `tokenizer.json` | the tokeniser, which gives the ids of a text's tokens |
//! | `model.safetensors` | `embeddings` or `embedding.weight` `(rows, D)`, F32, F16, BF16, F64 or I8; for model2vec also `weights`, the weight of each id, and `mapping`, the row of each id |
//! | `config.json` | model2vec's: `normalize`, whether the mean of a text's vectors is scaled to length 1, and `max_length` |
//! | `modules.json` | the modules of sentence-transformers: the folder of the vectors, and whether `Normalize` follows |
//!
//! The vector of a token is its row times its weight. model2vec does not read the unknown token; a StaticEmbedding does.
//! model2vec stores no scale for I8, so its values are divided by 127: cosines and scaled means stay the same.

mod folder;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result};
use crate::text::model_tokeniser::ModelTokeniser;
use crate::text::subword_tokeniser::SubwordTokeniser;
use crate::text::words::Words;

use super::super::WordVectors;
use super::super::static_model::StaticModel;
use folder::Found;
pub use folder::looks_like_one;

/// Reads the folder at `path`: its tokens in the order of their ids, at most the first `limit`, with their vectors.
///
/// # Errors
/// If a file is missing or damaged, the tokeniser knows more ids than the table has rows, or a value is not finite.
pub fn read(path: &Path, limit: usize) -> Result<WordVectors> {
    let Found { tokeniser, tensors, model2vec, unit_means } = folder::find(path)?;
    let subwords = SubwordTokeniser::read(&tokeniser)?;
    let end = subwords.ids_end();
    let file = table::File::open(&tensors)?;
    let from_model2vec = file.name() == table::MODEL2VEC;
    let max_tokens = match model2vec {
        Some(config) => config.max_length,
        None => folder::MODEL2VEC_LENGTH,
    };
    let tokeniser = match from_model2vec {
        true => ModelTokeniser::of_model2vec(subwords, max_tokens),
        false => ModelTokeniser::of_static_embedding(subwords),
    };
    let mut ids = tokeniser.named_ids();
    if ids.is_empty() {
        let (problem, remedy) = ("its tokeniser has no tokens", "take the file that was published");
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    ids.truncate(limit);
    let table = file.table(&ids, end)?;
    let words: Words = ids.iter().map(|&id| tokeniser.name(id).unwrap_or_default()).collect();
    let model = StaticModel { tokeniser: Arc::new(tokeniser), unit_means };
    Ok(WordVectors::of_table(words, table, None)?.with_static_model(model))
}
