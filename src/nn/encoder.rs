//! From packed words to features: a recurrent layer in one direction or both, and pooling.
//!
//! Both directions are the same layer with weights of their own; the second sees the words of each document
//! from the end, in the same packed layout, so its last step is the document's first word, and its states need
//! not be put back into reading order: pooling does not ask for it.

use crate::kernel::Real;
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Recurrent, Tape};
use crate::nn::{pooling, room};
use crate::session::recipe::Pooling;

/// One or two directions and what becomes of their states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoder {
    pub layer: Recurrent,
    pub bidirectional: bool,
    pub pooling: Pooling,
}

/// What one direction keeps of the forward pass.
#[derive(Debug, Clone, Default)]
pub struct Direction<T> {
    /// Word ids in the order of the rows.
    pub words: Vec<u32>,
    /// Their vectors `(N, D)`.
    pub x: Vec<T>,
    /// The gradient of the vectors `(N, D)`.
    pub dx: Vec<T>,
    tape: Tape<T>,
    chosen: Vec<u32>,
}

impl Encoder {
    /// 1 or 2.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// The number of features F: units of all directions.
    pub fn features(&self) -> usize {
        self.directions() * self.layer.hidden()
    }

    /// One direction (0 or 1) from its `x`, which the caller has gathered, to its half of `features (B, F)`.
    pub fn forward<T: Real>(
        &self,
        index: usize,
        weights: &[T],
        batch: &Packed,
        direction: &mut Direction<T>,
        features: &mut [T],
    ) {
        let units = self.layer.hidden();
        let x = &direction.x[..batch.rows() * self.layer.input()];
        self.layer.forward(weights, batch, x, &mut direction.tape);
        let chosen = room(&mut direction.chosen, batch.documents() * units);
        let hidden = &direction.tape.hidden[..batch.rows() * units];
        pooling::forward(self.pooling, batch, hidden, units, features, index * units, chosen);
    }

    /// From the gradient of the features: adds to `gradient`, and with `inputs` leaves that of the vectors in
    /// `direction.dx`.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Real>(
        &self,
        index: usize,
        weights: &[T],
        batch: &Packed,
        direction: &mut Direction<T>,
        d_features: &[T],
        gradient: &mut [T],
        inputs: bool,
    ) {
        let (units, rows) = (self.layer.hidden(), batch.rows());
        let d_hidden = room(&mut direction.tape.d_hidden, rows * units);
        pooling::backward(self.pooling, batch, d_features, index * units, &direction.chosen, units, d_hidden);
        let x = &direction.x[..rows * self.layer.input()];
        let dx = inputs.then(|| room(&mut direction.dx, rows * self.layer.input()));
        self.layer.backward(weights, batch, x, &mut direction.tape, dx, gradient);
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
                for pooling in [Pooling::Last, Pooling::Max, Pooling::Mean] {
                    let encoder = Encoder { layer, bidirectional: true, pooling };
                    let weights: usize =
                        layer.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
                    let mut rng = stream(4, "encoder test", 0);
                    let mut draw =
                        |n: usize| (0..n).map(|_| 1.6 * unit64(&mut rng) - 0.8).collect::<Vec<f64>>();
                    // Both directions read the same rows here: the second half of the features is another layer.
                    let at = draw(2 * weights + batch.rows() * input);
                    let slopes = draw(lengths.len() * encoder.features());
                    let run = |at: &[f64], directions: &mut [Direction<f64>; 2]| {
                        let mut features = vec![f64::NAN; slopes.len()];
                        for (index, direction) in directions.iter_mut().enumerate() {
                            direction.x = at[2 * weights..].to_vec();
                            let weights = &at[index * weights..][..weights];
                            encoder.forward(index, weights, &batch, direction, &mut features);
                        }
                        features.iter().zip(&slopes).map(|(f, s)| f * s).sum::<f64>()
                    };
                    let mut directions = [Direction::default(), Direction::default()];
                    run(&at, &mut directions);
                    let mut analytic = vec![0.0; at.len()];
                    for (index, direction) in directions.iter_mut().enumerate() {
                        let range = index * weights..(index + 1) * weights;
                        let gradient = &mut analytic[range.clone()];
                        encoder.backward(index, &at[range], &batch, direction, &slopes, gradient, true);
                        for (sum, dx) in analytic[2 * weights..].iter_mut().zip(&direction.dx) {
                            *sum += dx;
                        }
                    }
                    let error =
                        gradient_check::worst(&at, &analytic, 1e-4, |point| run(point, &mut directions));
                    assert!(error < 1e-6, "{encoder:?} {lengths:?}: {error:e}");
                }
            }
        }
    }
}
