//! Logistic regression on fixed features, trained to convergence.
//!
//! The features may be document vectors, the outputs of a network's fixed layers, or pixels. They are computed once,
//! and the regularisation is chosen by cross-validation. All labels of the budget are used for training.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::data::examples::{ExampleId, Examples};
use crate::error::{Error, Result};
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome};
use crate::train::learner::{Evaluate, Inside, Inspect, Learned, Learner, OutOfFold, Resume};
use crate::train::task::{Task, Workspace};
use crate::transfer::predictor::Predictor;
use crate::transfer::probe::Linear;
use crate::transfer::solving::Solving;

use super::fit::{Fit, Fitted, ITERATIONS};

/// Fixed features of examples.
pub trait Features: Send + Sync {
    /// The number of features of an example.
    fn width(&self) -> usize;
    /// How many examples a task computes the features of.
    fn chunk(&self) -> usize;
    /// The number of sequential steps to compute an example's features; 0 where there are none.
    fn steps(&self) -> usize;
    /// Computes the features of examples, row by row.
    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>);
    /// The floating-point operations of [`features`](Features::features).
    fn flops(&self, examples: &[ExampleId]) -> u64;
    /// Called when the features of all training examples are known, in order. It may remove a common component from
    /// these rows and from all later ones.
    fn gathered(&mut self, rows: Array2<f32>) -> Array2<f32> {
        rows
    }
    /// Whether [`gathered`](Features::gathered) removes a common component.
    fn has_common(&self) -> bool {
        false
    }
}

/// The model below a linear classifier.
pub trait Under: Features {
    /// The examples.
    fn examples(&self) -> &dyn Examples;
    /// The number of parameters besides those of the classifier.
    fn parameters(&self) -> u64;
    /// A predictor for new examples with the classifier `linear`, which is `None` before training.
    fn predictor<'a>(&'a self, linear: Option<&'a Linear>) -> Predictor<'a>;
    /// Compares the transferred parameters with their initial values.
    fn audit(&self) -> Audit;
    /// The parts of the model that screens show.
    fn inside(&self) -> Inside<'_>;
}

/// A linear classifier in training.
pub struct LinearProbe {
    source: Box<dyn Under>,
    stage: Stage,
    iterations: u64,
    flops: u64,
    out_of_fold: Option<OutOfFold>,
}

enum Stage {
    Learning(Box<Fit>),
    /// Training is over, with the weights that were reached, if any.
    Over(Option<Linear>),
}

/// The state of a trained classifier in a checkpoint. Everything else is computed again from the examples.
#[derive(Serialize, Deserialize)]
struct State {
    iterations: u64,
    weights: Vec<f64>,
    bias: Vec<f64>,
}

impl LinearProbe {
    /// A classifier that will be trained on `train`. Without a C, cross-validation chooses it.
    pub fn new(source: Box<dyn Under>, train: Vec<ExampleId>, solving: Solving, seed: u64) -> LinearProbe {
        let shape = (source.width(), source.chunk());
        let fit = Fit::new(train, source.examples(), shape, solving, seed);
        LinearProbe {
            source,
            stage: Stage::Learning(Box::new(fit)),
            iterations: 0,
            flops: 0,
            out_of_fold: None,
        }
    }

    /// An estimate of the number of iterations, for the progress bar.
    pub fn planned_steps(&self) -> u64 {
        ITERATIONS
    }

    /// The number of trainable parameters, and of all parameters.
    pub fn parameters(&self) -> (u64, u64) {
        let learned = (self.outputs() * (self.source.width() + 1)) as u64;
        (learned, learned + self.source.parameters())
    }

    fn classes(&self) -> usize {
        self.source.examples().classes().len()
    }

    fn outputs(&self) -> usize {
        if self.classes() == 2 { 1 } else { self.classes() }
    }

    /// The trained classifier; `None` while it is trained.
    fn linear(&self) -> Option<&Linear> {
        match &self.stage {
            Stage::Over(linear) => linear.as_ref(),
            Stage::Learning(_) => None,
        }
    }
}

impl Learner for LinearProbe {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if let Stage::Learning(fit) = &self.stage {
            fit.plan(tasks);
        }
    }

    fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        self.source.features(&task.documents, workspace, &mut task.values);
    }

    fn absorb(&mut self, tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        let Stage::Learning(fit) = &mut self.stage else { return Learned::Ended(None, Outcome::Completed) };
        let before = fit.flops();
        let fitted = fit.absorb(tasks, |rows| self.source.gathered(rows));
        let features: u64 = tasks.iter().map(|task| self.source.flops(&task.documents)).sum();
        self.flops = features + fit.flops() - before;
        self.iterations = fit.iterations();
        match fitted {
            Fitted::Preparing => Learned::Preparing,
            Fitted::Going(point) => Learned::Going(point),
            Fitted::Over(point, line, out_of_fold) => {
                self.out_of_fold = Some(out_of_fold);
                self.stage = Stage::Over(Some(line));
                Learned::Ended(point, Outcome::Completed)
            }
        }
    }

    fn settle(&mut self) -> u64 {
        // If training is stopped early, the weights reached so far are used.
        if let Stage::Learning(fit) = &self.stage {
            self.stage = Stage::Over(fit.reached());
        }
        self.iterations
    }

    fn steps(&self) -> u64 {
        self.iterations
    }

    fn flops(&self) -> u64 {
        self.flops
    }

    fn out_of_fold(&self) -> Option<&OutOfFold> {
        self.out_of_fold.as_ref()
    }
}

impl Evaluate for LinearProbe {
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        let classes = self.classes();
        let Some(linear) = self.linear() else { return out.fill(1.0 / classes as f32) };
        let mut rows = Vec::new();
        let chunk = self.source.chunk();
        for (examples, out) in examples.chunks(chunk).zip(out.chunks_mut(chunk * classes)) {
            self.source.features(examples, workspace, &mut rows);
            let rows = rows.chunks_exact(self.source.width().max(1));
            rows.zip(out.chunks_exact_mut(classes)).for_each(|(row, out)| linear.answer(row, out));
        }
    }

    fn steps_through(&self, _example: ExampleId) -> usize {
        self.source.steps()
    }
}

impl Inspect for LinearProbe {
    fn predictor(&mut self) -> Predictor<'_> {
        self.source.predictor(self.linear())
    }

    fn audit(&self) -> Audit {
        self.source.audit()
    }

    fn inside(&self) -> Inside<'_> {
        self.source.inside()
    }
}

impl Resume for LinearProbe {
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // During training there is no checkpoint: repeating the work reaches the same minimum, with the same bits.
        let Stage::Over(Some(linear)) = &self.stage else { return None };
        let state =
            State { iterations: self.iterations, weights: linear.weights.clone(), bias: linear.bias.clone() };
        Some((ron::to_string(&state).ok()?, Vec::new()))
    }

    fn restore(&mut self, state: &str, _tensors: Tensors) -> Result<()> {
        let (classes, outputs, width) = (self.classes(), self.outputs(), self.source.width());
        let fits = |state: &State| state.bias.len() == outputs && state.weights.len() == outputs * width;
        let state: State = ron::from_str(state)
            .ok()
            .filter(fits)
            .ok_or_else(|| Error::request("a checkpoint of solved features does not fit its run", ""))?;
        if let (Stage::Learning(fit), true) = (&self.stage, self.source.has_common()) {
            let (train, mut rows) = (fit.train(), Vec::new());
            self.source.features(train, &mut Workspace::default(), &mut rows);
            let shape = (train.len(), width);
            self.source.gathered(Array2::from_shape_vec(shape, rows).unwrap_or_default());
        }
        self.iterations = state.iterations;
        let (weights, bias) = (state.weights, state.bias);
        self.stage = Stage::Over(Some(Linear { classes, weights, bias }));
        Ok(())
    }
}
