//! From a document's words to its features, through all layers, and the way back.

use super::*;

impl<T: Real> TextClassifier<T> {
    /// Leaves the features of the documents in the workspace, and with [`Keep::All`] all that a backward pass needs.
    pub(super) fn encode(
        &self,
        documents: &[&[u32]],
        workspace: &mut Workspace<T>,
        keep: Keep,
        known: Option<&Known<T>>,
    ) {
        let embedding = self.embedding();
        let Workspace { batch, distinct, x, directions, below, convolution, words, own, features, .. } =
            workspace;
        let features = room(features, documents.len() * self.linear.features);
        let lengths = documents.iter().map(|document| document.len());
        if !self.reads_words() {
            for (document, x) in documents.iter().zip(features.chunks_exact_mut(self.dim)) {
                embedding.mean(document, x);
            }
            return;
        }
        self.levels.pool_words(documents, embedding, features);
        batch.pack(lengths.clone());
        distinct.clear(batch.rows());
        if self.convolution.is_some() {
            words.clear();
            words.extend(documents.iter().copied().flatten().map(|&word| distinct.number(word)));
        }
        let encoders = self.encoder.map_or(0, |encoder| encoder.directions());
        for (index, direction) in directions.iter_mut().enumerate().take(encoders) {
            let rows = room(&mut direction.rows, batch.rows());
            batch.gather(documents, index == 1, rows);
            for word in rows {
                *word = distinct.number(*word);
            }
        }
        let places: Vec<Option<u32>> = known.map_or_else(Vec::new, |known| {
            distinct.words().iter().map(|&word| known.words.find(word)).collect()
        });
        let missing = known.map(|_| {
            let missing = distinct.words().iter().zip(&places).filter(|(_, place)| place.is_none());
            missing.map(|(&word, _)| word).collect::<Vec<u32>>()
        });
        let read = missing.as_deref().unwrap_or(distinct.words());
        let x = room(x, read.len() * self.dim);
        embedding.gather(read, x);
        if let (Some(layer), Some(range)) = (&self.convolution, self.directions.first()) {
            let known = known.map(|known| recurrent::Known { brought: &known.brought[0], rows: &places });
            let input = Input { x, rows: words, known, start: None };
            layer.forward(&self.dense[range.clone()], lengths, input, convolution, features);
        }
        let Some(encoder) = &self.encoder else { return };
        if !self.below.is_empty() {
            let direction = &mut directions[0];
            words.clear();
            words.extend_from_slice(&direction.rows[..batch.rows()]);
            own.clear();
            own.extend(0..batch.rows() as u32);
            below.resize_with(self.below.len(), Tape::default);
            let known = known.map(|known| recurrent::Known { brought: &known.brought[0], rows: &places });
            for (place, (layer, range)) in self.below.iter().enumerate() {
                let (under, tape) = below.split_at_mut(place);
                let input = match under.last() {
                    None => Input { x, rows: words, known, start: None },
                    Some(under) => {
                        let x = &under.hidden[..batch.rows() * layer.input()];
                        Input { x, rows: own, known: None, start: None }
                    }
                };
                layer.forward(&self.dense[range.clone()], batch, input, &mut tape[0], keep);
                self.levels.pool(place + 1, batch, &tape[0].hidden, features);
            }
            direction.rows[..batch.rows()].copy_from_slice(own);
            let (weights, encoder_input) = (&self.dense[self.directions[0].clone()], below.last());
            let x =
                encoder_input.map_or(&[][..], |tape| &tape.hidden[..batch.rows() * encoder.layer.input()]);
            encoder.forward(0, weights, batch, x, None, direction, features, keep);
            return;
        }
        for (index, (range, direction)) in self.directions.iter().zip(directions).enumerate() {
            let known = known.map(|known| recurrent::Known { brought: &known.brought[index], rows: &places });
            encoder.forward(index, &self.dense[range.clone()], batch, x, known, direction, features, keep);
        }
    }

    /// The way back through the encoder and the layers under it, as far down as something moves.
    pub(super) fn backward_stack(
        &self,
        documents: usize,
        vectors: bool,
        gradient: &mut Gradient<T>,
        workspace: &mut Workspace<T>,
    ) {
        let Some(encoder) = &self.encoder else { return };
        let Workspace { batch, distinct, x, dx, directions, below, words, own, d_states, d_features, .. } =
            workspace;
        let (batch, rows) = (&*batch, batch.rows());
        let d_features = &d_features[..documents * self.linear.features];
        let x = &x[..distinct.words().len() * self.dim];
        let goes_on = |place: usize| vectors || self.still.layers < place;
        let moves = |place: usize| vectors || self.still.layers <= place;
        let top = self.below.len();
        if moves(top) {
            let range = self.directions[0].clone();
            let (weights, d_weights) = (&self.dense[range.clone()], &mut gradient.dense[range]);
            let under = self.below[top - 1].0.hidden();
            let input = &below[top - 1].hidden[..rows * under];
            let dx = goes_on(top).then(|| {
                let to = room(d_states, rows * under);
                to.fill(T::zero());
                to
            });
            let direction = &mut directions[0];
            encoder.backward(0, weights, batch, input, direction, d_features, d_weights, dx);
        }
        for (place, (layer, range)) in self.below.iter().enumerate().rev() {
            if !moves(place) {
                return;
            }
            let (under, tape) = below.split_at_mut(place);
            let tape = &mut tape[0];
            let d_hidden = room(&mut tape.d_hidden, rows * layer.hidden());
            d_hidden.copy_from_slice(&d_states[..rows * layer.hidden()]);
            self.levels.spread(place + 1, batch, d_features, d_hidden);
            let (x, numbers) = match under.last() {
                Some(under) => (&under.hidden[..rows * layer.input()], &own[..rows]),
                None => (x, &words[..rows]),
            };
            let mut to = goes_on(place).then(|| {
                let to = room(if place == 0 { &mut *dx } else { &mut *d_states }, x.len());
                to.fill(T::zero());
                to
            });
            let input = Input { x, rows: numbers, known: None, start: None };
            let (weights, d_weights) = (&self.dense[range.clone()], &mut gradient.dense[range.clone()]);
            layer.backward(weights, batch, input, tape, to.as_deref_mut(), d_weights);
            if let (0, Some(dx)) = (place, to) {
                self.embedding().scatter(distinct.words(), dx, &mut gradient.rows);
            }
        }
    }
}
