//! The distinct words of a batch and their vectors. The vector of each distinct word is read once, and multiplied by
//! the weights once.

use crate::kernel::Real;
use crate::nn::distinct::Distinct;
use crate::nn::embedding::Embedding;
use crate::nn::room;
use crate::nn::rows::RowGradient;

/// The matrix products of the vectors of some words with the weights of the layers that read words, computed in
/// advance. They are the same in all documents, and valid as long as no parameter changes.
#[derive(Debug, Clone)]
pub struct Known<T = f32> {
    /// The known words.
    pub words: Distinct,
    /// The matrix products: one table `(words, width)` for each of the layers that read words.
    pub projected: Vec<Vec<T>>,
}

/// The distinct words of a batch, their vectors and the gradient of the vectors.
#[derive(Debug, Clone, Default)]
pub struct WordInput<T> {
    /// The U distinct words.
    pub distinct: Distinct,
    /// The index of the distinct word at each position, for bodies that read the words in only one order.
    pub rows: Vec<u32>,
    x: Vec<T>,
    dx: Vec<T>,
}

impl<T: Real> WordInput<T> {
    /// Reads the vectors of the distinct words that are not in `known`. Returns the row in `known` of each distinct
    /// word, or `None` if it is not there; empty without `known`.
    pub fn gather(&mut self, embedding: Embedding<T>, known: Option<&Known<T>>) -> Vec<Option<u32>> {
        let words = self.distinct.words();
        let places: Vec<Option<u32>> =
            known.map_or_else(Vec::new, |known| words.iter().map(|&word| known.words.find(word)).collect());
        let missing = known.map(|_| {
            let missing = words.iter().zip(&places).filter(|(_, place)| place.is_none());
            missing.map(|(&word, _)| word).collect::<Vec<u32>>()
        });
        let read = missing.as_deref().unwrap_or(words);
        self.x.resize(read.len() * embedding.dim, T::zero());
        embedding.gather(read, &mut self.x);
        places
    }

    /// The vectors that [`gather`](Self::gather) read, `(U, D)`.
    pub fn x(&self) -> &[T] {
        &self.x
    }

    /// For a backward pass: the vectors `(U, D)`, the [`rows`](Self::rows), and, if `wanted`, the gradient of the
    /// vectors, filled with zeros.
    pub fn backward(&mut self, wanted: bool) -> (&[T], &[u32], Option<&mut [T]>) {
        let dx = wanted.then(|| {
            let dx = room(&mut self.dx, self.x.len());
            dx.fill(T::zero());
            dx
        });
        (&self.x, &self.rows, dx)
    }

    /// Adds the gradient of the vectors to the rows of the trainable words.
    pub fn scatter(&self, embedding: Embedding<T>, gradient: &mut RowGradient<T>) {
        embedding.scatter(self.distinct.words(), &self.dx[..self.x.len()], gradient);
    }
}
