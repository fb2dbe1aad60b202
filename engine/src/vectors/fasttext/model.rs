//! The content of a model's file, and the vectors of its words.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::{Error, Place, Result};
use crate::files;
use crate::text::words::Words;

use super::super::names::{LeftOut, decode};
use super::super::numbers::Numbers;
use super::super::table::VectorTable;
use super::super::{LARGE, WordVectors};
use super::dictionary::Dictionary;
use super::matrix::{Input, Matrix};
use super::reader::Reader;
use super::settings::{Kind, Settings, looks_like_model};
use super::subwords::{Ngrams, Subwords};

/// The minimum number of words per task.
const WORDS: usize = 256;
/// The number of words whose vectors are computed before they are stored.
const BLOCK: usize = 1 << 13;

/// The content of a model's file.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(super) path: PathBuf,
    pub(super) settings: Settings,
    pub(super) dictionary: Dictionary,
    pub(super) input: Input,
    /// The output matrix; `None` if only vectors are needed.
    pub(super) output: Option<Matrix>,
}

impl Model {
    /// Opens the model at `path`, which may be compressed.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged; with the position in bytes.
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

    /// Reads `input`, the content of the file at `path`. The output matrix at its end is kept only if `whole`.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub(super) fn read(path: &Path, input: impl BufRead, whole: bool) -> Result<Model> {
        Model::read_leaving(path, input, whole, LARGE)
    }

    /// The same; matrices of at least `large` values stay in the file if that is possible.
    pub(super) fn read_leaving(path: &Path, input: impl BufRead, whole: bool, large: usize) -> Result<Model> {
        const OUTPUT: &str = "the output matrix";
        let mut reader = Reader::new(path, input, large);
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

    /// Whether the file at `path` begins like a model. Returns false for a pipe or another input that can be read
    /// only once.
    pub fn is_at(path: &Path) -> bool {
        let start = path.is_file().then(|| {
            let mut input = BufReader::with_capacity(1 << 10, files::open(path).ok()?);
            input.fill_buf().ok().map(looks_like_model)
        });
        start.flatten().unwrap_or(false)
    }

    /// The number of words, and the dimension of the vectors.
    pub fn size(&self) -> (usize, usize) {
        (self.dictionary.words, self.input.dim)
    }

    /// Whether it is a classifier.
    pub fn is_supervised(&self) -> bool {
        self.settings.model == Kind::Supervised
    }

    /// The vectors of its first `limit` words, with the subwords for other words. Entries that repeat a word or are
    /// empty are skipped.
    ///
    /// # Errors
    /// If it has no words, or the vector of a word is not finite.
    pub fn into_vectors(self, limit: usize) -> Result<WordVectors> {
        let Model { path, settings, dictionary, input, .. } = self;
        let wrong = |number: usize, problem: String| {
            let place = Place::Byte(dictionary.place(number));
            Error::input(&path, place, problem, "the file is damaged")
        };
        let (words, kept, left_out) = kept(&dictionary, limit);
        let count = kept.len();
        if count == 0 {
            return Err(Error::input(&path, Place::Whole, "the model has no words", ""));
        }
        let (Input { dim, head, rest }, ngrams) = (input, Ngrams::new(&settings, &dictionary));
        // If there is no head, the rows of words are in the same matrix before those of n-grams.
        let first = if head.is_empty() { dictionary.words } else { 0 };
        let subwords = Subwords::new(settings, ngrams, rest, first);
        let finish = |from: usize, own: &mut [f32]| {
            own.par_chunks_exact_mut(dim).with_min_len(WORDS).enumerate().for_each(|(id, own)| {
                let number = kept[from + id];
                if first > 0 {
                    subwords.add_row(number, own);
                }
                subwords.finish(dictionary.entry(number), own);
            });
            let bad = own.iter().position(|number| !number.is_finite());
            bad.map_or(Ok(()), |place| {
                let id = from + place / dim;
                Err(wrong(kept[id], format!("the vector of {:?} holds {}", words.get(id), own[place])))
            })
        };
        let table = if first == 0 {
            let mut own = head;
            // The rows that are kept are moved to the places of skipped rows.
            for (id, &number) in kept.iter().enumerate().filter(|(id, number)| *id != **number) {
                own.copy_within(number * dim..(number + 1) * dim, id * dim);
            }
            own.truncate(count * dim);
            finish(0, &mut own)?;
            let matrix = Array2::from_shape_vec((count, dim), own)
                .map_err(|e| Error::input(&path, Place::Whole, e.to_string(), ""))?;
            VectorTable::Held(matrix)
        } else {
            let mut numbers = Numbers::new();
            for from in (0..count).step_by(BLOCK) {
                let start = numbers.tail.len();
                numbers.tail.resize(start + BLOCK.min(count - from) * dim, 0.0);
                finish(from, &mut numbers.tail[start..])?;
                numbers.settle()?;
            }
            numbers.finish(count, dim)?
        };
        let counts = kept.iter().map(|&number| dictionary.counts[number].max(0) as u64).collect();
        let vectors = WordVectors::of_table(words, table, Some(counts))?;
        Ok(vectors.with_left_out(left_out).with_subwords(Arc::new(subwords)))
    }
}

/// The first `limit` words of a dictionary that are kept, the indices of their entries (ascending), and what was
/// skipped.
fn kept(dictionary: &Dictionary, limit: usize) -> (Words, Vec<usize>, LeftOut) {
    let (mut words, mut kept, mut left_out) = (Words::default(), Vec::<usize>::new(), LeftOut::default());
    for (number, entry) in dictionary.word_entries().enumerate() {
        if kept.len() == limit {
            break;
        }
        if entry.is_empty() {
            left_out.empty += 1;
            continue;
        }
        let shown = decode(entry);
        let mut repeats = |shown: &str| {
            let (id, new) = words.insert(shown);
            (!new).then(|| dictionary.entry(kept[id]) == entry)
        };
        // Two words can look the same if one of them is not UTF-8. Then their bytes are shown instead.
        let repeats = match repeats(&shown) {
            Some(false) => repeats(&entry.escape_ascii().to_string()),
            repeats => repeats,
        };
        match repeats {
            None => kept.push(number),
            Some(_) => left_out.repeat(&shown),
        }
    }
    (words, kept, left_out)
}

/// Reads the vectors of the first `limit` words of an unsupervised model: `input` is the content of the file at
/// `path`, from its first byte.
///
/// # Errors
/// If the file is damaged, with the position in bytes; and if the model is supervised: its vectors were trained to
/// distinguish labels, so the user has to request them explicitly.
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
