//! Benchmarks: pieces of work that other programs also measure.
//!
//! The sizes are common ones: 20,000 words with vectors of 100 dimensions, documents of 200 words, batches of 64, 128
//! hidden units, 2 classes, Adam. A benchmark times what a session does, from the word ids of the documents to the
//! updated parameters.

mod beginning;
pub mod classifier;
pub mod data_in;
pub mod encoder;
pub mod images;
pub mod language_model;
pub mod neighbours;
pub mod peak;
pub mod predict;
pub mod skipgram;

use std::sync::Arc;
use std::time::Instant;

use crate::data::examples::{ExampleId, Examples};
use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::metric::Metric;
use crate::session::record::{Record, RunStart};
use crate::session::training::{ClassWeight, OptimizerChoice, Schedule};
use crate::train::learners::descent::Descent;
use crate::train::learners::settings::Settings;
use crate::train::learners::subject::Subject;
use crate::train::run::Run;
use crate::train::training::RunSet;

/// How often an inference benchmark can evaluate its test set.
const TESTS: usize = 100_000;

/// The speed of a piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// The unit that was counted, such as "tokens".
    pub unit: &'static str,
    /// Units a second, for each repetition.
    pub rates: Vec<f64>,
    /// The machine's limit, if it can be measured: the speed at which the same bytes can be read without computing
    /// anything else.
    pub limit: Option<f64>,
    /// The floating-point operations of the matrix products of a unit, counted from their shapes.
    pub operations: Option<f64>,
}

impl Speed {
    fn new(unit: &'static str, rates: Vec<f64>) -> Speed {
        Speed { unit, rates, limit: None, operations: None }
    }

    fn counted(self, operations: Option<f64>) -> Speed {
        Speed { operations, ..self }
    }

    /// The minimum, the median and the maximum speed.
    pub fn spread(&self) -> [f64; 3] {
        let mut sorted = self.rates.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        [at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1))]
    }
}

/// Decides when a measurement ends: after `seconds` seconds and at least five repetitions. If five repetitions take
/// longer, it ends after about twice that time.
struct Clock {
    begun: Instant,
    seconds: f64,
}

impl Clock {
    fn start(seconds: f64) -> Clock {
        Clock { begun: Instant::now(), seconds }
    }

    /// Whether the measurement ends after this many repetitions.
    fn over(&self, repetitions: usize) -> bool {
        let gone = self.begun.elapsed().as_secs_f64();
        let wanted = if repetitions < 5 { 2.0 * self.seconds + 1.0 } else { self.seconds };
        repetitions > 0 && gone >= wanted
    }
}

/// Measures `work` for `seconds` seconds. Returns the units a second of each repetition; one call of `work` processes
/// `count` units. One call before the measurement is not counted, and a second one if the first was short.
fn timed(seconds: f64, count: usize, mut work: impl FnMut()) -> Vec<f64> {
    let clock = Clock::start(seconds);
    work();
    if clock.begun.elapsed().as_secs_f64() < seconds / 5.0 {
        work();
    }
    let mut rates = Vec::new();
    while !clock.over(rates.len()) {
        let before = Instant::now();
        work();
        rates.push(count as f64 / before.elapsed().as_secs_f64());
    }
    rates
}

/// The number of calls a second of `first` and of `second`, which are called in turns. The memory bandwidth of a
/// machine varies from one second to the next; in turns, it affects both in the same way.
fn in_turns(seconds: f64, mut first: impl FnMut(), mut second: impl FnMut()) -> [Vec<f64>; 2] {
    let once = |work: &mut dyn FnMut()| {
        let before = Instant::now();
        work();
        before.elapsed().as_secs_f64().recip()
    };
    let clock = Clock::start(seconds);
    once(&mut first);
    once(&mut second);
    let mut rates = [Vec::new(), Vec::new()];
    while !clock.over(rates[0].len()) {
        rates[0].push(once(&mut first));
        rates[1].push(once(&mut second));
    }
    rates
}

/// Examples a second that a run trains on, with `count` examples per step.
fn learning(run: Run, count: usize, pool: &rayon::ThreadPool, seconds: f64) -> Vec<f64> {
    until(run, count, pool, seconds, |record| matches!(record, Record::Step(_)))
}

/// Examples a second that a run classifies, in test sets of `count` examples.
fn testing(mut run: Run, count: usize, pool: &rayon::ThreadPool, seconds: f64) -> Vec<f64> {
    run.stop();
    until(run, count, pool, seconds, |record| matches!(record, Record::Evaluation(_)))
}

/// Examples a second that a run processes. Each record for which `is_it` is true stands for `count` examples.
fn until(
    run: Run,
    count: usize,
    pool: &rayon::ThreadPool,
    seconds: f64,
    is_it: impl Fn(&Record) -> bool,
) -> Vec<f64> {
    let mut training = RunSet::default();
    training.live.push(run);
    let mut tell = Vec::new();
    timed(seconds, count, || {
        while !training.idle() && !tell.drain(..).any(|record| is_it(&record)) {
            training.step(pool, &mut tell);
        }
    })
}

/// Settings for a run that trains without end, with `batch` examples per step.
fn endless(batch: usize) -> Settings {
    Settings {
        optimizer: OptimizerChoice::Adam,
        learning_rate: 1e-3,
        head: None,
        schedule: Schedule::Constant,
        warm_up: 0.0,
        batch_size: batch,
        epochs: u64::MAX / 1_024,
        patience: u64::MAX,
        max_grad_norm: 0.0,
        discriminative: None,
        dropout: 0.0,
        class_weight: ClassWeight::None,
        max_tokens: usize::MAX,
        hidden: None,
        c: None,
        metric: Metric::default(),
    }
}

/// A run with these settings that trains on `train` and never evaluates on validation examples.
fn endless_run(
    method: Method,
    [trainable, total]: [usize; 2],
    train: Vec<ExampleId>,
    examples: Arc<dyn Examples>,
    subject: Box<dyn Subject>,
    settings: Settings,
) -> Run {
    let start = RunStart {
        run: 0,
        method,
        source: None,
        budget: Budget::All,
        labels: train.len(),
        validation: 0,
        seed: 1,
        trainable_parameters: trainable as u64,
        total_parameters: total as u64,
        batch: settings.batch_size,
        planned_steps: 0,
        optimizer: settings.optimizer(),
        metric: None,
        tuned: None,
        groups: Vec::new(),
    };
    Run::new(start, examples, Box::new(Descent::new(subject, settings, train, 1)), Vec::new())
}
