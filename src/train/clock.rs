//! The clock of a session: seconds of work, pauses left out, going on where a resumed session was.

use std::time::Instant;

/// Seconds of work.
#[derive(Debug)]
pub struct Clock {
    before: f64,
    since: Option<Instant>,
}

impl Clock {
    /// A running clock that shows `at`.
    pub fn from(at: f64) -> Clock {
        Clock { before: at, since: Some(Instant::now()) }
    }

    /// What it shows.
    pub fn now(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }

    /// Stops it.
    pub fn hold(&mut self) {
        self.before = self.now();
        self.since = None;
    }

    /// Lets it run again.
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
