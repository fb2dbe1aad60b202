//! Word vectors from two tables: a trainable one, and a shared one that is never copied or changed.

use crate::dispatched;
use crate::kernel::Real;
use crate::nn::rows::RowGradient;

/// The vectors of words. Ids below `trainable.len() / dim` are rows of the trainable table. Larger ids are rows of
/// the base table, counted from there.
#[derive(Debug, Clone, Copy)]
pub struct Embedding<'a, T> {
    /// D, the dimensions of a vector.
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

    /// Writes the vectors `x (N, D)` of N words.
    pub fn gather(&self, words: &[u32], x: &mut [T]) {
        for (x, &word) in x.chunks_exact_mut(self.dim).zip(words) {
            x.copy_from_slice(self.vector(word));
        }
    }

    /// Writes `x (D)`, the mean vector of a document's words; zero if there are no words.
    pub fn mean(&self, words: &[u32], x: &mut [T]) {
        mean(self.dim, self.trainable, self.base, words, x);
    }

    /// Adds the gradients `dx (N, D)` of N words to the rows of the trainable words.
    pub fn scatter(&self, words: &[u32], dx: &[T], gradient: &mut RowGradient<T>) {
        let trainable = self.rows();
        for (dx, &word) in dx.chunks_exact(self.dim).zip(words) {
            if word < trainable {
                gradient.add_row(word, T::one(), dx);
            }
        }
    }

    /// Adds the gradient `dx (D)` of a document's [`mean`](Embedding::mean) to the rows of its trainable words.
    pub fn scatter_mean(&self, words: &[u32], dx: &[T], gradient: &mut RowGradient<T>) {
        let trainable = self.rows();
        let fraction = T::one() / T::of(words.len() as f64);
        gradient.add_rows(words.iter().copied().filter(|&word| word < trainable), fraction, dx);
    }

    /// The number of trainable rows.
    fn rows(&self) -> u32 {
        (self.trainable.len() / self.dim) as u32
    }
}

/// The number of columns whose sums fill one vector of the widest registers.
const LANES: usize = 16;
/// The number of such vectors that stay in registers together.
const VECTORS: usize = 8;

dispatched! {
    /// See [`Embedding::mean`].
    fn mean<T>(dim: usize, trainable: &[T], base: &[T], words: &[u32], x: &mut [T]) {
        let embedding = Embedding { dim, trainable, base };
        if dim < LANES {
            x.fill(T::zero());
            for &word in words {
                for (x, &v) in x.iter_mut().zip(embedding.vector(word)) {
                    *x += v;
                }
            }
        }
        for column in (0..dim).step_by(LANES * VECTORS).filter(|_| dim >= LANES) {
            match (dim - column).div_ceil(LANES) {
                1 => sum::<T, 0>(embedding, words, column, x),
                2 => sum::<T, 1>(embedding, words, column, x),
                3 => sum::<T, 2>(embedding, words, column, x),
                4 => sum::<T, 3>(embedding, words, column, x),
                5 => sum::<T, 4>(embedding, words, column, x),
                6 => sum::<T, 5>(embedding, words, column, x),
                7 => sum::<T, 6>(embedding, words, column, x),
                _ => sum::<T, 7>(embedding, words, column, x),
            }
        }
        if !words.is_empty() {
            let fraction = T::one() / T::of(words.len() as f64);
            for x in x {
                *x *= fraction;
            }
        }
    }
}

/// Writes the sums of the words' vectors to `x`, for `FRONT` times [`LANES`] columns from `column` on and for
/// [`LANES`] more. If those would reach beyond the end of the vectors, the last [`LANES`] columns are taken. Some
/// columns are then summed twice, with the same result.
#[inline(always)]
fn sum<T: Real, const FRONT: usize>(embedding: Embedding<T>, words: &[u32], column: usize, x: &mut [T]) {
    let last = (column + FRONT * LANES).min(embedding.dim - LANES);
    // `FRONT` is known at compile time. Otherwise the sums would not stay in registers.
    let (mut front, mut back) = ([[T::zero(); LANES]; FRONT], [T::zero(); LANES]);
    for &word in words {
        let vector = embedding.vector(word);
        let chunks = vector[column..].as_chunks::<LANES>().0.first_chunk::<FRONT>();
        if let (Some(chunks), Some(v)) = (chunks, vector[last..].first_chunk()) {
            for k in 0..FRONT {
                add(&chunks[k], &mut front[k]);
            }
            add(v, &mut back);
        }
    }
    x[column..][..FRONT * LANES].copy_from_slice(front.as_flattened());
    x[last..][..LANES].copy_from_slice(&back);
}

#[inline(always)]
fn add<T: Real>(v: &[T; LANES], sums: &mut [T; LANES]) {
    for (sum, &v) in sums.iter_mut().zip(v) {
        *sum += v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;

    #[test]
    fn a_mean_is_the_sum_in_the_order_of_the_words_over_their_number() {
        for dim in [1, 3, 15, 16, 17, 100, 127, 128, 129, 140, 144, 300] {
            let table = |from: usize, rows: usize| -> Vec<f32> {
                (from * dim..(from + rows) * dim).map(|i| (i as f32 * 0.37).sin()).collect()
            };
            let (trainable, base) = (table(0, 3), table(3, 4));
            let embedding = Embedding { dim, trainable: &trainable, base: &base };
            for words in [&[][..], &[2], &[6, 0, 6, 3, 1]] {
                let mut expected = vec![0.0_f32; dim];
                for &word in words {
                    expected.iter_mut().zip(embedding.vector(word)).for_each(|(x, v)| *x += v);
                }
                let fraction = 1.0 / words.len().max(1) as f32;
                expected.iter_mut().for_each(|x| *x *= fraction);
                for level in Level::all() {
                    let mut x = vec![f32::NAN; dim];
                    level.force(|| embedding.mean(words, &mut x));
                    assert_eq!(x, expected, "{dim} {words:?} {level:?}");
                }
            }
        }
    }
}
