//! Many cases of a test, two at a time; what fails is told with the number that repeats it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Tests of this file fraction two processors, so they come one after the other.
static TURN: Mutex<()> = Mutex::new(());

/// Failures that are told whole.
const TOLD: usize = 12;

/// How many cases: of the whole number, or of a sample.
pub fn count(sample: usize, full: usize) -> usize {
    if std::env::var("WARMSTART_STORM").is_ok_and(|asked| asked == "full") { full } else { sample }
}

/// Runs the cases `0..count` of `test`, after `prepare`, and fails if one of them does.
pub fn all<P: Sync>(
    test: &str,
    count: usize,
    prepare: impl FnOnce() -> P,
    case: impl Fn(&P, usize) -> Result<(), String> + Sync,
) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let began = Instant::now();
    let prepared = prepare();
    let only: Option<usize> =
        std::env::var("WARMSTART_STORM_CASE").ok().map(|number| number.parse().unwrap());
    let (next, failed) = (AtomicUsize::new(only.unwrap_or(0)), Mutex::new(Vec::new()));
    let end = only.map_or(count, |only| only + 1);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return;
            }
            if let Err(why) = case(&prepared, number) {
                failed.lock().unwrap().push((number, why));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    println!("{test}: {count} cases, {} failed, in {:.0?}", failed.len(), began.elapsed());
    let told: String =
        failed.iter().take(TOLD).map(|(number, why)| format!("\n{test}, case {number}: {why}")).collect();
    assert!(
        failed.is_empty(),
        "{} of {count} failed (WARMSTART_STORM_CASE=N repeats one):{told}",
        failed.len()
    );
}
