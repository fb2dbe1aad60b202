//! A run: the training of one method with one budget and seed, as a state machine that advances in rounds.
//!
//! In each round a live run does one bounded step: one update, or a part of an evaluation. The step is divided into
//! tasks. Their number and content depend only on the data and the recipe, so any thread may do any task; the results
//! are absorbed in the order of the tasks. A [`Learner`] does the training. The run keeps the time, evaluates, stops
//! early and reports.

mod evaluating;
mod kept;
mod state;
mod steered;

use std::sync::Arc;
use std::time::Instant;

use crate::data::examples::{ExampleId, Examples, FIRST_TEST_SET};
use crate::session::calibration::FittedOn;
use crate::session::layer_drift::LayerDrift;
use crate::session::record::{
    Arithmetic, Evaluation, Outcome, Record, RunEnd, RunStart, StepPoint, Trial, VALIDATION,
};
use crate::transfer::calibration::Temperature;
use crate::transfer::predictor::Predictor;

pub use self::state::{InTrial, Opinions, Phase, Resting, Run, RunState};

use self::state::{Best, UnderWay};
use super::learner::{Advice, Learned, Learner, OutOfFold};
use super::task::{Kind, Task, Workspace};

/// The largest number of evaluation tasks in a round, so that no run delays the others for long.
const CHUNKS_A_ROUND: usize = 8;

/// How often the drift of layers is recorded over a whole run, about, besides once at its end.
const DRIFTS: u64 = 16;

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
            rounds: Some(0),
            looked_at: 0,
            steered: Default::default(),
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
        self.steer_now();
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

    /// The examples of the test set at index `place` among all sets, ascending.
    pub fn tested(&self, place: usize) -> Vec<ExampleId> {
        let of_data = || self.examples.set(place).map(|example| example as ExampleId).collect();
        self.test.clone().filter(|_| place == FIRST_TEST_SET).unwrap_or_else(of_data)
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
        self.rounds = self.rounds.map(|rounds| rounds + 1);
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
        let learned = self.learner.absorb(tasks, self.learning_rate_factor * self.steered.factor);
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

    /// A predictor with the current parameters and temperature.
    pub fn predictor(&mut self) -> Predictor<'_> {
        self.learner.predictor().at(self.temperature)
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
}
