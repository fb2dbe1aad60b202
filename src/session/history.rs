//! The history: the state that screens, tables and exports show, folded from the records.
//!
//! The fold never fails and depends on nothing but the entries, so a live session, a finished one and a replay use
//! the same code. Every value keeps its time, so that a view can show the state at any earlier moment.

use super::answers::{Answers, TrueClasses};
use super::calibration::Calibration;
use super::comparison::{ByHand, ChangedRuns, Comparison, FurtherSet, RunName};
use super::coverage::ByCoverage;
use super::image_transfer::ImageSource;
use super::layer_drift::LayerDrift;
use super::parent::Parent;
use super::recipe::Recipe;
use super::record::{
    Arithmetic, DataSummary, Entry, Evaluation, Note, Quality, Record, RunEnd, RunStart, Stage, StepPoint,
    TEST, Trial, VALIDATION,
};
use super::source_history::SourceHistory;
use super::source_name::SourceName;
use super::text_transfer::TextSource;
use super::timed::Timed;
use super::trials;

/// Everything that a session has recorded.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The recipe, with its defaults filled in.
    pub recipe: Option<Box<Recipe>>,
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

/// Everything that was recorded about a run.
#[derive(Debug, Clone)]
pub struct RunHistory {
    /// The run as it was planned.
    pub start: RunStart,
    /// The settings that it tried, in order; empty without tuning.
    pub trials: Vec<Timed<Trial>>,
    /// Its recorded steps.
    pub steps: Vec<Timed<StepPoint>>,
    /// Its evaluations on the validation part and on test sets.
    pub evaluations: Vec<Timed<Evaluation>>,
    /// Its accuracy by the coverage of documents.
    pub by_coverage: Option<ByCoverage>,
    /// How far it has moved the layers of its sentence encoder, in the order of time; empty for other runs.
    pub layer_drift: Vec<Timed<LayerDrift>>,
    /// Floating-point operations of its training up to some of its steps, in the order of the steps; empty if the log does
    /// not have them.
    pub arithmetic: Vec<Arithmetic>,
    /// What it answered for every example, for each test set.
    pub answers: Vec<Answers>,
    /// How far its probabilities can be believed, for each test set.
    pub calibrations: Vec<Calibration>,
    /// Its end; `None` while it has not ended.
    pub end: Option<Timed<RunEnd>>,
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

    /// Adds the next entry.
    pub fn push(&mut self, entry: Entry) {
        let Entry { at, record } = entry;
        self.now = self.now.max(at);
        match record {
            Record::Opened { program, machine, recipe, .. } => {
                self.program = program;
                self.machine = machine;
                self.recipe = Some(recipe);
            }
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
            Record::Note(note) => self.notes.push(Timed { at, value: note }),
            Record::Comparison(comparison) => self.comparison = Some(comparison),
            Record::Resumed { tokens, runs, pretraining_anew, anew } => {
                self.forget(tokens, &runs);
                self.forget_whole(pretraining_anew, &anew);
            }
        }
    }

    /// The source that views show: the one that a user has chosen, else the newest.
    pub fn source(&self) -> &SourceHistory {
        static NONE: SourceHistory = SourceHistory::EMPTY;
        self.shown.and_then(|place| self.sources.get(place)).or(self.sources.last()).unwrap_or(&NONE)
    }

    /// What was recorded about each source, in the order in which they were prepared.
    pub fn sources(&self) -> &[SourceHistory] {
        &self.sources
    }

    /// The source with this name, or the only one if it has none.
    pub fn source_called(&self, name: &SourceName) -> Option<&SourceHistory> {
        self.sources.iter().find(|source| source.name.as_ref().is_none_or(|known| known == name))
    }

    /// The name of a run in messages.
    pub fn name_of(&self, run: &RunHistory) -> String {
        run.name().told(self.several_sources())
    }

    /// Whether the experiment has several sources. The history of several sessions has no recipe, and its sources are the
    /// sessions.
    pub fn several_sources(&self) -> bool {
        self.recipe.as_ref().map_or(self.sources.len(), |recipe| recipe.source_names().len()) > 1
    }

    /// Chooses the source that views show.
    pub fn show_source(&mut self, place: usize) {
        self.shown = (place < self.sources.len()).then_some(place);
    }

    /// The place of the source that views show.
    pub fn shown_source(&self) -> usize {
        self.shown.unwrap_or(self.sources.len().saturating_sub(1))
    }

    /// The session from which the source that views show was taken, if it was.
    pub fn parent(&self) -> Option<&Parent> {
        let name = self.source().name.as_ref();
        self.parents.iter().find(|parent| name.is_none_or(|name| *name == parent.name))
    }

    /// What the recipe says of the source that views show, or the recipe of the session from which it was taken; `None` in a
    /// session of images.
    pub fn text_source(&self) -> Option<&TextSource> {
        let text = self.recipe.as_ref()?.text()?;
        let named =
            text.named_sources().into_iter().find(|(name, _)| self.source().name.as_ref() == Some(name));
        let source = named.map_or_else(|| text.source(), |known| known.1);
        let root = self.parent().and_then(|parent| parent.root.text());
        Some(if matches!(source, TextSource::Session(_) | TextSource::Run(_)) {
            root.unwrap_or(source)
        } else {
            source
        })
    }

    /// What the recipe says of the source that views show; `None` in a session of texts.
    pub fn image_source(&self) -> Option<&ImageSource> {
        let images = self.recipe.as_ref()?.images()?;
        let named =
            images.named_sources().into_iter().find(|(name, _)| self.source().name.as_ref() == Some(name));
        Some(named.map_or_else(|| images.source(), |known| known.1))
    }

    /// Seconds of the pre-training of all sources.
    pub fn pretrain_seconds(&self) -> f64 {
        self.sources.iter().map(|source| source.seconds).sum()
    }

    /// Seconds in which fixed sentence encoders computed the vectors of texts, by source.
    pub fn seconds_of_encoding(&self) -> Vec<(SourceName, f64)> {
        let names = self.recipe.as_ref().map_or(Vec::new(), |recipe| recipe.source_names());
        let only = names.first().filter(|_| names.len() == 1);
        let of = |source: &SourceHistory| {
            let found = source.encoder.as_ref().filter(|found| found.value.texts > 0)?;
            Some((source.name.clone().or_else(|| only.cloned())?, found.value.seconds))
        };
        self.sources.iter().filter_map(of).collect()
    }

    /// Floating-point operations of the pre-training of all sources that were trained; `None` if none was counted.
    pub fn pretrain_flops(&self) -> Option<u64> {
        self.sources.iter().filter_map(|source| source.flops).reduce(|all, flops| all + flops)
    }

    /// Results on benchmarks: of the pre-trained vectors of each source, then of those of the runs.
    pub fn quality(&self) -> impl Iterator<Item = &Timed<Quality>> {
        self.sources.iter().flat_map(|source| &source.quality).chain(&self.tuned_quality)
    }

    /// What follows in the log about a source is about the one called `name`.
    fn begin_source(&mut self, name: SourceName) {
        match self.sources.iter().position(|source| source.name.as_ref() == Some(&name)) {
            // In a resumed session the sources are prepared again, in their order.
            Some(place) => self.current = Some(place),
            None => {
                self.sources.push(SourceHistory { name: Some(name), ..SourceHistory::default() });
                self.current = None;
            }
        }
    }

    /// The source that records are about.
    fn current(&mut self) -> &mut SourceHistory {
        if self.sources.is_empty() {
            self.sources.push(SourceHistory::default());
        }
        let place = self.current.unwrap_or(self.sources.len() - 1);
        &mut self.sources[place]
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

    /// The learning-rate changes by the user that affected runs, up to the time `until`. Each has its time, its run
    /// (`None` for all running ones) and the factor on the learning rate.
    pub fn learning_rates_by_hand(&self, until: f64) -> Vec<(f64, Option<usize>, f32)> {
        let met = self.notes.iter().filter(|note| note.at <= until && self.trains_runs(note.at));
        let mut changes: Vec<(f64, Option<usize>, f32)> = Vec::new();
        for note in met {
            let Note::LearningRate { run, factor } = note.value else { continue };
            match changes.iter_mut().rfind(|change| change.1 == run) {
                // No step was made between the two changes, so they count as one.
                Some(last) if !self.learned_between(last.0, note.at, run) => {
                    (last.0, last.2) = (note.at, last.2 * factor);
                }
                _ => changes.push((note.at, run, factor)),
            }
        }
        changes.retain(|change| (change.2 - 1.0).abs() > 1e-6);
        changes
    }

    /// Whether the run (or any run, for `None`) made a step after `from` and up to `to`.
    fn learned_between(&self, from: f64, to: f64, run: Option<usize>) -> bool {
        let mut runs = self.runs.iter().filter(|one| run.is_none_or(|run| one.start.run == run));
        runs.any(|one| one.steps.iter().any(|step| step.at > from && step.at <= to))
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

    /// Whether the session was in the stage that trains runs at that time.
    fn trains_runs(&self, at: f64) -> bool {
        self.stages.iter().rev().find(|stage| stage.at <= at).is_some_and(|s| s.value == Stage::Training)
    }

    /// Which learning rates the user changed, up to the time `until`.
    pub fn by_hand(&self, until: f64) -> ByHand {
        let changes = self.learning_rates_by_hand(until);
        let mut single: Vec<usize> = changes.iter().filter_map(|change| change.1).collect();
        single.sort_unstable();
        single.dedup();
        let one = match single[..] {
            [one] if changes.iter().all(|change| change.1.is_some()) => self.run(one),
            _ => None,
        };
        let whose = || one.map_or(ChangedRuns::Several, |run| ChangedRuns::One(run.name()));
        let moved = |source: &SourceHistory| {
            let vectors = |note: &&Timed<Note>| {
                let first = source.pretraining.first().is_some_and(|point| point.at <= note.at);
                let done = source.vectors.as_ref().is_some_and(|vectors| vectors.at <= note.at);
                note.at <= until
                    && first
                    && !done
                    && matches!(note.value, Note::LearningRate { run: None, .. })
            };
            learning_rate_moved(source, &self.notes.iter().filter(vectors).collect::<Vec<_>>())
        };
        ByHand { runs: (!changes.is_empty()).then(whose), pretraining: self.sources.iter().any(moved) }
    }

    /// Drops all records of pre-training if `pretraining` is set, and all records of the runs that begin again.
    fn forget_whole(&mut self, pretraining: bool, runs: &[usize]) {
        if pretraining {
            self.current().forget_all();
        }
        for &number in runs {
            if let Some(run) = self.run_mut(number) {
                run.steps.clear();
                run.evaluations.clear();
                run.arithmetic.clear();
                run.by_coverage = None;
                run.layer_drift.clear();
                run.answers.clear();
                run.calibrations.clear();
                run.end = None;
            }
        }
        self.tuned_quality.retain(|known| known.value.run.is_none_or(|run| !runs.contains(&run)));
    }

    /// Drops the records after the checkpoints from which a resumed session continues.
    fn forget(&mut self, tokens: Option<u64>, runs: &[(usize, u64)]) {
        if let Some(tokens) = tokens {
            self.current().forget_after(tokens);
        }
        let mut undone = Vec::new();
        for &(number, step) in runs {
            if let Some(run) = self.run_mut(number) {
                run.steps.retain(|point| point.value.step <= step);
                // Tests come after training but bear the step whose parameters are kept, so the step does not date
                // them. They are repeated.
                run.evaluations.retain(|Timed { value, .. }| value.step <= step && value.set == VALIDATION);
                run.end = None;
                run.arithmetic.retain(|known| known.step <= step);
                run.by_coverage = None;
                run.layer_drift.retain(|known| known.value.step <= step && !known.value.kept);
                run.answers.clear();
                run.calibrations.clear();
                undone.push(number);
            }
        }
        self.tuned_quality.retain(|known| known.value.run.is_none_or(|run| !undone.contains(&run)));
    }
}

/// Whether the learning rate of a source's pre-training differed from the recipe's while training went on.
fn learning_rate_moved(source: &SourceHistory, changes: &[&Timed<Note>]) -> bool {
    let mut factor = 1.0;
    changes.iter().enumerate().any(|(i, change)| {
        if let Note::LearningRate { factor: by, .. } = change.value {
            factor *= by;
        }
        let next = changes.get(i + 1).map_or(f64::INFINITY, |next| next.at);
        let learned = || source.pretraining.iter().any(|point| point.at > change.at && point.at <= next);
        (factor - 1.0_f32).abs() > 1e-6 && (next == f64::INFINITY || learned())
    })
}

impl RunHistory {
    /// The validation evaluation of the step whose parameters are kept, up to the time `until`: the one with the
    /// lowest loss (or the best deciding metric), and the first of equals.
    pub fn kept_validation(&self, until: f64) -> Option<&Evaluation> {
        let told = self.evaluations.iter().take_while(|e| e.at <= until).map(|e| &e.value);
        let cost = |evaluation: &Evaluation| evaluation.cost(self.start.metric);
        told.filter(|e| e.set == VALIDATION).min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }

    /// The name of the run.
    pub fn name(&self) -> RunName {
        let RunStart { method, source, budget, seed, .. } = &self.start;
        RunName { method: *method, source: source.clone(), budget: *budget, seed: *seed }
    }

    /// How far its layers had moved at the time `until`: the last record of that.
    pub fn layers_moved(&self, until: f64) -> Option<&LayerDrift> {
        self.layer_drift.iter().rfind(|known| known.at <= until).map(|known| &known.value)
    }

    /// The floating-point operations of its training up to `step`; `None` if the log does not have them.
    pub fn flops(&self, step: u64) -> Option<u64> {
        self.arithmetic.iter().find(|known| known.step == step).map(|known| known.flops)
    }

    /// The floating-point operations of its training; `None` if the log does not have them.
    pub fn all_flops(&self) -> Option<u64> {
        self.arithmetic.last().map(|known| known.flops)
    }

    /// The settings that it tried, up to the time `until`: a record for each trial and fold.
    pub fn tried(&self, until: f64) -> Vec<&Trial> {
        self.trials.iter().take_while(|trial| trial.at <= until).map(|trial| &trial.value).collect()
    }

    /// The last evaluation on the set called `set`.
    pub fn last_evaluation(&self, set: &str) -> Option<&Evaluation> {
        self.evaluations.iter().rev().map(|e| &e.value).find(|e| e.set == set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::method::Baseline;
    use crate::session::method::Method;
    use crate::session::method::Strategy;
    use crate::session::record::PretrainPoint;
    use crate::session::verdict;

    fn start(run: usize) -> Record {
        Record::Run(RunStart {
            run,
            method: Method::Strategy(Strategy::Frozen),
            source: None,
            budget: Budget::Labels(100),
            labels: 100,
            validation: 20,
            seed: 0,
            trainable_parameters: 10,
            total_parameters: 20,
            batch: 16,
            planned_steps: 50,
            optimizer: "Adam 0.001".into(),
            metric: None,
            tuned: None,
        })
    }

    fn step(run: usize, step: u64) -> Record {
        Record::Step(StepPoint {
            run,
            step,
            epoch: 0.0,
            samples: 0,
            loss: 1.0,
            gradient: 1.0,
            learning_rate: 0.1,
            seconds: 0.0,
            layers: Vec::new(),
        })
    }

    #[test]
    fn a_resumed_session_forgets_what_is_done_again() {
        let records = [
            start(0),
            step(0, 1),
            step(0, 2),
            step(0, 3),
            Record::Resumed { tokens: None, runs: vec![(0, 1)], pretraining_anew: false, anew: Vec::new() },
            start(0),
            step(0, 2),
        ];
        let history =
            History::of(records.into_iter().enumerate().map(|(i, record)| Entry { at: i as f64, record }));
        assert_eq!(history.runs.len(), 1);
        assert_eq!(history.runs[0].steps.iter().map(|p| p.value.step).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(history.name_of(&history.runs[0]), "frozen · 100 labels · seed 1");
        let named = RunName { source: Some("glove".into()), ..history.runs[0].name() };
        assert_eq!(named.told(true), "frozen · glove · 100 labels · seed 1");
    }

    #[test]
    fn the_drift_of_layers_is_kept_over_time_and_forgotten_with_the_work() {
        let drift = |step, kept| {
            Record::LayerDrift(LayerDrift { run: 0, step, kept, texts: (1, 9), layers: Vec::new() })
        };
        let of = |records: &[Record]| -> Vec<(u64, bool)> {
            let history = told(records.to_vec());
            history.runs[0].layer_drift.iter().map(|known| (known.value.step, known.value.kept)).collect()
        };
        let whole = [start(0), drift(2, false), drift(4, false), drift(2, true)];
        assert_eq!(of(&whole), [(2, false), (4, false), (2, true)]);
        let history = told(whole.to_vec());
        let seen = |until| history.runs[0].layers_moved(until).map(|drift| (drift.step, drift.kept));
        assert_eq!([0.0, 2.5, f64::INFINITY].map(seen), [None, Some((4, false)), Some((2, true))]);
        let resumed = |runs, anew| Record::Resumed { tokens: None, runs, pretraining_anew: false, anew };
        assert_eq!(of(&[&whole[..], &[resumed(vec![(0, 3)], Vec::new())]].concat()), [(2, false)]);
        assert!(of(&[&whole[..], &[resumed(Vec::new(), vec![0])]].concat()).is_empty());
    }

    #[test]
    fn tests_of_a_run_that_goes_on_are_forgotten() {
        // Step 1 has the best parameters, so the test bears step 1 although it was recorded after step 2.
        let test = |accuracy| {
            let (set, confusion) = (TEST.to_string(), Vec::new());
            Record::Evaluation(Evaluation {
                run: 0,
                step: 1,
                set,
                loss: 0.3,
                accuracy,
                confusion,
                seconds: 0.0,
            })
        };
        let resumed =
            Record::Resumed { tokens: None, runs: vec![(0, 1)], pretraining_anew: false, anew: Vec::new() };
        let unbroken = [start(0), evaluation(1, 0.5, 0.7), evaluation(2, 0.6, 0.6), test(0.8)];
        let again = [resumed, evaluation(2, 0.6, 0.6), test(0.8)];
        let sets = |records: &[Record]| -> Vec<Evaluation> {
            told(records.to_vec()).runs[0].evaluations.iter().map(|timed| timed.value.clone()).collect()
        };
        assert_eq!(sets(&[&unbroken[..], &again].concat()), sets(&unbroken));
    }

    #[test]
    fn what_begins_anew_is_forgotten_wholly() {
        let anew = Record::Resumed { tokens: None, runs: Vec::new(), pretraining_anew: true, anew: vec![0] };
        let point = PretrainPoint { tokens: 0, of: 9, loss: 1.0, learning_rate: 0.1, tokens_per_second: 1.0 };
        let before = vec![Record::Pretrain(point), start(0), step(0, 0), evaluation(0, 0.5, 0.7)];
        let history = told(before.iter().cloned().chain([evaluation(0, 0.5, 0.7)]).collect());
        assert_eq!((history.source().pretraining.len(), history.runs[0].evaluations.len()), (1, 1));
        let history = told(before.into_iter().chain([anew]).collect());
        assert!(history.source().pretraining.is_empty() && history.runs[0].steps.is_empty());
        assert!(history.runs[0].evaluations.is_empty());
    }

    #[test]
    fn records_of_a_run_that_was_never_planned_are_passed_over() {
        let history = History::of([Entry { at: 0.0, record: step(7, 1) }]);
        assert!(history.runs.is_empty());
    }

    fn evaluation(step: u64, loss: f64, accuracy: f64) -> Record {
        let (set, confusion) = (VALIDATION.to_string(), Vec::new());
        Record::Evaluation(Evaluation { run: 0, step, set, loss, accuracy, confusion, seconds: 0.0 })
    }

    #[test]
    fn the_commonest_class_is_known_of_further_test_sets_alone() {
        let on = |set: &str, confusion: Vec<Vec<u64>>| {
            let (set, loss, accuracy) = (set.to_string(), 0.1, 0.5);
            Record::Evaluation(Evaluation { run: 0, step: 1, set, loss, accuracy, confusion, seconds: 0.0 })
        };
        let records = vec![
            start(0),
            on(TEST, vec![vec![1, 0], vec![0, 1]]),
            on("more", vec![vec![20, 10], vec![5, 5]]),
            on("more", vec![vec![30, 0], vec![10, 0]]),
        ];
        let history = told(records);
        assert_eq!(
            history.further_sets(),
            [FurtherSet { set: "more".to_string(), commonest: 0.75, examples: 40 }]
        );
        let collapsed = |i: usize| history.runs[0].evaluations[i].value.collapsed(Strategy::Scratch.into());
        assert_eq!([0, 1, 2].map(collapsed), [None, None, Some(0)]);
        // The majority baseline is meant to predict one class.
        assert_eq!(history.runs[0].evaluations[2].value.collapsed(Baseline::Majority.into()), None);
    }

    fn told(records: Vec<Record>) -> History {
        History::of(records.into_iter().enumerate().map(|(i, record)| Entry { at: i as f64, record }))
    }

    #[test]
    fn the_validation_that_counts_is_that_of_the_parameters_that_are_kept() {
        let history =
            told(vec![start(0), evaluation(1, 0.5, 0.7), evaluation(2, 0.4, 0.8), evaluation(3, 0.6, 0.9)]);
        let kept = |until| history.runs[0].kept_validation(until).map(|e| e.accuracy);
        assert_eq!((kept(f64::INFINITY), kept(1.0), kept(0.5)), (Some(0.8), Some(0.7), None));
    }

    #[test]
    fn rates_changed_by_hand_are_told_where_they_met_something() {
        let learning_rate = |run| Record::Note(Note::LearningRate { run, factor: 0.5 });
        let by_hand = |records| verdict::by_hand(&told(records).by_hand(f64::INFINITY), false);
        let training = || vec![Record::Stage(Stage::Training), start(0), start(1)];
        let with = |notes: Vec<Record>| by_hand([training(), notes].concat());
        assert!(with(Vec::new()).is_empty());
        assert!(
            with(vec![learning_rate(None)])[0]
                .starts_with("The learning rate was changed by hand while runs")
        );
        assert!(
            with(vec![learning_rate(Some(1))])[0]
                .contains("of frozen · 100 labels · seed 1 was changed by hand")
        );
        // A factor and its inverse without a step in between are no change. With a step in between they are.
        let back = |run| Record::Note(Note::LearningRate { run, factor: 2.0 });
        assert!(with(vec![step(0, 1), learning_rate(None), back(None), step(0, 2)]).is_empty());
        assert_eq!(with(vec![learning_rate(None), step(0, 1), back(None), step(0, 2)]).len(), 1);
        assert!(with(vec![learning_rate(Some(1)), step(0, 1), back(Some(1))]).is_empty());
        assert_eq!(with(vec![learning_rate(Some(1)), back(None)]).len(), 1);
        // No learning rate is in use while the data is read.
        assert!(by_hand(vec![Record::Stage(Stage::Reading), learning_rate(None)]).is_empty());
        let point = PretrainPoint { tokens: 1, of: 2, loss: 1.0, learning_rate: 0.1, tokens_per_second: 1.0 };
        let before =
            vec![Record::Stage(Stage::Pretraining), Record::Pretrain(point.clone()), learning_rate(None)];
        assert!(by_hand([before.clone(), vec![back(None), Record::Pretrain(point)]].concat()).is_empty());
        let told = by_hand(before);
        assert!(told.len() == 1 && told[0].contains("of the pre-training"), "{told:?}");
    }
}
