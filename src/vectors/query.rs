//! Questions to a table of vectors: neighbours, analogies, completion.

use std::borrow::Cow;

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernel::rows;
use crate::text::words::Words;

use super::compressed::Compressed;
use super::fasttext::Subwords;

/// Rows that one task looks at.
const CHUNK: usize = 2_048;

/// A borrowed table `(words, dim)`: of finished vectors, or of those that are just being learned.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    words: &'a Words,
    matrix: ArrayView2<'a, f32>,
    norms: Option<&'a [f32]>,
    compressed: Option<&'a Compressed>,
    subwords: Option<&'a Subwords>,
}

/// A word near another, or near a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The row.
    pub id: usize,
    /// The cosine of the angle between the two vectors; 0 if one has no length.
    pub similarity: f32,
}

impl<'a> View<'a> {
    /// The vectors `matrix` of `words`. Each row must lie in one piece; rows may have gaps between them.
    pub fn new(words: &'a Words, matrix: ArrayView2<'a, f32>) -> Self {
        View { words, matrix, norms: None, compressed: None, subwords: None }
    }

    /// With the lengths of all rows, which are otherwise found anew at every question.
    pub fn with_norms(self, norms: &'a [f32]) -> Self {
        View { norms: Some(norms), ..self }
    }

    /// With a compressed copy of the table, which answers faster where it is large.
    pub fn with_compressed(self, compressed: &'a Compressed) -> Self {
        View { compressed: Some(compressed), ..self }
    }

    /// With what makes vectors of words that the table does not have.
    pub fn with_subwords(self, subwords: Option<&'a Subwords>) -> Self {
        View { subwords, ..self }
    }

    /// The length of every row.
    pub fn norms(&self) -> Vec<f32> {
        let lengths = |id: usize| length(self.row(id));
        (0..self.words.len()).into_par_iter().with_min_len(CHUNK).map(lengths).collect()
    }

    /// The words, in the order of the rows.
    pub fn words(&self) -> &'a Words {
        self.words
    }

    /// The table.
    pub fn matrix(&self) -> ArrayView2<'a, f32> {
        self.matrix
    }

    /// The vector numbered `id`.
    pub fn row(&self, id: usize) -> &'a [f32] {
        self.matrix.index_axis_move(Axis(0), id).to_slice().unwrap_or(&[])
    }

    /// The row of `word`.
    ///
    /// # Errors
    /// A sentence that says that there is none.
    pub fn id(&self, word: &str) -> Result<usize> {
        self.words.id(word).ok_or_else(|| {
            Error::request(format!("\"{word}\" has no vector"), "it may be too rare, or written differently")
        })
    }

    /// The row of `word` and its vector. A word that has no row can have a vector made from its parts, where the table
    /// came with them.
    ///
    /// # Errors
    /// A sentence that says that there is neither.
    pub fn point(&self, word: &str) -> Result<(Option<usize>, Cow<'a, [f32]>)> {
        match (self.id(word), self.subwords) {
            (Ok(id), _) => Ok((Some(id), self.row(id).into())),
            (Err(none), None) => Err(none),
            (Err(_), Some(subwords)) => match subwords.vector_of_unseen(word) {
                Some(made) => Ok((None, made.into())),
                None => Err(Error::request(
                    format!("\"{word}\" has no vector, and none of its parts has one"),
                    "it may be written differently",
                )),
            },
        }
    }

    /// The cosine of the angle between two words' vectors.
    pub fn similarity(&self, a: usize, b: usize) -> f32 {
        let (a, b) = (self.row(a), self.row(b));
        over(rows::dot(a, b), length(a) * length(b))
    }

    /// The `count` words nearest to `word`, without itself.
    ///
    /// # Errors
    /// When `word` has no vector.
    pub fn neighbours(&self, word: &str, count: usize) -> Result<Vec<Near>> {
        let (id, point) = self.point(word)?;
        Ok(self.nearest(&point, count, id.as_slice()))
    }

    /// `a` is to `b` as `c` is to …: the words nearest to `b - a + c`, of vectors of length 1 (3CosAdd;
    /// Mikolov, Yih & Zweig 2013). The three words are left out.
    ///
    /// # Errors
    /// When one of the words has no vector.
    pub fn analogy(&self, a: &str, b: &str, c: &str, count: usize) -> Result<Vec<Near>> {
        let [(a, x), (b, y), (c, z)] = [self.point(a)?, self.point(b)?, self.point(c)?];
        let ids: Vec<usize> = [a, b, c].into_iter().flatten().collect();
        Ok(self.nearest(&self.analogy_sum([&x, &y, &z]), count, &ids))
    }

    /// `b - a + c`, of vectors of length 1.
    pub(super) fn analogy_point(&self, ids: [usize; 3]) -> Vec<f32> {
        self.analogy_sum(ids.map(|id| self.row(id)))
    }

    fn analogy_sum(&self, [a, b, c]: [&[f32]; 3]) -> Vec<f32> {
        let mut point = vec![0.0; self.matrix.ncols()];
        for (sign, row) in [(-1.0, a), (1.0, b), (1.0, c)] {
            let scale = over(sign, length(row));
            point.iter_mut().zip(row).for_each(|(p, x)| *p += scale * x);
        }
        point
    }

    /// The `count` words nearest to `point`, without those in `except`; the nearest first, and among
    /// equals in the order of the rows.
    pub fn nearest(&self, point: &[f32], count: usize, except: &[usize]) -> Vec<Near> {
        if let Some(compressed) = self.compressed {
            return compressed.nearest(View { compressed: None, ..*self }, point, count, except);
        }
        let own = length(point);
        let chunks = self.words.len().div_ceil(CHUNK);
        let best = (0..chunks).into_par_iter().map(|chunk| {
            let mut best = Vec::with_capacity(count + 1);
            let rows = chunk * CHUNK..((chunk + 1) * CHUNK).min(self.words.len());
            let mut sums = [0.0; CHUNK];
            let sums = &mut sums[..rows.len()];
            match self.matrix.slice(s![rows.clone(), ..]).to_slice() {
                Some(table) if !point.is_empty() => rows::dots(point, table, sums),
                _ => rows.clone().zip(&mut *sums).for_each(|(id, sum)| *sum = rows::dot(point, self.row(id))),
            }
            for (id, &sum) in rows.zip(&*sums) {
                let similarity = over(sum, own * self.norm(id));
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
        // A stable sort: chunks come in order, so equals stay in the order of their rows.
        let mut all: Vec<Near> = best.collect::<Vec<_>>().concat();
        all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        all.truncate(count);
        all
    }

    /// The cosine of the angle between a row and a point of length `own`, as [`nearest`](Self::nearest) has it.
    pub(super) fn similarity_to(&self, point: &[f32], own: f32, id: usize) -> f32 {
        over(rows::dot(point, self.row(id)), own * self.norm(id))
    }

    fn norm(&self, id: usize) -> f32 {
        self.norms.map_or_else(|| length(self.row(id)), |norms| norms[id])
    }

    /// The first `count` words, in the order of the rows, that begin with `prefix`.
    pub fn complete(&self, prefix: &str, count: usize) -> Vec<&'a str> {
        let words = self.words;
        (0..words.len()).map(|id| words.get(id)).filter(|word| word.starts_with(prefix)).take(count).collect()
    }
}

/// The length of a vector.
pub(super) fn length(row: &[f32]) -> f32 {
    rows::dot(row, row).sqrt()
}

/// A quotient that is 0 where there is none.
pub(super) fn over(a: f32, b: f32) -> f32 {
    let quotient = a / b;
    if quotient.is_finite() { quotient } else { 0.0 }
}
