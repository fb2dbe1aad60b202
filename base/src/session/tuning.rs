//! Equal tuning: every method tries the same number of settings.

use serde::{Deserialize, Serialize};

/// How the settings of the methods are tuned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// The number of settings that each run tries. The first one is the recipe's own.
    pub trials: u32,
    /// How many folds of the budget judge each setting, one after another. Left out: the validation part of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u32>,
}

impl Tuning {
    /// The fewest and the most trials.
    pub const BOUNDS: (u32, u32) = (2, 1_000);
    /// The fewest and the most folds.
    const FOLDS: (u32, u32) = (2, 20);

    /// So many settings, judged by the validation part.
    pub fn of(trials: u32) -> Tuning {
        Tuning { trials, folds: None }
    }

    /// The number of trainings before a run: one for each setting and fold.
    pub fn trainings(self) -> u32 {
        self.trials * self.folds.unwrap_or(1)
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(self, validation: f32) -> Result<(), (String, String)> {
        let (least, most) = Tuning::BOUNDS;
        if !(least..=most).contains(&self.trials) {
            return Err((
                format!("`tune.trials` is {}", self.trials),
                format!("it goes from {least} to {most}; the first trial has the recipe's own settings"),
            ));
        }
        if let Some(folds) = self.folds.filter(|folds| !(Tuning::FOLDS.0..=Tuning::FOLDS.1).contains(folds)) {
            return Err((
                format!("`tune.folds` is {folds}"),
                format!("it goes from {} to {}; 5 is usual", Tuning::FOLDS.0, Tuning::FOLDS.1),
            ));
        }
        if validation == 0.0 {
            return Err((
                "`tune` judges settings by validation examples, and `training.validation` is 0".into(),
                "0.2 keeps a fifth of the budget for validation".into(),
            ));
        }
        Ok(())
    }
}

/// The settings of a trial. Those that the method does not have, or that are not tuned, are left out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TrialSettings {
    /// The learning rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f32>,
    /// The largest number of epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u64>,
    /// The fraction of the head's features that is dropped in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f32>,
    /// The units of a recurrent head in each direction, or the filters of each width of a convolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
    /// The weight of the loss against the regularisation, as in scikit-learn. Left out where cross-validation chooses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<f64>,
}

impl TrialSettings {
    /// The settings as a phrase: "learning rate 0.0032, up to 40 epochs, dropout 0.2".
    pub fn phrase(&self) -> String {
        let parts = [
            self.learning_rate.map(|value| format!("learning rate {value}")),
            self.epochs.map(|value| format!("up to {value} epochs")),
            self.dropout.map(|value| format!("dropout {value}")),
            self.hidden.map(|value| format!("{value} units")),
            self.c.map(|value| format!("C {value}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "C by cross-validation".into() } else { parts.join(", ") }
    }

    /// The same in as few characters as possible: "lr 0.0032 · 40 ep · drop 0.2".
    pub fn short(&self) -> String {
        let parts = [
            self.learning_rate.map(|value| format!("lr {value}")),
            self.epochs.map(|value| format!("{value} ep")),
            self.dropout.map(|value| format!("drop {value}")),
            self.hidden.map(|value| format!("{value} units")),
            self.c.map(|value| format!("C {value}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "C by CV".into() } else { parts.join(" · ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_named_in_words_and_shortly() {
        let settings = TrialSettings {
            learning_rate: Some(0.0032),
            epochs: Some(40),
            dropout: Some(0.2),
            ..TrialSettings::default()
        };
        assert_eq!(settings.phrase(), "learning rate 0.0032, up to 40 epochs, dropout 0.2");
        assert_eq!(settings.short(), "lr 0.0032 · 40 ep · drop 0.2");
        let solved = TrialSettings { c: Some(0.05), ..TrialSettings::default() };
        assert_eq!((solved.phrase(), solved.short()), ("C 0.05".to_string(), "C 0.05".to_string()));
        assert_eq!(TrialSettings::default().phrase(), "C by cross-validation");
    }

    #[test]
    fn tuning_needs_two_trials_and_something_to_judge_by() {
        let check = |trials, validation| Tuning::of(trials).check(validation).map_err(|(problem, _)| problem);
        assert_eq!(check(12, 0.2), Ok(()));
        assert_eq!(check(1, 0.2), Err("`tune.trials` is 1".into()));
        let folds =
            |folds| Tuning { trials: 12, folds: Some(folds) }.check(0.2).map_err(|(problem, _)| problem);
        assert_eq!((folds(5), folds(1)), (Ok(()), Err("`tune.folds` is 1".into())));
        assert!(check(12, 0.0).unwrap_err().contains("`training.validation` is 0"));
    }
}
