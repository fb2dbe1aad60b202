//! What every count-based baseline can do.

use crate::transfer::probe::Progress;

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
    /// Whether it has learned all it can.
    fn finished(&self) -> bool;
    /// Iterations of the solver so far.
    fn steps(&self) -> u64;
    /// Weights and intercepts; 0 before the features are counted.
    fn parameters(&self) -> u64;
    /// A probability for each class. All alike before it has finished.
    fn probabilities(&self, document: &[u32]) -> Vec<f64>;
    /// What each word of `document` adds to the log-odds of the class `guess`; 0 for words it does not know.
    /// With more than two classes the other classes' fraction is taken in proportion to their probabilities.
    fn contributions(&self, document: &[u32], guess: usize) -> Vec<f64>;
    /// Whether the word counts for anything.
    fn knows(&self, word: u32) -> bool;
    /// How it learns, in words.
    fn optimizer(&self) -> &'static str;
}

/// A feature's weight for the class `guess` against the others, those in proportion to their probabilities
/// `p`. `of(c)` is its weight for class *c*, of the second of two classes if `single`.
pub(super) fn against_others(p: &[f64], guess: usize, single: bool, of: impl Fn(usize) -> f64) -> f64 {
    if single {
        return if guess == 1 { of(0) } else { -of(0) };
    }
    let others = (1.0 - p[guess]).max(f64::MIN_POSITIVE);
    of(guess) - (0..p.len()).filter(|&c| c != guess).map(|c| p[c] / others * of(c)).sum::<f64>()
}
