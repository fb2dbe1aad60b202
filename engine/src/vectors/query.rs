//! Queries on a table of vectors: a borrowed view of the table, and the words nearest to a point.

use std::borrow::Cow;
use std::ops::Range;

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernel::rows;
use crate::session::choices::Closeness;
use crate::text::words::Words;

use super::compressed::Compressed;
use super::fasttext::Subwords;
use super::near::{Near, length, over};
use super::spelling;
use super::static_model::StaticModel;
use super::table::TableView;

/// The number of rows that one task looks at.
const CHUNK: usize = 2_048;

/// A borrowed table `(words, dim)` of vectors, which may still be in training.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    words: &'a Words,
    table: TableView<'a>,
    norms: Option<&'a [f32]>,
    compressed: Option<&'a Compressed>,
    subwords: Option<&'a Subwords>,
    static_model: Option<&'a StaticModel>,
}

impl<'a> View<'a> {
    /// The vectors `matrix` of `words`. Each row must be contiguous; there may be gaps between rows.
    pub fn new(words: &'a Words, matrix: ArrayView2<'a, f32>) -> Self {
        View::of(words, TableView::Array(matrix))
    }

    /// The vectors `table` of `words`.
    pub fn of(words: &'a Words, table: TableView<'a>) -> Self {
        View { words, table, norms: None, compressed: None, subwords: None, static_model: None }
    }

    /// Adds the lengths of all rows. Without them every query computes them again.
    pub fn with_norms(self, norms: &'a [f32]) -> Self {
        View { norms: Some(norms), ..self }
    }

    /// Adds a compressed copy of the table, which makes queries on a large table faster.
    pub fn with_compressed(self, compressed: &'a Compressed) -> Self {
        View { compressed: Some(compressed), ..self }
    }

    /// Adds subwords, which give vectors of words that are not in the table.
    pub fn with_subwords(self, subwords: Option<&'a Subwords>) -> Self {
        View { subwords, ..self }
    }

    /// Adds how the tokens of a text are read, for static token vectors: a word is looked up by its token, and a word of
    /// several tokens has their mean.
    pub fn with_static_model(self, static_model: Option<&'a StaticModel>) -> Self {
        View { static_model, ..self }
    }

    /// The length of every row.
    pub fn norms(&self) -> Vec<f32> {
        let lengths = |id: usize| length(&self.row(id));
        (0..self.words.len()).into_par_iter().with_min_len(CHUNK).map(lengths).collect()
    }

    /// The words, in the order of the rows.
    pub fn words(&self) -> &'a Words {
        self.words
    }

    /// The table.
    pub fn table(&self) -> TableView<'a> {
        self.table
    }

    /// The dimension of a vector.
    pub fn dim(&self) -> usize {
        self.table.dim().1
    }

    /// The vector of row `id`.
    pub fn row(&self, id: usize) -> Cow<'a, [f32]> {
        self.table.row(id)
    }

    /// The row of `word` as it is written, or else of its lower-case form. Static token vectors have the row of the
    /// token that their tokeniser makes of it.
    pub fn find(&self, word: &str) -> Option<usize> {
        if let Some(model) = self.static_model {
            return model.find(self.words, word);
        }
        let lower = |word: &str| self.words.id(&word.to_lowercase());
        self.words.id(word).or_else(|| lower(word).filter(|_| word.chars().any(char::is_uppercase)))
    }

    /// The row of `word`, as for [`find`](Self::find).
    ///
    /// # Errors
    /// If there is none; the message suggests a similarly spelled word that has one.
    pub fn id(&self, word: &str) -> Result<usize> {
        self.find(word).ok_or_else(|| {
            let remedy = match spelling::near(self.words, word) {
                Some(known) => format!("\"{known}\" has one"),
                None => "it may be too rare, or written differently".into(),
            };
            Error::request(format!("\"{word}\" has no vector"), remedy)
        })
    }

    /// The row of `word` and its vector. A word without a row gets a vector computed from its subwords or tokens, if the
    /// table has them.
    ///
    /// # Errors
    /// If there is neither a row nor a vector from subwords.
    pub fn point(&self, word: &str) -> Result<(Option<usize>, Cow<'a, [f32]>)> {
        match self.id(word) {
            Ok(id) => Ok((Some(id), self.row(id))),
            Err(none) if self.subwords.is_none() && self.static_model.is_none() => Err(none),
            Err(_) => match self.made(word) {
                Some(made) => Ok((None, made.into())),
                None => Err(Error::request(
                    format!("\"{word}\" has no vector, and none of its parts has one"),
                    "it may be written differently",
                )),
            },
        }
    }

    /// The vector of a word without a row, computed from its subwords or tokens.
    fn made(&self, word: &str) -> Option<Vec<f32>> {
        let of_tokens = || self.static_model?.made(self.words, &self.table, word);
        self.subwords.and_then(|subwords| subwords.vector_of_unseen(word)).or_else(of_tokens)
    }

    /// The vector of `word` in exactly this spelling: its own, or one computed from subwords or tokens.
    pub fn of_word(&self, word: &str) -> Option<Cow<'a, [f32]>> {
        self.own(word).map(|id| self.row(id)).or_else(|| self.made(word).map(Cow::Owned))
    }

    /// The row of `word` in exactly this spelling. Static token vectors have the row of the token that their tokeniser
    /// makes of it.
    pub fn own(&self, word: &str) -> Option<usize> {
        match self.static_model {
            Some(model) => model.find(self.words, word),
            None => self.words.id(word),
        }
    }

    /// The cosine of the angle between two words' vectors.
    pub fn similarity(&self, a: usize, b: usize) -> f32 {
        let (a, b) = (self.row(a), self.row(b));
        over(rows::dot(&a, &b), length(&a) * length(&b))
    }

    /// The `count` words nearest to `word`, without the word itself.
    ///
    /// # Errors
    /// If `word` has no vector.
    pub fn neighbours(&self, word: &str, count: usize) -> Result<Vec<Near>> {
        let (id, point) = self.point(word)?;
        Ok(self.nearest(&point, count, id.as_slice()))
    }

    /// The `count` words whose vectors have the smallest angle to `point`, without those in `except`, the nearest
    /// first. Equally near words have the order of their rows.
    pub fn nearest(&self, point: &[f32], count: usize, except: &[usize]) -> Vec<Near> {
        let own = length(point);
        let similarity = |id: usize| self.similarity_to(point, own, id);
        let quick = |compressed: &Compressed| compressed.nearest(point, count, except, similarity);
        if let Some(near) = self.compressed.and_then(quick) {
            return near;
        }
        self.best(count, except, |rows, scores| {
            self.dots(point, rows.clone(), scores);
            rows.zip(scores).for_each(|(id, score)| *score = over(*score, own * self.norm(id)));
        })
    }

    /// As [`nearest`](Self::nearest), by cosine or dot product.
    pub fn nearest_by(&self, by: Closeness, point: &[f32], count: usize, except: &[usize]) -> Vec<Near> {
        match by {
            Closeness::Cosine => self.nearest(point, count, except),
            Closeness::Dot => self.best(count, except, |rows, scores| self.dots(point, rows, scores)),
        }
    }

    /// The `count` words with the highest scores, without those in `except`, the highest first. Equal scores have the
    /// order of their rows. `score` gets a range of rows and writes their scores.
    pub(super) fn best(
        &self,
        count: usize,
        except: &[usize],
        score: impl Fn(Range<usize>, &mut [f32]) + Sync,
    ) -> Vec<Near> {
        let chunks = self.words.len().div_ceil(CHUNK);
        let best = (0..chunks).into_par_iter().map(|chunk| {
            let mut best = Vec::with_capacity(count + 1);
            let rows = chunk * CHUNK..((chunk + 1) * CHUNK).min(self.words.len());
            let mut scores = [0.0; CHUNK];
            let scores = &mut scores[..rows.len()];
            score(rows.clone(), scores);
            for (id, &similarity) in rows.zip(&*scores) {
                if (best.len() < count || best.last().is_some_and(|last: &Near| similarity > last.similarity))
                    && !except.contains(&id)
                {
                    let at = best.partition_point(|near: &Near| near.similarity >= similarity);
                    best.insert(at, Near { id, similarity });
                    best.truncate(count);
                }
            }
            best
        });
        // The sort is stable and the chunks are in order, so equal scores keep the order of their rows.
        let mut all: Vec<Near> = best.collect::<Vec<_>>().concat();
        all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        all.truncate(count);
        all
    }

    /// The dot products of `point` with `rows`.
    pub(super) fn dots(&self, point: &[f32], rows: Range<usize>, sums: &mut [f32]) {
        self.table.dots(point, rows, sums);
    }

    /// The cosine of the angle between a row and a point of length `own`, as in [`nearest`](Self::nearest).
    pub(super) fn similarity_to(&self, point: &[f32], own: f32, id: usize) -> f32 {
        over(rows::dot(point, &self.row(id)), own * self.norm(id))
    }

    /// The length of a row.
    pub(super) fn norm(&self, id: usize) -> f32 {
        self.norms.map_or_else(|| length(&self.row(id)), |norms| norms[id])
    }

    /// The first `count` words, in the order of the rows, that begin with `prefix`.
    pub fn complete(&self, prefix: &str, count: usize) -> Vec<&'a str> {
        let words = self.words;
        (0..words.len()).map(|id| words.get(id)).filter(|word| word.starts_with(prefix)).take(count).collect()
    }
}
