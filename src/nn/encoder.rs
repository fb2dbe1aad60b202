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
    /// Only with `keep` can a backward pass follow.
    pub fn forward<T: Real>(
        &self,
        index: usize,
        weights: &[T],
        batch: &Packed,
        direction: &mut Direction<T>,
        features: &mut [T],
        keep: bool,
    ) {
        let units = self.layer.hidden();
        let x = &direction.x[..batch.rows() * self.layer.input()];
        self.layer.forward(weights, batch, x, &mut direction.tape, keep);
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
