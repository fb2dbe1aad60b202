//! What a source came to, with the examples of a task: from a method to a way of learning.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::{Error, Result};
use crate::session::method::Method;

use super::learner::Learner;
use super::learners::settings::Settings;

/// How solvers of a convex problem learn, in words.
pub const SOLVED: &str = "L-BFGS, C by cross-validation";

/// What a run learns from, what stops it, and how it is trained.
pub struct Drawn {
    pub train: Vec<ExampleId>,
    /// Examples whose loss stops the run early.
    pub validation: Vec<ExampleId>,
    pub settings: Settings,
    /// What the run's random streams begin from.
    pub seed: u64,
}

impl Drawn {
    /// All labels of the budget, for what nothing stops early.
    pub fn all(&self) -> Vec<ExampleId> {
        [&self.train[..], &self.validation].concat()
    }
}

/// A way of learning, ready to begin, and what is told of it.
pub struct Prepared {
    pub learner: Box<dyn Learner>,
    /// Parameters that are learned, and all that the model uses.
    pub parameters: (u64, u64),
    /// Steps at the most; of a solver, about so many.
    pub planned_steps: u64,
    /// Examples a step; 0 for a solver, which takes all at once.
    pub batch_size: usize,
    /// How it learns, in words: "Adam 0.001".
    pub optimizer: String,
}

impl Prepared {
    /// A solver: no validation example stops it.
    pub fn solver(
        learner: impl Learner + 'static,
        parameters: (u64, u64),
        planned_steps: u64,
        optimizer: &str,
    ) -> Prepared {
        let optimizer = optimizer.to_string();
        Prepared { learner: Box::new(learner), parameters, planned_steps, batch_size: 0, optimizer }
    }

    /// Whether it goes down batch by batch, and validation examples may stop it.
    pub fn descends(&self) -> bool {
        self.batch_size > 0
    }
}

/// The error of a method that cannot learn from these examples.
pub fn not_for(method: impl Into<Method>, examples: &str) -> Error {
    let problem = format!("{} cannot learn from {examples}", method.into());
    Error::request(problem, "leave it out of the `methods`")
}

/// What a source came to, with the examples of a task.
pub trait Pretrained: Send + Sync {
    /// The examples.
    fn examples(&self) -> Arc<dyn Examples>;
    /// The way in which `method` learns from what was drawn.
    ///
    /// # Errors
    /// When the source or the data do not allow it.
    fn prepare(&mut self, method: Method, drawn: Drawn) -> Result<Prepared>;
}
