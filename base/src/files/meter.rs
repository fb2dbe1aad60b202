//! Counts how much of a file was read.

use std::sync::atomic::{AtomicU64, Ordering};

/// A progress counter for a file. One thread reads the file, another one shows the progress.
#[derive(Debug, Default)]
pub struct Meter {
    done: AtomicU64,
    of: AtomicU64,
}

impl Meter {
    /// Sets the number of bytes that will be read.
    pub fn expect(&self, bytes: u64) {
        self.of.store(bytes, Ordering::Relaxed);
    }

    /// Sets the number of bytes that were read to `at`.
    pub fn reached(&self, at: u64) {
        self.done.store(at, Ordering::Relaxed);
    }

    /// Adds `bytes` to the number of bytes that were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The number of bytes that will be read; 0 if it is not known.
    pub(super) fn expected(&self) -> u64 {
        self.of.load(Ordering::Relaxed)
    }

    /// The fraction that was read. `None` if the total is not known.
    pub fn fraction(&self) -> Option<f64> {
        let of = self.of.load(Ordering::Relaxed);
        (of > 0).then(|| self.done.load(Ordering::Relaxed) as f64 / of as f64)
    }
}
