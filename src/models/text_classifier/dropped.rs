//! What AWD-LSTM drops (Merity et al. 2018), within the layers of a classifier that takes over a language model: whole
//! words, values of each document's words and of its states between layers (the same in all its steps), and weights
//! from state to state. What is dropped of words and weights is the same in the whole batch.

use crate::nn::dropout;

use super::dropping::{Dropped, Within};
use super::*;

/// One, or with the chance of `fraction` zero, so that the mean stays.
fn factor<T: Real>(fraction: f32, stream: &mut rng::Stream) -> T {
    if rng::unit(stream) < fraction { T::zero() } else { T::of(1.0 / (1.0 - f64::from(fraction))) }
}

/// Multiplies the rows `(N, width)` of each document by its part of `mask (B, width)`, which may be empty.
fn mask_rows<T: Real>(batch: &Packed, mask: &[T], width: usize, rows: &mut [T]) {
    if mask.is_empty() {
        return;
    }
    for step in 0..batch.steps() {
        let range = batch.step(step);
        dropout::backward(mask, &mut rows[range.start * width..range.end * width]);
    }
}

impl<T: Real> TextClassifier<T> {
    /// As [`encode`](Self::encode), with something dropped.
    pub(super) fn encode_dropped(&self, documents: &[&[u32]], within: &Within, workspace: &mut Workspace<T>) {
        let Some(encoder) = &self.encoder else { return };
        let Workspace { batch, directions, below, own, features, dropped, .. } = workspace;
        let features = room(features, documents.len() * self.linear.features);
        batch.pack(documents.iter().map(|document| document.len()));
        let rows = batch.rows();
        let Dropped { weights, kept, words, factors, inputs, masks, .. } = dropped;
        let Within { dropouts, moment } = *within;
        weights.clear();
        weights.extend_from_slice(&self.dense[..self.output.start]);
        kept.clear();
        if dropouts.weights > 0.0 {
            kept.resize(weights.len(), T::one());
            let layers = self.blocks.iter().filter(|block| block.range.start < self.output.start);
            for block in layers.filter(|block| block.name.contains("weight_hh")) {
                let mut stream = moment.of_step(&format!("dropped {}", block.name));
                let kept = &mut kept[block.range.clone()];
                kept.fill_with(|| factor(dropouts.weights, &mut stream));
            }
            dropout::backward(kept, weights);
        }
        words.resize(rows, 0);
        batch.gather(documents, false, words);
        factors.clear();
        if dropouts.embedding > 0.0 {
            factors.extend(words.iter().map(|&word| {
                let mut stream = moment.of_thing("dropped word", word);
                factor::<T>(dropouts.embedding, &mut stream)
            }));
        }
        let layers = self.below.len() + 1;
        inputs.resize_with(layers, Vec::new);
        masks.resize_with(layers, Vec::new);
        for (place, mask) in masks.iter_mut().enumerate() {
            mask.clear();
            let fraction = if place == 0 { dropouts.input } else { dropouts.hidden };
            if fraction > 0.0 {
                let mut stream = moment.of_place("dropped values", place, 8);
                let width = self.below.get(place).map_or(encoder.layer, |(layer, _)| *layer).input();
                mask.resize_with(documents.len() * width, || factor(fraction, &mut stream));
            }
        }
        own.clear();
        own.extend(0..rows as u32);
        inputs[0].resize(rows * self.dim, T::zero());
        self.embedding().gather(words, &mut inputs[0]);
        for (row, &factor) in inputs[0].chunks_exact_mut(self.dim).zip(&*factors) {
            row.iter_mut().for_each(|x| *x *= factor);
        }
        mask_rows(batch, &masks[0], self.dim, &mut inputs[0]);
        self.levels.pool(0, batch, &inputs[0], features);
        below.resize_with(self.below.len(), Tape::default);
        for (place, (layer, range)) in self.below.iter().enumerate() {
            let input = Input { x: &inputs[place], rows: own, known: None, start: None };
            layer.forward(&weights[range.clone()], batch, input, &mut below[place], Keep::All);
            let above = &mut inputs[place + 1];
            above.clear();
            above.extend_from_slice(&below[place].hidden[..rows * layer.hidden()]);
            mask_rows(batch, &masks[place + 1], layer.hidden(), above);
            self.levels.pool(place + 1, batch, above, features);
        }
        let direction = &mut directions[0];
        room(&mut direction.rows, rows).copy_from_slice(own);
        let weights = &weights[self.directions[0].clone()];
        encoder.forward(0, weights, batch, &inputs[layers - 1], None, direction, features, Keep::All);
    }

    /// The way back from the gradient of the features, as far down as something moves.
    pub(super) fn backward_dropped(
        &self,
        documents: usize,
        vectors: bool,
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) {
        let Some(encoder) = &self.encoder else { return };
        let Workspace { batch, directions, below, own, d_features, dropped, .. } = workspace;
        let Dropped { weights, kept, gradient: d_weights, words, factors, inputs, masks, d_input } = dropped;
        let (batch, rows) = (&*batch, batch.rows());
        d_weights.clear();
        d_weights.resize(weights.len(), T::zero());
        let top = self.below.len();
        for place in (0..=top).rev() {
            if !(vectors || self.still.layers <= place) {
                break;
            }
            let x = &inputs[place][..];
            let mut dx = (vectors || self.still.layers < place).then(|| {
                let dx = room(d_input, x.len());
                dx.fill(T::zero());
                dx
            });
            let d_features = &d_features[..documents * self.linear.features];
            if let Some(dx) = &mut dx {
                self.levels.spread(place, batch, d_features, dx);
            }
            if place == top {
                let range = self.directions[0].clone();
                let (weights, d_weights) = (&weights[range.clone()], &mut d_weights[range]);
                let (direction, dx) = (&mut directions[0], dx.as_deref_mut());
                encoder.backward(0, weights, batch, x, direction, d_features, d_weights, dx);
            } else {
                let (layer, range) = &self.below[place];
                let (weights, d_weights) = (&weights[range.clone()], &mut d_weights[range.clone()]);
                let input = Input { x, rows: own, known: None, start: None };
                layer.backward(weights, batch, input, &mut below[place], dx.as_deref_mut(), d_weights);
            }
            let Some(dx) = dx else { break };
            mask_rows(batch, &masks[place], dx.len() / rows.max(1), dx);
            match place.checked_sub(1) {
                Some(under) => room(&mut below[under].d_hidden, dx.len()).copy_from_slice(dx),
                None => {
                    for (row, &factor) in dx.chunks_exact_mut(self.dim).zip(&*factors) {
                        row.iter_mut().for_each(|x| *x *= factor);
                    }
                    self.embedding().scatter(words, dx, &mut gradient.rows);
                }
            }
        }
        // What was dropped has no part in the loss.
        dropout::backward(kept, d_weights);
        gradient.dense.iter_mut().zip(&*d_weights).for_each(|(to, &more)| *to += more);
    }
}
