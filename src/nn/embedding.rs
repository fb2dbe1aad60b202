//! Word vectors: gathered from a trainable table and a shared one that is never copied nor changed.

use crate::dispatched;
use crate::kernel::Real;
use crate::nn::rows::RowGradient;

/// The vectors of words: ids below `trainable.len() / dim` are rows of the trainable table, the ones from there
/// on are rows of the base.
#[derive(Debug, Clone, Copy)]
pub struct Embedding<'a, T> {
    pub dim: usize,
    /// `(n, D)`.
    pub trainable: &'a [T],
    /// `(any, D)`.
    pub base: &'a [T],
}

impl<'a, T: Real> Embedding<'a, T> {
    /// The vector of a word.
    ///
    /// # Panics
    /// If the id is beyond both tables.
    #[inline(always)]
    pub fn vector(&self, word: u32) -> &'a [T] {
        let start = word as usize * self.dim;
        if start < self.trainable.len() {
            &self.trainable[start..start + self.dim]
        } else {
            let start = start - self.trainable.len();
            &self.base[start..start + self.dim]
        }
    }

    /// `x (N, D)` of N words.
    pub fn gather(&self, words: &[u32], x: &mut [T]) {
        for (x, &word) in x.chunks_exact_mut(self.dim).zip(words) {
            x.copy_from_slice(self.vector(word));
        }
    }

    /// The mean vector of a document's words; nought if there are none. `x (D)`.
    pub fn mean(&self, words: &[u32], x: &mut [T]) {
        mean(self.dim, self.trainable, self.base, words, x);
    }

    /// Adds the gradients `dx (N, D)` of N words to the rows of those that are trainable.
    pub fn scatter(&self, words: &[u32], dx: &[T], gradient: &mut RowGradient<T>) {
        let trainable = self.rows();
        for (dx, &word) in dx.chunks_exact(self.dim).zip(words) {
            if word < trainable {
                gradient.add_row(word, T::one(), dx);
            }
        }
    }

    /// Adds the gradient `dx (D)` of a document's [`mean`](Embedding::mean) to the rows of its words.
    pub fn scatter_mean(&self, words: &[u32], dx: &[T], gradient: &mut RowGradient<T>) {
        let trainable = self.rows();
        let share = T::one() / T::of(words.len() as f64);
        for &word in words {
            if word < trainable {
                gradient.add_row(word, share, dx);
            }
        }
    }

    /// The number of trainable rows.
    fn rows(&self) -> u32 {
        (self.trainable.len() / self.dim) as u32
    }
}

dispatched! {
    /// See [`Embedding::mean`].
    fn mean<T>(dim: usize, trainable: &[T], base: &[T], words: &[u32], x: &mut [T]) {
        let embedding = Embedding { dim, trainable, base };
        x.fill(T::zero());
        for &word in words {
            for (x, &v) in x.iter_mut().zip(embedding.vector(word)) {
                *x += v;
            }
        }
        if !words.is_empty() {
            let share = T::one() / T::of(words.len() as f64);
            for x in x {
                *x *= share;
            }
        }
    }
}
