//! The state of a run of another session from which the run of a session begins:
//! `fork: (session: "sessions/films", method: FineTuned, labels: 100, seed: 1, step: 120, hash: "…")`.
//!
//! The recipe names the state and its hash, so running it again gives the same bits.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::method::Method;
use super::source_name::SourceName;

/// The state from which the run of a session begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// The folder of the other session.
    pub session: PathBuf,
    /// The method of its run.
    pub method: Method,
    /// The source of its run, if that session has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
    /// The label budget of its run.
    pub labels: Budget,
    /// The repetition of its run, from 1. The run that begins from it has the same.
    pub seed: u32,
    /// The number of updates that it had made.
    pub step: u64,
    /// The hash of the state.
    pub hash: String,
    /// Whether training goes on with the optimizer, the epoch and the order of examples of the state. Otherwise it begins anew with
    /// its parameters.
    #[serde(default)]
    pub continues: bool,
    /// Whether the learning rate is that of the recipe, without the factor by which it was changed by hand in the other session.
    #[serde(default)]
    pub own_rate: bool,
    /// The layer groups that are frozen from the beginning on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<String>,
}

impl Fork {
    /// The run as a phrase: "fine-tuned · 100 labels · seed 1".
    pub fn phrase(&self) -> String {
        format!("{} · {} labels · seed {}", self.method, self.labels, self.seed)
    }
}
