//! A pre-trained source with the examples of a task: makes the learner of a run from its method.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::{Error, Result};
use crate::session::method::Method;

use super::learner::Learner;
use super::learners::linear_probe::{LinearProbe, Under};
use super::learners::settings::Settings;
use super::tunable::Tunable;

/// The name of a solver for a convex problem, in place of an optimizer's.
pub fn solved(c: Option<f64>) -> String {
    c.map_or("L-BFGS, C by cross-validation".into(), |c| format!("L-BFGS, C {c}"))
}

/// The examples of a run, and how it is trained on them.
pub struct Drawn {
    pub train: Vec<ExampleId>,
    /// Examples for early stopping.
    pub validation: Vec<ExampleId>,
    pub settings: Settings,
    /// The seed of the run's random streams.
    pub seed: u64,
}

impl Drawn {
    /// All labels of the budget, for methods without early stopping.
    pub fn all(&self) -> Vec<ExampleId> {
        [&self.train[..], &self.validation].concat()
    }
}

/// A learner that is ready to begin, and its description for the records.
pub struct Prepared {
    pub learner: Box<dyn Learner>,
    /// The number of trainable parameters, and of all parameters.
    pub parameters: (u64, u64),
    /// The largest number of steps; an estimate for a solver.
    pub planned_steps: u64,
    /// Batch size; 0 for a solver, which uses all examples at once.
    pub batch_size: usize,
    /// The optimizer and the learning rate, as a phrase: "Adam 0.001".
    pub optimizer: String,
}

impl Prepared {
    /// A learner that is a solver, which uses no early stopping.
    pub fn solver(
        learner: impl Learner + 'static,
        parameters: (u64, u64),
        planned_steps: u64,
        optimizer: &str,
    ) -> Prepared {
        let optimizer = optimizer.to_string();
        Prepared { learner: Box::new(learner), parameters, planned_steps, batch_size: 0, optimizer }
    }

    /// A linear classifier on fixed features, which will be trained to convergence on `train`.
    pub fn probe(features: Box<dyn Under>, train: Vec<ExampleId>, drawn: &Drawn) -> Prepared {
        let Settings { class_weight, c, .. } = drawn.settings;
        let probe = LinearProbe::new(features, train, drawn.settings.solving(), drawn.seed);
        let (parameters, steps) = (probe.parameters(), probe.planned_steps());
        Prepared::solver(probe, parameters, steps, &class_weight.beside(solved(c)))
    }

    /// Whether it is trained in batches by gradient descent, so that validation examples may stop it early.
    pub fn descends(&self) -> bool {
        self.batch_size > 0
    }
}

/// The error for a method that cannot be trained on these examples.
pub fn not_for(method: impl Into<Method>, examples: &str) -> Error {
    let problem = format!("{} cannot learn from {examples}", method.into());
    Error::request(problem, "leave it out of the `methods`")
}

/// A pre-trained source with the examples of a task.
pub trait Pretrained: Send + Sync {
    /// The examples.
    fn examples(&self) -> Arc<dyn Examples>;
    /// The settings of `method` that tuning may change.
    fn tunable(&self, method: Method) -> Tunable;
    /// Prepares the learner of `method` for the drawn examples.
    ///
    /// # Errors
    /// When the source or the data do not allow the method.
    fn prepare(&mut self, method: Method, drawn: Drawn) -> Result<Prepared>;
}
