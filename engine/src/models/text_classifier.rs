//! A classifier of documents: word vectors, a body that computes features from them, dropout, and a linear layer. Each
//! body has a file in `bodies`.
//!
//! Each model has its own word ids. The ids `0..n` are rows of a table that the model trains. The ids from `n` on are
//! rows of a base table, which all models share and none changes. A model from scratch has only the first table. A
//! frozen model has only the second, and computes no gradient for vectors. A fine-tuned model copies the vectors of the
//! words of its training documents into the first table, and reads all others from the base.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::kernel::Real;
use crate::nn::blocks::{Blocks, Tensor, Values};
use crate::nn::embedding::Embedding;
use crate::nn::linear::Linear;
use crate::nn::optimizer::take_reals;
use crate::nn::recurrent::Recurrent;
use crate::rng;
use crate::session::language_model::Features;
use ndarray::Array2;

mod bodies;
mod predicting;
mod training;

pub use bodies::ClassifierBody;
pub use bodies::body::FrozenPart;
use bodies::body::{Body, Initial};
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
    /// The range of the weights of the linear layer in `dense`, after those of the body.
    output: Range<usize>,
    blocks: Arc<Blocks>,
    dense: Vec<T>,
    /// The trainable word vectors, `(n, D)`, in row-major order.
    trainable: Vec<T>,
    base: Arc<Array2<T>>,
    frozen: FrozenPart,
}

/// The working memory of a forward and backward pass, besides parameters and gradient. Models of all shapes can use it,
/// one at a time; it grows to the size that the largest needs.
#[derive(Debug, Default)]
pub struct Workspace<T = f32> {
    tapes: Tapes<T>,
    features: Vec<T>,
    mask: Vec<T>,
    logits: Vec<T>,
    d_features: Vec<T>,
}

impl ClassifierBody {
    /// The tensors of a classifier with this body, on vectors of dimension `dim`: their names, shapes and ranges.
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
    /// A classifier with the word vectors `trainable (n, D)` and `base (any, D)`. The initial weights of its other
    /// layers are drawn as in PyTorch: uniformly within 1 / sqrt(H) for a recurrent layer, within 1 / sqrt(F) for the
    /// linear layer. They depend only on `seed`, `index` and the shapes, so models that differ only in their tables
    /// have the same initial weights.
    ///
    /// # Panics
    /// If `classes` is below 2, a table does not have `dim` columns, the base is not in row-major order, or the tables
    /// have more rows than 32 bits can count.
    pub fn new(
        body: impl Into<ClassifierBody>,
        dim: usize,
        classes: usize,
        trainable: Array2<T>,
        base: Arc<Array2<T>>,
        seed: u64,
        index: u64,
    ) -> Self {
        Self::build(body.into(), dim, classes, trainable, base, (seed, index))
    }

    /// A classifier on the recurrent `layers` of a language model, given from the words up. `features` chooses the
    /// features: from the top layer alone, or also from the word vectors and the states of the layers below it.
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

    /// A classifier with the parameters that [`tensors`](Self::tensors) returned; `find` looks a tensor up by its name.
    /// All its word vectors are in `base (any, D)`, so none of them is trainable.
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

    /// The layers between the word vectors and the linear layer.
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

    /// The number of classes C.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Whether a layer reads the documents word by word. The average does not: it reads only the mean of the word
    /// vectors.
    pub fn reads_words(&self) -> bool {
        !self.body.word_layers().is_empty()
    }

    /// Dimensions of a word vector, D.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The number of features F that the linear layer reads.
    pub fn feature_count(&self) -> usize {
        self.linear.features
    }

    /// The number n of trainable word vectors; the ids below n are theirs.
    pub fn trainable_words(&self) -> usize {
        self.trainable.len() / self.dim.max(1)
    }

    /// The number of trainable parameters.
    pub fn trainable_parameters(&self) -> usize {
        self.dense.len() + self.trainable.len()
    }

    /// The number of all parameters, including the shared base table.
    pub fn total_parameters(&self) -> usize {
        self.trainable_parameters() + self.base.len()
    }

    /// The trainable word vectors, `(n, D)`, in row-major order. Up to date after [`settle`](Self::settle).
    pub fn trainable(&self) -> &[T] {
        &self.trainable
    }

    /// The base table, which models share.
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

    /// The `weight (C, F)` of the linear layer, then its `bias (C)`, for writing: a head that was trained to
    /// convergence can be put here.
    pub fn linear_mut(&mut self) -> &mut [T] {
        &mut self.dense[self.output.clone()]
    }

    /// How many layers there are between the words and the linear layer.
    pub fn layers(&self) -> usize {
        self.body.layers().len()
    }

    /// The range of the weights of a layer in the dense parameters. Layers are counted from the words up; the linear
    /// layer is the last.
    pub fn layer(&self, place: usize) -> Range<usize> {
        self.body.layers().get(place).unwrap_or(&self.output).clone()
    }

    /// The dense parameters; [`layer`](Self::layer) gives the range of each layer.
    pub fn dense(&self) -> &[T] {
        &self.dense
    }

    /// The dense parameters, for writing.
    pub fn dense_mut(&mut self) -> &mut [T] {
        &mut self.dense
    }

    /// Freezes a part of the model: from now on, no gradient is computed for it.
    pub fn freeze(&mut self, part: FrozenPart) {
        self.frozen = part;
    }

    /// A copy of the classifier with other word vectors, `vectors (any, D)`, for texts with words that this one has no
    /// row for. Its word ids are the rows of `vectors`. Use it only for prediction.
    ///
    /// # Panics
    /// If `vectors` does not have D columns, or is not in row-major order.
    pub fn reading(&self, vectors: Array2<T>) -> Self {
        self.on(&self.dense, Vec::new(), vectors)
    }

    /// A copy with the dense parameters `dense` on `vectors (any, D)`, which are trainable if `learning`, so that they
    /// have a gradient. Its word ids are the rows of `vectors`.
    ///
    /// # Panics
    /// As [`reading`](Self::reading); or if `dense` is of another size.
    pub fn upon(&self, dense: &[T], vectors: Array2<T>, learning: bool) -> Self {
        let none = Array2::zeros((0, self.dim));
        let (trainable, base) = if learning { (vectors, none) } else { (none, vectors) };
        self.on(dense, trainable.into_raw_vec_and_offset().0, base)
    }

    /// A copy with the dense parameters `dense`.
    ///
    /// # Panics
    /// If they are of another number.
    pub fn upon_parameters(&self, dense: &[T]) -> Self {
        self.on(dense, self.trainable.clone(), (*self.base).clone())
    }

    fn on(&self, dense: &[T], trainable: Vec<T>, base: Array2<T>) -> Self {
        assert_eq!(base.ncols(), self.dim, "vectors of another size");
        assert!(base.as_slice().is_some(), "the vectors must lie row after row");
        assert_eq!(dense.len(), self.dense.len(), "parameters of another model");
        TextClassifier {
            which: self.which.clone(),
            body: Arc::clone(&self.body),
            output: self.output.clone(),
            blocks: Arc::clone(&self.blocks),
            dense: dense.to_vec(),
            trainable,
            base: Arc::new(base),
            ..*self
        }
    }

    /// All trainable parameters, by name. The base table is not among them.
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

    /// Sets the parameters to those that [`tensors`](Self::tensors) returned; `find` looks a tensor up by its name.
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

    /// Both tables of word vectors. Up to date after [`settle`](Self::settle).
    fn embedding(&self) -> Embedding<'_, T> {
        Embedding { dim: self.dim, trainable: &self.trainable, base: self.base.as_slice().unwrap_or(&[]) }
    }
}

#[cfg(test)]
mod stacked;
#[cfg(test)]
mod tests;
