//! The distinct words of a batch and their vectors: each is gathered, and multiplied by weights, once.

use crate::kernel::Real;
use crate::nn::distinct::Distinct;
use crate::nn::embedding::Embedding;
use crate::nn::room;
use crate::nn::rows::RowGradient;

/// The products of frequent words with the weights that read them. They are the same in all documents as long as no
/// parameter changes.
#[derive(Debug, Clone)]
pub struct Known<T = f32> {
    /// The words.
    pub words: Distinct,
    /// One table `(words, width)` for each of the layers that read words.
    pub projected: Vec<Vec<T>>,
}

/// The distinct words of a batch, their vectors and the gradient of these.
#[derive(Debug, Clone, Default)]
pub struct WordInput<T> {
    /// The words.
    pub distinct: Distinct,
    /// Which distinct word stands at each place, for a body that reads the words in one order.
    pub rows: Vec<u32>,
    x: Vec<T>,
    dx: Vec<T>,
}

impl<T: Real> WordInput<T> {
    /// Reads the vectors of the distinct words that are not `known`. Returns for each distinct word its row among those
    /// that are, if there are any.
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

    /// For a backward pass: the vectors `(U, D)`, the [`rows`](Self::rows), and zeros for the gradient of the vectors if it
    /// is wanted.
    pub fn backward(&mut self, wanted: bool) -> (&[T], &[u32], Option<&mut [T]>) {
        let dx = wanted.then(|| {
            let dx = room(&mut self.dx, self.x.len());
            dx.fill(T::zero());
            dx
        });
        (&self.x, &self.rows, dx)
    }

    /// Adds the gradient that was filled to the rows of the words that are trainable.
    pub fn scatter(&self, embedding: Embedding<T>, gradient: &mut RowGradient<T>) {
        embedding.scatter(self.distinct.words(), &self.dx[..self.x.len()], gradient);
    }
}
