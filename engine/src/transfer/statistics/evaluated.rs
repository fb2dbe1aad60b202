//! Evaluates a model on labelled examples: accuracy and other metrics, their intervals, and the calibration.
//!
//! The interval of the accuracy is Wilson's. The intervals of the other metrics are percentiles of a bootstrap over
//! the examples (Efron & Tibshirani 1993). All are 95 % intervals for this one model: another training
//! of the model may differ by more.
//!
//! Calibration is measured with the bins of [`crate::session::calibration`].

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::rng;
use crate::session::calibration::{Bin, Reliability, expected_calibration_error};
use crate::session::figures::{self, Figures};
use crate::session::metric::Metric;
use crate::transfer::predictor::argmax;

/// The number of bootstrap resamples.
const RESAMPLES: u64 = 2_000;
/// The number of rows in the coverage table. Row *i* answers *i* tenths of the examples.
const TENTHS: usize = 10;

/// The true class of an example, and the model's prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The true class, as an index into all classes.
    pub truth: usize,
    /// The probability of each of the model's classes, which are the first ones of all classes.
    pub probabilities: Vec<f32>,
}

impl Judged {
    /// The predicted class and its probability.
    pub fn guess(&self) -> (usize, f32) {
        let guess = argmax(&self.probabilities);
        (guess, self.probabilities.get(guess).copied().unwrap_or(0.0))
    }
}

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The value itself.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// The figures of a class. A figure that is not defined is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfClass {
    /// Its name.
    pub class: String,
    /// The fraction of the predictions of this class that are correct.
    pub precision: Option<f64>,
    /// The fraction of its examples that are predicted correctly.
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// The number of examples of the class.
    pub support: u64,
}

/// Accuracy on the most confident predictions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// The fraction of the examples that are answered: those with the most confident predictions.
    pub fraction: f64,
    /// The least probability of the predicted class among the answered examples.
    pub threshold: f64,
    /// The number of answered examples.
    pub examples: u64,
    /// The accuracy on the answered examples.
    pub accuracy: f64,
}

/// The figures of a model on labelled examples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluated {
    /// The number of examples.
    pub examples: u64,
    /// The fraction of correct predictions.
    pub accuracy: Estimate,
    /// The metrics besides accuracy, by their keys ([`Metric::id`]).
    #[serde(flatten)]
    pub metrics: BTreeMap<&'static str, Estimate>,
    /// The mean negative logarithm of the true class's probability, over examples whose class the model knows; `None`
    /// if there are none.
    pub log_loss: Option<f64>,
    /// From 0, if the probability of the predicted class equals the accuracy, to 1.
    pub expected_calibration_error: f64,
    /// The figures of each class, the model's classes first.
    pub classes: Vec<OfClass>,
    /// For each true class the number of examples per predicted class.
    pub confusion: Vec<Vec<u64>>,
    /// The calibration bins.
    pub reliability: Vec<Bin>,
    /// Accuracy on the most confident predictions, from all of them to one tenth.
    pub coverage: Vec<Coverage>,
}

/// Evaluates a model by its predictions. `classes` are all classes, those of the model first. `seed` is for the
/// bootstrap. `None` if there are no examples.
pub fn evaluate(judged: &[Judged], classes: &[String], seed: u64) -> Option<Evaluated> {
    if judged.is_empty() {
        return None;
    }
    let (count, k) = (judged.len() as u64, classes.len());
    let guesses: Vec<(usize, f32)> = judged.iter().map(Judged::guess).collect();
    let cells: Vec<usize> =
        judged.iter().zip(&guesses).map(|(example, (guess, _))| example.truth * k + guess).collect();
    let confusion = matrix(cells.iter().copied(), k);
    let right: u64 = (0..k).map(|class| confusion[class][class]).sum();
    let (low, high) = figures::interval(right, count)?;
    let accuracy = Estimate { value: right as f64 / count as f64, low, high };
    let further = |confusion: &[Vec<u64>]| Metric::FURTHER.map(|metric| metric.of(confusion));
    let resampled: Vec<_> = (0..RESAMPLES)
        .into_par_iter()
        .map(|number| {
            let mut stream = rng::stream(seed, "bootstrap of a test", number);
            let drawn = (0..cells.len()).map(|_| cells[rng::below(&mut stream, cells.len())]);
            further(&matrix(drawn, k))
        })
        .collect();
    let estimate = |(place, (metric, value)): (usize, (Metric, f64))| {
        let mut values: Vec<f64> = resampled.iter().map(|metrics| metrics[place]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (low, high) = (percentile(&values, 0.025), percentile(&values, 0.975));
        (metric.id(), Estimate { value, low, high })
    };
    let known: Vec<f64> = (judged.iter())
        .filter_map(|example| example.probabilities.get(example.truth))
        .map(|&p| -f64::from(p.max(f32::MIN_POSITIVE)).ln())
        .collect();
    let of_class = |(class, name): (usize, &String)| {
        let Figures { precision, recall, f1, documents } = figures::figures(&confusion, class);
        OfClass { class: name.clone(), precision, recall, f1, support: documents }
    };
    let sure: Vec<(f32, bool)> =
        judged.iter().zip(&guesses).map(|(example, &(guess, p))| (p, guess == example.truth)).collect();
    let mut bins = Reliability::default();
    sure.iter().for_each(|&(p, right)| bins.add(p, right));
    let reliability = bins.bins();
    Some(Evaluated {
        examples: count,
        accuracy,
        metrics: Metric::FURTHER.into_iter().zip(further(&confusion)).enumerate().map(estimate).collect(),
        log_loss: (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64),
        expected_calibration_error: expected_calibration_error(&reliability)?,
        classes: classes.iter().enumerate().map(of_class).collect(),
        reliability,
        coverage: coverage(&sure),
        confusion,
    })
}

fn matrix(cells: impl Iterator<Item = usize>, classes: usize) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; classes]; classes];
    cells.for_each(|cell| matrix[cell / classes][cell % classes] += 1);
    matrix
}

/// The percentile at `fraction` of the ascending `values`, with linear interpolation.
fn percentile(values: &[f64], fraction: f64) -> f64 {
    let at = fraction * (values.len() - 1) as f64;
    let (below, rest) = (at.floor() as usize, at.fract());
    let above = values[(below + 1).min(values.len() - 1)];
    values[below] + rest * (above - values[below])
}

fn coverage(sure: &[(f32, bool)]) -> Vec<Coverage> {
    let mut sorted = sure.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    (1..=TENTHS)
        .rev()
        .map(|tenths| {
            let examples = (sorted.len() * tenths).div_ceil(TENTHS);
            let right = sorted[..examples].iter().filter(|(_, right)| *right).count();
            Coverage {
                fraction: tenths as f64 / TENTHS as f64,
                threshold: f64::from(sorted[examples - 1].0),
                examples: examples as u64,
                accuracy: right as f64 / examples as f64,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // import numpy as np
    // from sklearn.metrics import f1_score, matthews_corrcoef, log_loss, precision_recall_fscore_support
    // y = [i % 3 for i in range(60)]
    // P = np.array([[(i*7 + j*5) % 11 + 1 + 6*(j == y[i] and i % 4 > 0) for j in range(3)] for i in range(60)], float)
    // P /= P.sum(1, keepdims=True); P = P.astype(np.float32); g = P.argmax(1)
    // print(f1_score(y, g, average="macro"), matthews_corrcoef(y, g), log_loss(y, P.astype(float)))
    // c = P.max(1).astype(float); b = np.clip(np.ceil(c*15), 1, 15)
    // print(sum((b == k).sum()*abs(c[b == k].mean() - (g == y)[b == k].mean()) for k in set(b)) / 60, (g == y).mean())
    // print(precision_recall_fscore_support(y, g))
    fn judged() -> Vec<Judged> {
        let one = |i: usize| {
            let truth = i % 3;
            let size = |j: usize| {
                ((i * 7 + j * 5) % 11 + 1 + 6 * usize::from(j == truth && !i.is_multiple_of(4))) as f64
            };
            let sum: f64 = (0..3).map(size).sum();
            Judged { truth, probabilities: (0..3).map(|j| (size(j) / sum) as f32).collect() }
        };
        (0..60).map(one).collect()
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|class| format!("c{class}")).collect()
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        let found = evaluate(&judged(), &names(3), 1).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        let [f1, mcc, loss, error, accuracy] = GOLDEN;
        let of = |metric: Metric| found.metrics[metric.id()];
        assert!(close(of(Metric::MacroF1).value, f1) && close(of(Metric::Mcc).value, mcc), "{found:?}");
        // The classes are of one size.
        assert!(close(of(Metric::BalancedAccuracy).value, accuracy), "{found:?}");
        assert!(close(found.log_loss.unwrap(), loss), "{:?}", found.log_loss);
        assert!(close(found.expected_calibration_error, error), "{}", found.expected_calibration_error);
        assert!(close(found.accuracy.value, accuracy), "{:?}", found.accuracy);
        for estimate in [found.accuracy].into_iter().chain(Metric::FURTHER.map(of)) {
            assert!(estimate.low < estimate.value && estimate.value < estimate.high, "{estimate:?}");
        }
    }

    const GOLDEN: [f64; 5] = [0.644_590_036_3, 0.486_699_743_6, 0.837_762_800_9, 0.214_878_196_0, 0.65];

    #[test]
    fn intervals_hold_most_of_what_other_examples_give_and_shrink_with_their_number() {
        // Models with 70 % accuracy, on 100 examples: how often the interval contains the value for 100,000 examples.
        let sample = |count: usize, number: u64| -> Vec<Judged> {
            let mut stream = rng::stream(number, "evaluated test", 0);
            let one = |_| {
                let truth = rng::below(&mut stream, 2);
                let right = rng::unit64(&mut stream) < if truth == 0 { 0.8 } else { 0.6 };
                let guess = if right { truth } else { 1 - truth };
                let mut probabilities = vec![0.3; 2];
                probabilities[guess] = 0.7;
                Judged { truth, probabilities }
            };
            (0..count).map(one).collect()
        };
        let all = evaluate(&sample(100_000, 999), &names(2), 1).unwrap();
        let estimates = |of: &Evaluated| -> Vec<Estimate> {
            [of.accuracy].into_iter().chain(Metric::FURTHER.map(|metric| of.metrics[metric.id()])).collect()
        };
        assert!(estimates(&all).iter().all(|all| all.high - all.low < 0.02), "{all:?}");
        let mut held = [0; Metric::ALL.len()];
        for number in 0..200 {
            let found = evaluate(&sample(100, number), &names(2), 1).unwrap();
            for (held, (found, all)) in held.iter_mut().zip(estimates(&found).iter().zip(estimates(&all))) {
                *held += u32::from(found.low <= all.value && all.value <= found.high);
            }
        }
        // 95 % of 200, plus or minus three standard errors.
        assert!(held.iter().all(|held| (180..=200).contains(held)), "{held:?}");
    }

    #[test]
    fn classes_that_the_model_lacks_are_wrong_and_coverage_falls_from_all_to_the_surest() {
        let mut judged = judged();
        judged.push(Judged { truth: 3, probabilities: vec![0.2, 0.2, 0.6] });
        let found = evaluate(&judged, &names(4), 1).unwrap();
        assert_eq!((found.classes[3].support, found.classes[3].recall), (1, Some(0.0)));
        assert_eq!(found.confusion[3], [0, 0, 1, 0]);
        assert_eq!((found.coverage[0].examples, found.coverage[9].examples), (61, 7));
        assert!((found.coverage[0].accuracy - found.accuracy.value).abs() < 1e-12);
        assert!(found.coverage.windows(2).all(|pair| pair[0].threshold <= pair[1].threshold));
        assert_eq!(found.reliability.iter().map(|bin| bin.examples).sum::<u64>(), 61);
        // All examples are of one class, and all are correct.
        let alone = vec![Judged { truth: 0, probabilities: vec![1.0, 0.0] }; 5];
        let alone = evaluate(&alone, &names(2), 1).unwrap();
        assert_eq!(
            (alone.accuracy.value, alone.metrics["mcc"].value, alone.expected_calibration_error),
            (1.0, 0.0, 0.0)
        );
        assert_eq!(evaluate(&[], &names(2), 1), None);
    }
}
