//! What is forgotten when a session is resumed, because it is done again.

use crate::session::record::VALIDATION;
use crate::session::timed::Timed;

use super::History;

impl History {
    /// Drops all records of pre-training if `pretraining` is set, and all records of the runs that begin again.
    pub(super) fn forget_whole(&mut self, pretraining: bool, runs: &[usize]) {
        if pretraining {
            self.current().forget_all();
        }
        for &number in runs {
            if let Some(run) = self.run_mut(number) {
                run.steps.clear();
                run.evaluations.clear();
                run.arithmetic.clear();
                run.by_coverage = None;
                run.layer_drift.clear();
                run.answers.clear();
                run.calibrations.clear();
                run.end = None;
            }
        }
        self.tuned_quality.retain(|known| known.value.run.is_none_or(|run| !runs.contains(&run)));
    }

    /// Drops the records after the checkpoints from which a resumed session continues.
    pub(super) fn forget(&mut self, tokens: Option<u64>, runs: &[(usize, u64)]) {
        if let Some(tokens) = tokens {
            self.current().forget_after(tokens);
        }
        let mut undone = Vec::new();
        for &(number, step) in runs {
            if let Some(run) = self.run_mut(number) {
                run.steps.retain(|point| point.value.step <= step);
                // Tests come after training but bear the step whose parameters are kept, so the step does not date
                // them. They are repeated.
                run.evaluations.retain(|Timed { value, .. }| value.step <= step && value.set == VALIDATION);
                run.end = None;
                run.arithmetic.retain(|known| known.step <= step);
                run.by_coverage = None;
                run.layer_drift.retain(|known| known.value.step <= step && !known.value.kept);
                run.answers.clear();
                run.calibrations.clear();
                undone.push(number);
            }
        }
        self.tuned_quality.retain(|known| known.value.run.is_none_or(|run| !undone.contains(&run)));
    }
}
