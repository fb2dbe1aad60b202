//! What gradient descent trains: a model together with its examples.

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{GroupRates, Optimizer};
use crate::rng::Moment;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::training::OptimizerChoice;
use crate::train::learner::{Carried, Evaluate, Inspect};
use crate::train::task::Workspace;
use crate::transfer::unfreezing::Groups;

use super::by_hand::LayerGroup;
use super::fit::Scaling;
use super::tensors::{find, kept};

/// A shard of a batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchShard<'a> {
    pub examples: &'a [ExampleId],
    /// The number of examples in the whole batch.
    pub batch: usize,
    /// The weight of each class in the loss, `(C)`.
    pub weights: &'a [f64],
    /// Identifies the batch and the shard, for random streams.
    pub moment: Moment,
}

/// A model together with its examples.
pub trait Subject: Parameters + LinearTop + Evaluate + Inspect {
    /// The examples.
    fn examples(&self) -> &dyn Examples;
    /// The number of examples in a shard; small enough that no task takes long.
    fn shard(&self, train: &[ExampleId]) -> usize;
    /// Applies pending updates to the parameters that the gradient of this batch depends on.
    fn prepare(&mut self, optimizer: &mut Optimizer<f32>, batch: &[ExampleId]);
    /// Computes the loss of a shard, summed over its examples and multiplied by the weights of their classes, and adds to
    /// `gradient` the shard's part of the gradient of this loss divided by the size of the batch.
    fn loss_and_gradient(
        &self,
        shard: BatchShard,
        gradient: &mut Gradient<f32>,
        workspace: &mut Workspace,
    ) -> f64;
    /// The floating-point operations of [`loss_and_gradient`](Self::loss_and_gradient) for these examples. `fresh`: the
    /// outputs of the fixed layers below what is trained now are not kept yet.
    fn flops(&self, examples: &[ExampleId], fresh: bool) -> u64;
    /// The parameters in groups from the top layer down, for strategies that treat groups differently.
    fn groups(&self) -> Groups;
    /// Trains only the first `moving` groups from now on; no gradient is computed for the others.
    fn move_groups(&mut self, moving: usize);
    /// The same parameters in the groups that a user can freeze and unfreeze, from the top layer down.
    fn layer_groups(&self) -> Vec<LayerGroup>;
    /// Whether the outputs of groups that are not trained are kept, as they are with the initial parameters. A group that was
    /// trained before is then computed anew, even if it is frozen now.
    fn keeps_outputs(&self) -> bool {
        false
    }
}

/// The parameters that gradient descent trains.
pub trait Parameters {
    /// An optimizer for the parameters.
    fn optimizer(&self, algorithm: OptimizerChoice) -> Optimizer<f32>;
    /// A gradient of zeros.
    fn gradient(&self) -> Gradient<f32>;
    /// Takes a step. `group_rates` has a learning-rate factor for each group; without it all are the same.
    fn step(
        &mut self,
        optimizer: &mut Optimizer<f32>,
        gradient: &Gradient<f32>,
        learning_rate: f32,
        group_rates: Option<&GroupRates>,
    );
    /// Applies updates that the optimizer has postponed.
    fn settle(&mut self, optimizer: &mut Optimizer<f32>);
    /// The tensors that a checkpoint needs.
    fn tensors(&self) -> Vec<Tensor<'_, f32>>;
    /// The parameters, for another run.
    fn carried(&self) -> Carried {
        let tensors = kept(self.tensors()).into_iter().map(Kept::into_owned).collect();
        Carried { tensors, words: Vec::new(), unknown: None }
    }
    /// Takes over the parameters of another run. What that one does not have keeps its values.
    ///
    /// # Errors
    /// When one is of another shape.
    fn adopt(&mut self, carried: &Carried) -> Result<()> {
        let own: Tensors = kept(self.tensors()).into_iter().map(Kept::into_owned).collect();
        self.load(&|name| find(&carried.tensors, name).or_else(|| find(&own, name)))
    }
    /// Restores the tensors of a checkpoint.
    ///
    /// # Errors
    /// When one is missing or of another shape.
    fn load<'a>(&mut self, find: &dyn Fn(&str) -> Option<Values<'a, f32>>) -> Result<()>;
}

/// The linear classifier on top. It can be trained to convergence before gradient descent begins (LP-FT).
pub trait LinearTop {
    /// The number of its features, and how many examples a task computes the features of, if the classifier is the
    /// only new part of a transferred model; `None` otherwise.
    fn only_linear_is_new(&self) -> Option<(usize, usize)>;
    /// How these features are scaled for it.
    fn scaling(&self) -> Scaling;
    /// Computes the features `(B, F)` of examples, row by row, with the initial parameters.
    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>);
    /// The floating-point operations of [`features`](Self::features).
    fn feature_flops(&self, examples: &[ExampleId]) -> u64;
    /// Sets the classifier's parameters: `weight (C, F)`, then `bias (C)`.
    fn set_linear(&mut self, linear: &[f32]);
}
