//! How a method was tuned.

use serde::{Deserialize, Serialize};

use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::source_name::SourceName;
use crate::session::tuning::TrialSettings;

/// The tuning of one method (and source, where the method uses one) at one budget, over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuningRow {
    /// The method.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// The number of settings that each of its runs tried, the mean over the seeds; 0 if the method has nothing to tune.
    pub trials: f64,
    /// Mean seconds of training of all trials of a run.
    pub seconds: f64,
    /// The settings that were chosen, for each seed.
    pub chosen: Vec<ChosenSettings>,
    /// Mean validation score (the deciding metric) of the recipe's own settings; `None` if nothing was tried.
    pub own: Option<f64>,
    /// The expected best validation score after 1, 2, 3, … trials. Scores of the best of several are too high for new
    /// examples: this says what more trials bring, not how good the method is.
    pub expected: Vec<ExpectedBest>,
}

/// The settings that tuning chose for a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChosenSettings {
    /// The repetition of the run, from 0.
    pub seed: u32,
    /// The index of the trial; 0 has the recipe's own settings.
    pub trial: u32,
    /// Its validation score.
    pub score: Option<f64>,
    /// The settings.
    pub settings: TrialSettings,
}

/// The expected best validation score after a number of trials (Dodge et al. 2019).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedBest {
    /// The number of trials.
    pub trials: u32,
    /// The expected best score, the mean over the seeds.
    pub mean: f64,
    /// Its standard deviation, over draws of settings and over seeds.
    pub deviation: f64,
}
