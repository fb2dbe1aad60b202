//! The trained model of any count-based baseline.

use super::nbsvm_model::NbsvmModel;
use super::tfidf_model::TfIdfModel;

/// A trained baseline: it classifies documents of word ids.
#[derive(Debug, Clone)]
pub enum CountModel {
    /// Logistic regression on TF-IDF features.
    TfIdf(TfIdfModel),
    /// A support vector machine (SVM) on naive Bayes ratios.
    Nbsvm(NbsvmModel),
}

impl CountModel {
    /// The probability of each class, `(C)`.
    pub fn probabilities(&self, document: &[u32]) -> Vec<f64> {
        match self {
            CountModel::TfIdf(model) => model.probabilities(document),
            CountModel::Nbsvm(model) => model.probabilities(document),
        }
    }

    /// What each word of `document` adds to the log-odds of the class `guess`; 0 for words that the model does not
    /// know. With more than two classes, the other classes are weighted by their probabilities.
    pub fn contributions(&self, document: &[u32], guess: usize) -> Vec<f64> {
        match self {
            CountModel::TfIdf(model) => model.contributions(document, guess),
            CountModel::Nbsvm(model) => model.contributions(document, guess),
        }
    }

    /// Whether the model has a feature for the word.
    pub fn knows(&self, word: u32) -> bool {
        match self {
            CountModel::TfIdf(model) => model.tfidf.column(word).is_some(),
            CountModel::Nbsvm(model) => model.pairs.word(word).is_some(),
        }
    }
}
