//! What is kept of a run: its checkpoint, and the little that stays in memory of one that has ended.

use crate::error::{Error, Result};
use crate::session::checkpoint::{Kept, Tensors};

use super::state::{Phase, Resting, Run, RunState};

impl Run {
    /// What is left of an ended run while its model is in its checkpoint only.
    pub fn rest(self) -> Resting {
        Resting { start: self.start, opinions: self.opinions }
    }

    /// A run that was restored from its checkpoint, with what was left of it.
    pub fn woken(self, resting: Resting) -> Run {
        Run { opinions: resting.opinions, ..self }
    }

    /// The name of its checkpoints.
    pub fn checkpoint_name(&self) -> String {
        match &self.trial {
            Some(trial) => Run::trial_name(self.start.run, trial.before()),
            None => Run::name_of(self.start.run),
        }
    }

    /// The name of the checkpoints of the run with this index, which is no trial.
    pub fn name_of(run: usize) -> String {
        format!("run-{run}")
    }

    /// The name of the checkpoints of a trial (of one of its folds), by the number of trainings before it.
    pub fn trial_name(run: usize, before: u32) -> String {
        format!("run-{run}-trial-{before}")
    }

    /// The step, the state and the tensors for a checkpoint. `None` during an evaluation, and for learners whose work
    /// is repeated rather than saved.
    pub fn save(&mut self) -> Option<(u64, RunState, Vec<Kept<'_>>)> {
        // A trial that has ended is in the log.
        if !matches!(self.phase, Phase::Learning | Phase::Ended) || self.is_trial() && self.ended() {
            return None;
        }
        let step = self.learner.steps();
        let (learner, tensors) = self.learner.save()?;
        let state = RunState {
            phase: self.phase,
            seconds: self.seconds,
            learning_rate_factor: self.learning_rate_factor,
            rounds: self.rounds,
            outcome: self.outcome.clone(),
            best_step: self.best_step,
            temperature: self.temperature,
            flops: self.flops,
            best: self.trial.as_ref().and_then(|trial| trial.best),
            learner,
        };
        Some((step, state, tensors))
    }

    /// Restores a saved state.
    ///
    /// # Errors
    /// When the state does not belong to this run.
    pub fn restore(&mut self, state: RunState, tensors: Tensors) -> Result<()> {
        // During an evaluation no state is saved, so such a checkpoint cannot be continued.
        if !matches!(state.phase, Phase::Learning | Phase::Ended) {
            return Err(Error::request("a checkpoint from within an evaluation cannot be resumed", ""));
        }
        self.learner.restore(&state.learner, tensors)?;
        self.phase = state.phase;
        self.seconds = state.seconds;
        self.learning_rate_factor = state.learning_rate_factor;
        self.rounds = state.rounds;
        self.outcome = state.outcome;
        self.best_step = state.best_step;
        self.temperature = state.temperature;
        self.flops = state.flops;
        if let Some(trial) = &mut self.trial {
            trial.best = state.best;
        }
        Ok(())
    }
}
