//! What a recipe says of the trained models that a session keeps.

use serde::{Deserialize, Serialize};

/// Which trained models a session keeps, to be asked about new examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Keep {
    /// Of each method and budget the seed with the least validation loss; the first where there is no validation.
    #[default]
    Best,
    /// Every run's.
    All,
    /// None.
    None,
}
