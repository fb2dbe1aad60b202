//! Transfer: what becomes of pre-trained parameters, and what that is worth.
//!
//! [`predictor`] is what answers about new examples; [`experiment`] is the list of runs, [`lookup`] says what is learned in each, [`audit`] and [`drift`]
//! look at what became of the transferred vectors; [`document_vectors`] need no sequence, [`grouping`]
//! clusters documents by them; [`probe`] trains linear classifiers to convergence, [`baselines`] are what transfer must
//! beat, [`statistics`] draws the comparison.
//!
//! Which labels a run sees is drawn by [`data::split`](crate::data::split): balanced over the classes, and every smaller
//! budget is part of a larger one.
//!
//! ```
//! use warmstart::data::split::Pool;
//! use warmstart::session::budget::Budget;
//!
//! # fn main() -> warmstart::error::Result<()> {
//! let labels: Vec<u32> = (0..60).map(|i| u32::from(i % 3 == 0)).collect();
//! let pool = Pool::of_labels(&labels, &["bad".into(), "good".into()], false);
//! let few = pool.draw(Budget::Labels(10), 0.2, 1, 0)?;
//! let more = pool.draw(Budget::Labels(30), 0.2, 1, 0)?;
//!
//! assert_eq!((few.train.len(), few.validation.len()), (8, 2));
//! assert_eq!(few.all().iter().filter(|&&document| labels[document as usize] == 1).count(), 5);
//! assert!(few.all().iter().all(|document| more.all().contains(document)));
//! # Ok(())
//! # }
//! ```

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
