//! The linear probe: a classifier on fixed features, trained to convergence.
//!
//! A frozen body under a linear head is a convex problem with one answer. A few epochs of Adam stop
//! somewhere on the way to it, at a place that depends on the learning rate; here it is solved, and how strongly
//! it is regularised is chosen by cross-validation.
//!
//! [`features`] is what a probe stands on, [`logistic`] the problem (scikit-learn's
//! `LogisticRegression`), [`solver`] solves it by L-BFGS, [`validated`] chooses the regularisation. Both
//! are state machines: a call of `step` is one iteration. Results do not depend on the number of
//! threads.

pub mod features;
pub mod logistic;
mod shards;
pub mod solver;
pub mod validated;

pub use features::Features;
pub use logistic::{Linear, Problem};
pub use solver::{Progress, Solver};
pub use validated::Validated;
