//! The vectors of texts from a frozen model: the mean of word vectors, or the vector of a sentence encoder.

use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::models::sentence_encoder::{self, EncoderReader, PublishedEncoder, SentenceEncoder};
use crate::session::method::DocumentVector;
use crate::session::text_transfer::Tokens;
use crate::text::documents::Documents;
use crate::train::ground::Going;
use crate::train::ready::Ready;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::lookup::TransferTable;
use crate::vectors::{WordVectors, formats};

/// The number of texts between two reports, if their vectors are means; and the number of tokens if an encoder computes
/// them.
const TEXTS: usize = 2_048;
const TOKENS: usize = 8_192;

/// A frozen model that makes vectors of texts.
#[derive(Clone)]
pub enum FrozenModel {
    /// The mean of the vectors of the words.
    Words {
        /// The table of vectors.
        vectors: Arc<WordVectors>,
        /// How texts are cut into words.
        tokens: Tokens,
    },
    /// A sentence encoder.
    Encoder {
        /// The encoder as it was published.
        model: Arc<SentenceEncoder<f32>>,
        /// How it reads texts.
        reader: Arc<EncoderReader>,
    },
}

/// A text, and its vector if that is known already.
pub struct Text<'a> {
    /// The text.
    pub text: &'a str,
    /// Its vector.
    pub known: Option<&'a [f32]>,
}

impl FrozenModel {
    /// The frozen model of a source.
    ///
    /// # Errors
    /// When it is an image network.
    pub fn of(source: &Ready, tokens: Tokens) -> Result<FrozenModel> {
        match source {
            Ready::Text(text) => Ok(FrozenModel::Words { vectors: text.table.vectors.clone(), tokens }),
            Ready::Encoder(encoder) => {
                let read = &encoder.read;
                Ok(FrozenModel::Encoder { model: read.model.clone(), reader: read.reader.clone() })
            }
            Ready::Images(_) => Err(Error::request(
                "this session classifies images, and texts are labelled",
                "name a session or a recipe of texts",
            )),
        }
    }

    /// Reads the model at `path`: the folder of a sentence encoder or of static token vectors, or a file of word vectors,
    /// of which the first `limit` are read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, limit: Option<usize>, tokens: Tokens) -> Result<FrozenModel> {
        if sentence_encoder::looks_like_one(path) {
            let published = PublishedEncoder::read(path)?;
            let reader = published.reader("", None)?;
            return Ok(FrozenModel::Encoder { model: Arc::new(published.model), reader: Arc::new(reader) });
        }
        Ok(FrozenModel::Words { vectors: Arc::new(formats::read(path, limit)?), tokens })
    }

    /// Whether a vector takes so long to compute that many of them are worth a remark.
    pub fn is_slow(&self) -> bool {
        matches!(self, FrozenModel::Encoder { .. })
    }

    /// The vectors `(N, D)` of texts, computed on the threads of the current pool.
    ///
    /// # Errors
    /// When a tokeniser cannot cut a text; also the errors of `going`.
    pub fn vectors(&self, texts: &[Text], going: Going) -> Result<Array2<f32>> {
        match self {
            FrozenModel::Words { vectors, tokens } => means(vectors, *tokens, texts, going),
            FrozenModel::Encoder { model, reader } => of_encoder(model, reader, texts, going),
        }
    }
}

fn means(vectors: &Arc<WordVectors>, tokens: Tokens, texts: &[Text], going: Going) -> Result<Array2<f32>> {
    going("reading the texts", 0.0)?;
    let mut documents = Documents::new(vec![String::new()]).cut_by(tokens);
    documents.push_set("texts", texts.iter().map(|text| (text.text.to_string(), 0)));
    let documents = Arc::new(documents);
    let documents = match &vectors.static_model {
        Some(model) => documents.in_tokens_of(model.tokeniser.clone())?,
        None => documents.joined(&vectors.words),
    };
    let table = TransferTable::new(vectors.clone(), &documents);
    let means = DocumentVectors::new(DocumentVector::Mean, table.dim(), documents.words.len(), []);
    let means = means.with_unit_means(vectors.unit_means());
    let width = means.width();
    let mut rows = vec![0.0; texts.len() * width];
    for (part, rows) in rows.chunks_mut(TEXTS * width.max(1)).enumerate() {
        going("computing the vectors of the texts", (part * TEXTS) as f64 / texts.len().max(1) as f64)?;
        rows.par_chunks_mut(width).enumerate().for_each(|(place, row)| {
            means.of(&table, &documents.tokens[part * TEXTS + place], row);
        });
    }
    shaped(texts.len(), width, rows)
}

fn of_encoder(
    model: &SentenceEncoder<f32>,
    reader: &EncoderReader,
    texts: &[Text],
    going: Going,
) -> Result<Array2<f32>> {
    going("reading the texts", 0.0)?;
    let width = model.features();
    let mut rows = vec![0.0; texts.len() * width];
    let mut missing = Vec::new();
    for (place, (text, row)) in texts.iter().zip(rows.chunks_exact_mut(width.max(1))).enumerate() {
        match text.known.filter(|known| known.len() == width) {
            Some(known) => row.copy_from_slice(known),
            None => missing.push(place),
        }
    }
    let ids: Vec<Vec<u32>> =
        missing.par_iter().map(|&place| reader.ids(texts[place].text)).collect::<Result<_>>()?;
    let mut done = 0;
    while done < missing.len() {
        going("computing the vectors of the texts", done as f64 / missing.len() as f64)?;
        let (mut end, mut length) = (done, 0);
        while end < missing.len() && (end == done || length + ids[end].len() <= TOKENS) {
            length += ids[end].len();
            end += 1;
        }
        let batch: Vec<&[u32]> = ids[done..end].iter().map(|ids| &ids[..]).collect();
        for (&place, vector) in missing[done..end].iter().zip(model.vectors(&batch).chunks_exact(width)) {
            rows[place * width..][..width].copy_from_slice(vector);
        }
        done = end;
    }
    shaped(texts.len(), width, rows)
}

fn shaped(texts: usize, width: usize, rows: Vec<f32>) -> Result<Array2<f32>> {
    let wrong = |_| Error::request("the vectors of texts are not complete", "this is a fault of warmstart");
    Array2::from_shape_vec((texts, width), rows).map_err(wrong)
}
