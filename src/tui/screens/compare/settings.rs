//! The settings in which runs differ, and the audit of the transferred parameters.

use crate::session::history::{History, RunHistory};
use crate::session::method::{Method, Strategy};
use crate::session::record::{Audit, RunStart};

/// A setting that is not the same in all runs, and which runs have which value.
#[derive(Debug, Clone, PartialEq)]
pub struct Differing {
    pub name: &'static str,
    /// Each value, and a short description of the runs that have it.
    pub values: Vec<(String, String)>,
}

/// The name of a setting, and a function that reads it from the start record of a run.
type Setting = (&'static str, fn(&RunStart) -> String);

/// The names of settings that tuning chooses for each run.
pub const TUNED: [&str; 2] = [OPTIMIZER, STEPS];

const OPTIMIZER: &str = "optimizer";
const STEPS: &str = "steps at most";

/// The settings in which the runs differ.
pub fn differing(history: &History) -> Vec<Differing> {
    let settings: [Setting; 4] = [
        (OPTIMIZER, |start| start.optimizer.clone()),
        ("batch", |start| match start.batch {
            0 => "all at once".into(),
            n => n.to_string(),
        }),
        (STEPS, |start| match start.descends() {
            true => start.planned_steps.to_string(),
            false => format!("about {}", start.planned_steps),
        }),
        ("kept for validation", |start| start.validation.to_string()),
    ];
    let of = |(name, read): Setting| {
        let mut values: Vec<(String, Vec<&RunStart>)> = Vec::new();
        for start in history.runs.iter().map(|run| &run.start) {
            let value = read(start);
            match values.iter_mut().find(|(v, _)| *v == value) {
                Some((_, runs)) => runs.push(start),
                None => values.push((value, vec![start])),
            }
        }
        let all: Vec<&RunStart> = history.runs.iter().map(|run| &run.start).collect();
        let values: Vec<(String, String)> =
            values.into_iter().map(|(value, runs)| (value, who(&runs, &all))).collect();
        (values.len() > 1).then_some(Differing { name, values })
    };
    settings.into_iter().filter_map(of).collect()
}

/// Describes runs by their methods if that identifies them, else by their budgets if that does, else by both.
fn who(runs: &[&RunStart], all: &[&RunStart]) -> String {
    fn distinct<'a>(runs: &[&'a RunStart], name: impl Fn(&'a RunStart) -> String) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for run in runs {
            let name = name(run);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
    let only_they = |name: &dyn Fn(&RunStart) -> String| {
        let names = distinct(runs, name);
        let told = all.iter().filter(|run| names.contains(&name(run))).count() == runs.len();
        told.then_some(names)
    };
    let method = |run: &RunStart| run.method.name().to_string();
    let budget = |run: &RunStart| format!("{} labels", run.budget);
    let both = |run: &RunStart| format!("{} {}", run.method, run.budget);
    only_they(&method).or_else(|| only_they(&budget)).unwrap_or_else(|| distinct(runs, both)).join(", ")
}

/// A sentence about what happened to the transferred parameters of a method, and whether that is as expected.
pub fn audit(history: &History, method: Method, until: f64) -> Option<(String, bool)> {
    let done =
        |run: &&RunHistory| run.start.method == method && run.end.as_ref().is_some_and(|end| end.at <= until);
    let ends: Vec<&Audit> = history
        .runs
        .iter()
        .filter(done)
        .filter_map(|run| run.end.as_ref())
        .map(|end| &end.value.audit)
        .collect();
    let count = ends.len();
    let runs = if count == 1 { "run" } else { "runs" };
    match method {
        Method::Strategy(Strategy::Frozen) if count > 0 => {
            let mut hashes: Vec<&str> = Vec::new();
            let mut rows_seen = 0;
            let mut same = 0;
            for audit in &ends {
                if let Audit::Unchanged { rows, hash } = audit {
                    same += 1;
                    rows_seen = rows_seen.max(*rows);
                    if !hashes.contains(&hash.as_str()) {
                        hashes.push(hash);
                    }
                }
            }
            let sentence = if same == count {
                format!(
                    "frozen stayed frozen: all {rows_seen} vectors have the same bytes after training, in \
                     {count} of {count} {runs} (hash {})",
                    hashes.join(", ")
                )
            } else {
                format!("frozen did NOT stay frozen in {} of {count} {runs}", count - same)
            };
            Some((sentence, same == count))
        }
        _ if method.tunes() => {
            let changed: Vec<(usize, usize)> = ends
                .iter()
                .filter_map(|audit| match audit {
                    Audit::Changed { rows, of } => Some((*rows, *of)),
                    Audit::Unchanged { rows, .. } => Some((0, *rows)),
                    Audit::NothingTransferred => None,
                })
                .collect();
            let (least, most) = (changed.iter().map(|c| c.0).min()?, changed.iter().map(|c| c.0).max()?);
            let of = changed.iter().map(|c| c.1).max()?;
            let range = if least == most { most.to_string() } else { format!("{least} to {most}") };
            let what =
                if method == Method::Strategy(Strategy::FineTuned) { "fine-tuning" } else { method.name() };
            Some((format!("{what} moved {range} of {of} vectors a run ({count} {runs})"), true))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn only_what_differs_is_told_and_by_the_fewest_words() {
        let differing = differing(&History::of(testing::entries()));
        let optimizer = differing.iter().find(|d| d.name == "optimizer").unwrap();
        assert_eq!(optimizer.values[0], ("L-BFGS".into(), "TF-IDF".into()));
        assert_eq!(optimizer.values[1], ("Adam 0.001".into(), "scratch, frozen, fine-tuned".into()));
        let kept = differing.iter().find(|d| d.name == "kept for validation").unwrap();
        assert_eq!(kept.values[1], ("200".into(), "1000 labels".into()));
    }

    #[test]
    fn a_frozen_run_that_changed_is_a_scandal() {
        let mut history = History::of(testing::entries());
        let (sentence, right) = audit(&history, Method::Strategy(Strategy::Frozen), f64::INFINITY).unwrap();
        assert!(right && sentence.contains("4 of 4 runs") && sentence.contains("9f3a51c2"), "{sentence}");
        assert!(
            audit(&history, Method::Strategy(Strategy::FineTuned), f64::INFINITY)
                .unwrap()
                .0
                .contains("1210 of 5120")
        );
        assert_eq!(audit(&history, Method::Strategy(Strategy::Frozen), 1.0), None);
        let frozen = history
            .runs
            .iter_mut()
            .find(|run| run.start.method == Method::Strategy(Strategy::Frozen))
            .unwrap();
        frozen.end.as_mut().unwrap().value.audit = Audit::Changed { rows: 1, of: 5120 };
        let (sentence, right) = audit(&history, Method::Strategy(Strategy::Frozen), f64::INFINITY).unwrap();
        assert!(!right && sentence.contains("NOT") && sentence.contains("1 of 4"), "{sentence}");
    }
}
