//! Documents to classes: word vectors, a body that makes features of them, dropout, a linear layer. The bodies are in
//! `bodies`, a file each.
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
use crate::nn::gradient::Gradient;
use crate::nn::linear::Linear;
use crate::nn::optimizer::{Algorithm, GroupRates, Optimizer, take_reals};
use crate::nn::recurrent::Recurrent;
use crate::nn::room;
use crate::rng;
use crate::session::language_model::Features;
use crate::session::text_transfer::Head;

mod bodies;

pub use bodies::ClassifierBody;
pub use bodies::body::FrozenPart;
use bodies::body::{Batch, Body, Initial, Mode, WordLayer};
pub use bodies::dropping::Within;
use bodies::tapes::Tapes;
pub use bodies::words::Known;

/// A classifier of documents.
#[derive(Debug, Clone)]
pub struct TextClassifier<T: Real = f32> {
    which: ClassifierBody,
    body: Arc<dyn Body<T>>,
    dim: usize,
    classes: usize,
    linear: Linear,
    /// Where the weights of the linear layer lie: behind those of the body.
    output: Range<usize>,
    blocks: Arc<Blocks>,
    dense: Vec<T>,
    /// `(n, D)`, row after row.
    trainable: Vec<T>,
    base: Arc<Array2<T>>,
    frozen: FrozenPart,
}

/// Everything that a forward and backward pass needs beside parameters and gradient. It serves models of all shapes, one
/// at a time, and grows to the largest.
#[derive(Debug, Clone, Default)]
pub struct Workspace<T = f32> {
    tapes: Tapes<T>,
    features: Vec<T>,
    mask: Vec<T>,
    logits: Vec<T>,
    d_features: Vec<T>,
}

/// Words per task when their products with the weights are computed beforehand.
const KNOWN: usize = 1_024;

impl ClassifierBody {
    /// The tensors of a classifier with this body, on vectors of dimension `dim`: their names, shapes and places.
    ///
    /// # Panics
    /// If a stack has no layer.
    pub fn blocks(&self, dim: usize, classes: usize) -> Blocks {
        let mut blocks = Blocks::default();
        let body = self.build::<f32>(dim, &mut blocks);
        blocks.push("linear", &Linear { features: body.features(), outputs: classes }.tensors(), "");
        blocks
    }
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
        &self.which
    }

    fn build(
        which: ClassifierBody,
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
        let blocks = which.blocks(dim, classes);
        let body = which.build::<T>(dim, &mut Blocks::default());
        let linear = Linear { features: body.features(), outputs: classes };
        let output = body.layers().last().map_or(0, |range| range.end)..blocks.size();
        let mut dense = vec![T::zero(); blocks.size()];
        for block in blocks.iter() {
            let Initial { fan, doubled } = if block.range.start < output.start {
                body.initial(block)
            } else {
                Initial { fan: linear.features, doubled: 0 }
            };
            let bound = 1.0 / (fan.max(1) as f64).sqrt();
            let mut stream = rng::stream(seed, &format!("initial {}", block.name), index);
            let mut draw = || bound * (2.0 * rng::unit64(&mut stream) - 1.0);
            for (place, value) in dense[block.range.clone()].iter_mut().enumerate() {
                *value = T::of(if place < doubled { draw() + draw() } else { draw() });
            }
        }
        let trainable = trainable.as_standard_layout().into_owned().into_raw_vec_and_offset().0;
        let blocks = Arc::new(blocks);
        let frozen = FrozenPart::default();
        TextClassifier { which, body, dim, classes, linear, output, blocks, dense, trainable, base, frozen }
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
        !self.body.word_layers().is_empty()
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
        self.body.layers().len()
    }

    /// Where the weights of a layer lie among the dense parameters, counted from the words up; those of the linear
    /// layer behind them.
    pub fn layer(&self, place: usize) -> Range<usize> {
        self.body.layers().get(place).unwrap_or(&self.output).clone()
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
    pub fn freeze(&mut self, part: FrozenPart) {
        self.frozen = part;
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
            which: self.which.clone(),
            body: Arc::clone(&self.body),
            output: self.output.clone(),
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
    /// As [`loss_and_gradient`](Self::loss_and_gradient); or if it is another model.
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
        let loss = cross_entropy::loss_and_gradient(logits, labels, self.classes, T::of(f64::from(scale)));

        // Below the linear layer there is something to learn if there are layers, or vectors to train.
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

    /// Bytes per word that [`know`](Self::know) takes; 0 if documents are not read word by word.
    pub fn bytes_to_know(&self) -> usize {
        self.body.word_layers().iter().map(|(layer, _)| layer.width() * size_of::<T>()).sum()
    }

    /// Computes the products of these words with the weights that read them, for [`predict`](Self::predict). They are
    /// invalid once a parameter has changed.
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
        let project = |(layer, range): &(&dyn WordLayer<T>, Range<usize>)| {
            let (width, weights) = (layer.width(), &self.dense[range.clone()]);
            let mut projected = vec![T::zero(); distinct.words().len() * width];
            let parts = projected.par_chunks_mut(KNOWN * width).zip(x.par_chunks(KNOWN * self.dim));
            parts.for_each_init(Panels::default, |panels, (out, x)| layer.project(weights, x, panels, out));
            projected
        };
        let projected = self.body.word_layers().iter().map(project).collect();
        Known { words: distinct, projected }
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
        self.encode(documents, Mode::Predict(known), workspace);
        let features = &workspace.features[..documents.len() * self.linear.features];
        self.linear.forward(&self.dense[self.output.clone()], features, out);
        cross_entropy::softmax(out, self.classes);
    }

    /// The sum of the losses and the number of right answers, with nothing dropped.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient).
    pub fn loss(&self, documents: &[&[u32]], labels: &[u32], workspace: &mut Workspace<T>) -> Loss {
        self.encode(documents, Mode::Predict(None), workspace);
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
        self.encode(documents, Mode::Predict(None), workspace);
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

    /// Leaves the features `(B, F)` in the workspace.
    fn encode(&self, documents: &[&[u32]], mode: Mode<T>, workspace: &mut Workspace<T>) {
        let features = room(&mut workspace.features, documents.len() * self.linear.features);
        self.body.forward(self.batch(documents), mode, &mut workspace.tapes, features);
    }

    fn batch<'a>(&'a self, documents: &'a [&'a [u32]]) -> Batch<'a, T> {
        Batch { documents, embedding: self.embedding(), dense: &self.dense }
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
