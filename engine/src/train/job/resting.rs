//! Ended runs whose models take much memory: a run that trains a sentence encoder has one of its own. When such a run has ended
//! and was saved, its model is put down. A question about it reads its checkpoint again. Once the session is finished, the
//! checkpoints of models that it does not keep are removed.

use crate::error::{Error, Result};
use crate::session::checkpoint;
use crate::session::kept_models::model_folder;
use crate::session::record::{RunStart, Stage};
use crate::train::plan;
use crate::train::run::{Run, RunState};
use crate::transfer::experiment;

use super::Job;

/// How many models are held in memory after questions about them.
const AWAKE: usize = 2;

impl Job {
    /// Whether the model of a run takes much memory and disk.
    fn is_heavy(&self, start: &RunStart) -> bool {
        experiment::trains_encoder(&self.resolved, start.method, start.source.as_ref())
    }

    /// Puts down the models of runs that have ended. Call it when nothing is left to do for them.
    pub(super) fn put_down_ended(&mut self) {
        let saved = |start: &RunStart| checkpoint::has(&self.folder, &Run::name_of(start.run));
        let ended = self.training.ended.iter().map(|run| &run.start);
        let heavy: Vec<usize> =
            ended.filter(|start| self.is_heavy(start) && saved(start)).map(|start| start.run).collect();
        heavy.into_iter().for_each(|number| self.training.put_down(number));
        self.awake.clear();
    }

    /// Reads the model of an ended run again if it was put down.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    pub fn wake(&mut self, number: usize) -> std::result::Result<(), String> {
        if !self.training.rests(number) {
            let ended = self.history.run(number).is_some_and(|run| run.end.is_some());
            return match ended && self.finished() && self.training.run(number).is_none() {
                true => {
                    Err("the model of this run was not kept: `keep: All` in a recipe keeps every model"
                        .into())
                }
                false => Ok(()),
            };
        }
        while self.awake.len() >= AWAKE {
            self.awake.pop_front().into_iter().for_each(|oldest| self.training.put_down(oldest));
        }
        let run = self.read_again(number).map_err(|error| error.to_string())?;
        self.training.take_up(run);
        self.awake.push_back(number);
        Ok(())
    }

    /// An ended run, restored from its checkpoint.
    fn read_again(&mut self, number: usize) -> Result<Run> {
        let lost = || {
            let problem = format!("the checkpoint of run {} is gone", number + 1);
            Error::request(problem, "`warmstart resume` trains it again")
        };
        let planned = self.planned().into_iter().find(|planned| planned.run == number);
        let (Some(planned), Some(task)) = (planned, self.tasks.first()) else { return Err(lost()) };
        let trials = self.history.run(number).map_or(Vec::new(), |run| run.tried(f64::INFINITY));
        let source =
            self.sources.get_mut(self.recipe.source_place(planned.source.as_ref())).ok_or_else(lost)?;
        let mut run = plan::next(&self.resolved, &planned, &trials, &task.splits, source.pretrained())?;
        let found = checkpoint::load::<RunState>(&self.folder, &run.checkpoint_name())?.ok_or_else(lost)?;
        run.restore(found.state, found.tensors)?;
        Ok(run)
    }

    /// Whether a run of a finished session has no model any more: it was not kept.
    pub(super) fn is_gone(&self, number: usize) -> bool {
        let known = self.history.run(number).filter(|run| run.end.is_some());
        self.history.stage() == Some(Stage::Finished)
            && known.is_some_and(|run| self.is_heavy(&run.start))
            && !checkpoint::has(&self.folder, &Run::name_of(number))
    }

    /// Removes the checkpoints of heavy models that a finished session does not keep.
    pub(super) fn remove_needless(&mut self) {
        let several = self.recipe.has_several_sources();
        let needless =
            |start: &RunStart| self.is_heavy(start) && !model_folder(&self.folder, start, several).exists();
        let runs: Vec<usize> = self
            .history
            .runs
            .iter()
            .map(|run| &run.start)
            .filter(|start| needless(start))
            .map(|s| s.run)
            .collect();
        for number in runs {
            self.training.put_down(number);
            self.training.resting.retain(|run| run.start.run != number);
            checkpoint::remove_older(&self.folder, &Run::name_of(number), u64::MAX);
        }
    }
}
