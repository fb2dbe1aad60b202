//! What a user does to a run while it is trained. An act counts from a round on, so that a run which is restored from an earlier
//! checkpoint, or made again, repeats it to the same bits.

use crate::session::note::Note;
use crate::session::steering::{RunAct, RunMoment};
use crate::train::learner::GroupState;

use super::state::{Run, Steered};

impl Run {
    /// The same run with what `notes` say that was done to it, or is to be done. Call it before its first round.
    pub fn steered<'a>(self, notes: impl IntoIterator<Item = &'a Note>) -> Run {
        let trial = self.trial_place();
        let mut acts: Vec<(u64, RunAct)> =
            notes.into_iter().filter_map(|note| note.on_run(self.start.run, trial)).collect();
        acts.sort_by_key(|act| act.0);
        Run { steered: Steered { acts, ..Steered::default() }, ..self }
    }

    /// The number of trainings before it, if it is a trial of tuning.
    pub fn trial_place(&self) -> Option<u32> {
        self.trial.as_ref().map(|trial| trial.before())
    }

    /// Whether an act counts from `moment` on already.
    pub fn has_reached(&self, moment: &RunMoment) -> bool {
        self.trial_place() == moment.trial && self.rounds.is_some_and(|rounds| rounds >= moment.round)
    }

    /// The moment from which an act counts now; `None` where the rounds are not known. `under_way`: a round is.
    pub fn moment(&self, under_way: bool) -> Option<RunMoment> {
        let round = self.rounds? + u64::from(under_way);
        let (run, step) = (self.start.run, self.learner.steps());
        Some(RunMoment { run, trial: self.trial_place(), step, round })
    }

    /// Does `act` in the round of `moment`, or now if there is none.
    pub fn steer(&mut self, act: RunAct, moment: Option<&RunMoment>) {
        let Some(moment) = moment else {
            return match act {
                RunAct::LearningRate(factor) => self.learning_rate_factor *= factor,
                RunAct::Stop => self.stop(),
                RunAct::Group { name, frozen } => self.learner.hold_group(&name, frozen),
            };
        };
        let acts = &mut self.steered.acts;
        let place = acts.partition_point(|known| known.0 <= moment.round);
        acts.insert(place, (moment.round, act));
    }

    /// Does the acts that count from this round on.
    pub(super) fn steer_now(&mut self) {
        let Some(rounds) = self.rounds else { return };
        while let Some((_, act)) = self.steered.acts.get(self.steered.done).filter(|act| act.0 <= rounds) {
            match act {
                RunAct::LearningRate(factor) => self.steered.factor *= factor,
                RunAct::Stop => self.stopping = true,
                RunAct::Group { name, frozen } => self.learner.hold_group(name, *frozen),
            }
            self.steered.done += 1;
        }
    }

    /// The layer groups that can be frozen and thawed by hand, as they are once all acts up to now count.
    pub fn layer_groups(&self) -> Vec<GroupState> {
        let mut groups = self.learner.layer_groups();
        let soon = self.rounds.map_or(0, |rounds| rounds + 1);
        let waiting = self.steered.acts[self.steered.done..].iter().take_while(|act| act.0 <= soon);
        for (_, act) in waiting {
            if let RunAct::Group { name, frozen } = act
                && let Some(group) = groups.iter_mut().find(|group| group.name == *name)
            {
                group.trained = !frozen;
            }
        }
        groups
    }
}
