//! The plain recurrent network (Elman 1990): h' = tanh(x W_ih^T + h W_hh^T + b).
//!
//! The state before the first word is nought. PyTorch's two biases are one here, their sum.

use crate::dispatched;
use crate::kernel::{Real, product, view, view_mut};
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Tape, previous, project, project_back, turned};
use crate::nn::room;

/// An Elman network of one direction. Its weights: `weight_ih (H, D)`, `weight_hh (H, H)`, `bias (H)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rnn {
    /// Numbers a word, D.
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

    /// See [`Recurrent::forward`](super::recurrent::Recurrent::forward). The states are all that is kept.
    pub fn forward<T: Real>(&self, weights: &[T], batch: &Packed, x: &[T], tape: &mut Tape<T>) {
        let units = self.hidden;
        let (w_ih, rest) = weights.split_at(units * self.input);
        let (w_hh, bias) = rest.split_at(units * units);
        let recurrent = turned(w_hh, units, &mut tape.turned);
        let hidden = room(&mut tape.hidden, batch.rows() * units);
        project(w_ih, x, batch.rows(), self.input, hidden);
        for step in 0..batch.steps() {
            let size = batch.size(step);
            let (past, hidden) = hidden.split_at_mut(batch.step(step).start * units);
            let hidden = &mut hidden[..size * units];
            if step > 0 {
                let past = view(&past[batch.step(step - 1).start * units..][..size * units], size, units);
                product(T::one(), past, recurrent, T::one(), view_mut(hidden, size, units));
            }
            activate(units, bias, hidden);
        }
    }

    /// See [`Recurrent::backward`](super::recurrent::Recurrent::backward).
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        batch: &Packed,
        x: &[T],
        tape: &mut Tape<T>,
        dx: Option<&mut [T]>,
        gradient: &mut [T],
    ) {
        let (units, rows) = (self.hidden, batch.rows());
        let (w_ih, rest) = weights.split_at(units * self.input);
        let (w_hh, _) = rest.split_at(units * units);
        let (d_ih, rest) = gradient.split_at_mut(units * self.input);
        let (d_hh, d_bias) = rest.split_at_mut(units * units);
        let hidden = &tape.hidden[..rows * units];
        let d_hidden = &mut tape.d_hidden[..rows * units];
        for step in (0..batch.steps()).rev() {
            let (now, size) = (batch.step(step), batch.size(step));
            let (d_past, d_now) = d_hidden.split_at_mut(now.start * units);
            let d_now = &mut d_now[..size * units];
            deactivate(units, &hidden[now.start * units..now.end * units], d_now, d_bias);
            if step > 0 {
                let d_past = &mut d_past[batch.step(step - 1).start * units..][..size * units];
                let (d_now, w_hh) = (view(d_now, size, units), view(w_hh, units, units));
                product(T::one(), d_now, w_hh, T::one(), view_mut(d_past, size, units));
            }
        }
        project_back(w_ih, x, rows, self.input, d_hidden, d_ih, dx);
        if batch.steps() > 1 {
            let previous = previous(batch, hidden, units, &mut tape.previous);
            let d_later = &d_hidden[batch.size(0) * units..];
            project_back(w_hh, previous, previous.len() / units, units, d_later, d_hh, None);
        }
    }
}

dispatched! {
    /// `hidden (b, H)` holds the products and becomes the states.
    fn activate<T>(units: usize, bias: &[T], hidden: &mut [T]) {
        for row in hidden.chunks_exact_mut(units) {
            for (h, &b) in row.iter_mut().zip(bias) {
                *h = (*h + b).tanh_at::<L>();
            }
        }
    }

    /// `d_hidden (b, H)` becomes the gradient of what was activated, whose column sums are added to `d_bias (H)`.
    fn deactivate<T>(units: usize, hidden: &[T], d_hidden: &mut [T], d_bias: &mut [T]) {
        for (h, dh) in hidden.chunks_exact(units).zip(d_hidden.chunks_exact_mut(units)) {
            for ((&h, dh), b) in h.iter().zip(dh).zip(&mut *d_bias) {
                *dh *= T::one() - h * h;
                *b += *dh;
            }
        }
    }
}
