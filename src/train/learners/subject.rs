//! What a descent moves: a model together with the examples that it reads.

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::models::image_network::ImageNetwork;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{GroupRates, Optimizer};
use crate::rng::Moment;
use crate::session::record::Audit;
use crate::session::training::OptimizerChoice;
use crate::train::protocol::event::Guess;
use crate::train::run::LearnedVectors;
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

/// A model with the examples that it reads, as far as a descent has to know them.
pub trait Subject: Send + Sync {
    /// The examples.
    fn examples(&self) -> &dyn Examples;
    /// Examples of a shard: small enough that no task takes long.
    fn shard(&self, train: &[ExampleId]) -> usize;
    /// An optimizer for its parameters.
    fn optimizer(&self, algorithm: OptimizerChoice) -> Optimizer<f32>;
    /// A gradient of zeros.
    fn gradient(&self) -> Gradient<f32>;
    /// This batch will be learned from.
    fn prepare(&mut self, _optimizer: &mut Optimizer<f32>, _batch: &[ExampleId]) {}
    /// The loss of a shard, summed, and the gradient of the batch's mean as far as the shard goes.
    fn loss_and_gradient(
        &self,
        shard: BatchShard,
        gradient: &mut Gradient<f32>,
        workspace: &mut Workspace,
    ) -> f64;
    /// Takes a step.
    fn step(&mut self, optimizer: &mut Optimizer<f32>, gradient: &Gradient<f32>, learning_rate: f32);
    /// Its parameters group by group, for strategies that do not move them all alike.
    fn groups(&self) -> Groups {
        Groups::default()
    }
    /// Only the first so many of its groups move from now on: for the others no gradient is needed.
    fn move_groups(&mut self, _moving: usize) {}
    /// Takes a step in which parameters do not all move alike.
    fn step_at(
        &mut self,
        optimizer: &mut Optimizer<f32>,
        gradient: &Gradient<f32>,
        learning_rate: f32,
        _pace: &GroupRates,
    ) {
        self.step(optimizer, gradient, learning_rate);
    }
    /// Features that the line between the classes reads of an example, and examples of a task that makes them, if that
    /// line is all that is new; `None` otherwise.
    fn probe(&self) -> Option<(usize, usize)> {
        None
    }
    /// These features `(B, F)` of examples, row by row, before anything has moved.
    fn features(&self, _examples: &[ExampleId], _workspace: &mut Workspace, _rows: &mut Vec<f32>) {}
    /// Sets that line: `weight (C, F)`, then `bias (C)`.
    fn set_line(&mut self, _line: &[f32]) {}
    /// Does what the optimizer put off.
    fn settle(&mut self, _optimizer: &mut Optimizer<f32>) {}
    /// Everything that is kept of the model.
    fn tensors(&self) -> Vec<Tensor<'_, f32>>;
    /// Goes to kept tensors.
    ///
    /// # Errors
    /// When one is missing or of another shape.
    fn load<'a>(&mut self, find: &dyn Fn(&str) -> Option<Values<'a, f32>>) -> Result<()>;
    /// Probabilities `(B, C)` of these examples, row by row.
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, probabilities: &mut [f32]);
    /// These examples will be classified, and nothing is learned until [`Subject::end_evaluation`].
    fn begin_evaluation(&mut self, _examples: &[ExampleId]) {}
    /// Lets go of what [`Subject::begin_evaluation`] made.
    fn end_evaluation(&mut self) {}
    /// Steps that are taken through an example one after another; 0 where there are none.
    fn steps_through(&self, _example: ExampleId) -> usize {
        0
    }
    /// Probabilities and word contributions of a text, if texts are what it reads.
    fn explain(&self, _words: &[String], _workspace: &mut Workspace) -> Option<Guess> {
        None
    }
    /// Probabilities of an image as the network sees it, if images are what it reads.
    fn classify_prepared(&self, _prepared: &[f32], _workspace: &mut Workspace) -> Option<Vec<f32>> {
        None
    }
    /// The image network, if it is one.
    fn network(&self) -> Option<&ImageNetwork<f32>> {
        None
    }
    /// What became of the transferred parameters.
    fn audit(&self) -> Audit;
    /// The learned word vectors, where there are any.
    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        None
    }
}
