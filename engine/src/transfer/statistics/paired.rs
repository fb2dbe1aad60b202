//! Means and paired differences of right answers: one row a seed, one column a test example. For comparisons that are not
//! between runs of a session.

use super::two_way::{LEVEL, Spread, Values};

/// A mean difference of the fractions of right answers, and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// The left side minus the right one, over all seeds and examples.
    pub mean: f64,
    /// The interval over other seeds and other test examples; over examples alone with one seed.
    pub interval: Option<(f64, f64)>,
    /// In how many seeds the left side is better, and in how many both are equal.
    pub wins: usize,
    /// See [`Paired::wins`].
    pub ties: usize,
    /// The number of seeds.
    pub seeds: usize,
}

/// The difference between two sides that answered the same examples with the same seeds. `None` if they did not, or there
/// are no answers.
pub fn paired(left: &[Vec<bool>], right: &[Vec<bool>]) -> Option<Paired> {
    let examples = left.first()?.len();
    let fits = |row: &Vec<bool>| row.len() == examples;
    if left.len() != right.len() || !left.iter().chain(right).all(fits) {
        return None;
    }
    let value = |(a, b): (&bool, &bool)| f32::from(u8::from(*a)) - f32::from(u8::from(*b));
    let rows: Vec<Vec<f32>> =
        left.iter().zip(right).map(|(a, b)| a.iter().zip(b).map(value).collect()).collect();
    let spread = spread(&rows)?;
    let sums: Vec<f32> = rows.iter().map(|row| row.iter().sum()).collect();
    let count = |holds: fn(f32) -> bool| sums.iter().filter(|&&sum| holds(sum)).count();
    Some(Paired {
        mean: spread.mean,
        interval: spread.interval(LEVEL),
        wins: count(|sum| sum > 0.0),
        ties: count(|sum| sum == 0.0),
        seeds: rows.len(),
    })
}

/// The mean fraction of right answers over seeds and examples, and its 95 % interval. `None` if there are no answers, or
/// the seeds answered different numbers of examples.
pub fn fraction(rows: &[Vec<bool>]) -> Option<(f64, Option<(f64, f64)>)> {
    let examples = rows.first()?.len();
    if rows.iter().any(|row| row.len() != examples) {
        return None;
    }
    let values = |row: &Vec<bool>| row.iter().map(|&right| f32::from(u8::from(right))).collect();
    let spread = spread(&rows.iter().map(values).collect::<Vec<Vec<f32>>>())?;
    Some((spread.mean, spread.interval_of_fraction(LEVEL)))
}

fn spread(rows: &[Vec<f32>]) -> Option<Spread> {
    let mut table = Values::new(rows.first()?.len());
    rows.iter().for_each(|row| table.push(row.iter().copied()));
    table.spread()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(right: usize, of: usize) -> Vec<bool> {
        (0..of).map(|i| i < right).collect()
    }

    #[test]
    fn differences_are_paired_by_seed_and_example() {
        let (left, right) =
            (vec![row(80, 100), row(82, 100), row(81, 100)], vec![row(70, 100), row(73, 100), row(71, 100)]);
        let found = paired(&left, &right).unwrap();
        assert!((found.mean - 29.0 / 300.0).abs() < 1e-6);
        assert_eq!((found.wins, found.ties, found.seeds), (3, 0, 3));
        let (low, high) = found.interval.unwrap();
        assert!(low > 0.02 && high < 0.18 && low < found.mean && found.mean < high, "{low} {high}");
        // The same answers, unpaired, would leave the sides apart by chance alone.
        let same = paired(&left, &left).unwrap();
        assert_eq!((same.mean, same.ties), (0.0, 3));
        assert!(same.interval.unwrap().0 < 0.0 && same.interval.unwrap().1 > 0.0);
    }

    #[test]
    fn rows_that_do_not_fit_together_have_no_difference() {
        assert_eq!(paired(&[row(1, 2)], &[row(1, 3)]), None);
        assert_eq!(paired(&[row(1, 2)], &[]), None);
        assert_eq!(paired(&[], &[]), None);
        assert_eq!(fraction(&[row(1, 2), row(1, 3)]), None);
        let (mean, interval) = fraction(&[row(80, 100), row(84, 100)]).unwrap();
        assert!((mean - 0.82).abs() < 1e-6);
        let (low, high) = interval.unwrap();
        assert!(low > 0.45 && low < 0.75 && high > 0.88 && high < 1.0, "{low} {high}");
    }
}
