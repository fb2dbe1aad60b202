//! The history: the state that screens, tables and exports show, folded from the records.
//!
//! The fold never fails and depends on nothing but the entries, so a live session, a finished one and a replay use
//! the same code. Every value keeps its time, so that a view can show the state at any earlier moment.

mod acts;
mod by_hand;
mod resumed;
mod run;
mod sources;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::Result;
use crate::files::Meter;

use super::answers::TrueClasses;
use super::comparison::{Comparison, FurtherSet};
use super::layer_drift::LayerDrift;
use super::log;
use super::parent::Parent;
use super::recipe::Recipe;
use super::record::{DataSummary, Entry, Evaluation, Note, Quality, Record, Rerun, Stage, TEST, VALIDATION};
use super::source_history::SourceHistory;
use super::steering::Addition;
use super::timed::Timed;
use super::trials;

pub use self::run::RunHistory;

/// Everything that a session has recorded.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The recipe, with its defaults filled in and with what the user added while it ran.
    pub recipe: Option<Box<Recipe>>,
    /// The recipe as the session began with it.
    pub asked: Option<Box<Recipe>>,
    /// What the user added to the experiment, in order.
    pub additions: Vec<Addition>,
    /// What it repeats, if it repeats another session.
    pub rerun: Option<Rerun>,
    /// The program and version that wrote it.
    pub program: String,
    /// The kind of processor and system on which the session began; empty if the log does not have it.
    pub machine: String,
    /// The stages of the work, in the order in which they began.
    pub stages: Vec<Timed<Stage>>,
    /// The labelled data, once it was read.
    pub data: Option<DataSummary>,
    /// The true classes of the test sets. Empty for sessions that did not record them.
    pub true_classes: Vec<TrueClasses>,
    /// The sources that were taken from other sessions.
    pub parents: Vec<Parent>,
    /// What was recorded about each source, in their order; one at least.
    pub(crate) sources: Vec<SourceHistory>,
    /// The source that views show, if a user has chosen one.
    pub(crate) shown: Option<usize>,
    /// The source that records are about, if it is not the last one.
    pub(crate) current: Option<usize>,
    /// Results on word-vector benchmarks of fine-tuned vectors, at the end of their runs.
    pub tuned_quality: Vec<Timed<Quality>>,
    /// The runs, in the order of their indices.
    pub runs: Vec<RunHistory>,
    /// Actions of the user, and remarks for the reader.
    pub notes: Vec<Timed<Note>>,
    /// The comparison, once all runs are over.
    pub comparison: Option<Box<Comparison>>,
    /// The time of the last entry.
    pub now: f64,
}

impl History {
    /// Folds a whole log.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> History {
        let mut history = History::default();
        for entry in entries {
            history.push(entry);
        }
        history
    }

    /// Reads the log of the session in `folder`. If the log is damaged, what lies before that is returned.
    ///
    /// # Errors
    /// As [`log::read`].
    pub fn read(folder: &Path) -> Result<History> {
        History::read_metered(folder, &Meter::default()).map(|(history, _)| history)
    }

    /// The same with the message about the damage, if there is any; `meter` says how much was read.
    ///
    /// # Errors
    /// As [`log::read`].
    pub fn read_metered(folder: &Path, meter: &Meter) -> Result<(History, Option<String>)> {
        let mut history = History::default();
        let remark = log::read_each(folder, meter, |entry| history.push(entry))?;
        Ok((history, remark))
    }

    /// Adds the next entry.
    pub fn push(&mut self, entry: Entry) {
        let Entry { at, record } = entry;
        self.now = self.now.max(at);
        match record {
            Record::Opened { program, machine, recipe, .. } => {
                self.program = program;
                self.machine = machine;
                self.asked = Some(recipe.clone());
                self.recipe = Some(recipe);
            }
            Record::Rerun(rerun) => self.rerun = Some(rerun),
            Record::Stage(stage) => self.stages.push(Timed { at, value: stage }),
            Record::Data(data) => self.data = Some(data),
            Record::TrueClasses(found) => {
                let seed = |classes: &TrueClasses| classes.part.as_ref().map(|part| part.seed);
                self.true_classes.retain(|known| known.set != found.set || seed(known) != seed(&found));
                self.true_classes.push(found);
            }
            Record::Source(name) => self.begin_source(name),
            Record::Parent(parent) => {
                self.parents.retain(|known| known.name != parent.name);
                self.parents.push(parent);
            }
            Record::Quality(quality) if quality.run.is_some() => {
                self.tuned_quality.retain(|known| !known.value.is_again(&quality));
                self.tuned_quality.push(Timed { at, value: quality });
            }
            Record::Quality(Quality { source: Some(ref name), .. }) => {
                let name = name.clone();
                if let Some(source) =
                    self.sources.iter_mut().find(|source| source.name.as_ref() == Some(&name))
                {
                    source.push(at, record);
                }
            }
            Record::Vocabulary { .. }
            | Record::Pretrain(_)
            | Record::HeldOut(_)
            | Record::GeneratedText(_)
            | Record::Neighbours { .. }
            | Record::Continued(_)
            | Record::Vectors { .. }
            | Record::SourceTest(_)
            | Record::Network { .. }
            | Record::Encoder(_)
            | Record::Coverage(_)
            | Record::Quality(_) => self.current().push(at, record),
            Record::ByCoverage(found) => {
                if let Some(run) = self.run_mut(found.run) {
                    run.by_coverage = Some(found);
                }
            }
            Record::LayerDrift(found) => {
                if let Some(run) = self.run_mut(found.run) {
                    let same = |known: &LayerDrift| (known.step, known.kept) == (found.step, found.kept);
                    run.layer_drift.retain(|known| !same(&known.value));
                    run.layer_drift.push(Timed { at, value: found });
                }
            }
            Record::Arithmetic(found) => match found.run {
                None => self.current().push(at, Record::Arithmetic(found)),
                Some(number) => {
                    if let Some(run) = self.run_mut(number) {
                        run.arithmetic.retain(|known| known.step < found.step);
                        run.arithmetic.push(found);
                    }
                }
            },
            Record::Answers(found) => {
                if let Some(run) = self.run_mut(found.run) {
                    run.answers.retain(|known| known.set != found.set);
                    run.answers.push(found);
                }
            }
            Record::Calibration(found) => {
                if let Some(run) = self.run_mut(found.run) {
                    run.calibrations.retain(|known| known.set != found.set);
                    run.calibrations.push(found);
                }
            }
            Record::Run(start) => match self.run_mut(start.run) {
                // A resumed session plans its runs again; the recorded steps and evaluations are kept.
                Some(run) => run.start = start,
                None => self.runs.push(RunHistory {
                    start,
                    trials: Vec::new(),
                    steps: Vec::new(),
                    evaluations: Vec::new(),
                    by_coverage: None,
                    layer_drift: Vec::new(),
                    arithmetic: Vec::new(),
                    answers: Vec::new(),
                    calibrations: Vec::new(),
                    end: None,
                }),
            },
            Record::Trial(trial) => {
                if let Some(run) = self.run_mut(trial.run) {
                    run.trials
                        .retain(|known| (known.value.trial, known.value.fold) != (trial.trial, trial.fold));
                    run.trials.push(Timed { at, value: trial });
                }
            }
            Record::Step(point) => {
                if let Some(run) = self.run_mut(point.run) {
                    run.steps.push(Timed { at, value: point });
                }
            }
            Record::Evaluation(evaluation) => {
                let same = |known: &Timed<Evaluation>| {
                    let known = &known.value;
                    (known.step, &known.set) == (evaluation.step, &evaluation.set)
                        && (known.loss, &known.confusion) == (evaluation.loss, &evaluation.confusion)
                };
                if let Some(run) = self.run_mut(evaluation.run)
                    && !run.evaluations.iter().any(same)
                {
                    run.evaluations.push(Timed { at, value: evaluation });
                }
            }
            Record::RunEnd(end) => {
                if let Some(run) = self.run_mut(end.run) {
                    run.end = Some(Timed { at, value: end });
                }
            }
            Record::Note(note) => {
                if let Note::Added { addition, .. } = &note {
                    self.recipe = self.recipe.take().map(|recipe| Box::new(recipe.grown(addition)));
                    self.additions.push(*addition);
                }
                self.notes.push(Timed { at, value: note });
            }
            Record::Comparison(comparison) => self.comparison = Some(comparison),
            Record::Resumed { tokens, runs, pretraining_anew, anew } => {
                self.forget(tokens, &runs);
                self.forget_whole(pretraining_anew, &anew);
            }
        }
    }

    /// The name of a run in messages.
    pub fn name_of(&self, run: &RunHistory) -> String {
        run.name().told(self.several_sources())
    }

    /// The run with the index `run`.
    pub fn run(&self, run: usize) -> Option<&RunHistory> {
        self.runs.iter().find(|r| r.start.run == run)
    }

    /// The name of a class; "class 3" where the data has no name for the third class.
    pub fn class_name(&self, class: usize) -> String {
        let classes = self.data.as_ref().map_or(&[][..], |data| &data.classes);
        classes.get(class).cloned().unwrap_or_else(|| format!("class {}", class + 1))
    }

    /// Whether a run still has to try settings, at the time `until`.
    pub fn tunes(&self, run: &RunHistory, until: f64) -> bool {
        let Some(tuning) = self.recipe.as_ref().and_then(|recipe| recipe.tune) else { return false };
        let begun = run.steps.first().is_some_and(|step| step.at <= until)
            || run.end.as_ref().is_some_and(|end| end.at <= until);
        let chosen = until >= self.now && run.start.tuned.is_some();
        !begun && !chosen && trials::next(tuning, &run.tried(until)).is_some()
    }

    /// The current stage of the work.
    pub fn stage(&self) -> Option<Stage> {
        self.stages.last().map(|stage| stage.value)
    }

    fn run_mut(&mut self, run: usize) -> Option<&mut RunHistory> {
        // Runs are recorded in the order of their indices, so the position is nearly always the index.
        if self.runs.get(run).is_some_and(|r| r.start.run == run) {
            return self.runs.get_mut(run);
        }
        self.runs.iter_mut().find(|r| r.start.run == run)
    }

    /// The further test sets, each with the fraction of its most frequent class.
    pub fn further_sets(&self) -> Vec<FurtherSet> {
        let mut sets: Vec<FurtherSet> = Vec::new();
        for evaluation in self.runs.iter().flat_map(|run| &run.evaluations).map(|timed| &timed.value) {
            let further = evaluation.set != TEST && evaluation.set != VALIDATION;
            if further && sets.iter().all(|known| known.set != evaluation.set) {
                let counts = evaluation.confusion.iter().map(|row| row.iter().sum::<u64>());
                let (most, examples) =
                    counts.fold((0, 0), |(most, all), count| (most.max(count), all + count));
                let commonest = most as f64 / examples.max(1) as f64;
                sets.push(FurtherSet { set: evaluation.set.clone(), commonest, examples });
            }
        }
        sets
    }
}
