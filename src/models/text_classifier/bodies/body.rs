//! What a classifier asks of the layers between the word vectors and its linear layer.

use std::fmt;
use std::ops::Range;

use crate::kernel::{Panels, Real};
use crate::nn::blocks::Block;
use crate::nn::embedding::Embedding;
use crate::nn::gradient::Gradient;
use crate::nn::recurrent::Recurrent;
use crate::nn::text_convolution::TextConvolution;

use super::dropping::Within;
use super::tapes::Tapes;
use super::words::Known;

/// From the words of a document to its features. A body holds sizes; its weights are a part of the classifier's dense
/// parameters, from index 0 on.
pub trait Body<T: Real>: fmt::Debug + Send + Sync {
    /// The number of features F.
    fn features(&self) -> usize;

    /// Where the weights of each layer lie among the dense parameters, from the words up. Empty if nothing is learned.
    fn layers(&self) -> &[Range<usize>];

    /// How the weights of a tensor of this body are drawn.
    fn initial(&self, block: &Block) -> Initial;

    /// The layers that multiply the vectors of words by their weights, and where those weights lie: one for each reading
    /// direction. Empty if documents are not read word by word.
    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)>;

    /// Writes `features (B, F)`.
    fn forward(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, features: &mut [T]);

    /// Adds to `gradient` what follows from `d_features (B, F)`; nothing for the frozen part. The forward pass must have
    /// been one with [`Mode::Train`] and the same `batch`.
    fn backward(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        tapes: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    );
}

/// The documents of a batch and the parameters that read them.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a, T> {
    /// B documents, each the ids of its words.
    pub documents: &'a [&'a [u32]],
    /// The vectors of the words, of dimension D.
    pub embedding: Embedding<'a, T>,
    /// All dense parameters of the classifier.
    pub dense: &'a [T],
}

/// What a forward pass is for.
#[derive(Debug, Clone, Copy)]
pub enum Mode<'a, T> {
    /// Nothing is kept for a backward pass. Words that are known need no matrix product.
    Predict(Option<&'a Known<T>>),
    /// Everything that a backward pass needs is kept. Dropout within the layers is for a stack of layers only.
    Train(Option<&'a Within>),
}

/// How a tensor is drawn, as PyTorch does it: uniformly within 1 / sqrt(`fan`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Initial {
    /// How many values an output reads.
    pub fan: usize,
    /// So many of the first values are each the sum of two draws: PyTorch's recurrent layers have two biases where here
    /// their sum is kept.
    pub doubled: usize,
}

/// The transferred part of a model that is frozen: no gradient is computed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrozenPart {
    /// How many layers, from the words up.
    pub layers: usize,
    /// Whether the trainable word vectors are.
    pub words: bool,
}

/// A layer that reads word vectors. Its matrix product with a vector is the same wherever the word stands.
pub trait WordLayer<T: Real>: fmt::Debug + Sync {
    /// Values per word of that product.
    fn width(&self) -> usize;

    /// The products with the vectors `x (U, D)`: `out (U, width)`. `panels` is working memory.
    fn project(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, out: &mut [T]);
}

impl<T: Real> WordLayer<T> for Recurrent {
    fn width(&self) -> usize {
        self.width()
    }

    fn project(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, out: &mut [T]) {
        self.bring(weights, x, panels, out);
    }
}

impl<T: Real> WordLayer<T> for TextConvolution {
    fn width(&self) -> usize {
        self.width()
    }

    fn project(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, out: &mut [T]) {
        self.bring(weights, x, panels, out);
    }
}
