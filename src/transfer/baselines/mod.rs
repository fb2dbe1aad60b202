//! Count-based baselines: what a transfer must beat.
//!
//! They need no pre-training, learn in a second or so, and on long texts with many labels they are hard to
//! beat. A transfer that loses to one is of no use, so at least one runs beside every experiment. They have
//! nothing to stop by, so they learn from all labels of the budget, validation included.
//!
//! [`tfidf`] is TF-IDF with logistic regression, [`nbsvm`] a support vector machine on naive Bayes ratios,
//! which [`machine`] solves.

mod classifier;
mod count_model;
mod log_odds;
pub mod machine;
pub mod nbsvm;
pub mod nbsvm_model;
pub mod tfidf;
pub mod tfidf_model;

use crate::session::method::Baseline;

pub use classifier::{Advance, BaselineClassifier};
pub use count_model::CountModel;
pub use nbsvm::Nbsvm;
pub use tfidf::TfIdfBaseline;

/// A baseline that counts words and will learn from `labels.len()` documents of words numbered below `words`; `seed` is for
/// what it draws.
pub fn make(
    which: Baseline,
    labels: Vec<u32>,
    classes: usize,
    words: usize,
    seed: u64,
) -> Option<Box<dyn BaselineClassifier>> {
    match which {
        Baseline::TfIdf => Some(Box::new(TfIdfBaseline::new(labels, classes, words))),
        Baseline::Nbsvm => Some(Box::new(Nbsvm::new(labels, classes, words, seed))),
        _ => None,
    }
}
