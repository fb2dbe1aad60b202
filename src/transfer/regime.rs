//! A regime as a table: which row every word of the task reads, and which rows are learned.
//!
//! A model reads two matrices: its own trainable rows first, then the pre-trained table, shared by
//! all runs and never copied. So *frozen* is a model without trainable rows (no gradient for the
//! table can exist), and *fine-tuned* is one whose trainable rows start as copies of the words of its
//! training labels: no other word can move, so no other row is held twice.
//!
//! Words without a vector share one *unknown* word: zeros where the table is fixed, and a row that is
//! learned (from zeros when fine-tuning, from random values from scratch) otherwise.

use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use crate::rng::{self, Stream};
use crate::session::recipe::Regime;
use crate::text::documents::{DocId, Documents};
use crate::vectors::WordVectors;

/// Standard deviation of vectors that start at random.
const SCRATCH_DEVIATION: f64 = 0.1;

/// The pre-trained vectors as the task sees them.
pub struct Table {
    /// The vectors `(V + 1, D)`; the last row is the unknown word's zeros.
    pub base: Arc<Array2<f32>>,
    /// The row of each word of the task; `V` for those without a vector.
    pub row: Vec<u32>,
    /// The words behind the rows.
    pub vectors: Arc<WordVectors>,
}

impl Table {
    /// The table of `vectors` for the words of `documents`.
    pub fn new(vectors: Arc<WordVectors>, documents: &Documents) -> Table {
        let (words, dim) = vectors.matrix.dim();
        let mut base = Array2::zeros((words + 1, dim));
        base.slice_mut(ndarray::s![..words, ..]).assign(&vectors.matrix);
        let row = documents
            .words
            .iter()
            .map(|word| vectors.index_of(word).map_or(words as u32, |row| row as u32))
            .collect();
        Table { base: Arc::new(base), row, vectors }
    }

    /// The row of the unknown word.
    pub fn unknown(&self) -> u32 {
        self.base.nrows() as u32 - 1
    }

    /// Numbers a vector.
    pub fn dim(&self) -> usize {
        self.base.ncols()
    }
}

/// What a model reads for each word of the task.
pub struct Lookup {
    /// The model's row of each word: below `learned` a learned one, else a row of the base.
    pub rows: Vec<u32>,
    /// How many rows are learned.
    pub learned: usize,
    /// The fixed rows.
    pub base: Arc<Array2<f32>>,
    /// The model's row for words that have none.
    pub unknown: u32,
    /// For each trainable row the base row that it started from, if it started from one.
    pub origin: Vec<Option<u32>>,
}

impl Lookup {
    /// The lookup of a regime for a run that trains on `train`, and the learned rows as they start.
    ///
    /// `dim` and `min_count` are for scratch; `table` is needed by the other two.
    pub fn new(
        regime: Regime,
        documents: &Documents,
        train: &[DocId],
        table: Option<&Table>,
        dim: usize,
        min_count: usize,
        random: &mut Stream,
    ) -> (Lookup, Array2<f32>) {
        match (regime, table) {
            (Regime::Frozen, Some(table)) => Lookup::frozen(table),
            (Regime::FineTuned, Some(table)) => Lookup::fine_tuned(table, documents, train),
            _ => Lookup::scratch(documents, train, dim, min_count, random),
        }
    }

    fn scratch(
        documents: &Documents,
        train: &[DocId],
        dim: usize,
        min_count: usize,
        random: &mut Stream,
    ) -> (Lookup, Array2<f32>) {
        let counts = documents.counts(train.iter().copied());
        let mut rows = vec![0; counts.len()];
        let mut next = 1;
        for (row, &count) in rows.iter_mut().zip(&counts) {
            if count >= min_count.max(1) as u64 {
                *row = next;
                next += 1;
            }
        }
        let trainable = Array2::from_shape_simple_fn((next as usize, dim), || {
            (rng::normal(random) * SCRATCH_DEVIATION) as f32
        });
        let learned = next as usize;
        let base = Arc::new(Array2::zeros((0, dim)));
        (Lookup { rows, learned, base, unknown: 0, origin: vec![None; learned] }, trainable)
    }

    fn frozen(table: &Table) -> (Lookup, Array2<f32>) {
        let lookup = Lookup {
            rows: table.row.clone(),
            learned: 0,
            base: table.base.clone(),
            unknown: table.unknown(),
            origin: Vec::new(),
        };
        (lookup, Array2::zeros((0, table.dim())))
    }

    fn fine_tuned(table: &Table, documents: &Documents, train: &[DocId]) -> (Lookup, Array2<f32>) {
        let counts = documents.counts(train.iter().copied());
        let mut origin = vec![None];
        let mut own = vec![0_u32; counts.len()];
        for (word, &count) in counts.iter().enumerate() {
            if count > 0 && table.row[word] != table.unknown() {
                own[word] = origin.len() as u32;
                origin.push(Some(table.row[word]));
            }
        }
        let rows = (0..counts.len())
            .map(|word| match (own[word], table.row[word]) {
                (0, row) if row == table.unknown() => 0,
                (0, row) => origin.len() as u32 + row,
                (row, _) => row,
            })
            .collect();
        let mut trainable = Array2::zeros((origin.len(), table.dim()));
        for (mut row, origin) in trainable.rows_mut().into_iter().zip(&origin) {
            if let Some(origin) = origin {
                row.assign(&table.base.row(*origin as usize));
            }
        }
        let lookup = Lookup { rows, learned: origin.len(), base: table.base.clone(), unknown: 0, origin };
        (lookup, trainable)
    }

    /// The model's row of any word: one of the task, one that only the vectors know, or the unknown.
    /// The second is whether the model knows the word.
    pub fn row_of(&self, word: &str, documents: &Documents, table: Option<&Table>) -> (u32, bool) {
        let row = match documents.word(word) {
            Some(number) => self.rows[number as usize],
            None => match table {
                // Only a regime with a base can read words that the task never had.
                Some(table) if self.base.nrows() > 0 => {
                    table.vectors.index_of(word).map_or(self.unknown, |row| (self.learned + row) as u32)
                }
                _ => self.unknown,
            },
        };
        (row, row != self.unknown)
    }

    /// The vector that a base row holds.
    pub fn base_row(&self, row: u32) -> ArrayView1<'_, f32> {
        self.base.row(row as usize)
    }
}
