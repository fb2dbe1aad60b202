//! The forward and the backward pass of an encoder over a batch of texts.
//!
//! A batch is cut into chunks of whole texts, which depend on the lengths of the texts only. Threads share the chunks, and
//! sums over chunks are taken in their order: the bits do not depend on the number of threads. Padding is never computed.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernel::{Real, axpy};
use crate::nn::attention::Distances;
use crate::nn::gradient::Gradient;
use crate::nn::transformer_layer::{self, Chunk, Laid, Space};
use crate::nn::{room, unit_length};

use super::model::SentenceEncoder;

mod inside;

/// A batch is cut into chunks: a chunk is full when one more text would make more tokens than this.
pub const CHUNK: usize = 256;

/// What a forward pass leaves: the states of the tokens and, if it was asked to, what the backward pass needs. When it is
/// reused, it allocates memory only to grow.
#[derive(Debug, Clone, Default)]
pub struct Tape<T> {
    chunks: Vec<ChunkTape<T>>,
    /// The chunks of the current batch.
    used: usize,
    /// The biases of MPNet's distances, and the longest text that they reach.
    distances: Vec<T>,
    longest: usize,
    /// The weights of one layer, as the forward pass reads them.
    laid: Laid<T>,
    /// The number of groups that were frozen; `None` after a pass that kept nothing.
    frozen: Option<usize>,
    width: usize,
}

#[derive(Debug, Clone, Default)]
struct ChunkTape<T> {
    /// The texts of the batch in this chunk, and the number of their tokens.
    texts: Range<usize>,
    lengths: Vec<usize>,
    rows: usize,
    /// The normalised token embeddings `(N, D)`, and their factors `(N)`.
    embedded: (Vec<T>, Vec<T>),
    /// The input of the lowest layer that is trained, if the embeddings are not.
    bottom: Vec<T>,
    layers: Vec<transformer_layer::Tape<T>>,
    /// The tape of layers that are not trained.
    passing: transformer_layer::Tape<T>,
    space: Space<T>,
    /// The states after the last layer `(N, D)`.
    states: Vec<T>,
    /// Their gradient, and on the way down that of the layer's output.
    d_states: Vec<T>,
    /// The gradient of the embedding's normalisation.
    d_norm: Vec<T>,
    /// The gradient of the biases of the distances.
    d_distances: Vec<T>,
    /// The vectors of the texts before and the factors of their normalisation.
    vectors: Vec<T>,
    factors: Vec<T>,
}

impl<T: Real> ChunkTape<T> {
    fn chunk<'a>(lengths: &'a [usize], rows: usize, longest: usize, distances: &'a [T]) -> Chunk<'a, T> {
        let distances = (!distances.is_empty()).then_some(Distances { longest, biases: distances });
        Chunk { lengths, rows, distances }
    }

    /// The rows of a text of this chunk.
    fn rows_of(&self, text: usize) -> Range<usize> {
        let place = text - self.texts.start;
        let first: usize = self.lengths[..place].iter().sum();
        first..first + self.lengths[place]
    }
}

impl<T: Real> Tape<T> {
    /// The chunk with this text.
    fn chunk_of(&self, text: usize) -> usize {
        self.chunks[..self.used].partition_point(|chunk| chunk.texts.end <= text)
    }

    /// The states `(L, D)` of the tokens of a text of the last batch.
    pub fn states(&self, text: usize) -> &[T] {
        let chunk = &self.chunks[self.chunk_of(text)];
        let rows = chunk.rows_of(text);
        &chunk.states[rows.start * self.width..rows.end * self.width]
    }

    /// The gradient of these states, which the caller writes before [`SentenceEncoder::backward_states`].
    pub fn d_states_mut(&mut self, text: usize) -> &mut [T] {
        let (place, width) = (self.chunk_of(text), self.width);
        let chunk = &mut self.chunks[place];
        let rows = chunk.rows_of(text);
        let d_states = room(&mut chunk.d_states, chunk.rows * width);
        &mut d_states[rows.start * width..rows.end * width]
    }

    /// Cuts a batch into chunks.
    fn cut(&mut self, texts: &[&[u32]]) {
        self.used = 0;
        self.longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        let mut first = 0;
        while first < texts.len() {
            let (mut end, mut rows) = (first, 0);
            while end < texts.len() && (end == first || rows + texts[end].len() <= CHUNK) {
                rows += texts[end].len();
                end += 1;
            }
            if self.used == self.chunks.len() {
                self.chunks.push(ChunkTape::default());
            }
            let chunk = &mut self.chunks[self.used];
            chunk.texts = first..end;
            chunk.lengths.clear();
            chunk.lengths.extend(texts[first..end].iter().map(|text| text.len()));
            chunk.rows = rows;
            self.used += 1;
            first = end;
        }
    }
}

impl SentenceEncoder<f32> {
    /// The vectors `(B, F)` of texts, as by [`encode`](Self::encode). It is not generic: generic code is compiled in the crate
    /// that calls it, and the program is compiled for size.
    ///
    /// # Panics
    /// As [`encode`](Self::encode).
    pub fn vectors(&self, texts: &[&[u32]]) -> Vec<f32> {
        let mut vectors = vec![0.0; texts.len() * self.features()];
        self.encode(texts, &mut Tape::default(), &mut vectors);
        vectors
    }
}

impl<T: Real> SentenceEncoder<T> {
    /// Writes the vectors `(B, F)` of texts, each the ids of its tokens with the special ones. Nothing is kept for a
    /// backward pass.
    ///
    /// # Panics
    /// If a text is longer than [`longest`](Self::longest), or an id is beyond the token table.
    pub fn encode(&self, texts: &[&[u32]], tape: &mut Tape<T>, vectors: &mut [T]) {
        self.pass(texts, None, tape, vectors);
    }

    /// As [`encode`](Self::encode), but keeps what the backward pass needs to train all [groups](Self::groups) except
    /// the first `frozen` ones.
    pub fn forward(&self, texts: &[&[u32]], frozen: usize, tape: &mut Tape<T>, vectors: &mut [T]) {
        self.pass(texts, Some(frozen), tape, vectors);
    }

    fn pass(&self, texts: &[&[u32]], frozen: Option<usize>, tape: &mut Tape<T>, vectors: &mut [T]) {
        tape.cut(texts);
        (tape.frozen, tape.width) = (frozen, self.config.width());
        match self.config.relative {
            Some(relative) => {
                relative.forward(&self.dense[self.plan.relative.clone()], tape.longest, &mut tape.distances);
            }
            None => tape.distances.clear(),
        }
        let chunks = &mut tape.chunks[..tape.used];
        chunks.par_iter_mut().for_each(|chunk| self.embed(texts, chunk));
        let (longest, distances, laid) = (tape.longest, &tape.distances[..], &mut tape.laid);
        for (layer, range) in self.plan.layers.iter().enumerate() {
            let weights = &self.dense[range.clone()];
            self.config.layer.lay(weights, laid);
            chunks.par_iter_mut().for_each(|tape| {
                let chunk = ChunkTape::chunk(&tape.lengths, tape.rows, longest, distances);
                let states = &mut tape.states[..tape.rows * self.config.width()];
                if frozen == Some(layer + 1) {
                    room(&mut tape.bottom, states.len()).copy_from_slice(states);
                }
                let kept = match frozen.is_some_and(|frozen| layer + 1 >= frozen) {
                    true => &mut tape.layers[layer],
                    false => &mut tape.passing,
                };
                self.config.layer.forward(weights, laid, chunk, states, kept, &mut tape.space);
            });
        }
        chunks.par_iter_mut().for_each(|chunk| self.pool(chunk));
        let features = self.features();
        for chunk in chunks {
            let vectors = &mut vectors[chunk.texts.start * features..chunk.texts.end * features];
            vectors.copy_from_slice(&chunk.vectors[..vectors.len()]);
        }
    }

    /// Writes the normalised token embeddings of a chunk to its states.
    fn embed(&self, texts: &[&[u32]], tape: &mut ChunkTape<T>) {
        let (width, rows, plan) = (self.config.width(), tape.rows, &self.plan);
        let embedding = self.config.embedding();
        let embedded = room(&mut tape.embedded.0, rows * width);
        let mut rest = &mut *embedded;
        for text in &texts[tape.texts.clone()] {
            let (x, others) = rest.split_at_mut(text.len() * width);
            embedding.forward(|id| self.tokens.row(id), &self.dense[plan.tables.clone()], text, x);
            rest = others;
        }
        let (scales, states) = (room(&mut tape.embedded.1, rows), room(&mut tape.states, rows * width));
        self.config.norm().forward(&self.dense[plan.norm.clone()], embedded, scales, states);
        tape.layers.resize_with(tape.layers.len().max(self.config.layers), Default::default);
    }

    /// Writes the vectors of a chunk's texts.
    fn pool(&self, tape: &mut ChunkTape<T>) {
        let (width, features) = (self.config.width(), self.features());
        let vectors = room(&mut tape.vectors, tape.lengths.len() * features);
        let mut first = 0;
        for (&length, vector) in tape.lengths.iter().zip(vectors.chunks_exact_mut(features)) {
            let states = &tape.states[first * width..][..length * width];
            for (pooling, vector) in self.output.poolings.iter().zip(vector.chunks_exact_mut(width)) {
                pooling.forward(states, vector);
            }
            first += length;
        }
        if self.output.normalise {
            unit_length::forward(features, vectors, room(&mut tape.factors, tape.lengths.len()));
        }
    }

    /// From the gradient `d_vectors (B, F)` of the vectors of the last [`forward`](Self::forward): adds the gradients of
    /// all groups that were not frozen to `gradient`.
    ///
    /// # Panics
    /// If the last pass was no forward pass of these texts.
    pub fn backward(
        &self,
        texts: &[&[u32]],
        d_vectors: &[T],
        tape: &mut Tape<T>,
        gradient: &mut Gradient<T>,
    ) {
        let (width, features) = (self.config.width(), self.features());
        for chunk in &mut tape.chunks[..tape.used] {
            let d_states = room(&mut chunk.d_states, chunk.rows * width);
            d_states.fill(T::zero());
            let mut d_vectors = d_vectors[chunk.texts.start * features..chunk.texts.end * features].to_vec();
            if self.output.normalise {
                let vectors = &chunk.vectors[..d_vectors.len()];
                unit_length::backward(features, vectors, &chunk.factors, &mut d_vectors);
            }
            let mut first = 0;
            for (&length, d_vector) in chunk.lengths.iter().zip(d_vectors.chunks_exact(features)) {
                let range = first * width..(first + length) * width;
                for (pooling, d_vector) in self.output.poolings.iter().zip(d_vector.chunks_exact(width)) {
                    pooling.backward(&chunk.states[range.clone()], d_vector, &mut d_states[range.clone()]);
                }
                first += length;
            }
        }
        self.backward_states(texts, tape, gradient);
    }

    /// As [`backward`](Self::backward), from the gradients of the states that the caller has written
    /// ([`Tape::d_states_mut`]). The gradients in the tape have no meaning afterwards.
    ///
    /// # Panics
    /// If the last pass was no forward pass of these texts.
    pub fn backward_states(&self, texts: &[&[u32]], tape: &mut Tape<T>, gradient: &mut Gradient<T>) {
        let Some(frozen) = tape.frozen else { panic!("a backward pass after one that kept nothing") };
        let (longest, distances) = (tape.longest, &tape.distances[..]);
        let chunks = &mut tape.chunks[..tape.used];
        assert!(chunks.last().map_or(0, |chunk| chunk.texts.end) == texts.len(), "other texts than before");
        let embeddings = frozen == 0;
        for chunk in &mut *chunks {
            let size = if embeddings { distances.len() } else { 0 };
            chunk.d_distances.clear();
            chunk.d_distances.resize(size, T::zero());
        }
        for layer in (frozen.saturating_sub(1)..self.config.layers).rev() {
            let weights = &self.dense[self.plan.layers[layer].clone()];
            chunks.par_iter_mut().for_each(|tape| {
                self.input(layer, frozen, tape);
                let ChunkTape { lengths, rows, layers, d_states, space, d_distances, .. } = tape;
                let chunk = ChunkTape::chunk(lengths, *rows, longest, distances);
                let d = &mut d_states[..*rows * self.config.width()];
                let d_biases = Some(&mut d_distances[..]).filter(|d_biases| !d_biases.is_empty());
                let below = embeddings || layer + 1 > frozen;
                self.config.layer.backward(weights, chunk, &layers[layer], d, space, d_biases, below);
            });
            let passed: Vec<_> =
                chunks.iter().map(|chunk| (chunk.rows, &chunk.layers[layer], &chunk.space)).collect();
            let range = self.plan.layers[layer].clone();
            self.config.layer.add_weight_gradients(&passed, &mut gradient.dense[range]);
        }
        if embeddings {
            self.backward_embeddings(texts, longest, chunks, gradient);
        }
    }

    /// Writes the input of a layer to the chunk's space.
    fn input(&self, layer: usize, frozen: usize, tape: &mut ChunkTape<T>) {
        let (rows, width, plan) = (tape.rows, self.config.width(), &self.plan);
        let size = rows * width;
        match layer.checked_sub(1) {
            _ if layer + 1 == frozen => {
                room(&mut tape.space.input, size).copy_from_slice(&tape.bottom[..size]);
            }
            None => {
                let input = room(&mut tape.space.input, size);
                self.config.norm().output(&self.dense[plan.norm.clone()], &tape.embedded.0[..size], input);
            }
            Some(before) => {
                let weights = &self.dense[plan.layers[before].clone()];
                self.config.layer.output(weights, rows, &tape.layers[before], &mut tape.space.input);
            }
        }
    }

    fn backward_embeddings(
        &self,
        texts: &[&[u32]],
        longest: usize,
        chunks: &mut [ChunkTape<T>],
        gradient: &mut Gradient<T>,
    ) {
        let (width, plan) = (self.config.width(), &self.plan);
        let weights = &self.dense[plan.norm.clone()];
        chunks.par_iter_mut().for_each(|chunk| {
            let size = chunk.rows * width;
            let (normalised, scales) = (&chunk.embedded.0[..size], &chunk.embedded.1[..chunk.rows]);
            let d_norm = room(&mut chunk.d_norm, 2 * width);
            d_norm.fill(T::zero());
            let (d, dx) = (&chunk.d_states[..size], room(&mut chunk.bottom, size));
            self.config.norm().backward(weights, normalised, scales, d, dx, d_norm);
        });
        let embedding = self.config.embedding();
        // As in PyTorch the vector of padding has no gradient.
        let place = |id| self.tokens.place(id).filter(|_| Some(id) != self.config.padding);
        for chunk in chunks {
            axpy(T::one(), &chunk.d_norm[..2 * width], &mut gradient.dense[plan.norm.clone()]);
            let mut rest = &chunk.bottom[..chunk.rows * width];
            for text in &texts[chunk.texts.clone()] {
                let (dx, others) = rest.split_at(text.len() * width);
                let tables = &mut gradient.dense[plan.tables.clone()];
                embedding.backward(place, text, dx, &mut gradient.rows, tables);
                rest = others;
            }
            if let Some(relative) = self.config.relative {
                let weights = &mut gradient.dense[plan.relative.clone()];
                relative.backward(longest, &chunk.d_distances, weights);
            }
        }
    }
}
