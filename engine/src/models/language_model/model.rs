//! The parameters of a recurrent language model: their shapes, how they are initialised, trained and saved.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::kernel::Real;
use crate::nn::adaptive_softmax::{AdaptiveSoftmax, Cuts};
use crate::nn::blocks::{Blocks, Tensor, Values};
use crate::nn::embedding::Embedding;
use crate::nn::gradient::Gradient;
use crate::nn::gru::Gru;
use crate::nn::lstm::Lstm;
use crate::nn::optimizer::{Algorithm, Optimizer, take_reals};
use crate::nn::recurrent::Recurrent;
use crate::rng::{self, Moment};
use crate::session::language_model::{Cell, Dropouts};

/// Initial word vectors and untied softmax weights are uniform between -RANGE and RANGE.
const RANGE: f64 = 0.1;

/// The sizes of a language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The number of words in the vocabulary, V.
    pub words: usize,
    /// Dimensions of a word vector, D.
    pub dim: usize,
    /// Units of a layer, H. With tied weights the last layer has D units.
    pub hidden: usize,
    /// The number of recurrent layers.
    pub layers: usize,
    /// The kind of the recurrent layers.
    pub cell: Cell,
    /// Whether the softmax's weights are the word vectors.
    pub tied: bool,
    /// The first words of the softmax's tails; an ordinary softmax has none.
    pub cuts: Cuts,
}

impl Shape {
    /// The recurrent layers, from the bottom up.
    pub fn layers(&self) -> Vec<Recurrent> {
        let units = |layer| if self.tied && layer + 1 == self.layers { self.dim } else { self.hidden };
        let layer = |place: usize| {
            let (input, hidden) = (place.checked_sub(1).map_or(self.dim, units), units(place));
            match self.cell {
                Cell::Lstm => Recurrent::Lstm(Lstm { input, hidden }),
                Cell::Gru => Recurrent::Gru(Gru { input, hidden }),
            }
        };
        (0..self.layers).map(layer).collect()
    }
}

/// The randomness of a training step: the dropout fractions, and the position in the random streams.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// The dropout fractions of the parts of the network.
    pub dropout: Dropouts,
    /// The position in the random streams.
    pub moment: Moment,
}

/// A batch: the same number of words from each stream of the text.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// `(S, steps)`.
    pub words: &'a [u32],
    /// The next word of each word.
    pub targets: &'a [u32],
    /// S, the number of streams.
    pub streams: usize,
}

impl Batch<'_> {
    /// The number of words in each stream.
    pub fn steps(&self) -> usize {
        self.words.len() / self.streams.max(1)
    }
}

/// The states at the end of each stream: hidden states and cells `(S, H)` of every layer.
#[derive(Debug, Clone, PartialEq)]
pub struct States<T> {
    /// For each layer from the bottom up: hidden states, then cells.
    pub layers: Vec<[Vec<T>; 2]>,
    pub(super) streams: usize,
}

/// A language model.
#[derive(Debug, Clone)]
pub struct LanguageModel<T: Real = f32> {
    pub(super) shape: Shape,
    pub(super) layers: Vec<Recurrent>,
    /// The range of each layer's weights in the dense parameters, where they come first.
    pub(super) ranges: Vec<Range<usize>>,
    /// The range of the softmax's weights, and within it the range of the word vectors if they are tied.
    pub(super) output: Range<usize>,
    pub(super) tied: Range<usize>,
    /// The range of the softmax's biases: those of the tails' entries, then those of the words.
    pub(super) bias: Range<usize>,
    pub(super) blocks: Arc<Blocks>,
    pub(super) dense: Vec<T>,
    /// The word vectors `(V, D)`, if they are not the softmax's weights.
    pub(super) vectors: Vec<T>,
    /// Whether the word vectors are frozen.
    pub(super) held: bool,
}

impl<T: Real> LanguageModel<T> {
    /// A model with initial parameters. Word vectors and the softmax's weights are uniform within ±0.1, the softmax's
    /// biases are zero. Layers and the tails' own tensors are initialised as in PyTorch, within ±1 / sqrt(H) and ±1 /
    /// sqrt(fan-in).
    ///
    /// # Panics
    /// If a size is 0.
    pub fn new(shape: Shape, seed: u64) -> Self {
        assert!(shape.words > 0 && shape.dim > 0 && shape.hidden > 0 && shape.layers > 0, "{shape:?}");
        let layers = shape.layers();
        let mut blocks = Blocks::default();
        let ranges = layers
            .iter()
            .enumerate()
            .map(|(place, layer)| blocks.push(&format!("layers.{place}"), &layer.tensors(), ""))
            .collect::<Vec<_>>();
        let features = layers.last().map_or(shape.dim, Recurrent::hidden);
        let name = if shape.tied { "embedding.weight" } else { "output.weight" };
        let (start, mut tied) = (blocks.size(), 0..0);
        for (tensor, sizes) in softmax(&shape, features).tensors(name) {
            let from = blocks.size();
            blocks.add(tensor.clone(), sizes);
            if shape.tied && tensor == name {
                tied = from..blocks.size();
            }
        }
        let output = start..blocks.size();
        match shape.cuts.as_slice().len() {
            0 => {}
            tails => blocks.add("tails.bias".into(), vec![tails]),
        }
        blocks.add("output.bias".into(), vec![shape.words]);
        let bias = output.end..blocks.size();
        let mut dense = vec![T::zero(); blocks.size()];
        for block in blocks.iter().filter(|block| block.range.start < bias.start) {
            let layer = ranges.iter().position(|range| range.contains(&block.range.start));
            let tail = block.name.starts_with("tails.") && block.name != "tails.weight";
            let bound = if tail { 1.0 / (block.shape[1] as f64).sqrt() } else { RANGE };
            let (bound, twice) = layer.map_or((bound, 0), |place| {
                let layer = &layers[place];
                (1.0 / (layer.hidden() as f64).sqrt(), layer.doubled_biases(&block.name))
            });
            draw(seed, &block.name, bound, twice, &mut dense[block.range.clone()]);
        }
        let mut vectors = vec![T::zero(); if shape.tied { 0 } else { shape.words * shape.dim }];
        draw(seed, "embedding.weight", RANGE, 0, &mut vectors);
        let (blocks, held) = (Arc::new(blocks), false);
        LanguageModel { shape, layers, ranges, output, tied, bias, blocks, dense, vectors, held }
    }

    /// The sizes of the model.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The recurrent layers, from the bottom up.
    pub fn layers(&self) -> &[Recurrent] {
        &self.layers
    }

    /// The weights of a layer: its tensors one after another.
    pub fn layer(&self, place: usize) -> &[T] {
        &self.dense[self.ranges[place].clone()]
    }

    /// The word vectors `(V, D)`. They are up to date after [`settle`](Self::settle).
    pub fn vectors(&self) -> &[T] {
        if self.shape.tied { &self.dense[self.tied.clone()] } else { &self.vectors }
    }

    /// The same, mutable.
    pub fn vectors_mut(&mut self) -> &mut [T] {
        if self.shape.tied { &mut self.dense[self.tied.clone()] } else { &mut self.vectors }
    }

    /// The softmax's biases of the words `(V)`, mutable.
    pub fn bias_mut(&mut self) -> &mut [T] {
        &mut self.dense[self.bias.end - self.shape.words..]
    }

    /// Freezes or unfreezes the word vectors. Call it before making an optimizer or a gradient.
    ///
    /// # Panics
    /// If they are to be frozen but are the softmax's weights (tied).
    pub fn hold_vectors(&mut self, held: bool) {
        assert!(!(held && self.shape.tied), "the softmax learns its weights");
        self.held = held;
    }

    /// The number of trained parameters.
    pub fn parameters(&self) -> usize {
        self.dense.len() + self.learned_rows() * self.shape.dim
    }

    /// The number of word vectors that are trained as rows of a table (not tied, not frozen).
    pub(super) fn learned_rows(&self) -> usize {
        if self.held { 0 } else { self.vectors.len() / self.shape.dim }
    }

    /// The states before the first word, for this number of streams.
    pub fn states(&self, streams: usize) -> States<T> {
        let zero = |units: usize| vec![T::zero(); streams * units];
        let layers = self.layers.iter().map(|layer| [zero(layer.hidden()), zero(layer.hidden())]).collect();
        States { layers, streams }
    }

    /// A new optimizer for this model.
    pub fn optimizer(&self, algorithm: impl Into<Algorithm>) -> Optimizer<T> {
        Optimizer::new(algorithm.into(), self.dense.len(), self.learned_rows(), self.shape.dim)
    }

    /// A gradient of zeros for this model.
    pub fn gradient(&self) -> Gradient<T> {
        Gradient::new(Arc::clone(&self.blocks), self.learned_rows(), self.shape.dim)
    }

    /// Applies the missed steps to the vectors of these words; see [`Optimizer::prepare`].
    pub fn prepare(&mut self, optimizer: &mut Optimizer<T>, words: &[u32]) {
        if self.learned_rows() > 0 {
            optimizer.prepare(&mut self.vectors, words.iter().copied());
        }
    }

    /// Takes a step against the gradient with this learning rate.
    pub fn step(&mut self, optimizer: &mut Optimizer<T>, gradient: &Gradient<T>, learning_rate: f32) {
        let rows = if self.held { &mut [][..] } else { &mut self.vectors[..] };
        optimizer.step(&mut self.dense, rows, gradient, learning_rate);
    }

    /// Applies the missed steps to all word vectors; see [`Optimizer::settle`].
    pub fn settle(&mut self, optimizer: &mut Optimizer<T>) {
        if !self.held {
            optimizer.settle(&mut self.vectors);
        }
    }

    /// All parameters by name.
    pub fn tensors(&self) -> Vec<Tensor<'_, T>> {
        let dense = self.blocks.iter();
        let mut all: Vec<_> = dense
            .map(|block| Tensor::real(block.name.clone(), &block.shape, &self.dense[block.range.clone()]))
            .collect();
        if !self.shape.tied {
            let shape = [self.shape.words, self.shape.dim];
            all.push(Tensor::real("embedding.weight", &shape, &self.vectors));
        }
        all
    }

    /// Restores the parameters that [`tensors`](Self::tensors) returned; `find` looks up a tensor by its name.
    ///
    /// # Errors
    /// If a tensor is missing or has another size.
    pub fn load<'a>(&mut self, find: impl Fn(&str) -> Option<Values<'a, T>>) -> Result<()>
    where
        T: 'a,
    {
        for block in self.blocks.iter() {
            take_reals(&find, &block.name, &mut self.dense[block.range.clone()])?;
        }
        if self.shape.tied { Ok(()) } else { take_reals(&find, "embedding.weight", &mut self.vectors) }
    }

    pub(super) fn embedding(&self) -> Embedding<'_, T> {
        Embedding { dim: self.shape.dim, trainable: self.vectors(), base: &[] }
    }

    /// F, the number of features that the softmax reads.
    pub(super) fn features(&self) -> usize {
        self.layers.last().map_or(self.shape.dim, Recurrent::hidden)
    }

    /// The number of parameters of all layers.
    pub(super) fn layer_parameters(&self) -> usize {
        self.output.start
    }

    pub(super) fn softmax(&self) -> AdaptiveSoftmax {
        softmax(&self.shape, self.features())
    }

    pub(super) fn output(&self) -> (&[T], &[T]) {
        (&self.dense[self.output.clone()], &self.dense[self.bias.clone()])
    }
}

/// The softmax of a model whose last layer has this number of features.
fn softmax(shape: &Shape, features: usize) -> AdaptiveSoftmax {
    AdaptiveSoftmax { features, words: shape.words, cuts: shape.cuts, reduced: !shape.tied }
}

/// Draws the initial values of a tensor. Each of the first `twice` values is the sum of two draws.
fn draw<T: Real>(seed: u64, name: &str, bound: f64, twice: usize, values: &mut [T]) {
    let mut stream = rng::stream(seed, &format!("initial {name}"), 0);
    let mut draw = || bound * (2.0 * rng::unit64(&mut stream) - 1.0);
    for (place, value) in values.iter_mut().enumerate() {
        *value = T::of(if place < twice { draw() + draw() } else { draw() });
    }
}
