//! The language of the filter boxes: which rows of a list a query keeps.
//!
//! ```text
//! frozen labels:100 acc>0.8 !seed:3 /fine.*1000/ source:glove,fasttext
//! ```
//!
//! Terms between spaces must all be true; `!` before a term negates it. A term is a word that the row's name contains, a
//! regular expression between slashes, `column:value` (several values with commas, ranges as `100..1000`), or a column, a
//! comparison (`<`, `<=`, `>`, `>=`, `=`, `!=`) and a number. Text with spaces stands in double quotes. Case does not
//! matter.

mod complete;
mod parse;
mod terms;

pub use complete::{Completion, complete};
pub use terms::{Column, Mistake, Queried, Query};

#[cfg(test)]
mod tests;
