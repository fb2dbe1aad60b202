//! Transfer: what becomes of pre-trained parameters, and what that is worth.
//!
//! [`predictor`] is what answers about new examples; [`experiment`] is the list of runs, [`lookup`] says what is learned in each, [`audit`] and [`drift`]
//! look at what became of the transferred vectors; [`document_vectors`] need no sequence, [`grouping`]
//! clusters documents by them; [`probe`] trains linear classifiers to convergence, [`baselines`] are what transfer must
//! beat, [`statistics`] draws the comparison.

pub mod audit;
pub mod baselines;
pub mod document_vectors;
pub mod drift;
pub mod experiment;
pub mod grouping;
pub mod lookup;
pub mod network;
pub mod predictor;
pub mod probe;
#[cfg(test)]
mod real;
pub mod statistics;
pub mod unfreezing;
