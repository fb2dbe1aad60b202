//! Metrics of predictions: functions of the confusion matrix, `[true class][predicted class]`.
//!
//! Each entry of [`Metric::ALL`] is a key of JSON, a curve, a column of runs and a line of `warmstart test`. A recipe can name it
//! as the one that decides; then it is in all tables.

use serde::{Deserialize, Serialize};

use super::figures;

/// A metric: larger is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Metric {
    /// The fraction of correct predictions.
    #[default]
    Accuracy,
    /// The unweighted mean over the classes of F1, the harmonic mean of precision and recall. Small classes count as much
    /// as large ones, as in scikit-learn's `f1_score(average="macro")`.
    MacroF1,
    /// The unweighted mean over the classes of recall: scikit-learn's `balanced_accuracy_score`.
    BalancedAccuracy,
    /// Matthews' correlation coefficient; for more than two classes Gorodkin's generalisation (2004), as scikit-learn's
    /// `matthews_corrcoef`. From -1 to 1; 0 is what guessing gives.
    Mcc,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Metric; 4] = [Metric::Accuracy, Metric::MacroF1, Metric::BalancedAccuracy, Metric::Mcc];
    /// The metrics besides accuracy.
    pub const FURTHER: [Metric; 3] = [Metric::MacroF1, Metric::BalancedAccuracy, Metric::Mcc];

    /// The key in JSON and in logs.
    pub fn id(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::MacroF1 => "macro_f1",
            Metric::BalancedAccuracy => "balanced_accuracy",
            Metric::Mcc => "mcc",
        }
    }

    /// The name on screens and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::MacroF1 => "macro-F1",
            Metric::BalancedAccuracy => "balanced accuracy",
            Metric::Mcc => "MCC",
        }
    }

    /// An explanation for a reader who does not know the metric.
    pub fn explained(self) -> &'static str {
        match self {
            Metric::Accuracy => "the fraction of held-out labels that are predicted correctly",
            Metric::MacroF1 => "mean F1 of the classes on held-out labels; each class counts alike",
            Metric::BalancedAccuracy => {
                "mean recall of the classes on held-out labels; each class counts alike"
            }
            Metric::Mcc => "Matthews' correlation of predictions and held-out labels; guessing gives 0",
        }
    }

    /// The names of its column of runs, in filters and for sorting, the usual one first.
    pub const fn column_names(self) -> &'static [&'static str] {
        match self {
            Metric::Accuracy => &["acc", "accuracy", "val"],
            Metric::MacroF1 => &["f1", "macro-f1", "macro_f1"],
            Metric::BalancedAccuracy => &["balanced", "balanced_accuracy"],
            Metric::Mcc => &["mcc"],
        }
    }

    /// Whether it is a fraction, which people read in per cent; else it is a correlation.
    pub fn is_fraction(self) -> bool {
        self.least() >= 0.0
    }

    /// The smallest possible value.
    pub fn least(self) -> f64 {
        if self == Metric::Mcc { -1.0 } else { 0.0 }
    }

    /// The metric of a confusion matrix. Where it is not defined, for example because there are no examples, it is 0.
    pub fn of(self, confusion: &[Vec<u64>]) -> f64 {
        match self {
            Metric::Accuracy => {
                let totals = Totals::of(confusion);
                if totals.all > 0.0 { totals.correct / totals.all } else { 0.0 }
            }
            Metric::MacroF1 => figures::means(confusion).map_or(0.0, |[_, _, f1]| f1),
            Metric::BalancedAccuracy => {
                let recalls: Vec<f64> = (0..confusion.len())
                    .filter_map(|class| figures::figures(confusion, class).recall)
                    .collect();
                recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
            }
            Metric::Mcc => Totals::of(confusion).mcc(),
        }
    }

    /// What each cell of the confusion matrix adds: a value `[true class][predicted class]` whose mean over the examples is
    /// the metric, and whose variance over the examples is that of the metric (the influence function: the metric plus N
    /// times its derivative by the number of examples in the cell).
    pub fn influence(self, confusion: &[Vec<u64>]) -> Vec<Vec<f64>> {
        let classes = confusion.len();
        let totals = Totals::of(confusion);
        let value = self.of(confusion);
        let fraction = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
        let same = |a: usize, b: usize| f64::from(u8::from(a == b));
        let present = |class: &usize| totals.truths[*class] + totals.guesses[*class] > 0.0;
        let known = (0..classes).filter(present).count() as f64;
        let true_classes = (0..classes).filter(|&class| totals.truths[class] > 0.0).count() as f64;
        let derivative = |truth: usize, guess: usize| match self {
            Metric::Accuracy => fraction(same(truth, guess) - value, totals.all),
            Metric::MacroF1 => {
                let of_class = |class: usize| {
                    let size = totals.truths[class] + totals.guesses[class];
                    let f1 = fraction(2.0 * totals.diagonal[class], size);
                    let (row, column) = (same(class, truth), same(class, guess));
                    fraction(2.0 * row * column - f1 * (row + column), size)
                };
                let both = if truth == guess { of_class(truth) } else { of_class(truth) + of_class(guess) };
                fraction(both, known)
            }
            Metric::BalancedAccuracy => {
                let recall = fraction(totals.diagonal[truth], totals.truths[truth]);
                fraction(fraction(same(truth, guess) - recall, totals.truths[truth]), true_classes)
            }
            Metric::Mcc => totals.derivative_of_mcc(truth, guess),
        };
        (0..classes)
            .map(|truth| (0..classes).map(|guess| value + totals.all * derivative(truth, guess)).collect())
            .collect()
    }
}

/// Sums of a confusion matrix.
struct Totals {
    all: f64,
    correct: f64,
    diagonal: Vec<f64>,
    truths: Vec<f64>,
    guesses: Vec<f64>,
}

impl Totals {
    fn of(confusion: &[Vec<u64>]) -> Totals {
        let count = |truth: usize, guess: usize| {
            confusion.get(truth).and_then(|row| row.get(guess)).copied().unwrap_or(0) as f64
        };
        let classes = 0..confusion.len();
        let sums = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            classes.clone().map(|one| classes.clone().map(|other| of(one, other)).sum()).collect()
        };
        let diagonal: Vec<f64> = classes.clone().map(|class| count(class, class)).collect();
        let truths = sums(&|truth, guess| count(truth, guess));
        let guesses = sums(&|guess, truth| count(truth, guess));
        Totals { all: truths.iter().sum(), correct: diagonal.iter().sum(), diagonal, truths, guesses }
    }

    /// Covariance of truths and predictions, and the variances of both, times N².
    fn moments(&self) -> [f64; 3] {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        [
            self.correct * self.all - dot(&self.truths, &self.guesses),
            self.all * self.all - dot(&self.truths, &self.truths),
            self.all * self.all - dot(&self.guesses, &self.guesses),
        ]
    }

    fn mcc(&self) -> f64 {
        let [both, truths, guesses] = self.moments();
        let below = (truths * guesses).sqrt();
        if below > 0.0 { both / below } else { 0.0 }
    }

    fn derivative_of_mcc(&self, truth: usize, guess: usize) -> f64 {
        let [_, truths, guesses] = self.moments();
        let below = (truths * guesses).sqrt();
        if below <= 0.0 {
            return 0.0;
        }
        let hit = if truth == guess { self.all } else { 0.0 };
        let both = hit + self.correct - self.guesses[truth] - self.truths[guess];
        let of_truths = 2.0 * (self.all - self.truths[truth]) / truths;
        let of_guesses = 2.0 * (self.all - self.guesses[guess]) / guesses;
        both / below - self.mcc() / 2.0 * (of_truths + of_guesses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    fn matrix(rows: &[&[u64]]) -> Vec<Vec<u64>> {
        rows.iter().map(|row| row.to_vec()).collect()
    }

    // import numpy as np
    // from sklearn.metrics import *
    // def both(m):
    //     y, p = zip(*[(i, j) for i, r in enumerate(m) for j, n in enumerate(r) for _ in range(n)])
    //     print(accuracy_score(y, p), f1_score(y, p, average="macro"), balanced_accuracy_score(y, p), matthews_corrcoef(y, p))
    // both([[4, 1, 0], [1, 2, 1], [0, 1, 2]]); both([[3, 0], [1, 0]]); both([[17, 3, 0, 2], [5, 9, 1, 0], [0, 0, 40, 8], [6, 2, 1, 3]])
    #[test]
    fn metrics_are_those_of_scikit_learn() {
        let all = |rows: &[&[u64]]| Metric::ALL.map(|metric| metric.of(&matrix(rows)));
        let close = |found: [f64; 4], expected: [f64; 4]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
        };
        close(all(&[&[4, 1, 0], &[1, 2, 1], &[0, 1, 2]]), GOLDEN[0]);
        close(all(&[&[3, 0], &[1, 0]]), GOLDEN[1]);
        close(all(&[&[17, 3, 0, 2], &[5, 9, 1, 0], &[0, 0, 40, 8], &[6, 2, 1, 3]]), GOLDEN[2]);
        assert_eq!(all(&[]), [0.0; 4]);
    }

    const GOLDEN: [[f64; 4]; 3] = [
        [0.666_666_666_667, 0.655_555_555_556, 0.655_555_555_556, 0.489_361_702_128],
        [0.750_000_000_000, 0.428_571_428_571, 0.500_000_000_000, 0.000_000_000_000],
        [0.711_340_206_186, 0.607_394_636_015, 0.614_015_151_515, 0.579_804_991_627],
    ];

    /// The mean of the influence values is the metric, and a further example changes the metric by its influence / N.
    #[test]
    fn influence_is_the_derivative() {
        let mut stream = rng::stream(3, "random matrices", 0);
        for classes in 2..5 {
            let confusion: Vec<Vec<u64>> = (0..classes)
                .map(|_| (0..classes).map(|_| 20_000 + rng::below(&mut stream, 50_000) as u64).collect())
                .collect();
            let all: u64 = confusion.iter().flatten().sum();
            for metric in Metric::ALL {
                let influence = metric.influence(&confusion);
                let cells = confusion.iter().flatten().zip(influence.iter().flatten());
                let mean = cells.map(|(&count, value)| count as f64 * value).sum::<f64>() / all as f64;
                assert!((mean - metric.of(&confusion)).abs() < 1e-12, "{metric:?}");
                for (truth, guess) in [(0, 0), (1, 0), (0, 1), (classes - 1, classes - 1)] {
                    let mut more = confusion.clone();
                    more[truth][guess] += 1;
                    let found = (metric.of(&more) - metric.of(&confusion)) * all as f64;
                    let expected = influence[truth][guess] - metric.of(&confusion);
                    assert!((found - expected).abs() < 2e-3, "{metric:?} {found} {expected}");
                }
            }
        }
    }
}
