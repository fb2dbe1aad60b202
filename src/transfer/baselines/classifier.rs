//! What every count-based baseline can do.

use crate::transfer::probe::Progress;

use super::count_model::CountModel;

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Advance {
    /// Documents were counted or weighed, or a setting was tried on a part of them.
    Preparing,
    /// An iteration of the solver.
    Solving(Progress),
    /// All is done.
    Done,
}

/// A baseline at work: it learns from documents of numbered words that it is shown, a bounded piece a step.
pub trait BaselineClassifier: Send + Sync {
    /// Does a bounded piece of work. `document(i)` gives the words of the document with label `i`.
    fn step<'a>(&mut self, document: &dyn Fn(usize) -> &'a [u32]) -> Advance;
    /// What it has learned; `None` before it has finished.
    fn model(&self) -> Option<&CountModel>;
    /// Iterations of the solver so far.
    fn steps(&self) -> u64;
    /// Weights and intercepts; 0 before the features are counted.
    fn parameters(&self) -> u64;
    /// How it learns, in words.
    fn optimizer(&self) -> &'static str;
}
