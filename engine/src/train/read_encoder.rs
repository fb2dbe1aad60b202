//! Reads a sentence encoder, and the task's texts as its tokens.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::Result;
use crate::models::sentence_encoder::{EncoderReader, PublishedEncoder, SentenceEncoder};
use crate::session::encoder_source::EncoderSource;
use crate::text::documents::Documents;
use crate::text::model_tokeniser::{ModelTokeniser, TokenReading};
use crate::text::subword_tokeniser::SubwordTokeniser;
use crate::text::words::Words;
use crate::vectors::WordVectors;
use crate::vectors::static_model::StaticModel;

use super::body::{self, TextBody};

/// The number of texts that are cut between two checks whether to go on.
const TEXTS: usize = 1_024;

/// A sentence encoder, and the task's texts as the ids of its tokens.
#[derive(Clone)]
pub struct ReadEncoder {
    pub model: Arc<SentenceEncoder<f32>>,
    pub reader: Arc<EncoderReader>,
    /// The ids of the tokens of every document, special ones included.
    pub ids: Arc<Vec<Vec<u32>>>,
    /// The states of a few texts after each layer, once they were computed: runs are compared with them.
    pub states: Arc<OnceLock<Vec<Vec<f32>>>>,
    /// Seconds that it took to read all this.
    pub seconds: f64,
}

impl ReadEncoder {
    /// Reads the encoder of `asked`, and `documents`, each at most `max_tokens` tokens, as it reads them. The result has
    /// its token vectors too, and the documents as its tokens, whole.
    ///
    /// # Errors
    /// When the folder has no encoder that can be read, or its tokeniser cannot cut a text; also the errors of `going_on`.
    pub fn read(
        asked: &EncoderSource,
        max_tokens: Option<usize>,
        documents: &Arc<Documents>,
        going_on: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<(ReadEncoder, WordVectors, Option<Arc<Documents>>)> {
        let published = PublishedEncoder::read(&asked.folder)?;
        let reader = published.reader(&asked.prefix, max_tokens)?;
        ReadEncoder::of(published.model, reader, documents, going_on)
    }

    /// The same of an encoder that was read already.
    ///
    /// # Errors
    /// When its tokeniser cannot cut a text; also the errors of `going_on`.
    pub fn of(
        model: SentenceEncoder<f32>,
        reader: EncoderReader,
        documents: &Arc<Documents>,
        going_on: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<(ReadEncoder, WordVectors, Option<Arc<Documents>>)> {
        let begun = Instant::now();
        let mut ids = Vec::with_capacity(documents.texts.len());
        for texts in documents.texts.chunks(TEXTS) {
            going_on(ids.len())?;
            let read: Vec<Vec<u32>> = texts.par_iter().map(|text| reader.ids(text)).collect::<Result<_>>()?;
            ids.extend(read);
        }
        let vectors = rows(&model, reader.tokeniser())?;
        let tokeniser = vectors.static_model.as_ref().map(|model| model.tokeniser.clone());
        let in_tokens = tokeniser.map(|tokeniser| documents.in_tokens_of(tokeniser)).transpose()?;
        let encoder = ReadEncoder {
            model: Arc::new(model),
            reader: Arc::new(reader),
            ids: Arc::new(ids),
            states: Arc::default(),
            seconds: begun.elapsed().as_secs_f64(),
        };
        Ok((encoder, vectors, in_tokens))
    }
}

/// The token vectors of an encoder: the rows of its table, before positions and layers.
///
/// # Errors
/// When a value is not finite.
pub fn token_vectors(published: &PublishedEncoder) -> Result<WordVectors> {
    rows(&published.model, &published.tokeniser)
}

/// The word vectors of the model in `folder`; those of tokens if it has a sentence encoder.
///
/// # Errors
/// When the model cannot be read, or has none.
pub fn model_vectors(folder: &Path) -> Result<WordVectors> {
    match body::of_texts(folder)? {
        TextBody::Vectors(vectors, _) => Ok(*vectors),
        TextBody::Encoder(encoder, reader) => rows(&encoder, reader.tokeniser()),
    }
}

fn rows(model: &SentenceEncoder<f32>, tokeniser: &SubwordTokeniser) -> Result<WordVectors> {
    let tokeniser = ModelTokeniser::new(tokeniser.clone().uncut(), TokenReading::default());
    let (ids, width) = (tokeniser.named_ids(), model.config.width());
    let words: Words = ids.iter().map(|&id| tokeniser.name(id).unwrap_or_default()).collect();
    let rows: Vec<f32> = ids.iter().flat_map(|&id| model.tokens.row(id).iter().copied()).collect();
    let table = Array2::from_shape_vec((ids.len(), width), rows).unwrap_or_default();
    let model = StaticModel { tokeniser: Arc::new(tokeniser), unit_means: false };
    Ok(WordVectors::new(words, table, None)?.with_static_model(model))
}
