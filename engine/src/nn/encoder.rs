//! From packed words to features: a recurrent layer in one or both directions, then pooling.
//!
//! Each direction has a layer of the same shape with its own weights. The second layer reads each document from its
//! last word to its first, in the same packed layout, so its last step is the document's first word. Its states are
//! not put back into reading order, because pooling does not depend on the order.

use crate::kernel::Real;
use crate::nn::flops::Flops;
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Input, Keep, Known, Recurrent, Tape};
use crate::nn::{pooling, room};
use crate::session::text_transfer::Pooling;

/// One or two directions, and how their states are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoder {
    /// The layer of each direction. The directions have weights of their own.
    pub layer: Recurrent,
    /// Whether a second layer reads the documents backwards; this doubles the features.
    pub bidirectional: bool,
    /// How the states of all words become the features of a document.
    pub pooling: Pooling,
}

/// What one direction keeps of the forward pass.
#[derive(Debug, Clone, Default)]
pub struct Direction<T> {
    /// The index of the distinct word in each row, `(N)`.
    pub rows: Vec<u32>,
    tape: Tape<T>,
    chosen: Vec<u32>,
}

impl Encoder {
    /// 1 or 2.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// The number of features F: hidden units times directions times the parts of the pooling.
    pub fn features(&self) -> usize {
        self.directions() * self.layer.hidden() * self.pooling.parts().len()
    }

    /// The floating-point operations for a document of `words` words. The gradient of the pooling is part of the
    /// backward pass.
    pub fn flops(&self, words: usize) -> Flops {
        let means = self.pooling.parts().iter().filter(|&&part| part == Pooling::Mean).count();
        let Flops { forward, input, .. } = Flops::mean(words, self.layer.hidden()) * means;
        let one = self.layer.flops(words, false) + Flops { forward, backward: input, input: 0 };
        one * self.directions()
    }

    /// The parts of the pooling, each with the first column of the features that it fills for direction `index`.
    fn columns(&self, index: usize) -> impl Iterator<Item = (Pooling, usize)> {
        let units = self.layer.hidden();
        let width = self.directions() * units;
        let parts = self.pooling.parts().iter().enumerate();
        parts.map(move |(place, &part)| (part, place * width + index * units))
    }

    /// Computes one direction (0 or 1), from the distinct vectors `x (U, D)` to its columns of `features (B, F)`. The
    /// caller has filled `rows`.
    #[allow(clippy::too_many_arguments)]
    pub fn forward<T: Real>(
        &self,
        index: usize,
        weights: &[T],
        batch: &Packed,
        x: &[T],
        known: Option<Known<T>>,
        direction: &mut Direction<T>,
        features: &mut [T],
        keep: Keep,
    ) {
        let units = self.layer.hidden();
        let input = Input { x, rows: &direction.rows[..batch.rows()], known, start: None };
        self.layer.forward(weights, batch, input, &mut direction.tape, keep);
        let chosen = room(&mut direction.chosen, batch.documents() * units);
        let hidden = &direction.tape.hidden[..batch.rows() * units];
        for (part, column) in self.columns(index) {
            pooling::forward(part, batch, hidden, units, features, column, chosen);
        }
    }

    /// From the gradient of the features: adds to `gradient` and, if it is given, to `dx (U, D)`, the gradient of the
    /// distinct vectors.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Real>(
        &self,
        index: usize,
        weights: &[T],
        batch: &Packed,
        x: &[T],
        direction: &mut Direction<T>,
        d_features: &[T],
        gradient: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        let (units, rows) = (self.layer.hidden(), batch.rows());
        let d_hidden = room(&mut direction.tape.d_hidden, rows * units);
        d_hidden.fill(T::zero());
        for (part, column) in self.columns(index) {
            pooling::backward(part, batch, d_features, column, &direction.chosen, units, d_hidden);
        }
        let input = Input { x, rows: &direction.rows[..rows], known: None, start: None };
        self.layer.backward(weights, batch, input, &mut direction.tape, dx, gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check;
    use crate::nn::gru::Gru;
    use crate::nn::lstm::Lstm;
    use crate::nn::rnn::Rnn;
    use crate::rng::{stream, unit64};

    #[test]
    fn gradients_of_all_weights_and_inputs_agree_with_finite_differences() {
        let (input, hidden) = (3, 4);
        let layers = [
            Recurrent::Rnn(Rnn { input, hidden }),
            Recurrent::Lstm(Lstm { input, hidden }),
            Recurrent::Gru(Gru { input, hidden }),
        ];
        for lengths in [vec![1], vec![1, 1], vec![2, 5, 0, 1, 4], vec![3, 3]] {
            let mut batch = Packed::default();
            batch.pack(lengths.iter().copied());
            for layer in layers {
                for pooling in [Pooling::Last, Pooling::Max, Pooling::Mean, Pooling::Concat] {
                    let encoder = Encoder { layer, bidirectional: true, pooling };
                    let weights: usize =
                        layer.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
                    let mut rng = stream(4, "encoder test", 0);
                    let mut draw =
                        |n: usize| (0..n).map(|_| 1.6 * unit64(&mut rng) - 0.8).collect::<Vec<f64>>();
                    // Some words occur several times, and the second direction has other words in these places.
                    let words = batch.rows().div_ceil(2).max(1);
                    let rows = |index: usize| {
                        (0..batch.rows()).map(|row| ((row * (index + 1) + index) % words) as u32).collect()
                    };
                    let at = draw(2 * weights + words * input);
                    let slopes = draw(lengths.len() * encoder.features());
                    let run = |at: &[f64], directions: &mut [Direction<f64>; 2], keep| {
                        let mut features = vec![f64::NAN; slopes.len()];
                        let (both, x) = at.split_at(2 * weights);
                        for (index, direction) in directions.iter_mut().enumerate() {
                            direction.rows = rows(index);
                            let weights = &both[index * weights..][..weights];
                            encoder.forward(index, weights, &batch, x, None, direction, &mut features, keep);
                        }
                        features.iter().zip(&slopes).map(|(f, s)| f * s).sum::<f64>()
                    };
                    let mut directions = [Direction::default(), Direction::default()];
                    let (brief, whole) =
                        (run(&at, &mut directions, Keep::States), run(&at, &mut directions, Keep::All));
                    assert_eq!(brief, whole, "what is kept changes nothing");
                    let mut analytic = vec![0.0; at.len()];
                    let (gradient, dx) = analytic.split_at_mut(2 * weights);
                    let (both, x) = at.split_at(2 * weights);
                    for (index, direction) in directions.iter_mut().enumerate() {
                        let range = index * weights..(index + 1) * weights;
                        let (weights, gradient) = (&both[range.clone()], &mut gradient[range]);
                        let dx = Some(&mut *dx);
                        encoder.backward(index, weights, &batch, x, direction, &slopes, gradient, dx);
                    }
                    let error = gradient_check::worst(&at, &analytic, 1e-4, |point| {
                        run(point, &mut directions, Keep::All)
                    });
                    assert!(error < 1e-6, "{encoder:?} {lengths:?}: {error:e}");
                }
            }
        }
    }
}
