//! A shard: some streams of a batch. One thread computes their forward and backward pass through embedding and
//! layers.

use std::ops::Range;

use crate::kernel::{Real, axpy};
use crate::nn::distinct::Distinct;
use crate::nn::dropout::{self, Dropout};
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Input, Keep, Start, Tape};
use crate::nn::room;
use crate::nn::rows::RowGradient;

use super::model::{Batch, Chance, LanguageModel, States};

/// The buffers of a shard: what it keeps of the forward pass, and temporary values.
#[derive(Debug, Clone, Default)]
pub(super) struct StreamShard<T> {
    /// The streams of the batch that belong to the shard.
    pub streams: Range<usize>,
    /// The target words in the order of the shard's rows: step after step.
    pub targets: Vec<u32>,
    batch: Packed,
    words: Vec<u32>,
    distinct: Distinct,
    /// For each row of the batch the row of the first layer's input that it reads,
    rows: Vec<u32>,
    /// and the same for the layers above, where each row reads its own.
    own: Vec<u32>,
    /// The input of each layer: the vectors of distinct words or of all words `(U or N, D)`, then `(N, H)`.
    inputs: Vec<Vec<T>>,
    /// The dropout masks: for each stream the factors of each layer's input `(B, D)`, and at the end those of the
    /// output. A mask is empty if nothing is dropped.
    masks: Vec<Vec<T>>,
    tapes: Vec<Tape<T>>,
    /// The states of each layer before and after the batch.
    start: Vec<[Vec<T>; 2]>,
    end: Vec<[Vec<T>; 2]>,
    d_input: Vec<T>,
    /// The gradient of all layers.
    pub gradient: Vec<T>,
    /// The gradient of the word vectors.
    pub vectors: RowGradient<T>,
}

impl<T: Real> StreamShard<T> {
    /// Copies the words and states of some streams of a batch into the shard.
    pub fn take(
        &mut self,
        model: &LanguageModel<T>,
        batch: &Batch,
        streams: Range<usize>,
        states: &States<T>,
    ) {
        let (steps, count) = (batch.steps(), streams.len());
        self.batch.pack(std::iter::repeat_n(steps, count));
        let in_order = |of: &[u32], to: &mut Vec<u32>| {
            to.clear();
            to.extend(
                (0..steps)
                    .flat_map(|step| streams.clone().map(move |s| (s, step)))
                    .map(|(stream, step)| of[stream * steps + step]),
            );
        };
        in_order(batch.words, &mut self.words);
        in_order(batch.targets, &mut self.targets);
        let layers = model.layers.len();
        self.inputs.resize_with(layers, Vec::new);
        self.masks.resize_with(layers + 1, Vec::new);
        self.tapes.resize_with(layers, Tape::default);
        self.start.resize_with(layers, Default::default);
        self.end.resize_with(layers, Default::default);
        for (layer, (start, end)) in self.start.iter_mut().zip(&mut self.end).enumerate() {
            let units = model.layers[layer].hidden();
            let range = streams.start * units..streams.end * units;
            for (part, (start, end)) in start.iter_mut().zip(end).enumerate() {
                start.clear();
                start.extend_from_slice(&states.layers[layer][part][range.clone()]);
                end.clear();
                end.resize(range.len(), T::zero());
            }
        }
        self.streams = streams;
    }

    /// Copies the states after the batch back to `states`.
    pub fn give(&self, states: &mut States<T>) {
        for (layer, parts) in self.end.iter().enumerate() {
            for (part, end) in parts.iter().enumerate() {
                let units = end.len() / self.streams.len().max(1);
                states.layers[layer][part][self.streams.start * units..self.streams.end * units]
                    .copy_from_slice(end);
            }
        }
    }

    /// The forward pass from the words to the softmax's input, `out (N, F)`. `words` holds the factor of each word's
    /// vector, if words are dropped; `weights` are the weights of all layers.
    pub fn forward(
        &mut self,
        model: &LanguageModel<T>,
        weights: &[T],
        chance: Option<&Chance>,
        words: &[T],
        number: usize,
        out: &mut [T],
    ) {
        let (streams, rows) = (self.streams.len(), self.batch.rows());
        let embedding = model.embedding();
        self.own.clear();
        self.own.extend(0..rows as u32);
        for (place, mask) in self.masks.iter_mut().enumerate() {
            mask.clear();
            let Some(chance) = chance else { continue };
            let (fraction, width) = match model.layers.get(place) {
                Some(layer) if place == 0 => (chance.dropout.input, layer.input()),
                Some(layer) => (chance.dropout.hidden, layer.input()),
                None => (chance.dropout.output, model.features()),
            };
            if fraction > 0.0 {
                mask.resize(streams * width, T::one());
                let stream = chance.moment.part(number).of_place("language model dropout", place, 8);
                let mut ones = vec![T::one(); streams * width];
                Dropout { fraction, stream }.forward(&mut ones, mask);
            }
        }
        // A word has the same vector everywhere, unless dropout of the input uses a mask for each stream.
        self.rows.clear();
        self.distinct.clear(rows);
        let x = &mut self.inputs[0];
        if self.masks[0].is_empty() {
            self.rows.extend(self.words.iter().map(|&word| self.distinct.number(word)));
            embedding.gather(self.distinct.words(), room(x, self.distinct.words().len() * embedding.dim));
            x.truncate(self.distinct.words().len() * embedding.dim);
            scale_words(self.distinct.words(), words, embedding.dim, x);
        } else {
            self.rows.extend_from_slice(&self.own);
            embedding.gather(&self.words, room(x, rows * embedding.dim));
            x.truncate(rows * embedding.dim);
            scale_words(&self.words, words, embedding.dim, x);
            x.chunks_exact_mut(self.masks[0].len()).for_each(|step| dropout::backward(&self.masks[0], step));
        }
        for (place, layer) in model.layers.iter().enumerate() {
            let weights = &weights[model.ranges[place].clone()];
            let [hidden, cells] = &self.start[place];
            let numbers = if place == 0 { &self.rows } else { &self.own };
            let x = &self.inputs[place][..];
            let input = Input { x, rows: numbers, known: None, start: Some(Start { hidden, cells }) };
            let tape = &mut self.tapes[place];
            layer.forward(weights, &self.batch, input, tape, Keep::All);
            let [hidden, cells] = &mut self.end[place];
            tape.end(&self.batch, hidden, cells);
            let states = &tape.hidden[..rows * layer.hidden()];
            let above = match self.inputs.get_mut(place + 1) {
                Some(above) => {
                    above.clear();
                    above.extend_from_slice(states);
                    &mut above[..]
                }
                None => {
                    out.copy_from_slice(states);
                    &mut *out
                }
            };
            let mask = &self.masks[place + 1];
            if !mask.is_empty() {
                above.chunks_exact_mut(mask.len()).for_each(|step| dropout::backward(mask, step));
            }
        }
    }

    /// The backward pass from the gradient of the softmax's input: fills `gradient` and `vectors`.
    pub fn backward(&mut self, model: &LanguageModel<T>, weights: &[T], words: &[T], d_out: &[T]) {
        let rows = self.batch.rows();
        self.gradient.clear();
        self.gradient.resize(model.layer_parameters(), T::zero());
        self.vectors.clear();
        let top = model.layers.len() - 1;
        room(&mut self.tapes[top].d_hidden, d_out.len())[..d_out.len()].copy_from_slice(d_out);
        for (place, layer) in model.layers.iter().enumerate().rev() {
            let mask = &self.masks[place + 1];
            let tape = &mut self.tapes[place];
            if !mask.is_empty() {
                let d_hidden = &mut tape.d_hidden[..rows * layer.hidden()];
                d_hidden.chunks_exact_mut(mask.len()).for_each(|step| dropout::backward(mask, step));
            }
            let [hidden, cells] = &self.start[place];
            let numbers = if place == 0 { &self.rows } else { &self.own };
            let x = &self.inputs[place][..];
            let input = Input { x, rows: numbers, known: None, start: Some(Start { hidden, cells }) };
            let mut dx = (place > 0 || !model.held).then(|| {
                let dx = room(&mut self.d_input, x.len());
                dx.fill(T::zero());
                dx
            });
            let range = model.ranges[place].clone();
            let (weights, gradient) = (&weights[range.clone()], &mut self.gradient[range]);
            layer.backward(weights, &self.batch, input, tape, dx.as_deref_mut(), gradient);
            if let (Some(below), Some(dx)) = (place.checked_sub(1), dx) {
                room(&mut self.tapes[below].d_hidden, dx.len()).copy_from_slice(dx);
            }
        }
        if model.held {
            return;
        }
        let dim = model.shape.dim;
        let dx = &mut self.d_input[..self.inputs[0].len()];
        let read = if self.masks[0].is_empty() {
            self.distinct.words()
        } else {
            let mask = &self.masks[0];
            dx.chunks_exact_mut(mask.len()).for_each(|step| dropout::backward(mask, step));
            &self.words
        };
        for (dx, &word) in dx.chunks_exact(dim).zip(read) {
            let factor = words.get(word as usize).copied().unwrap_or(T::one());
            self.vectors.add_row(word, factor, dx);
        }
    }

    /// Adds the gradient of the word vectors to a dense gradient, `(V, D)`.
    pub fn add_vectors(&self, dim: usize, to: &mut [T]) {
        for (row, dx) in self.vectors.added() {
            axpy(T::one(), dx, &mut to[row as usize * dim..][..dim]);
        }
    }
}

/// Multiplies each word's vector by the word's factor; no factors change nothing.
fn scale_words<T: Real>(words: &[u32], factors: &[T], dim: usize, x: &mut [T]) {
    if factors.is_empty() {
        return;
    }
    for (x, &word) in x.chunks_exact_mut(dim).zip(words) {
        let factor = factors[word as usize];
        x.iter_mut().for_each(|x| *x *= factor);
    }
}
