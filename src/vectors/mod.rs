//! Word vectors: the table, and questions to it.

pub mod analogy;
pub mod centrality;
pub mod compressed;
pub mod evaluation;
pub mod expression;
pub mod formats;
#[cfg(test)]
mod golden;
pub mod project;
pub mod query;
mod spelling;
pub mod tsne;

use std::sync::{Arc, OnceLock};

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::text::words::Words;

pub use analogy::Rule;
use compressed::Compressed;
pub use project::Layout;
pub use query::{By, Near, View};

/// Numbers of a table that takes longer to read than a drawing of the screen may take: 128 MB.
const LARGE: usize = 1 << 25;

/// Words and their vectors. Cheap to clone: the table is shared.
#[derive(Debug, Clone)]
pub struct WordVectors {
    /// The words, in the order of the rows.
    pub words: Arc<Words>,
    /// The table `(words, dim)`.
    pub matrix: Arc<Array2<f32>>,
    /// How often each word was seen, where that is known.
    pub counts: Option<Arc<Vec<u64>>>,
    /// The lengths of all vectors, once they were asked for.
    norms: Arc<OnceLock<Vec<f32>>>,
    /// A copy that answers faster, where one was [made](Self::expect_questions).
    compressed: Arc<OnceLock<Compressed>>,
}

impl WordVectors {
    /// `matrix` is `(words, dim)`; `counts` tell how often each word was seen, where that is known.
    ///
    /// # Errors
    /// When the numbers of words, rows and counts differ.
    pub fn new(words: Words, matrix: Array2<f32>, counts: Option<Vec<u64>>) -> Result<Self> {
        let rows = matrix.nrows();
        if words.len() != rows || counts.as_ref().is_some_and(|counts| counts.len() != rows) {
            return Err(Error::request(
                format!("{} words, but {rows} vectors", words.len()),
                "every word needs one vector",
            ));
        }
        Ok(WordVectors {
            words: Arc::new(words),
            matrix: Arc::new(matrix.as_standard_layout().into_owned()),
            counts: counts.map(Arc::new),
            norms: Arc::default(),
            compressed: Arc::default(),
        })
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Numbers a vector.
    pub fn dim(&self) -> usize {
        self.matrix.ncols()
    }

    /// The row of `word`.
    pub fn index_of(&self, word: &str) -> Option<usize> {
        self.words.id(word)
    }

    /// The vector of `word`.
    pub fn vector(&self, word: &str) -> Option<&[f32]> {
        self.matrix.row(self.index_of(word)?).to_slice()
    }

    /// Makes what many questions to a large table are worth: the lengths of all vectors and a compressed copy, which
    /// takes a quarter of the table's memory. A small table is fast as it is.
    pub fn expect_questions(&self) {
        let view = self.view();
        if self.matrix.len() >= LARGE {
            self.compressed.get_or_init(|| Compressed::new(view));
        }
    }

    /// The table for questions; the lengths of all vectors are found once.
    pub fn view(&self) -> View<'_> {
        let view = View::new(&self.words, self.matrix.view());
        let norms = self.norms.get_or_init(|| view.norms());
        let view = view.with_norms(norms);
        self.compressed.get().map_or(view, |compressed| view.with_compressed(compressed))
    }
}
