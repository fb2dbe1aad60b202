//! A language model goes on with other words: those that it knows keep their vectors, new ones begin with the mean.

use crate::text::words::Words;

use super::text::Lexicon;
use super::{LanguageModel, Shape};

impl LanguageModel {
    /// The same model for the words of `to`, where it has those of `from`: its layers, and word by word the vectors,
    /// softmax weights and biases of words that it has; words that it has not begin with the means.
    ///
    /// # Panics
    /// If `from` is not as many words as the model has.
    pub fn adapted(&self, from: &Lexicon, to: &Lexicon) -> LanguageModel {
        let (old, new) = (from.words(), to.words());
        assert_eq!(old.len(), self.shape.words, "the words of this model");
        let mut model = LanguageModel::new(Shape { words: new.len(), ..self.shape }, 0);
        let layers = ..self.layer_parameters();
        model.dense[layers].copy_from_slice(&self.dense[layers]);
        let take = |rows: &[f32], width: usize, to: &mut [f32]| matched(old, rows, width, new, to);
        let (output, bias) = (model.output.clone(), model.bias.clone());
        take(&self.dense[self.output.clone()], self.features(), &mut model.dense[output]);
        take(&self.dense[self.bias.clone()], 1, &mut model.dense[bias]);
        take(&self.vectors, self.shape.dim, &mut model.vectors);
        model
    }
}

/// Writes to `to` the row of each word of `new` among `rows`, those of the words `old`, and the mean of all rows where
/// a word is not among them. Nothing, where there are no rows.
fn matched(old: &Words, rows: &[f32], width: usize, new: &Words, to: &mut [f32]) {
    if rows.is_empty() {
        return;
    }
    let mean = mean(rows.chunks_exact(width), width);
    for (word, to) in new.iter().zip(to.chunks_exact_mut(width)) {
        to.copy_from_slice(old.id(word).map_or(&mean[..], |id| &rows[id * width..][..width]));
    }
}

/// The mean of rows; nought if there is none.
pub fn mean<'a>(rows: impl Iterator<Item = &'a [f32]>, width: usize) -> Vec<f32> {
    let (mut sums, mut count) = (vec![0.0_f64; width], 0);
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, &number)| *sum += f64::from(number));
        count += 1;
    }
    sums.into_iter().map(|sum| (sum / f64::from(count.max(1))) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, States, Workspace};
    use super::*;

    #[test]
    fn words_keep_what_was_learned_of_them_and_new_ones_begin_in_the_middle() {
        let lexicon = |words: &[&str]| {
            let counts = vec![1; words.len()];
            Lexicon::of(words.iter().map(|word| word.to_string()), counts, 9).unwrap()
        };
        let (from, to) = (lexicon(&["a", "b", "c"]), lexicon(&["c", "new", "a"]));
        for tied in [false, true] {
            let shape = Shape { words: 5, dim: 3, hidden: 4, layers: 2, cell: Cell::Lstm, tied };
            let mut model = LanguageModel::<f32>::new(shape, 7);
            model.bias_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0]);
            let adapted = model.adapted(&from, &to);
            assert_eq!(adapted.layer(1), model.layer(1));
            let row = |model: &LanguageModel, id: usize| model.vectors()[id * 3..][..3].to_vec();
            for (new, old) in [(0, 0), (1, 1), (2, 4), (4, 2)] {
                assert_eq!(row(&adapted, new), row(&model, old));
            }
            let mean = (0..5).map(|id| row(&model, id)[1]).sum::<f32>() / 5.0;
            assert!((row(&adapted, 3)[1] - mean).abs() < 1e-6);
            // What it says of words that it knew is what it said.
            let logits = |model: &LanguageModel| {
                let mut states: States<f32> = model.states(1);
                let mut logits = vec![0.0; 5];
                model.next(1, &mut states, &mut Workspace::default(), &mut logits);
                logits
            };
            let (before, after) = (logits(&model), logits(&adapted));
            assert_eq!([after[2], after[4]], [before[4], before[2]]);
        }
    }
}
