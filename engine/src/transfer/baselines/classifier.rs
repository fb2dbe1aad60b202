//! The interface of all count-based baselines.

use crate::transfer::probe::Progress;

use super::count_model::CountModel;

/// How many folds held-out documents are wished in: fewer where there are many documents, because each fold is then large.
pub fn wished_folds(documents: usize) -> u32 {
    if documents > 2_000 { 3 } else { 5 }
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Advance {
    /// Documents were counted or weighted, or a setting was evaluated on a part of the documents; or the trained baseline
    /// is being calibrated.
    Preparing,
    /// The solver made an iteration.
    Solving(Progress),
    /// The baseline is trained.
    Done,
}

/// A baseline in training. It learns from documents of word ids, a bounded piece of work per step.
pub trait BaselineClassifier: Send + Sync {
    /// Does a bounded piece of work. `document(i)` returns the word ids of the document with label `i`.
    fn step<'a>(&mut self, document: &dyn Fn(usize) -> &'a [u32]) -> Advance;
    /// The trained model; `None` before the training has finished.
    fn model(&self) -> Option<&CountModel>;
    /// The probabilities `(N, C)` of the documents, each by a model that it was held out of, for the temperature. `None` before
    /// the training has finished, and if the model's own probabilities are fitted to held-out scores.
    fn out_of_fold(&self) -> Option<&[f32]>;
    /// Iterations of the solver so far.
    fn steps(&self) -> u64;
    /// The floating-point operations of the solver so far.
    fn flops(&self) -> u64;
    /// The number of weights and intercepts; 0 before the features are counted.
    fn parameters(&self) -> u64;
    /// The name of the training algorithm.
    fn optimizer(&self) -> String;
}
