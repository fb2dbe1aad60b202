//! Token embeddings of a transformer: the vector of the token plus that of its position, plus that of its segment where the
//! model has any.

use crate::kernel::{Real, axpy};
use crate::nn::rows::RowGradient;

/// The sizes of the tables beside the token table. Its weights: `position_embeddings (P, D)`, then
/// `token_type_embeddings (S, D)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenEmbedding {
    /// D, the length of a vector.
    pub width: usize,
    /// P, the number of positions.
    pub positions: usize,
    /// S, the number of segments; 0 for none. All tokens are in the first one.
    pub segments: usize,
    /// The id of the padding token, if positions are counted as in RoBERTa: the first token has the position after
    /// this number, and a padding token within a text has this number and is not counted. Otherwise the first token
    /// has position 0.
    pub counted_from: Option<u32>,
}

impl TokenEmbedding {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let mut tensors = vec![("position_embeddings.weight", vec![self.positions, self.width])];
        if self.segments > 0 {
            tensors.push(("token_type_embeddings.weight", vec![self.segments, self.width]));
        }
        tensors
    }

    /// The number of tokens of the longest text.
    pub fn longest(&self) -> usize {
        self.positions.saturating_sub(self.counted_from.map_or(0, |padding| padding as usize + 1))
    }

    /// The position of each token of a text.
    fn positions_of<'a>(&self, ids: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
        let counted_from = self.counted_from;
        let mut next = counted_from.map_or(0, |padding| padding as usize + 1);
        ids.iter().map(move |&id| match counted_from {
            Some(padding) if id == padding => padding as usize,
            _ => {
                next += 1;
                next - 1
            }
        })
    }

    /// Writes the vectors `x (L, D)` of one text. `token` gives the vector `(D)` of a token.
    ///
    /// # Panics
    /// If the text is longer than [`longest`](Self::longest).
    pub fn forward<'t, T: Real>(
        &self,
        token: impl Fn(u32) -> &'t [T],
        weights: &[T],
        ids: &[u32],
        x: &mut [T],
    ) {
        assert!(ids.len() <= self.longest(), "a text of {} tokens for {}", ids.len(), self.longest());
        let (positions, segments) = weights.split_at(self.positions * self.width);
        let at = |table, row: usize| -> &[T] { &<[T]>::as_ref(table)[row * self.width..][..self.width] };
        for ((x, &id), position) in x.chunks_exact_mut(self.width).zip(ids).zip(self.positions_of(ids)) {
            x.copy_from_slice(token(id));
            axpy(T::one(), at(positions, position), x);
            if self.segments > 0 {
                axpy(T::one(), at(segments, 0), x);
            }
        }
    }

    /// From the gradient `dx (L, D)` of one text's vectors: adds to `rows`, the gradient of the trained token vectors, and
    /// to `gradient`. `place` gives the row of a token; `None` if it has no gradient.
    pub fn backward<T: Real>(
        &self,
        place: impl Fn(u32) -> Option<u32>,
        ids: &[u32],
        dx: &[T],
        rows: &mut RowGradient<T>,
        gradient: &mut [T],
    ) {
        let (positions, segments) = gradient.split_at_mut(self.positions * self.width);
        for ((dx, &id), position) in dx.chunks_exact(self.width).zip(ids).zip(self.positions_of(ids)) {
            if let Some(row) = place(id) {
                rows.add_row(row, T::one(), dx);
            }
            if self.counted_from.is_none_or(|padding| position != padding as usize) {
                axpy(T::one(), dx, &mut positions[position * self.width..][..self.width]);
            }
            if self.segments > 0 {
                axpy(T::one(), dx, &mut segments[..self.width]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;

    #[test]
    fn positions_begin_after_the_padding_id_and_skip_it() {
        let layer = TokenEmbedding { width: 1, positions: 9, segments: 0, counted_from: Some(1) };
        assert_eq!(layer.longest(), 7);
        assert_eq!(layer.positions_of(&[0, 5, 1, 6, 2]).collect::<Vec<_>>(), [2, 3, 1, 4, 5]);
        let layer = TokenEmbedding { counted_from: None, ..layer };
        assert_eq!(layer.longest(), 9);
        assert_eq!(layer.positions_of(&[0, 5, 1]).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let (vocabulary, width) = (4, 3);
        for (segments, counted_from) in [(2, None), (0, Some(0)), (1, None)] {
            let layer = TokenEmbedding { width, positions: 6, segments, counted_from };
            let ids = [3_u32, 1, 3, 2];
            let size = width * (vocabulary + 6 + segments);
            let at: Vec<f64> = (0..size).map(|i| (i as f64 * 1.3).sin()).collect();
            let slopes: Vec<f64> = (0..ids.len() * width).map(|i| (i as f64 * 0.9).cos()).collect();
            let run = |at: &[f64]| {
                let (tokens, weights) = at.split_at(vocabulary * width);
                let mut x = vec![f64::NAN; slopes.len()];
                let token = |id: u32| &tokens[id as usize * width..][..width];
                layer.forward(token, weights, &ids, &mut x);
                x.iter().zip(&slopes).map(|(x, s)| x * s).sum()
            };
            let mut analytic = vec![0.0; size];
            let (d_tokens, gradient) = analytic.split_at_mut(vocabulary * width);
            let mut rows = RowGradient::new(vocabulary, width);
            layer.backward(|id| Some(id).filter(|&id| id != 0), &ids, &slopes, &mut rows, gradient);
            rows.sum(&[]);
            for (row, dx) in rows.iter() {
                d_tokens[row as usize * width..][..width].copy_from_slice(dx);
            }
            let error = worst(&at, &analytic, 1e-3, run);
            assert!(error < 1e-6, "{layer:?}: {error:e}");
        }
    }

    #[test]
    fn a_token_without_a_place_has_no_gradient() {
        let layer = TokenEmbedding { width: 1, positions: 4, segments: 0, counted_from: Some(1) };
        let (mut rows, mut gradient) = (RowGradient::new(3, 1), vec![0.0; 4]);
        layer.backward(|id| Some(id).filter(|&id| id != 1), &[1, 2], &[5.0, 7.0], &mut rows, &mut gradient);
        rows.sum(&[]);
        assert_eq!(rows.touched(), [2]);
        assert_eq!(gradient, [0.0, 0.0, 7.0, 0.0]);
    }
}
