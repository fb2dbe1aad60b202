//! What a run of another session trained, as a source: `Run(session: "sessions/films", method: FineTuned, labels: 500)`.
//!
//! The body of its model goes over: word vectors, with the layers of a language model if its head took them, the layers of a
//! sentence encoder, or those of an image network. What stands between the body and the classes of the other task does not.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::method::{Method, Strategy};
use super::source_name::SourceName;

/// A run of another session, whose model that session has kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSource {
    /// The folder of the session, and for one of several sources a colon and its name.
    pub session: PathBuf,
    /// The method of the run.
    #[serde(default = "usual")]
    pub method: Method,
    /// The label budget of the run. Left out: the largest of which the session keeps a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Budget>,
    /// Its repetition, from 1. Left out: the first of which the session keeps a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
}

fn usual() -> Method {
    Strategy::FineTuned.into()
}

impl RunSource {
    /// The name of a single source of this kind.
    pub(super) fn name(&self) -> SourceName {
        let session = SourceName::of_session(&self.session);
        SourceName::from(&format!("{session}-{}", self.method.dashed())[..])
    }

    /// Describes it, for a reader who does not know it.
    pub(super) fn explained(&self) -> String {
        let (method, session) = (self.method.name(), self.session.display());
        format!("the body of the model that {method} trained in the session {session}")
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        match self.method.strategy() {
            Some(Strategy::ZeroShot) | None => Err((
                format!("`{}` trains no body that could go over", self.method.id()),
                "name a strategy, such as `method: FineTuned`".into(),
            )),
            Some(_) if self.seed == Some(0) => {
                Err(("`seed: 0` of a run".into(), "seeds count from 1, as in `predict --seed`".into()))
            }
            Some(_) => Ok(()),
        }
    }
}

/// The run whose model was taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TakenRun {
    /// Its method.
    pub method: Method,
    /// Its label budget.
    pub budget: Budget,
    /// Its repetition, from 0.
    pub seed: u32,
}
