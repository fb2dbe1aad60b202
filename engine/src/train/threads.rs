//! The thread pool that shares the work.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Result;
use crate::fault;

/// A pool of `threads` threads (0: one for each core). The calling thread is one of them, because waking another
/// thread for the many small steps of a run would take time. So only the thread that makes the pool should use it:
/// work that another thread submits waits until the first one works too, and with one thread it waits for ever. A
/// thread that is in a pool already cannot join a second one; it gets a pool of other threads.
///
/// # Errors
/// When the system refuses to start threads.
pub fn pool(threads: usize) -> Result<ThreadPool> {
    let mut builder =
        ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("train-{number}"));
    if rayon::current_thread_index().is_none() {
        builder = builder.use_current_thread();
    }
    builder.spawn_handler(fault::spawn_pooled).build().map_err(|e| fault::refused(&e))
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_thread_works_in_its_pool_itself_and_may_have_others() {
        let first = pool(1).unwrap();
        let here = std::thread::current().id();
        assert_eq!(first.install(|| std::thread::current().id()), here);
        let second = pool(2).unwrap();
        assert_eq!(second.current_num_threads(), 2);
        for _ in 0..3 {
            let sum: usize = second.install(|| (0..1_000).into_par_iter().sum());
            assert_eq!((sum, first.install(|| (0..10).into_par_iter().sum::<usize>())), (499_500, 45));
        }
    }
}
