//! The mean of a document's word vectors.

use std::ops::Range;

use crate::kernel::Real;
use crate::nn::blocks::Block;
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;

use super::body::{Batch, Body, FrozenPart, Initial, Mode, WordLayer};
use super::tapes::Tapes;

/// The mean of word vectors of dimension D. It has no weights.
#[derive(Debug)]
pub struct Average {
    /// The dimension D.
    pub dim: usize,
}

impl<T: Real> Body<T> for Average {
    fn features(&self) -> usize {
        self.dim
    }

    fn layers(&self) -> &[Range<usize>] {
        &[]
    }

    fn initial(&self, _: &Block) -> Initial {
        Initial { fan: self.dim, doubled: 0 }
    }

    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)> {
        Vec::new()
    }

    fn flops(&self, words: usize) -> Vec<Flops> {
        vec![Flops::mean(words, self.dim)]
    }

    fn forward(&self, batch: Batch<T>, _: Mode<T>, _: &mut Tapes<T>, features: &mut [T]) {
        for (document, x) in batch.documents.iter().zip(features.chunks_exact_mut(self.dim)) {
            batch.embedding.mean(document, x);
        }
    }

    fn backward(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        _: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    ) {
        if frozen.words {
            return;
        }
        for (document, dx) in batch.documents.iter().zip(d_features.chunks_exact(self.dim)) {
            batch.embedding.scatter_mean(document, dx, &mut gradient.rows);
        }
    }
}
