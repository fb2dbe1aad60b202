//! Active learning: which unlabelled example is worth a label next, and what such a choice is worth.
//!
//! The vectors of the examples come from a frozen model and are computed once. Only the linear classifier on them is
//! trained, as for the method *frozen*, again after every label; this takes milliseconds.
//!
//! - [`task`] has the vectors and says what each example is for. [`head`] trains the classifier.
//! - [`choosing`] ranks examples by what the classifier predicts, [`groups`] by how typical they are.
//! - [`learning`] is a labelling in progress: it chooses, takes answers, trains, and measures.
//! - [`simulation`] lets known labels answer, so that a strategy can be compared with random choice.
//!
//! A simulation on two clouds of points, whose labels are known:
//!
//! ```
//! use std::sync::Arc;
//! use ndarray::Array2;
//! use warmstart_engine::session::query_strategy::QueryStrategy;
//! use warmstart_engine::transfer::active_learning::simulation::{Plan, simulate};
//! use warmstart_engine::transfer::active_learning::task::{Labelled, Task};
//!
//! let classes: Vec<u32> = (0..200).map(|i| i % 2).collect();
//! let vectors = Array2::from_shape_fn((200, 2), |(i, j)| if j == 0 { (i % 2) as f32 } else { (i % 7) as f32 });
//! let of = |range: std::ops::Range<u32>| range.map(|example| Labelled { example, class: example % 2 }).collect();
//! let task = Task::new(vectors, 2, (0..100).collect(), Vec::new(), of(100..150));
//! let test: Vec<Labelled> = of(150..200);
//!
//! let plan = Plan { strategy: QueryStrategy::Margin, seed: 1, ..Plan::new(&[20]) };
//! let found = simulate(&Arc::new(task), &classes, &test, &plan, &mut |_| Ok(())).unwrap();
//! assert_eq!(found.snapshots[0].labels, 20);
//! assert_eq!(found.snapshots[0].accuracy(), 1.0);
//! ```

pub mod choosing;
pub mod groups;
pub mod head;
pub mod learning;
pub mod simulation;
pub mod task;
