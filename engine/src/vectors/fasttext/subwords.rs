//! Vectors from subwords (Bojanowski et al. 2017, "Enriching word vectors with subword information").
//!
//! The subwords of a word are the n-grams of its characters between `<` and `>`. A hash maps each n-gram to one of a
//! fixed number of rows. The vector of a known word is the mean of its own row and its n-grams' rows. The vector of
//! an unseen word is the mean of its n-grams' rows.

use std::collections::HashMap;

use crate::error::{Error, Result};

use super::dictionary::{Dictionary, END_OF_LINE};
use super::matrix::Matrix;
use super::settings::Settings;

/// FNV-1a with 32 bits. Bytes are treated as signed, as in fastText.
pub fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ byte as i8 as u32).wrapping_mul(0x0100_0193))
}

/// The set of n-grams, and the row of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Ngrams {
    shortest: usize,
    longest: usize,
    buckets: u32,
    /// For a pruned model: the rows of the n-grams that were kept.
    kept: Option<HashMap<i32, i32>>,
}

impl Ngrams {
    /// The n-grams of a model.
    pub fn new(settings: &Settings, dictionary: &Dictionary) -> Ngrams {
        Ngrams {
            shortest: settings.shortest.max(0) as usize,
            longest: settings.longest.max(0) as usize,
            buckets: settings.buckets.max(0) as u32,
            kept: dictionary.kept.clone(),
        }
    }

    /// All n-grams of `shortest` to `longest` characters, in this number of buckets.
    pub fn plain(shortest: usize, longest: usize, buckets: u32) -> Ngrams {
        Ngrams { shortest, longest, buckets, kept: None }
    }

    /// Whether there are any n-grams.
    pub fn of_characters(&self) -> bool {
        self.longest > 0 && self.buckets > 0 && self.kept.as_ref().is_none_or(|kept| !kept.is_empty())
    }

    /// The row of the n-gram with this hash, counted from the first n-gram's row. `None` if it was pruned, or there
    /// are no n-grams.
    pub fn row(&self, hash: u64) -> Option<usize> {
        let bucket = hash.checked_rem(u64::from(self.buckets))?;
        match &self.kept {
            None => Some(bucket as usize),
            Some(kept) => kept.get(&(bucket as i32)).map(|&row| row as usize),
        }
    }

    /// Calls `take` with the rows of the n-grams of `word`: for each start, shorter n-grams before longer ones.
    pub fn each_row(&self, word: &[u8], mut take: impl FnMut(usize)) {
        if !self.of_characters() || word == END_OF_LINE {
            return;
        }
        let marked = [b"<", word, b">"].concat();
        // A UTF-8 continuation byte does not begin a character. The same test is used for bytes that are not UTF-8.
        let begins = |at: usize| marked.get(at).is_none_or(|byte| byte & 0xc0 != 0x80);
        for start in (0..marked.len()).filter(|&start| begins(start)) {
            let mut end = start;
            for length in 1..=self.longest {
                if end == marked.len() {
                    break;
                }
                end += 1;
                while !begins(end) {
                    end += 1;
                }
                // A single `<` or `>` is not an n-gram.
                let lone = length == 1 && (start == 0 || end == marked.len());
                if length >= self.shortest && !lone {
                    self.row(u64::from(hash(&marked[start..end]))).into_iter().for_each(&mut take);
                }
            }
        }
    }
}

/// What is needed to compute vectors of words that are not in the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Subwords {
    /// The settings of the model that the table comes from.
    pub(super) settings: Settings,
    ngrams: Ngrams,
    rows: Matrix,
    /// The index of the first n-gram's row.
    first: usize,
}

impl Subwords {
    /// `rows` holds the n-grams' rows, from row `first` on.
    pub(super) fn new(settings: Settings, ngrams: Ngrams, rows: Matrix, first: usize) -> Subwords {
        Subwords { settings, ngrams, rows, first }
    }

    /// The n-grams of vectors that this program trained: `rows` `(n-grams, dim)` belong to `buckets`, ascending. The
    /// other buckets, of `of` in total, did not occur.
    pub fn trained(
        shortest: usize,
        longest: usize,
        of: u32,
        buckets: &[u32],
        dim: usize,
        rows: Vec<f32>,
    ) -> Subwords {
        let settings = Settings {
            buckets: of as i32,
            shortest: shortest as i32,
            longest: longest as i32,
            ..Settings::plain(dim as i32)
        };
        let kept = buckets.iter().enumerate().map(|(row, &bucket)| (bucket as i32, row as i32)).collect();
        let ngrams = Ngrams { shortest, longest, buckets: of, kept: Some(kept) };
        Subwords { settings, ngrams, rows: Matrix::Dense { dim, values: rows }, first: 0 }
    }

    /// The dimension of a vector.
    pub fn dim(&self) -> usize {
        self.settings.dim as usize
    }

    /// The minimum and maximum length of an n-gram in characters, and the number of buckets.
    pub fn shape(&self) -> (usize, usize, u32) {
        (self.ngrams.shortest, self.ngrams.longest, self.ngrams.buckets)
    }

    /// Adds the row of a bucket to `sum`; nothing if the model has none for it.
    pub fn add_bucket(&self, bucket: u32, sum: &mut [f32]) {
        if let Some(row) = self.ngrams.row(u64::from(bucket)) {
            self.rows.add_to(self.first + row, sum);
        }
    }

    /// The buckets that have a row, ascending, and these rows `(n, D)` one after another.
    pub fn numbers(&self) -> (Vec<u32>, Vec<f32>) {
        let mut kept: Vec<(u32, usize)> = match &self.ngrams.kept {
            None => (0..self.ngrams.buckets).map(|bucket| (bucket, bucket as usize)).collect(),
            Some(kept) => kept.iter().map(|(&bucket, &row)| (bucket as u32, row as usize)).collect(),
        };
        kept.sort_unstable();
        let dim = self.dim();
        let mut rows = vec![0.0; kept.len() * dim];
        for (&(_, row), to) in kept.iter().zip(rows.chunks_exact_mut(dim.max(1))) {
            self.rows.add_to(self.first + row, to);
        }
        (kept.into_iter().map(|(bucket, _)| bucket).collect(), rows)
    }

    /// Adds the row of the known word with index `word` to `sum`, if the words' rows are in the same matrix as those
    /// of n-grams.
    pub(super) fn add_row(&self, word: usize, sum: &mut [f32]) {
        self.rows.add_to(word, sum);
    }

    /// Turns a known word's own row into its vector. The sums have fastText's order, so the bits are the same.
    pub(super) fn finish(&self, word: &[u8], own: &mut [f32]) {
        let parts = self.add_parts(word, own);
        if parts > 0 {
            let fraction = (1.0 / (1 + parts) as f64) as f32;
            own.iter_mut().for_each(|x| *x *= fraction);
        }
    }

    /// The row from which [`finish`](Self::finish) computes `vector`, up to rounding.
    pub(super) fn own_row(&self, word: &[u8], vector: &[f32]) -> Vec<f32> {
        let mut sum = vec![0.0; vector.len()];
        let parts = self.add_parts(word, &mut sum);
        let own = |(&x, &sum): (&f32, &f32)| (f64::from(x) * (1 + parts) as f64 - f64::from(sum)) as f32;
        vector.iter().zip(&sum).map(own).collect()
    }

    /// The vector of a word that is not in the table, computed from its n-grams; `None` if it has none.
    pub fn vector_of_unseen(&self, word: &str) -> Option<Vec<f32>> {
        let mut vector = vec![0.0; self.dim()];
        let parts = if word.is_empty() { 0 } else { self.add_parts(word.as_bytes(), &mut vector) };
        let fraction = (1.0 / parts as f64) as f32;
        vector.iter_mut().for_each(|x| *x *= fraction);
        (parts > 0).then_some(vector)
    }

    /// Adds the rows of a word's n-grams, and returns their number.
    fn add_parts(&self, word: &[u8], sum: &mut [f32]) -> usize {
        let mut parts = 0;
        self.ngrams.each_row(word, |row| {
            self.rows.add_to(self.first + row, sum);
            parts += 1;
        });
        parts
    }

    /// The n-grams' rows as floats, for writing a model.
    ///
    /// # Errors
    /// If n-grams were pruned: only a quantised model may lack some.
    pub(super) fn dense_rows(&self) -> Result<Matrix> {
        let dim = self.dim();
        let mut values = vec![0.0; self.settings.buckets as usize * dim];
        match (&self.ngrams.kept, &self.rows) {
            (None, _) => {
                for (row, sum) in values.chunks_exact_mut(dim).enumerate() {
                    self.rows.add_to(self.first + row, sum);
                }
            }
            // Trained by this program: n-grams that did not occur were not trained.
            (Some(kept), Matrix::Dense { .. } | Matrix::Filed(_)) => {
                for (&bucket, &row) in kept {
                    self.rows.add_to(self.first + row as usize, &mut values[bucket as usize * dim..][..dim]);
                }
            }
            (Some(_), Matrix::Quantised(_)) => {
                return Err(Error::request(
                    "a pruned model cannot be written as a fastText model",
                    "write its vectors as text or word2vec binary",
                ));
            }
        }
        Ok(Matrix::Dense { dim, values })
    }
}
