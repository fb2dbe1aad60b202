//! What is typed or drawn, and the question to all runs about it: when it is time to ask (again), and what each of them
//! said.

use std::collections::BTreeMap;

use crate::train::protocol::command::Id;
use crate::train::protocol::event::Guess;

/// Seconds after which is asked again while the runs go on learning, or where no answer came.
const AGAIN: f64 = 3.0;

/// A question that is asked again and again.
#[derive(Debug, Default)]
pub struct Asking {
    /// When what it is about was changed, if it was not asked since.
    changed: Option<f64>,
    /// The question under way or answered last, and when it was asked.
    asked: Option<(Id, f64)>,
    /// Whether its last answer came.
    pub complete: bool,
    /// The last opinion of each run.
    pub guesses: BTreeMap<usize, Guess>,
    /// Runs that answered the last question.
    fresh: Vec<usize>,
    /// Why there is no answer.
    pub why: Option<String>,
}

impl Asking {
    /// What it is about has changed.
    pub fn change(&mut self, now: f64) {
        self.changed = Some(now);
    }

    /// There is nothing to ask about any more, and what is still on its way is about something else.
    pub fn drop_it(&mut self) {
        (self.changed, self.asked, self.why) = (None, None, None);
        self.guesses.clear();
        self.fresh.clear();
    }

    /// It was asked.
    pub fn ask(&mut self, id: Id, now: f64) {
        self.asked = Some((id, now));
        self.changed = None;
        self.complete = false;
        self.fresh.clear();
    }

    /// Whether it was asked at all.
    pub fn was_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether this is its number.
    pub fn is(&self, id: Id) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == id)
    }

    /// Whether it is time to ask: `pause` seconds after the last change, and again and again while runs are
    /// `learning` that answer it. One question at a time, unless an answer is long overdue.
    pub fn is_due(&self, now: f64, pause: f64, learning: bool) -> bool {
        let since = |at: f64| now - at;
        let overdue = self.asked.is_some_and(|(_, at)| since(at) > AGAIN);
        let free = self.complete || self.asked.is_none() || overdue;
        let changed = self.changed.is_some_and(|at| since(at) >= pause);
        free && (changed || learning && overdue)
    }

    /// Whether there was no answer, and it is time to see if there is one now: what is asked about may come later.
    pub fn may_be_known_now(&self, now: f64) -> bool {
        self.why.is_some() && self.asked.is_some_and(|(_, at)| now - at > AGAIN)
    }

    /// A run answers; with the last answer those that had nothing to say keep no opinion of something else.
    pub fn take(&mut self, run: usize, guess: &Guess, last: bool) {
        self.guesses.insert(run, guess.clone());
        self.fresh.push(run);
        self.complete |= last;
        self.why = None;
        if last {
            self.guesses.retain(|run, _| self.fresh.contains(run));
        }
    }

    /// There is no answer, for this reason.
    pub fn refuse(&mut self, why: &str) {
        self.why = Some(why.to_string());
        self.complete = true;
        self.guesses.clear();
    }

    /// Whether what a run said is of a question before the one under way.
    pub fn is_old(&self, run: usize) -> bool {
        !self.complete && !self.fresh.contains(&run)
    }
}
