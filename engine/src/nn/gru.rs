//! The gated recurrent unit (Cho et al. 2014) in PyTorch's variant, with the reset gate after the matrix product:
//!
//! ```text
//! r, z = sigmoid of (x W_ih^T + h W_hh^T + b)
//! n = tanh(x W_in^T + b_n + r q)        q = h W_hn^T + b_hn
//! h' = (1 - z) n + z h
//! ```
//!
//! The state before the first word is zero. PyTorch adds `bias_ih` and `bias_hh`. For r and z only their sum matters,
//! so here it is one bias. `bias` ends with b_in, and b_hn is `bias_hn`.

use serde::{Deserialize, Serialize};

use crate::kernel::Real;
use crate::kernel::target::Target;
use crate::{dispatched, in_lanes};

/// A GRU of one direction. Its weights: `weight_ih (3H, D)`, `weight_hh (3H, H)`, `bias (3H)`, each in the order
/// r, z, n, and `bias_hn (H)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gru {
    /// Dimensions of a word, D.
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
}

dispatched! {
    /// One step forward for `b` documents. On entry `gates (b, 4H)` hold the inputs of the sigmoids of r and z, then
    /// q, then the word's part of n (x W_in^T + b_n). They are replaced by r, z, q, n. `past (b, H)` are the previous
    /// states; `hidden (b, H)` is written.
    pub(super) fn activate<T>(units: usize, gates: &mut [T], past: &[T], hidden: &mut [T]) {
        for (gates, (past, hidden)) in
            gates.chunks_exact_mut(4 * units).zip(past.chunks_exact(units).zip(hidden.chunks_exact_mut(units)))
        {
            let (r, rest) = gates.split_at_mut(units);
            let (z, rest) = rest.split_at_mut(units);
            let (q, n) = rest.split_at_mut(units);
            in_lanes!(forward::<T, L>(mut r, mut z, q, mut n, past, mut hidden));
        }
    }

    /// One step backward. `gates (b, 4H)` are replaced by the gradients of: the inputs of the sigmoids of r and z, q,
    /// and the input of the tanh of n. `d_hidden (b, H)` is replaced by the part of the previous states' gradient
    /// that does not go through the gates.
    pub(super) fn deactivate<T>(units: usize, gates: &mut [T], past: &[T], d_hidden: &mut [T]) {
        for (gates, (past, dh)) in
            gates.chunks_exact_mut(4 * units).zip(past.chunks_exact(units).zip(d_hidden.chunks_exact_mut(units)))
        {
            let (r, rest) = gates.split_at_mut(units);
            let (z, rest) = rest.split_at_mut(units);
            let (q, n) = rest.split_at_mut(units);
            in_lanes!(backward::<T>(mut r, mut z, mut q, mut n, past, mut dh));
        }
    }
}

/// [`activate`] for N units of one document.
#[inline(always)]
fn forward<T: Real, L: Target, const N: usize>(
    r: &mut [T; N],
    z: &mut [T; N],
    q: &[T; N],
    n: &mut [T; N],
    past: &[T; N],
    hidden: &mut [T; N],
) {
    for k in 0..N {
        r[k] = r[k].sigmoid_at::<L>();
        z[k] = z[k].sigmoid_at::<L>();
        n[k] = L::mul_add(r[k], q[k], n[k]).tanh_at::<L>();
        hidden[k] = L::mul_add(z[k], past[k] - n[k], n[k]);
    }
}

/// [`deactivate`] for N units of one document.
#[inline(always)]
fn backward<T: Real, const N: usize>(
    r: &mut [T; N],
    z: &mut [T; N],
    q: &mut [T; N],
    n: &mut [T; N],
    past: &[T; N],
    d_hidden: &mut [T; N],
) {
    let one = T::one();
    for k in 0..N {
        let (r_was, z_was, q_was, n_was, dh) = (r[k], z[k], q[k], n[k], d_hidden[k]);
        z[k] = (dh * (past[k] - n_was) * z_was * (one - z_was)).or_zero();
        n[k] = (dh * (one - z_was) * (one - n_was * n_was)).or_zero();
        r[k] = (n[k] * q_was * r_was * (one - r_was)).or_zero();
        q[k] = (n[k] * r_was).or_zero();
        d_hidden[k] = (dh * z_was).or_zero();
    }
}
