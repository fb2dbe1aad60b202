//! A recurrent language model: it predicts the next word.
//!
//! It has word vectors, one to three LSTM or GRU layers, and a softmax over the whole vocabulary. The weights of the
//! softmax may be the word vectors (*tied*: Press & Wolf 2017). An
//! [`AdaptiveSoftmax`](crate::nn::adaptive_softmax::AdaptiveSoftmax) spends less time on rare words. The model is
//! trained by truncated back-propagation through time over parallel streams of text; each stream continues where the
//! previous batch ended. Dropout is that of AWD-LSTM (Merity et al. 2018): on whole words of the embedding, on the
//! input, between layers and before the softmax (with the same mask in all steps of a batch), and on the recurrent
//! weights.
//!
//! Streams are divided into shards, whose number does not depend on the number of threads (`shard`). The softmax
//! divides its work in another way: see [`WordSoftmax`](crate::nn::word_softmax::WordSoftmax).

pub mod adaptation;
pub mod generator;
mod model;
mod shard;
pub mod streams;
pub mod text;

use rayon::prelude::*;

use crate::kernel::{Real, axpy};
use crate::nn::adaptive_softmax::Room;
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::recurrent::Recurrent;
use crate::nn::room;
use crate::nn::rows::RowGradient;
use crate::nn::word_softmax::Gradients;
use crate::rng;

pub use model::{Batch, Chance, LanguageModel, Shape, States};
use shard::StreamShard;

/// The approximate number of streams in a shard: enough rows to make the matrix products of a step efficient.
const STREAMS: usize = 16;

/// The buffers of a forward and backward pass, apart from parameters, states and gradient. They grow to the largest
/// batch.
#[derive(Debug, Clone, Default)]
pub struct Workspace<T = f32> {
    shards: Vec<StreamShard<T>>,
    /// The layers' weights after dropout, and the mask.
    weights: Vec<T>,
    kept: Vec<T>,
    /// The factor of each word's vector.
    words: Vec<T>,
    /// The input of the softmax, shard after shard `(N, F)`, and its gradient.
    x: Vec<T>,
    dx: Vec<T>,
    targets: Vec<u32>,
    softmax: Room<T>,
}

impl<T: Real> LanguageModel<T> {
    /// Writes the gradient of the mean loss over all words of the batch to `gradient`, advances `states` to the end
    /// of the batch, and returns the sum of the losses, in nats. Call [`prepare`](Self::prepare) before.
    ///
    /// # Panics
    /// If the sizes do not match, or a word is not in the vocabulary.
    pub fn loss_and_gradient(
        &self,
        batch: Batch,
        chance: Option<&Chance>,
        states: &mut States<T>,
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) -> f64 {
        self.drop_weights(chance, workspace);
        self.forward(batch, chance, states, workspace);
        let Workspace { shards, weights, kept, words, x, dx, targets, softmax, .. } = workspace;
        let layers = if weights.is_empty() { &self.dense[..self.layer_parameters()] } else { &weights[..] };
        let n = batch.words.len();
        let dx = room(dx, n * self.features());
        gradient.rows.clear();
        let (d_layers, rest) = gradient.dense.split_at_mut(self.output.start);
        let (weight, bias) = rest.split_at_mut(self.output.len());
        let to = Gradients { x: dx, weight: &mut *weight, bias };
        let scale = T::of(1.0 / n as f64);
        let x = &x[..n * self.features()];
        let loss = self.softmax().loss_and_gradient(self.output(), x, targets, scale, to, softmax);
        let mut parts = split(shards, dx, batch.steps() * self.features());
        parts.par_iter_mut().for_each(|(_, shard, d_out)| shard.backward(self, layers, words, d_out));
        d_layers.fill(T::zero());
        for shard in shards.iter() {
            axpy(T::one(), &shard.gradient, d_layers);
            if self.shape.tied {
                let tied = self.tied.start - self.output.start..self.tied.end - self.output.start;
                shard.add_vectors(self.shape.dim, &mut weight[tied]);
            }
        }
        if !self.shape.tied && !self.held {
            gradient.rows.sum(&shards.iter().map(|shard| &shard.vectors).collect::<Vec<_>>());
        }
        // Dropped weights have no gradient.
        crate::nn::dropout::backward(kept, d_layers);
        shards.iter().for_each(|shard| shard.give(states));
        loss
    }

    /// The floating-point operations of a training step on a batch: forward, and backward through what is trained.
    pub fn training_flops(&self, batch: Batch) -> u64 {
        let of_layer = |(place, layer): (usize, &Recurrent)| {
            let Flops { forward, backward, input } = layer.flops(batch.steps(), true) * batch.streams;
            forward + backward + if place > 0 || !self.held { input } else { 0 }
        };
        let Flops { forward, backward, input } = self.softmax().flops(batch.targets);
        self.layers.iter().enumerate().map(of_layer).sum::<u64>() + forward + backward + input
    }

    /// The sum of the losses of a batch, in nats, without dropout. Advances `states` to the end of the batch.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient).
    pub fn loss(&self, batch: Batch, states: &mut States<T>, workspace: &mut Workspace<T>) -> f64 {
        self.drop_weights(None, workspace);
        self.forward(batch, None, states, workspace);
        workspace.shards.iter().for_each(|shard| shard.give(states));
        let Workspace { x, targets, softmax, .. } = workspace;
        self.softmax().loss(self.output(), &x[..targets.len() * self.features()], targets, softmax)
    }

    /// Reads one word: advances the states of one stream, and writes the `logits (V)` of the next word.
    ///
    /// # Panics
    /// If there are states of several streams, or the word is not in the vocabulary.
    pub fn next(&self, word: u32, states: &mut States<T>, workspace: &mut Workspace<T>, logits: &mut [T]) {
        self.drop_weights(None, workspace);
        self.forward(Batch { words: &[word], targets: &[0], streams: 1 }, None, states, workspace);
        workspace.shards.iter().for_each(|shard| shard.give(states));
        let Workspace { x, softmax, .. } = workspace;
        self.softmax().logits(self.output(), &x[..self.features()], logits, softmax);
    }

    /// Draws the dropout that is common to all streams of a batch: that of recurrent weights and of whole words.
    fn drop_weights(&self, chance: Option<&Chance>, workspace: &mut Workspace<T>) {
        let Workspace { weights, kept, words, .. } = workspace;
        weights.clear();
        kept.clear();
        words.clear();
        let Some(chance) = chance else { return };
        let kept_of = |fraction: f32| T::of(1.0 / (1.0 - f64::from(fraction)));
        let fraction = chance.dropout.weights;
        if fraction > 0.0 {
            kept.resize(self.layer_parameters(), T::one());
            for block in self.blocks.iter().filter(|block| block.name.contains("weight_hh")) {
                let mut stream = chance.moment.of_step(&format!("dropped {}", block.name));
                for factor in &mut kept[block.range.clone()] {
                    *factor = if rng::unit(&mut stream) < fraction { T::zero() } else { kept_of(fraction) };
                }
            }
            weights.extend(self.dense.iter().zip(&*kept).map(|(&weight, &factor)| weight * factor));
        }
        let fraction = chance.dropout.embedding;
        if fraction > 0.0 {
            let mut stream = chance.moment.of_step("dropped words");
            let draw = |_| if rng::unit(&mut stream) < fraction { T::zero() } else { kept_of(fraction) };
            words.extend((0..self.shape.words).map(draw));
        }
    }

    /// Writes the input of the softmax, and everything that a backward pass needs, to the workspace.
    fn forward(
        &self,
        batch: Batch,
        chance: Option<&Chance>,
        states: &States<T>,
        workspace: &mut Workspace<T>,
    ) {
        assert_eq!(batch.words.len(), batch.targets.len(), "a target for each word");
        assert_eq!(states.streams, batch.streams, "states of as many streams");
        let groups = if batch.streams <= STREAMS / 2 {
            1
        } else {
            batch.streams.div_ceil(STREAMS).next_multiple_of(2).min(batch.streams)
        };
        let (dim, rows) = (self.shape.dim, self.shape.words);
        let Workspace { shards, weights, words, x, targets, .. } = workspace;
        shards.resize_with(groups, StreamShard::default);
        for shard in shards.iter_mut().filter(|shard| shard.vectors.shape() != (rows, dim)) {
            shard.vectors = RowGradient::new(rows, dim);
        }
        let bound = |group: usize| group * batch.streams / groups;
        let layers = if weights.is_empty() { &self.dense[..self.layer_parameters()] } else { &weights[..] };
        for (group, shard) in shards.iter_mut().enumerate() {
            shard.streams = bound(group)..bound(group + 1);
        }
        let x = room(x, batch.words.len() * self.features());
        let mut parts = split(shards, x, batch.steps() * self.features());
        parts.par_iter_mut().for_each(|(number, shard, out)| {
            shard.take(self, &batch, shard.streams.clone(), states);
            shard.forward(self, layers, chance, words, *number, out);
        });
        targets.clear();
        shards.iter().for_each(|shard| targets.extend_from_slice(&shard.targets));
    }
}

/// The shards with their indices, each with its rows; a stream has `row` values of them.
fn split<'a, T>(
    shards: &'a mut [StreamShard<T>],
    mut rows: &'a mut [T],
    row: usize,
) -> Vec<(usize, &'a mut StreamShard<T>, &'a mut [T])> {
    let mut parts = Vec::with_capacity(shards.len());
    for (number, shard) in shards.iter_mut().enumerate() {
        let (own, rest) = rows.split_at_mut(shard.streams.len() * row);
        parts.push((number, shard, own));
        rows = rest;
    }
    parts
}

#[cfg(test)]
mod tests;
