//! What the classifier says about documents: features, losses, probabilities.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernel::{Panels, Real};
use crate::nn::cross_entropy::{self, Loss};
use crate::nn::distinct::Distinct;
use crate::nn::room;

use super::bodies::body::{Batch, Mode, WordLayer};
use super::bodies::words::Known;
use super::{TextClassifier, Workspace};

/// How many words a parallel task of [`TextClassifier::know`] has.
const KNOWN: usize = 1_024;

impl<T: Real> TextClassifier<T> {
    /// The floating-point operations to compute the features of a document of `words` words.
    pub fn feature_flops(&self, words: usize) -> u64 {
        self.body.flops(words).iter().map(|layer| layer.forward).sum()
    }

    /// The memory that [`know`](Self::know) needs per word, in bytes; 0 if no layer reads the documents word by word.
    pub fn bytes_to_know(&self) -> usize {
        self.body.word_layers().iter().map(|(layer, _)| layer.width() * size_of::<T>()).sum()
    }

    /// Computes in advance, for [`predict`](Self::predict), the matrix products of the vectors of `words` with the
    /// weights of the layers that read words. They are invalid once a parameter has changed.
    ///
    /// # Panics
    /// If a word is beyond the tables.
    pub fn know(&self, words: &[u32]) -> Known<T> {
        let mut distinct = Distinct::default();
        distinct.clear(words.len());
        words.iter().for_each(|&word| {
            distinct.number(word);
        });
        let mut x = vec![T::zero(); distinct.words().len() * self.dim];
        self.embedding().gather(distinct.words(), &mut x);
        let project = |(layer, range): &(&dyn WordLayer<T>, Range<usize>)| {
            let (width, weights) = (layer.width(), &self.dense[range.clone()]);
            let mut projected = vec![T::zero(); distinct.words().len() * width];
            let parts = projected.par_chunks_mut(KNOWN * width).zip(x.par_chunks(KNOWN * self.dim));
            parts.for_each_init(Panels::default, |panels, (out, x)| layer.project(weights, x, panels, out));
            projected
        };
        let projected = self.body.word_layers().iter().map(project).collect();
        Known { words: distinct, projected }
    }

    /// Writes the probabilities of the classes, `out (B, C)`. It is faster for words that are in `known`.
    ///
    /// # Panics
    /// If `out` has another size, or a word is beyond the tables.
    pub fn predict(
        &self,
        documents: &[&[u32]],
        known: Option<&Known<T>>,
        workspace: &mut Workspace<T>,
        out: &mut [T],
    ) {
        assert_eq!(out.len(), documents.len() * self.classes, "room for the probabilities");
        self.encode(documents, Mode::Predict(known), workspace);
        let features = &workspace.features[..documents.len() * self.linear.features];
        self.linear.forward(&self.dense[self.output.clone()], features, out);
        cross_entropy::softmax(out, self.classes);
    }

    /// The sum of the losses and the number of correct predictions, without dropout.
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Self::loss_and_gradient).
    pub fn loss(&self, documents: &[&[u32]], labels: &[u32], workspace: &mut Workspace<T>) -> Loss {
        self.encode(documents, Mode::Predict(None), workspace);
        let features = &workspace.features[..documents.len() * self.linear.features];
        let logits = room(&mut workspace.logits, documents.len() * self.classes);
        self.linear.forward(&self.dense[self.output.clone()], features, logits);
        cross_entropy::loss_and_gradient(logits, labels, self.classes, T::one())
    }

    /// Writes the features that the linear layer reads, `out (B, F)`.
    ///
    /// # Panics
    /// If `out` has another size, or a word is beyond the tables.
    pub fn features(&self, documents: &[&[u32]], workspace: &mut Workspace<T>, out: &mut [T]) {
        assert_eq!(out.len(), documents.len() * self.linear.features, "room for the features");
        self.encode(documents, Mode::Predict(None), workspace);
        out.copy_from_slice(&workspace.features[..out.len()]);
    }

    /// Computes the features `(B, F)` into the workspace.
    pub(super) fn encode(&self, documents: &[&[u32]], mode: Mode<T>, workspace: &mut Workspace<T>) {
        let features = room(&mut workspace.features, documents.len() * self.linear.features);
        self.body.forward(self.batch(documents), mode, &mut workspace.tapes, features);
    }

    pub(super) fn batch<'a>(&'a self, documents: &'a [&'a [u32]]) -> Batch<'a, T> {
        Batch { documents, embedding: self.embedding(), dense: &self.dense }
    }
}
