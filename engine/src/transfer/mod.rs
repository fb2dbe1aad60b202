//! Transfer: gives pre-trained parameters to a task's model, and measures what they gain.
//!
//! - [`experiment`] lists the runs of a recipe. [`lookup`] says which word vectors a run trains, and [`unfreezing`]
//!   which parameters are trained in which epoch.
//! - [`network`] computes the features of the frozen part of an image network.
//! - [`active_learning`] chooses the example to label next, and measures what such a choice is worth.
//! - [`audit`], [`drift`] and [`layer_drift`] compare the transferred parameters before and after training.
//! - [`document_vectors`] make one vector per document without regard to word order, and [`grouping`] clusters documents.
//! - [`probe`] trains linear classifiers to convergence. [`baselines`] are the methods that transfer must beat.
//! - [`class_weights`] says how much each class counts in the loss.
//! - [`calibration`] fits the temperature that makes probabilities believable.
//! - [`confident_learning`] finds labels that are probably wrong.
//! - [`predictor`] predicts classes of new examples. It holds body, head, classes and preparation in one value.
//! - [`statistics`] compares the methods.
//!
//! [`data::split`](crate::data::split) draws the labels of a run: balanced over the classes, and each smaller budget
//! is a subset of the larger ones.
//!
//! ```
//! use warmstart_engine::data::split::Pool;
//! use warmstart_engine::session::budget::Budget;
//!
//! # fn main() -> warmstart_engine::error::Result<()> {
//! let labels: Vec<u32> = (0..60).map(|i| u32::from(i % 3 == 0)).collect();
//! let pool = Pool::of_labels(&labels, &["bad".into(), "good".into()], false);
//! let few = pool.draw(Budget::Labels(10), 0.2, 1, 0)?;
//! let more = pool.draw(Budget::Labels(30), 0.2, 1, 0)?;
//!
//! assert_eq!((few.train.len(), few.validation.len()), (8, 2));
//! assert_eq!(few.all().iter().filter(|&&document| labels[document as usize] == 1).count(), 3);
//! assert!(few.all().iter().all(|document| more.all().contains(document)));
//! # Ok(())
//! # }
//! ```

pub mod active_learning;
pub mod audit;
pub mod baselines;
pub mod calibration;
pub mod class_weights;
pub mod confident_learning;
pub mod document_vectors;
pub mod drift;
pub mod experiment;
pub mod grouping;
pub mod layer_drift;
pub mod lookup;
pub mod network;
pub mod predictor;
pub mod probe;
#[cfg(test)]
mod real;
pub mod solving;
pub mod statistics;
pub mod unfreezing;
