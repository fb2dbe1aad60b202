//! The processor's limit for matrix products, measured.

use std::time::{Duration, Instant};

use crate::kernel::multiply_adds;

/// How long it is measured.
const TIME: Duration = Duration::from_millis(200);

/// Floating-point operations a second that all threads of the pool reach together, with multiply-adds that read no memory.
pub fn operations(pool: &rayon::ThreadPool) -> f64 {
    let of_thread = |_: rayon::BroadcastContext| {
        let (begun, mut done) = (Instant::now(), 0);
        while begun.elapsed() < TIME {
            done += multiply_adds(10_000);
        }
        done as f64 / begun.elapsed().as_secs_f64()
    };
    pool.broadcast(of_thread).into_iter().sum()
}
