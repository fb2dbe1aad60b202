//! The spread of a mean over seeds of which each has its own split into training and test part.
//!
//! The parts of different seeds overlap, so their results are not independent, and their variance alone makes the mean look
//! too sure. Nadeau & Bengio (2003) correct it: for J splits with the sample variance s² of their results, and n₂ tested
//! examples for every n₁ others,
//!
//! ```text
//! variance of the mean = (1 / J + n₂ / n₁) s²        with J - 1 degrees of freedom
//! ```
//!
//! n₁ are all examples from which a seed's labels are drawn: a test part that is a fraction ρ of all examples makes the
//! results of two splits correlate by about ρ, and n₂ / n₁ = ρ / (1 - ρ).
//!
//! The interval is never narrower than that over all tested examples, for these trainings alone. So seeds with equal results
//! do not look certain.

use std::collections::BTreeMap;

use super::moments::mean;
use super::rows::Row;
use super::two_way::{Parts, Spread};

/// The spread of the mean over the splits `rows` of the mean over the examples of each. `None` if a row does not say its
/// examples, or there are no examples.
pub fn spread(rows: &[Row]) -> Option<Spread> {
    // A class may have no example in the test part of a seed.
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.values.is_empty()).collect();
    let splits = rows.len();
    let of_rows: Vec<f64> = rows.iter().map(|row| mean(&floats(&row.values))).collect();
    let middle = mean(&of_rows);
    // For every example: its weight in the mean, and its values with their weights.
    let mut examples: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    let (mut ratio, mut within) = (0.0, 0.0);
    for row in &rows {
        let part = row.drawn.as_ref().filter(|part| part.examples.len() == row.values.len())?;
        let weight = 1.0 / (splits * row.values.len()) as f64;
        for (&example, &value) in part.examples.iter().zip(&row.values) {
            let known = examples.entry(example).or_default();
            known.0 += weight;
            known.1 += weight * f64::from(value);
        }
        ratio += part.ratio / splits as f64;
        within += variance(&floats(&row.values)) / row.values.len() as f64 / splits as f64;
    }
    let count = examples.len() as f64;
    let squares: f64 = examples.values().map(|(weight, _)| weight * weight).sum();
    // As many examples of equal weight have the same variance of the mean.
    let effective = (1.0 / squares).round().max(1.0);
    let residuals: f64 =
        examples.values().map(|(weight, value)| (value - weight * middle).powi(2)).sum::<f64>();
    let of_examples = effective * residuals * if count > 1.0 { count / (count - 1.0) } else { 0.0 };
    let of_splits = if splits > 1 { variance(&of_rows) } else { 0.0 };
    Some(Spread::of_parts(Parts {
        mean: middle,
        seeds: splits,
        examples: effective as usize,
        weight: rows.iter().map(|row| row.weight).fold(0.0, f64::max),
        own_of_seeds: if splits > 1 { (of_splits - within).max(0.0) } else { 0.0 },
        from_seeds: of_splits * (1.0 / splits as f64 + ratio),
        of_examples,
        overlap: (splits > 1).then_some(ratio),
    }))
    .filter(|_| count > 0.0)
}

fn floats(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// The sample variance; 0 for fewer than two values.
fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    if values.len() > 1 { squares / (values.len() - 1) as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::statistics::rows::DrawnPart;
    use crate::transfer::statistics::two_way::student;

    fn row(examples: &[u32], values: &[f32], ratio: f64) -> Row {
        Row {
            values: values.to_vec(),
            weight: 1.0,
            drawn: Some(DrawnPart { examples: examples.to_vec(), ratio }),
        }
    }

    #[test]
    fn the_interval_is_that_of_nadeau_and_bengio() {
        // import numpy as np; from scipy import stats
        // d = np.array([.5, .0, .25]); v = d.var(ddof=1) * (1 / 3 + .25)
        // print(d.mean(), stats.t.ppf(.975, 2) * np.sqrt(v))
        let rows = [
            row(&[0, 1, 2, 3], &[1.0, 1.0, 0.0, 0.0], 0.25),
            row(&[2, 3, 4, 5], &[1.0, 0.0, 0.0, -1.0], 0.25),
            row(&[1, 5, 6, 7], &[1.0, 0.0, 0.0, 0.0], 0.25),
        ];
        let found = spread(&rows).unwrap();
        assert!((found.mean - 0.25).abs() < 1e-12);
        assert!((found.half_width(0.05) - 0.821_550_8).abs() < 1e-6, "{}", found.half_width(0.05));
        assert!((student(0.05, 2) * (0.0625_f64 * (1.0 / 3.0 + 0.25)).sqrt() - 0.821_550_8).abs() < 1e-6);
    }

    /// Folds test every example once: for these trainings alone the interval is that of one table with all examples.
    #[test]
    fn equal_folds_keep_the_interval_over_all_examples() {
        let halves = [row(&[0, 2, 4], &[1.0, 0.0, 0.0], 1.0), row(&[1, 3, 5], &[0.0, 1.0, 0.0], 1.0)];
        let folds = spread(&halves).unwrap();
        let mut whole = crate::transfer::statistics::two_way::Values::new(6);
        whole.push([1.0, 0.0, 0.0, 1.0, 0.0, 0.0].into_iter());
        let whole = whole.spread().unwrap();
        assert_eq!((folds.mean, folds.examples), (whole.mean, 6));
        assert!((folds.half_width(0.05) - whole.half_width(0.05)).abs() < 1e-9);
        // Nothing is known of a run that does not say its examples.
        let unknown = Row { values: vec![1.0], weight: 1.0, drawn: None };
        assert_eq!(spread(&[unknown]), None);
        assert_eq!(spread(&[]), None);
    }
}
