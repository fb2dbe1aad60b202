//! A sentence encoder with a head: from the ids of a text's tokens to the probabilities of its classes.
//!
//! The head is that of a [`TextClassifier`]. `Average` reads the vector of the text, pooled as the encoder's folder says;
//! recurrent and convolutional heads read the states of its tokens. So a head begins with the same weights as a head on
//! word vectors of this size.
//!
//! Long batches are computed in pieces of whole texts, so that memory depends on the longest text and not on the size of
//! the batch. A text's features do not depend on the texts around it.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use ndarray::Array2;

use crate::error::Result;
use crate::kernel::{Real, axpy};
use crate::nn::blocks::{Blocks, Tensor, Values};
use crate::nn::cross_entropy::Loss;
use crate::nn::dropout::Dropout;
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{Algorithm, GroupRates, Optimizer, take_reals};
use crate::nn::room;
use crate::rng::Moment;
use crate::session::text_transfer::Head;

use super::sentence_encoder::{SentenceEncoder, Tape};
use super::text_classifier::{self, TextClassifier};

/// The number of tokens of a piece, if its first text is not longer.
const PIECE: usize = 2_048;

/// The name of the trained rows of the token table among the [tensors](EncoderClassifier::tensors).
const TOKENS: &str = "embeddings.word_embeddings.trained";

/// A sentence encoder with a head.
#[derive(Clone)]
pub struct EncoderClassifier<T: Real> {
    /// The encoder. Its dense parameters are followed by those of the head.
    pub encoder: SentenceEncoder<T>,
    /// The head, without its parameters.
    head: TextClassifier<T>,
    which: Head,
    /// The head's parameters among the dense ones.
    place: Range<usize>,
    blocks: Arc<Blocks>,
    /// Whether the head reads the states of the tokens; otherwise it reads the vector of the text.
    reads_tokens: bool,
    /// The number of the encoder's [groups](SentenceEncoder::groups) that are not trained now, from the bottom up.
    frozen: usize,
}

/// Buffers of a thread.
#[derive(Default)]
pub struct Workspace<T = f32> {
    tape: Tape<T>,
    vectors: Vec<T>,
    d_vectors: Vec<T>,
    head: text_classifier::Workspace<T>,
}

impl<T: Real> EncoderClassifier<T> {
    /// An encoder with a new head for this number of classes. `seed` names the random stream of its initial weights.
    ///
    /// # Panics
    /// If `classes` is below 2.
    pub fn new(
        mut encoder: SentenceEncoder<T>,
        head: Head,
        classes: usize,
        seed: u64,
    ) -> EncoderClassifier<T> {
        let reads_tokens = !head.reads_mean();
        let dim = if reads_tokens { encoder.config.width() } else { encoder.features() };
        let none = || Array2::zeros((0, dim));
        let which = head;
        let head = TextClassifier::new(head, dim, classes, none(), Arc::new(none()), seed, 0);
        let mut blocks = (**encoder.blocks()).clone();
        let start = blocks.size();
        for tensor in head.tensors() {
            blocks.add(format!("head.{}", tensor.name), tensor.shape);
        }
        encoder.dense.truncate(start);
        encoder.dense.extend_from_slice(head.dense());
        let (place, blocks) = (start..blocks.size(), Arc::new(blocks));
        EncoderClassifier { encoder, head, which, place, blocks, reads_tokens, frozen: 0 }
    }

    /// The encoder without the head. None of its token vectors is trained.
    pub fn into_encoder(self) -> SentenceEncoder<T> {
        let mut encoder = self.encoder;
        encoder.dense.truncate(self.place.start);
        encoder.tokens = encoder.tokens.into_fixed();
        encoder
    }

    /// The number of classes C.
    pub fn classes(&self) -> usize {
        self.head.classes()
    }

    /// The head, with its initial parameters; [`dense`](SentenceEncoder::dense) of the encoder has the current ones.
    pub fn head(&self) -> &TextClassifier<T> {
        &self.head
    }

    /// What the head is.
    pub fn which(&self) -> Head {
        self.which
    }

    /// Whether the head is a linear classifier on the vector of a text.
    pub fn is_linear(&self) -> bool {
        !self.reads_tokens
    }

    /// Does not train the first `groups` of the encoder's [groups](SentenceEncoder::groups) from now on.
    pub fn freeze(&mut self, groups: usize) {
        self.frozen = groups;
    }

    /// The range of the head's parameters among the dense ones.
    pub fn head_range(&self) -> Range<usize> {
        self.place.clone()
    }

    /// The number of parameters that are trained if nothing is frozen, and of all parameters.
    pub fn parameters(&self) -> (usize, usize) {
        let head = self.place.len();
        (self.encoder.dense.len() + self.encoder.tokens.trained.len(), self.encoder.parameters() + head)
    }

    /// A new optimizer.
    pub fn optimizer(&self, algorithm: impl Into<Algorithm>) -> Optimizer<T> {
        let (rows, width) = (self.encoder.tokens.trained_rows(), self.encoder.config.width());
        Optimizer::new(algorithm.into(), self.encoder.dense.len(), rows, width)
    }

    /// A gradient of zeros.
    pub fn gradient(&self) -> Gradient<T> {
        let (rows, width) = (self.encoder.tokens.trained_rows(), self.encoder.config.width());
        Gradient::new(self.blocks.clone(), rows, width)
    }

    /// Brings the trained token vectors of a batch up to date. Call it before the gradient of the batch is computed.
    pub fn prepare(&mut self, optimizer: &mut Optimizer<T>, texts: &[&[u32]]) {
        let tokens = &mut self.encoder.tokens;
        let mut rows: Vec<u32> =
            texts.iter().flat_map(|text| *text).filter_map(|&id| tokens.place(id)).collect();
        rows.sort_unstable();
        rows.dedup();
        optimizer.prepare(&mut tokens.trained, rows.into_iter());
    }

    /// Takes a step; with `group_rates` each group at its own learning rate.
    pub fn step(
        &mut self,
        optimizer: &mut Optimizer<T>,
        gradient: &Gradient<T>,
        learning_rate: f32,
        group_rates: Option<&GroupRates>,
    ) {
        let (dense, rows) = (&mut self.encoder.dense, &mut self.encoder.tokens.trained);
        match group_rates {
            Some(rates) => optimizer.step_at(dense, rows, gradient, learning_rate, rates),
            None => optimizer.step(dense, rows, gradient, learning_rate),
        }
    }

    /// Brings every trained token vector up to date.
    pub fn settle(&mut self, optimizer: &mut Optimizer<T>) {
        optimizer.settle(&mut self.encoder.tokens.trained);
    }

    /// The loss of texts of a batch of `batch` texts, summed and weighted by class. Adds the gradient of this sum divided
    /// by `batch` to `gradient`. `labels` are the true classes, `weights (C)` those of the classes; `dropout` is the
    /// fraction of the features that is dropped, in streams of `moment`.
    ///
    /// # Panics
    /// If a text is longer than the encoder's longest, an id beyond its table, or a label not below C.
    pub fn loss_and_gradient(
        &self,
        texts: &[&[u32]],
        (labels, weights): (&[u32], Option<&[f64]>),
        batch: usize,
        (dropout, moment): (f32, Moment),
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) -> Loss {
        let mut sum = Loss { sum: 0.0, correct: 0 };
        let trains = self.frozen < self.encoder.groups().len();
        for (number, piece) in pieces(texts).into_iter().enumerate() {
            let (texts, labels) = (&texts[piece.clone()], &labels[piece]);
            let dropout = (dropout > 0.0)
                .then(|| Dropout { fraction: dropout, stream: moment.part(number).of_part("dropout") });
            let frozen = trains.then_some(self.frozen);
            let (vectors, documents) = self.read(texts, frozen, workspace);
            let head = self.head.upon(&self.encoder.dense[self.place.clone()], vectors, trains);
            let documents: Vec<&[u32]> = documents.iter().map(|document| &document[..]).collect();
            let mut of_head = head.gradient();
            let loss = head.loss_and_gradient_within(
                &documents,
                (labels, weights),
                1.0 / batch as f32,
                (dropout, None),
                &mut of_head,
                &mut workspace.head,
            );
            sum.sum += loss.sum;
            sum.correct += loss.correct;
            axpy(T::one(), &of_head.dense, &mut gradient.dense[self.place.clone()]);
            if trains {
                of_head.rows.sum(&[]);
                self.backward(texts, &of_head, gradient, workspace);
            }
        }
        sum
    }

    /// The vectors that the head reads for `texts`, and each text as their rows.
    fn read(
        &self,
        texts: &[&[u32]],
        frozen: Option<usize>,
        workspace: &mut Workspace<T>,
    ) -> (Array2<T>, Vec<Vec<u32>>) {
        let features = self.encoder.features();
        let vectors = room(&mut workspace.vectors, texts.len() * features);
        match frozen {
            Some(frozen) => self.encoder.forward(texts, frozen, &mut workspace.tape, vectors),
            None => self.encoder.encode(texts, &mut workspace.tape, vectors),
        }
        if !self.reads_tokens {
            let rows = (0..texts.len() as u32).map(|text| vec![text]).collect();
            let shape = (texts.len(), features);
            return (Array2::from_shape_vec(shape, vectors.to_vec()).unwrap_or_default(), rows);
        }
        let (mut states, mut documents, mut next) = (Vec::new(), Vec::new(), 0);
        for (place, text) in texts.iter().enumerate() {
            states.extend_from_slice(workspace.tape.states(place));
            documents.push((next..next + text.len() as u32).collect());
            next += text.len() as u32;
        }
        let shape = (next as usize, self.encoder.config.width());
        (Array2::from_shape_vec(shape, states).unwrap_or_default(), documents)
    }

    /// Carries the gradient of what the head read down through the encoder.
    fn backward(
        &self,
        texts: &[&[u32]],
        of_head: &Gradient<T>,
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) {
        if !self.reads_tokens {
            let features = self.encoder.features();
            let d_vectors = room(&mut workspace.d_vectors, texts.len() * features);
            d_vectors.fill(T::zero());
            for (row, d) in of_head.rows.iter() {
                d_vectors[row as usize * features..][..features].copy_from_slice(d);
            }
            return self.encoder.backward(texts, d_vectors, &mut workspace.tape, gradient);
        }
        let width = self.encoder.config.width();
        let ends: Vec<usize> = (texts.iter())
            .scan(0, |end, text| {
                *end += text.len();
                Some(*end)
            })
            .collect();
        (0..texts.len()).for_each(|text| workspace.tape.d_states_mut(text).fill(T::zero()));
        for (row, d) in of_head.rows.iter() {
            let text = ends.partition_point(|&end| end <= row as usize);
            let place = row as usize - (ends[text] - texts[text].len());
            workspace.tape.d_states_mut(text)[place * width..][..width].copy_from_slice(d);
        }
        self.encoder.backward_states(texts, &mut workspace.tape, gradient);
    }

    /// Writes the probabilities of the classes, `out (B, C)`.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient); or if `out` has another size.
    pub fn predict(&self, texts: &[&[u32]], workspace: &mut Workspace<T>, out: &mut [T]) {
        let classes = self.classes();
        assert_eq!(out.len(), texts.len() * classes, "room for the probabilities");
        for piece in pieces(texts) {
            let out = &mut out[piece.start * classes..piece.end * classes];
            let (vectors, documents) = self.read(&texts[piece], None, workspace);
            let head = self.head.upon(&self.encoder.dense[self.place.clone()], vectors, false);
            let documents: Vec<&[u32]> = documents.iter().map(|document| &document[..]).collect();
            head.predict(&documents, None, &mut workspace.head, out);
        }
    }

    /// Sets the parameters of the head; those of a linear one are `weight (C, F)`, then `bias (C)`.
    ///
    /// # Panics
    /// If they are of another number.
    pub fn set_head(&mut self, parameters: &[T]) {
        self.encoder.dense[self.place.clone()].copy_from_slice(parameters);
    }

    /// The floating-point operations of the forward pass of a text of `length` tokens.
    pub fn forward_flops(&self, length: usize) -> u64 {
        self.encoder.operations(length) as u64 + self.head.feature_flops(self.words(length))
    }

    /// The floating-point operations of a training step for a text of `length` tokens: the forward pass, and the backward
    /// pass through what is trained now. A layer's backward pass takes twice its forward pass.
    pub fn training_flops(&self, length: usize) -> u64 {
        let layers = self.encoder.config.layers;
        let trained = layers - self.frozen.saturating_sub(1).min(layers);
        let trained = if self.frozen < self.encoder.groups().len() { trained } else { 0 };
        let forward = self.encoder.operations(length);
        let backward = 2.0 * forward * trained as f64 / layers.max(1) as f64;
        (forward + backward) as u64 + self.head.training_flops(self.words(length))
    }

    fn words(&self, length: usize) -> usize {
        if self.reads_tokens { length } else { 1 }
    }

    /// All parameters that are ever trained, by name.
    pub fn tensors(&self) -> Vec<Tensor<'_, T>> {
        let mut all: Vec<_> = self
            .blocks
            .iter()
            .map(|block| {
                Tensor::real(block.name.clone(), &block.shape, &self.encoder.dense[block.range.clone()])
            })
            .collect();
        let tokens = &self.encoder.tokens;
        if !tokens.trained.is_empty() {
            let shape = [tokens.trained_rows(), self.encoder.config.width()];
            all.push(Tensor::real(TOKENS, &shape, &tokens.trained));
        }
        all
    }

    /// Sets the parameters to those that [`tensors`](Self::tensors) returned; `find` looks a tensor up by its name.
    ///
    /// # Errors
    /// When a tensor is missing or has another size than this model's.
    pub fn load<'a>(&mut self, find: impl Fn(&str) -> Option<Values<'a, T>>) -> Result<()>
    where
        T: 'a,
    {
        for block in self.blocks.clone().iter() {
            take_reals(&find, &block.name, &mut self.encoder.dense[block.range.clone()])?;
        }
        match self.encoder.tokens.trained.is_empty() {
            true => Ok(()),
            false => take_reals(&find, TOKENS, &mut self.encoder.tokens.trained),
        }
    }
}

/// A batch in pieces of whole texts.
fn pieces(texts: &[&[u32]]) -> Vec<Range<usize>> {
    let (mut pieces, mut start, mut tokens) = (Vec::new(), 0, 0);
    for (place, text) in texts.iter().enumerate() {
        if place > start && tokens + text.len() > PIECE {
            pieces.push(start..place);
            (start, tokens) = (place, 0);
        }
        tokens += text.len();
    }
    if start < texts.len() {
        pieces.push(start..texts.len());
    }
    pieces
}
