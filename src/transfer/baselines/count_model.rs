//! What a count-based baseline has learned, whichever it is.

use super::nbsvm_model::NbsvmModel;
use super::tfidf_model::TfIdfModel;

/// What a baseline has learned: a classifier of documents whose words have numbers.
#[derive(Debug, Clone)]
pub enum CountModel {
    /// TF-IDF under logistic regression.
    TfIdf(TfIdfModel),
    /// A support vector machine on naive Bayes ratios.
    Nbsvm(NbsvmModel),
}

impl CountModel {
    /// A probability for each class, `(C)`.
    pub fn probabilities(&self, document: &[u32]) -> Vec<f64> {
        match self {
            CountModel::TfIdf(model) => model.probabilities(document),
            CountModel::Nbsvm(model) => model.probabilities(document),
        }
    }

    /// What each word of `document` adds to the log-odds of the class `guess`; 0 for words it does not know.
    /// With more than two classes the other classes' fraction is taken in proportion to their probabilities.
    pub fn contributions(&self, document: &[u32], guess: usize) -> Vec<f64> {
        match self {
            CountModel::TfIdf(model) => model.contributions(document, guess),
            CountModel::Nbsvm(model) => model.contributions(document, guess),
        }
    }

    /// Whether the word counts for anything.
    pub fn knows(&self, word: u32) -> bool {
        match self {
            CountModel::TfIdf(model) => model.tfidf.column(word).is_some(),
            CountModel::Nbsvm(model) => model.pairs.word(word).is_some(),
        }
    }
}
