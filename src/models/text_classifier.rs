//! Documents to classes: word vectors, an encoder, pooling, dropout, a linear layer. The encoder may read
//! further recurrent layers, such as those of a language model; or convolutions over words take its place.
//!
//! A model has word ids of its own. The ids `0..n` are rows of a table that it trains. The ids from `n` on are rows of a
//! base table that all models share and none changes. A model from scratch has only the first table. A frozen model has
//! only the second, and computes no gradient for vectors. A fine-tuned model copies the words of its training documents
//! into the first table, and reads all others from the base.

use std::ops::Range;
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::{Panels, Real};
use crate::nn::blocks::{Blocks, Tensor, Values};
use crate::nn::cross_entropy::{self, Loss};
use crate::nn::distinct::Distinct;
use crate::nn::dropout::{self, Dropout};
use crate::nn::embedding::Embedding;
use crate::nn::encoder::{Direction, Encoder};
use crate::nn::gradient::Gradient;
use crate::nn::linear::Linear;
use crate::nn::optimizer::{Algorithm, GroupRates, Optimizer, take_reals};
use crate::nn::packed::Packed;
use crate::nn::recurrent::{self, Input, Keep, Recurrent, Tape};
use crate::nn::room;
use crate::nn::text_convolution::{self, TextConvolution};
use crate::rng;
use crate::session::language_model::Features;
use crate::session::text_transfer::Head;

mod dropped;
mod dropping;
mod evaluating;
mod layer_means;
mod layout;

use dropping::Dropped;
pub use dropping::Within;
use layer_means::LayerMeans;
pub use layout::{ClassifierBody, Layout};

/// A classifier of documents.
#[derive(Debug, Clone)]
pub struct TextClassifier<T: Real = f32> {
    body: ClassifierBody,
    dim: usize,
    classes: usize,
    encoder: Option<Encoder>,
    /// In the encoder's place.
    convolution: Option<TextConvolution>,
    /// Layers under the encoder, from the words up, and where their weights lie.
    below: Vec<(Recurrent, Range<usize>)>,
    /// Which hidden states under the top layer are features too.
    levels: LayerMeans,
    linear: Linear,
    /// Where the weights of each direction lie, or those of the convolution.
    directions: Vec<Range<usize>>,
    /// Where the weights of the linear layer lie.
    output: Range<usize>,
    blocks: Arc<Blocks>,
    dense: Vec<T>,
    /// `(n, D)`, row after row.
    trainable: Vec<T>,
    base: Arc<Array2<T>>,
    /// The part without a gradient.
    still: Still,
}

/// The transferred part of a model that is frozen: no gradient is computed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Still {
    /// The layers from the words up, if any of them.
    pub layers: usize,
    /// The trainable word vectors.
    pub words: bool,
}

/// Everything that a forward and backward pass needs beside parameters and gradient. It serves models of all shapes, one
/// at a time, and grows to the largest.
#[derive(Debug, Clone, Default)]
pub struct Workspace<T = f32> {
    batch: Packed,
    distinct: Distinct,
    /// The vectors of the distinct words `(U, D)`, and their gradient.
    x: Vec<T>,
    dx: Vec<T>,
    directions: [Direction<T>; 2],
    /// Of the layers under the encoder, and which row each row of a layer above reads: its own.
    below: Vec<Tape<T>>,
    convolution: text_convolution::Tape<T>,
    words: Vec<u32>,
    own: Vec<u32>,
    d_states: Vec<T>,
    features: Vec<T>,
    mask: Vec<T>,
    logits: Vec<T>,
    d_features: Vec<T>,
    dropped: Dropped<T>,
}

/// Words per task when gate inputs are computed beforehand.
const KNOWN: usize = 1_024;

/// The gate inputs of frequent words in a recurrent model. They are the same in all documents as long as no parameter
/// changes. See [`TextClassifier::know`].
#[derive(Debug, Clone)]
pub struct Known<T = f32> {
    words: Distinct,
    /// One table for each direction.
    brought: Vec<Vec<T>>,
}

impl<T: Real> TextClassifier<T> {
    /// A classifier with `trainable (n, D)` and `base (any, D)` word vectors, and initial weights of its other
    /// layers as PyTorch draws them: uniform within 1 / sqrt(H) for a recurrent layer, within 1 / sqrt(F) for the
    /// linear one. They depend on `seed`, `index` and the shapes alone: models that differ only in their tables
    /// start alike.
    ///
    /// # Panics
    /// If `classes` is below 2, a table has not `dim` columns, the base is not in row-major order, or the tables
    /// have more rows than 32 bits can count.
    pub fn new(
        head: Head,
        dim: usize,
        classes: usize,
        trainable: Array2<T>,
        base: Arc<Array2<T>>,
        seed: u64,
        index: u64,
    ) -> Self {
        Self::build(ClassifierBody::Head(head), dim, classes, trainable, base, (seed, index))
    }

    /// The same on the layers of a language model, from the words up. The features come from the top layer, and from the
    /// hidden states under it if they are asked for.
    ///
    /// # Panics
    /// As [`new`](Self::new); or if there is no layer.
    pub fn stacked(
        layers: &[Recurrent],
        features: Features,
        classes: usize,
        trainable: Array2<T>,
        base: Arc<Array2<T>>,
        seed: u64,
    ) -> Self {
        let body = ClassifierBody::Stacked { layers: layers.to_vec(), features };
        Self::build(body, layers[0].input(), classes, trainable, base, (seed, 0))
    }

    /// A classifier as [`tensors`](Self::tensors) gave its parameters, with all its word vectors in `base (any, D)`;
    /// `find` looks a tensor up by its name. Nothing is trained of the vectors.
    ///
    /// # Errors
    /// When a tensor is missing or of another size.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn of_tensors<'a>(
        body: ClassifierBody,
        classes: usize,
        base: Arc<Array2<T>>,
        find: impl Fn(&str) -> Option<Values<'a, T>>,
    ) -> Result<Self>
    where
        T: 'a,
    {
        let dim = base.ncols();
        let mut model = Self::build(body, dim, classes, Array2::zeros((0, dim)), base, (0, 0));
        model.load(find)?;
        Ok(model)
    }

    /// What stands between the word vectors and the linear layer.
    pub fn body(&self) -> &ClassifierBody {
        &self.body
    }

    fn build(
        body: ClassifierBody,
        dim: usize,
        classes: usize,
        trainable: Array2<T>,
        base: Arc<Array2<T>>,
        (seed, index): (u64, u64),
    ) -> Self {
        assert!(classes >= 2, "a classifier of {classes} classes");
        assert!(trainable.ncols() == dim || trainable.nrows() == 0, "trainable vectors of another size");
        assert!(base.ncols() == dim || base.nrows() == 0, "base vectors of another size");
        assert!(base.as_slice().is_some(), "the base must lie row after row");
        assert!(u32::try_from(trainable.nrows() + base.nrows()).is_ok(), "too many words");
        let Layout { encoder, convolution, below, levels, linear, directions, output, blocks } =
            Layout::new(&body, dim, classes);
        let fans = convolution.map_or_else(Vec::new, |convolution| convolution.fans());
        let mut dense = vec![T::zero(); blocks.size()];
        for (place, block) in blocks.iter().enumerate() {
            // PyTorch's recurrent layers have two biases; where only their sum matters, it is what is drawn here.
            let under = below.iter().find(|(_, range)| range.contains(&block.range.start));
            let layer = under.map(|(layer, _)| layer).or(encoder.as_ref().map(|encoder| &encoder.layer));
            let (fan, twice) = match layer {
                Some(layer) if block.range.start < output.start => {
                    (layer.hidden(), layer.doubled_biases(&block.name))
                }
                _ => (fans.get(place).copied().unwrap_or(linear.features), 0),
            };
            let bound = 1.0 / (fan.max(1) as f64).sqrt();
            let mut stream = rng::stream(seed, &format!("initial {}", block.name), index);
            let mut draw = || bound * (2.0 * rng::unit64(&mut stream) - 1.0);
            for (place, value) in dense[block.range.clone()].iter_mut().enumerate() {
                *value = T::of(if place < twice { draw() + draw() } else { draw() });
            }
        }
        let trainable = trainable.as_standard_layout().into_owned().into_raw_vec_and_offset().0;
        let blocks = Arc::new(blocks);
        let still = Still::default();
        TextClassifier {
            body,
            dim,
            classes,
            encoder,
            convolution,
            below,
            levels,
            linear,
            directions,
            output,
            blocks,
            dense,
            trainable,
            base,
            still,
        }
    }

    /// An optimizer at its start for this model.
    pub fn optimizer(&self, algorithm: impl Into<Algorithm>) -> Optimizer<T> {
        Optimizer::new(algorithm.into(), self.dense.len(), self.trainable_words(), self.dim)
    }

    /// A gradient of this model, at zero.
    pub fn gradient(&self) -> Gradient<T> {
        Gradient::new(Arc::clone(&self.blocks), self.trainable_words(), self.dim)
    }

    /// The number of classes C.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Whether documents are read word after word, and not as the mean of their words.
    pub fn reads_words(&self) -> bool {
        self.layers() > 0
    }

    /// Dimensions of a word vector, D.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The number of features F that the linear layer sees.
    pub fn feature_count(&self) -> usize {
        self.linear.features
    }

    /// The number of words that the model has vectors of its own for; smaller ids are theirs.
    pub fn trainable_words(&self) -> usize {
        self.trainable.len() / self.dim.max(1)
    }

    /// How many numbers are learned.
    pub fn trainable_parameters(&self) -> usize {
        self.dense.len() + self.trainable.len()
    }

    /// How many numbers the model computes with, the shared base included.
    pub fn total_parameters(&self) -> usize {
        self.trainable_parameters() + self.base.len()
    }

    /// The vectors that the model trains, `(n, D)` row after row. Up to date after [`settle`](Self::settle).
    pub fn trainable(&self) -> &[T] {
        &self.trainable
    }

    /// The table that the model shares.
    pub fn base(&self) -> &Arc<Array2<T>> {
        &self.base
    }

    /// The vector of a word. Up to date after [`settle`](Self::settle).
    ///
    /// # Panics
    /// If the id is beyond both tables.
    pub fn vector(&self, word: u32) -> &[T] {
        self.embedding().vector(word)
    }

    /// The linear layer's `weight (C, F)` and `bias (C)`, one after the other, to be set from a head that was
    /// trained to convergence.
    pub fn linear_mut(&mut self) -> &mut [T] {
        &mut self.dense[self.output.clone()]
    }

    /// How many layers there are between the words and the linear layer.
    pub fn layers(&self) -> usize {
        self.below.len() + usize::from(self.encoder.is_some() || self.convolution.is_some())
    }

    /// Where the weights of a layer lie among the dense parameters, counted from the words up; those of the linear
    /// layer behind them.
    pub fn layer(&self, place: usize) -> Range<usize> {
        match (self.below.get(place), self.directions.first(), self.directions.last()) {
            (Some((_, range)), ..) => range.clone(),
            (None, Some(first), Some(last)) if place == self.below.len() => first.start..last.end,
            _ => self.output.clone(),
        }
    }

    /// The dense parameters, as [`layer`](Self::layer) places them.
    pub fn dense(&self) -> &[T] {
        &self.dense
    }

    /// The same, to be set.
    pub fn dense_mut(&mut self) -> &mut [T] {
        &mut self.dense
    }

    /// No gradient is computed for this part from now on.
    pub fn hold(&mut self, still: Still) {
        self.still = still;
    }

    /// The same classifier with other word vectors, `vectors (any, D)`, for texts with words that this one has no row
    /// for. Its word ids are the rows of `vectors`. It is not to be trained.
    ///
    /// # Panics
    /// If `vectors` has not D columns, or is not in row-major order.
    pub fn reading(&self, vectors: Array2<T>) -> Self {
        assert_eq!(vectors.ncols(), self.dim, "vectors of another size");
        assert!(vectors.as_slice().is_some(), "the vectors must lie row after row");
        TextClassifier {
            body: self.body.clone(),
            directions: self.directions.clone(),
            output: self.output.clone(),
            below: self.below.clone(),
            levels: self.levels.clone(),
            blocks: Arc::clone(&self.blocks),
            dense: self.dense.clone(),
            trainable: Vec::new(),
            base: Arc::new(vectors),
            ..*self
        }
    }

    /// Adds to `gradient` the gradient of `scale` times the sum of the losses of a shard of a batch, `scale` being
    /// 1 / the size of the whole batch. `labels` are true classes; `dropout` acts on the features. The batch has
    /// to be [prepared](Self::prepare).
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
        self.loss_and_gradient_within(documents, labels, scale, (dropout, None), gradient, workspace)
    }

    /// The same with something dropped within the layers too; only of a model of [stacked](Self::stacked) layers.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient).
    pub fn loss_and_gradient_within(
        &self,
        documents: &[&[u32]],
        labels: &[u32],
        scale: f32,
        (dropout, within): (Option<Dropout>, Option<&Within>),
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) -> Loss {
        assert_eq!(documents.len(), labels.len(), "a label for each document");
        match within {
            Some(within) => self.encode_dropped(documents, within, workspace),
            None => self.encode(documents, workspace, Keep::All, None),
        }
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
        let loss = cross_entropy::loss_and_gradient(logits, labels, self.classes, T::of(f64::from(scale)));

        // Below the linear layer there is something to learn if there is an encoder, or vectors to train.
        let vectors = !self.trainable.is_empty() && !self.still.words;
        let layers = self.layers();
        let below = self.still.layers < layers || vectors;
        let d_features = room(&mut workspace.d_features, size);
        let d_output = &mut gradient.dense[self.output.clone()];
        self.linear.backward(weights, features, logits, below.then_some(&mut *d_features), d_output);
        if !below {
            return loss;
        }
        if let Some(mask) = dropped {
            dropout::backward(mask, d_features);
        }
        if within.is_some() {
            self.backward_dropped(documents.len(), vectors, gradient, workspace);
            return loss;
        }
        let embedding = self.embedding();
        if vectors {
            self.levels.spread_words(documents, embedding, d_features, &mut gradient.rows);
        }
        if layers == 0 {
            for (document, dx) in documents.iter().zip(d_features.chunks_exact(self.dim)) {
                embedding.scatter_mean(document, dx, &mut gradient.rows);
            }
            return loss;
        }
        let batch = &workspace.batch;
        let words = workspace.distinct.words();
        let x = &workspace.x[..words.len() * self.dim];
        if !self.below.is_empty() {
            self.backward_stack(documents.len(), vectors, gradient, workspace);
            return loss;
        }
        let mut dx = vectors.then(|| {
            let dx = room(&mut workspace.dx, x.len());
            dx.fill(T::zero());
            dx
        });
        for (index, range) in self.directions.iter().enumerate() {
            let (weights, d_weights) = (&self.dense[range.clone()], &mut gradient.dense[range.clone()]);
            let dx = dx.as_deref_mut();
            if let Some(encoder) = &self.encoder {
                let direction = &mut workspace.directions[index];
                encoder.backward(index, weights, batch, x, direction, d_features, d_weights, dx);
            } else if let Some(convolution) = &self.convolution {
                let lengths = documents.iter().map(|document| document.len());
                let input = Input { x, rows: &workspace.words, known: None, start: None };
                let tape = &workspace.convolution;
                convolution.backward(weights, lengths, input, tape, d_features, d_weights, dx);
            }
        }
        if let Some(dx) = dx {
            embedding.scatter(words, dx, &mut gradient.rows);
        }
        loss
    }

    /// Bytes per word that [`know`](Self::know) takes; 0 for a model without gate inputs.
    pub fn bytes_to_know(&self) -> usize {
        let recurrent = self.first_layer().map(|(layer, _)| layer.width());
        let width = recurrent.or(self.convolution.map(|convolution| convolution.width())).unwrap_or(0);
        width * size_of::<T>() * self.encoder.map_or(1, |encoder| encoder.directions())
    }

    /// Computes the gate inputs of these words beforehand, for [`predict`](Self::predict). They are invalid once a
    /// parameter has changed.
    ///
    /// # Panics
    /// If a word is beyond the tables.
    pub fn know(&self, words: &[u32]) -> Known<T> {
        let mut distinct = Distinct::default();
        distinct.clear(words.len());
        words.iter().for_each(|&word| {
            distinct.number(word);
        });
        let mut x = vec![T::zero(); distinct.words().len() * self.dim];
        self.embedding().gather(distinct.words(), &mut x);
        let first = self.below.first().map(|(_, range)| std::slice::from_ref(range));
        let bring = |range: &Range<usize>| {
            let (layer, weights) = (self.first_layer().map(|(layer, _)| layer), &self.dense[range.clone()]);
            let width = layer.map(|layer| layer.width()).or(self.convolution.map(|layer| layer.width()))?;
            let mut brought = vec![T::zero(); distinct.words().len() * width];
            let parts = brought.par_chunks_mut(KNOWN * width).zip(x.par_chunks(KNOWN * self.dim));
            parts.for_each_init(Panels::default, |panels, (brought, x)| match (&layer, &self.convolution) {
                (Some(layer), _) => layer.bring(weights, x, panels, brought),
                (None, Some(layer)) => layer.bring(weights, x, panels, brought),
                (None, None) => {}
            });
            Some(brought)
        };
        let brought = first.unwrap_or(&self.directions).iter().filter_map(bring).collect();
        Known { words: distinct, brought }
    }

    /// The probabilities of the classes, `out (B, C)`; faster where the [`Known`] words are given.
    ///
    /// # Panics
    /// If `out` has another size, or a word is beyond the tables.
    pub fn predict(
        &self,
        documents: &[&[u32]],
        known: Option<&Known<T>>,
        workspace: &mut Workspace<T>,
        out: &mut [T],
    ) {
        assert_eq!(out.len(), documents.len() * self.classes, "room for the probabilities");
        self.encode(documents, workspace, Keep::States, known);
        let features = &workspace.features[..documents.len() * self.linear.features];
        self.linear.forward(&self.dense[self.output.clone()], features, out);
        cross_entropy::softmax(out, self.classes);
    }

    /// The sum of the losses and the number of right answers, with nothing dropped.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient).
    pub fn loss(&self, documents: &[&[u32]], labels: &[u32], workspace: &mut Workspace<T>) -> Loss {
        self.encode(documents, workspace, Keep::States, None);
        let features = &workspace.features[..documents.len() * self.linear.features];
        let logits = room(&mut workspace.logits, documents.len() * self.classes);
        self.linear.forward(&self.dense[self.output.clone()], features, logits);
        cross_entropy::loss_and_gradient(logits, labels, self.classes, T::one())
    }

    /// The features that the linear layer sees, `out (B, F)`.
    ///
    /// # Panics
    /// If `out` has another size, or a word is beyond the tables.
    pub fn features(&self, documents: &[&[u32]], workspace: &mut Workspace<T>, out: &mut [T]) {
        assert_eq!(out.len(), documents.len() * self.linear.features, "room for the features");
        self.encode(documents, workspace, Keep::States, None);
        out.copy_from_slice(&workspace.features[..out.len()]);
    }

    /// Brings the trainable vectors of the words of a batch up to date. Call it before the gradient of the batch is
    /// computed: the optimizer delays the steps of vectors that no batch needs. See [`Optimizer`].
    pub fn prepare(&mut self, optimizer: &mut Optimizer<T>, documents: &[&[u32]]) {
        let own = self.trainable_words() as u32;
        let words = documents.iter().flat_map(|document| document.iter().copied()).filter(|&word| word < own);
        optimizer.prepare(&mut self.trainable, words);
    }

    /// Takes a step of `learning_rate` down the gradient.
    pub fn step(&mut self, optimizer: &mut Optimizer<T>, gradient: &Gradient<T>, learning_rate: f32) {
        optimizer.step(&mut self.dense, &mut self.trainable, gradient, learning_rate);
    }

    /// Takes a step with learning rates of groups; see [`Optimizer::step_at`].
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

    /// All parameters that are learned, by name. The base is not among them.
    pub fn tensors(&self) -> Vec<Tensor<'_, T>> {
        let mut all: Vec<_> = self
            .blocks
            .iter()
            .map(|block| Tensor::real(block.name.clone(), &block.shape, &self.dense[block.range.clone()]))
            .collect();
        if !self.trainable.is_empty() {
            let shape = [self.trainable_words(), self.dim];
            all.push(Tensor::real("embedding.weight", &shape, &self.trainable));
        }
        all
    }

    /// Takes the parameters that [`tensors`](Self::tensors) gave; `find` looks a tensor up by its name.
    ///
    /// # Errors
    /// When a tensor is missing or has another size than this model's.
    pub fn load<'a>(&mut self, find: impl Fn(&str) -> Option<Values<'a, T>>) -> Result<()>
    where
        T: 'a,
    {
        for block in self.blocks.iter() {
            take_reals(&find, &block.name, &mut self.dense[block.range.clone()])?;
        }
        if self.trainable.is_empty() {
            Ok(())
        } else {
            take_reals(&find, "embedding.weight", &mut self.trainable)
        }
    }

    /// The layer that reads the words, and where its weights lie (of its first direction).
    fn first_layer(&self) -> Option<(Recurrent, Range<usize>)> {
        let encoder = || Some((self.encoder?.layer, self.directions.first()?.clone()));
        self.below.first().cloned().or_else(encoder)
    }

    /// Up to date after [`settle`](Self::settle).
    fn embedding(&self) -> Embedding<'_, T> {
        Embedding { dim: self.dim, trainable: &self.trainable, base: self.base.as_slice().unwrap_or(&[]) }
    }
}

#[cfg(test)]
mod stacked;
#[cfg(test)]
mod tests;
