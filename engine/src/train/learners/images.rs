//! An image network, as a model that gradient descent trains, with its images. It augments the images, and caches the
//! outputs of the network's fixed layers.

use std::borrow::Cow;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::models::image_network::{ImageNetwork, ImageShard, Ready};
use crate::nn::blocks::{Tensor, Values};
use crate::nn::cross_entropy::softmax;
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{GroupRates, Optimizer};
use crate::session::image_transfer::Augmentation;
use crate::session::method::Strategy;
use crate::session::record::Audit;
use crate::session::training::OptimizerChoice;
use crate::train::learner::{Evaluate, Inside, Inspect};
use crate::train::task::Workspace;
use crate::transfer::calibration::Temperature;
use crate::transfer::network::{self, Bodies, Body, SourceNetwork};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::images::{ImageModel, ImagePredictor, Piece, together};
use crate::transfer::unfreezing::{Groups, Rows};
use crate::vision::augment::augment;

use super::by_hand::LayerGroup;
use super::fit::Scaling;
use super::subject::{BatchShard, LinearTop, Parameters, Subject};

/// How many images a task extracts features of; one image takes a large network several milliseconds.
pub const CHUNK: usize = 4;
/// The approximate number of multiplications in the forward pass of a shard, which takes a few milliseconds.
const SHARD_WORK: usize = 64 << 20;
/// The largest number of images in a shard.
const SHARD_IMAGES: usize = 16;
/// The smallest number of images in a shard that is normalised with its own mean and variance.
const SHARD_NORMALISED: usize = 16;
/// The number of multiplications that count as one sequential step.
const STEP_WORK: usize = 400_000;

/// The number of sequential steps for an example that takes this many multiplications.
pub fn steps(multiplications: usize) -> usize {
    (multiplications / STEP_WORK).max(1)
}

/// An image network with its images.
pub struct ImageSubject {
    /// The input of all nodes that are ever trained.
    whole: Arc<Body>,
    /// The current input; it is further up while the lower nodes are not trained yet.
    body: Arc<Body>,
    network: ImageNetwork<f32>,
    augmentation: Augmentation,
    ready: Option<Ready<f32>>,
    origin: Option<Origin>,
}

/// The source of a run's transferred parameters.
pub struct Origin {
    pub source: Arc<SourceNetwork>,
    /// The outputs of the source's nodes, for the task's images.
    pub bodies: Arc<Bodies>,
    pub strategy: Strategy,
    /// Nodes before this one are fixed.
    pub fixed: usize,
    /// Nodes from this one on are initialised anew.
    pub anew: usize,
    /// The number of fixed parameters and their hash, before training.
    pub hash: (usize, u64),
}

impl ImageSubject {
    /// A network that reads the outputs of `body`.
    pub fn new(
        body: Arc<Body>,
        network: ImageNetwork<f32>,
        augmentation: Augmentation,
        origin: Option<Origin>,
    ) -> ImageSubject {
        ImageSubject { whole: body.clone(), body, network, augmentation, ready: None, origin }
    }

    /// The first node of each group: the new layers, then block by block down to the first trained node.
    fn places(&self) -> Vec<usize> {
        let Some(origin) = &self.origin else { return Vec::new() };
        let (plan, first) = (self.network.plan(), self.network.first_learned());
        let mut places: Vec<usize> = plan.blocks.iter().map(|&(_, node)| node).collect();
        places.retain(|&node| first < node && node < origin.anew);
        places.extend([origin.anew, first]);
        places.sort_unstable_by_key(|&node| std::cmp::Reverse(node));
        places.dedup();
        // A node without parameters before the next one starts no group.
        let start =
            |at: usize| places.get(at).map_or(plan.parameters.size(), |&node| plan.parameters_from(node));
        let is_one = |at: &usize| *at == 0 || start(*at) < start(at - 1);
        (0..places.len()).filter(is_one).map(|at| places[at]).collect()
    }

    /// Computes the input of the trained nodes for a shard in training.
    fn input(&self, shard: BatchShard, workspace: &mut Workspace, input: &mut Vec<f32>) {
        let BatchShard { examples, moment, .. } = shard;
        if self.augmentation.is_none() {
            return self.body.of(examples, input, &mut workspace.image);
        }
        let images = self.body.images();
        let size = images.size();
        let mut prepared = vec![0.0; examples.len() * size];
        images.prepare(examples, &mut prepared);
        for (place, image) in prepared.chunks_exact_mut(size).enumerate() {
            let mut stream = moment.of_place("augmentation", place, 64);
            let preparation = &images.preparation;
            let shape = (preparation.height, preparation.width, preparation.channels);
            augment(&self.augmentation, image, shape, &mut stream, &mut workspace.numbers);
        }
        self.body.of_prepared(&prepared, input, &mut workspace.image);
    }
}

/// The class probabilities `(B, C)` that the nodes of `network` from `first` on give for `input`.
pub fn probabilities(
    network: &ImageNetwork<f32>,
    ready: &Ready<f32>,
    first: usize,
    input: &[f32],
    workspace: &mut crate::models::image_network::Workspace<f32>,
    probabilities: &mut [f32],
) {
    let (nodes, classes) = (network.nodes(), network.plan().classes);
    let count = probabilities.len() / classes.max(1);
    let (width, together) = (input.len() / count.max(1), together(network));
    let chunks = input.chunks(together * width.max(1));
    for (input, probabilities) in chunks.zip(probabilities.chunks_mut(together * classes)) {
        let count = probabilities.len() / classes;
        probabilities.copy_from_slice(network.answer(ready, first..nodes, input, count, workspace));
    }
    softmax(probabilities, classes);
}

impl Subject for ImageSubject {
    fn examples(&self) -> &dyn Examples {
        &**self.body.images()
    }

    fn shard(&self, _train: &[ExampleId]) -> usize {
        if self.network.normalises() {
            return SHARD_NORMALISED;
        }
        let cost = self.network.plan().cost(self.network.first_learned()).max(1);
        (SHARD_WORK / cost).clamp(1, SHARD_IMAGES)
    }

    fn prepare(&mut self, _optimizer: &mut Optimizer<f32>, _batch: &[ExampleId]) {}

    fn loss_and_gradient(
        &self,
        shard: BatchShard,
        gradient: &mut Gradient<f32>,
        workspace: &mut Workspace,
    ) -> f64 {
        let mut input = std::mem::take(&mut workspace.input);
        self.input(shard, workspace, &mut input);
        let all = self.examples().labels();
        let labels: Vec<u32> = shard.examples.iter().map(|&example| all[example as usize]).collect();
        let stream = Some(shard.moment.of_part("dropout"));
        let weights = Some(shard.weights);
        let shard = ImageShard { input: &input, labels: &labels, weights, batch: shard.batch, stream };
        let loss = self.network.loss_and_gradient(shard, gradient, &mut workspace.image);
        workspace.input = input;
        loss.sum
    }

    fn flops(&self, examples: &[ExampleId], fresh: bool) -> u64 {
        // Augmented images are new ones, so the outputs of the fixed layers are not kept.
        let below = if fresh || !self.augmentation.is_none() { self.body.flops() } else { 0 };
        examples.len() as u64 * (below + self.network.training_flops())
    }

    fn groups(&self) -> Groups {
        let (plan, places) = (self.network.plan(), self.places());
        let start = plan.parameters_from(self.network.first_learned());
        let ends = std::iter::once(plan.nodes.len()).chain(places.iter().copied());
        let range = |(end, &place): (usize, &usize)| {
            std::iter::once(plan.parameters_from(place) - start..plan.parameters_from(end) - start).collect()
        };
        Groups { dense: ends.zip(&places).map(range).collect(), rows: Rows::None }
    }

    fn move_groups(&mut self, moving: usize) {
        let first = self.network.first_learned();
        let place = moving.checked_sub(1).and_then(|last| self.places().get(last).copied()).unwrap_or(first);
        if place == self.network.first_moving() {
            return;
        }
        self.ready = None;
        self.network.move_from(place);
        // Nodes that are not trained yet still have the source's parameters, so their outputs can be cached.
        self.body = match &self.origin {
            Some(origin) if place > first => origin.bodies.before(place),
            _ => self.whole.clone(),
        };
    }

    fn layer_groups(&self) -> Vec<LayerGroup> {
        let dense = self.groups().dense;
        let lowest = dense.len();
        let name =
            |place: usize| if place == 0 { "head".into() } else { format!("block {}", lowest - place) };
        let group = |(place, dense)| LayerGroup { name: name(place), part_of: place, dense, rows: false };
        dense.into_iter().enumerate().map(group).collect()
    }

    fn keeps_outputs(&self) -> bool {
        true
    }
}

impl Parameters for ImageSubject {
    fn optimizer(&self, algorithm: OptimizerChoice) -> Optimizer<f32> {
        self.network.optimizer(algorithm)
    }

    fn gradient(&self) -> Gradient<f32> {
        self.network.gradient()
    }

    fn step(
        &mut self,
        optimizer: &mut Optimizer<f32>,
        gradient: &Gradient<f32>,
        learning_rate: f32,
        group_rates: Option<&GroupRates>,
    ) {
        self.ready = None;
        match group_rates {
            Some(group_rates) => self.network.step_at(optimizer, gradient, learning_rate, group_rates),
            None => self.network.step(optimizer, gradient, learning_rate),
        }
    }

    fn settle(&mut self, _optimizer: &mut Optimizer<f32>) {}

    fn tensors(&self) -> Vec<Tensor<'_, f32>> {
        self.network.tensors(false)
    }

    fn load<'a>(&mut self, find: &dyn Fn(&str) -> Option<Values<'a, f32>>) -> Result<()> {
        self.ready = None;
        self.network.load(find)
    }
}

impl LinearTop for ImageSubject {
    fn only_linear_is_new(&self) -> Option<(usize, usize)> {
        let origin = self.origin.as_ref()?;
        let features = self.network.linear_from(origin.anew)?.features;
        Some((features, CHUNK))
    }

    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>) {
        if let Some(origin) = &self.origin {
            origin.bodies.before(origin.anew).of(examples, rows, &mut workspace.image);
        }
    }

    fn scaling(&self) -> Scaling {
        Scaling::Each
    }

    fn feature_flops(&self, examples: &[ExampleId]) -> u64 {
        let body = self.origin.as_ref().map(|origin| origin.bodies.before(origin.anew));
        examples.len() as u64 * body.map_or(0, |body| body.flops())
    }

    fn set_linear(&mut self, linear: &[f32]) {
        self.ready = None;
        self.network.set_linear(linear);
    }
}

impl Evaluate for ImageSubject {
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        let first = self.network.first_moving();
        let mut input = std::mem::take(&mut workspace.input);
        self.body.of(examples, &mut input, &mut workspace.image);
        let own;
        let ready = match &self.ready {
            Some(ready) => ready,
            None => {
                own = self.network.ready(first..self.network.nodes());
                &own
            }
        };
        probabilities(&self.network, ready, first, &input, &mut workspace.image, out);
        workspace.input = input;
    }

    fn steps_through(&self, _example: ExampleId) -> usize {
        // If the outputs of the fixed layers are cached, this is an overestimate, which only makes tasks smaller.
        steps(self.network.plan().cost(0))
    }

    fn begin_evaluation(&mut self, _examples: &[ExampleId]) {
        self.ready = Some(self.network.ready(self.network.first_moving()..self.network.nodes()));
    }
}

impl Inspect for ImageSubject {
    fn predictor(&mut self) -> Predictor<'_> {
        let images = &**self.body.images();
        let own = Piece::of(&self.network, self.network.first_moving()..self.network.nodes());
        Predictor::from(ImagePredictor {
            classes: Cow::Borrowed(images.classes()),
            preparation: Cow::Borrowed(&images.preparation),
            model: ImageModel::Network(self.body.piece().into_iter().chain([own]).collect()),
            temperature: Temperature::default(),
        })
    }

    fn audit(&self) -> Audit {
        let Some(origin) = &self.origin else { return Audit::NothingTransferred };
        let source = &origin.source.network;
        network::audit(origin.strategy, origin.hash, source, &self.network, origin.fixed, origin.anew)
    }

    fn inside(&self) -> Inside<'_> {
        Inside::Network(&self.network)
    }
}

#[cfg(test)]
mod tests;
