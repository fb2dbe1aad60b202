//! Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates: Gers et al. 2000), as PyTorch has it:
//!
//! ```text
//! i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of (x W_ih^T + h W_hh^T + b)
//! c' = f c + i g        h' = o tanh c'
//! ```
//!
//! The states before the first word are nought. PyTorch's two biases only ever occur as their sum; here they are
//! that one.

use crate::dispatched;
use crate::kernel::{Real, product, view, view_mut};
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Tape, previous, project, project_back, turned};
use crate::nn::room;

/// An LSTM of one direction. Its weights: `weight_ih (4H, D)`, `weight_hh (4H, H)`, `bias (4H)`, each in the
/// order i, f, g, o.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lstm {
    /// Numbers a word, D.
    pub input: usize,
    /// Units, H.
    pub hidden: usize,
}

impl Lstm {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let gates = 4 * self.hidden;
        vec![
            ("weight_ih", vec![gates, self.input]),
            ("weight_hh", vec![gates, self.hidden]),
            ("bias", vec![gates]),
        ]
    }

    /// See [`Recurrent::forward`](super::recurrent::Recurrent::forward).
    pub fn forward<T: Real>(&self, weights: &[T], batch: &Packed, x: &[T], tape: &mut Tape<T>) {
        let (units, width) = (self.hidden, 4 * self.hidden);
        let (w_ih, rest) = weights.split_at(width * self.input);
        let (w_hh, bias) = rest.split_at(width * units);
        let recurrent = turned(w_hh, units, &mut tape.turned);
        let rows = batch.rows();
        let gates = room(&mut tape.gates, rows * width);
        let hidden = room(&mut tape.hidden, rows * units);
        let cells = room(&mut tape.cells, rows * units);
        project(w_ih, x, rows, self.input, gates);
        for step in 0..batch.steps() {
            let now = batch.step(step);
            let size = now.len();
            let gates = &mut gates[now.start * width..now.end * width];
            let (past_hidden, hidden) = hidden.split_at_mut(now.start * units);
            let (past_cells, cells) = cells.split_at_mut(now.start * units);
            let (hidden, cells) = (&mut hidden[..size * units], &mut cells[..size * units]);
            if step == 0 {
                // There is nothing before the first word: cells start at nought.
                cells.fill(T::zero());
            } else {
                let before = batch.step(step - 1).start * units..;
                let past_hidden = &past_hidden[before.clone()][..size * units];
                product(
                    T::one(),
                    view(past_hidden, size, units),
                    recurrent,
                    T::one(),
                    view_mut(gates, size, width),
                );
                cells.copy_from_slice(&past_cells[before][..size * units]);
            }
            activate(units, gates, bias, cells, hidden);
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
        let (units, width, rows) = (self.hidden, 4 * self.hidden, batch.rows());
        let (w_ih, rest) = weights.split_at(width * self.input);
        let (w_hh, _) = rest.split_at(width * units);
        let (d_ih, rest) = gradient.split_at_mut(width * self.input);
        let (d_hh, d_bias) = rest.split_at_mut(width * units);
        let gates = &mut tape.gates[..rows * width];
        let (hidden, cells) = (&tape.hidden[..rows * units], &tape.cells[..rows * units]);
        let d_hidden = &mut tape.d_hidden[..rows * units];
        let d_cells = room(&mut tape.carry, batch.documents() * units);
        d_cells.fill(T::zero());
        for step in (0..batch.steps()).rev() {
            let now = batch.step(step);
            let size = now.len();
            let gates = &mut gates[now.start * width..now.end * width];
            let (d_past, d_hidden) = d_hidden.split_at_mut(now.start * units);
            let past = if step == 0 { 0 } else { batch.step(step - 1).start } * units;
            let past_cells = if step == 0 { &[][..] } else { &cells[past..][..size * units] };
            deactivate(
                units,
                gates,
                past_cells,
                &cells[now.start * units..now.end * units],
                &d_hidden[..size * units],
                &mut d_cells[..size * units],
                d_bias,
            );
            if step > 0 {
                product(
                    T::one(),
                    view(gates, size, width),
                    view(w_hh, width, units),
                    T::one(),
                    view_mut(&mut d_past[past..][..size * units], size, units),
                );
            }
        }
        project_back(w_ih, x, rows, self.input, gates, d_ih, dx);
        if batch.steps() > 1 {
            let previous = previous(batch, hidden, units, &mut tape.previous);
            project_back(
                w_hh,
                previous,
                previous.len() / units,
                units,
                &gates[batch.size(0) * width..],
                d_hh,
                None,
            );
        }
    }
}

dispatched! {
    /// One step forward for `b` documents: `gates (b, 4H)` hold the products and become the activated gates,
    /// `cells (b, H)` hold the cells before and become those after, `hidden (b, H)` is written.
    fn activate<T>(units: usize, gates: &mut [T], bias: &[T], cells: &mut [T], hidden: &mut [T]) {
        let (bias_i, rest) = bias.split_at(units);
        let (bias_f, rest) = rest.split_at(units);
        let (bias_g, bias_o) = rest.split_at(units);
        let rows = gates.chunks_exact_mut(4 * units).zip(cells.chunks_exact_mut(units));
        for ((gates, cells), hidden) in rows.zip(hidden.chunks_exact_mut(units)) {
            let (i, rest) = gates.split_at_mut(units);
            let (f, rest) = rest.split_at_mut(units);
            let (g, o) = rest.split_at_mut(units);
            for (i, &b) in i.iter_mut().zip(bias_i) {
                *i = (*i + b).sigmoid_at::<L>();
            }
            for (f, &b) in f.iter_mut().zip(bias_f) {
                *f = (*f + b).sigmoid_at::<L>();
            }
            for (g, &b) in g.iter_mut().zip(bias_g) {
                *g = (*g + b).tanh_at::<L>();
            }
            for (o, &b) in o.iter_mut().zip(bias_o) {
                *o = (*o + b).sigmoid_at::<L>();
            }
            for (((c, &i), &f), &g) in cells.iter_mut().zip(&*i).zip(&*f).zip(&*g) {
                *c = L::mul_add(f, *c, i * g);
            }
            for ((h, &c), &o) in hidden.iter_mut().zip(&*cells).zip(&*o) {
                *h = o * c.tanh_at::<L>();
            }
        }
    }

    /// One step backward: activated `gates (b, 4H)` become the gradients of what was activated, whose column
    /// sums are added to `d_bias (4H)`; `d_cells (b, H)` are those of the cells after and become those of the
    /// cells before. `past (b, H)` is empty at the first step, where the cells before are nought.
    fn deactivate<T>(
        units: usize,
        gates: &mut [T],
        past: &[T],
        cells: &[T],
        d_hidden: &[T],
        d_cells: &mut [T],
        d_bias: &mut [T],
    ) {
        let (bias_i, rest) = d_bias.split_at_mut(units);
        let (bias_f, rest) = rest.split_at_mut(units);
        let (bias_g, bias_o) = rest.split_at_mut(units);
        let one = T::one();
        for (row, gates) in gates.chunks_exact_mut(4 * units).enumerate() {
            let (i, rest) = gates.split_at_mut(units);
            let (f, rest) = rest.split_at_mut(units);
            let (g, o) = rest.split_at_mut(units);
            let range = row * units..(row + 1) * units;
            let (c, dh, dc) = (&cells[range.clone()], &d_hidden[range.clone()], &mut d_cells[range.clone()]);
            for ((((dc, o), &c), &dh), b) in dc.iter_mut().zip(&mut *o).zip(c).zip(dh).zip(&mut *bias_o) {
                let t = c.tanh_at::<L>();
                *dc = L::mul_add(dh * *o, one - t * t, *dc);
                *o = dh * t * *o * (one - *o);
                *b += *o;
            }
            for ((((&dc, i), g), bi), bg) in
                dc.iter().zip(&mut *i).zip(&mut *g).zip(&mut *bias_i).zip(&mut *bias_g)
            {
                let (i_was, g_was) = (*i, *g);
                *i = dc * g_was * i_was * (one - i_was);
                *g = dc * i_was * (one - g_was * g_was);
                *bi += *i;
                *bg += *g;
            }
            if past.is_empty() {
                f.fill(T::zero());
            } else {
                for (((dc, f), &c), b) in dc.iter_mut().zip(&mut *f).zip(&past[range]).zip(&mut *bias_f) {
                    let f_was = *f;
                    *f = *dc * c * f_was * (one - f_was);
                    *dc *= f_was;
                    *b += *f;
                }
            }
        }
    }
}
