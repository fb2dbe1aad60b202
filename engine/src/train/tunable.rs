//! What tuning may change of a method, and the settings of each trial.
//!
//! All methods draw from the same random numbers: trial *t* of every method with a learning rate has the same learning
//! rate, and so on. Each repetition draws other settings, so the spread over seeds includes that of the draws.

use crate::rng::{self, Stream};
use crate::session::tuning::TrialSettings;

use super::learners::settings::Settings;

/// Learning rates are drawn from the recipe's divided by this number to the recipe's times this number.
const LEARNING_RATES: f64 = 10.0;
/// The same for epochs.
const EPOCHS: f64 = 2.0;
/// The largest fraction that is dropped.
const DROPOUT: f64 = 0.5;
/// Units are drawn from these multiples of the recipe's.
const UNITS: [(usize, usize); 3] = [(1, 2), (1, 1), (2, 1)];
/// The most units.
const MOST_UNITS: usize = 65_536;

/// The settings of a method that tuning may change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tunable {
    /// There are none.
    Nothing,
    /// Of gradient descent: learning rate and epochs; dropout and the number of the head's units where it has such.
    Descent {
        /// Whether the head's features can be dropped.
        dropout: bool,
        /// The recipe's number of units.
        units: Option<usize>,
    },
    /// The regularisation C of a classifier that a solver trains.
    C {
        /// The smallest and the largest C that are drawn.
        between: (f64, f64),
        /// The C without tuning; `None` if cross-validation chooses it.
        own: Option<f64>,
    },
}

impl Tunable {
    /// C of a linear classifier on fixed features, which cross-validation chooses without tuning. Its values are
    /// between the same limits.
    pub const SOLVED: Tunable = Tunable::C { between: (1e-4, 10.0), own: None };

    /// C of a baseline whose C is fixed: from a hundredth of it to a hundred times as much.
    pub fn fixed_c(own: f64) -> Tunable {
        Tunable::C { between: (own / 100.0, own * 100.0), own: Some(own) }
    }

    /// The settings of trial `trial`. Trial 0 has those of `own`, which are the recipe's; the others are drawn for the
    /// repetition with this seed.
    pub fn settings(self, own: &Settings, seed: u64, trial: u32) -> TrialSettings {
        let draws = (trial > 0).then(|| Draws::new(&mut rng::stream(seed, "tuning", u64::from(trial))));
        match (self, draws) {
            (Tunable::Nothing, _) => TrialSettings::default(),
            (Tunable::C { own, .. }, None) => TrialSettings { c: own, ..TrialSettings::default() },
            (Tunable::C { between, .. }, Some(draws)) => {
                TrialSettings { c: Some(rounded(log_uniform(between, draws.c))), ..TrialSettings::default() }
            }
            (Tunable::Descent { dropout, units }, None) => TrialSettings {
                learning_rate: Some(own.learning_rate),
                epochs: Some(own.epochs),
                dropout: dropout.then_some(own.dropout),
                hidden: units,
                c: None,
            },
            (Tunable::Descent { dropout, units }, Some(draws)) => TrialSettings {
                learning_rate: Some(rounded(around(
                    f64::from(own.learning_rate),
                    LEARNING_RATES,
                    draws.learning_rate,
                )) as f32),
                epochs: Some((around(own.epochs as f64, EPOCHS, draws.epochs).round() as u64).max(1)),
                dropout: dropout.then(|| hundredths(DROPOUT * draws.dropout)),
                hidden: units.map(|units| {
                    let (times, parts) = UNITS[draws.units];
                    (units * times).div_ceil(parts).min(MOST_UNITS)
                }),
                c: None,
            },
        }
    }
}

/// The random numbers of a trial, the same for every method: from 0 up to 1, and an index into [`UNITS`].
struct Draws {
    learning_rate: f64,
    epochs: f64,
    dropout: f64,
    units: usize,
    c: f64,
}

impl Draws {
    fn new(random: &mut Stream) -> Draws {
        Draws {
            learning_rate: rng::unit64(random),
            epochs: rng::unit64(random),
            dropout: rng::unit64(random),
            units: rng::below(random, UNITS.len()),
            c: rng::unit64(random),
        }
    }
}

/// The value at the fraction `at` of the way between two limits, on a logarithmic scale.
fn log_uniform((least, most): (f64, f64), at: f64) -> f64 {
    (least.ln() + at * (most.ln() - least.ln())).exp()
}

/// The same between `middle / factor` and `middle * factor`.
fn around(middle: f64, factor: f64, at: f64) -> f64 {
    log_uniform((middle / factor, middle * factor), at)
}

/// A value with two significant digits. So the last bits of a logarithm, which differ between machines, do not matter.
fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// A fraction with two decimals.
fn hundredths(value: f64) -> f32 {
    ((value * 100.0).round() / 100.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::Strategy;
    use crate::session::recipe::Recipe;
    use std::path::Path;

    fn own() -> Settings {
        let text = "(title: \"t\", transfer: Text(source: Vectors(file: \"v\"), task: Demo(), head: Lstm(hidden: 64), \
                     dropout: 0.1), labels: [500])";
        let recipe = Recipe::parse(text, Path::new("r.ron")).unwrap();
        Settings::new(&recipe, Strategy::FineTuned.into(), 500)
    }

    #[test]
    fn a_solver_chooses_by_the_metric_of_the_recipe() {
        let text = "(title: \"t\", transfer: Text(source: Vectors(file: \"v\"), task: Demo(), head: Average), \
                     labels: [500], metric: Mcc)";
        let recipe = Recipe::parse(text, Path::new("r.ron")).unwrap();
        assert_eq!(
            Settings::new(&recipe, Strategy::FineTuned.into(), 500).solving().metric,
            crate::session::metric::Metric::Mcc
        );
        assert_eq!(own().solving().metric, crate::session::metric::Metric::Accuracy);
    }

    #[test]
    fn the_first_trial_has_the_settings_of_the_recipe() {
        let own = own();
        let descent = Tunable::Descent { dropout: true, units: Some(64) };
        let expected = TrialSettings {
            learning_rate: Some(0.001),
            epochs: Some(40),
            dropout: Some(0.1),
            hidden: Some(64),
            c: None,
        };
        assert_eq!(descent.settings(&own, 7, 0), expected);
        assert_eq!(own.with(expected), Settings { hidden: Some(64), ..own });
        assert_eq!(Tunable::SOLVED.settings(&own, 7, 0), TrialSettings::default());
        assert_eq!(Tunable::fixed_c(5.0).settings(&own, 7, 0).c, Some(5.0));
        assert_eq!(Tunable::Nothing.settings(&own, 7, 3), TrialSettings::default());
    }

    #[test]
    fn draws_lie_in_the_stated_spaces_and_fill_them() {
        let own = own();
        let descent = Tunable::Descent { dropout: true, units: Some(64) };
        let drawn: Vec<TrialSettings> = (1..400).map(|trial| descent.settings(&own, 7, trial)).collect();
        let check = |of: &dyn Fn(&TrialSettings) -> f64, least: f64, most: f64, near: f64| {
            let values: Vec<f64> = drawn.iter().map(of).collect();
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
            // f32 values of the recipe are not exact as f64.
            assert!(low >= least * 0.999 && high <= most * 1.001, "{low} {high}");
            assert!(low <= least * near + 0.02 && high >= most / near, "{low} {high}");
        };
        check(&|s| f64::from(s.learning_rate.unwrap()), 0.0001, 0.01, 1.1);
        check(&|s| s.epochs.unwrap() as f64, 20.0, 80.0, 1.1);
        check(&|s| f64::from(s.dropout.unwrap()), 0.0, 0.5, 1.1);
        check(&|s| s.hidden.unwrap() as f64, 32.0, 128.0, 1.0);
        // Half of the learning rates are below the recipe's: the scale is logarithmic.
        let below = drawn.iter().filter(|s| s.learning_rate.unwrap() < 0.001).count();
        assert!((160..240).contains(&below), "{below}");
        let solved: Vec<f64> =
            (1..400).map(|trial| Tunable::SOLVED.settings(&own, 7, trial).c.unwrap()).collect();
        assert!(solved.iter().all(|c| (1e-4..=10.0).contains(c)));
        assert!(solved.iter().any(|&c| c < 2e-4) && solved.iter().any(|&c| c > 5.0));
    }

    #[test]
    fn methods_share_their_draws_and_repetitions_do_not() {
        let own = own();
        let with = Tunable::Descent { dropout: true, units: Some(64) };
        let without = Tunable::Descent { dropout: false, units: None };
        for trial in 1..20 {
            let (one, other) = (with.settings(&own, 7, trial), without.settings(&own, 7, trial));
            assert_eq!((one.learning_rate, one.epochs), (other.learning_rate, other.epochs));
            assert_eq!((other.dropout, other.hidden), (None, None));
            assert_ne!(one, with.settings(&own, 8, trial));
            assert_ne!(one, with.settings(&own, 7, trial + 1));
        }
    }
}
