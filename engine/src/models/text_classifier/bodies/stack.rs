//! A stack of recurrent layers, such as those of a language model.

use std::ops::Range;

use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks};
use crate::nn::encoder::{Direction, Encoder};
use crate::nn::flops::Flops;
use crate::nn::gradient::Gradient;
use crate::nn::recurrent::{self, Input, Keep, Recurrent, Tape};
use crate::nn::room;
use crate::session::language_model::Features;
use crate::session::text_transfer::Pooling;

use super::body::{Batch, Body, FrozenPart, Initial, Mode, WordLayer};
use super::dropping::Dropped;
use super::layer_means::LayerMeans;
use super::tapes::Tapes;

/// The tape of a stack of recurrent layers.
#[derive(Debug, Default)]
pub(super) struct StackTape<T> {
    /// The tapes of the layers below the top layer, from the words up.
    pub(super) below: Vec<Tape<T>>,
    /// The tape of the top layer.
    pub(super) top: Direction<T>,
    /// The rows 0, 1, 2, …: a row of a layer reads the same row of the layer below.
    pub(super) own: Vec<u32>,
    /// The gradient of the states of the layer below.
    d_states: Vec<T>,
    /// The tape of the dropout within the layers.
    pub(super) dropped: Dropped<T>,
    /// Whether the last forward pass had dropout within the layers.
    pub(super) has_dropped: bool,
}

/// Recurrent layers of one direction, and pooling over the states of the top layer. The means of the word vectors and
/// of the states of all layers below can be features too.
#[derive(Debug)]
pub struct Stack {
    /// The layers below the top layer, from the words up.
    pub(super) below: Vec<Recurrent>,
    /// The top layer and its pooling.
    pub(super) encoder: Encoder,
    /// The range of the weights of each layer in the dense parameters, from the words up.
    pub(super) weights: Vec<Range<usize>>,
    /// The tensors of the hidden-to-hidden weights: their names and ranges.
    pub(super) state_weights: Vec<Block>,
    pub(super) means: LayerMeans,
}

impl Stack {
    /// Adds the tensors of `layers`, given from the words up, to `blocks`.
    ///
    /// # Panics
    /// If there is no layer.
    pub fn new(layers: &[Recurrent], features: Features, blocks: &mut Blocks) -> Stack {
        let Some((&layer, below)) = layers.split_last() else { panic!("a stack of no layers") };
        let pooling = match features {
            Features::Concat => Pooling::Concat,
            Features::LayerMeans => Pooling::Mean,
        };
        let encoder = Encoder { layer, bidirectional: false, pooling };
        let means = match features {
            Features::Concat => LayerMeans::default(),
            Features::LayerMeans => LayerMeans::new(&encoder, below),
        };
        let push = |(place, layer): (usize, &Recurrent)| {
            blocks.push(&format!("layers.{place}"), &layer.tensors(), "")
        };
        let weights = layers.iter().enumerate().map(push).collect();
        let state_weights = blocks.iter().filter(|block| block.name.contains("weight_hh")).cloned().collect();
        Stack { below: below.to_vec(), encoder, weights, state_weights, means }
    }

    /// The layers, from the words up.
    pub(super) fn all(&self) -> impl Iterator<Item = &Recurrent> {
        self.below.iter().chain([&self.encoder.layer])
    }

    /// The end of the weights of all layers in the dense parameters.
    pub(super) fn end(&self) -> usize {
        self.weights.last().map_or(0, |range| range.end)
    }

    fn forward_plain<T: Real>(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, out: &mut [T]) {
        let Tapes { packed, words, own } = tapes;
        let StackTape { below, top: direction, own, .. } = own.of();
        self.means.pool_words(batch.documents, batch.embedding, out);
        packed.pack(batch.documents.iter().map(|document| document.len()));
        words.distinct.clear(packed.rows());
        words.rows.resize(packed.rows(), 0);
        packed.gather(batch.documents, false, &mut words.rows);
        words.rows.iter_mut().for_each(|word| *word = words.distinct.number(*word));
        let (known, keep) = match mode {
            Mode::Predict(known) => (known, Keep::States),
            Mode::Train(_) => (None, Keep::All),
        };
        let places = words.gather(batch.embedding, known);
        let mut known = known.map(|known| recurrent::Known { projected: &known.projected[0], rows: &places });
        own.clear();
        own.extend(0..packed.rows() as u32);
        below.resize_with(self.below.len(), Tape::default);
        for (place, (layer, range)) in self.below.iter().zip(&self.weights).enumerate() {
            let (under, tape) = below.split_at_mut(place);
            let input = match under.last() {
                None => Input { x: words.x(), rows: &words.rows, known: known.take(), start: None },
                Some(under) => {
                    let x = &under.hidden[..packed.rows() * layer.input()];
                    Input { x, rows: own, known: None, start: None }
                }
            };
            layer.forward(&batch.dense[range.clone()], packed, input, &mut tape[0], keep);
            self.means.pool(place + 1, packed, &tape[0].hidden, out);
        }
        let (encoder, weights) = (&self.encoder, &batch.dense[self.weights[self.below.len()].clone()]);
        let (x, rows) = match below.last() {
            Some(under) => (&under.hidden[..packed.rows() * encoder.layer.input()], &*own),
            None => (words.x(), &words.rows),
        };
        room(&mut direction.rows, packed.rows()).copy_from_slice(rows);
        encoder.forward(0, weights, packed, x, known, direction, out, keep);
    }

    fn backward_plain<T: Real>(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        tapes: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    ) {
        let Tapes { packed, words, own } = tapes;
        let StackTape { below, top: direction, own, d_states, .. } = own.of();
        let rows = packed.rows();
        // Whether the backward pass must reach a layer, and whether it must go on below that layer.
        let learns = |place: usize| !frozen.words || frozen.layers <= place;
        let goes_on = |place: usize| !frozen.words || frozen.layers < place;
        if !frozen.words {
            self.means.spread_words(batch.documents, batch.embedding, d_features, &mut gradient.rows);
        }
        let top = self.below.len();
        if learns(top) {
            let range = self.weights[top].clone();
            let (weights, d_weights) = (&batch.dense[range.clone()], &mut gradient.dense[range]);
            let (x, dx) = match self.below.last() {
                Some(under) => {
                    let dx = goes_on(top).then(|| {
                        let to = room(d_states, rows * under.hidden());
                        to.fill(T::zero());
                        to
                    });
                    (&below[top - 1].hidden[..rows * under.hidden()], dx)
                }
                None => {
                    let (x, _, dx) = words.backward(goes_on(top));
                    (x, dx)
                }
            };
            self.encoder.backward(0, weights, packed, x, direction, d_features, d_weights, dx);
        }
        for (place, (layer, range)) in self.below.iter().zip(&self.weights).enumerate().rev() {
            if !learns(place) {
                return;
            }
            let (under, tape) = below.split_at_mut(place);
            let tape = &mut tape[0];
            let d_hidden = room(&mut tape.d_hidden, rows * layer.hidden());
            d_hidden.copy_from_slice(&d_states[..rows * layer.hidden()]);
            self.means.spread(place + 1, packed, d_features, d_hidden);
            let (x, numbers, dx) = match under.last() {
                Some(under) => {
                    let x = &under.hidden[..rows * layer.input()];
                    let dx = goes_on(place).then(|| {
                        let to = room(d_states, x.len());
                        to.fill(T::zero());
                        to
                    });
                    (x, &own[..], dx)
                }
                None => words.backward(goes_on(place)),
            };
            let input = Input { x, rows: numbers, known: None, start: None };
            let (weights, d_weights) = (&batch.dense[range.clone()], &mut gradient.dense[range.clone()]);
            layer.backward(weights, packed, input, tape, dx, d_weights);
        }
        if !frozen.words {
            words.scatter(batch.embedding, &mut gradient.rows);
        }
    }
}

impl<T: Real> Body<T> for Stack {
    fn features(&self) -> usize {
        self.encoder.features() + self.means.features()
    }

    fn layers(&self) -> &[Range<usize>] {
        &self.weights
    }

    fn initial(&self, block: &Block) -> Initial {
        let mut layers = self.all().zip(&self.weights);
        let layer = layers.find(|(_, range)| range.contains(&block.range.start));
        let layer = layer.map_or(&self.encoder.layer, |(layer, _)| layer);
        Initial { fan: layer.hidden(), doubled: layer.doubled_biases(&block.name) }
    }

    fn word_layers(&self) -> Vec<(&dyn WordLayer<T>, Range<usize>)> {
        let first: Option<&dyn WordLayer<T>> = self.all().next().map(|layer| layer as _);
        first.into_iter().zip(self.weights.iter().cloned()).collect()
    }

    fn flops(&self, words: usize) -> Vec<Flops> {
        let below = self.below.iter().map(|layer| layer.flops(words, false));
        let layers = below.chain([self.encoder.flops(words)]).enumerate();
        layers.map(|(place, flops)| flops + self.means.flops(place, words)).collect()
    }

    fn forward(&self, batch: Batch<T>, mode: Mode<T>, tapes: &mut Tapes<T>, features: &mut [T]) {
        tapes.own.of::<StackTape<T>>().has_dropped = false;
        if let Mode::Train(Some(within)) = mode {
            self.forward_dropped(batch, within, tapes, features);
        } else {
            self.forward_plain(batch, mode, tapes, features);
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
        if tapes.own.of::<StackTape<T>>().has_dropped {
            self.backward_dropped(batch, frozen, tapes, d_features, gradient);
        } else {
            self.backward_plain(batch, frozen, tapes, d_features, gradient);
        }
    }
}
