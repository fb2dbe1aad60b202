//! The models that a session has kept: which, and what they are called.

use std::path::{Path, PathBuf};

use super::history::{History, RunHistory};
use super::keep::Keep;
use super::record::{Outcome, RunStart, VALIDATION};

/// The folder of kept models in a session's folder.
pub const FOLDER: &str = "models";

/// The folder of a run's model in the session's folder `session`.
pub fn model_folder(session: &Path, run: &RunStart) -> PathBuf {
    let RunStart { method, budget, seed, .. } = run;
    session.join(FOLDER).join(format!("{}-{budget}-seed-{}", dashed(method.id()), seed + 1))
}

/// `FineTuned` as `fine-tuned`.
fn dashed(name: &str) -> String {
    let mut out = String::new();
    for (place, c) in name.chars().enumerate() {
        if c.is_uppercase() && place > 0 {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The runs of `history` whose models are kept, of those that have ended and did not diverge.
pub fn kept(keep: Keep, history: &History) -> Vec<&RunHistory> {
    let ended = history.runs.iter().filter(|run| {
        run.end.as_ref().is_some_and(|end| !matches!(end.value.outcome, Outcome::Diverged { .. }))
    });
    match keep {
        Keep::None => Vec::new(),
        Keep::All => ended.collect(),
        Keep::Best => {
            let mut best: Vec<&RunHistory> = Vec::new();
            for run in ended {
                let alike = |other: &&mut &RunHistory| {
                    other.start.method == run.start.method && other.start.budget == run.start.budget
                };
                match best.iter_mut().find(alike) {
                    Some(before) if loss(run) < loss(before) => *before = run,
                    Some(_) => {}
                    None => best.push(run),
                }
            }
            best
        }
    }
}

/// The least validation loss of a run; of one that is not validated, the same for all.
fn loss(run: &RunHistory) -> f64 {
    let validated = run.evaluations.iter().map(|timed| &timed.value).filter(|e| e.set == VALIDATION);
    validated.map(|evaluation| evaluation.loss).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_small_letters_and_dashes() {
        let names = ["FineTuned", "LinearProbeThenFineTune", "Nbsvm", "TfIdf"];
        assert_eq!(names.map(dashed), ["fine-tuned", "linear-probe-then-fine-tune", "nbsvm", "tf-idf"]);
    }
}
