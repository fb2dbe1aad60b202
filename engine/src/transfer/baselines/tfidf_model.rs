//! The trained model of logistic regression on TF-IDF features.

use crate::text::counts::TfIdf;
use crate::transfer::probe::Linear;

use super::log_odds::against_others;

/// The TF-IDF features and the classifier on them.
#[derive(Debug, Clone)]
pub struct TfIdfModel {
    /// Which words are features, and their weights.
    pub tfidf: TfIdf,
    /// The classifier on the rows that `tfidf` makes.
    pub linear: Linear,
}

impl TfIdfModel {
    /// The probability of each class, `(C)`.
    pub fn probabilities(&self, document: &[u32]) -> Vec<f64> {
        let row = self.tfidf.row(document);
        self.linear.probabilities(row.iter().map(|&(column, value)| (column as usize, f64::from(value))))
    }

    /// What each word adds to the log-odds of the class `guess`: weight times value, divided among the occurrences of
    /// the word.
    pub fn contributions(&self, document: &[u32], guess: usize) -> Vec<f64> {
        let TfIdfModel { tfidf, linear } = self;
        let p = self.probabilities(document);
        let of_column = |column: u32| -> f64 {
            let weights = linear.of_feature(column as usize);
            against_others(&p, guess, weights.len() == 1, |c| weights[c])
        };
        let row = tfidf.row(document);
        let one = |&word: &u32| -> f64 {
            let Some(column) = tfidf.column(word) else { return 0.0 };
            let Ok(place) = row.binary_search_by_key(&column, |&(column, _)| column) else { return 0.0 };
            let times = document.iter().filter(|&&other| other == word).count();
            of_column(column) * f64::from(row[place].1) / times as f64
        };
        document.iter().map(one).collect()
    }
}
