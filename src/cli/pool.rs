//! Threads for commands that do their work themselves.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// A pool of `threads` threads; 0 is one a core.
///
/// # Errors
/// When the system gives no threads.
pub fn of(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::request(format!("cannot start threads: {e}"), "give a smaller --threads"))
}
