//! fastText models: read whole, asked for vectors of words that they never saw, asked for labels, written.
//!
//! What is read: versions 11 and 12 of the format and the form before versions; unsupervised and supervised, pruned
//! and quantised (`.ftz`). The format is that of fastText's `fasttext.cc`, `args.cc`, `dictionary.cc`, `matrix.cc` and
//! `productquantizer.cc`: little-endian numbers, no alignment.

mod dictionary;
mod matrix;
mod predict;
mod reader;
mod settings;
mod subwords;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod writer;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::{Error, Place, Result};
use crate::files;
use crate::text::words::Words;

use super::WordVectors;
use super::formats::decode;

use dictionary::Dictionary;
use matrix::{Input, Matrix};
use reader::Reader;
use settings::{Kind, Settings};

pub use predict::{Classifier, Prediction};
pub use settings::looks_like_model;
pub use subwords::{Ngrams, Subwords};

/// Words that one task finishes at the least.
const WORDS: usize = 256;

/// A model as its file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    path: PathBuf,
    settings: Settings,
    dictionary: Dictionary,
    input: Input,
    /// What the loss reads; left out where only vectors are wanted.
    output: Option<Matrix>,
}

impl Model {
    /// Opens the model at `path`, also compressed.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged; with the byte.
    pub fn open(path: &Path) -> Result<Model> {
        let mut input = BufReader::with_capacity(1 << 16, files::open(path)?);
        let start = input.fill_buf().map_err(|e| Error::io("read", path, e))?;
        if !looks_like_model(start) {
            return Err(Error::input(
                path,
                Place::Whole,
                "this is no fastText model",
                "files that fastText writes as .bin and .ftz are",
            ));
        }
        Model::read(path, input, true)
    }

    /// Reads `input`, the content of the file at `path`; its last part, the output matrix, is kept if it is wanted.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    fn read(path: &Path, input: impl BufRead, whole: bool) -> Result<Model> {
        const OUTPUT: &str = "the output matrix";
        let mut reader = Reader::new(path, input);
        let settings = Settings::read(&mut reader, path)?;
        let dictionary = Dictionary::read(&mut reader, &settings)?;
        let versions = settings.version.is_some();
        let (dim, words, ngrams) =
            (settings.dim as usize, dictionary.words, dictionary.ngram_rows(&settings));
        let place = reader.at();
        let quantised = versions && reader.flag("the mark of a quantised input")?;
        if !quantised && dictionary.kept.is_some() {
            return Err(reader.wrong(place, "a model that is pruned but not quantised"));
        }
        let input = Input::read(&mut reader, quantised, words, ngrams, dim)?;
        let quantised = versions && reader.flag("the mark of a quantised output")? && quantised;
        let rows = if settings.model == Kind::Supervised { dictionary.len() - words } else { words } as u64;
        let output = if whole {
            Some(Matrix::read(&mut reader, quantised, rows, dim, OUTPUT)?)
        } else {
            Matrix::skip(&mut reader, quantised, rows, dim, OUTPUT)?;
            None
        };
        Ok(Model { path: path.to_path_buf(), settings, dictionary, input, output })
    }

    /// Whether the file at `path` begins like a model. Of what can be read once only, such as a pipe, that is not
    /// tried.
    pub fn is_at(path: &Path) -> bool {
        let start = path.is_file().then(|| {
            let mut input = BufReader::with_capacity(1 << 10, files::open(path).ok()?);
            input.fill_buf().ok().map(looks_like_model)
        });
        start.flatten().unwrap_or(false)
    }

    /// Words, and numbers a vector.
    pub fn size(&self) -> (usize, usize) {
        (self.dictionary.words, self.input.dim)
    }

    /// Whether it was trained to give labels.
    pub fn is_supervised(&self) -> bool {
        self.settings.model == Kind::Supervised
    }

    /// The vectors of its words, the first `limit` of them, with what makes vectors of others.
    ///
    /// # Errors
    /// When it has no words, or one of them is there twice, or has a vector that is not finite.
    pub fn into_vectors(self, limit: usize) -> Result<WordVectors> {
        let Model { path, settings, dictionary, input, .. } = self;
        let count = dictionary.words.min(limit);
        let wrong = |number: usize, problem: String| {
            let place = Place::Byte(dictionary.place(number));
            Error::input(&path, place, problem, "the file is damaged")
        };
        if count == 0 {
            return Err(Error::input(&path, Place::Whole, "the model has no words", ""));
        }
        let mut words = Words::default();
        for (number, entry) in dictionary.word_entries().take(count).enumerate() {
            let word = decode(entry);
            // What two words show may be the same where one of them is not UTF-8; then their bytes are shown.
            if !words.insert(&word).1 && !words.insert(&entry.escape_ascii().to_string()).1 {
                return Err(wrong(number, format!("the word {word:?} is there twice")));
            }
        }
        let (mut own, rows, first) = match input {
            Input { head, rest: rest @ Matrix::Dense { .. }, .. } => (head, rest, 0),
            Input { dim, rest: rest @ Matrix::Quantised(_), .. } => {
                let mut own = vec![0.0; count * dim];
                own.chunks_exact_mut(dim).enumerate().for_each(|(row, own)| rest.add_to(row, own));
                (own, rest, dictionary.words)
            }
        };
        let dim = settings.dim as usize;
        own.truncate(count * dim);
        let ngrams = Ngrams::new(&settings, &dictionary);
        let subwords = Subwords::new(settings, ngrams, rows, first);
        own.par_chunks_exact_mut(dim)
            .with_min_len(WORDS)
            .enumerate()
            .for_each(|(number, own)| subwords.finish(dictionary.entry(number), own));
        if let Some(place) = own.iter().position(|number| !number.is_finite()) {
            let problem = format!("the vector of {:?} holds {}", words.get(place / dim), own[place]);
            return Err(wrong(place / dim, problem));
        }
        let matrix = Array2::from_shape_vec((count, dim), own)
            .map_err(|e| Error::input(&path, Place::Whole, e.to_string(), ""))?;
        let counts = dictionary.counts[..count].iter().map(|&count| count.max(0) as u64).collect();
        Ok(WordVectors::new(words, matrix, Some(counts))?.with_subwords(Arc::new(subwords)))
    }
}

/// Reads the vectors of an unsupervised model, the first `limit` of them: `input` is the content of
/// the file at `path`, from its first byte.
///
/// # Errors
/// When the file is damaged, with the byte; and when the model is supervised: its vectors were made to tell labels
/// apart, and that somebody wants them all the same has to be said.
pub fn read(path: &Path, input: impl BufRead, limit: usize) -> Result<WordVectors> {
    let model = Model::read(path, input, false)?;
    if model.is_supervised() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        return Err(Error::input(
            path,
            Place::Whole,
            "this is a supervised fastText model, whose vectors were made to tell its labels apart",
            format!(
                "`warmstart convert {name} out.vec` takes them out anyway, `warmstart predict` asks it for labels"
            ),
        ));
    }
    model.into_vectors(limit)
}
