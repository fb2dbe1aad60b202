//! How far probabilities can be believed: the bins of a reliability diagram and the expected calibration error (Guo et al.
//! 2017, "On calibration of modern neural networks").
//!
//! Examples are grouped by the probability of their predicted class. A model is calibrated if in every group the mean
//! probability is the fraction of right predictions.

use serde::{Deserialize, Serialize};

/// Bins of equal width from 0 to 1.
pub const BINS: usize = 15;

/// A bin that has examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Probabilities of the predicted class above this,
    pub from: f64,
    /// and up to this.
    pub to: f64,
    /// How many examples it has.
    pub examples: u64,
    /// The mean probability of the predicted class.
    pub confidence: f64,
    /// The fraction of right predictions.
    pub accuracy: f64,
}

/// Sorts predictions into bins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reliability([(u64, f64, u64); BINS]);

impl Reliability {
    /// Adds an example whose predicted class has `probability`.
    pub fn add(&mut self, probability: f32, is_right: bool) {
        let p = f64::from(probability);
        // A bin has its upper bound, and not its lower one.
        let bin = ((p * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        let (examples, sum, right) = &mut self.0[bin];
        *examples += 1;
        *sum += p;
        *right += u64::from(is_right);
    }

    /// The bins that are not empty, in ascending order.
    pub fn bins(&self) -> Vec<Bin> {
        let edge = |bin: usize| bin as f64 / BINS as f64;
        let bin = |(place, &(examples, sum, right)): (usize, &(u64, f64, u64))| Bin {
            from: edge(place),
            to: edge(place + 1),
            examples,
            confidence: sum / examples as f64,
            accuracy: right as f64 / examples as f64,
        };
        self.0.iter().enumerate().filter(|(_, bin)| bin.0 > 0).map(bin).collect()
    }
}

/// The mean distance between probability and accuracy of the bins, weighted by their examples: 0 for a calibrated model, at
/// most 1. `None` without examples.
pub fn expected_calibration_error(bins: &[Bin]) -> Option<f64> {
    let examples: u64 = bins.iter().map(|bin| bin.examples).sum();
    let distance = |bin: &Bin| bin.examples as f64 * (bin.confidence - bin.accuracy).abs();
    (examples > 0).then(|| bins.iter().map(distance).sum::<f64>() / examples as f64)
}

/// How far the probabilities of a run can be believed on a test set, before and after temperature scaling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The run's number.
    pub run: usize,
    /// The name of the test set.
    pub set: String,
    /// What the logits are divided by; 1 where nothing was fitted.
    pub temperature: f32,
    /// The labelled examples that the temperature was fitted on.
    pub fitted_on: FittedOn,
    /// The mean log loss, in nats, with the temperature.
    pub loss: f64,
    /// The bins without the temperature,
    pub before: Vec<Bin>,
    /// and with it.
    pub after: Vec<Bin>,
}

/// Labelled examples of the budget that a temperature was fitted on: the model did not learn from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FittedOn {
    /// So many validation examples.
    Validation(usize),
    /// So many training examples, each answered by a model of the cross-validation that did not see it.
    OutOfFold(usize),
    /// None: probabilities stay as they are.
    Nothing,
}

impl Calibration {
    /// The expected calibration error before and after temperature scaling; `None` without examples.
    pub fn errors(&self) -> Option<(f64, f64)> {
        Some((expected_calibration_error(&self.before)?, expected_calibration_error(&self.after)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_of_equal_width_and_the_error_is_the_weighted_distance() {
        let mut reliability = Reliability::default();
        // The ninth of 15 bins goes from 0.533 to 0.6; the first holds 0, the last 1.
        for (p, right) in
            [(0.599, true), (0.54, false), (0.601, true), (1.0, true), (1.0, false), (0.0, false)]
        {
            reliability.add(p, right);
        }
        let bins = reliability.bins();
        let examples: Vec<(f64, u64)> =
            bins.iter().map(|bin| ((bin.to * 15.0).round(), bin.examples)).collect();
        assert_eq!(examples, [(1.0, 1), (9.0, 2), (10.0, 1), (15.0, 2)]);
        let expected = (2.0 * (0.5695 - 0.5) + 0.399 + 2.0 * 0.5) / 6.0;
        assert!((expected_calibration_error(&bins).unwrap() - expected).abs() < 1e-6);
        assert_eq!(expected_calibration_error(&[]), None);
    }
}
