//! Convolutions over the words of a document.

use std::ops::Range;

use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks};
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::recurrent::{self, Input};
use crate::nn::text_convolution::{Tape, TextConvolution};

use super::body::{Batch, Body, FrozenPart, Initial, Mode, WordLayer};
use super::tapes::Tapes;

/// A [`TextConvolution`], and the range of its weights in the dense parameters.
#[derive(Debug)]
pub struct Convolved {
    layer: TextConvolution,
    weights: Range<usize>,
    /// For each tensor: the index where it begins, and its fan-in, which is how many values an output reads.
    fans: Vec<(usize, usize)>,
}

impl Convolved {
    /// Adds the tensors of `layer` to `blocks`.
    pub fn new(layer: TextConvolution, blocks: &mut Blocks) -> Convolved {
        let start = blocks.size();
        let mut fans = Vec::new();
        for ((tensor, shape), fan) in layer.tensors().into_iter().zip(layer.fans()) {
            fans.push((blocks.size(), fan));
            blocks.add(format!("convs.{tensor}"), shape);
        }
        Convolved { layer, weights: start..blocks.size(), fans }
    }
}

impl<T: Real> Body<T> for Convolved {
    fn features(&self) -> usize {
        self.layer.features()
    }

    fn layers(&self) -> &[Range<usize>] {
        std::slice::from_ref(&self.weights)
    }

    fn initial(&self, block: &Block) -> Initial {
        let fan = self.fans.iter().find(|(start, _)| *start == block.range.start).map_or(1, |(_, fan)| *fan);
        Initial { fan, doubled: 0 }
    }

    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)> {
        vec![(&self.layer, self.weights.clone())]
    }

    fn flops(&self, words: usize) -> Vec<Flops> {
        vec![self.layer.flops(words)]
    }

    fn forward(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, features: &mut [T]) {
        let Tapes { words, own, .. } = tapes;
        words.distinct.clear(batch.documents.iter().map(|document| document.len()).sum());
        words.rows.clear();
        let (rows, distinct) = (&mut words.rows, &mut words.distinct);
        rows.extend(batch.documents.iter().copied().flatten().map(|&word| distinct.number(word)));
        let known = if let Mode::Predict(known) = mode { known } else { None };
        let places = words.gather(batch.embedding, known);
        let known = known.map(|known| recurrent::Known { projected: &known.projected[0], rows: &places });
        let input = Input { x: words.x(), rows: &words.rows, known, start: None };
        let weights = &batch.dense[self.weights.clone()];
        let lengths = batch.documents.iter().map(|document| document.len());
        self.layer.forward(weights, lengths, input, own.of::<Tape<T>>(), features);
    }

    fn backward(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        tapes: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    ) {
        let Tapes { words, own, .. } = tapes;
        let (x, rows, dx) = words.backward(!frozen.words);
        let input = Input { x, rows, known: None, start: None };
        let range = self.weights.clone();
        let (weights, d_weights) = (&batch.dense[range.clone()], &mut gradient.dense[range]);
        let lengths = batch.documents.iter().map(|document| document.len());
        self.layer.backward(weights, lengths, input, own.of::<Tape<T>>(), d_features, d_weights, dx);
        if !frozen.words {
            words.scatter(batch.embedding, &mut gradient.rows);
        }
    }
}
