//! What a run is doing at the time shown: training, ended, or collapsed to one answer.

use crate::session::history::RunHistory;
use crate::session::record::Outcome;
use crate::session::trials;
use crate::tui::state::State;

/// The state of a run at the time shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape<'a> {
    Waiting,
    /// It tries settings; this many trials are done, of how many.
    Tuning(usize, u32),
    Training,
    /// Not finished, but no thread is training it: the session was stopped, or the recording ends here.
    Held,
    Ended(&'a Outcome),
}

/// What the run is doing at the time shown.
pub fn shape<'a>(state: &State, run: &'a RunHistory) -> Shape<'a> {
    let until = state.until();
    match &run.end {
        Some(end) if end.at <= until => Shape::Ended(&end.value.outcome),
        _ if run.steps.first().is_some_and(|step| step.at <= until) => {
            if state.is_back() || state.is_under_way() { Shape::Training } else { Shape::Held }
        }
        _ if state.history.tunes(run, until) => {
            match state.history.recipe.as_ref().and_then(|recipe| recipe.tune) {
                Some(tuning) if state.is_back() || state.is_under_way() => {
                    Shape::Tuning(trials::whole(&run.tried(until)).len(), tuning.trials)
                }
                _ => Shape::Held,
            }
        }
        _ => Shape::Waiting,
    }
}

impl Shape<'_> {
    /// The sign before the run's name.
    pub fn sign(self) -> &'static str {
        match self {
            Shape::Waiting => "·",
            Shape::Training | Shape::Tuning(..) => "▸",
            Shape::Held => "‖",
            Shape::Ended(Outcome::Completed | Outcome::EarlyStop) => "✓",
            Shape::Ended(Outcome::Stopped) => "■",
            Shape::Ended(Outcome::Diverged { .. }) => "✗",
        }
    }

    /// The same in words.
    pub fn words(self) -> String {
        match self {
            Shape::Waiting => "waits for its turn".into(),
            Shape::Tuning(done, of) => format!("tries settings: {done} of {of} trials are done"),
            Shape::Training => "is training".into(),
            Shape::Held => "not done: the session was stopped".into(),
            Shape::Ended(Outcome::Completed) => "done".into(),
            Shape::Ended(Outcome::EarlyStop) => "ended early: validation got no better".into(),
            Shape::Ended(Outcome::Stopped) => "was stopped".into(),
            Shape::Ended(Outcome::Diverged { what }) => format!("diverged: {what}"),
        }
    }
}

/// The last step made at the time shown. (Not every step is recorded, so the last one may be missing from the steps.)
pub fn step_of(state: &State, run: &RunHistory) -> u64 {
    if let Some(end) = run.end.as_ref().filter(|end| end.at <= state.until()) {
        return end.value.steps;
    }
    let told = run.steps.partition_point(|step| step.at <= state.until());
    told.checked_sub(1).map_or(0, |i| run.steps[i].value.step)
}

/// Whether the model has collapsed at the time shown: the last evaluation predicts the same class for every example.
pub fn collapsed(state: &State, run: &RunHistory) -> bool {
    let told = run.evaluations.partition_point(|evaluation| evaluation.at <= state.until());
    run.evaluations[..told]
        .last()
        .is_some_and(|evaluation| evaluation.value.collapsed(run.start.method).is_some())
}
