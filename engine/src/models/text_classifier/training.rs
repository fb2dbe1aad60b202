//! A training step of the classifier: loss and gradient, and the update of what is trained.

use crate::kernel::Real;
use crate::nn::cross_entropy::{self, Loss};
use crate::nn::dropout::{self, Dropout};
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{Algorithm, GroupRates, Optimizer};
use crate::nn::room;

use super::bodies::ClassifierBody;
use super::bodies::body::{FrozenPart, Mode};
use super::bodies::dropping::Within;
use super::{TextClassifier, Workspace};

impl<T: Real> TextClassifier<T> {
    /// A new optimizer for this model.
    pub fn optimizer(&self, algorithm: impl Into<Algorithm>) -> Optimizer<T> {
        Optimizer::new(algorithm.into(), self.dense.len(), self.trainable_words(), self.dim)
    }

    /// A new gradient for this model, with all values zero.
    pub fn gradient(&self) -> Gradient<T> {
        Gradient::new(std::sync::Arc::clone(&self.blocks), self.trainable_words(), self.dim)
    }

    /// Computes the losses of a shard of a batch, and adds the gradient of `scale` times their sum to `gradient`;
    /// `scale` is 1 / the size of the whole batch. `labels` are the true classes; `dropout` is applied to the features.
    /// Call [`prepare`](Self::prepare) for the batch first.
    ///
    /// # Panics
    /// If there are not as many labels as documents, a label is not below C, or a word is beyond the tables.
    pub fn loss_and_gradient(
        &self,
        documents: &[&[u32]],
        labels: &[u32],
        scale: f32,
        dropout: Option<Dropout>,
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) -> Loss {
        self.loss_and_gradient_within(documents, (labels, None), scale, (dropout, None), gradient, workspace)
    }

    /// As [`loss_and_gradient`](Self::loss_and_gradient), with the loss of each document multiplied by the weight of its
    /// class, if `class_weights (C)` are given, and with dropout within the layers too. Only models with
    /// [stacked](Self::stacked) layers have the latter.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient); or if another model gets dropout within the layers.
    pub fn loss_and_gradient_within(
        &self,
        documents: &[&[u32]],
        (labels, class_weights): (&[u32], Option<&[f64]>),
        scale: f32,
        (dropout, within): (Option<Dropout>, Option<&Within>),
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) -> Loss {
        assert_eq!(documents.len(), labels.len(), "a label for each document");
        let stacked = matches!(self.which, ClassifierBody::Stacked { .. });
        assert!(stacked || within.is_none(), "only a stack of layers has dropout within them");
        self.encode(documents, Mode::Train(within), workspace);
        let size = documents.len() * self.linear.features;
        let features = &mut workspace.features[..size];
        let dropped = dropout.filter(|dropout| dropout.fraction > 0.0).map(|mut dropout| {
            let mask = room(&mut workspace.mask, size);
            dropout.forward(features, mask);
            &*mask
        });
        let weights = &self.dense[self.output.clone()];
        let logits = room(&mut workspace.logits, documents.len() * self.classes);
        self.linear.forward(weights, features, logits);
        let scale = T::of(f64::from(scale));
        let labels = (labels, class_weights);
        let loss = cross_entropy::weighted_loss_and_gradient(logits, labels, self.classes, scale);

        // The backward pass goes below the linear layer only if a layer or word vectors there are trained.
        let words = self.frozen.words || self.trainable.is_empty();
        let frozen = FrozenPart { words, ..self.frozen };
        let below = frozen.layers < self.layers() || !frozen.words;
        let d_features = room(&mut workspace.d_features, size);
        let d_output = &mut gradient.dense[self.output.clone()];
        self.linear.backward(weights, features, logits, below.then_some(&mut *d_features), d_output);
        if below {
            if let Some(mask) = dropped {
                dropout::backward(mask, d_features);
            }
            self.body.backward(self.batch(documents), frozen, &mut workspace.tapes, d_features, gradient);
        }
        loss
    }

    /// The floating-point operations of a training step for a document of `words` words: forward, and backward through
    /// what is trained now.
    pub fn training_flops(&self, words: usize) -> u64 {
        let layers = self.body.flops(words);
        let trains_words = !self.frozen.words && !self.trainable.is_empty();
        let frozen = self.frozen.layers;
        let linear = self.linear.flops();
        let below = frozen < self.layers() || trains_words;
        let top = linear.forward + linear.backward + if below { linear.input } else { 0 };
        let of_layer = |(place, layer): (usize, &Flops)| {
            let backward = if below && place >= frozen { layer.backward } else { 0 };
            // The gradient of its input goes to the layer below, or to the words.
            let wanted = if place == 0 { trains_words } else { place > frozen };
            layer.forward + backward + if wanted { layer.input } else { 0 }
        };
        top + layers.iter().enumerate().map(of_layer).sum::<u64>()
    }

    /// Brings the trainable vectors of the words of a batch up to date. Call it before the gradient of the batch is
    /// computed: the optimizer delays the steps of vectors that no batch needs. See [`Optimizer`].
    pub fn prepare(&mut self, optimizer: &mut Optimizer<T>, documents: &[&[u32]]) {
        let own = self.trainable_words() as u32;
        let words = documents.iter().flat_map(|document| document.iter().copied()).filter(|&word| word < own);
        optimizer.prepare(&mut self.trainable, words);
    }

    /// Does an update with the optimizer, at this learning rate.
    pub fn step(&mut self, optimizer: &mut Optimizer<T>, gradient: &Gradient<T>, learning_rate: f32) {
        optimizer.step(&mut self.dense, &mut self.trainable, gradient, learning_rate);
    }

    /// Does an update with a learning rate for each parameter group; see [`Optimizer::step_at`].
    pub fn step_at(
        &mut self,
        optimizer: &mut Optimizer<T>,
        gradient: &Gradient<T>,
        learning_rate: f32,
        group_rates: &GroupRates,
    ) {
        optimizer.step_at(&mut self.dense, &mut self.trainable, gradient, learning_rate, group_rates);
    }

    /// Brings every trainable vector up to date. Call it before predicting, reading the table, and saving. See
    /// [`Optimizer::settle`].
    pub fn settle(&mut self, optimizer: &mut Optimizer<T>) {
        optimizer.settle(&mut self.trainable);
    }
}
