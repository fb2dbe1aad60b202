//! The learning rates that the user changed, and the layer groups that the user froze or unfroze.

use crate::error::grouped;
use crate::session::comparison::{ByHand, ChangedRuns};
use crate::session::record::{Note, Stage};
use crate::session::source_history::SourceHistory;
use crate::session::steering::Moment;
use crate::session::timed::Timed;

use super::History;

impl History {
    /// The learning-rate changes by the user that affected runs, up to the time `until`. Each has its time, its run
    /// (`None` for all running ones) and the factor on the learning rate.
    pub fn learning_rates_by_hand(&self, until: f64) -> Vec<(f64, Option<usize>, f32)> {
        let met = self.notes.iter().filter(|note| note.at <= until && self.trains_runs(note.at));
        let mut changes: Vec<(f64, Option<usize>, f32)> = Vec::new();
        for note in met {
            let Note::LearningRate { run, factor, .. } = note.value else { continue };
            match changes.iter_mut().rfind(|change| change.1 == run) {
                // No step was made between the two changes, so they count as one.
                Some(last) if !self.learned_between(last.0, note.at, run) => {
                    (last.0, last.2) = (note.at, last.2 * factor);
                }
                _ => changes.push((note.at, run, factor)),
            }
        }
        changes.retain(|change| (change.2 - 1.0).abs() > 1e-6);
        changes
    }

    /// Whether the run (or any run, for `None`) made a step after `from` and up to `to`.
    fn learned_between(&self, from: f64, to: f64, run: Option<usize>) -> bool {
        let mut runs = self.runs.iter().filter(|one| run.is_none_or(|run| one.start.run == run));
        runs.any(|one| one.steps.iter().any(|step| step.at > from && step.at <= to))
    }

    /// Whether the session was in the stage that trains runs at that time.
    fn trains_runs(&self, at: f64) -> bool {
        self.stages.iter().rev().find(|stage| stage.at <= at).is_some_and(|s| s.value == Stage::Training)
    }

    /// Which learning rates and layer groups the user changed, up to the time `until`.
    pub fn by_hand(&self, until: f64) -> ByHand {
        let changes = self.learning_rates_by_hand(until);
        let all = changes.iter().any(|change| change.1.is_none());
        let held = self.notes.iter().filter(|note| note.at <= until).filter_map(|note| match note.value {
            Note::Group { run, .. } => Some(run),
            _ => None,
        });
        let held = self.whose(held.collect(), false);
        let runs = self.whose(changes.iter().filter_map(|change| change.1).collect(), all);
        let moved = |source: &SourceHistory| {
            let vectors = |note: &&Timed<Note>| {
                let first = source.pretraining.first().is_some_and(|point| point.at <= note.at);
                let done = source.vectors.as_ref().is_some_and(|vectors| vectors.at <= note.at);
                note.at <= until
                    && first
                    && !done
                    && matches!(note.value, Note::LearningRate { run: None, .. })
            };
            learning_rate_moved(source, &self.notes.iter().filter(vectors).collect::<Vec<_>>())
        };
        ByHand { runs, pretraining: self.sources.iter().any(moved), held }
    }

    /// What was done by hand until `until` and changes results: when, and a sentence.
    pub fn done_by_hand(&self, until: f64) -> Vec<(f64, String)> {
        let notes = self.notes.iter().filter(|note| note.at <= until && note.value.is_act());
        notes.map(|note| (note.at, self.told_of(&note.value))).collect()
    }

    /// A note as a sentence.
    pub fn told_of(&self, note: &Note) -> String {
        let name = |run: usize| self.run(run).map_or(format!("run {}", run + 1), |run| self.name_of(run));
        match note {
            Note::Paused => "paused".into(),
            Note::Continued => "continued".into(),
            Note::SingleStep => "one step".into(),
            Note::LearningRate { run: Some(run), factor, at } => {
                format!("learning rate of {} × {factor}{}", name(*run), after(at))
            }
            Note::LearningRate { run: None, factor, at } => {
                format!("all learning rates × {factor}{}", after(at))
            }
            Note::RunStopped { run, at } => format!("{} was ended by the user{}", name(*run), after(at)),
            Note::Group { run, group, frozen, at } => {
                let done = if *frozen { "frozen" } else { "unfrozen" };
                format!("{group} of {} was {done}{}", name(*run), after(at))
            }
            Note::Added { addition, .. } => format!("{} added to the experiment", addition.phrase()),
            Note::Remark(remark) => remark.clone(),
        }
    }

    /// Which runs these are; `all`: and all others. `None` if there are none.
    fn whose(&self, mut runs: Vec<usize>, all: bool) -> Option<ChangedRuns> {
        runs.sort_unstable();
        runs.dedup();
        match runs[..] {
            [] if !all => None,
            [one] if !all => {
                Some(self.run(one).map_or(ChangedRuns::Several, |run| ChangedRuns::One(run.name())))
            }
            _ => Some(ChangedRuns::Several),
        }
    }
}

/// Whether the learning rate of a source's pre-training differed from the recipe's while training went on.
fn learning_rate_moved(source: &SourceHistory, changes: &[&Timed<Note>]) -> bool {
    let mut factor = 1.0;
    changes.iter().enumerate().any(|(i, change)| {
        if let Note::LearningRate { factor: by, .. } = change.value {
            factor *= by;
        }
        let next = changes.get(i + 1).map_or(f64::INFINITY, |next| next.at);
        let learned = || source.pretraining.iter().any(|point| point.at > change.at && point.at <= next);
        (factor - 1.0_f32).abs() > 1e-6 && (next == f64::INFINITY || learned())
    })
}

/// After how much work something was done, if that is one place.
fn after(at: &[Moment]) -> String {
    match at {
        [Moment::Run(at)] => format!(", after step {}", at.step),
        [Moment::Pretraining { source, seen }] => {
            format!(", after {} of the pre-training of {source}", grouped(*seen))
        }
        _ => String::new(),
    }
}
