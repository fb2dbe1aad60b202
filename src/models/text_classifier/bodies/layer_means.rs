//! The means of all levels of a stack as features: of a document's word vectors, and of the states of each layer under
//! the uppermost. What a text is about lies in the lower levels, which the averaged vectors of its words are one of.

use crate::kernel::Real;
use crate::nn::embedding::Embedding;
use crate::nn::encoder::Encoder;
use crate::nn::packed::Packed;
use crate::nn::pooling;
use crate::nn::recurrent::Recurrent;
use crate::nn::rows::RowGradient;
use crate::session::text_transfer::Pooling;

/// The levels under the uppermost layer whose means are features, behind those of the encoder.
#[derive(Debug, Clone, Default)]
pub(super) struct LayerMeans {
    /// Values of each, from the words up; none where the encoder's features are all.
    widths: Vec<usize>,
    /// The column where they begin.
    start: usize,
}

impl LayerMeans {
    /// The levels that the layers of an encoder and those under it read.
    pub(super) fn new(encoder: &Encoder, below: &[Recurrent]) -> LayerMeans {
        let widths = below.iter().chain([&encoder.layer]).map(Recurrent::input).collect();
        LayerMeans { widths, start: encoder.features() }
    }

    /// Features that they add.
    pub(super) fn features(&self) -> usize {
        self.widths.iter().sum()
    }

    /// The column of a level, counted from the words up, and how many values it has.
    fn column(&self, level: usize) -> Option<(usize, usize)> {
        let width = *self.widths.get(level)?;
        Some((self.start + self.widths[..level].iter().sum::<usize>(), width))
    }

    /// Writes the means of a level's packed rows `(N, width)` to its columns of `features (B, F)`.
    pub(super) fn pool<T: Real>(&self, level: usize, batch: &Packed, rows: &[T], features: &mut [T]) {
        if let Some((column, width)) = self.column(level) {
            let rows = &rows[..batch.rows() * width];
            pooling::forward(Pooling::Mean, batch, rows, width, features, column, &mut []);
        }
    }

    /// Adds the gradient of the means to that of a level's rows.
    pub(super) fn spread<T: Real>(&self, level: usize, batch: &Packed, d_features: &[T], d_rows: &mut [T]) {
        if let Some((column, width)) = self.column(level) {
            pooling::backward(Pooling::Mean, batch, d_features, column, &[], width, d_rows);
        }
    }

    /// Writes the means of the words' vectors to their columns.
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

    /// Adds the gradient of these means to that of the words.
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
