//! What follows a trial of tuning: the next one, or the run with the settings that were chosen.

use crate::error::Result;
use crate::session::checkpoint;
use crate::session::record::Record;
use crate::train::outbox::Outbox;
use crate::train::plan;
use crate::train::run::Run;
use crate::transfer::experiment::Planned;

use super::Job;

impl Job {
    /// Replaces the trial of the run `number`, which has ended and is in the history, by what follows it.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn follow_trial(&mut self, number: usize, out: &mut Outbox) -> Result<()> {
        self.remove_tried(number);
        let Some(run) = self.following(number)? else { return Ok(()) };
        let run = self.steered(run);
        let start = run.start.clone();
        // The runs keep their order, in which records are written.
        if let Some(live) = self.training.live.iter_mut().find(|live| live.start.run == number) {
            *live = run;
        }
        if start.tuned.is_some() { self.tell(Record::Run(start), out) } else { Ok(()) }
    }

    /// What comes next for the run `number`.
    fn following(&mut self, number: usize) -> Result<Option<Run>> {
        let (Some(run), Some(task)) = (self.history.run(number), self.tasks.first()) else { return Ok(None) };
        let start = &run.start;
        let planned = Planned {
            run: number,
            method: start.method,
            source: start.source.clone(),
            budget: start.budget,
            seed: start.seed,
        };
        let trials = run.tried(f64::INFINITY);
        let source = self.sources.get_mut(self.recipe.source_place(planned.source.as_ref()));
        let next = source
            .map(|source| plan::next(&self.resolved, &planned, &trials, &task.splits, source.pretrained()));
        next.transpose()
    }

    /// Removes the checkpoints of the trials of the run `number` that the log has.
    pub(super) fn remove_tried(&self, number: usize) {
        let trials = self.history.run(number).map_or(0, |run| run.trials.len());
        if trials == 0 {
            return;
        }
        for trial in 0..trials as u32 {
            checkpoint::remove_older(&self.folder, &Run::trial_name(number, trial), u64::MAX);
        }
    }
}
