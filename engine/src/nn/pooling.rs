//! Pooling: from the states of all words to one vector per document. Padding does not count.

use crate::kernel::Real;
use crate::nn::packed::Packed;
use crate::session::text_transfer::Pooling;

/// Pools the states `hidden (N, H)` of packed documents into columns `column..column + H` of `features (B, F)`, in
/// the order of the documents. Documents without words get zeros. For [`Pooling::Max`], `chosen (B, H)` receives the
/// row of each maximum; the first row, if several are equal. The caller pools the parts of [`Pooling::Concat`] one by
/// one.
///
/// # Panics
/// If `pooling` is [`Pooling::Concat`].
pub fn forward<T: Real>(
    pooling: Pooling,
    batch: &Packed,
    hidden: &[T],
    units: usize,
    features: &mut [T],
    column: usize,
    chosen: &mut [u32],
) {
    let width = features.len() / batch.documents().max(1);
    for (rank, document, length) in batch.ranks() {
        let out = &mut features[document * width + column..][..units];
        if length == 0 {
            out.fill(T::zero());
            continue;
        }
        let state = |step| {
            let row = batch.row(step, rank);
            (row, &hidden[row * units..][..units])
        };
        match pooling {
            Pooling::Concat => panic!("pooled part by part"),
            Pooling::Last => out.copy_from_slice(state(length - 1).1),
            Pooling::Mean => {
                out.copy_from_slice(state(0).1);
                for step in 1..length {
                    for (out, &h) in out.iter_mut().zip(state(step).1) {
                        *out += h;
                    }
                }
                let fraction = T::one() / T::of(length as f64);
                for out in out {
                    *out *= fraction;
                }
            }
            Pooling::Max => {
                let chosen = &mut chosen[document * units..][..units];
                let (row, first) = state(0);
                out.copy_from_slice(first);
                chosen.fill(row as u32);
                for step in 1..length {
                    let (row, h) = state(step);
                    for ((out, chosen), &h) in out.iter_mut().zip(chosen.iter_mut()).zip(h) {
                        // NaN counts as the largest, so that it is noticed.
                        let larger = h > *out || h.is_nan();
                        *out = if larger { h } else { *out };
                        *chosen = if larger { row as u32 } else { *chosen };
                    }
                }
            }
        }
    }
}

/// Adds the gradient of the features to that of the states, `d_hidden (N, H)`.
///
/// # Panics
/// As [`forward`].
pub fn backward<T: Real>(
    pooling: Pooling,
    batch: &Packed,
    d_features: &[T],
    column: usize,
    chosen: &[u32],
    units: usize,
    d_hidden: &mut [T],
) {
    let width = d_features.len() / batch.documents().max(1);
    for (rank, document, length) in batch.ranks() {
        if length == 0 {
            break;
        }
        let dy = &d_features[document * width + column..][..units];
        match pooling {
            Pooling::Concat => panic!("pooled part by part"),
            Pooling::Last => {
                let row = batch.row(length - 1, rank);
                crate::kernel::axpy(T::one(), dy, &mut d_hidden[row * units..][..units]);
            }
            Pooling::Mean => {
                let fraction = T::one() / T::of(length as f64);
                for step in 0..length {
                    let row = batch.row(step, rank);
                    for (dh, &dy) in d_hidden[row * units..][..units].iter_mut().zip(dy) {
                        *dh += fraction * dy;
                    }
                }
            }
            Pooling::Max => {
                for ((unit, &dy), &row) in dy.iter().enumerate().zip(&chosen[document * units..][..units]) {
                    d_hidden[row as usize * units + unit] += dy;
                }
            }
        }
    }
}
