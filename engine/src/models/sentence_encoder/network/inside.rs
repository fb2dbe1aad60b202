//! A look inside an encoder: the attention probabilities of a text, and the states of its tokens after each layer.

use crate::kernel::{Real, axpy};
use crate::nn::attention::Distances;

use super::super::model::SentenceEncoder;
use super::Tape;

impl<T: Real> SentenceEncoder<T> {
    /// The attention probabilities `(L, L)` of a text in the layer at index `layer`, of the head at index `head` or, for
    /// `None`, the mean over all heads. Row i is how much token i reads of each token.
    ///
    /// # Panics
    /// As for [`encode`](Self::encode); or if there is no such layer or head.
    pub fn attention(&self, text: &[u32], layer: usize, head: Option<usize>, tape: &mut Tape<T>) -> Vec<T> {
        let length = text.len();
        let mut sum = vec![T::zero(); length * length];
        if length == 0 {
            return sum;
        }
        self.forward(&[text], 0, tape, &mut vec![T::zero(); self.features()]);
        let distances = (!tape.distances.is_empty())
            .then_some(Distances { longest: tape.longest, biases: &tape.distances[..] });
        let (sizes, kept) = (self.config.layer, &tape.chunks[0].layers[layer]);
        if let Some(head) = head {
            sizes.probabilities(kept, 0, length, distances, head, &mut sum);
            return sum;
        }
        let heads = sizes.attention.heads;
        let (part, mut own) = (T::of(1.0 / heads as f64), vec![T::zero(); length * length]);
        for head in 0..heads {
            sizes.probabilities(kept, 0, length, distances, head, &mut own);
            axpy(part, &own, &mut sum);
        }
        sum
    }

    /// The states `(N, D)` of the tokens of all texts, one text after another: after the embeddings, and after each layer.
    ///
    /// # Panics
    /// As for [`encode`](Self::encode).
    pub fn states_by_layer(&self, texts: &[&[u32]], tape: &mut Tape<T>) -> Vec<Vec<T>> {
        self.forward(texts, 0, tape, &mut vec![T::zero(); texts.len() * self.features()]);
        let (width, layers) = (self.config.width(), self.config.layers);
        let mut all = vec![Vec::new(); layers + 1];
        let mut states = Vec::new();
        for chunk in &tape.chunks[..tape.used] {
            let size = chunk.rows * width;
            states.resize(states.len().max(size), T::zero());
            let norm = &self.dense[self.plan.norm.clone()];
            self.config.norm().output(norm, &chunk.embedded.0[..size], &mut states[..size]);
            all[0].extend_from_slice(&states[..size]);
            for layer in 0..layers {
                let weights = &self.dense[self.plan.layers[layer].clone()];
                self.config.layer.output(weights, chunk.rows, &chunk.layers[layer], &mut states);
                all[layer + 1].extend_from_slice(&states[..size]);
            }
        }
        all
    }
}
