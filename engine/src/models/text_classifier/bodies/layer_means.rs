//! Mean pooling of all levels of a stack below its top layer, as additional features. Level 0 is the word vectors of a
//! document; level i is the states of layer i, counted from 1 at the words. The topic of a text is easier to read from
//! the lower levels: the mean of the word vectors is itself a good feature.

use crate::kernel::Real;
use crate::nn::embedding::Embedding;
use crate::nn::encoder::Encoder;
use crate::nn::flops::Flops;
use crate::nn::packed::Packed;
use crate::nn::pooling;
use crate::nn::recurrent::Recurrent;
use crate::nn::rows::RowGradient;
use crate::session::text_transfer::Pooling;

/// The levels below the top layer whose means are features. Their columns come after the features of the encoder.
#[derive(Debug, Clone, Default)]
pub(super) struct LayerMeans {
    /// The number of values of each level, from the words up; empty if the encoder's features are the only ones.
    widths: Vec<usize>,
    /// The first column of the means.
    start: usize,
}

impl LayerMeans {
    /// The levels that the layers `below` and the layer of `encoder` read.
    pub(super) fn new(encoder: &Encoder, below: &[Recurrent]) -> LayerMeans {
        let widths = below.iter().chain([&encoder.layer]).map(Recurrent::input).collect();
        LayerMeans { widths, start: encoder.features() }
    }

    /// The number of features that the means add.
    pub(super) fn features(&self) -> usize {
        self.widths.iter().sum()
    }

    /// The first column of a level and its number of values; `None` if the level has no columns.
    fn column(&self, level: usize) -> Option<(usize, usize)> {
        let width = *self.widths.get(level)?;
        Some((self.start + self.widths[..level].iter().sum::<usize>(), width))
    }

    /// The floating-point operations of a level's mean over `words` words.
    pub(super) fn flops(&self, level: usize, words: usize) -> Flops {
        self.widths.get(level).map_or(Flops::default(), |&width| Flops::mean(words, width))
    }

    /// Writes the means of a level's packed rows `(N, width)` to its columns of `features (B, F)`.
    pub(super) fn pool<T: Real>(&self, level: usize, batch: &Packed, rows: &[T], features: &mut [T]) {
        if let Some((column, width)) = self.column(level) {
            let rows = &rows[..batch.rows() * width];
            pooling::forward(Pooling::Mean, batch, rows, width, features, column, &mut []);
        }
    }

    /// The backward pass of [`pool`](Self::pool): adds the gradient of the means to `d_rows`, the gradient of a level's
    /// rows.
    pub(super) fn spread<T: Real>(&self, level: usize, batch: &Packed, d_features: &[T], d_rows: &mut [T]) {
        if let Some((column, width)) = self.column(level) {
            pooling::backward(Pooling::Mean, batch, d_features, column, &[], width, d_rows);
        }
    }

    /// Writes the means of the word vectors to their columns.
    pub(super) fn pool_words<T: Real>(
        &self,
        documents: &[&[u32]],
        embedding: Embedding<'_, T>,
        features: &mut [T],
    ) {
        let Some((column, width)) = self.column(0) else { return };
        let row = features.len() / documents.len().max(1);
        for (document, features) in documents.iter().zip(features.chunks_exact_mut(row.max(1))) {
            embedding.mean(document, &mut features[column..][..width]);
        }
    }

    /// The backward pass of [`pool_words`](Self::pool_words): adds the gradient of the means to that of the word
    /// vectors.
    pub(super) fn spread_words<T: Real>(
        &self,
        documents: &[&[u32]],
        embedding: Embedding<'_, T>,
        d_features: &[T],
        gradient: &mut RowGradient<T>,
    ) {
        let Some((column, width)) = self.column(0) else { return };
        let row = d_features.len() / documents.len().max(1);
        for (document, dx) in documents.iter().zip(d_features.chunks_exact(row.max(1))) {
            embedding.scatter_mean(document, &dx[column..][..width], gradient);
        }
    }
}
