//! The plain recurrent network (Elman 1990): h' = tanh(x W_ih^T + h W_hh^T + b).
//!
//! The state before the first word is zero. PyTorch has two biases. Only their sum matters, so here it is one bias.

use serde::{Deserialize, Serialize};

use crate::dispatched;

/// An Elman network of one direction. Its weights: `weight_ih (H, D)`, `weight_hh (H, H)`, `bias (H)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rnn {
    /// Dimensions of a word, D.
    pub input: usize,
    /// Units, H.
    pub hidden: usize,
}

impl Rnn {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![
            ("weight_ih", vec![self.hidden, self.input]),
            ("weight_hh", vec![self.hidden, self.hidden]),
            ("bias", vec![self.hidden]),
        ]
    }
}

dispatched! {
    /// One step forward: `gates (b, H)` hold the inputs of the tanh, `hidden (b, H)` is written.
    pub(super) fn activate<T>(gates: &[T], hidden: &mut [T]) {
        for (h, &gate) in hidden.iter_mut().zip(gates) {
            *h = gate.tanh_at::<L>();
        }
    }

    /// One step backward: `gates (b, H)` are replaced by the gradient of the tanh's inputs.
    pub(super) fn deactivate<T>(hidden: &[T], d_hidden: &[T], gates: &mut [T]) {
        for ((gate, &h), &dh) in gates.iter_mut().zip(hidden).zip(d_hidden) {
            *gate = (dh * (T::one() - h * h)).or_zero();
        }
    }
}
