//! Training: the forward and backward pass through the trained nodes.

use crate::kernel::Real;
use crate::nn::cross_entropy::{self, Loss};
use crate::nn::dropout::{self, Dropout};
use crate::nn::gradient::Gradient;
use crate::nn::image_pooling::{global_average, global_average_backward};
use crate::rng::Stream;

use super::network::ImageNetwork;
use super::plan::Op;
use super::workspace::{Buffer, Workspace};

/// A part of a batch of images.
pub struct ImageShard<'a, T> {
    /// The input of the first node that is trained now, `(B, H, W, C)`.
    pub input: &'a [T],
    /// The class of each image.
    pub labels: &'a [u32],
    /// The weight of each class in the loss, `(C)`; without it each is 1.
    pub weights: Option<&'a [f64]>,
    /// The number of images in the whole batch.
    pub batch: usize,
    /// The random stream of dropout; without it nothing is dropped.
    pub stream: Option<Stream>,
}

impl<T: Real> ImageNetwork<T> {
    /// Returns the summed loss of a shard, and writes its part of the gradient of the batch's mean loss. Batch
    /// normalisation uses the statistics of the shard; the change of the running statistics goes to `aside`, weighted
    /// by the shard's fraction of the batch.
    ///
    /// # Panics
    /// If the length of the input does not match the number of labels.
    pub fn loss_and_gradient(
        &self,
        shard: ImageShard<T>,
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) -> Loss {
        let count = shard.labels.len();
        self.forward(&shard, gradient, workspace);
        let last = self.plan.nodes.len();
        let mut logits = std::mem::take(&mut workspace.values[last]);
        let scale = T::of(1.0 / shard.batch as f64);
        let loss = cross_entropy::weighted_loss_and_gradient(
            &mut logits[..count * self.plan.classes],
            (shard.labels, shard.weights),
            self.plan.classes,
            scale,
        );
        workspace.gradients[last] = logits;
        self.backward(&shard, gradient, workspace);
        workspace.clear();
        loss
    }

    /// The value that a node reads: the input of the shard, or a computed value.
    fn read<'a>(&self, value: usize, shard: &ImageShard<'a, T>, values: &'a [Buffer<T>]) -> &'a [T] {
        if value == self.boundary { shard.input } else { &values[value] }
    }

    fn forward(&self, shard: &ImageShard<T>, gradient: &mut Gradient<T>, workspace: &mut Workspace<T>) {
        let count = shard.labels.len();
        workspace.begin(self.plan.nodes.len());
        let mut stream = shard.stream.clone();
        for (number, node) in self.plan.nodes.iter().enumerate().skip(self.moving) {
            let value = node.reads[0];
            if let Op::Activation(activation) = node.op
                && self.in_place[number]
            {
                let mut y = std::mem::take(&mut workspace.values[value]);
                activation.forward_in_place(&mut y);
                workspace.values[number + 1] = y;
                continue;
            }
            let mut y = workspace.take(count * node.shape.size());
            let Workspace { values, best, moments, masks, scratch, running, .. } = workspace;
            let x = self.read(value, shard, values);
            match &node.op {
                Op::Convolution { layer, weights } => {
                    layer.forward(&self.parameters[weights.clone()], x, &mut y, scratch);
                }
                Op::BatchNorm { layer, weights, statistics } => {
                    let before = &self.statistics[statistics.clone()];
                    running.clear();
                    running.extend_from_slice(before);
                    let weights = &self.parameters[weights.clone()];
                    layer.learn(weights, running, x, &mut y, &mut moments[number]);
                    let fraction = T::of(count as f64 / shard.batch as f64);
                    let aside = &mut gradient.aside[statistics.start - self.statistics_start()..];
                    for ((aside, &after), &before) in aside.iter_mut().zip(&*running).zip(before) {
                        *aside += fraction * (after - before);
                    }
                }
                Op::Activation(activation) => activation.forward(x, &mut y),
                Op::MaxPool(layer) => {
                    best[number].resize(y.len(), 0);
                    layer.forward(x, &mut y, &mut best[number]);
                }
                Op::AveragePool(layer) => layer.forward(x, &mut y),
                Op::GlobalAverage => global_average(self.plan.shape(value), x, &mut y),
                Op::Dense { layer, weights } => layer.forward(&self.parameters[weights.clone()], x, &mut y),
                Op::Add => {
                    let other = self.read(node.reads[1], shard, values);
                    for ((y, &a), &b) in y.iter_mut().zip(x).zip(other) {
                        *y = a + b;
                    }
                }
                Op::Concat => {
                    self.concat(number, &mut y, |value| self.read(value, shard, values));
                }
                Op::Dropout(fraction) => {
                    y.copy_from_slice(x);
                    masks[number].resize(y.len(), T::one());
                    if let Some(stream) = &mut stream {
                        let mut dropout = Dropout { fraction: *fraction, stream: stream.clone() };
                        dropout.forward(&mut y, &mut masks[number]);
                        *stream = dropout.stream;
                    } else {
                        masks[number].fill(T::one());
                    }
                }
            }
            workspace.values[number + 1] = y;
        }
    }

    /// Concatenates the channels of the values that node `number` reads.
    pub(super) fn concat<'a>(&self, number: usize, y: &mut [T], read: impl Fn(usize) -> &'a [T])
    where
        T: 'a,
    {
        let node = &self.plan.nodes[number];
        let mut at = 0;
        for &value in &node.reads {
            let channels = self.plan.shape(value).channels;
            let pixels = read(value).chunks_exact(channels);
            for (y, x) in y.chunks_exact_mut(node.shape.channels).zip(pixels) {
                y[at..at + channels].copy_from_slice(x);
            }
            at += channels;
        }
    }

    fn backward(&self, shard: &ImageShard<T>, gradient: &mut Gradient<T>, workspace: &mut Workspace<T>) {
        let count = shard.labels.len();
        let start = self.parameters_start();
        for number in (self.moving..self.plan.nodes.len()).rev() {
            let node = &self.plan.nodes[number];
            let mut dy = std::mem::take(&mut workspace.gradients[number + 1]);
            let value = node.reads[0];
            let wanted = value > self.boundary;
            let length = count * self.plan.shape(value).size();
            if let Op::Activation(activation) = node.op {
                if wanted {
                    if self.in_place[number] {
                        activation.backward(&workspace.values[number + 1], &mut dy);
                        workspace.gradients[value] = dy;
                    } else {
                        workspace.deposit(value, length, |workspace, dx| {
                            dx.copy_from_slice(&dy);
                            activation.backward(self.read(value, shard, &workspace.values), dx);
                        });
                        workspace.give(dy);
                    }
                }
                continue;
            }
            match &node.op {
                Op::Convolution { layer, weights } => {
                    let own = &mut gradient.dense[weights.start - start..weights.end - start];
                    let weights = &self.parameters[weights.clone()];
                    if wanted {
                        workspace.deposit(value, length, |workspace, dx| {
                            let Workspace { values, scratch, .. } = workspace;
                            let x = self.read(value, shard, values);
                            layer.backward(weights, x, &dy, Some(dx), own, scratch);
                        });
                    } else {
                        let Workspace { values, scratch, .. } = workspace;
                        let x = self.read(value, shard, values);
                        layer.backward(weights, x, &dy, None, own, scratch);
                    }
                }
                Op::Dense { layer, weights } => {
                    let own = &mut gradient.dense[weights.start - start..weights.end - start];
                    let weights = &self.parameters[weights.clone()];
                    if wanted {
                        workspace.deposit(value, length, |workspace, dx| {
                            let x = self.read(value, shard, &workspace.values);
                            layer.backward(weights, x, &dy, Some(dx), own);
                        });
                    } else {
                        let x = self.read(value, shard, &workspace.values);
                        layer.backward(weights, x, &dy, None, own);
                    }
                }
                Op::BatchNorm { layer, weights, .. } => {
                    let own = &mut gradient.dense[weights.start - start..weights.end - start];
                    let weights = &self.parameters[weights.clone()];
                    workspace.deposit(value, length, |workspace, dx| {
                        let x = self.read(value, shard, &workspace.values);
                        layer.backward(weights, &workspace.moments[number], x, &dy, dx, own);
                    });
                }
                _ if !wanted && node.reads.len() == 1 => {}
                Op::MaxPool(layer) => workspace.deposit(value, length, |workspace, dx| {
                    layer.backward(&workspace.best[number], &dy, dx);
                }),
                Op::AveragePool(layer) => {
                    workspace.deposit(value, length, |_, dx| layer.backward(&dy, dx));
                }
                Op::GlobalAverage => {
                    let shape = self.plan.shape(value);
                    workspace.deposit(value, length, |_, dx| global_average_backward(shape, &dy, dx));
                }
                Op::Add => {
                    for &value in node.reads.iter().filter(|&&value| value > self.boundary) {
                        workspace.deposit(value, length, |_, dx| dx.copy_from_slice(&dy));
                    }
                }
                Op::Concat => {
                    let mut at = 0;
                    for &value in &node.reads {
                        let shape = self.plan.shape(value);
                        let channels = shape.channels;
                        if value > self.boundary {
                            workspace.deposit(value, count * shape.size(), |_, dx| {
                                let pixels = dy.chunks_exact(node.shape.channels);
                                for (dx, dy) in dx.chunks_exact_mut(channels).zip(pixels) {
                                    dx.copy_from_slice(&dy[at..at + channels]);
                                }
                            });
                        }
                        at += channels;
                    }
                }
                Op::Dropout(_) => workspace.deposit(value, length, |workspace, dx| {
                    dx.copy_from_slice(&dy);
                    dropout::backward(&workspace.masks[number], dx);
                }),
                Op::Activation(_) => {}
            }
            workspace.give(dy);
        }
    }
}
