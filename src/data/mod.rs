//! Labelled data: readers of public formats, the built-in demo, and the splits that runs are drawn from.
//!
//! [`labelled`] is the front door: a recipe's task goes in, classes and documents come out.
//! [`mod@format`] tells how a file is written; [`table`], [`json`], [`parquet`], [`label_lines`] and [`tree`] read
//! the families of formats into a [`collector`]; [`mod@column`] reads texts without labels; [`columns`] and [`guess`] find the text and the
//! label among columns, [`layout`] parts
//! and classes among folders; [`lines`] is what they stand on (bounded lines with their bytes
//! decoded), and [`members`], [`walk`] and [`archive`] (folders and archives); [`strays`] are what is none of the data. [`demo`] grows reviews of our own from a seed, and [`demo_task`] makes a task of them.
//! [`images`] is the front door for labelled images. [`classes`] has what classes have in common.
//! [`demo_images`] draws letters and has real digits.
//! [`split`] draws label budgets, validation parts and the order of batches. [`examples`] is what a run sees of all this.

pub mod archive;
pub mod classes;
pub mod collector;
pub mod column;
pub mod columns;
pub mod demo;
pub mod demo_images;
pub mod demo_task;
pub mod document;
pub mod examples;
pub mod format;
pub mod guess;
pub mod image;
pub mod images;
pub mod json;
pub mod label_lines;
pub mod labelled;
pub mod layout;
pub mod lines;
pub mod members;
pub mod parquet;
pub mod rows;
pub mod split;
pub mod strays;
pub mod table;
pub mod tensors;
pub mod tree;
pub mod walk;

pub use document::Document;
pub use labelled::{LabelledText, load};
