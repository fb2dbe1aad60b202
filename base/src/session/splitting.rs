//! How a task without a test part is split into a part to learn from and a part to test on.

use serde::{Deserialize, Serialize};

/// How often a task without a test part is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Split {
    /// Anew for each seed, so that the intervals cover other splits too.
    #[default]
    EachSeed,
    /// Once: all seeds are tested on the same examples.
    Once,
}

/// The split of an experiment whose task has no test part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Splitting {
    /// One for all seeds.
    Once,
    /// A fifth is held out, anew for each seed.
    EachSeed,
    /// The examples are divided into so many folds. Each seed is tested on one of them, and learns from the others.
    Folds(u32),
}
