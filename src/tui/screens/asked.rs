//! A repeated question and its last answer.

use crate::train::protocol::command::Id;

/// Seconds after which an answer is no longer expected.
const OVERDUE: f64 = 3.0;

/// A repeated question and its last answer.
#[derive(Debug)]
pub struct Asked<T> {
    /// The number of the last question, and when it was asked.
    last: Option<(Id, f64)>,
    pending: bool,
    pub found: Option<T>,
    /// Why there is no answer, as a sentence.
    pub why: Option<String>,
}

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Asked { last: None, pending: false, found: None, why: None }
    }
}

impl<T> Asked<T> {
    /// Notes that the question was asked.
    pub fn ask(&mut self, id: Id, now: f64) {
        self.last = Some((id, now));
        self.pending = true;
    }

    /// Starts over with another question: a pending answer is ignored, and the last answer stays until a new one
    /// arrives.
    pub fn restart(&mut self) {
        *self = Asked { found: self.found.take(), ..Asked::default() };
    }

    /// Whether an answer belongs to the pending question. If so, the question is no longer pending.
    pub fn takes(&mut self, id: Id) -> bool {
        let own = self.pending && self.last.is_some_and(|(last, _)| last == id);
        self.pending &= !own;
        own
    }

    /// Whether the question may be asked again: `every` seconds after the last time, and not while an answer is
    /// pending, unless that answer is overdue.
    pub fn due(&self, now: f64, every: f64) -> bool {
        match self.last {
            None => true,
            Some((_, at)) if self.pending => now - at > OVERDUE.max(every),
            Some((_, at)) => now - at >= every,
        }
    }

    /// Whether an answer is pending.
    pub fn waits(&self) -> bool {
        self.pending
    }

    /// Stores an answer.
    pub fn set(&mut self, found: T) {
        self.found = Some(found);
        self.why = None;
    }

    /// Stores the reason why there is no answer.
    pub fn refuse(&mut self, why: &str) {
        self.found = None;
        self.why = Some(why.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_answers_are_not_taken_and_questions_do_not_pile_up() {
        let mut asked: Asked<()> = Asked::default();
        assert!(asked.due(0.0, 0.5));
        asked.ask(7, 0.0);
        assert!(!asked.due(1.0, 0.5) && asked.due(4.0, 0.5) && !asked.takes(6));
        assert!(asked.takes(7) && !asked.takes(7));
        assert!(!asked.due(0.4, 0.5) && asked.due(0.5, 0.5));
    }
}
