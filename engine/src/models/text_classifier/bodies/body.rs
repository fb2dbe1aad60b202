//! The interface of a body: the layers of a classifier between the word vectors and the linear layer.

use std::fmt;
use std::ops::Range;

use crate::kernel::{Panels, Real};
use crate::nn::blocks::Block;
use crate::nn::embedding::Embedding;
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::recurrent::Recurrent;
use crate::nn::text_convolution::TextConvolution;

use super::dropping::Within;
use super::tapes::Tapes;
use super::words::Known;

/// Computes the features of a document from its words. A body holds only sizes. Its weights are in the classifier's
/// dense parameters, from index 0 on.
pub trait Body<T: Real>: fmt::Debug + Send + Sync {
    /// The number of features F.
    fn features(&self) -> usize;

    /// The range of the weights of each layer in the dense parameters, from the words up. Empty if the body has no
    /// weights.
    fn layers(&self) -> &[Range<usize>];

    /// How the initial values of a tensor of this body are drawn.
    fn initial(&self, block: &Block) -> Initial;

    /// The layers that multiply word vectors by their weights, each with the range of its weights: one for each reading
    /// direction. Empty if no layer reads the documents word by word.
    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)>;

    /// The floating-point operations for a document of `words` words: of each layer, from the words up. A body without
    /// weights counts as one layer.
    fn flops(&self, words: usize) -> Vec<Flops>;

    /// Writes `features (B, F)`.
    fn forward(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, features: &mut [T]);

    /// The backward pass. Given `d_features (B, F)`, the gradient of the features, it adds the gradients of the weights
    /// and the word vectors to `gradient`; nothing for the frozen part. The last forward pass must have had
    /// [`Mode::Train`] and the same `batch`.
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

/// The purpose of a forward pass.
#[derive(Debug, Clone, Copy)]
pub enum Mode<'a, T> {
    /// Prediction: nothing is kept for a backward pass. Known words need no matrix product.
    Predict(Option<&'a Known<T>>),
    /// Training: everything that a backward pass needs is kept. Only a stack of layers can have dropout within the
    /// layers.
    Train(Option<&'a Within>),
}

/// How the initial values of a tensor are drawn: as in PyTorch, uniformly within 1 / sqrt(`fan`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Initial {
    /// The fan-in of a convolution or a linear layer, or the number of hidden units of a recurrent layer.
    pub fan: usize,
    /// How many of the first values are the sum of two draws: a recurrent layer of PyTorch has two biases, and this
    /// crate keeps only their sum.
    pub doubled: usize,
}

/// The frozen part of a model: no gradient is computed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrozenPart {
    /// How many layers are frozen, from the words up.
    pub layers: usize,
    /// Whether the trainable word vectors are frozen.
    pub words: bool,
}

/// A layer that reads word vectors. Its matrix product with the vector of a word does not depend on the word's
/// position, so it can be computed once per word.
pub trait WordLayer<T: Real>: fmt::Debug + Sync {
    /// The number of values of that matrix product per word.
    fn width(&self) -> usize;

    /// Computes the matrix product with the vectors `x (U, D)` into `out (U, width)`. `panels` is working memory.
    fn project(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, out: &mut [T]);
}

impl<T: Real> WordLayer<T> for Recurrent {
    fn width(&self) -> usize {
        self.width()
    }

    fn project(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, out: &mut [T]) {
        self.project(weights, x, panels, out);
    }
}

impl<T: Real> WordLayer<T> for TextConvolution {
    fn width(&self) -> usize {
        self.width()
    }

    fn project(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, out: &mut [T]) {
        self.project(weights, x, panels, out);
    }
}
