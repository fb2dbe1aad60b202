//! Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates: Gers et al. 2000), as PyTorch has it:
//!
//! ```text
//! i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of (x W_ih^T + h W_hh^T + b)
//! c' = f c + i g        h' = o tanh c'
//! ```
//!
//! The states before the first word are zero. PyTorch has two biases. Only their sum matters, so here it is one bias.

use serde::{Deserialize, Serialize};

use crate::kernel::Real;
use crate::kernel::target::Target;
use crate::{dispatched, in_lanes};

/// An LSTM of one direction. Its weights: `weight_ih (4H, D)`, `weight_hh (4H, H)`, `bias (4H)`, each in the
/// order i, f, g, o.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lstm {
    /// Dimensions of a word, D.
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
}

dispatched! {
    /// One step forward for `b` documents. `gates (b, 4H)` hold the inputs of the activations and are replaced by the
    /// activated gates. `past (b, H)` are the previous cells; `cells (b, H)` and `hidden (b, H)` are written.
    pub(super) fn activate<T>(units: usize, gates: &mut [T], past: &[T], cells: &mut [T], hidden: &mut [T]) {
        let states = cells.chunks_exact_mut(units).zip(hidden.chunks_exact_mut(units));
        let rows = gates.chunks_exact_mut(4 * units).zip(past.chunks_exact(units));
        for ((gates, past), (cells, hidden)) in rows.zip(states) {
            let (i, rest) = gates.split_at_mut(units);
            let (f, rest) = rest.split_at_mut(units);
            let (g, o) = rest.split_at_mut(units);
            in_lanes!(forward::<T, L>(mut i, mut f, mut g, mut o, past, mut cells, mut hidden));
        }
    }

    /// One step backward. The activated `gates (b, 4H)` are replaced by the gradients of the activations' inputs.
    /// `past` and `cells` are those of [`activate`]. `d_cells (b, H)` is the gradient of the new cells and is
    /// replaced by that of the previous cells.
    pub(super) fn deactivate<T>(
        units: usize,
        gates: &mut [T],
        past: &[T],
        cells: &[T],
        d_hidden: &[T],
        d_cells: &mut [T],
    ) {
        let states = past.chunks_exact(units).zip(cells.chunks_exact(units));
        let gradients = d_hidden.chunks_exact(units).zip(d_cells.chunks_exact_mut(units));
        for ((gates, (past, c)), (dh, dc)) in gates.chunks_exact_mut(4 * units).zip(states).zip(gradients) {
            let (i, rest) = gates.split_at_mut(units);
            let (f, rest) = rest.split_at_mut(units);
            let (g, o) = rest.split_at_mut(units);
            in_lanes!(backward::<T, L>(mut i, mut f, mut g, mut o, past, c, dh, mut dc));
        }
    }
}

/// [`activate`] for N units of one document.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn forward<T: Real, L: Target, const N: usize>(
    i: &mut [T; N],
    f: &mut [T; N],
    g: &mut [T; N],
    o: &mut [T; N],
    past: &[T; N],
    cells: &mut [T; N],
    hidden: &mut [T; N],
) {
    for k in 0..N {
        i[k] = i[k].sigmoid_at::<L>();
        f[k] = f[k].sigmoid_at::<L>();
        g[k] = g[k].tanh_at::<L>();
        o[k] = o[k].sigmoid_at::<L>();
        cells[k] = L::mul_add(f[k], past[k], i[k] * g[k]);
        hidden[k] = o[k] * cells[k].tanh_at::<L>();
    }
}

/// [`deactivate`] for N units of one document.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn backward<T: Real, L: Target, const N: usize>(
    i: &mut [T; N],
    f: &mut [T; N],
    g: &mut [T; N],
    o: &mut [T; N],
    past: &[T; N],
    cells: &[T; N],
    d_hidden: &[T; N],
    d_cells: &mut [T; N],
) {
    let one = T::one();
    for k in 0..N {
        let (i_was, f_was, g_was, o_was) = (i[k], f[k], g[k], o[k]);
        let t = cells[k].tanh_at::<L>();
        let dc = L::mul_add(d_hidden[k] * o_was, one - t * t, d_cells[k]);
        i[k] = (dc * g_was * i_was * (one - i_was)).or_zero();
        f[k] = (dc * past[k] * f_was * (one - f_was)).or_zero();
        g[k] = (dc * i_was * (one - g_was * g_was)).or_zero();
        o[k] = (d_hidden[k] * t * o_was * (one - o_was)).or_zero();
        d_cells[k] = (dc * f_was).or_zero();
    }
}
