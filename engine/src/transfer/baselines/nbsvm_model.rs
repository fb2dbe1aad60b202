//! The trained NBSVM model.

use crate::text::pairs::Pairs;

use super::log_odds::against_others;

/// The parameters of the model.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    /// K, the number of outputs: 1 for two classes, otherwise the number of classes.
    pub outputs: usize,
    /// The weights, `(features, K)`.
    pub weights: Vec<f32>,
    /// The intercepts, `(K)`.
    pub bias: Vec<f64>,
    /// The fraction *b* of the SVM in the mixture.
    pub fraction: f64,
    /// The factor by which scores are multiplied before the sigmoid or the softmax.
    pub slope: f64,
}

/// The trained model: its features and their weights.
#[derive(Debug, Clone)]
pub struct NbsvmModel {
    /// The feature of each word and of each pair of neighbouring words.
    pub pairs: Pairs,
    /// The weight of each feature, and the slope of the probabilities.
    pub weights: Weights,
}

impl Weights {
    /// The scores `(K)` of a document with these features.
    pub fn scores(&self, features: &[u32]) -> Vec<f64> {
        let mut scores = self.bias.clone();
        for &j in features {
            let weights = &self.weights[j as usize * self.outputs..(j as usize + 1) * self.outputs];
            scores.iter_mut().zip(weights).for_each(|(score, &weight)| *score += f64::from(weight));
        }
        scores
    }
}

/// Probabilities from scores times `slope`: by a sigmoid for one score, otherwise by a softmax.
pub fn probabilities(scores: &[f64], slope: f64) -> Vec<f64> {
    if let [score] = scores {
        let p = 1.0 / (1.0 + (-slope * score).exp());
        return vec![1.0 - p, p];
    }
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut p: Vec<f64> = scores.iter().map(|score| (slope * (score - most)).exp()).collect();
    let sum: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= sum);
    p
}

impl NbsvmModel {
    /// The probability of each class, `(C)`.
    pub fn probabilities(&self, document: &[u32]) -> Vec<f64> {
        probabilities(&self.weights.scores(&self.pairs.of(document)), self.weights.slope)
    }

    /// What each word adds to the log-odds of the class `guess`. The weight of a feature is divided among its
    /// occurrences. The weight of a pair is divided equally between its two words.
    pub fn contributions(&self, document: &[u32], guess: usize) -> Vec<f64> {
        let NbsvmModel { pairs, weights } = self;
        let p = self.probabilities(document);
        let of = |feature: u32| {
            let own = &weights.weights[feature as usize * weights.outputs..];
            weights.slope * against_others(&p, guess, weights.outputs == 1, |c| f64::from(own[c]))
        };
        let times = |of: &dyn Fn(usize) -> bool, places: usize| (0..places).filter(|&i| of(i)).count() as f64;
        let mut out = vec![0.0; document.len()];
        for (place, &word) in document.iter().enumerate() {
            if let Some(feature) = pairs.word(word) {
                out[place] += of(feature) / times(&|i| document[i] == word, document.len());
            }
        }
        for (place, pair) in document.windows(2).enumerate() {
            if let Some(feature) = pairs.pair(pair[0], pair[1]) {
                let times = times(&|i| document[i..i + 2] == *pair, document.len() - 1);
                let half = 0.5 * of(feature) / times;
                out[place] += half;
                out[place + 1] += half;
            }
        }
        out
    }
}
