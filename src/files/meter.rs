//! How much of a file was read.

use std::sync::atomic::{AtomicU64, Ordering};

/// How much of a file was read, for those who wait for it.
#[derive(Debug, Default)]
pub struct Meter {
    done: AtomicU64,
    of: AtomicU64,
}

impl Meter {
    /// So many bytes are to be read.
    pub fn expect(&self, bytes: u64) {
        self.of.store(bytes, Ordering::Relaxed);
    }

    /// Byte `at` was reached.
    pub fn reached(&self, at: u64) {
        self.done.store(at, Ordering::Relaxed);
    }

    /// So many bytes more were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How many bytes are to be read, as far as that is known.
    pub(super) fn expected(&self) -> u64 {
        self.of.load(Ordering::Relaxed)
    }

    /// The fraction that was read, if it is known how much there is.
    pub fn fraction(&self) -> Option<f64> {
        let of = self.of.load(Ordering::Relaxed);
        (of > 0).then(|| self.done.load(Ordering::Relaxed) as f64 / of as f64)
    }
}
