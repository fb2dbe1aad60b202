//! The choice in a recipe of which trained models a session keeps.

use serde::{Deserialize, Serialize};

/// Which trained models a session keeps, so that they can classify new examples later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Keep {
    /// For each method and budget, the model of the seed with the lowest validation loss; the first seed where there
    /// is no validation.
    #[default]
    Best,
    /// The models of all runs.
    All,
    /// No model.
    None,
}
