//! The dropout of AWD-LSTM (Merity et al. 2018) within the transferred layers of a language model, in a classifier:
//! embedding dropout (whole words), variational dropout of the word vectors and of the states between layers (each
//! document has one mask for all its steps), and weight dropout of the hidden-to-hidden weights. The whole batch has
//! the same mask for words, and the same mask for weights.

use crate::kernel::Real;
use crate::nn::dropout;
use crate::nn::gradient::Gradient;
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Input, Keep, Recurrent, Tape};
use crate::nn::room;
use crate::rng;

use super::body::{Batch, FrozenPart};
use super::dropping::{Dropped, Within};
use super::stack::{Stack, StackTape};
use super::tapes::Tapes;

/// The factor of a value under dropout: 0 with probability `fraction`, otherwise 1 / (1 - `fraction`), so that the
/// expected value is 1.
fn factor<T: Real>(fraction: f32, stream: &mut rng::Stream) -> T {
    if rng::unit(stream) < fraction { T::zero() } else { T::of(1.0 / (1.0 - f64::from(fraction))) }
}

/// Multiplies the rows `(N, width)` of each document by the document's row of `mask (B, width)`. An empty mask changes
/// nothing.
fn mask_rows<T: Real>(batch: &Packed, mask: &[T], width: usize, rows: &mut [T]) {
    if mask.is_empty() {
        return;
    }
    for step in 0..batch.steps() {
        let range = batch.step(step);
        dropout::backward(mask, &mut rows[range.start * width..range.end * width]);
    }
}

impl Stack {
    /// The forward pass with dropout within the layers.
    pub(super) fn forward_dropped<T: Real>(
        &self,
        batch: Batch<T>,
        within: &Within,
        tapes: &mut Tapes<T>,
        features: &mut [T],
    ) {
        let Tapes { packed, own, .. } = tapes;
        let StackTape { below, top: direction, own, dropped, has_dropped, .. } = own.of();
        *has_dropped = true;
        let (documents, dim) = (batch.documents, batch.embedding.dim);
        packed.pack(documents.iter().map(|document| document.len()));
        let rows = packed.rows();
        let Dropped { weights, kept, words, factors, inputs, masks, .. } = dropped;
        let Within { dropouts, moment } = *within;
        weights.clear();
        weights.extend_from_slice(&batch.dense[..self.end()]);
        kept.clear();
        if dropouts.weights > 0.0 {
            kept.resize(weights.len(), T::one());
            for block in &self.state_weights {
                let mut stream = moment.of_step(&format!("dropped {}", block.name));
                let kept = &mut kept[block.range.clone()];
                kept.fill_with(|| factor(dropouts.weights, &mut stream));
            }
            dropout::backward(kept, weights);
        }
        words.resize(rows, 0);
        packed.gather(documents, false, words);
        factors.clear();
        if dropouts.embedding > 0.0 {
            factors.extend(words.iter().map(|&word| {
                let mut stream = moment.of_thing("dropped word", word);
                factor::<T>(dropouts.embedding, &mut stream)
            }));
        }
        let top = self.below.len();
        inputs.resize_with(top + 1, Vec::new);
        masks.resize_with(top + 1, Vec::new);
        for ((place, mask), width) in masks.iter_mut().enumerate().zip(self.all().map(Recurrent::input)) {
            mask.clear();
            let fraction = if place == 0 { dropouts.input } else { dropouts.hidden };
            if fraction > 0.0 {
                let mut stream = moment.of_place("dropped values", place, 8);
                mask.resize_with(documents.len() * width, || factor(fraction, &mut stream));
            }
        }
        own.clear();
        own.extend(0..rows as u32);
        inputs[0].resize(rows * dim, T::zero());
        batch.embedding.gather(words, &mut inputs[0]);
        for (row, &factor) in inputs[0].chunks_exact_mut(dim).zip(&*factors) {
            row.iter_mut().for_each(|x| *x *= factor);
        }
        mask_rows(packed, &masks[0], dim, &mut inputs[0]);
        self.means.pool(0, packed, &inputs[0], features);
        below.resize_with(top, Tape::default);
        for (place, (layer, range)) in self.below.iter().zip(&self.weights).enumerate() {
            let input = Input { x: &inputs[place], rows: own, known: None, start: None };
            layer.forward(&weights[range.clone()], packed, input, &mut below[place], Keep::All);
            let above = &mut inputs[place + 1];
            above.clear();
            above.extend_from_slice(&below[place].hidden[..rows * layer.hidden()]);
            mask_rows(packed, &masks[place + 1], layer.hidden(), above);
            self.means.pool(place + 1, packed, above, features);
        }
        room(&mut direction.rows, rows).copy_from_slice(own);
        let weights = &weights[self.weights[top].clone()];
        self.encoder.forward(0, weights, packed, &inputs[top], None, direction, features, Keep::All);
    }

    /// The backward pass of [`forward_dropped`](Self::forward_dropped).
    pub(super) fn backward_dropped<T: Real>(
        &self,
        batch: Batch<T>,
        frozen: FrozenPart,
        tapes: &mut Tapes<T>,
        d_features: &[T],
        gradient: &mut Gradient<T>,
    ) {
        let Tapes { packed, own, .. } = tapes;
        let StackTape { below, top: direction, own, dropped, .. } = own.of();
        let Dropped { weights, kept, gradient: d_weights, words, factors, inputs, masks, d_input } = dropped;
        let (rows, dim) = (packed.rows(), batch.embedding.dim);
        d_weights.clear();
        d_weights.resize(weights.len(), T::zero());
        let top = self.below.len();
        for place in (0..=top).rev() {
            if frozen.words && frozen.layers > place {
                break;
            }
            let x = &inputs[place][..];
            let mut dx = (!frozen.words || frozen.layers < place).then(|| {
                let dx = room(d_input, x.len());
                dx.fill(T::zero());
                dx
            });
            if let Some(dx) = &mut dx {
                self.means.spread(place, packed, d_features, dx);
            }
            let range = self.weights[place].clone();
            let (weights, d_weights) = (&weights[range.clone()], &mut d_weights[range]);
            if let Some(layer) = self.below.get(place) {
                let input = Input { x, rows: own, known: None, start: None };
                layer.backward(weights, packed, input, &mut below[place], dx.as_deref_mut(), d_weights);
            } else {
                let dx = dx.as_deref_mut();
                self.encoder.backward(0, weights, packed, x, direction, d_features, d_weights, dx);
            }
            let Some(dx) = dx else { break };
            mask_rows(packed, &masks[place], dx.len() / rows.max(1), dx);
            match place.checked_sub(1) {
                Some(under) => room(&mut below[under].d_hidden, dx.len()).copy_from_slice(dx),
                None => {
                    for (row, &factor) in dx.chunks_exact_mut(dim).zip(&*factors) {
                        row.iter_mut().for_each(|x| *x *= factor);
                    }
                    batch.embedding.scatter(words, dx, &mut gradient.rows);
                }
            }
        }
        // Dropped weights have no influence on the loss, so their gradient is 0.
        dropout::backward(kept, d_weights);
        gradient.dense.iter_mut().zip(&*d_weights).for_each(|(to, &more)| *to += more);
    }
}
