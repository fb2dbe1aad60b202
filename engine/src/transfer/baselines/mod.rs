//! Count-based baselines, which a transfer method should beat.
//!
//! They need no pre-training and train in about a second. On long texts with many labels they are hard to beat. A
//! transfer method that loses to one of them is of no use, so at least one runs beside every experiment. They have no
//! early stopping, so they learn from all labels of the budget, including those of the validation part.
//!
//! [`tfidf`] is logistic regression on TF-IDF features. [`nbsvm`] is a support vector machine on naive Bayes ratios,
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
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::solving::Solving;

pub use classifier::{Advance, BaselineClassifier};
pub use count_model::CountModel;
pub use nbsvm::Nbsvm;
pub use tfidf::TfIdfBaseline;

/// A count-based baseline that learns from `labels.len()` documents. Word ids are below `words`. `seed` is for its
/// random choices. Without a C, a baseline has its usual one.
pub fn make(
    which: Baseline,
    labels: Vec<u32>,
    classes: usize,
    words: usize,
    Solving { class_weight, c, metric }: Solving,
    seed: u64,
) -> Option<Box<dyn BaselineClassifier>> {
    let weights = ClassWeights::new(class_weight, &labels, classes);
    match which {
        Baseline::TfIdf => {
            let baseline = TfIdfBaseline::new(labels, classes, words, seed).weighted(weights);
            Some(Box::new(baseline.with_c(c.unwrap_or(tfidf::C))))
        }
        Baseline::Nbsvm => {
            let baseline = Nbsvm::new(labels, classes, words, seed).weighted(weights).by(metric);
            Some(Box::new(baseline.with_c(c.unwrap_or(machine::C))))
        }
        _ => None,
    }
}
