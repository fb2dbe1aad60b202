//! The linear probe: a classifier on fixed features, trained to convergence.
//!
//! A linear head on a frozen body is a convex problem with one solution. A few epochs of Adam stop before it, at a
//! point that depends on the learning rate. Here L-BFGS solves the problem, and cross-validation chooses the strength
//! of the regularisation.
//!
//! [`features`] is the input of a probe. [`logistic`] is the problem (scikit-learn's `LogisticRegression`). [`solver`]
//! solves it by L-BFGS. [`validated`] chooses the regularisation. Solver and validation are state machines: a call of
//! `step` is one iteration. Results do not depend on the number of threads.
//!
//! TF-IDF features of four documents, and a classifier on them:
//!
//! ```
//! use std::sync::Arc;
//! use warmstart_engine::text::counts::TfIdf;
//! use warmstart_engine::transfer::probe::{Features, Problem, Solver};
//!
//! // Word ids: 0 "a", 1 "good", 2 "bad", 3 "film", 4 "book".
//! let documents: [&[u32]; 4] = [&[0, 1, 3], &[1, 1, 4], &[0, 2, 3], &[2, 4]];
//! let tfidf = TfIdf::fit(&documents, 5, 1);
//! let features = Arc::new(Features::sparse(tfidf.transform(&documents)));
//!
//! let problem = Problem::new(features, Arc::new([1, 1, 0, 0]), 2);
//! let mut solver = Solver::new(problem, 1.0, false);
//! while solver.step().is_some() {}
//!
//! let classifier = solver.linear();
//! let row = tfidf.row(&[1, 4]).into_iter().map(|(column, weight)| (column as usize, f64::from(weight)));
//! let probabilities = classifier.probabilities(row);
//! assert!(probabilities[1] > 0.5, "a good book is good: {probabilities:?}");
//! ```

pub mod features;
pub mod logistic;
mod shards;
pub mod solver;
pub mod validated;

pub use features::Features;
pub use logistic::{Linear, Problem};
pub use solver::{Progress, Solver};
pub use validated::Validated;
