//! What a user does to a session while it runs, and the moments at which it takes effect.
//!
//! Every act is a [`Note`](super::note::Note) in the log. Its moments are places in the work, not on the clock: a round of a run, or the
//! number of tokens or images that pre-training has seen. So a resumed session repeats the acts that came after its
//! checkpoints, and `warmstart rerun` repeats all of them, both to the same bits.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::recipe::Recipe;
use super::source_name::SourceName;
use super::splitting::Splitting;

/// The moment at which an act takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// In the training of a run.
    Run(RunMoment),
    /// In the pre-training of a source.
    Pretraining {
        /// The source.
        source: SourceName,
        /// The tokens or images that it has seen before.
        seen: u64,
    },
}

/// A moment in the training of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMoment {
    /// The index of the run.
    pub run: usize,
    /// Of a run that tries settings: the number of its trainings before this one. `None` if it is no trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<u32>,
    /// The number of updates that were made when the user acted.
    pub step: u64,
    /// The number of rounds before the one from which the act counts. A round is one update, or a part of an evaluation, of a
    /// cross-validation or of the features of fixed layers; how many there are depends on nothing but recipe and data.
    pub round: u64,
}

/// What is added to a running experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Addition {
    /// So many further repetitions of every method at every budget.
    Seeds(u32),
    /// A further label budget, with all repetitions.
    Budget(Budget),
}

/// What an act does to one run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunAct {
    /// Multiplies its learning rate.
    LearningRate(f32),
    /// Ends its training; its tests follow.
    Stop,
    /// Freezes a layer group, or trains it.
    Group {
        /// The name of the group.
        name: String,
        /// Whether it is frozen.
        frozen: bool,
    },
}

impl Addition {
    /// What is added, as a phrase: "2 seeds", "the budget 500".
    pub fn phrase(&self) -> String {
        match self {
            Addition::Seeds(more) => crate::error::counted(*more as usize, "seed", "seeds"),
            Addition::Budget(budget) => format!("the label budget {budget}"),
        }
    }

    /// Reads what a user types: `seeds 2` or `+2`; `labels 500` or `labels all`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Addition, String> {
        let expected = || "write `seeds 2`, `labels 500` or `labels all`".to_string();
        let text = text.trim();
        if let Some(more) = text.strip_prefix('+') {
            return more.trim().parse().ok().filter(|&n| n > 0).map(Addition::Seeds).ok_or_else(expected);
        }
        let (what, number) = text.split_once(char::is_whitespace).ok_or_else(expected)?;
        match what {
            "seed" | "seeds" => {
                number.trim().parse().ok().filter(|&n| n > 0).map(Addition::Seeds).ok_or_else(expected)
            }
            "label" | "labels" | "budget" => number.trim().parse().map(Addition::Budget),
            _ => Err(expected()),
        }
    }
}

impl Recipe {
    /// The recipe with an addition.
    pub fn grown(&self, addition: &Addition) -> Recipe {
        let mut recipe = self.clone();
        match *addition {
            Addition::Seeds(more) => recipe.seeds = recipe.seeds.saturating_add(more),
            Addition::Budget(budget) => recipe.labels.push(budget),
        }
        recipe
    }

    /// The recipe with an addition, which fits it.
    ///
    /// # Errors
    /// A sentence that says why it does not.
    pub fn grow(&self, addition: &Addition) -> Result<Recipe, String> {
        if self.fork.is_some() {
            return Err("a session that forks a run has only that run".into());
        }
        match *addition {
            Addition::Seeds(0) => return Err("0 seeds are nothing to add".into()),
            Addition::Budget(budget) if self.labels.contains(&budget) => {
                return Err(format!("the experiment has the label budget {budget} already"));
            }
            _ => {}
        }
        if let (Splitting::Folds(folds), Addition::Seeds(more)) = (self.splitting(), addition)
            && !more.is_multiple_of(folds)
        {
            return Err(format!("with {folds} folds, seeds are added {folds} at a time"));
        }
        let grown = self.grown(addition);
        grown.check().map_err(|(problem, remedy)| format!("{problem}: {remedy}"))?;
        Ok(grown)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use super::*;

    /// A small recipe.
    pub fn recipe(more: &str) -> Recipe {
        let text = format!(
            "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average),
              labels: [50, 500], methods: [Frozen], seeds: 2, {more})"
        );
        Recipe::parse(&text, Path::new("/r.ron")).unwrap()
    }

    #[test]
    fn what_is_typed_is_read_or_refused_with_what_is_expected() {
        assert_eq!(Addition::parse(" seeds  2 "), Ok(Addition::Seeds(2)));
        assert_eq!(Addition::parse("+3"), Ok(Addition::Seeds(3)));
        assert_eq!(Addition::parse("labels 500"), Ok(Addition::Budget(Budget::Labels(500))));
        assert_eq!(Addition::parse("labels all"), Ok(Addition::Budget(Budget::All)));
        for wrong in ["", "seeds", "seeds 0", "seeds -1", "seeds two", "labels 3", "epochs 4", "+", "+0", "9"]
        {
            let why = Addition::parse(wrong).unwrap_err();
            assert!(why.contains("seeds 2") || why.contains("4 or more"), "{wrong}: {why}");
        }
    }

    #[test]
    fn an_addition_must_fit_the_experiment() {
        let plain = recipe("");
        assert_eq!(plain.grow(&Addition::Seeds(3)).unwrap().seeds, 5);
        let grown = plain.grow(&Addition::Budget(Budget::All)).unwrap();
        assert_eq!(grown.labels, [Budget::Labels(50), Budget::Labels(500), Budget::All]);
        let refused = |recipe: &Recipe, addition| recipe.grow(&addition).unwrap_err();
        assert!(refused(&plain, Addition::Budget(Budget::Labels(500))).contains("already"));
        assert!(refused(&plain, Addition::Budget(Budget::Labels(2))).contains("4 at least"));
        assert!(refused(&plain, Addition::Seeds(u32::MAX)).contains("runs"));
        let folds = recipe("folds: 2");
        assert!(refused(&folds, Addition::Seeds(1)).contains("2 at a time"));
        assert_eq!(folds.grow(&Addition::Seeds(2)).unwrap().seeds, 4);
    }
}
