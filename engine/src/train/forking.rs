//! A run that begins from the state of a run of another session. The session keeps a copy of the state, so that it does not
//! depend on what becomes of the other one.

use crate::error::{Error, Place, Result};
use crate::session::checkpoint::{self, Loaded, Shelf};
use crate::session::fork::Fork;
use crate::session::forking::{self, KeptState};
use crate::session::history::History;
use crate::session::recipe::Recipe;

use super::run::RunState;

/// The name of the copy.
pub const NAME: &str = "fork";

/// The state from which the run of `recipe` begins, as its session keeps it; `None` if the recipe forks none.
///
/// # Errors
/// When there is no such session, run or state, or the state is not the one that the recipe names.
pub fn find(recipe: &Recipe) -> Result<Option<Loaded<RunState>>> {
    let Some(fork) = &recipe.fork else { return Ok(None) };
    let wrong = |problem: String, remedy: String| Error::input(&fork.session, Place::Whole, problem, remedy);
    let history = History::read(&fork.session)?;
    let run = fork.run(&history).ok_or_else(|| {
        let problem = format!("this session has no run {}", fork.phrase());
        wrong(problem, "`fork` names method, labels and seed of one of its runs".into())
    })?;
    let states = forking::states(&fork.session, run);
    let of_step: Vec<&KeptState> = states.iter().filter(|state| state.step == fork.step).collect();
    if of_step.is_empty() {
        let steps: Vec<String> = states.iter().map(|state| state.step.to_string()).collect();
        let remedy = match steps.len() {
            0 => "run its recipe again; `states: 8` keeps eight states of each run".into(),
            _ => format!("it keeps those of steps {}: fork one of these", steps.join(", ")),
        };
        return Err(wrong(format!("it keeps no state of step {} of {}", fork.step, fork.phrase()), remedy));
    }
    let is_meant = |state: &&&KeptState| state.hash().is_ok_and(|hash| hash == fork.hash);
    let Some(state) = of_step.iter().find(is_meant) else {
        let problem = format!(
            "the state of step {} of {} is not the one that the recipe names (hash {})",
            fork.step,
            fork.phrase(),
            fork.hash
        );
        return Err(wrong(problem, "that session was trained again since: fork it again".into()));
    };
    checkpoint::read(state.step, &state.path).map(Some)
}

/// Keeps a copy of the state on the shelf of the session that begins from it.
///
/// # Errors
/// When the disk refuses the write.
pub fn keep(found: &Loaded<RunState>, shelf: &Shelf<'_>) -> Result<()> {
    shelf.save(NAME, found.step, true, &found.state, &found.tensors)
}

/// The error for a state that does not fit the run that is to begin from it.
pub fn unfit(fork: &Fork, why: &Error) -> Error {
    let problem = format!("the state of step {} of {} does not fit: {why}", fork.step, fork.phrase());
    Error::input(
        &fork.session,
        Place::Whole,
        problem,
        "change less: other layers or heads have other parameters",
    )
}
