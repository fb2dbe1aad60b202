//! The labels that a supervised model predicts for a text (Joulin et al. 2017, "Bag of tricks for efficient text
//! classification").
//!
//! A text is represented by the mean of the rows of its words, of their character n-grams and of its word n-grams. A
//! linear layer and the loss that the model was trained with turn it into probabilities. Everything follows
//! fastText's `dictionary.cc` and `loss.cc`.

use std::collections::HashMap;

use crate::error::{Error, Place, Result};

use super::Model;
use super::dictionary::END_OF_LINE;
use super::matrix::Matrix;
use super::settings::Loss;
use super::subwords::{Ngrams, hash};
use super::tree::{self, Tree};

/// The prefix of labels. A token with this prefix that is not a label of the model is dropped from the text.
const LABEL: &[u8] = b"__label__";

/// The table of the sigmoid has this many steps from `-MOST` to `MOST`.
const STEPS: usize = 512;
const MOST: f32 = 8.0;

/// A model that predicts labels.
#[derive(Debug)]
pub struct Classifier {
    model: Model,
    ngrams: Ngrams,
    output: Matrix,
    numbers: HashMap<Vec<u8>, usize>,
    tree: Option<Tree>,
    /// The sigmoid at the points of fastText's table.
    sigmoid: Vec<f32>,
}

/// A label and its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The label as it is in the model's file.
    pub label: String,
    /// Between 0 and 1.
    pub probability: f32,
}

impl Classifier {
    /// Prepares `model` for prediction.
    ///
    /// # Errors
    /// If it is not supervised, or has no labels.
    pub fn new(mut model: Model) -> Result<Classifier> {
        let refuse =
            |problem: &str, remedy: &str| Err(Error::input(&model.path, Place::Whole, problem, remedy));
        if !model.is_supervised() {
            return refuse(
                "this model was trained without labels",
                "`warmstart neighbours` asks it for the words near a word",
            );
        }
        if model.dictionary.len() == model.dictionary.words {
            return refuse("this model has no labels", "the file is damaged, or was made by another program");
        }
        let Some(output) = model.output.take() else {
            return refuse("this model was read without its output", "");
        };
        let dictionary = &model.dictionary;
        let numbers =
            (0..dictionary.len()).map(|number| (dictionary.entry(number).to_vec(), number)).collect();
        let hierarchical = model.settings.loss == Loss::HierarchicalSoftmax;
        let tree = hierarchical.then(|| Tree::new(&dictionary.counts[dictionary.words..]));
        let ngrams = Ngrams::new(&model.settings, dictionary);
        let at = |step: usize| (2 * step) as f32 * MOST / STEPS as f32 - MOST;
        let sigmoid = (0..=STEPS).map(|step| (1.0 / (1.0 + (-at(step)).exp() as f64)) as f32).collect();
        Ok(Classifier { ngrams, output, numbers, tree, sigmoid, model })
    }

    /// The number of labels.
    pub fn labels(&self) -> usize {
        self.model.dictionary.len() - self.model.dictionary.words
    }

    /// The names of all labels, in the model's order.
    pub fn label_names(&self) -> Vec<String> {
        let dictionary = &self.model.dictionary;
        let name = |number| String::from_utf8_lossy(dictionary.entry(number)).into_owned();
        (dictionary.words..dictionary.len()).map(name).collect()
    }

    /// The `count` most probable labels of a text, the most probable first; none if no part of the text is known.
    /// Words are separated by white space. A newline counts as white space too and does not end the text.
    pub fn predict(&self, text: &[u8], count: usize) -> Vec<Prediction> {
        let Some(hidden) = self.hidden(text) else { return Vec::new() };
        let probabilities = self.probabilities(&hidden);
        let least = if self.tree.is_some() { tree::LEAST } else { 0.0 };
        let mut order: Vec<usize> = (0..probabilities.len()).filter(|&n| probabilities[n] >= least).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b)));
        order.truncate(count);
        let words = self.model.dictionary.words;
        let label =
            |number: usize| String::from_utf8_lossy(self.model.dictionary.entry(words + number)).into_owned();
        order
            .into_iter()
            .map(|number| Prediction { label: label(number), probability: probabilities[number].min(1.0) })
            .collect()
    }

    /// The probability of every label, in the model's order; all equal if no part of the text is known.
    pub fn all_probabilities(&self, text: &[u8]) -> Vec<f32> {
        match self.hidden(text) {
            Some(hidden) => self.probabilities(&hidden).into_iter().map(|p| p.min(1.0)).collect(),
            None => vec![1.0 / self.labels() as f32; self.labels()],
        }
    }

    /// The mean of the rows of a text; `None` if it has none.
    fn hidden(&self, text: &[u8]) -> Option<Vec<f32>> {
        let rows = self.rows(text);
        if rows.is_empty() {
            return None;
        }
        let mut hidden = vec![0.0; self.model.input.dim];
        rows.iter().for_each(|&row| self.model.input.add_to(row, &mut hidden));
        let fraction = (1.0 / rows.len() as f64) as f32;
        hidden.iter_mut().for_each(|x| *x *= fraction);
        Some(hidden)
    }

    /// The rows of the input matrix for a text.
    fn rows(&self, text: &[u8]) -> Vec<usize> {
        let words = self.model.dictionary.words;
        let (mut rows, mut hashes) = (Vec::new(), Vec::new());
        let separates = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0x0b | 0x0c | 0);
        let tokens = text.split(separates).filter(|token| !token.is_empty());
        for token in tokens.chain([END_OF_LINE]) {
            let number = self.numbers.get(token).copied();
            let is_label = number.map_or(token.starts_with(LABEL), |number| number >= words);
            if !is_label {
                rows.extend(number);
                self.ngrams.each_row(token, |row| rows.push(words + row));
                hashes.push(hash(token));
            }
            // This token also ends the line if it occurs in the text.
            if token == END_OF_LINE {
                break;
            }
        }
        self.add_runs(&hashes, &mut rows);
        rows
    }

    /// Adds the rows of the word n-grams (of two or more words).
    fn add_runs(&self, hashes: &[u32], rows: &mut Vec<usize>) {
        let longest = self.model.settings.word_ngrams.max(1) as usize;
        // fastText stores the hashes as signed integers, so they are sign-extended.
        let wide = |hash: u32| i64::from(hash as i32) as u64;
        for (start, &first) in hashes.iter().enumerate() {
            let mut run = wide(first);
            for &next in hashes[start + 1..].iter().take(longest - 1) {
                run = run.wrapping_mul(116_049_371).wrapping_add(wide(next));
                rows.extend(self.ngrams.row(run).map(|row| self.model.dictionary.words + row));
            }
        }
    }

    fn probabilities(&self, hidden: &[f32]) -> Vec<f32> {
        if let Some(tree) = &self.tree {
            return tree.probabilities(&self.output, hidden);
        }
        let mut scores: Vec<f32> = (0..self.output.rows()).map(|row| self.output.dot(row, hidden)).collect();
        if self.model.settings.loss == Loss::Softmax {
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            scores.iter_mut().for_each(|score| *score = (*score - most).exp());
            let sum: f32 = scores.iter().sum();
            scores.iter_mut().for_each(|score| *score /= sum);
        } else {
            scores.iter_mut().for_each(|score| *score = self.logistic(*score));
        }
        scores
    }

    /// The sigmoid in fastText's steps of 1/32. Finer steps would give other probabilities.
    fn logistic(&self, x: f32) -> f32 {
        match x {
            x if x < -MOST => 0.0,
            x if x > MOST => 1.0,
            x => self.sigmoid[((x + MOST) * STEPS as f32 / MOST / 2.0) as usize],
        }
    }
}
