//! What the recurrent layers share: the choice among them, their tape, and the products over all steps.

use ndarray::ArrayView2;

use crate::kernel::{Real, product, view, view_mut};
use crate::nn::gru::Gru;
use crate::nn::lstm::Lstm;
use crate::nn::packed::Packed;
use crate::nn::rnn::Rnn;
use crate::nn::room;

/// A recurrent layer of one direction, from D numbers a word to H units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recurrent {
    Rnn(Rnn),
    Lstm(Lstm),
    Gru(Gru),
}

/// What a layer keeps of its forward pass, and works in. Grown when needed, never shrunk.
#[derive(Debug, Clone, Default)]
pub struct Tape<T> {
    /// Activated gates `(N, gates * H)`; turned into the gradients of what was activated.
    pub(super) gates: Vec<T>,
    /// LSTM cells `(N, H)`.
    pub(super) cells: Vec<T>,
    /// States `(N, H)`: the layer's output.
    pub hidden: Vec<T>,
    /// The gradient of the states; taken apart by the backward pass.
    pub d_hidden: Vec<T>,
    /// The state before each row's, `(N, H)`, for the gradient of the recurrent weights.
    pub(super) previous: Vec<T>,
    /// The recurrent weights with rows and columns exchanged, `(H, gates * H)`.
    pub(super) turned: Vec<T>,
    /// What goes from step to step backwards, `(B, H)`.
    pub(super) carry: Vec<T>,
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

    /// Numbers a word, D.
    pub fn input(&self) -> usize {
        match self {
            Recurrent::Rnn(layer) => layer.input,
            Recurrent::Lstm(layer) => layer.input,
            Recurrent::Gru(layer) => layer.input,
        }
    }

    /// How many of the first numbers of the tensor called `name` stand for the sum of two biases of PyTorch's.
    pub fn doubled_biases(&self, name: &str) -> usize {
        match (name.contains(".bias") && !name.contains(".bias_hn"), self) {
            (false, _) => 0,
            (true, Recurrent::Rnn(layer)) => layer.hidden,
            (true, Recurrent::Lstm(layer)) => 4 * layer.hidden,
            (true, Recurrent::Gru(layer)) => 2 * layer.hidden,
        }
    }

    /// Leaves the states of all words `x (N, D)` in the tape.
    pub fn forward<T: Real>(&self, weights: &[T], batch: &Packed, x: &[T], tape: &mut Tape<T>) {
        match self {
            Recurrent::Rnn(layer) => layer.forward(weights, batch, x, tape),
            Recurrent::Lstm(layer) => layer.forward(weights, batch, x, tape),
            Recurrent::Gru(layer) => layer.forward(weights, batch, x, tape),
        }
    }

    /// From the gradient of the states, which the caller has put into the tape: adds to `gradient`, and writes
    /// `dx (N, D)` if it is asked for.
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        batch: &Packed,
        x: &[T],
        tape: &mut Tape<T>,
        dx: Option<&mut [T]>,
        gradient: &mut [T],
    ) {
        match self {
            Recurrent::Rnn(layer) => layer.backward(weights, batch, x, tape, dx, gradient),
            Recurrent::Lstm(layer) => layer.backward(weights, batch, x, tape, dx, gradient),
            Recurrent::Gru(layer) => layer.backward(weights, batch, x, tape, dx, gradient),
        }
    }
}

/// gates `(N, G)` = x W^T, for the words of all steps at once. `weight (G, D)`.
pub(super) fn project<T: Real>(weight: &[T], x: &[T], rows: usize, inputs: usize, gates: &mut [T]) {
    let outputs = weight.len() / inputs;
    product(
        T::one(),
        view(x, rows, inputs),
        view(weight, outputs, inputs).reversed_axes(),
        T::zero(),
        view_mut(gates, rows, outputs),
    );
}

/// `weight (G, H)` as `(H, G)`. Products would turn it so in every step; here it is done once a pass.
pub(super) fn turned<'a, T: Real>(weight: &[T], units: usize, buffer: &'a mut Vec<T>) -> ArrayView2<'a, T> {
    let outputs = weight.len() / units;
    let turned = room(buffer, weight.len());
    view_mut(turned, units, outputs).assign(&view(weight, outputs, units).reversed_axes());
    view(turned, units, outputs)
}

/// dW += dG^T x, over all rows, and dx = dG W if it is asked for. `d_gates (N, G)`, `weight` and `d_weight (G, D)`.
pub(super) fn project_back<T: Real>(
    weight: &[T],
    x: &[T],
    rows: usize,
    inputs: usize,
    d_gates: &[T],
    d_weight: &mut [T],
    dx: Option<&mut [T]>,
) {
    let outputs = weight.len() / inputs;
    let d_gates = view(d_gates, rows, outputs);
    let d_weight = view_mut(d_weight, outputs, inputs);
    product(T::one(), d_gates.reversed_axes(), view(x, rows, inputs), T::one(), d_weight);
    if let Some(dx) = dx {
        let dx = view_mut(dx, rows, inputs);
        product(T::one(), d_gates, view(weight, outputs, inputs), T::zero(), dx);
    }
}

/// The states before those of the steps from the second on, row for row. `(N - size(0), H)`.
pub(super) fn previous<'a, T: Real>(
    batch: &Packed,
    hidden: &[T],
    units: usize,
    buffer: &'a mut Vec<T>,
) -> &'a [T] {
    let first = if batch.steps() > 0 { batch.size(0) } else { 0 };
    let previous = room(buffer, (batch.rows() - first) * units);
    for step in 1..batch.steps() {
        let (to, from) = (batch.step(step), batch.step(step - 1).start);
        let length = to.len() * units;
        previous[(to.start - first) * units..][..length].copy_from_slice(&hidden[from * units..][..length]);
    }
    previous
}
