//! Pieces of work whose speed can be measured: the ones that other programs are measured by.
//!
//! Sizes are those of a common comparison: 20,000 words of 100 numbers, documents of 200 words, batches of 64, 128
//! units, 2 classes, Adam. What is timed is what a session does, from the documents' word numbers to the updated
//! parameters.

mod beginning;
pub mod classifier;
pub mod images;
pub mod language_model;
pub mod neighbours;
pub mod predict;
pub mod skipgram;

use std::sync::Arc;
use std::time::Instant;

use crate::data::examples::{ExampleId, Examples};
use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::record::{Record, RunStart};
use crate::session::training::{OptimizerChoice, Schedule};
use crate::train::learners::descent::Descent;
use crate::train::learners::settings::Settings;
use crate::train::learners::subject::Subject;
use crate::train::run::Run;
use crate::train::training::RunSet;

/// How often inference can go through a test set.
const TESTS: usize = 100_000;

/// How fast a piece of work went.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// What was counted.
    pub unit: &'static str,
    /// How many of them a second, of each repetition.
    pub rates: Vec<f64>,
    /// What the machine could do at the most, where that can be measured: the same number of bytes read and nothing
    /// done with them.
    pub limit: Option<f64>,
}

impl Speed {
    /// The least, the median and the largest speed.
    pub fn spread(&self) -> [f64; 3] {
        let mut sorted = self.rates.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        [at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1))]
    }
}

/// When a measurement is over: after its seconds, and five repetitions at the least, for which it may take as long again.
struct Clock {
    begun: Instant,
    seconds: f64,
}

impl Clock {
    fn start(seconds: f64) -> Clock {
        Clock { begun: Instant::now(), seconds }
    }

    /// Whether there is no time for one more repetition after so many.
    fn over(&self, repetitions: usize) -> bool {
        let gone = self.begun.elapsed().as_secs_f64();
        let wanted = if repetitions < 5 { 2.0 * self.seconds + 1.0 } else { self.seconds };
        repetitions > 0 && gone >= wanted
    }
}

/// How many things a second `work` does, which does `count` at a time, after two times that are not counted, or one where that takes
/// long: for so many seconds.
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

/// How many times a second each of two pieces of work was done, in turns: what the machine's memory gives moves
/// from one second to the next, and moves for both alike.
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

/// How many examples a second a run learns from, `count` a step.
fn learning(run: Run, count: usize, pool: &rayon::ThreadPool, seconds: f64) -> Vec<f64> {
    until(run, count, pool, seconds, |record| matches!(record, Record::Step(_)))
}

/// How many examples a second a run classifies, in test sets of `count` each.
fn testing(mut run: Run, count: usize, pool: &rayon::ThreadPool, seconds: f64) -> Vec<f64> {
    run.stop();
    until(run, count, pool, seconds, |record| matches!(record, Record::Evaluation(_)))
}

/// How many examples a second a run goes through, `count` for each record that `is_it` waits for.
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

/// Settings with which a run learns from `batch` examples a step without an end.
fn endless(batch: usize) -> Settings {
    Settings {
        optimizer: OptimizerChoice::Adam,
        learning_rate: 1e-3,
        schedule: Schedule::Constant,
        warm_up: 0.0,
        batch_size: batch,
        epochs: u64::MAX / 1_024,
        patience: u64::MAX,
        max_grad_norm: 0.0,
        discriminative: None,
        dropout: 0.0,
        max_tokens: usize::MAX,
    }
}

/// A run of such settings that learns from `train` and never looks at validation examples.
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
    };
    Run::new(start, examples, Box::new(Descent::new(subject, settings, train, 1)), Vec::new())
}
