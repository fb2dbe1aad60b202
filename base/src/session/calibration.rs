//! The calibration of probabilities: the bins of a reliability diagram and the expected calibration error (Guo et al.
//! 2017, "On calibration of modern neural networks").
//!
//! Examples are grouped into bins by the probability of their predicted class. A model is calibrated if, in every bin,
//! the mean probability equals the fraction of correct predictions.

use serde::{Deserialize, Serialize};

/// The number of bins, which have equal width and cover 0 to 1.
pub const BINS: usize = 15;

/// A bin with at least one example.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The lower bound of the probability of the predicted class; not in the bin (but 0 is in the first bin).
    pub from: f64,
    /// The upper bound, which is in the bin.
    pub to: f64,
    /// The number of examples.
    pub examples: u64,
    /// The mean probability of the predicted class.
    pub confidence: f64,
    /// The fraction of correct predictions.
    pub accuracy: f64,
}

/// Sorts predictions into bins. For each bin it keeps the number of examples, the sum of their probabilities and the
/// number of correct predictions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reliability([(u64, f64, u64); BINS]);

impl Reliability {
    /// Adds an example whose predicted class has `probability`.
    pub fn add(&mut self, probability: f32, is_right: bool) {
        let p = f64::from(probability);
        // A bin includes its upper bound and excludes its lower one.
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

/// The expected calibration error (ECE): the mean over the bins of |confidence - accuracy|, weighted by the number of
/// examples. It is 0 for a calibrated model, and at most 1. `None` if there are no examples.
pub fn expected_calibration_error(bins: &[Bin]) -> Option<f64> {
    let examples: u64 = bins.iter().map(|bin| bin.examples).sum();
    let distance = |bin: &Bin| bin.examples as f64 * (bin.confidence - bin.accuracy).abs();
    (examples > 0).then(|| bins.iter().map(distance).sum::<f64>() / examples as f64)
}

/// The calibration of a run on a test set, before and after temperature scaling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The run's number.
    pub run: usize,
    /// The name of the test set.
    pub set: String,
    /// The temperature, which divides the logits; 1 if none was fitted.
    pub temperature: f32,
    /// The examples that the temperature was fitted on.
    pub fitted_on: FittedOn,
    /// The mean log loss, in nats, with the temperature.
    pub loss: f64,
    /// The bins without the temperature.
    pub before: Vec<Bin>,
    /// The bins with the temperature.
    pub after: Vec<Bin>,
}

/// The labelled examples that a temperature was fitted on. They are part of the label budget, and the model that
/// predicted them was not trained on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FittedOn {
    /// This number of validation examples.
    Validation(usize),
    /// This number of training examples. Each was predicted by the model of the cross-validation that was not trained
    /// on it.
    OutOfFold(usize),
    /// No examples: no temperature was fitted, and probabilities stay as they are.
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
        // The ninth of 15 bins is from 0.533 to 0.6. Probability 0 is in the first bin, 1 in the last.
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
