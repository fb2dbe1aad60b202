//! Metrics from a confusion matrix: precision, recall and F1 for each class and as macro averages, and the interval
//! of an accuracy.

/// The metrics of one class. A metric is `None` where its denominator is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The fraction of the examples predicted as this class that belong to it.
    pub precision: Option<f64>,
    /// The fraction of the examples of this class that are predicted as it.
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// The number of documents of the class.
    pub documents: u64,
}

/// The metrics of class `class`, from a confusion matrix indexed `[true class][predicted class]`.
pub fn figures(confusion: &[Vec<u64>], class: usize) -> Figures {
    let count = |row: &Vec<u64>, column: usize| row.get(column).copied().unwrap_or(0);
    let right = confusion.get(class).map_or(0, |row| count(row, class));
    let documents = confusion.get(class).map_or(0, |row| row.iter().sum());
    let guessed: u64 = confusion.iter().map(|row| count(row, class)).sum();
    let fraction = |of: u64| (of > 0).then(|| right as f64 / of as f64);
    // F1 = 2 right / (guessed + documents). It is defined as soon as one of the two is above 0.
    let f1 = (guessed + documents > 0).then(|| 2.0 * right as f64 / (guessed + documents) as f64);
    Figures { precision: fraction(guessed), recall: fraction(documents), f1, documents }
}

/// The macro averages of precision, recall and F1, in this order. Classes that have neither examples nor predictions
/// are left out; an undefined metric counts as 0, as in scikit-learn. `None` where no class is left.
pub fn means(confusion: &[Vec<u64>]) -> Option<[f64; 3]> {
    let all: Vec<Figures> = (0..confusion.len()).map(|class| figures(confusion, class)).collect();
    let there: Vec<&Figures> = all.iter().filter(|class| class.f1.is_some()).collect();
    let mean = |pick: fn(&Figures) -> Option<f64>| {
        there.iter().map(|class| pick(class).unwrap_or(0.0)).sum::<f64>() / there.len() as f64
    };
    (!there.is_empty()).then(|| [mean(|f| f.precision), mean(|f| f.recall), mean(|f| f.f1)])
}

/// Wilson's 95 % interval of the fraction `right` of `all`: how far the accuracy would vary on other examples of the
/// same kind. `None` if `all` is 0.
pub fn interval(right: u64, all: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, fraction) = (all as f64, right as f64 / all.max(1) as f64);
    let middle = (fraction + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (fraction * (1.0 - fraction) / n + Z * Z / (4.0 * n * n)).sqrt();
    (all > 0).then(|| ((middle - half).max(0.0), (middle + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_class_are_those_of_the_books() {
        let matrix = vec![vec![8, 2], vec![4, 6]];
        let first = figures(&matrix, 0);
        assert_eq!((first.precision, first.recall, first.documents), (Some(8.0 / 12.0), Some(0.8), 10));
        assert!((first.f1.unwrap() - 8.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let matrix = vec![vec![0, 0, 0], vec![0, 0, 3], vec![0, 0, 1]];
        assert_eq!(figures(&matrix, 0), Figures { precision: None, recall: None, f1: None, documents: 0 });
        assert_eq!((figures(&matrix, 1).precision, figures(&matrix, 1).recall), (None, Some(0.0)));
        assert_eq!(figures(&[], 3).documents, 0);
    }

    /// Computed by hand. Two classes have examples or predictions: (0 + 1/4) / 2, (0 + 1) / 2, (0 + 2/5) / 2.
    #[test]
    fn means_are_over_the_classes_that_are_there() {
        let matrix = vec![vec![0, 0, 0], vec![0, 0, 3], vec![0, 0, 1]];
        let found = means(&matrix).unwrap();
        let close =
            found.iter().zip([0.125, 0.5, 0.2]).all(|(found, expected)| (found - expected).abs() < 1e-12);
        assert!(close, "{found:?}");
        assert_eq!((means(&[]), means(&[vec![0]])), (None, None));
    }

    /// statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson"), and the same for 0 of 5.
    #[test]
    fn intervals_are_wilsons() {
        let (low, high) = interval(8, 10).unwrap();
        assert!((low - 0.490_162).abs() < 1e-5 && (high - 0.943_318).abs() < 1e-5, "{low} {high}");
        let (low, high) = interval(0, 5).unwrap();
        assert!(low == 0.0 && (high - 0.434_482).abs() < 1e-5, "{high}");
        assert_eq!(interval(0, 0), None);
    }
}
