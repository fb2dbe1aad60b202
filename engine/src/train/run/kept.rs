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
            by_hand: self.steered.factor,
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
        self.looked_at = self.learner.steps();
        self.outcome = state.outcome;
        self.best_step = state.best_step;
        self.temperature = state.temperature;
        self.flops = state.flops;
        if let Some(trial) = &mut self.trial {
            trial.best = state.best;
        }
        Ok(())
    }

    /// Goes on from the state of a run of another session, with this run's settings. `own_rate`: without the factor by which its
    /// learning rate was changed by hand there.
    ///
    /// # Errors
    /// When the state does not belong to such a run.
    pub fn go_on_from(&mut self, state: RunState, tensors: Tensors, own_rate: bool) -> Result<()> {
        let factor = if own_rate { 1.0 } else { state.learning_rate_factor * state.by_hand };
        if state.phase == Phase::Ended {
            return Err(Error::request("that run had ended", "write `continues: false`"));
        }
        self.restore(state, tensors)?;
        (self.learning_rate_factor, self.rounds) = (factor, Some(0));
        Ok(())
    }

    /// Begins with the parameters that another run has learned.
    ///
    /// # Errors
    /// When it has other parameters.
    pub fn begin_with(&mut self, other: &mut Run) -> Result<()> {
        let carried = other.learner.carried().ok_or_else(|| {
            Error::request("a solver has no state to begin from", "fork what is trained by gradient descent")
        })?;
        self.learner.begin_with(carried)
    }

    /// Freezes these layer groups from the first update on.
    ///
    /// # Errors
    /// When it has no such group, or nothing would be trained.
    pub fn freeze_first(&mut self, frozen: &[String]) -> Result<()> {
        for name in frozen {
            let groups = self.learner.layer_groups();
            if !groups.iter().any(|group| group.name == *name) {
                let names: Vec<String> = groups.into_iter().map(|group| group.name).collect();
                let problem = format!("there is no layer group \"{name}\" to freeze");
                return Err(Error::request(problem, format!("it has {}", names.join(", "))));
            }
            self.learner.hold_group(name, true);
        }
        if !frozen.is_empty() && self.learner.layer_groups().iter().all(|group| !group.trained) {
            return Err(Error::request(
                "with these layers frozen, nothing is trained",
                "freeze fewer layers",
            ));
        }
        Ok(())
    }

    /// Whether its state is due to be kept, if so many are, evenly over its planned steps. It is asked after every round.
    pub fn state_is_due(&mut self, states: u32) -> bool {
        let part = |step: u64| step * u64::from(states) / self.start.planned_steps.max(1);
        let step = self.learner.steps();
        let due = part(step) > part(self.looked_at);
        // In an evaluation there is no state; the next round asks again.
        if self.phase == Phase::Learning {
            self.looked_at = step;
        }
        due && self.phase == Phase::Learning && self.start.descends() && !self.is_trial()
    }
}
