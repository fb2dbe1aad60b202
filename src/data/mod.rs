//! Labelled data: readers of public formats, and the splits that every run is drawn from.
//!
//! [`labelled`] is the front door: a recipe's task goes in, classes and documents come out.
//! [`format`] tells how a file is written; [`table`], [`json_lines`], [`label_lines`] and [`tree`] read
//! the four families of formats; [`lines`] is what they stand on: bounded lines with their bytes
//! decoded. [`split`] draws label budgets, validation parts and the order of batches.

pub mod format;
pub mod json_lines;
pub mod label_lines;
pub mod labelled;
pub mod lines;
pub mod split;
pub mod table;
pub mod tree;

pub use labelled::{Document, LabelledText, load};
