//! Reduces a text model to what is kept: one table with the words of the task and the most frequent other words.

use std::borrow::Cow;

use ndarray::Array2;

use crate::data::tensors;
use crate::text::counts::TfIdf;
use crate::text::pairs::Pairs;
use crate::text::phrases::JOINT;
use crate::text::words::Words;
use crate::transfer::baselines::CountModel;
use crate::transfer::baselines::nbsvm_model::NbsvmModel;
use crate::transfer::baselines::tfidf_model::TfIdfModel;
use crate::transfer::lookup::{ModelRow, WordRows};
use crate::vectors::WordVectors;

use super::text::{KnownPhrases, TextModel, TextPredictor};

impl TextPredictor<'_> {
    /// The table of word vectors, if the model reads one.
    pub fn table(&self) -> Option<&Array2<f32>> {
        match &self.model {
            TextModel::Classifier { model, .. } => Some(model.base()),
            TextModel::DocumentVectors { table, .. } => Some(table),
            TextModel::Encoder(_) | TextModel::Counts(_) | TextModel::Constant(_) => None,
        }
    }

    /// What the predictor is when it was [saved](super::Predictor::save) with up to `most_words` words as F16, and loaded
    /// again. `None` if it has no word vectors, or one of their values is too large.
    pub fn rounded(&self, most_words: usize) -> Option<TextPredictor<'static>> {
        self.table()?;
        let mut kept = whole(self, most_words).predictor;
        let round = |table: &Array2<f32>| {
            let rounded = table.mapv(tensors::rounded);
            rounded.iter().all(|x| x.is_finite()).then_some(rounded)
        };
        match &mut kept.model {
            TextModel::Classifier { model, .. } => *model = Cow::Owned(model.reading(round(model.base())?)),
            TextModel::DocumentVectors { table, .. } => *table = Cow::Owned(round(table)?),
            TextModel::Encoder(_) | TextModel::Counts(_) | TextModel::Constant(_) => {}
        }
        Some(kept)
    }
}

/// A model that needs nothing else, and the number of words with a pre-trained vector that it does not have.
pub struct Whole {
    pub predictor: TextPredictor<'static>,
    pub words_left_out: usize,
}

/// The kept words, and their vectors.
struct KeptWords {
    words: Words,
    /// The former ids of those words that had one.
    numbers: Vec<u32>,
    /// The vectors `(words, D)`, row after row.
    vectors: Vec<f32>,
    left_out: usize,
}

/// A model with everything that `predictor` needs: all words of the task that have a row and, up to `most` words in
/// all, the first words of the pre-trained table, which begins with the most frequent ones.
pub fn whole(predictor: &TextPredictor, most: usize) -> Whole {
    let (mut words, mut left_out) = (Words::default(), 0);
    let model = match &predictor.model {
        TextModel::Classifier { model, rows, max_tokens, direction } => {
            let kept = KeptWords::new(&predictor.words, rows, most, model.dim(), |row| model.vector(row.0));
            // The first row is that of unknown words.
            let mut vectors = model.vector(rows.unknown.0).to_vec();
            vectors.extend(kept.vectors);
            let shape = (kept.words.len() + 1, model.dim());
            let table = Array2::from_shape_vec(shape, vectors).unwrap_or_default();
            let known = kept.words.len();
            (words, left_out) = (kept.words, kept.left_out);
            if let (KnownPhrases::In(phrases), None) = (predictor.phrases, &rows.beyond) {
                // Such a phrase is read as one word that this model does not know.
                let unknown = phrases.iter().filter(|word| word.contains(JOINT));
                unknown.take(most.saturating_sub(known)).for_each(|phrase| {
                    words.insert(phrase);
                });
            }
            let rows = kept_rows(rows, known, words.len(), 1);
            let model = Cow::Owned(model.reading(table));
            TextModel::Classifier { model, rows, max_tokens: *max_tokens, direction: *direction }
        }
        TextModel::DocumentVectors { vectors, table, rows, linear } => {
            let of_row = |row: ModelRow| table.row(row.0 as usize).to_slice().unwrap_or(&[]);
            let kept = KeptWords::new(&predictor.words, rows, most, table.ncols(), of_row);
            let shape = (kept.words.len(), table.ncols());
            let table = Array2::from_shape_vec(shape, kept.vectors).unwrap_or_default();
            let rows = kept_rows(rows, kept.words.len(), kept.words.len(), 0);
            (words, left_out) = (kept.words, kept.left_out);
            TextModel::DocumentVectors {
                vectors: Cow::Owned(vectors.renumbered(&kept.numbers)),
                table: Cow::Owned(table),
                rows,
                linear: Cow::Owned(linear.clone().into_owned()),
            }
        }
        TextModel::Counts(counts) => {
            let (model, numbers) = renumbered(counts);
            words = numbers.iter().map(|&number| predictor.words.get(number as usize)).collect();
            TextModel::Counts(Cow::Owned(model))
        }
        TextModel::Encoder(encoder) => TextModel::Encoder(Box::new((**encoder).clone().into_owned())),
        TextModel::Constant(probabilities) => TextModel::Constant(probabilities.clone()),
    };
    let phrases = match predictor.phrases {
        KnownPhrases::Nowhere => KnownPhrases::Nowhere,
        _ if words.iter().any(|word| word.contains(JOINT)) => KnownPhrases::Numbered,
        _ => KnownPhrases::Nowhere,
    };
    let predictor = TextPredictor {
        classes: Cow::Owned(predictor.classes.to_vec()),
        tokens: predictor.tokens.clone(),
        phrases,
        words: Cow::Owned(words),
        model,
        temperature: predictor.temperature,
    };
    Whole { predictor, words_left_out: left_out }
}

impl KeptWords {
    fn new<'t>(
        words: &Words,
        rows: &WordRows,
        most: usize,
        dim: usize,
        vector: impl Fn(ModelRow) -> &'t [f32],
    ) -> KeptWords {
        let mut kept =
            KeptWords { words: Words::default(), numbers: Vec::new(), vectors: Vec::new(), left_out: 0 };
        for (number, &row) in rows.rows.iter().enumerate().filter(|&(_, &row)| row != rows.unknown) {
            kept.words.insert(words.get(number));
            kept.numbers.push(number as u32);
            kept.vectors.extend_from_slice(vector(row));
        }
        let Some(beyond) = &rows.beyond else { return kept };
        let others = (0..beyond.len()).filter(|&id| words.id(beyond.words.get(id)).is_none());
        for id in others {
            if kept.words.len() >= most {
                kept.left_out += 1;
            } else if kept.words.insert(beyond.words.get(id)).1 {
                kept.vectors.extend_from_slice(&beyond.table().row(id));
            }
        }
        debug_assert_eq!(kept.vectors.len(), kept.words.len() * dim);
        kept
    }
}

/// The rows of kept words: of all `words` words, the first `known` have the rows from `first` on. Words that were not
/// kept get a vector from subwords, if the vectors came with subwords.
fn kept_rows(rows: &WordRows, known: usize, words: usize, first: usize) -> WordRows<'static> {
    let parts = rows.beyond.as_ref().filter(|vectors| vectors.subwords.is_some());
    WordRows::numbered(known, words, first, parts.map(|vectors| WordVectors::only(vectors, &[])))
}

/// The model with new ids for the words that are its features, and the former ids of these words.
fn renumbered(model: &CountModel) -> (CountModel, Vec<u32>) {
    match model {
        CountModel::TfIdf(model) => {
            let (words, idf) = model.tfidf.weighed();
            let tfidf = TfIdf::of_idf(idf.to_vec());
            (CountModel::TfIdf(TfIdfModel { tfidf, linear: model.linear.clone() }), words.to_vec())
        }
        CountModel::Nbsvm(model) => {
            let (words, pairs) = (model.pairs.word_features(), model.pairs.pair_features());
            let place: std::collections::HashMap<u32, u32> =
                words.iter().enumerate().map(|(place, &(word, _))| (word, place as u32)).collect();
            // The words of a pair may have no feature of their own; they are then marked with `u32::MAX`.
            let own = |word: u32| place.get(&word).copied().unwrap_or(u32::MAX);
            let pairs = pairs.into_iter().map(|([first, second], f)| ([own(first), own(second)], f));
            let features = Pairs::of_features(words.iter().map(|&(_, feature)| feature).collect(), pairs);
            let numbers = words.into_iter().map(|(word, _)| word).collect();
            (CountModel::Nbsvm(NbsvmModel { pairs: features, weights: model.weights.clone() }), numbers)
        }
    }
}
