//! A recurrent layer in one or both directions, and pooling over its states.

use std::ops::Range;

use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks};
use crate::nn::encoder::{Direction, Encoder};
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::recurrent;
use crate::nn::room;

use super::body::{Batch, Body, FrozenPart, Initial, Mode, WordLayer};
use super::tapes::Tapes;

/// The tape: one for each direction.
type DirectionTapes<T> = [Direction<T>; 2];

/// An [`Encoder`], and the ranges of its weights in the dense parameters.
#[derive(Debug)]
pub struct Encoded {
    encoder: Encoder,
    /// The range of the weights of each direction.
    directions: Vec<Range<usize>>,
    /// The range of all weights: both directions are one layer.
    weights: Range<usize>,
}

impl Encoded {
    /// Adds the tensors of `encoder` to `blocks`; their names begin with `name`.
    pub fn new(encoder: Encoder, name: &str, blocks: &mut Blocks) -> Encoded {
        let start = blocks.size();
        let suffixes = ["", "_reverse"].into_iter().take(encoder.directions());
        let tensors = encoder.layer.tensors();
        let directions = suffixes.map(|suffix| blocks.push(name, &tensors, suffix)).collect();
        Encoded { encoder, directions, weights: start..blocks.size() }
    }
}

impl<T: Real> Body<T> for Encoded {
    fn features(&self) -> usize {
        self.encoder.features()
    }

    fn layers(&self) -> &[Range<usize>] {
        std::slice::from_ref(&self.weights)
    }

    fn initial(&self, block: &Block) -> Initial {
        let layer = &self.encoder.layer;
        Initial { fan: layer.hidden(), doubled: layer.doubled_biases(&block.name) }
    }

    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)> {
        let layer: &dyn WordLayer<T> = &self.encoder.layer;
        self.directions.iter().map(|range| (layer, range.clone())).collect()
    }

    fn flops(&self, words: usize) -> Vec<Flops> {
        vec![self.encoder.flops(words)]
    }

    fn forward(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, features: &mut [T]) {
        let Tapes { packed, words, own } = tapes;
        let directions: &mut DirectionTapes<T> = own.of();
        packed.pack(batch.documents.iter().map(|document| document.len()));
        words.distinct.clear(packed.rows());
        for (index, direction) in directions.iter_mut().enumerate().take(self.directions.len()) {
            let rows = room(&mut direction.rows, packed.rows());
            packed.gather(batch.documents, index == 1, rows);
            rows.iter_mut().for_each(|word| *word = words.distinct.number(*word));
        }
        let (known, keep) = match mode {
            Mode::Predict(known) => (known, recurrent::Keep::States),
            Mode::Train(_) => (None, recurrent::Keep::All),
        };
        let places = words.gather(batch.embedding, known);
        for (index, (range, direction)) in self.directions.iter().zip(directions).enumerate() {
            let known =
                known.map(|known| recurrent::Known { projected: &known.projected[index], rows: &places });
            let weights = &batch.dense[range.clone()];
            self.encoder.forward(index, weights, packed, words.x(), known, direction, features, keep);
        }
    }

    fn backward(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        tapes: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    ) {
        let Tapes { packed, words, own } = tapes;
        let directions: &mut DirectionTapes<T> = own.of();
        let (x, _, mut dx) = words.backward(!frozen.words);
        for (index, (range, direction)) in self.directions.iter().zip(directions).enumerate() {
            let (weights, d_weights) = (&batch.dense[range.clone()], &mut gradient.dense[range.clone()]);
            let dx = dx.as_deref_mut();
            self.encoder.backward(index, weights, packed, x, direction, d_features, d_weights, dx);
        }
        if !frozen.words {
            words.scatter(batch.embedding, &mut gradient.rows);
        }
    }
}
