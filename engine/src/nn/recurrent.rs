//! Common code of the recurrent layers: the tape, the loop over steps, and the matrix products over all steps.
//!
//! The file of each layer has the activations of one step, forward and backward.

use serde::{Deserialize, Serialize};

use std::ops::Range;

use ndarray::s;

use crate::kernel::rows::prefetch;
use crate::kernel::{Panels, Real, Source, axpy, matmul, view, view_mut};
use crate::nn::flops::Flops;
use crate::nn::gru::{self, Gru};
use crate::nn::lstm::{self, Lstm};
use crate::nn::packed::Packed;
use crate::nn::rnn::{self, Rnn};
use crate::nn::room;

/// A recurrent layer of one direction, from D dimensions per word to H units.
///
/// Forward and backward over two documents of three and two words, from three distinct words:
///
/// ```
/// use warmstart_engine::nn::lstm::Lstm;
/// use warmstart_engine::nn::packed::Packed;
/// use warmstart_engine::nn::recurrent::{Input, Keep, Recurrent, Tape};
///
/// let layer = Recurrent::Lstm(Lstm { input: 2, hidden: 1 });
/// let size: usize = layer.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
/// assert_eq!(size, 4 * (2 + 1 + 1));
/// let weights = vec![0.1_f32; size];
///
/// let mut batch = Packed::default();
/// batch.pack([3, 2].into_iter());
/// // The documents are the words 0 1 2 and 2 0. Packed: both first words, both second words, the one third word.
/// let input = Input { x: &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], rows: &[0, 2, 1, 0, 2], known: None, start: None };
/// let mut tape = Tape::default();
/// layer.forward(&weights, &batch, input, &mut tape, Keep::All);
/// assert_eq!(tape.hidden.len(), 5);
///
/// // The gradient of the sum of all states.
/// tape.d_hidden = vec![1.0; 5];
/// let (mut gradient, mut dx) = (vec![0.0; size], vec![0.0; 6]);
/// layer.backward(&weights, &batch, input, &mut tape, Some(&mut dx), &mut gradient);
/// assert!(gradient.iter().chain(&dx).all(|slope| *slope > 0.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recurrent {
    /// Elman's network: one tanh.
    Rnn(Rnn),
    /// Long short-term memory: three gates and a cell.
    Lstm(Lstm),
    /// Gated recurrent units: two gates.
    Gru(Gru),
}

/// The input of a layer: the vectors of the distinct words, and the index of the distinct word in each row of the
/// batch. The product of a word's vector with the input weights is the same for each of its occurrences, so it is
/// computed once.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a, T> {
    /// `(U, D)`; without the words whose gate inputs are in `known`.
    pub x: &'a [T],
    /// `(N)`, each below U.
    pub rows: &'a [u32],
    /// Gate inputs that were computed before. If it is given, `x` holds only the other words.
    pub known: Option<Known<'a, T>>,
    /// The states before the first word; `None` for zero. They get no gradient.
    pub start: Option<Start<'a, T>>,
}

/// The states at the end of the previous batch, with which this batch begins, in the order of ranks.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a, T> {
    /// `(B, H)`.
    pub hidden: &'a [T],
    /// `(B, H)`; only an LSTM reads them.
    pub cells: &'a [T],
}

/// The gate inputs of words, as [`Recurrent::project`] computes them. They can be reused as long as the weights do not
/// change.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a, T> {
    /// `(any, kept * H)`.
    pub projected: &'a [T],
    /// For each of the U words its row in `projected`, if it has one.
    pub rows: &'a [Option<u32>],
}

/// What a layer keeps of its forward pass, and its buffers. They grow when needed and never shrink.
#[derive(Debug, Clone, Default)]
pub struct Tape<T> {
    /// The gate inputs of the distinct words, biases included, `(U, kept * H)`; in the backward pass, their gradient.
    inputs: Vec<T>,
    /// Activated gates `(N, kept * H)`; the backward pass replaces them by the gradients of the activations' inputs.
    gates: Vec<T>,
    /// LSTM cells `(N, H)`.
    cells: Vec<T>,
    /// States `(N, H)`: the layer's output.
    pub hidden: Vec<T>,
    /// The gradient of the states. The backward pass changes it.
    pub d_hidden: Vec<T>,
    /// The previous state of each row, `(N, H)`, for the gradient of the recurrent weights.
    previous: Vec<T>,
    /// The recurrent weights, prepared for the products of all steps.
    panels: Panels<T>,
    /// The gradient of the cells that is passed from step to step, `(B, H)`.
    carry: Vec<T>,
    /// The states before the first word, `(B, H)`: zero.
    zero: Vec<T>,
}

/// Whether a backward pass follows the forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Gates and cells of all words are kept for the backward pass.
    All,
    /// Only the states are kept: there is no backward pass.
    States,
}

impl Recurrent {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        match self {
            Recurrent::Rnn(layer) => layer.tensors(),
            Recurrent::Lstm(layer) => layer.tensors(),
            Recurrent::Gru(layer) => layer.tensors(),
        }
    }

    /// The number of units H.
    pub fn hidden(&self) -> usize {
        match self {
            Recurrent::Rnn(layer) => layer.hidden,
            Recurrent::Lstm(layer) => layer.hidden,
            Recurrent::Gru(layer) => layer.hidden,
        }
    }

    /// Dimensions of a word, D.
    pub fn input(&self) -> usize {
        match self {
            Recurrent::Rnn(layer) => layer.input,
            Recurrent::Lstm(layer) => layer.input,
            Recurrent::Gru(layer) => layer.input,
        }
    }

    /// How many of the first values of the tensor `name` are sums of two biases of PyTorch.
    pub fn doubled_biases(&self, name: &str) -> usize {
        match (name.contains(".bias") && !name.contains(".bias_hn"), self) {
            (false, _) => 0,
            (true, Recurrent::Rnn(layer)) => layer.hidden,
            (true, Recurrent::Lstm(layer)) => 4 * layer.hidden,
            (true, Recurrent::Gru(layer)) => 2 * layer.hidden,
        }
    }

    /// The number of gates, which is the number of `(H, D)` matrices stacked in `weight_ih`.
    fn gates(&self) -> usize {
        match self {
            Recurrent::Rnn(_) => 1,
            Recurrent::Lstm(_) => 4,
            Recurrent::Gru(_) => 3,
        }
    }

    /// The number of values per unit that the tape keeps in a row. The values that the previous state contributes to
    /// come first. A GRU keeps the word's part of n separately, after them.
    fn kept(&self) -> usize {
        match self {
            Recurrent::Gru(_) => 4,
            other => other.gates(),
        }
    }

    /// Pairs of a range of columns of the tape's row and the range of rows of `weight_ih` that gives these columns.
    /// The columns of a GRU's q lie between the two pairs; they do not depend on the word.
    fn parts(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let (units, columns) = (self.hidden(), self.gates() * self.hidden());
        let (first, second) = match self {
            Recurrent::Gru(_) => (0..2 * units, Some((3 * units..4 * units, 2 * units..3 * units))),
            _ => (0..columns, None),
        };
        std::iter::once((first.clone(), first)).chain(second)
    }

    /// The columns of a row of the tape that each bias is added to, in the order of the layer's biases.
    fn biases(&self) -> impl Iterator<Item = Range<usize>> {
        let units = self.hidden();
        let q = matches!(self, Recurrent::Gru(_)).then_some(2 * units..3 * units);
        self.parts().map(|(columns, _)| columns).chain(q)
    }

    /// The number of gate inputs of a word, which is the number of columns of a row of the tape.
    pub fn width(&self) -> usize {
        self.kept() * self.hidden()
    }

    /// The floating-point operations for a document of `words` words. `started`: there is a state before the first word.
    pub fn flops(&self, words: usize, started: bool) -> Flops {
        let columns = self.gates() * self.hidden();
        let of_words = Flops::product(words * columns * self.input());
        let state = columns * self.hidden();
        let previous = Flops::product(if started { words } else { words.saturating_sub(1) } * state);
        // The gradient goes on to the states between the words, also where that of the words is not needed.
        let between = Flops::product(words.saturating_sub(1) * state);
        let Flops { forward, backward, .. } = previous;
        of_words + Flops { forward, backward: backward + between.input, input: 0 }
    }

    /// Computes the gate inputs `projected (U, kept * H)` of words with the vectors `x (U, D)`, biases included.
    /// `panels` is a buffer.
    pub fn project<T: Real>(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, projected: &mut [T]) {
        let (units, words) = (self.hidden(), x.len() / self.input());
        let (columns, width) = (self.gates() * units, self.width());
        let (w_ih, rest) = weights.split_at(columns * self.input());
        let mut biases = &rest[columns * units..];
        let mut products = self.parts();
        for part in self.biases() {
            let (bias, others) = biases.split_at(part.len());
            biases = others;
            if let Some((to, from)) = products.next() {
                panels.lay(view(w_ih, columns, self.input()).slice_move(s![from, ..]).reversed_axes());
                let projected = view_mut(projected, words, width).slice_move(s![.., to]);
                panels.matmul_and_bias(bias, view(x, words, self.input()), projected);
            } else {
                projected.chunks_exact_mut(width).for_each(|row| row[part.clone()].copy_from_slice(bias));
            }
        }
    }

    /// Computes the states of all words, `(N, H)`, and stores them in the tape.
    pub fn forward<T: Real>(
        &self,
        weights: &[T],
        batch: &Packed,
        input: Input<T>,
        tape: &mut Tape<T>,
        keep: Keep,
    ) {
        let (units, documents) = (self.hidden(), batch.documents());
        let (columns, width) = (self.gates() * units, self.kept() * units);
        let w_hh = &weights[columns * self.input()..][..columns * units];
        // The gate inputs of all words, and the index of the distinct word in each row.
        let mut numbers = Vec::new();
        let (projected, rows) = match input.known {
            None => (&[][..], input.rows),
            Some(known) => {
                let mut next = (known.projected.len() / width) as u32;
                let mut missing = || {
                    next += 1;
                    next - 1
                };
                let places: Vec<u32> =
                    known.rows.iter().map(|row| row.unwrap_or_else(&mut missing)).collect();
                numbers.extend(input.rows.iter().map(|&number| places[number as usize]));
                (known.projected, &numbers[..])
            }
        };
        let inputs = room(&mut tape.inputs, input.x.len() / self.input() * width);
        self.project(weights, input.x, &mut tape.panels, inputs);
        let source = Source { first: projected, then: inputs, width };
        tape.panels.lay(view(w_hh, columns, units).reversed_axes());

        // Without a backward pass, only the current gates are needed, and only the current and previous cells.
        let (gate_rows, cell_rows) = match keep {
            Keep::All => (batch.rows(), batch.rows()),
            Keep::States => (documents, 2 * documents),
        };
        let all_gates = room(&mut tape.gates, gate_rows * width);
        let has_cells = matches!(self, Recurrent::Lstm(_));
        let all_cells = room(&mut tape.cells, if has_cells { cell_rows * units } else { 0 });
        let zero = room(&mut tape.zero, documents * units);
        zero.fill(T::zero());
        let start = input.start.unwrap_or(Start { hidden: &*zero, cells: &*zero });
        let hidden = room(&mut tape.hidden, batch.rows() * units);
        for step in 0..batch.steps() {
            let (now, size) = (batch.step(step), batch.size(step));
            let before = if step == 0 { 0 } else { batch.step(step - 1).start };
            let first = if keep == Keep::All { now.start } else { 0 };
            let gates = &mut all_gates[first * width..][..size * width];
            if let Some(next) = rows.get(now.end..).filter(|_| keep == Keep::States) {
                // Known gate inputs may be far away in memory.
                next.iter().take(size).for_each(|&word| prefetch(source.row(word)));
            }
            let rows = &rows[now.clone()];
            let (past, hidden) = hidden.split_at_mut(now.start * units);
            let hidden = &mut hidden[..size * units];
            let past = if step == 0 {
                &start.hidden[..size * units]
            } else {
                &past[before * units..][..size * units]
            };
            // The first `summed` columns also get the product with the previous state. The others depend only on the
            // word.
            let summed = if step == 0 && input.start.is_none() { 0 } else { columns };
            for (gates, &word) in
                gates.chunks_exact_mut(width).zip(rows).take(if summed < width { size } else { 0 })
            {
                gates[summed..].copy_from_slice(&source.row(word)[summed..]);
            }
            if summed > 0 {
                let gates = view_mut(gates, size, width).slice_move(s![.., ..columns]);
                tape.panels.matmul_onto(source, rows, view(past, size, units), gates);
            }
            match self {
                Recurrent::Rnn(_) => rnn::activate(gates, hidden),
                Recurrent::Gru(_) => gru::activate(units, gates, past, hidden),
                Recurrent::Lstm(_) => {
                    let (past, cells) = match keep {
                        Keep::All => {
                            let (past, cells) = all_cells.split_at_mut(now.start * units);
                            (&past[before * units..], cells)
                        }
                        Keep::States => {
                            let (even, odd) = all_cells.split_at_mut(documents * units);
                            if step % 2 == 0 { (&*odd, even) } else { (&*even, odd) }
                        }
                    };
                    let past = if step == 0 { &start.cells[..size * units] } else { &past[..size * units] };
                    lstm::activate(units, gates, past, &mut cells[..size * units], hidden);
                }
            }
        }
    }

    /// The backward pass, from the gradient of the states, which the caller has written to the tape. Adds to
    /// `gradient` and, if it is given, to `dx (U, D)`, the gradient of the distinct vectors. The forward pass must
    /// have used [`Keep::All`]. Gradients that vanish become zero ([`Real::or_zero`]).
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        batch: &Packed,
        input: Input<T>,
        tape: &mut Tape<T>,
        dx: Option<&mut [T]>,
        gradient: &mut [T],
    ) {
        let (units, rows) = (self.hidden(), batch.rows());
        let (columns, width) = (self.gates() * units, self.kept() * units);
        let (w_ih, rest) = weights.split_at(columns * self.input());
        let w_hh = &rest[..columns * units];
        let (d_ih, rest) = gradient.split_at_mut(columns * self.input());
        let (d_hh, mut d_biases) = rest.split_at_mut(columns * units);
        if rows == 0 {
            return;
        }
        let words = input.x.len() / self.input();
        let d_inputs = &mut tape.inputs[..words * width];
        d_inputs.fill(T::zero());
        tape.panels.lay(view(w_hh, columns, units));
        let all_gates = &mut tape.gates[..rows * width];
        let hidden = &tape.hidden[..rows * units];
        let d_hidden = &mut tape.d_hidden[..rows * units];
        let d_cells = room(&mut tape.carry, batch.documents() * units);
        d_cells.fill(T::zero());
        let zero = &tape.zero[..batch.documents() * units];
        let start = input.start.unwrap_or(Start { hidden: zero, cells: zero });
        for step in (0..batch.steps()).rev() {
            let (now, size) = (batch.step(step), batch.size(step));
            let before = if step == 0 { 0 } else { batch.step(step - 1).start * units };
            let gates = &mut all_gates[now.start * width..now.end * width];
            let (d_past, d_now) = d_hidden.split_at_mut(now.start * units);
            let d_now = &mut d_now[..size * units];
            let these = now.start * units..now.end * units;
            match self {
                Recurrent::Rnn(_) => rnn::deactivate(&hidden[these], d_now, gates),
                Recurrent::Gru(_) => {
                    let past = if step == 0 { start.hidden } else { &hidden[before..] };
                    gru::deactivate(units, gates, &past[..size * units], d_now);
                }
                Recurrent::Lstm(_) => {
                    let past = if step == 0 { start.cells } else { &tape.cells[before..] };
                    let past = &past[..size * units];
                    lstm::deactivate(
                        units,
                        gates,
                        past,
                        &tape.cells[these],
                        d_now,
                        &mut d_cells[..size * units],
                    );
                }
            }
            for (gates, &word) in gates.chunks_exact(width).zip(&input.rows[now]) {
                axpy(T::one(), gates, &mut d_inputs[word as usize * width..][..width]);
            }
            if step > 0 {
                let d_past = &mut d_past[before..][..size * units];
                if let Recurrent::Gru(_) = self {
                    // The part of the gradient that does not go through the gates.
                    axpy(T::one(), d_now, d_past);
                }
                let gates = view(gates, size, width).slice_move(s![.., ..columns]);
                tape.panels.add_matmul(gates, view_mut(d_past, size, units));
            }
        }
        if batch.steps() > 1 {
            let first = batch.size(0);
            let previous = previous(batch, hidden, units, &mut tape.previous);
            let later = view(&all_gates[first * width..], rows - first, width).slice_move(s![.., ..columns]);
            let previous = view(previous, rows - first, units);
            matmul(T::one(), later.reversed_axes(), previous, T::one(), view_mut(d_hh, columns, units));
        }
        if let Some(start) = input.start {
            let size = batch.size(0);
            let first = view(&all_gates[..size * width], size, width).slice_move(s![.., ..columns]);
            let before = view(&start.hidden[..size * units], size, units);
            matmul(T::one(), first.reversed_axes(), before, T::one(), view_mut(d_hh, columns, units));
        }
        for part in self.biases() {
            let (d_bias, others) = d_biases.split_at_mut(part.len());
            d_biases = others;
            d_inputs.chunks_exact(width).for_each(|row| axpy(T::one(), &row[part.clone()], d_bias));
        }
        let mut dx = dx;
        for (to, from) in self.parts() {
            let d_inputs = view(d_inputs, words, width).slice_move(s![.., to]);
            let d_ih = view_mut(d_ih, columns, self.input()).slice_move(s![from.clone(), ..]);
            let x = view(input.x, words, self.input());
            matmul(T::one(), d_inputs.reversed_axes(), x, T::one(), d_ih);
            if let Some(dx) = &mut dx {
                let w_ih = view(w_ih, columns, self.input()).slice_move(s![from, ..]);
                matmul(T::one(), d_inputs, w_ih, T::one(), view_mut(dx, words, self.input()));
            }
        }
    }
}

impl<T: Real> Tape<T> {
    /// Copies the states after the last step, `(B, H)` each, for the next batch. All documents of the batch must have
    /// the same length. An LSTM needs a forward pass with [`Keep::All`].
    ///
    /// # Panics
    /// If the documents have different lengths.
    pub fn end(&self, batch: &Packed, hidden: &mut [T], cells: &mut [T]) {
        let Some(last) = batch.steps().checked_sub(1) else { return };
        assert!(batch.size(last) == batch.documents(), "documents of several lengths");
        let units = hidden.len() / batch.documents();
        let range = batch.step(last).start * units..batch.step(last).end * units;
        hidden.copy_from_slice(&self.hidden[range.clone()]);
        if let Some(last) = self.cells.get(range) {
            cells.copy_from_slice(last);
        }
    }
}

/// The previous states of all rows from the second step on, `(N - size(0), H)`.
fn previous<'a, T: Real>(batch: &Packed, hidden: &'a [T], units: usize, buffer: &'a mut Vec<T>) -> &'a [T] {
    let (rows, first) = (batch.rows(), batch.size(0));
    if batch.size(batch.steps() - 1) == first {
        // All documents have the same length, so the previous state of a row is `size(0)` rows before it.
        return &hidden[..(rows - first) * units];
    }
    let previous = room(buffer, (rows - first) * units);
    for step in 1..batch.steps() {
        let (to, from) = (batch.step(step), batch.step(step - 1).start);
        let length = to.len() * units;
        previous[(to.start - first) * units..][..length].copy_from_slice(&hidden[from * units..][..length]);
    }
    previous
}

#[cfg(test)]
mod tests;
