//! Learners without training: the model is computed from counts, or transferred unchanged.

use crate::data::examples::ExampleId;
use crate::error::Result;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome};
use crate::train::learner::{Evaluate, Inside, Inspect, Learned, Learner, OutOfFold, Resume};
use crate::train::task::{Task, Workspace};
use crate::transfer::predictor::Predictor;

/// A learner that is complete from the beginning.
pub struct Untrained<A>(pub A);

impl<A: Evaluate + Inspect> Learner for Untrained<A> {
    fn plan(&mut self, _tasks: &mut Vec<Task>) {}

    fn compute(&self, _task: &mut Task, _workspace: &mut Workspace) {}

    fn absorb(&mut self, _tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        Learned::Ended(None, Outcome::Completed)
    }

    fn settle(&mut self) -> u64 {
        0
    }

    fn steps(&self) -> u64 {
        0
    }

    fn flops(&self) -> u64 {
        0
    }

    fn out_of_fold(&self) -> Option<&OutOfFold> {
        None
    }
}

impl<A: Evaluate> Evaluate for Untrained<A> {
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        self.0.classify(examples, workspace, out);
    }

    fn steps_through(&self, example: ExampleId) -> usize {
        self.0.steps_through(example)
    }
}

impl<A: Inspect> Inspect for Untrained<A> {
    fn predictor(&mut self) -> Predictor<'_> {
        self.0.predictor()
    }

    fn audit(&self) -> Audit {
        self.0.audit()
    }

    fn inside(&self) -> Inside<'_> {
        self.0.inside()
    }
}

impl<A> Resume for Untrained<A> {
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        Some((String::new(), Vec::new()))
    }

    fn restore(&mut self, _state: &str, _tensors: Tensors) -> Result<()> {
        Ok(())
    }
}
