//! Metrics of an evaluation besides accuracy. Each entry of [`FURTHER`] is a column of the table, a key of the JSON
//! report and a curve.

use super::figures;
use super::record::Evaluation;

/// A metric that is computed from the true and the predicted classes of a set.
pub struct Metric {
    /// The key in JSON and in logs.
    pub id: &'static str,
    /// The name on screens and in tables.
    pub name: &'static str,
    /// An explanation for a reader who does not know the metric.
    pub explained: &'static str,
    /// Computes the metric: 0 to 1, where 1 is best.
    pub of: fn(&Evaluation) -> f64,
}

/// The metrics besides accuracy.
pub const FURTHER: &[Metric] = &[MACRO_F1];

/// Macro-F1: the unweighted mean over the classes of F1, the harmonic mean of precision and recall. Small classes
/// count as much as large ones, as in scikit-learn's `f1_score(average="macro")`.
pub const MACRO_F1: Metric = Metric {
    id: "macro_f1",
    name: "macro-F1",
    explained: "mean F1 of the classes on held-out labels; each class counts alike",
    of: |evaluation| figures::means(&evaluation.confusion).map_or(0.0, |[_, _, f1]| f1),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macro_f1_is_that_of_scikit_learn() {
        let of = |confusion: &[[u64; 3]]| {
            let confusion = confusion.iter().map(|row| row.to_vec()).collect();
            let set = "test".to_string();
            let (run, step, loss, accuracy, seconds) = (0, 0, 0.0, 0.0, 0.0);
            (MACRO_F1.of)(&Evaluation { run, step, set, loss, accuracy, confusion, seconds })
        };
        // from sklearn.metrics import f1_score
        // y = [0]*5 + [1]*4 + [2]*3; p = [0]*4 + [1] + [1]*2 + [0, 2] + [2]*2 + [1]
        // print(f1_score(y, p, average="macro"))
        assert!((of(&[[4, 1, 0], [1, 2, 1], [0, 1, 2]]) - 0.655_555_555_555_555_6).abs() < 1e-12);
        // print(f1_score([0, 0, 0, 1], [0, 0, 0, 0], average="macro"))
        assert!((of(&[[3, 0, 0], [1, 0, 0], [0, 0, 0]]) - 0.428_571_428_571_428_6).abs() < 1e-12);
        assert_eq!(of(&[]), 0.0);
    }
}
