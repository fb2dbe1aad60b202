//! The clock of a session: seconds of work, without pauses. In a resumed session it continues from the log's last
//! time.

use std::time::Instant;

/// Counts seconds of work.
#[derive(Debug)]
pub struct Clock {
    before: f64,
    since: Option<Instant>,
}

impl Clock {
    /// A running clock that starts at `at` seconds.
    pub fn from(at: f64) -> Clock {
        Clock { before: at, since: Some(Instant::now()) }
    }

    /// The time in seconds.
    pub fn now(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }

    /// Stops the clock.
    pub fn hold(&mut self) {
        self.before = self.now();
        self.since = None;
    }

    /// Starts the clock again.
    pub fn go_on(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_clock_stands_still() {
        let mut clock = Clock::from(5.0);
        clock.hold();
        let now = clock.now();
        assert!((5.0..6.0).contains(&now));
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clock.now(), now);
        clock.go_on();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(clock.now() > now);
    }
}
