//! How linear classifiers are trained to convergence, and how a held-out answer counts in the choice of their settings.

use crate::session::metric::Metric;
use crate::session::training::ClassWeight;

use super::class_weights::ClassWeights;

/// How a linear classifier is trained to convergence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Solving {
    /// How much the loss of an example counts, by its class.
    pub class_weight: ClassWeight,
    /// The regularisation C; without one, it is the usual one, or cross-validation chooses it.
    pub c: Option<f64>,
    /// The metric of held-out examples that cross-validation chooses by.
    pub metric: Metric,
}

/// How good the held-out answers `confusion`, `[true class][predicted class]`, are. For accuracy it is the sum of the
/// correct ones, each with the weight of its class. Equal answers have equal scores.
///
/// The other metrics say themselves how much a class counts, so the weights of the loss do not change them.
pub fn score(metric: Metric, weights: &ClassWeights, confusion: &[Vec<u64>]) -> f64 {
    match metric {
        Metric::Accuracy => {
            let correct: Vec<u64> = confusion.iter().enumerate().map(|(class, row)| row[class]).collect();
            weights.sum(&correct)
        }
        metric => metric.of(confusion),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_classes_by_weight_and_other_metrics_by_themselves() {
        let balanced = ClassWeights::new(ClassWeight::Balanced, &[0, 0, 0, 0, 0, 0, 0, 0, 1, 1], 2);
        let even = ClassWeights::ones(2);
        // The largest class alone, and both classes.
        let (largest, both) = ([vec![8, 0], vec![2, 0]], [vec![6, 2], vec![1, 1]]);
        let better = |metric, weights| score(metric, weights, &both) > score(metric, weights, &largest);
        assert!(!better(Metric::Accuracy, &even) && better(Metric::Accuracy, &balanced));
        assert!(better(Metric::MacroF1, &even) && better(Metric::Mcc, &even));
        assert_eq!(score(Metric::Accuracy, &even, &both), 7.0);
        assert_eq!(score(Metric::MacroF1, &even, &both), score(Metric::MacroF1, &balanced, &both));
    }
}
