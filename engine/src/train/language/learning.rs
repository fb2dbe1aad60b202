//! A language model in training: the gradient of a batch, a step, and the detection of divergence.

use crate::error::Error;
use crate::models::language_model::text::Lexicon;
use crate::models::language_model::{Batch, Chance, LanguageModel, Shape, States, Workspace};
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{Algorithm, Optimizer};
use crate::session::checkpoint::Kept;
use crate::session::language_model::LanguageModelling;

/// Training has diverged if the loss is this many times the loss of predicting all words with equal probability.
const LOST: f64 = 10.0;

/// A language model in training.
pub struct Learning {
    pub model: LanguageModel,
    pub optimizer: Optimizer<f32>,
    pub states: States<f32>,
    gradient: Gradient<f32>,
    pub workspace: Workspace,
}

/// The shape of the model for a vocabulary.
pub fn shape(asked: &LanguageModelling, lexicon: &Lexicon) -> Shape {
    Shape {
        words: lexicon.words().len(),
        dim: asked.dim,
        hidden: asked.hidden,
        layers: asked.layers,
        cell: asked.cell,
        tied: asked.tied,
        cuts: lexicon.cuts(&asked.softmax),
    }
}

impl Learning {
    /// A model before its first batch, with the settings of the recipe.
    pub fn new(model: LanguageModel, asked: &LanguageModelling) -> Learning {
        let streams = asked.batch_size;
        let mut model = model;
        model.hold_vectors(asked.fixes_vectors());
        let (optimizer, gradient) = (model.optimizer(Algorithm::Adam { decay: 0.0 }), model.gradient());
        let states = model.states(streams);
        Learning { model, optimizer, states, gradient, workspace: Workspace::default() }
    }

    /// Computes the gradient of a batch, clipped to the norm `clip`, and advances the streams' states. Returns the
    /// sum of the losses in nats.
    ///
    /// # Errors
    /// A message, if training has diverged.
    pub fn look(&mut self, batch: Batch, chance: &Chance, clip: f32) -> Result<f64, String> {
        let Learning { model, optimizer, states, gradient, workspace } = self;
        model.prepare(optimizer, batch.words);
        let loss = model.loss_and_gradient(batch, Some(chance), states, gradient, workspace);
        let (mean, guessing) = (loss / batch.words.len() as f64, (model.shape().words as f64).ln());
        if !gradient.clip(clip).is_finite()
            && let Err(error) = gradient.check_finite()
        {
            return Err(match error {
                Error::Diverged { what } => what,
                other => other.to_string(),
            });
        }
        if mean.is_finite() && mean <= LOST * guessing {
            return Ok(loss);
        }
        let (tensor, size) = largest(model);
        Err(format!(
            "the loss is {mean:.3e} nats a word, where guessing costs {guessing:.1}; the numbers of {tensor} have \
             grown to {size:.1e}"
        ))
    }

    /// Takes a step against the gradient of the last [`look`](Self::look), with this learning rate.
    pub fn step(&mut self, learning_rate: f32) {
        self.model.step(&mut self.optimizer, &self.gradient, learning_rate);
    }

    /// Applies updates that the optimizer has postponed.
    pub fn settle(&mut self) {
        self.model.settle(&mut self.optimizer);
    }

    /// Resets the states of the streams.
    pub fn begin_again(&mut self, streams: usize) {
        self.states = self.model.states(streams);
    }

    /// The states of the streams, as tensors.
    pub fn streams(&self) -> Vec<Kept<'_>> {
        let layers = self.states.layers.iter().enumerate().flat_map(|(layer, parts)| {
            ["hidden", "cells"].into_iter().zip(parts).map(move |(part, numbers)| {
                Kept::real(format!("streams.{layer}.{part}"), &[numbers.len()], numbers)
            })
        });
        layers.collect()
    }
}

/// The tensor with the largest values: its name, and the root mean square of its values.
pub fn largest(model: &LanguageModel) -> (String, f64) {
    let size = |tensor: &Tensor<'_, f32>| match tensor.values {
        Values::Real(values) => {
            (values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / values.len().max(1) as f64).sqrt()
        }
        Values::Count(_) => 0.0,
    };
    let sizes = model.tensors().into_iter().map(|tensor| (size(&tensor), tensor.name));
    let (size, name) = sizes.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    (name, size)
}
