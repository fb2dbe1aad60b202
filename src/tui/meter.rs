//! Measures the memory and the processor time of this process while it trains. Only Linux tells them.

use std::time::{Duration, Instant};

use super::state::State;

/// The time between two measurements.
const PACE: Duration = Duration::from_secs(1);
/// The size of a page of memory, and the ticks of processor time in a second, as Linux reports them.
const PAGE: f64 = 4096.0;
const TICKS: f64 = 100.0;

/// The last measurement: when, and the processor time until then in seconds.
#[derive(Debug, Default)]
pub struct Meter {
    last: Option<(Instant, f64)>,
}

impl Meter {
    /// Measures, if a session is being trained here and the last measurement was a while ago. Returns whether there is
    /// something new.
    pub fn measure(&mut self, state: &mut State) -> bool {
        if !state.is_learning() || state.history.recipe.is_none() {
            self.last = None;
            return false;
        }
        if self.last.is_some_and(|(at, _)| at.elapsed() < PACE) {
            return false;
        }
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let (Some(memory), Some(time)) = (
            read("/proc/self/statm").and_then(|text| resident(&text)),
            read("/proc/self/stat").and_then(|text| processor(&text)),
        ) else {
            return false;
        };
        let now = Instant::now();
        let before = self.last.replace((now, time));
        let Some((at, used)) = before else { return false };
        let cores = (time - used) / now.duration_since(at).as_secs_f64();
        state.curves.measure(state.history.now, memory, cores);
        true
    }
}

/// The bytes in memory, from `/proc/self/statm`.
fn resident(text: &str) -> Option<f64> {
    text.split_whitespace().nth(1)?.parse::<f64>().ok().map(|pages| pages * PAGE)
}

/// The seconds of processor time, from `/proc/self/stat`. The name of the program, in brackets, may have spaces.
fn processor(text: &str) -> Option<f64> {
    let mut rest = text.rsplit_once(')')?.1.split_whitespace();
    let user: f64 = rest.nth(11)?.parse().ok()?;
    let system: f64 = rest.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_is_understood() {
        assert_eq!(resident("2000 250 100 1 0 300 0\n"), Some(1_024_000.0));
        let stat = "12 (a (b) c) S 1 12 12 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 3 0 100 1 1";
        assert_eq!(processor(stat), Some(3.0));
        assert_eq!((resident(""), processor("12 (x) S 1")), (None, None));
    }
}
