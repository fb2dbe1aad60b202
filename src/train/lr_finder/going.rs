//! How the way to a range test is told.

use crate::error::Result;

/// Hears what is being done and the fraction of it that is, and may end it with an error.
pub type Going<'a> = &'a mut dyn FnMut(&str, f64) -> Result<()>;
