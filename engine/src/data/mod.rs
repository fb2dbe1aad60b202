//! Labelled data: readers of public formats, the built-in demo, and the splits that runs are drawn from.
//!
//! - [`labelled`] reads the task of a recipe: classes and documents. [`images`] does the same for labelled images, and
//!   [`mod@column`] reads texts without labels.
//! - `format` determines the format of a file. `table`, `json`, `parquet`, `label_lines` and `tree` each read one
//!   family of formats into a `collector`.
//! - `columns` and `guess` find the text and the label among the columns of a table. `layout` finds parts and classes
//!   among folders, and `strays` lists files that belong to neither.
//! - [`preview`] shows the columns and the first rows of a table.
//! - `lines` gives lines of limited length, decoded. `members`, `walk` and `archive` read folders and
//!   archives.
//! - [`demo`] generates reviews from a seed; [`demo_task`] makes a task of them. [`demo_images`] draws letters
//!   and has real digits.
//! - [`unlabelled`] reads texts that are to be labelled, and [`label_file`] is the user's file to which labels are
//!   appended.
//! - [`split`] draws label budgets, validation sets and the order of batches. [`examples`] is the interface of a run to
//!   all of this. [`classes`] has what text and image classes have in common.

pub(crate) mod archive;
pub mod classes;
mod collector;
pub mod column;
pub mod columns;
pub mod demo;
pub mod demo_images;
pub mod demo_task;
pub mod document;
pub mod examples;
mod format;
mod guess;
pub mod image;
pub mod images;
mod json;
pub mod label_file;
mod label_lines;
pub mod labelled;
mod layout;
pub mod lines;
mod members;
pub(crate) mod parquet;
pub mod preview;
#[cfg(test)]
pub mod public;
pub mod row;
pub mod rows;
pub mod split;
pub mod splits;
mod strays;
pub mod table;
pub(crate) mod tensors;
mod tree;
pub mod unlabelled;
pub(crate) mod walk;

pub use document::Document;
pub use labelled::{LabelledText, load};
