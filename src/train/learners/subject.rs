//! What a descent moves: a model together with the examples that it reads.

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{GroupRates, Optimizer};
use crate::rng::Moment;
use crate::session::training::OptimizerChoice;
use crate::train::learner::{Evaluate, Inspect};
use crate::train::task::Workspace;
use crate::transfer::unfreezing::Groups;

/// A shard of a batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchShard<'a> {
    pub examples: &'a [ExampleId],
    /// Examples of the whole batch.
    pub batch: usize,
    /// Which shard of which batch it is.
    pub moment: Moment,
}

/// A model with the examples that it reads.
pub trait Subject: Parameters + LinearTop + Evaluate + Inspect {
    /// The examples.
    fn examples(&self) -> &dyn Examples;
    /// Examples of a shard: small enough that no task takes long.
    fn shard(&self, train: &[ExampleId]) -> usize;
    /// Brings up to date what the gradient of this batch needs.
    fn prepare(&mut self, optimizer: &mut Optimizer<f32>, batch: &[ExampleId]);
    /// The loss of a shard, summed, and the gradient of the batch's mean as far as the shard goes.
    fn loss_and_gradient(
        &self,
        shard: BatchShard,
        gradient: &mut Gradient<f32>,
        workspace: &mut Workspace,
    ) -> f64;
    /// Its parameters group by group from the top down, for strategies that do not move them all alike.
    fn groups(&self) -> Groups;
    /// Only the first so many of its groups move from now on: for the others no gradient is needed.
    fn move_groups(&mut self, moving: usize);
}

/// The parameters that a descent moves.
pub trait Parameters {
    /// An optimizer for them.
    fn optimizer(&self, algorithm: OptimizerChoice) -> Optimizer<f32>;
    /// A gradient of zeros.
    fn gradient(&self) -> Gradient<f32>;
    /// Takes a step; with `group_rates` parameters do not all move alike.
    fn step(
        &mut self,
        optimizer: &mut Optimizer<f32>,
        gradient: &Gradient<f32>,
        learning_rate: f32,
        group_rates: Option<&GroupRates>,
    );
    /// Does what the optimizer put off.
    fn settle(&mut self, optimizer: &mut Optimizer<f32>);
    /// Everything that is kept of them.
    fn tensors(&self) -> Vec<Tensor<'_, f32>>;
    /// Goes to kept tensors.
    ///
    /// # Errors
    /// When one is missing or of another shape.
    fn load<'a>(&mut self, find: &dyn Fn(&str) -> Option<Values<'a, f32>>) -> Result<()>;
}

/// The linear classifier on top, which can be trained to convergence before the descent begins (LP-FT).
pub trait LinearTop {
    /// Features that it reads of an example, and examples of a task that makes them, if it is all that is new in a
    /// transferred model; `None` otherwise.
    fn only_linear_is_new(&self) -> Option<(usize, usize)>;
    /// These features `(B, F)` of examples, row by row, before anything has moved.
    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>);
    /// Sets it: `weight (C, F)`, then `bias (C)`.
    fn set_linear(&mut self, linear: &[f32]);
}
