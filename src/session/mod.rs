//! What a session is and how it is kept: recipe, log, checkpoints; plain schemas, no layers.

pub mod history;
pub mod recipe;
pub mod record;
