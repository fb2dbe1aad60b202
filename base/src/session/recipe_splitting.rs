//! Which split a recipe asks for, and whether its task and source allow it.

use super::pretraining::Corpus;
use super::recipe::Recipe;
use super::splitting::{Split, Splitting};

impl Recipe {
    /// How a task without a test part is split. A source that learns from the task's own texts must not see those of any
    /// test, so there is one split then.
    pub fn splitting(&self) -> Splitting {
        match (self.folds, self.split) {
            (Some(folds), _) => Splitting::Folds(folds),
            (None, Some(Split::EachSeed)) if !self.pretrains_on_its_task() => Splitting::EachSeed,
            _ => Splitting::Once,
        }
    }

    /// Whether the source is pre-trained on, or adapted to, the texts of the task.
    pub fn pretrains_on_its_task(&self) -> bool {
        let of_task = |corpus: &&Corpus| matches!(corpus, Corpus::Task { .. });
        self.text().is_some_and(|text| {
            text.named_sources().iter().any(|(_, source)| source.corpora().iter().any(of_task))
        })
    }

    /// Checks `folds`. The error is the problem and the remedy.
    pub(super) fn check_folds(&self) -> Result<(), (String, String)> {
        let Some(folds) = self.folds else { return Ok(()) };
        let (problem, remedy) = if folds < 2 {
            (format!("`folds` is {folds}"), "2 is the least, 5 is usual".into())
        } else if !self.seeds.is_multiple_of(folds) {
            let (problem, more) = (format!("{} seeds and {folds} folds", self.seeds), 2 * folds);
            (problem, format!("each seed tests one fold: write `seeds: {folds}`, or {more} to divide twice"))
        } else if self.pretrains_on_its_task() {
            let remedy = "leave `folds` out, or name another corpus: each fold is tested, and the corpus must not have \
                          the texts of a test";
            ("`folds` with a source that is trained on the task's own texts".into(), remedy.into())
        } else {
            return Ok(());
        };
        Err((problem, remedy))
    }
}
