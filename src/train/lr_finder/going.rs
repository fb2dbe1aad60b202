//! The progress of the work before a range test.

use crate::error::Result;

/// Receives the current work and the fraction of it that is done. An error that it returns ends the work.
pub type Going<'a> = &'a mut dyn FnMut(&str, f64) -> Result<()>;
