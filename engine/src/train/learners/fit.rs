//! Trains a linear classifier on fixed features to convergence.
//!
//! The features are computed once, a few examples at a time. Then L-BFGS minimises the convex loss, with a
//! regularisation that is chosen by cross-validation.

use std::sync::Arc;

use ndarray::Array2;

use crate::data::examples::{ExampleId, Examples};
use crate::session::metric::Metric;
use crate::session::record::StepPoint;
use crate::train::learner::OutOfFold;
use crate::train::task::{Kind, Task};
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::probe::validated::grid;
use crate::transfer::probe::{Features, Linear, Problem, Validated};
use crate::transfer::solving::Solving;

/// The number of tasks in a round that compute features.
const CHUNKS_A_ROUND: usize = 16;
/// The number of folds of the cross-validation.
const FOLDS: u32 = 5;
/// The approximate number of multiplications in a round. The number of iterations in a round depends on the size of
/// the problem and not on the clock, so the records are the same on every machine.
const WORK: usize = 6_000_000;
/// An estimate of the number of iterations, for the progress bar.
pub const ITERATIONS: u64 = 2_000;

/// How features are scaled before the classifier is regularised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// Each to the standard deviation one.
    Each,
    /// All by the same number, to the mean variance one. The weights of features that hardly vary stay small, so the
    /// classifier holds when training moves the features.
    Together,
}

/// A classifier in training.
pub struct Fit {
    train: Vec<ExampleId>,
    labels: Arc<[u32]>,
    classes: usize,
    weights: ClassWeights,
    /// The number of features of an example.
    width: usize,
    /// How many examples a task computes the features of.
    chunk: usize,
    seed: u64,
    /// The values of C that cross-validation chooses from.
    grid: Vec<f64>,
    /// The metric that it chooses by.
    metric: Metric,
    scaling: Scaling,
    /// What all features were multiplied by.
    factor: f32,
    /// The features computed so far, row by row.
    rows: Vec<f32>,
    solver: Option<Box<Validated>>,
    iterations: u64,
}

/// The result of a round.
pub enum Fitted {
    /// Features were computed, or regularisations were tried.
    Preparing,
    Going(StepPoint),
    /// The solver has converged: the classifier, and the probabilities of the training examples by models that did not
    /// see them.
    Over(Option<StepPoint>, Linear, OutOfFold),
}

impl Fit {
    /// A classifier that will be trained on `train`. Each example has `width` features; a task computes those of
    /// `chunk` examples. Without a `c`, cross-validation chooses it.
    pub fn new(
        train: Vec<ExampleId>,
        examples: &dyn Examples,
        (width, chunk): (usize, usize),
        Solving { class_weight, c, metric }: Solving,
        seed: u64,
    ) -> Fit {
        let labels: Arc<[u32]> = train.iter().map(|&example| examples.labels()[example as usize]).collect();
        let classes = examples.classes().len();
        let weights = ClassWeights::new(class_weight, &labels, classes);
        let (rows, solver) = (Vec::new(), None);
        // A single C is cross-validated too: this gives the probabilities that the temperature is fitted on.
        let grid = c.map_or_else(grid, |c| vec![c]);
        let (scaling, factor) = (Scaling::Each, 1.0);
        Fit {
            train,
            labels,
            classes,
            weights,
            width,
            chunk,
            seed,
            grid,
            metric,
            scaling,
            factor,
            rows,
            solver,
            iterations: 0,
        }
    }

    /// The same with features that are scaled like this.
    pub fn scaling(self, scaling: Scaling) -> Fit {
        Fit { scaling, ..self }
    }

    /// The training examples.
    pub fn train(&self) -> &[ExampleId] {
        &self.train
    }

    /// Pushes the tasks of the next round that compute features; none once all are computed.
    pub fn plan(&self, tasks: &mut Vec<Task>) {
        if self.solver.is_none() {
            let done = self.rows.len() / self.width.max(1);
            for examples in self.train[done..].chunks(self.chunk).take(CHUNKS_A_ROUND) {
                tasks.push(Task::new(Kind::Learn, examples.to_vec()));
            }
        }
    }

    /// Absorbs computed features; if there are no tasks, does a round of iterations. When all features are computed,
    /// `gathered` may remove a common component.
    pub fn absorb(&mut self, tasks: &[Task], gathered: impl FnOnce(Array2<f32>) -> Array2<f32>) -> Fitted {
        tasks.iter().for_each(|task| self.rows.extend_from_slice(&task.values));
        if self.solver.is_none() && self.rows.len() >= self.train.len() * self.width {
            // Every task computes complete rows, so the shape fits.
            let rows = Array2::from_shape_vec((self.train.len(), self.width), std::mem::take(&mut self.rows));
            let mut rows = gathered(rows.unwrap_or_default());
            if self.scaling == Scaling::Together {
                self.factor = to_variance_one(&rows);
                rows *= self.factor;
            }
            let features = Features::dense(rows);
            let problem = Problem::new(Arc::new(features), self.labels.clone(), self.classes);
            let problem = problem.weighted(self.weights.clone());
            let each = self.scaling == Scaling::Each;
            let solver = Validated::new(problem, self.grid.clone(), FOLDS, each, self.seed);
            self.solver = Some(Box::new(solver.by(self.metric)));
            return Fitted::Preparing;
        }
        match &mut self.solver {
            Some(solver) if tasks.is_empty() => {
                let point = round(solver, self.train.len(), self.classes);
                self.iterations = point.as_ref().map_or(self.iterations, |point| point.step);
                if solver.finished() {
                    let probabilities = solver.out_of_fold().unwrap_or_default().to_vec();
                    let out_of_fold = OutOfFold { examples: self.train.clone(), probabilities };
                    return Fitted::Over(point, unscaled(solver.linear(), self.factor), out_of_fold);
                }
                let told = point.filter(|point| !solver.choosing() && point.loss.is_finite());
                told.map_or(Fitted::Preparing, Fitted::Going)
            }
            _ => Fitted::Preparing,
        }
    }

    /// The number of iterations so far.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// The floating-point operations of the solver so far.
    pub fn flops(&self) -> u64 {
        self.solver.as_ref().map_or(0, |solver| solver.flops())
    }

    /// The classifier with the weights reached so far; `None` before all features are computed.
    pub fn reached(&self) -> Option<Linear> {
        self.solver.as_ref().map(|solver| unscaled(solver.linear(), self.factor))
    }
}

/// What brings the mean variance of the columns to one.
fn to_variance_one(rows: &Array2<f32>) -> f32 {
    let (count, mut sum) = (rows.nrows().max(1) as f64, 0.0);
    for column in rows.columns() {
        let mean = column.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        sum += column.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
    }
    let variance = sum / rows.ncols().max(1) as f64;
    if variance > 0.0 { variance.sqrt().recip() as f32 } else { 1.0 }
}

/// The classifier for features that were not multiplied by `factor`.
fn unscaled(mut linear: Linear, factor: f32) -> Linear {
    if factor != 1.0 {
        linear.weights.iter_mut().for_each(|weight| *weight *= f64::from(factor));
    }
    linear
}

/// Does a round of iterations on a problem of this size. Returns the last one; `None` if the solver had converged.
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
        layers: Box::default(),
    })
}
