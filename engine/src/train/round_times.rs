//! How long the parts of each round took, and what is done between two rounds, for the benchmark that computes what more cores would
//! do.
//!
//! Nothing is kept until [`keep`] is called.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The seconds of the parts of a round. All parts of one list can be done at the same time; each list waits for the one
/// before it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoundTimes {
    /// For each live run, what it took to make its tasks.
    pub plans: Vec<f64>,
    /// The tasks of all runs, in the order in which threads take them.
    pub tasks: Vec<f64>,
    /// For each live run, what it took to absorb the results.
    pub results: Vec<f64>,
}

/// What was kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// The rounds, in their order.
    pub rounds: Vec<RoundTimes>,
    /// The seconds of the work between rounds, by its name.
    pub between: BTreeMap<&'static str, f64>,
}

static IS_KEPT: AtomicBool = AtomicBool::new(false);
static KEPT: Mutex<Kept> = Mutex::new(Kept { rounds: Vec::new(), between: BTreeMap::new() });

/// Keeps the times of all rounds from now on.
pub fn keep() {
    IS_KEPT.store(true, Ordering::Relaxed);
}

/// Whether the times of rounds are kept.
pub fn is_kept() -> bool {
    IS_KEPT.load(Ordering::Relaxed)
}

/// Keeps the times of a round.
pub fn push(times: RoundTimes) {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).rounds.push(times);
}

/// Does `work` between two rounds, and keeps its time under `name`.
pub fn between<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    if is_kept() {
        let kept = &mut KEPT.lock().unwrap_or_else(PoisonError::into_inner).between;
        *kept.entry(name).or_default() += begun.elapsed().as_secs_f64();
    }
    done
}

/// What was kept since the last call.
pub fn take() -> Kept {
    std::mem::take(&mut KEPT.lock().unwrap_or_else(PoisonError::into_inner))
}
