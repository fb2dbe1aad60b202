//! What a user does to the session while it runs: learning rates, stopped runs, frozen layers, additions to the experiment.
//!
//! Each act is a record that says from which moment it counts, and what is done to a run or a pre-training is taken from these
//! records. So a resumed session repeats what came after its checkpoints, and a session that repeats another one does what was
//! done there.

use crate::data::splits::Splits;
use crate::error::Result;
use crate::session::note::Note;
use crate::session::recipe::Recipe;
use crate::session::record::Record;
use crate::session::steering::{Addition, Moment, RunAct};
use crate::train::memory;
use crate::train::outbox::Outbox;
use crate::train::plan;
use crate::train::run::Run;
use crate::transfer::experiment::{self, Planned};

use super::by_hand::Rates;
use super::{Job, Part};

/// Why something is not done; `None` if it is.
type Refusal = Option<String>;

impl Job {
    /// The recipe as the session began with it, with what its sources are in other sessions.
    fn asked(&self) -> Recipe {
        self.history.asked.as_deref().unwrap_or(&self.recipe).resolved(&self.history.parents)
    }

    /// All planned runs, with those that were added.
    pub(super) fn planned(&self) -> Vec<Planned> {
        experiment::plan(&self.asked(), &self.history.additions).concat()
    }

    /// The groups of runs that train side by side, with those that were added.
    pub(super) fn all_turns(&self) -> Vec<Vec<Planned>> {
        experiment::turns(&self.asked(), &self.history.additions)
    }

    /// The same run with what was done to it by hand, or is to be done.
    pub(super) fn steered(&self, run: Run) -> Run {
        run.steered(self.history.acts().chain(&self.steering.to_come))
    }

    /// The name of a run in messages.
    fn name_of(&self, number: usize) -> String {
        self.history
            .run(number)
            .map_or_else(|| format!("run {}", number + 1), |run| self.history.name_of(run))
    }

    /// Multiplies the learning rate of a run, or of pre-training and all live runs for `None`. Trials of tuning keep theirs:
    /// their settings are those that the log has.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn change_learning_rate(
        &mut self,
        run: Option<usize>,
        factor: f32,
        out: &mut Outbox,
    ) -> Result<Refusal> {
        if !(factor.is_finite() && factor > 0.0) {
            return Ok(Some(format!("a learning rate cannot be multiplied by {factor}")));
        }
        let (mut at, mut any, mut trials) = (Vec::new(), false, false);
        if let (Part::Pretraining(stage), None) = (&self.part, run)
            && stage.has_learning_rate()
            && let Some(source) = self.recipe.source_names().get(self.sources.len()).cloned()
        {
            let Some(seen) = stage.seen().or((!self.resumed).then_some(0)) else {
                let why =
                    "pre-training reads its text before it goes on: change the learning rate once it does";
                return Ok(Some(why.into()));
            };
            if let Some(rates) = self.steering.pretraining.as_mut().filter(|rates| rates.source == source) {
                let place = rates.changes.partition_point(|change| change.0 <= seen);
                rates.changes.insert(place, (seen, factor));
            }
            at.push(Moment::Pretraining { source, seen });
            any = true;
        }
        let under_way = self.training.is_under_way();
        for live in self.training.live.iter_mut().filter(|l| run.is_none_or(|run| run == l.start.run)) {
            if live.is_trial() {
                trials = true;
            } else if live.learning() && live.start.descends() {
                let moment = live.moment(under_way);
                live.steer(RunAct::LearningRate(factor), moment.as_ref());
                at.extend(moment.map(Moment::Run));
                any = true;
            }
        }
        if !any {
            return Ok(Some(match (trials, run) {
                (true, _) => "runs that try settings keep the learning rates of these".into(),
                (false, Some(run)) => format!("{} has no learning rate in use now", self.name_of(run)),
                (false, None) => "no learning rate is in use now".into(),
            }));
        }
        self.note(Note::LearningRate { run, factor, at }, out)?;
        Ok(None)
    }

    /// Stops training one run; its tests still follow.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn stop_run(&mut self, number: usize, out: &mut Outbox) -> Result<Refusal> {
        let under_way = self.training.is_under_way();
        let mut live = self.training.live.iter_mut();
        let Some(run) = live.find(|run| run.start.run == number && run.learning()) else {
            return Ok(Some(format!("{} is not being trained now", self.name_of(number))));
        };
        let moment = run.moment(under_way);
        run.steer(RunAct::Stop, moment.as_ref());
        let at = moment.map(Moment::Run).into_iter().collect();
        self.note(Note::RunStopped { run: number, at }, out)?;
        Ok(None)
    }

    /// Freezes a layer group of a run, or trains it again.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn hold_group(
        &mut self,
        number: usize,
        group: &str,
        frozen: bool,
        out: &mut Outbox,
    ) -> Result<Refusal> {
        let (under_way, name) = (self.training.is_under_way(), self.name_of(number));
        let mut live = self.training.live.iter_mut();
        let Some(run) = live.find(|run| run.start.run == number && run.learning()) else {
            return Ok(Some(format!("{name} is not being trained now")));
        };
        if run.is_trial() {
            return Ok(Some(format!("{name} tries settings: its layers are those of its strategy")));
        }
        let groups = run.layer_groups();
        if groups.is_empty() {
            let why = "what it trains is one part, so there are no layer groups to freeze or unfreeze";
            return Ok(Some(format!("{name}: {why}")));
        }
        let wanted = group.trim().to_lowercase();
        let Some(found) = groups.iter().find(|known| known.name == wanted) else {
            let names: Vec<&str> = groups.iter().map(|known| &*known.name).collect();
            return Ok(Some(format!("{name} has no layer group \"{wanted}\": it has {}", names.join(", "))));
        };
        if found.fixed && !frozen {
            return Ok(Some(format!(
                "{name} keeps its {wanted} as it was pre-trained, and proves it at the end: unfreeze that of another method"
            )));
        }
        if found.trained != frozen {
            let state = if frozen { "frozen" } else { "trained" };
            return Ok(Some(format!("the {wanted} of {name} is {state} already")));
        }
        if frozen && groups.iter().filter(|known| known.trained).count() == 1 {
            return Ok(Some(format!(
                "without its {wanted}, {name} would train nothing: stop the run instead"
            )));
        }
        let moment = run.moment(under_way);
        run.steer(RunAct::Group { name: wanted.clone(), frozen }, moment.as_ref());
        let at = moment.map(Moment::Run).into_iter().collect();
        self.note(Note::Group { run: number, group: wanted, frozen, at }, out)?;
        Ok(None)
    }

    /// Adds seeds or a label budget to the experiment. The new runs follow those that are planned.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn add(&mut self, addition: Addition, out: &mut Outbox) -> Result<Refusal> {
        if self.finished() || self.history.comparison.is_some() {
            let remedy = "run its recipe again with more `seeds` or `labels`";
            return Ok(Some(format!("the experiment is complete: {remedy}")));
        }
        if self.tasks.is_empty() {
            return Ok(Some("the data is still being read: add this once it is there".into()));
        }
        let grown = match self.recipe.grow(&addition) {
            Ok(grown) => grown,
            Err(why) => return Ok(Some(why)),
        };
        if let Err(error) = memory::check(&grown, &self.history.parents) {
            return Ok(Some(error.to_string()));
        }
        let known = self.all_turns().len();
        let additions: Vec<Addition> = self.history.additions.iter().copied().chain([addition]).collect();
        let new = experiment::turns(&self.asked(), &additions).split_off(known);
        if let Some(task) = self.tasks.first()
            && let Some(pools) = self.steering.pools.clone()
        {
            let splits = pools.splits(&grown, &*task.data.examples());
            let tried = splits.and_then(|splits| self.try_draws(&splits, &new).map(|()| splits));
            match (tried, self.tasks.first_mut()) {
                (Ok(splits), Some(task)) => task.splits = splits,
                (Err(error), _) => return Ok(Some(error.to_string())),
                _ => {}
            }
        }
        self.turns.extend(new);
        self.recipe = grown;
        self.resolved = self.recipe.resolved(&self.history.parents);
        self.note(Note::Added { addition, begun: self.steering.begun }, out)?;
        if let Some(data) = self.tasks.first().map(|task| task.data.clone()) {
            self.tell_true_classes(&*data.examples(), out)?;
        }
        Ok(None)
    }

    /// Draws all budgets of these runs, so that one that is too large is reported before pre-training and not after it.
    pub(super) fn try_draws(&self, splits: &Splits, turns: &[Vec<Planned>]) -> Result<()> {
        // With other splits for other seeds, one of them may lack a class. A budget that was added has all seeds.
        let tried = |planned: &&Planned| planned.seed == 0 || splits.test(planned.seed).is_some();
        for planned in turns.iter().flatten().filter(tried) {
            plan::draw(&self.recipe, splits, planned)?;
        }
        Ok(())
    }

    /// Gives the pre-training the learning rate that it has from here on.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn steer_pretraining(&mut self, out: &mut Outbox) -> Result<()> {
        let Part::Pretraining(stage) = &mut self.part else { return Ok(()) };
        let names = self.recipe.source_names();
        let (Some(seen), Some(name)) = (stage.seen(), names.get(self.sources.len())) else { return Ok(()) };
        if self.steering.pretraining.as_ref().is_none_or(|rates| rates.source != *name) {
            let notes = self.history.acts().chain(&self.steering.to_come);
            let mut changes: Vec<(u64, f32)> = notes.filter_map(|note| note.on_pretraining(name)).collect();
            changes.sort_by_key(|change| change.0);
            let done = changes.partition_point(|change| change.0 < seen);
            // Of changes without a moment only the checkpoint knows, and its factor has the others too.
            let all_known = self.history.acts().all(Note::is_repeatable);
            if all_known && !changes.is_empty() {
                stage.set_learning_rate_factor(changes[..done].iter().map(|change| change.1).product());
            }
            self.steering.pretraining = Some(Rates { source: name.clone(), changes, done });
        }
        let Some(rates) = &mut self.steering.pretraining else { return Ok(()) };
        while let Some(&(_, factor)) = rates.changes.get(rates.done).filter(|change| change.0 <= seen) {
            stage.change_learning_rate(factor);
            rates.done += 1;
        }
        self.tell_reached(|note, _| note.on_pretraining(name).is_some_and(|change| change.0 <= seen), out)
    }

    /// Records what is repeated of another session and counts from this round on.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn tell_steering(&mut self, out: &mut Outbox) -> Result<()> {
        if self.steering.to_come.is_empty() || self.training.is_under_way() {
            return Ok(());
        }
        let reached = |note: &Note, job: &Job| {
            note.moments().iter().any(|moment| {
                let Moment::Run(at) = moment else { return false };
                job.training.run(at.run).is_some_and(|run| run.has_reached(at))
            })
        };
        self.tell_reached(reached, out)
    }

    fn tell_reached(&mut self, reached: impl Fn(&Note, &Job) -> bool, out: &mut Outbox) -> Result<()> {
        if self.steering.to_come.is_empty() {
            return Ok(());
        }
        let to_come = std::mem::take(&mut self.steering.to_come);
        let (now, later) = to_come.into_iter().partition(|note| reached(note, self));
        self.steering.to_come = later;
        let now: Vec<Note> = now;
        now.into_iter().try_for_each(|note| self.tell(Record::Note(note), out))
    }

    /// Adds to the experiment what was added at this place to the one that is repeated.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn add_due(&mut self, out: &mut Outbox) -> Result<()> {
        let begun = self.steering.begun;
        let due = |note: &Note| match note {
            Note::Added { addition, begun: when } if *when <= begun => Some(*addition),
            _ => None,
        };
        while let Some((place, addition)) =
            self.steering.to_come.iter().enumerate().find_map(|(i, note)| Some((i, due(note)?)))
        {
            let note = self.steering.to_come.remove(place);
            // Its record has the place where it was added there, so that it is not added again when this one is resumed.
            let before = self.steering.begun;
            if let Note::Added { begun, .. } = note {
                self.steering.begun = begun;
            }
            let refusal = self.add(addition, out)?;
            self.steering.begun = before;
            self.remarks(refusal, out)?;
        }
        Ok(())
    }
}
