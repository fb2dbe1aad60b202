//! The models that a session keeps: which of them, and the names of their folders.

use std::path::{Path, PathBuf};

use super::history::{History, RunHistory};
use super::keep::Keep;
use super::record::{Outcome, RunStart, VALIDATION};

/// The folder of kept models in a session's folder.
pub const FOLDER: &str = "models";

/// The folder of a run's model, in the session's folder `session`. With `several` sources it names the run's.
pub fn model_folder(session: &Path, run: &RunStart, several: bool) -> PathBuf {
    let RunStart { method, source, budget, seed, .. } = run;
    let source = source.as_ref().filter(|_| several).map_or(String::new(), |name| format!("-{name}"));
    session.join(FOLDER).join(format!("{}{source}-{budget}-seed-{}", method.dashed(), seed + 1))
}

/// The other runs with the method, source and budget of `start` that have ended and did not diverge.
pub fn beside<'h>(history: &'h History, start: &RunStart) -> Vec<&'h RunHistory> {
    history
        .runs
        .iter()
        .filter(|run| run.start.run != start.run && are_alike(&run.start, start) && converged(run))
        .collect()
}

/// Whether two runs have the same method, source and budget, so that `keep: Best` keeps one of them.
pub fn are_alike(one: &RunStart, other: &RunStart) -> bool {
    (one.method, &one.source, one.budget) == (other.method, &other.source, other.budget)
}

/// Whether the model of an ended run is kept. `beside` are the [other runs](beside) of the same method, source and
/// budget.
pub fn is_kept(keep: Keep, run: &RunHistory, beside: &[&RunHistory]) -> bool {
    let better = |other: &&RunHistory| {
        let (other_loss, own_loss) = (loss(other), loss(run));
        other_loss < own_loss || other_loss == own_loss && other.start.run < run.start.run
    };
    match keep {
        Keep::None => false,
        Keep::All => converged(run),
        Keep::Best => converged(run) && !beside.iter().any(better),
    }
}

fn converged(run: &RunHistory) -> bool {
    run.end.as_ref().is_some_and(|end| !matches!(end.value.outcome, Outcome::Diverged { .. }))
}

/// The lowest validation loss of a run, or the negative of its best deciding metric; infinite for all runs without validation.
fn loss(run: &RunHistory) -> f64 {
    let validated = run.evaluations.iter().map(|timed| &timed.value).filter(|e| e.set == VALIDATION);
    validated.map(|evaluation| evaluation.cost(run.start.metric)).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::method::{Method, Strategy};
    use crate::session::record::{Audit, Evaluation, RunEnd};
    use crate::session::timed::Timed;

    fn run(run: usize, losses: &[f64], outcome: Option<Outcome>) -> RunHistory {
        let evaluation = |&loss: &f64| Evaluation {
            run,
            step: 0,
            set: VALIDATION.into(),
            loss,
            accuracy: 0.5,
            confusion: Vec::new(),
            seconds: 0.0,
        };
        let end = |outcome| RunEnd {
            run,
            outcome,
            steps: 1,
            best_step: 1,
            seconds: 0.0,
            audit: Audit::NothingTransferred,
        };
        RunHistory {
            trials: Vec::new(),
            start: RunStart {
                run,
                method: Method::Strategy(Strategy::Frozen),
                source: None,
                budget: Budget::Labels(8),
                labels: 8,
                validation: 2,
                seed: run as u32,
                trainable_parameters: 1,
                total_parameters: 1,
                batch: 4,
                planned_steps: 1,
                optimizer: String::new(),
                metric: None,
                tuned: None,
                groups: Vec::new(),
            },
            steps: Vec::new(),
            evaluations: losses.iter().map(|loss| Timed { at: 0.0, value: evaluation(loss) }).collect(),
            by_coverage: None,
            layer_drift: Vec::new(),
            arithmetic: Vec::new(),
            answers: Vec::new(),
            calibrations: Vec::new(),
            end: outcome.map(|outcome| Timed { at: 0.0, value: end(outcome) }),
        }
    }

    #[test]
    fn the_best_is_the_one_with_the_least_loss_of_those_that_ended_and_the_first_of_equals() {
        let done = || Some(Outcome::Completed);
        let diverged = Some(Outcome::Diverged { what: String::new() });
        let kept = |keep: Keep, runs: Vec<RunHistory>| -> Vec<usize> {
            let history = History { runs, ..History::default() };
            let is_kept = |run: &&RunHistory| is_kept(keep, run, &beside(&history, &run.start));
            history.runs.iter().filter(is_kept).map(|run| run.start.run).collect()
        };
        let runs = || {
            vec![
                run(0, &[0.5, 0.9], done()),
                run(1, &[0.7, 0.4], done()),
                run(2, &[0.1], diverged.clone()),
                run(3, &[0.2], None),
            ]
        };
        assert_eq!(kept(Keep::Best, runs()), [1]);
        assert_eq!(kept(Keep::All, runs()), [0, 1]);
        assert_eq!(kept(Keep::None, runs()), [0; 0]);
        // Without validation all losses are equal. Runs with another budget are not compared with these.
        let mut others = vec![run(0, &[], done()), run(1, &[], done()), run(2, &[], done())];
        others[2].start.budget = Budget::All;
        assert_eq!(kept(Keep::Best, others), [0, 2]);
    }
}
