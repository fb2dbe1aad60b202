//! The threads that share a piece of work.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// A pool of `threads` threads, 0 being one a core, of which the calling thread is one: what it does in the pool begins at
/// once, where another thread would have to be woken for it, and be waited for, in each of a run's small steps.
/// A thread can have one such pool, for as long as it lives.
///
/// # Errors
/// When the system gives no threads.
pub fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("train-{number}"))
        .use_current_thread()
        .build()
        .map_err(|e| Error::request(format!("cannot start threads: {e}"), "give a smaller --threads"))
}
