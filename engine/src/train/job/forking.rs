//! The run that begins from a state of another session, and the states of runs that are kept so that others can begin from them.

use std::path::Path;

use crate::data::splits::Splits;
use crate::error::{Error, Result, grouped};
use crate::session::checkpoint::{self, Loaded, Shelf};
use crate::session::recipe::Recipe;
use crate::session::record::{Note, Record};
use crate::train::forking;
use crate::train::outbox::Outbox;
use crate::train::plan;
use crate::train::ready::Ready;
use crate::train::run::{Run, RunState};
use crate::transfer::experiment::Planned;

use super::Job;

/// The beginning of the names of kept states.
const STATE: &str = "state-";
/// The most bytes of the kept states of a session.
const MOST: u64 = 1 << 30;

/// Lets a run begin from the state that the recipe names, if it names one. The session in `folder` has a copy.
///
/// # Errors
/// When the state does not fit the run.
pub(super) fn begin(
    run: &mut Run,
    (recipe, resolved): (&Recipe, &Recipe),
    folder: &Path,
    splits: &Splits,
    sources: &mut [Ready],
) -> Result<()> {
    let Some(fork) = &recipe.fork else { return Ok(()) };
    let found = checkpoint::load::<RunState>(folder, forking::NAME)?.ok_or_else(|| {
        let problem = "the copy of the state from which the run begins is gone";
        Error::request(problem, "`warmstart resume` takes it again")
    })?;
    let unfit = |error| forking::unfit(fork, &error);
    if fork.continues {
        run.go_on_from(found.state, found.tensors, fork.own_rate).map_err(unfit)?;
    } else {
        // The run of the other session, with its labels and its strategy, so that its state fits.
        let source = run.start.source.clone().or_else(|| recipe.source_names().into_iter().next());
        let planned = Planned {
            run: run.start.run,
            method: fork.method,
            source: source.filter(|_| fork.method.takes_source()),
            budget: fork.labels,
            seed: run.start.seed,
        };
        let place = recipe.source_place(planned.source.as_ref());
        let Some(source) = sources.get_mut(place) else { return Ok(()) };
        let mut other = plan::make(resolved, &planned, splits, source.pretrained())?;
        other.restore(found.state, found.tensors).map_err(unfit)?;
        run.begin_with(&mut other).map_err(unfit)?;
    }
    run.freeze_first(&fork.frozen).map_err(unfit)
}

impl Job {
    /// Keeps a copy of the state from which the run of this session begins, unless it is there. `found` is this state if it was
    /// read already.
    ///
    /// # Errors
    /// When the state is gone, or is not the one that the recipe names.
    pub(super) fn keep_fork(&mut self, found: Option<Loaded<RunState>>, out: &mut Outbox) -> Result<()> {
        let intact = matches!(checkpoint::load::<RunState>(&self.folder, forking::NAME), Ok(Some(_)));
        if self.recipe.fork.is_none() || intact {
            return Ok(());
        }
        let found = match found {
            Some(found) => found,
            None => match forking::find(&self.recipe)? {
                Some(found) => found,
                None => return Ok(()),
            },
        };
        let log = out.sync_log()?;
        forking::keep(&found, &Shelf { folder: &self.folder, log })
    }

    /// Keeps the states of runs that are due.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub(super) fn keep_states(&mut self, out: &mut Outbox) -> Result<()> {
        let states = self.recipe.states;
        if states == 0 || self.states_full {
            return Ok(());
        }
        let due: Vec<usize> = (0..self.training.live.len())
            .filter(|&place| self.training.live[place].state_is_due(states))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let mut taken = checkpoint::bytes(&self.folder, STATE);
        let log = out.sync_log()?;
        for place in due {
            let run = &mut self.training.live[place];
            let name = format!("{STATE}{}", run.start.run);
            let Some((step, state, tensors)) = run.save() else { continue };
            let values: usize = tensors.iter().map(|kept| kept.shape.iter().product::<usize>()).sum();
            taken += 4 * values as u64;
            if taken > MOST {
                self.states_full = true;
                break;
            }
            Shelf { folder: &self.folder, log }.add(&name, step, &state, &tensors)?;
        }
        if self.states_full {
            let sizes = format!("{} MB", grouped(MOST >> 20));
            let remark = format!(
                "the states of runs that are kept to fork from take {sizes}: no further ones are kept"
            );
            let remark = Note::Remark(remark);
            // A session that was resumed has said it already.
            if !self.history.notes.iter().any(|note| note.value == remark) {
                return self.tell(Record::Note(remark), out);
            }
        }
        Ok(())
    }
}
