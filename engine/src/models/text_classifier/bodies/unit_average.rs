//! The mean of a document's word vectors, scaled to length 1.

use std::ops::Range;

use crate::kernel::Real;
use crate::nn::blocks::Block;
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::unit_length;

use super::average::Average;
use super::body::{Batch, Body, FrozenPart, Initial, Mode, WordLayer};
use super::tapes::Tapes;

/// The mean of word vectors of dimension D at length 1; zero if it is zero. It has no weights.
#[derive(Debug)]
pub struct UnitAverage {
    /// The mean.
    pub mean: Average,
}

/// What the backward pass needs: the scaled means `(B, D)`, and the factors `(B)` that scaled them.
#[derive(Debug, Default)]
struct Scaled<T> {
    means: Vec<T>,
    factors: Vec<T>,
}

impl<T: Real> Body<T> for UnitAverage {
    fn features(&self) -> usize {
        self.mean.dim
    }

    fn layers(&self) -> &[Range<usize>] {
        Body::<T>::layers(&self.mean)
    }

    fn initial(&self, block: &Block) -> Initial {
        Body::<T>::initial(&self.mean, block)
    }

    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)> {
        self.mean.word_layers()
    }

    fn flops(&self, words: usize) -> Vec<Flops> {
        Body::<T>::flops(&self.mean, words)
    }

    fn forward(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, features: &mut [T]) {
        let count = batch.documents.len();
        self.mean.forward(batch, mode, tapes, features);
        let Scaled { means, factors } = tapes.own.of();
        factors.clear();
        factors.resize(count, T::zero());
        unit_length::forward(self.mean.dim, features, factors);
        means.clear();
        means.extend_from_slice(features);
    }

    fn backward(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        tapes: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    ) {
        if frozen.words {
            return;
        }
        let Scaled { means, factors } = tapes.own.of();
        let mut dx = d_features.to_vec();
        unit_length::backward(self.mean.dim, means, factors, &mut dx);
        let rows = dx.chunks_exact(self.mean.dim).zip(means.chunks_exact(self.mean.dim));
        for (document, (dx, mean)) in batch.documents.iter().zip(rows) {
            // A mean of zero has no direction, so it has no gradient either.
            if mean.iter().any(|&x| x != T::zero()) {
                batch.embedding.scatter_mean(document, dx, &mut gradient.rows);
            }
        }
    }
}
