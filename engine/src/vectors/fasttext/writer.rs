//! Writes unsupervised models that fastText and gensim can load.
//!
//! A table that came from a model becomes that model again. Only training needs the output matrix. It is kept if the
//! whole model was read; otherwise it is zero, as at the beginning of training.

use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;

use super::super::WordVectors;
use super::Model;
use super::dictionary::Dictionary;
use super::matrix::{Input, Matrix};
use super::settings::Settings;

impl Model {
    /// The model of a table of vectors: with n-grams if the table has subwords, otherwise without.
    ///
    /// # Errors
    /// If a word cannot be written, or n-grams were pruned.
    pub fn of_vectors(vectors: &WordVectors, path: &Path) -> Result<Model> {
        let (count, dim) = (vectors.len(), vectors.dim());
        let mut dictionary = Dictionary::default();
        for (number, word) in vectors.words.iter().enumerate() {
            if word.contains('\0') {
                return Err(Error::request(
                    format!("the word {word:?} cannot be written to {}", path.display()),
                    "fastText ends words by a zero byte",
                ));
            }
            // Unknown counts are replaced by values that decrease in the order of the words, as in gensim.
            let seen = vectors.counts.as_ref().map_or((count - number) as u64, |counts| counts[number]);
            dictionary.push(word.as_bytes(), i64::try_from(seen).unwrap_or(i64::MAX));
        }
        let (settings, rest) = match &vectors.subwords {
            None => (Settings::plain(dim as i32), Matrix::Dense { dim, values: Vec::new() }),
            Some(subwords) => (subwords.settings.clone(), subwords.dense_rows()?),
        };
        let mut head = Vec::with_capacity(count * dim);
        for (id, word) in vectors.words.iter().enumerate() {
            let row = vectors.table().row(id);
            match &vectors.subwords {
                None => head.extend_from_slice(&row),
                Some(subwords) => head.extend(subwords.own_row(word.as_bytes(), &row)),
            }
        }
        Ok(Model {
            path: path.to_path_buf(),
            settings,
            dictionary,
            input: Input { dim, head, rest },
            output: None,
        })
    }

    /// Writes the whole model or nothing; compressed if the name ends in `.gz`. A model of the last version that was
    /// read as a whole gets the same bytes.
    ///
    /// # Errors
    /// If writing fails, or the model is supervised, pruned or quantised.
    pub fn save(&self, path: &Path) -> Result<()> {
        let rest = &self.input.rest;
        if self.is_supervised() || self.dictionary.kept.is_some() || matches!(rest, Matrix::Quantised(_)) {
            return Err(Error::request(
                format!("{} cannot be written as a fastText model again", self.path.display()),
                "it is supervised, or compressed; write its vectors as text or word2vec binary",
            ));
        }
        files::save_packed(path, |out| {
            let (rows, dim) = (self.dictionary.words, self.input.dim);
            out.write_all(&self.settings.bytes())?;
            out.write_all(&self.dictionary.bytes())?;
            size(out, self.input.head.len() / dim + rest.rows(), dim)?;
            numbers(out, &self.input.head)?;
            matrix(out, rest)?;
            size(out, rows, dim)?;
            match &self.output {
                Some(output) => matrix(out, output),
                None => (0..rows).try_for_each(|_| numbers(out, &vec![0.0; dim])),
            }
        })
    }
}

/// Writes that a matrix is not quantised, and its size.
fn size(out: &mut dyn Write, rows: usize, dim: usize) -> io::Result<()> {
    out.write_all(&[0])?;
    out.write_all(&(rows as i64).to_le_bytes())?;
    out.write_all(&(dim as i64).to_le_bytes())
}

/// Writes all values of a matrix that is not quantised.
fn matrix(out: &mut dyn Write, matrix: &Matrix) -> io::Result<()> {
    match matrix {
        Matrix::Dense { values, .. } => numbers(out, values),
        Matrix::Filed(filed) => (0..filed.rows()).try_for_each(|row| numbers(out, &filed.row(row))),
        Matrix::Quantised(_) => Err(io::Error::other("a quantised matrix")),
    }
}

fn numbers(out: &mut dyn Write, numbers: &[f32]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(4 * 4096);
    for numbers in numbers.chunks(4096) {
        bytes.clear();
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}
