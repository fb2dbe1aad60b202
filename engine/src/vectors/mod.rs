//! Word vectors: the table, and queries on it.
//!
//! ```
//! use std::fs;
//! use warmstart_engine::session::choices::AnalogyScore;
//! use warmstart_engine::vectors::formats;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("vectors.txt");
//! // word2vec text: the number of words and of dimensions, then one word per line.
//! fs::write(&path, "5 3\nking 1 0 1\nman 0 0 1\nqueen 1 1 0\nwoman 0 1 0\npear -1 -1 0\n")?;
//!
//! let vectors = formats::read(&path, None)?;
//! let view = vectors.view();
//! let nearest = view.neighbours("king", 2)?;
//! assert_eq!(vectors.words.get(nearest[0].id), "man");
//! assert!((nearest[0].similarity - 0.5_f32.sqrt()).abs() < 1e-6);
//!
//! // man is to king as woman is to …
//! let answer = view.analogy("man", "king", "woman", AnalogyScore::Add, 1)?;
//! assert_eq!(vectors.words.get(answer[0].id), "queen");
//! # Ok(())
//! # }
//! ```

pub mod analogy;
pub mod axes;
pub mod centrality;
pub mod compressed;
pub mod evaluation;
pub mod expression;
pub mod fasttext;
pub mod formats;
#[cfg(test)]
mod golden;
mod names;
mod near;
mod numbers;
pub mod project;
pub mod query;
mod spelling;
pub mod static_model;
pub mod table;
pub mod tsne;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::text::words::Words;

use compressed::Compressed;
use fasttext::Subwords;
use static_model::StaticModel;

pub use names::LeftOut;
pub use near::Near;
pub use query::View;
use table::{TableView, VectorTable};

/// The number of values in a table whose scan takes longer than one frame of the screen may take: 128 MB.
const LARGE: usize = 1 << 25;

/// Words and their vectors. Cheap to clone: the table is shared.
///
/// ```
/// use ndarray::array;
/// use warmstart_engine::vectors::WordVectors;
///
/// # fn main() -> warmstart_engine::error::Result<()> {
/// let words = ["cat", "dog"].into_iter().collect();
/// let vectors = WordVectors::new(words, array![[0.6, 0.8], [0.8, 0.6]], None)?;
/// assert_eq!((vectors.len(), vectors.dim()), (2, 2));
/// assert_eq!(vectors.vector("dog").as_deref(), Some(&[0.8, 0.6][..]));
/// assert!((vectors.view().similarity(0, 1) - 0.96).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct WordVectors {
    /// The words, in the order of the rows.
    pub words: Arc<Words>,
    /// The table `(words, dim)`.
    table: Arc<VectorTable>,
    /// The count of each word in the training text, if it is known.
    pub counts: Option<Arc<Vec<u64>>>,
    /// Computes vectors of words that are not in the table, if the table came with subwords.
    pub subwords: Option<Arc<Subwords>>,
    /// How the tokens of a text are read, if these are static token vectors.
    pub static_model: Option<StaticModel>,
    /// The rows of the file that were skipped.
    pub left_out: LeftOut,
    /// The lengths of all vectors, computed at the first query.
    norms: Arc<OnceLock<Vec<f32>>>,
    /// A compressed copy for faster queries, if one was [made](Self::expect_questions).
    compressed: Arc<OnceLock<Compressed>>,
}

impl WordVectors {
    /// `matrix` is `(words, dim)`; `counts` are the words' counts in the training text, if they are known.
    ///
    /// # Errors
    /// If the numbers of words, rows and counts differ.
    pub fn new(words: Words, matrix: Array2<f32>, counts: Option<Vec<u64>>) -> Result<Self> {
        let matrix =
            if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() };
        Self::of_table(words, VectorTable::Held(matrix), counts)
    }

    /// The same for a table that may be in a file.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn of_table(words: Words, table: VectorTable, counts: Option<Vec<u64>>) -> Result<Self> {
        let (rows, _) = table.view().dim();
        if words.len() != rows || counts.as_ref().is_some_and(|counts| counts.len() != rows) {
            return Err(Error::request(
                format!("{} words, but {rows} vectors", words.len()),
                "every word needs one vector",
            ));
        }
        Ok(WordVectors {
            words: Arc::new(words),
            table: Arc::new(table),
            counts: counts.map(Arc::new),
            subwords: None,
            static_model: None,
            left_out: LeftOut::default(),
            norms: Arc::default(),
            compressed: Arc::default(),
        })
    }

    /// Adds the subwords, which give vectors of words that are not in the table.
    pub fn with_subwords(self, subwords: Arc<Subwords>) -> Self {
        WordVectors { subwords: Some(subwords), ..self }
    }

    /// Adds how the tokens of a text are read, for static token vectors.
    pub fn with_static_model(self, model: StaticModel) -> Self {
        WordVectors { static_model: Some(model), ..self }
    }

    /// Adds the record of the rows that were skipped while reading.
    pub fn with_left_out(self, left_out: LeftOut) -> Self {
        WordVectors { left_out, ..self }
    }

    /// Only the rows `rows`, with the subwords for other words.
    pub fn only(&self, rows: &[usize]) -> WordVectors {
        let words = rows.iter().map(|&row| self.words.get(row)).collect();
        let mut table = Array2::zeros((rows.len(), self.dim()));
        for (mut to, &row) in table.rows_mut().into_iter().zip(rows) {
            to.iter_mut().zip(&*self.table().row(row)).for_each(|(to, from)| *to = *from);
        }
        let counts = self.counts.as_ref().map(|counts| rows.iter().map(|&row| counts[row]).collect());
        WordVectors {
            words: Arc::new(words),
            table: Arc::new(VectorTable::Held(table)),
            counts: counts.map(Arc::new),
            subwords: self.subwords.clone(),
            static_model: self.static_model.clone(),
            left_out: self.left_out.clone(),
            norms: Arc::default(),
            compressed: Arc::default(),
        }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The dimension of a vector.
    pub fn dim(&self) -> usize {
        self.table().dim().1
    }

    /// The table `(words, dim)`.
    pub fn table(&self) -> TableView<'_> {
        self.table.view()
    }

    /// The row of `word`.
    pub fn index_of(&self, word: &str) -> Option<usize> {
        self.words.id(word)
    }

    /// The vector of `word`.
    pub fn vector(&self, word: &str) -> Option<Cow<'_, [f32]>> {
        Some(self.table().row(self.index_of(word)?))
    }

    /// The vector of `word`: its own, or one computed from its subwords. `None` if neither is possible.
    pub fn vector_or_made(&self, word: &str) -> Option<Cow<'_, [f32]>> {
        self.vector(word).or_else(|| self.subwords.as_ref()?.vector_of_unseen(word).map(Cow::Owned))
    }

    /// Prepares a large table for many queries: computes the lengths of all vectors and a compressed copy, which
    /// takes a quarter of the table's memory. A small table is fast without them.
    pub fn expect_questions(&self) {
        let view = self.view();
        let (rows, dim) = self.table().dim();
        if rows * dim >= LARGE {
            self.compressed.get_or_init(|| Compressed::new(view.table()));
        }
    }

    /// Whether the mean of a text's vectors is scaled to length 1.
    pub fn unit_means(&self) -> bool {
        self.static_model.as_ref().is_some_and(|model| model.unit_means)
    }

    /// The table for queries. The lengths of all vectors are computed once.
    pub fn view(&self) -> View<'_> {
        let view = View::of(&self.words, self.table());
        let norms = self.norms.get_or_init(|| view.norms());
        let view = view.with_norms(norms).with_subwords(self.subwords.as_deref());
        let view = view.with_static_model(self.static_model.as_ref());
        self.compressed.get().map_or(view, |compressed| view.with_compressed(compressed))
    }
}
