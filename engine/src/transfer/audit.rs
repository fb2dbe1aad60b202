//! The audit: whether frozen parameters stayed the same, and how far fine-tuning moved the others.
//!
//! For frozen vectors, a hash of the bytes of all rows that the run can read is taken before and after training.
//! Fine-tuned vectors are compared with their initial values row by row.

use crate::session::method::Strategy;
use crate::session::record::Audit;

use super::lookup::Lookup;

/// The number of fixed rows that the words of the task read, and a 64-bit FNV-1a hash over the bytes
/// of these rows in the order of the words.
pub fn hash_rows(lookup: &Lookup) -> (usize, u64) {
    hash(lookup, &[])
}

/// Like [`hash_rows`], and also hashes `layers`: the values of fixed transferred layers.
pub fn hash(lookup: &Lookup, layers: &[f32]) -> (usize, u64) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rows = 0;
    for row in lookup.rows.iter().filter_map(|&row| lookup.fixed(row)) {
        rows += 1;
        for value in lookup.base_row(row) {
            hash = (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
        }
    }
    for value in layers {
        hash = (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
    }
    (rows, hash)
}

/// The number of values, and a hash over their bits.
pub fn hash_values(values: &[f32]) -> (usize, u64) {
    let add = |hash: u64, value: &f32| (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
    (values.len(), values.iter().fold(0xcbf2_9ce4_8422_2325, add))
}

/// Compares fixed parameters by their hash, before training and now.
pub fn fixed(before: (usize, u64), now: (usize, u64)) -> Audit {
    let (rows, hash) = now;
    if before == now {
        Audit::Unchanged { rows, hash: format!("{hash:016x}") }
    } else {
        Audit::Changed { rows, of: rows }
    }
}

/// How the transferred parameters changed. `before` is the hash of the frozen rows before
/// training; `learned` are the trainable rows now, one after another.
pub fn audit(strategy: Strategy, before: Option<(usize, u64)>, lookup: &Lookup, learned: &[f32]) -> Audit {
    audit_all(strategy, before, lookup, &[], learned)
}

/// Like [`audit`], for a model that also has transferred layers. `before` and `layers` cover the fixed ones.
pub fn audit_all(
    strategy: Strategy,
    before: Option<(usize, u64)>,
    lookup: &Lookup,
    layers: &[f32],
    learned: &[f32],
) -> Audit {
    match (strategy, before) {
        (Strategy::Scratch, _) => Audit::NothingTransferred,
        (_, Some(before)) => fixed(before, hash(lookup, layers)),
        (_, None) => {
            let now = learned.chunks_exact(lookup.base.ncols().max(1));
            let (mut of, mut moved) = (0, 0);
            for (origin, now) in lookup.origin.iter().zip(now) {
                if let Some(origin) = origin {
                    of += 1;
                    moved += usize::from(lookup.base_row(*origin).iter().ne(now));
                }
            }
            Audit::Changed { rows: moved, of }
        }
    }
}
