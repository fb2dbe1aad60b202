//! A repeated question to all runs about a text or an image from the user: when it must be asked, and the answer of
//! each run.

use std::collections::BTreeMap;

use crate::train::protocol::command::Id;
use crate::train::protocol::event::Guess;

/// Seconds until the question is repeated, because the runs are still learning or because no answer came.
const AGAIN: f64 = 3.0;

/// A question to all runs that is repeated while its subject or the runs change.
#[derive(Debug, Default)]
pub struct Asking {
    /// When the subject of the question changed, if it was not asked since then.
    changed: Option<f64>,
    /// The number of the last question, and when it was asked.
    asked: Option<(Id, f64)>,
    /// Whether all answers to the last question have arrived.
    pub complete: bool,
    /// The last answer of each run.
    pub guesses: BTreeMap<usize, Guess>,
    /// The runs that have answered the last question.
    fresh: Vec<usize>,
    /// Why there is no answer, as a sentence.
    pub why: Option<String>,
}

impl Asking {
    /// Notes that the subject of the question has changed.
    pub fn change(&mut self, now: f64) {
        self.changed = Some(now);
    }

    /// Forgets the question and its answers. An answer that is still on its way is about something else and will be
    /// ignored.
    pub fn drop_it(&mut self) {
        (self.changed, self.asked, self.why) = (None, None, None);
        self.guesses.clear();
        self.fresh.clear();
    }

    /// Notes that the question was asked.
    pub fn ask(&mut self, id: Id, now: f64) {
        self.asked = Some((id, now));
        self.changed = None;
        self.complete = false;
        self.fresh.clear();
    }

    /// Whether the question was asked at all.
    pub fn was_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the last question has this number.
    pub fn is(&self, id: Id) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == id)
    }

    /// Whether it is time to ask: `pause` seconds after the last change, and repeatedly while runs that answer are
    /// `learning`. Only one question is open at a time, unless an answer is long overdue.
    pub fn is_due(&self, now: f64, pause: f64, learning: bool) -> bool {
        let since = |at: f64| now - at;
        let overdue = self.asked.is_some_and(|(_, at)| since(at) > AGAIN);
        let free = self.complete || self.asked.is_none() || overdue;
        let changed = self.changed.is_some_and(|at| since(at) >= pause);
        free && (changed || learning && overdue)
    }

    /// Whether the last question was refused long enough ago to try again: what it needs may exist by now.
    pub fn may_be_known_now(&self, now: f64) -> bool {
        self.why.is_some() && self.asked.is_some_and(|(_, at)| now - at > AGAIN)
    }

    /// Stores the answer of a run. After the `last` one, answers of runs that did not answer this time are removed.
    pub fn take(&mut self, run: usize, guess: &Guess, last: bool) {
        self.guesses.insert(run, guess.clone());
        self.fresh.push(run);
        self.complete |= last;
        self.why = None;
        if last {
            self.guesses.retain(|run, _| self.fresh.contains(run));
        }
    }

    /// Notes that there is no answer, and why.
    pub fn refuse(&mut self, why: &str) {
        self.why = Some(why.to_string());
        self.complete = true;
        self.guesses.clear();
    }

    /// Whether the stored answer of a run belongs to an earlier question.
    pub fn is_old(&self, run: usize) -> bool {
        !self.complete && !self.fresh.contains(&run)
    }
}
