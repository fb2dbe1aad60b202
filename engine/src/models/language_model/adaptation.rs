//! Transfers a language model to another vocabulary: known words keep their vectors, new words start at the mean.

use std::borrow::Cow;

use crate::kernel::axpy;
use crate::nn::adaptive_softmax::{AdaptiveSoftmax, Cuts, Tail, log_sum};
use crate::text::words::Words;
use crate::vectors::WordVectors;

use super::text::{Lexicon, MARKS};
use super::{LanguageModel, Shape};

impl LanguageModel {
    /// Sets the word vectors to those of `vectors`, which must have the same dimension. Words without a vector get
    /// the mean. With tied weights these are also the softmax's weights. Returns the fraction of the text's tokens
    /// that have a vector.
    ///
    /// # Panics
    /// If the number of words is not the model's, or the vectors have another dimension.
    pub fn begin_with(&mut self, lexicon: &Lexicon, vectors: &WordVectors) -> f64 {
        let (words, dim) = (lexicon.words(), self.shape.dim);
        assert_eq!((words.len(), dim), (self.shape.words, vectors.dim()), "words and numbers of this model");
        let found: Vec<_> = words.iter().map(|word| vectors.vector_or_made(word)).collect();
        let mean = mean(found.iter().flatten().map(|vector| &vector[..]), dim);
        for (row, vector) in self.vectors_mut().chunks_exact_mut(dim).zip(&found) {
            row.copy_from_slice(vector.as_deref().unwrap_or(&mean));
        }
        let counts = || lexicon.counts().iter().zip(&found[MARKS..]);
        let known: u64 = counts().filter(|(_, vector)| vector.is_some()).map(|(count, _)| count).sum();
        known as f64 / counts().map(|(count, _)| count).sum::<u64>().max(1) as f64
    }

    /// The model for the vocabulary `to` instead of `from`. It keeps its layers, and the vectors, softmax weights and
    /// biases of words that are in both. New words start at the means. The new softmax has its tails at `cuts`. A
    /// word that moves into or out of a tail keeps its probability as far as the tail can represent it.
    ///
    /// # Panics
    /// If the number of words in `from` is not the model's.
    pub fn adapted(&self, from: &Lexicon, to: &Lexicon, cuts: Cuts) -> LanguageModel {
        let (old, new) = (from.words(), to.words());
        assert_eq!(old.len(), self.shape.words, "the words of this model");
        let mut model = LanguageModel::new(Shape { words: new.len(), cuts, ..self.shape }, 0);
        // Copies the layers, and the tensors of a tail that both models have with the same shape.
        for block in model.blocks.iter() {
            let same = |own: &&crate::nn::blocks::Block| own.name == block.name && own.shape == block.shape;
            let own = self.blocks.iter().find(same).filter(|_| !is_by_word(&block.name));
            let Some(own) = own else { continue };
            model.dense[block.range.clone()].copy_from_slice(&self.dense[own.range.clone()]);
        }
        let entries = self.shape.cuts.as_slice().len().min(cuts.as_slice().len());
        let (features, start, bias) = (self.features(), model.output.start, model.bias.start);
        let shared = &self.dense[self.output.start..][..entries * features];
        model.dense[start..][..shared.len()].copy_from_slice(shared);
        model.dense[bias..][..entries].copy_from_slice(&self.dense[self.bias.start..][..entries]);
        if self.shape.tied {
            matched(old, self.vectors(), self.shape.dim, new, model.vectors_mut());
        } else {
            matched(old, &self.vectors, self.shape.dim, new, &mut model.vectors);
        }
        let (source, target) = (Places::new(self), Places::new(&model));
        let rows: Vec<_> = (0..old.len()).map(|word| source.row(word)).collect();
        let mean_row = mean(rows.iter().map(|(row, _)| &row[..]), features);
        let mean_bias = rows.iter().map(|&(_, bias)| f64::from(bias)).sum::<f64>() / rows.len() as f64;
        let places = new.iter().enumerate().map(|(word, name)| {
            let Some(id) = old.id(name) else { return target.fitted(word, &mean_row, mean_bias as f32) };
            match source.kept(id, target.tail_of(word)) {
                Some(kept) => kept,
                None => target.fitted(word, &rows[id].0, rows[id].1),
            }
        });
        let places: Vec<(Vec<f32>, f32)> = places.collect();
        let softmax = model.softmax();
        for (word, (row, bias)) in places.into_iter().enumerate() {
            if !self.shape.tied {
                let range = place(&softmax, word);
                model.dense[model.output.clone()][range].copy_from_slice(&row);
            }
            model.bias_mut()[word] = bias;
        }
        model
    }
}

/// Whether a tensor has a row for each word, so that its rows are matched by word.
fn is_by_word(name: &str) -> bool {
    let tail = name.starts_with("tails.") && !name.ends_with(".projection");
    tail || name.starts_with("output.") || name.starts_with("embedding.")
}

/// The range of a word's row in the softmax's weights.
fn place(softmax: &AdaptiveSoftmax, word: usize) -> std::ops::Range<usize> {
    let (entries, features) = (softmax.cuts.as_slice().len(), softmax.features);
    match softmax.tails().iter().find(|tail| tail.words.contains(&word)) {
        Some(tail) => {
            let start = tail.weight.start + (word - tail.words.start) * tail.features;
            start..start + tail.features
        }
        None => (entries + word) * features..(entries + word + 1) * features,
    }
}

/// The rows and biases of a model's softmax, and the equivalent rows and biases for the head.
struct Places<'a> {
    model: &'a LanguageModel,
    softmax: AdaptiveSoftmax,
    tails: Vec<Tail>,
    /// For each tail the log-sum-exp of its biases.
    shared: Vec<f32>,
    /// For each reduced tail the Cholesky factor of P Pt, where P is its projection.
    triangles: Vec<Vec<f64>>,
}

impl<'a> Places<'a> {
    fn new(model: &'a LanguageModel) -> Places<'a> {
        let softmax = model.softmax();
        let tails = softmax.tails();
        let biases = &model.dense[model.bias.clone()];
        let shared = tails.iter().map(|tail| log_sum(&biases[tail.bias.clone()]) as f32).collect();
        let weight = &model.dense[model.output.clone()];
        let reduced = tails.iter().filter(|tail| !tail.projection.is_empty());
        let triangles =
            reduced.map(|tail| triangle(&weight[tail.projection.clone()], tail.features)).collect();
        Places { model, softmax, tails, shared, triangles }
    }

    fn tail_of(&self, word: usize) -> Option<usize> {
        self.tails.iter().position(|tail| tail.words.contains(&word))
    }

    /// The weights and the bias of a tail's entry.
    fn entry(&self, tail: usize) -> (&[f32], f32) {
        let (output, bias) = (self.model.output.start, self.model.bias.start);
        let features = self.softmax.features;
        (&self.model.dense[output + tail * features..][..features], self.model.dense[bias + tail])
    }

    fn own(&self, word: usize) -> (&[f32], f32) {
        let row = &self.model.dense[self.model.output.clone()][place(&self.softmax, word)];
        (row, self.model.dense[self.model.bias.end - self.softmax.words + word])
    }

    /// The row and the bias of a word, if it stays in the same tail or in the head.
    fn kept(&self, word: usize, tail: Option<usize>) -> Option<(Vec<f32>, f32)> {
        (self.tail_of(word) == tail).then(|| {
            let (row, bias) = self.own(word);
            (row.to_vec(), bias)
        })
    }

    /// The row `(F)` and the bias that a word would have in the head. The bias combines the bias of the tail's entry
    /// with the word's part of the tail's log-sum-exp. With tied weights the row is unchanged.
    fn row(&self, word: usize) -> (Cow<'_, [f32]>, f32) {
        let (row, bias) = self.own(word);
        let Some(tail) = self.tail_of(word) else { return (row.into(), bias) };
        let (entry, own) = self.entry(tail);
        let bias = bias + own - self.shared[tail];
        if self.model.shape.tied {
            return (row.into(), bias);
        }
        let projection = &self.model.dense[self.model.output.clone()][self.tails[tail].projection.clone()];
        let mut whole = entry.to_vec();
        for (&number, from) in row.iter().zip(projection.chunks_exact(self.softmax.features)) {
            axpy(number, from, &mut whole);
        }
        (whole.into(), bias)
    }

    /// The row and the bias of a word here that are nearest to a row and bias of the head. The inverse of
    /// [`row`](Self::row).
    fn fitted(&self, word: usize, row: &[f32], bias: f32) -> (Vec<f32>, f32) {
        let Some(tail) = self.tail_of(word) else { return (row.to_vec(), bias) };
        let (entry, own) = self.entry(tail);
        let bias = bias - own + self.shared[tail];
        if self.model.shape.tied {
            return (Vec::new(), bias);
        }
        let projection = &self.model.dense[self.model.output.clone()][self.tails[tail].projection.clone()];
        let rest: Vec<f64> = row.iter().zip(entry).map(|(row, entry)| f64::from(row - entry)).collect();
        let dots = projection.chunks_exact(rest.len());
        let dots = dots.map(|from| from.iter().zip(&rest).map(|(&a, b)| f64::from(a) * b).sum());
        (solved(&self.triangles[tail], dots.collect()), bias)
    }
}

/// The Cholesky factor L `(d, d)`, with L Lt = P Pt, of `projection`, P `(d, F)`. A small value is added to the
/// diagonal, so that linearly dependent rows are no problem.
fn triangle(projection: &[f32], d: usize) -> Vec<f64> {
    let features = projection.len() / d;
    let row = |i: usize| &projection[i * features..][..features];
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let dot: f64 = row(i).iter().zip(row(j)).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let before: f64 = (0..j).map(|k| l[i * d + k] * l[j * d + k]).sum();
            l[i * d + j] = if i == j {
                (dot * (1.0 + 1e-6) + 1e-9 - before).max(1e-12).sqrt()
            } else {
                (dot - before) / l[j * d + j]
            };
        }
    }
    l
}

/// Solves L Lt x = b.
fn solved(l: &[f64], mut b: Vec<f64>) -> Vec<f32> {
    let d = b.len();
    for i in 0..d {
        let before: f64 = (0..i).map(|k| l[i * d + k] * b[k]).sum();
        b[i] = (b[i] - before) / l[i * d + i];
    }
    for i in (0..d).rev() {
        let behind: f64 = (i + 1..d).map(|k| l[k * d + i] * b[k]).sum();
        b[i] = (b[i] - behind) / l[i * d + i];
    }
    b.into_iter().map(|x| x as f32).collect()
}

/// Writes to `to` a row for each word of `new`: its row in `rows` if the word is in `old`, otherwise the mean of all
/// rows.
fn matched(old: &Words, rows: &[f32], width: usize, new: &Words, to: &mut [f32]) {
    let mean = mean(rows.chunks_exact(width), width);
    for (word, to) in new.iter().zip(to.chunks_exact_mut(width)) {
        to.copy_from_slice(old.id(word).map_or(&mean[..], |id| &rows[id * width..][..width]));
    }
}

/// The mean of the rows; zero if there are none.
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
    use super::super::{Batch, States, Workspace};
    use super::*;
    use crate::session::language_model::Cell;

    /// A model with the two special tokens and three words.
    fn small(tied: bool) -> LanguageModel {
        let (cell, cuts) = (Cell::Lstm, Cuts::default());
        LanguageModel::new(Shape { words: 5, dim: 3, hidden: 4, layers: 2, cell, tied, cuts }, 7)
    }

    #[test]
    fn words_keep_what_was_learned_of_them_and_new_ones_begin_in_the_middle() {
        let lexicon = |words: &[&str]| {
            let counts = vec![1; words.len()];
            Lexicon::of(words.iter().map(|word| word.to_string()), counts, 9).unwrap()
        };
        let (from, to) = (lexicon(&["a", "b", "c"]), lexicon(&["c", "new", "a"]));
        for tied in [false, true] {
            let mut model = small(tied);
            model.bias_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0]);
            let adapted = model.adapted(&from, &to, Cuts::default());
            assert_eq!(adapted.layer(1), model.layer(1));
            let row = |model: &LanguageModel, id: usize| model.vectors()[id * 3..][..3].to_vec();
            for (new, old) in [(0, 0), (1, 1), (2, 4), (4, 2)] {
                assert_eq!(row(&adapted, new), row(&model, old));
            }
            let mean = (0..5).map(|id| row(&model, id)[1]).sum::<f32>() / 5.0;
            assert!((row(&adapted, 3)[1] - mean).abs() < 1e-6);
            // The logits of the words that the old model knew do not change.
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

    #[test]
    fn it_begins_with_the_vectors_of_its_words_and_their_mean() {
        let words = ["c", "other", "a"].map(String::from).to_vec();
        let numbers: Vec<f32> = (1..=9).map(|x| x as f32).collect();
        let matrix = ndarray::Array2::from_shape_vec((3, 3), numbers).unwrap();
        let vectors = WordVectors::new(words.into_iter().collect(), matrix, None).unwrap();
        let names = ["a", "b", "c"].map(String::from);
        let lexicon = Lexicon::of(names, vec![5, 2, 1], 9).unwrap();
        for tied in [false, true] {
            let mut model = small(tied);
            // Six of the eight tokens of the text have a vector.
            assert_eq!(model.begin_with(&lexicon, &vectors), 0.75);
            let (mean, a, c) = ([4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [1.0, 2.0, 3.0]);
            assert_eq!(model.vectors(), [mean, mean, a, mean, c].concat());
        }
    }

    /// A model of 40 words with larger parameters, and its words.
    fn grown(cuts: &[usize], tied: bool) -> (LanguageModel, Lexicon) {
        let (words, cuts) = (40, Cuts::new(cuts, 40));
        let names = (2..words).map(|word| format!("w{word}"));
        let lexicon = Lexicon::of(names, vec![1; words - 2], 38).unwrap();
        let shape = Shape { words, dim: 32, hidden: 32, layers: 1, cell: Cell::Lstm, tied, cuts };
        let mut model = LanguageModel::<f32>::new(shape, 7);
        model.dense.iter_mut().enumerate().for_each(|(i, x)| *x += 0.3 * (i as f32).sin());
        (model, lexicon)
    }

    /// The logarithms of the probabilities of all words after a prompt.
    fn says(model: &LanguageModel, numbers: &[u32]) -> Vec<f64> {
        let (mut workspace, mut states) = (Workspace::default(), model.states(1));
        let targets = &numbers[1..];
        model.loss(
            Batch { words: &numbers[..targets.len()], targets, streams: 1 },
            &mut states,
            &mut workspace,
        );
        let mut logits = vec![0.0; model.shape.words];
        model.next(numbers[targets.len()], &mut states, &mut workspace, &mut logits);
        let sum = log_sum(&logits);
        logits.iter().map(|&logit| f64::from(logit) - sum).collect()
    }

    #[test]
    fn with_the_same_words_and_tails_all_stays_as_it_is() {
        for tied in [false, true] {
            let (model, lexicon) = grown(&[10, 25], tied);
            let adapted = model.adapted(&lexicon, &lexicon, model.shape.cuts);
            assert!(adapted.tensors() == model.tensors(), "{tied}");
        }
    }

    #[test]
    fn words_go_from_tail_to_head_and_back() {
        for tied in [false, true] {
            let (model, lexicon) = grown(&[10, 25], tied);
            let before = says(&model, &[3, 5, 30]);
            // All words move to one head. The probabilities of the former head words change only because a tail's
            // probability no longer depends on the context in the same way.
            let whole = model.adapted(&lexicon, &lexicon, Cuts::default());
            let after = says(&whole, &[3, 5, 30]);
            let apart = |a: &[f64], b: &[f64]| {
                a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
            };
            let untrained = LanguageModel::new(Shape { cuts: Cuts::default(), ..model.shape }, 7);
            let (near, far) = (apart(&before, &after), apart(&before, &says(&untrained, &[3, 5, 30])));
            // With tied weights the tails read the whole vectors, and a head row cannot include the row of the tail's
            // entry.
            assert!(tied || near < far / 2.0, "{near} {far}");
            // With the old cuts again, the head's words have their old rows and biases, and the tails' words the
            // nearest ones.
            let again = whole.adapted(&lexicon, &lexicon, model.shape.cuts);
            let head = |model: &LanguageModel| {
                let rows = if tied { model.vectors() } else { &model.dense[model.output.clone()][2 * 32..] };
                (rows[..10 * 32].to_vec(), model.dense[model.bias.clone()][2..12].to_vec())
            };
            assert!(head(&again) == head(&model), "{tied}");
            assert!(!tied || again.vectors() == model.vectors());
            assert!(again.dense.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn a_row_that_the_projection_has_is_found_again() {
        let (model, _) = grown(&[10, 25], false);
        let places = Places::new(&model);
        for word in [3, 12, 39] {
            let (row, bias) = places.row(word);
            let (fitted, fitted_bias) = places.fitted(word, &row, bias);
            let (own, own_bias) = places.own(word);
            assert!((fitted_bias - own_bias).abs() < 1e-5);
            assert!(fitted.iter().zip(own).all(|(a, b)| (a - b).abs() < 1e-3), "{fitted:?} {own:?}");
        }
    }
}
