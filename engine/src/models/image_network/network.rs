//! The parameters of an image network: their initial values, which of them are trained, how they are saved.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks, Tensor, Values};
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::linear::Linear;
use crate::nn::optimizer::{GroupRates, Optimizer, take_reals};
use crate::rng;
use crate::session::training::OptimizerChoice;

use super::plan::{Node, Op, Plan, Start};

/// A network with its parameters and statistics.
#[derive(Debug, Clone)]
pub struct ImageNetwork<T> {
    pub(super) plan: Arc<Plan>,
    pub(super) parameters: Vec<T>,
    pub(super) statistics: Vec<T>,
    /// The first node that is trained at any time,
    pub(super) first: usize,
    /// the first node that is trained now,
    pub(super) moving: usize,
    /// and the value that this node reads.
    pub(super) boundary: usize,
    /// For each node, whether it changes its input in place during training.
    pub(super) in_place: Vec<bool>,
    /// The trained tensors; their ranges start at zero.
    pub(super) learned: Arc<Blocks>,
}

impl<T: Real> ImageNetwork<T> {
    /// A network with initial parameters. Each layer draws from a random stream with the layer's name, so layers with
    /// the same name have the same initial values in all networks with this seed.
    pub fn new(plan: Arc<Plan>, seed: u64) -> Self {
        let mut parameters = vec![T::zero(); plan.parameters.size()];
        let mut statistics = vec![T::zero(); plan.statistics.size()];
        for node in &plan.nodes {
            match &node.op {
                Op::Convolution { layer, weights } => {
                    let inputs = layer.from.channels / layer.groups * layer.window.size * layer.window.size;
                    let outputs = layer.to.channels * layer.window.size * layer.window.size / layer.groups;
                    let bias = if layer.bias { layer.to.channels } else { 0 };
                    draw(&plan, weights, inputs, outputs, bias, seed, &mut parameters);
                }
                Op::Dense { layer, weights } => {
                    draw(&plan, weights, layer.features, 0, layer.outputs, seed, &mut parameters);
                }
                Op::BatchNorm { layer, weights, statistics: own } => {
                    parameters[weights.start..][..layer.channels].fill(T::one());
                    statistics[own.start + layer.channels..own.end].fill(T::one());
                }
                _ => {}
            }
        }
        let mut network = ImageNetwork {
            in_place: Vec::new(),
            parameters,
            statistics,
            first: 0,
            moving: 0,
            boundary: 0,
            learned: Arc::default(),
            plan,
        };
        network.learn_from(0);
        network
    }

    /// Trains only the nodes from `first` on. `first` must be a layer, or a node where the network can be cut
    /// ([`Plan::cut`]).
    pub fn learn_from(&mut self, first: usize) {
        self.first = first.min(self.plan.nodes.len());
        let mut learned = Blocks::default();
        let start = self.parameters_start();
        for Block { name, shape, range } in
            self.plan.parameters.iter().filter(|block| block.range.start >= start)
        {
            debug_assert_eq!(range.start - start, learned.size());
            learned.add(name.clone(), shape.clone());
        }
        self.learned = Arc::new(learned);
        self.move_from(self.first);
    }

    /// Freezes the trained nodes before `moving` from now on; `moving` is restricted as in
    /// [`learn_from`](Self::learn_from). Their output is still computed. Their gradient and the change of their
    /// running statistics are zero.
    pub fn move_from(&mut self, moving: usize) {
        self.moving = moving.clamp(self.first, self.plan.nodes.len());
        self.boundary = self.plan.cut(self.moving).unwrap_or(0);
        let readers = self.plan.readers();
        let nodes = &self.plan.nodes;
        self.in_place = (0..nodes.len())
            .map(|number| match (&nodes[number].op, nodes[number].reads[0]) {
                (Op::Activation(activation), value) => {
                    activation.knows_by_result()
                        && readers[value] == 1
                        && value > self.boundary
                        && number > self.moving
                }
                _ => false,
            })
            .collect();
    }

    /// The floating-point operations of a training step for one image, from the first node on that is trained now: forward
    /// and backward.
    pub fn training_flops(&self) -> u64 {
        let nodes = self.plan.nodes.iter().zip(self.plan.flops()).skip(self.moving);
        let of_node = |(node, flops): (&Node, Flops)| {
            let wanted = node.reads.iter().any(|&value| value > self.boundary);
            flops.forward + flops.backward + if wanted { flops.input } else { 0 }
        };
        nodes.map(of_node).sum()
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The first node that is trained now. Its input is the input of a shard.
    pub fn first_moving(&self) -> usize {
        self.moving
    }

    /// The first node that is trained at any time.
    pub fn first_learned(&self) -> usize {
        self.first
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.plan.nodes.len()
    }

    /// The index of the first trained parameter.
    pub(super) fn parameters_start(&self) -> usize {
        self.plan.parameters_from(self.first)
    }

    /// The index of the first running statistic that is updated.
    pub(super) fn statistics_start(&self) -> usize {
        self.plan.statistics_from(self.first)
    }

    /// The number of trained parameters.
    pub fn trainable_parameters(&self) -> usize {
        self.parameters.len() - self.parameters_start()
    }

    /// The number of all parameters, without the statistics.
    pub fn total_parameters(&self) -> usize {
        self.parameters.len()
    }

    /// The filters of the first convolution, `(O, I, size, size)`.
    pub fn first_filters(&self) -> Option<(&[usize], &[T])> {
        let name = |node: &Node| match &node.op {
            Op::Convolution { weights, .. } => Some(weights.start),
            _ => None,
        };
        let start = self.plan.nodes.iter().find_map(name)?;
        let block = self.plan.parameters.iter().find(|block| block.range.start == start)?;
        Some((&block.shape, &self.parameters[block.range.clone()]))
    }

    /// Whether the trained part has batch normalisation.
    pub fn normalises(&self) -> bool {
        self.statistics_start() < self.statistics.len()
    }

    /// A gradient of zeros.
    pub fn gradient(&self) -> Gradient<T> {
        let aside = self.statistics.len() - self.statistics_start();
        Gradient::with_aside(self.learned.clone(), aside)
    }

    /// An optimizer for the trained parameters.
    pub fn optimizer(&self, choice: OptimizerChoice) -> Optimizer<T> {
        Optimizer::new(choice.into(), self.trainable_parameters(), 0, 0)
    }

    /// Takes a step: the optimizer updates the parameters, and the statistics of the batch update the running
    /// statistics.
    pub fn step(&mut self, optimizer: &mut Optimizer<T>, gradient: &Gradient<T>, learning_rate: f32) {
        let start = self.parameters_start();
        optimizer.step(&mut self.parameters[start..], &mut [], gradient, learning_rate);
        self.move_statistics(gradient);
    }

    /// The same with learning rates for parameter groups; see [`Optimizer::step_at`]. All running statistics are
    /// updated.
    pub fn step_at(
        &mut self,
        optimizer: &mut Optimizer<T>,
        gradient: &Gradient<T>,
        learning_rate: f32,
        group_rates: &GroupRates,
    ) {
        let start = self.parameters_start();
        optimizer.step_at(&mut self.parameters[start..], &mut [], gradient, learning_rate, group_rates);
        self.move_statistics(gradient);
    }

    fn move_statistics(&mut self, gradient: &Gradient<T>) {
        let statistics = self.statistics_start();
        for (number, &change) in self.statistics[statistics..].iter_mut().zip(&gradient.aside) {
            *number += change;
        }
    }

    /// The tensors to save: the trained parameters with their statistics, or with `all` everything.
    pub fn tensors(&self, all: bool) -> Vec<Tensor<'_, T>> {
        let (start, statistics) =
            if all { (0, 0) } else { (self.parameters_start(), self.statistics_start()) };
        let mut tensors = named(&self.plan.parameters, &self.parameters, start);
        tensors.extend(named(&self.plan.statistics, &self.statistics, statistics));
        tensors
    }

    /// Restores the trained tensors that [`tensors`](Self::tensors) returned.
    ///
    /// # Errors
    /// If a tensor is missing or has another size.
    pub fn load<'a>(&mut self, find: impl Fn(&str) -> Option<Values<'a, T>>) -> Result<()>
    where
        T: 'a,
    {
        let (start, statistics) = (self.parameters_start(), self.statistics_start());
        let plan = self.plan.clone();
        for block in plan.parameters.iter().filter(|block| block.range.start >= start) {
            take_reals(&find, &block.name, &mut self.parameters[block.range.clone()])?;
        }
        for block in plan.statistics.iter().filter(|block| block.range.start >= statistics) {
            take_reals(&find, &block.name, &mut self.statistics[block.range.clone()])?;
        }
        Ok(())
    }

    /// The linear layer that the nodes from `first` on consist of, apart from dropout before it; `None` if there are
    /// other nodes.
    pub fn linear_from(&self, first: usize) -> Option<Linear> {
        let (last, before) = self.plan.nodes.get(first..)?.split_last()?;
        match &last.op {
            Op::Dense { layer, .. } if before.iter().all(|node| matches!(node.op, Op::Dropout(_))) => {
                Some(*layer)
            }
            _ => None,
        }
    }

    /// Sets the parameters of the last layer, which is linear: `weight (C, F)`, then `bias (C)`.
    ///
    /// # Panics
    /// If the layer has another size.
    pub fn set_linear(&mut self, linear: &[T]) {
        let from = self.parameters.len() - linear.len();
        self.parameters[from..].copy_from_slice(linear);
    }

    /// Copies the parameters and statistics of the nodes before `until` into a network of another plan that has the
    /// same nodes up to there.
    pub fn carry_into(&self, other: &mut ImageNetwork<T>, until: usize) {
        let (parameters, statistics) = (self.plan.parameters_from(until), self.plan.statistics_from(until));
        other.parameters[..parameters].copy_from_slice(&self.parameters[..parameters]);
        other.statistics[..statistics].copy_from_slice(&self.statistics[..statistics]);
    }

    /// The parameters and statistics of the nodes before `until`, for an audit.
    pub fn numbers_before(&self, until: usize) -> (&[T], &[T]) {
        let (parameters, statistics) = (self.plan.parameters_from(until), self.plan.statistics_from(until));
        (&self.parameters[..parameters], &self.statistics[..statistics])
    }
}

/// The tensors from index `start` on.
fn named<'a, T: Real>(blocks: &Blocks, numbers: &'a [T], start: usize) -> Vec<Tensor<'a, T>> {
    let kept = blocks.iter().filter(|block| block.range.start >= start);
    kept.map(|block| Tensor::real(&block.name, &block.shape, &numbers[block.range.clone()])).collect()
}

/// Draws the parameters of a layer: its weight, where each output reads `inputs` values, and its bias.
fn draw<T: Real>(
    plan: &Plan,
    weights: &Range<usize>,
    inputs: usize,
    outputs: usize,
    bias: usize,
    seed: u64,
    parameters: &mut [T],
) {
    let mut stream = rng::stream(seed, plan.parameters.name_at(weights.start), 0);
    let (weight, bias) = parameters[weights.clone()].split_at_mut(weights.len() - bias);
    if plan.start == Start::Normal && outputs > 0 {
        let deviation = (2.0 / outputs as f64).sqrt();
        weight.iter_mut().for_each(|w| *w = T::of(rng::normal(&mut stream) * deviation));
        return;
    }
    let most = 1.0 / (inputs.max(1) as f64).sqrt();
    for w in weight.iter_mut().chain(bias) {
        *w = T::of((2.0 * rng::unit64(&mut stream) - 1.0) * most);
    }
}
