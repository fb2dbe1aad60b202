//! The gated recurrent unit (Cho et al. 2014) in PyTorch's variant, with the reset gate after the product:
//!
//! ```text
//! r, z = sigmoid of (x W_ih^T + h W_hh^T + b)
//! n = tanh(x W_in^T + b_n + r q)        q = h W_hn^T + b_hn
//! h' = (1 - z) n + z h
//! ```
//!
//! The state before the first word is nought. PyTorch's `bias_ih` and `bias_hh` are one here where only their sum
//! matters, for r and z; `bias` ends with b_in, and b_hn is `bias_hn`.

use crate::dispatched;
use crate::kernel::{Real, product, view, view_mut};
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Tape, previous, turned};
use crate::nn::room;

/// A GRU of one direction. Its weights: `weight_ih (3H, D)`, `weight_hh (3H, H)`, `bias (3H)`, each in the order
/// r, z, n, and `bias_hn (H)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gru {
    /// Numbers a word, D.
    pub input: usize,
    /// Units, H.
    pub hidden: usize,
}

impl Gru {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let gates = 3 * self.hidden;
        vec![
            ("weight_ih", vec![gates, self.input]),
            ("weight_hh", vec![gates, self.hidden]),
            ("bias", vec![gates]),
            ("bias_hn", vec![self.hidden]),
        ]
    }

    /// See [`Recurrent::forward`](super::recurrent::Recurrent::forward). A row of the tape's gates is r, z, n, q.
    pub fn forward<T: Real>(&self, weights: &[T], batch: &Packed, x: &[T], tape: &mut Tape<T>) {
        let (units, rows) = (self.hidden, batch.rows());
        let (w_ih, rest) = weights.split_at(3 * units * self.input);
        let (w_hh, biases) = rest.split_at(3 * units * units);
        let recurrent = turned(w_hh, units, &mut tape.turned);
        let gates = room(&mut tape.gates, rows * 4 * units);
        let hidden = room(&mut tape.hidden, rows * units);
        let products = room(&mut tape.carry, batch.documents() * 3 * units);
        let nought = room(&mut tape.previous, batch.documents() * units);
        nought.fill(T::zero());
        let mut inputs = view_mut(gates, rows, 4 * units);
        let inputs = inputs.slice_mut(ndarray::s![.., ..3 * units]);
        let w_ih = view(w_ih, 3 * units, self.input).reversed_axes();
        product(T::one(), view(x, rows, self.input), w_ih, T::zero(), inputs);
        for step in 0..batch.steps() {
            let (now, size) = (batch.step(step), batch.size(step));
            let (past, hidden) = hidden.split_at_mut(now.start * units);
            let products = &mut products[..size * 3 * units];
            let past = if step == 0 {
                products.fill(T::zero());
                &nought[..size * units]
            } else {
                let past = &past[batch.step(step - 1).start * units..][..size * units];
                let products = view_mut(products, size, 3 * units);
                product(T::one(), view(past, size, units), recurrent, T::zero(), products);
                past
            };
            let gates = &mut gates[now.start * 4 * units..now.end * 4 * units];
            activate(units, gates, products, biases, past, &mut hidden[..size * units]);
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
        let (w_ih, rest) = weights.split_at(3 * units * self.input);
        let (w_hh, _) = rest.split_at(3 * units * units);
        let (d_ih, rest) = gradient.split_at_mut(3 * units * self.input);
        let (d_hh, d_biases) = rest.split_at_mut(3 * units * units);
        if rows == 0 {
            return;
        }
        let first = batch.size(0);
        let gates = &mut tape.gates[..rows * 4 * units];
        let hidden = &tape.hidden[..rows * units];
        let d_hidden = &mut tape.d_hidden[..rows * units];
        let nought = room(&mut tape.carry, first * units);
        nought.fill(T::zero());
        for step in (0..batch.steps()).rev() {
            let (now, size) = (batch.step(step), batch.size(step));
            let before = if step == 0 { 0 } else { batch.step(step - 1).start * units };
            let gates = &mut gates[now.start * 4 * units..now.end * 4 * units];
            let (d_past, d_now) = d_hidden.split_at_mut(now.start * units);
            let past = if step == 0 { &nought[..size * units] } else { &hidden[before..][..size * units] };
            let d_now = &mut d_now[..size * units];
            deactivate(units, gates, past, d_now, d_biases);
            if step > 0 {
                let d_past = &mut d_past[before..][..size * units];
                for (past, &now) in d_past.iter_mut().zip(&*d_now) {
                    *past += now;
                }
                let mut d_past = view_mut(d_past, size, units);
                for (w, d) in recurrent_parts(view(gates, size, 4 * units), units) {
                    let w_hh = view(&w_hh[w.start * units..w.end * units], w.len(), units);
                    product(T::one(), d, w_hh, T::one(), d_past.view_mut());
                }
            }
        }
        let gates = view(gates, rows, 4 * units);
        let inputs = gates.slice(ndarray::s![.., ..3 * units]);
        let d_ih = view_mut(d_ih, 3 * units, self.input);
        product(T::one(), inputs.reversed_axes(), view(x, rows, self.input), T::one(), d_ih);
        if let Some(dx) = dx {
            let (w_ih, dx) = (view(w_ih, 3 * units, self.input), view_mut(dx, rows, self.input));
            product(T::one(), inputs, w_ih, T::zero(), dx);
        }
        if batch.steps() > 1 {
            let previous = view(previous(batch, hidden, units, &mut tape.previous), rows - first, units);
            let later = gates.slice_move(ndarray::s![first.., ..]);
            for (w, d) in recurrent_parts(later, units) {
                let d_hh = view_mut(&mut d_hh[w.start * units..w.end * units], w.len(), units);
                product(T::one(), d.reversed_axes(), previous, T::one(), d_hh);
            }
        }
    }
}

/// The gradients that the recurrent weights see, with the rows of the weights that they belong to: those of r and z,
/// and that of q for n.
fn recurrent_parts<'a, T: Real>(
    d_gates: ndarray::ArrayView2<'a, T>,
    units: usize,
) -> [(std::ops::Range<usize>, ndarray::ArrayView2<'a, T>); 2] {
    [
        (0..2 * units, d_gates.slice_move(ndarray::s![.., ..2 * units])),
        (2 * units..3 * units, d_gates.slice_move(ndarray::s![.., 3 * units..])),
    ]
}

dispatched! {
    /// One step forward for `b` documents: `gates (b, 4H)` hold the input's products for r, z, n and become r, z, n,
    /// q; `products (b, 3H)` are those of the states before, `past (b, H)`; `hidden (b, H)` is written. `biases` are
    /// `bias (3H)` and `bias_hn (H)`.
    fn activate<T>(
        units: usize,
        gates: &mut [T],
        products: &[T],
        biases: &[T],
        past: &[T],
        hidden: &mut [T],
    ) {
        let (bias_r, rest) = biases.split_at(units);
        let (bias_z, rest) = rest.split_at(units);
        let (bias_n, bias_q) = rest.split_at(units);
        let rows = gates.chunks_exact_mut(4 * units).zip(products.chunks_exact(3 * units));
        for ((gates, products), (past, hidden)) in
            rows.zip(past.chunks_exact(units).zip(hidden.chunks_exact_mut(units)))
        {
            let (r, rest) = gates.split_at_mut(units);
            let (z, rest) = rest.split_at_mut(units);
            let (n, q) = rest.split_at_mut(units);
            let (product_r, rest) = products.split_at(units);
            let (product_z, product_q) = rest.split_at(units);
            for ((r, &p), &b) in r.iter_mut().zip(product_r).zip(bias_r) {
                *r = (*r + p + b).sigmoid_at::<L>();
            }
            for ((z, &p), &b) in z.iter_mut().zip(product_z).zip(bias_z) {
                *z = (*z + p + b).sigmoid_at::<L>();
            }
            for ((q, &p), &b) in q.iter_mut().zip(product_q).zip(bias_q) {
                *q = p + b;
            }
            for (((n, &b), &r), &q) in n.iter_mut().zip(bias_n).zip(&*r).zip(&*q) {
                *n = L::mul_add(r, q, *n + b).tanh_at::<L>();
            }
            for (((h, &past), &z), &n) in hidden.iter_mut().zip(past).zip(&*z).zip(&*n) {
                *h = L::mul_add(z, past - n, n);
            }
        }
    }

    /// One step backward: `gates (b, 4H)` become the gradients of what was activated to r, z, n, and that of q;
    /// `d_hidden (b, H)` becomes what goes straight to the states before. Column sums are added to `d_biases`.
    fn deactivate<T>(
        units: usize,
        gates: &mut [T],
        past: &[T],
        d_hidden: &mut [T],
        d_biases: &mut [T],
    ) {
        let (bias_r, rest) = d_biases.split_at_mut(units);
        let (bias_z, rest) = rest.split_at_mut(units);
        let (bias_n, bias_q) = rest.split_at_mut(units);
        let one = T::one();
        for (gates, (past, dh)) in
            gates.chunks_exact_mut(4 * units).zip(past.chunks_exact(units).zip(d_hidden.chunks_exact_mut(units)))
        {
            let (r, rest) = gates.split_at_mut(units);
            let (z, rest) = rest.split_at_mut(units);
            let (n, q) = rest.split_at_mut(units);
            for (((((dh, z), n), &past), bz), bn) in
                dh.iter_mut().zip(z).zip(&mut *n).zip(past).zip(&mut *bias_z).zip(&mut *bias_n)
            {
                let (z_was, n_was) = (*z, *n);
                *z = *dh * (past - n_was) * z_was * (one - z_was);
                *n = *dh * (one - z_was) * (one - n_was * n_was);
                *dh *= z_was;
                *bz += *z;
                *bn += *n;
            }
            for ((((r, &n), q), br), bq) in r.iter_mut().zip(&*n).zip(q).zip(&mut *bias_r).zip(&mut *bias_q) {
                let r_was = *r;
                *r = n * *q * r_was * (one - r_was);
                *q = n * r_was;
                *br += *r;
                *bq += *q;
            }
        }
    }
}
