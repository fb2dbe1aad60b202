//! A run: the training of one method with one budget and seed, as a state machine that advances in rounds.
//!
//! In each round a live run does one bounded step: one update, or a part of an evaluation. The step is divided into
//! tasks. Their number and content depend only on the data and the recipe, so any thread may do any task; the results
//! are absorbed in the order of the tasks. A [`Learner`] does the training. The run keeps the time, evaluates, stops
//! early and reports.

use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::examples::{ExampleId, Examples, FIRST_TEST_SET};
use crate::error::{Error, Result};
use crate::session::answers::{Answers, Packed, probability_code};
use crate::session::calibration::{Calibration, FittedOn, Reliability};
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::layer_drift::LayerDrift;
use crate::session::record::{
    Arithmetic, Evaluation, Outcome, Record, RunEnd, RunStart, StepPoint, Trial, VALIDATION,
};
use crate::session::tuning::{TrialSettings, Tuning};
use crate::transfer::calibration::Temperature;
use crate::transfer::predictor::{Predictor, argmax};

use super::learner::{Advice, Learned, Learner, OutOfFold};
use super::task::{Kind, Task, Workspace};

/// The largest number of documents in an evaluation task.
const CHUNK: usize = 32;
/// The approximate number of their words. It is small because a question is answered only after the tasks in
/// progress.
const CHUNK_TOKENS: usize = 2_048;
/// The largest number of evaluation tasks in a round, so that no run delays the others for long.
const CHUNKS_A_ROUND: usize = 8;

/// How often the drift of layers is recorded over a whole run, about, besides once at its end.
const DRIFTS: u64 = 16;

/// The phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    Learning,
    /// Evaluating the validation documents.
    Validating,
    /// Training is over; predicting the validation documents with the kept parameters, to fit the temperature on them.
    Calibrating,
    /// Training is over; evaluating the test set at this index among all sets.
    Testing(usize),
    Ended,
}

/// The state of a run in a checkpoint, besides its learner's tensors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunState {
    phase: Phase,
    seconds: f64,
    learning_rate_factor: f32,
    outcome: Option<Outcome>,
    best_step: u64,
    #[serde(default)]
    temperature: Temperature,
    /// Checkpoints of before they were counted do not have them.
    #[serde(default)]
    flops: Option<u64>,
    /// Of a trial: its best validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best: Option<Best>,
    learner: String,
}

/// The validation of the parameters that a trial would keep.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Best {
    /// What early stopping minimises.
    cost: f64,
    /// The deciding metric.
    score: f64,
    loss: f64,
}

/// What makes a run a trial of tuning: it is not tested, and records nothing but its result.
#[derive(Debug, Clone)]
pub struct InTrial {
    /// Its index, from 0.
    trial: u32,
    fold: Option<u32>,
    tuning: Tuning,
    settings: TrialSettings,
    best: Option<Best>,
    told: bool,
}

impl InTrial {
    /// The trial with the index `trial`, judged by a fold of the budget or by the validation part.
    pub fn new(tuning: Tuning, trial: u32, fold: Option<u32>, settings: TrialSettings) -> InTrial {
        InTrial { trial, fold, tuning, settings, best: None, told: false }
    }

    /// The number of trainings before it.
    fn before(&self) -> u32 {
        self.trial * self.tuning.folds.unwrap_or(1) + self.fold.unwrap_or(0)
    }
}

/// A prediction for a document: the class and its probability.
pub type Opinion = (u16, f32);

/// A run.
pub struct Run {
    pub start: RunStart,
    examples: Arc<dyn Examples>,
    pub learner: Box<dyn Learner>,
    validation: Vec<ExampleId>,
    /// The examples of the first test set, ascending; `None` if they are those of the data.
    test: Option<Vec<ExampleId>>,
    phase: Phase,
    under_way: UnderWay,
    /// Whether the user has stopped it.
    stopping: bool,
    /// Seconds of training.
    seconds: f64,
    /// Floating-point operations of training; `None` where they are not known from the beginning on.
    flops: Option<u64>,
    pub learning_rate_factor: f32,
    outcome: Option<Outcome>,
    best_step: u64,
    /// The temperature, which divides the logits; 1 until training is over.
    temperature: Temperature,
    /// The examples that the temperature was fitted on.
    fitted_on: FittedOn,
    /// The newest predictions on each evaluated set: the set's name, its documents, the predictions.
    pub opinions: Vec<(String, Vec<ExampleId>, Vec<Opinion>)>,
    /// Of the newest evaluation: for each example, in the order of the set, the predicted class and the probability of
    /// the true class as [`Answers`] store it.
    answers: Vec<(u16, u16)>,
    /// Of the newest evaluation: the bins of the reliability diagram without and with the temperature, and the mean
    /// loss with the temperature.
    calibrated: ([Reliability; 2], f64),
    /// The set that is evaluated again, see [`Run::look_again`].
    looking: Option<String>,
    /// The trial that it is; `None` for a run of the experiment.
    trial: Option<InTrial>,
    /// The tasks of the current round.
    pub tasks: Vec<Task>,
}

/// An ended run whose model is in its checkpoint only.
pub struct Resting {
    pub start: RunStart,
    opinions: Vec<(String, Vec<ExampleId>, Vec<Opinion>)>,
}

/// An evaluation in progress.
#[derive(Default)]
struct UnderWay {
    /// The documents, longest first, so that those of a task have similar lengths.
    documents: Vec<ExampleId>,
    next: usize,
    /// The sum of the losses, and of the weights with which they count.
    loss: f64,
    weight: f64,
    confusion: Vec<Vec<u64>>,
    opinions: Vec<Opinion>,
    /// The probability of the true class of each document, as [`Answers`] store it.
    true_probabilities: Vec<u16>,
    /// The probabilities `(N, C)` that the temperature is fitted on; empty in other phases.
    probabilities: Vec<f32>,
    /// The bins of the reliability diagram without and with the temperature.
    reliability: [Reliability; 2],
    /// The sum of the losses with the temperature.
    calibrated_loss: f64,
}

impl Run {
    /// A run that has not begun.
    pub fn new(
        start: RunStart,
        examples: Arc<dyn Examples>,
        learner: Box<dyn Learner>,
        validation: Vec<ExampleId>,
    ) -> Run {
        Run {
            start,
            examples,
            learner,
            validation,
            test: None,
            phase: Phase::Learning,
            under_way: UnderWay::default(),
            stopping: false,
            seconds: 0.0,
            flops: Some(0),
            learning_rate_factor: 1.0,
            outcome: None,
            best_step: 0,
            temperature: Temperature::default(),
            fitted_on: FittedOn::Nothing,
            opinions: Vec::new(),
            answers: Vec::new(),
            calibrated: Default::default(),
            looking: None,
            trial: None,
            tasks: Vec::new(),
        }
    }

    /// The same run, with these examples as its first test set. They are in ascending order.
    pub fn tested_on(self, test: Vec<ExampleId>) -> Run {
        Run { test: Some(test), ..self }
    }

    /// The same run without validation examples.
    pub fn unvalidated(self) -> Run {
        Run { validation: Vec::new(), ..self }
    }

    /// The same run as a trial of tuning.
    pub fn trying(self, trial: InTrial) -> Run {
        Run { trial: Some(trial), ..self }
    }

    /// What is left of an ended run while its model is in its checkpoint only.
    pub fn rest(self) -> Resting {
        Resting { start: self.start, opinions: self.opinions }
    }

    /// A run that was restored from its checkpoint, with what was left of it.
    pub fn woken(self, resting: Resting) -> Run {
        Run { opinions: resting.opinions, ..self }
    }

    /// Whether it is a trial of tuning.
    pub fn is_trial(&self) -> bool {
        self.trial.is_some()
    }

    /// Whether the run has ended.
    pub fn ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whether the run is still training, or validating in between.
    pub fn learning(&self) -> bool {
        matches!(self.phase, Phase::Learning | Phase::Validating)
    }

    /// Stops training before the next round; the tests still follow.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Makes the tasks of the next round.
    pub fn plan(&mut self) {
        self.tasks.clear();
        if self.stopping && self.learning() {
            self.outcome = Some(Outcome::Stopped);
            self.settle();
        }
        match self.phase {
            Phase::Learning => self.learner.plan(&mut self.tasks),
            Phase::Validating | Phase::Calibrating | Phase::Testing(_) => {
                self.tasks = self.chunks(CHUNKS_A_ROUND)
            }
            Phase::Ended => {}
        }
        for (part, task) in self.tasks.iter_mut().enumerate() {
            task.part = part;
        }
    }

    /// The next tasks of the evaluation in progress, `most` at most.
    fn chunks(&self, most: usize) -> Vec<Task> {
        let mut tasks = Vec::new();
        let mut rest = &self.under_way.documents[self.under_way.next..];
        while tasks.len() < most
            && let Some(&longest) = rest.first()
        {
            // The first document is the longest, because they are sorted.
            let tokens = self.learner.steps_through(longest).max(1);
            let count = (CHUNK_TOKENS / tokens).clamp(1, CHUNK).min(rest.len());
            let (chunk, others) = rest.split_at(count);
            tasks.push(Task::new(Kind::Classify, chunk.to_vec()));
            rest = others;
        }
        tasks
    }

    /// Whether the run can be evaluated again on a set to get the predictions: the run has ended, and it was restored
    /// from a checkpoint, which has no predictions.
    pub fn may_look_again(&self, set: &str) -> bool {
        self.ended() && self.opinions.iter().all(|(name, ..)| name != set) && self.examples_of(set).is_some()
    }

    /// The examples of the validation set or of a test set; `None` if there is no such set.
    fn examples_of(&self, set: &str) -> Option<Vec<ExampleId>> {
        if set == VALIDATION {
            return (!self.validation.is_empty()).then(|| self.validation.clone());
        }
        let tests = &self.examples.sets()[FIRST_TEST_SET..];
        let at = tests.iter().position(|(name, _)| name == set)?;
        Some(self.tested(FIRST_TEST_SET + at))
    }

    /// The examples of the test set at index `place` among all sets, ascending.
    pub fn tested(&self, place: usize) -> Vec<ExampleId> {
        let of_data = || self.examples.set(place).map(|example| example as ExampleId).collect();
        self.test.clone().filter(|_| place == FIRST_TEST_SET).unwrap_or_else(of_data)
    }

    /// Does a part of an evaluation of a run that [can be evaluated again](Run::may_look_again): one task per thread.
    /// True when nothing is left to do.
    pub fn look_again(&mut self, set: &str, workspaces: &mut [Workspace]) -> bool {
        if !self.may_look_again(set) {
            return true;
        }
        if self.looking.as_deref() != Some(set) {
            let Some(examples) = self.examples_of(set) else { return true };
            if self.looking.is_some() {
                self.learner.end_evaluation();
            }
            self.looking = Some(set.to_string());
            self.begin_evaluation(examples);
        }
        let mut tasks = self.chunks(workspaces.len());
        let run = &*self;
        let pairs = tasks.par_iter_mut().zip(workspaces.par_iter_mut());
        pairs.for_each(|(task, workspace)| run.compute(task, workspace));
        // The metrics were recorded when the run ended; only the predictions were missing.
        let over = self.take_evaluation(&tasks, set.to_string()).is_some();
        if over {
            self.looking = None;
        }
        over
    }

    /// Computes one task; any thread may do this.
    pub fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        let begun = Instant::now();
        match task.kind {
            Kind::Classify => {
                task.values.resize(task.documents.len() * self.examples.classes().len(), 0.0);
                self.learner.classify(&task.documents, workspace, &mut task.values);
            }
            Kind::Learn => self.learner.compute(task, workspace),
        }
        task.seconds = begun.elapsed().as_secs_f64();
    }

    /// Absorbs the results of the round's tasks, and pushes records of what happened to `tell`.
    pub fn finish_round(&mut self, tell: &mut Vec<Record>) {
        let before = tell.len();
        let mut tasks = std::mem::take(&mut self.tasks);
        match self.phase {
            Phase::Learning => self.learn(&mut tasks, tell),
            Phase::Validating => {
                if let Some(evaluation) = self.take_evaluation(&tasks, VALIDATION.to_string()) {
                    let cost = evaluation.cost(self.start.metric);
                    self.judge(&evaluation, cost);
                    tell.push(Record::Evaluation(evaluation));
                    tell.extend(self.arithmetic());
                    match self.learner.validated(cost) {
                        Advice::GoOn if self.outcome.is_none() => self.phase = Phase::Learning,
                        Advice::GoOn => self.settle(),
                        Advice::Stop => {
                            self.outcome.get_or_insert(Outcome::EarlyStop);
                            self.settle();
                        }
                    }
                }
            }
            Phase::Calibrating => {
                if self.take_held_out(&tasks) {
                    self.test(FIRST_TEST_SET);
                }
            }
            Phase::Testing(place) => {
                let name = self.examples.sets()[place].0.clone();
                if let Some(mut evaluation) = self.take_evaluation(&tasks, name.clone()) {
                    evaluation.step = self.best_step;
                    tell.push(Record::Evaluation(evaluation));
                    tell.push(self.answers(name.clone()));
                    tell.push(self.calibration(name));
                    self.test(place + 1);
                    if self.ended() {
                        tell.extend(self.layer_drift(self.best_step, true));
                        tell.extend(self.arithmetic());
                        tell.push(self.end());
                    }
                }
            }
            Phase::Ended => {}
        }
        tasks.clear();
        self.tasks = tasks;
        if self.is_trial() {
            // Only the result of a trial is recorded.
            tell.truncate(before);
            tell.extend(self.tried());
        }
    }

    /// Remembers the validation of a trial if its parameters would be kept.
    fn judge(&mut self, evaluation: &Evaluation, cost: f64) {
        let metric = self.start.metric.unwrap_or_default();
        if let Some(trial) = &mut self.trial
            && trial.best.is_none_or(|best| cost < best.cost)
        {
            let score = metric.of(&evaluation.confusion);
            trial.best = Some(Best { cost, score, loss: evaluation.loss });
        }
    }

    /// The result of a trial that has ended, once.
    fn tried(&mut self) -> Option<Record> {
        let ended = self.ended();
        let (steps, seconds) = (self.learner.steps(), self.seconds);
        let outcome = self.outcome.clone().unwrap_or(Outcome::Completed);
        let trial = self.trial.as_mut().filter(|trial| ended && !trial.told)?;
        trial.told = true;
        Some(Record::Trial(Trial {
            run: self.start.run,
            trial: trial.trial,
            fold: trial.fold,
            settings: trial.settings,
            score: trial.best.map(|best| best.score),
            loss: trial.best.map(|best| best.loss),
            outcome,
            steps,
            seconds,
        }))
    }

    fn learn(&mut self, tasks: &mut [Task], tell: &mut Vec<Record>) {
        let begun = Instant::now();
        let learned = self.learner.absorb(tasks, self.learning_rate_factor);
        self.flops = self.flops.map(|flops| flops + self.learner.flops());
        self.seconds += begun.elapsed().as_secs_f64() + tasks.iter().map(|task| task.seconds).sum::<f64>();
        let mut point = |mut point: StepPoint| {
            point.run = self.start.run;
            point.seconds = self.seconds;
            tell.push(Record::Step(point));
        };
        match learned {
            Learned::Preparing => {}
            Learned::Prepared => self.validate(),
            Learned::Going(step) => point(step),
            Learned::EpochOver(step) => {
                let (epoch, step_number) = (step.epoch, step.step);
                point(step);
                if self.drift_is_due(epoch, step_number) {
                    tell.extend(self.layer_drift(step_number, false));
                }
                self.validate();
            }
            Learned::Ended(step, outcome) => {
                step.into_iter().for_each(&mut point);
                let completed = outcome == Outcome::Completed;
                self.outcome = Some(outcome);
                // A last validation decides whether the parameters of the last epoch are kept.
                if completed && !self.validation.is_empty() { self.validate() } else { self.settle() }
            }
        }
    }

    /// Begins to evaluate the validation documents.
    fn validate(&mut self) {
        if self.validation.is_empty() {
            return;
        }
        self.phase = Phase::Validating;
        self.begin_evaluation(self.validation.clone());
    }

    /// Ends training: restores the best parameters, and fits the temperature before the tests.
    fn settle(&mut self) {
        self.best_step = self.learner.settle();
        if self.is_trial() {
            self.phase = Phase::Ended;
            return;
        }
        if let Some(OutOfFold { examples, probabilities }) = self.learner.out_of_fold() {
            self.temperature = self.fitted(examples, probabilities);
            self.fitted_on = FittedOn::OutOfFold(examples.len());
        } else if !self.validation.is_empty() {
            self.phase = Phase::Calibrating;
            return self.begin_evaluation(self.validation.clone());
        }
        self.test(FIRST_TEST_SET);
    }

    /// Fits the temperature on `probabilities (N, C)` of these examples.
    fn fitted(&self, examples: &[ExampleId], probabilities: &[f32]) -> Temperature {
        let labels: Vec<u32> = examples.iter().map(|&e| self.examples.labels()[e as usize]).collect();
        Temperature::fit(probabilities, &labels, self.examples.classes().len())
    }

    /// Collects the probabilities of the validation examples from `tasks`. When all are there, fits the temperature and
    /// returns true.
    fn take_held_out(&mut self, tasks: &[Task]) -> bool {
        for task in tasks {
            self.under_way.probabilities.extend_from_slice(&task.values);
            self.under_way.next += task.documents.len();
        }
        if self.under_way.next < self.under_way.documents.len() {
            return false;
        }
        let UnderWay { documents, probabilities, .. } = std::mem::take(&mut self.under_way);
        self.learner.end_evaluation();
        self.temperature = self.fitted(&documents, &probabilities);
        self.fitted_on = FittedOn::Validation(documents.len());
        true
    }

    /// The answers on `set`, which must be the set that was evaluated last.
    fn answers(&mut self, set: String) -> Record {
        let (predicted, probabilities): (Vec<u16>, Vec<u16>) =
            std::mem::take(&mut self.answers).into_iter().unzip();
        let [predicted, probabilities] = [predicted, probabilities].map(|values| Packed::new(&values));
        Record::Answers(Answers { run: self.start.run, set, predicted, probabilities })
    }

    /// The calibration of the probabilities on `set`, which must be the set that was evaluated last.
    fn calibration(&mut self, set: String) -> Record {
        let (reliability, loss) = std::mem::take(&mut self.calibrated);
        let [before, after] = reliability.map(|reliability| reliability.bins());
        let (run, temperature, fitted_on) = (self.start.run, self.temperature.into(), self.fitted_on);
        Record::Calibration(Calibration { run, set, temperature, fitted_on, loss, before, after })
    }

    /// A predictor with the current parameters and temperature.
    pub fn predictor(&mut self) -> Predictor<'_> {
        self.learner.predictor().at(self.temperature)
    }

    /// Begins to evaluate the set at index `place`, or ends the run if there is no such set.
    fn test(&mut self, place: usize) {
        if place < self.examples.sets().len() {
            self.phase = Phase::Testing(place);
            self.begin_evaluation(self.tested(place));
        } else {
            self.phase = Phase::Ended;
        }
    }

    fn begin_evaluation(&mut self, mut documents: Vec<ExampleId>) {
        documents.sort_by_key(|&d| std::cmp::Reverse(self.examples.length(d)));
        let classes = self.examples.classes().len();
        self.learner.begin_evaluation(&documents);
        self.under_way =
            UnderWay { documents, confusion: vec![vec![0; classes]; classes], ..UnderWay::default() };
    }

    /// Adds the results of tasks to the evaluation in progress. Returns the evaluation when it is complete.
    fn take_evaluation(&mut self, tasks: &[Task], set: String) -> Option<Evaluation> {
        let classes = self.examples.classes().len();
        let under_way = &mut self.under_way;
        // The validation loss has the class weights of the training loss, because it decides when to stop. A test loss
        // has none.
        let weights = self.learner.class_weights().filter(|_| set == VALIDATION);
        let mut calibrated = vec![0.0; classes];
        for task in tasks {
            for (&document, probabilities) in task.documents.iter().zip(task.values.chunks_exact(classes)) {
                let truth = self.examples.labels()[document as usize] as usize;
                let guess = argmax(probabilities);
                let weight = weights.map_or(1.0, |weights| weights.of(truth as u32));
                under_way.loss -= weight * f64::from(probabilities[truth].max(f32::MIN_POSITIVE)).ln();
                under_way.weight += weight;
                under_way.confusion[truth][guess] += 1;
                let (before, is_right) = (probabilities[guess], guess == truth);
                calibrated.copy_from_slice(probabilities);
                self.temperature.apply(&mut calibrated, classes);
                under_way.reliability[0].add(before, is_right);
                under_way.reliability[1].add(calibrated[guess], is_right);
                under_way.calibrated_loss -= f64::from(calibrated[truth].max(f32::MIN_POSITIVE)).ln();
                under_way.opinions.push((guess as u16, calibrated[guess]));
                under_way.true_probabilities.push(probability_code(calibrated[truth]));
            }
            under_way.next += task.documents.len();
        }
        if under_way.next < under_way.documents.len() {
            return None;
        }
        let under_way = std::mem::take(&mut self.under_way);
        self.learner.end_evaluation();
        let count = under_way.documents.len().max(1) as f64;
        self.calibrated = (under_way.reliability, under_way.calibrated_loss / count);
        let correct: u64 = (0..classes).map(|class| under_way.confusion[class][class]).sum();
        let answers = under_way.opinions.iter().zip(&under_way.true_probabilities);
        let mut answers: Vec<(ExampleId, (u16, u16))> = (under_way.documents.iter().copied())
            .zip(answers.map(|(opinion, &probability)| (opinion.0, probability)))
            .collect();
        answers.sort_unstable_by_key(|answer| answer.0);
        self.answers = answers.into_iter().map(|answer| answer.1).collect();
        self.opinions.retain(|(name, ..)| *name != set);
        self.opinions.push((set.clone(), under_way.documents, under_way.opinions));
        Some(Evaluation {
            run: self.start.run,
            step: self.learner.steps(),
            set,
            loss: under_way.loss / under_way.weight.max(f64::MIN_POSITIVE),
            accuracy: correct as f64 / count,
            confusion: under_way.confusion,
            seconds: self.seconds,
        })
    }

    /// The examples of a set with the true class `truth` and the predicted class `guess`, with the probability of the
    /// prediction, highest first; `None` if there are no predictions on the set.
    pub fn in_cell(&self, set: &str, truth: usize, guess: usize) -> Option<Vec<(f32, ExampleId)>> {
        let (_, ids, opinions) = self.opinions.iter().find(|(name, ..)| name == set)?;
        let labels = self.examples.labels();
        let mut found: Vec<(f32, ExampleId)> = (ids.iter().zip(opinions))
            .filter(|(id, (guessed, _))| {
                labels[**id as usize] as usize == truth && usize::from(*guessed) == guess
            })
            .map(|(&id, &(_, confidence))| (confidence, id))
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Some(found)
    }

    /// Whether the drift of layers is recorded at the end of this epoch, which is that of update `step`.
    fn drift_is_due(&self, epoch: f64, step: u64) -> bool {
        let done = epoch.round().max(1.0) as u64;
        let planned = self.start.planned_steps * done / step.max(1);
        !self.is_trial() && done.is_multiple_of(planned.div_ceil(DRIFTS).max(1))
    }

    /// How far the layers of a fine-tuned sentence encoder have moved; `None` of other models.
    fn layer_drift(&self, step: u64, kept: bool) -> Option<Record> {
        let encoders = self.learner.inside().encoder()?;
        let texts = (encoders.texts.len(), encoders.texts.iter().map(|text| text.len()).sum());
        let (run, layers) = (self.start.run, encoders.moved());
        Some(Record::LayerDrift(LayerDrift { run, step, kept, texts, layers }))
    }

    /// The floating-point operations so far.
    fn arithmetic(&self) -> Option<Record> {
        let (run, step) = (Some(self.start.run), self.learner.steps());
        self.flops.map(|flops| Record::Arithmetic(Arithmetic { run, step, flops }))
    }

    fn end(&self) -> Record {
        Record::RunEnd(RunEnd {
            run: self.start.run,
            outcome: self.outcome.clone().unwrap_or(Outcome::Completed),
            steps: self.learner.steps(),
            best_step: self.best_step,
            seconds: self.seconds,
            audit: self.learner.audit(),
        })
    }

    /// Seconds of training so far.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// An estimate of the fraction of the run's work that is done, with that of its trials.
    pub fn progress(&self) -> f64 {
        let own = match self.phase {
            Phase::Learning | Phase::Validating => {
                0.9 * (self.learner.steps() as f64 / self.start.planned_steps.max(1) as f64).min(1.0)
            }
            Phase::Calibrating => 0.9,
            Phase::Testing(_) => 0.95,
            Phase::Ended => 1.0,
        };
        match &self.trial {
            Some(trial) => (f64::from(trial.before()) + own) / f64::from(trial.tuning.trainings() + 1),
            None => own,
        }
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
