//! Everything that was recorded about a run.

use crate::session::answers::Answers;
use crate::session::calibration::Calibration;
use crate::session::comparison::RunName;
use crate::session::coverage::ByCoverage;
use crate::session::layer_drift::LayerDrift;
use crate::session::record::{Arithmetic, Evaluation, RunEnd, RunStart, StepPoint, Trial, VALIDATION};
use crate::session::timed::Timed;

/// Everything that was recorded about a run.
#[derive(Debug, Clone)]
pub struct RunHistory {
    /// The run as it was planned.
    pub start: RunStart,
    /// The settings that it tried, in order; empty without tuning.
    pub trials: Vec<Timed<Trial>>,
    /// Its recorded steps.
    pub steps: Vec<Timed<StepPoint>>,
    /// Its evaluations on the validation part and on test sets.
    pub evaluations: Vec<Timed<Evaluation>>,
    /// Its accuracy by the coverage of documents.
    pub by_coverage: Option<ByCoverage>,
    /// How far it has moved the layers of its sentence encoder, in the order of time; empty for other runs.
    pub layer_drift: Vec<Timed<LayerDrift>>,
    /// Floating-point operations of its training up to some of its steps, in the order of the steps; empty if the log does
    /// not have them.
    pub arithmetic: Vec<Arithmetic>,
    /// What it answered for every example, for each test set.
    pub answers: Vec<Answers>,
    /// How far its probabilities can be believed, for each test set.
    pub calibrations: Vec<Calibration>,
    /// Its end; `None` while it has not ended.
    pub end: Option<Timed<RunEnd>>,
}

impl RunHistory {
    /// The validation evaluation of the step whose parameters are kept, up to the time `until`: the one with the
    /// lowest loss (or the best deciding metric), and the first of equals.
    pub fn kept_validation(&self, until: f64) -> Option<&Evaluation> {
        let told = self.evaluations.iter().take_while(|e| e.at <= until).map(|e| &e.value);
        let cost = |evaluation: &Evaluation| evaluation.cost(self.start.metric);
        told.filter(|e| e.set == VALIDATION).min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }

    /// Two evaluations on the validation part, up to the time `until`: that with the lowest loss, and the last one. How far the loss has
    /// risen between them says how far the run overfits.
    pub fn overfitting(&self, until: f64) -> Option<(&Evaluation, &Evaluation)> {
        let told = || {
            let told = self.evaluations.iter().take_while(|told| told.at <= until).map(|told| &told.value);
            told.filter(|told| told.set == VALIDATION && told.loss.is_finite())
        };
        let lowest = told().min_by(|one, other| one.loss.total_cmp(&other.loss))?;
        Some((lowest, told().last()?))
    }

    /// The name of the run.
    pub fn name(&self) -> RunName {
        let RunStart { method, source, budget, seed, .. } = &self.start;
        RunName { method: *method, source: source.clone(), budget: *budget, seed: *seed }
    }

    /// How far its layers had moved at the time `until`: the last record of that.
    pub fn layers_moved(&self, until: f64) -> Option<&LayerDrift> {
        self.layer_drift.iter().rfind(|known| known.at <= until).map(|known| &known.value)
    }

    /// The floating-point operations of its training up to `step`; `None` if the log does not have them.
    pub fn flops(&self, step: u64) -> Option<u64> {
        self.arithmetic.iter().find(|known| known.step == step).map(|known| known.flops)
    }

    /// The floating-point operations of its training; `None` if the log does not have them.
    pub fn all_flops(&self) -> Option<u64> {
        self.arithmetic.last().map(|known| known.flops)
    }

    /// The settings that it tried, up to the time `until`: a record for each trial and fold.
    pub fn tried(&self, until: f64) -> Vec<&Trial> {
        self.trials.iter().take_while(|trial| trial.at <= until).map(|trial| &trial.value).collect()
    }

    /// The last evaluation on the set called `set`.
    pub fn last_evaluation(&self, set: &str) -> Option<&Evaluation> {
        self.evaluations.iter().rev().map(|e| &e.value).find(|e| e.set == set)
    }
}
