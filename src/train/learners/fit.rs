//! A linear classifier of features that do not move, trained to convergence.
//!
//! The features are computed once, a few examples at a time. Then L-BFGS goes to the minimum of the convex loss, with a
//! regularisation that is chosen by cross-validation.

use std::sync::Arc;

use ndarray::Array2;

use crate::data::examples::{ExampleId, Examples};
use crate::session::record::StepPoint;
use crate::train::learner::OutOfFold;
use crate::train::task::{Kind, Task};
use crate::transfer::probe::validated::grid;
use crate::transfer::probe::{Features, Linear, Problem, Validated};

/// Tasks of a round that make features.
const CHUNKS_A_ROUND: usize = 16;
/// Folds of the cross-validation.
const FOLDS: u32 = 5;
/// Multiplications of a round, about: the number of iterations follows from the size of the problem
/// and not from the clock, so that the records are the same on every machine.
const WORK: usize = 6_000_000;
/// Iterations there will be, about: for the progress bar.
pub const ITERATIONS: u64 = 2_000;

/// A classifier on its way to the minimum.
pub struct Fit {
    train: Vec<ExampleId>,
    labels: Arc<[u32]>,
    classes: usize,
    /// Features of an example,
    width: usize,
    /// and examples of a task that makes them.
    chunk: usize,
    seed: u64,
    /// Features so far, row by row.
    rows: Vec<f32>,
    solver: Option<Box<Validated>>,
    iterations: u64,
}

/// What a round came to.
pub enum Fitted {
    /// Features are made, or regularisations tried.
    Preparing,
    Going(StepPoint),
    /// It is at its minimum: the classifier, and the probabilities of the training examples by models that did not see them.
    Over(Option<StepPoint>, Linear, OutOfFold),
}

impl Fit {
    /// A classifier that will learn from `train`, of which an example has `width` features; they are made of `chunk`
    /// examples at a time.
    pub fn new(train: Vec<ExampleId>, examples: &dyn Examples, width: usize, chunk: usize, seed: u64) -> Fit {
        let labels = train.iter().map(|&example| examples.labels()[example as usize]).collect();
        let classes = examples.classes().len();
        Fit { train, labels, classes, width, chunk, seed, rows: Vec::new(), solver: None, iterations: 0 }
    }

    /// The examples that are learned from.
    pub fn train(&self) -> &[ExampleId] {
        &self.train
    }

    /// Pushes the tasks of the next round that make features; none once all are there.
    pub fn plan(&self, tasks: &mut Vec<Task>) {
        if self.solver.is_none() {
            let done = self.rows.len() / self.width.max(1);
            for examples in self.train[done..].chunks(self.chunk).take(CHUNKS_A_ROUND) {
                tasks.push(Task::new(Kind::Learn, examples.to_vec()));
            }
        }
    }

    /// Takes in the features of tasks, or where there are none makes a round of iterations. When all features are
    /// there, `gathered` may take out what they have in common.
    pub fn absorb(&mut self, tasks: &[Task], gathered: impl FnOnce(Array2<f32>) -> Array2<f32>) -> Fitted {
        tasks.iter().for_each(|task| self.rows.extend_from_slice(&task.values));
        if self.solver.is_none() && self.rows.len() >= self.train.len() * self.width {
            // Every task gave its rows whole, so the shape fits.
            let rows = Array2::from_shape_vec((self.train.len(), self.width), std::mem::take(&mut self.rows));
            let features = Features::dense(gathered(rows.unwrap_or_default()));
            let problem = Problem::new(Arc::new(features), self.labels.clone(), self.classes);
            self.solver = Some(Box::new(Validated::new(problem, grid(), FOLDS, true, self.seed)));
            return Fitted::Preparing;
        }
        match &mut self.solver {
            Some(solver) if tasks.is_empty() => {
                let point = round(solver, self.train.len(), self.classes);
                self.iterations = point.as_ref().map_or(self.iterations, |point| point.step);
                if solver.finished() {
                    let probabilities = solver.out_of_fold().unwrap_or_default().to_vec();
                    let out_of_fold = OutOfFold { examples: self.train.clone(), probabilities };
                    return Fitted::Over(point, solver.linear(), out_of_fold);
                }
                let told = point.filter(|point| !solver.choosing() && point.loss.is_finite());
                told.map_or(Fitted::Preparing, Fitted::Going)
            }
            _ => Fitted::Preparing,
        }
    }

    /// Iterations made.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// What was reached up to now, if anything.
    pub fn reached(&self) -> Option<Linear> {
        self.solver.as_ref().map(|solver| solver.linear())
    }
}

/// Makes a round of iterations on a problem of so many examples; the last of them.
fn round(solver: &mut Validated, examples: usize, classes: usize) -> Option<StepPoint> {
    let size = solver.features().len() * solver.features().width() * classes * 4;
    let mut last = None;
    for _ in 0..(WORK / size.max(1)).clamp(1, 1_000) {
        match solver.step() {
            Some(progress) => last = Some(progress),
            None => break,
        }
    }
    last.map(|last| StepPoint {
        run: 0,
        step: last.iteration,
        epoch: last.iteration as f64,
        samples: last.iteration * examples as u64,
        loss: last.loss,
        gradient: last.gradient,
        learning_rate: 0.0,
        seconds: 0.0,
    })
}
