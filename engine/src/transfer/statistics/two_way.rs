//! The interval of a mean over seeds × test examples.
//!
//! Seeds and test examples are both samples: another training draws other seeds, another test set other examples. Every
//! seed meets every example, so the values `x[s][i]` form a two-way table (Obuchowski & Rockette 1995, Gallas et al.
//! 2009: readers × cases):
//!
//! ```text
//! x[s][i] = μ + seed[s] + example[i] + rest[s][i]        s = 1 … S, i = 1 … N
//! ```
//!
//! With the mean squares MS of seeds, examples and rest, the variance of the mean is A + B:
//!
//! ```text
//! A = max(MS(seeds) - MS(rest), 0) / (S N)    the seeds' own, with S - 1 degrees of freedom
//! B = MS(examples) / (S N)                    the examples' and the rest, with many
//! ```
//!
//! The half-width of the interval is √(t² A + z² B), with Student's quantile t for S - 1 degrees of freedom and the
//! normal quantile z. Each part keeps its own degrees of freedom, as in Cochran's solution of the Behrens-Fisher
//! problem: Satterthwaite's single number of them is too large for few seeds. Where A is estimated too small by chance,
//! Student's interval over the seeds alone, t √(MS(seeds) / (S N)), may be wider; then it is taken. With one seed A is 0,
//! and the interval is over examples, for this one training.
//!
//! B is computed as if there were two more examples, one equal and one that counts half as +1 and half as -1, and the
//! interval is centred on the mean with these (Agresti & Min 2005). So a few differing examples of a small test set do not
//! look certain. Under another metric than accuracy, an answer about a small class counts more than 1; then the example
//! that differs is one of the class whose answers count most.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Values that a mean is taken of: one row per seed, one column per test example.
pub struct Values {
    examples: usize,
    /// How much a value changes by the answer that counts most; 1 for accuracy.
    weight: f64,
    /// `(S, N)`, row by row.
    values: Vec<f32>,
}

impl Values {
    /// An empty table of values about `examples` examples.
    pub fn new(examples: usize) -> Values {
        Values { examples, weight: 1.0, values: Vec::new() }
    }

    /// The same table, where the answer that counts most changes a value by `weight`.
    pub fn weighing(self, weight: f64) -> Values {
        Values { weight, ..self }
    }

    /// Adds the values of a seed, one for each example.
    pub fn push(&mut self, values: impl Iterator<Item = f32>) {
        let before = self.values.len();
        self.values.extend(values.take(self.examples));
        self.values.resize(before + self.examples, 0.0);
    }

    /// The parts of the mean's variance; `None` if there are no values.
    pub fn spread(&self) -> Option<Spread> {
        let n = self.examples;
        let seeds = self.values.len().checked_div(n).filter(|&seeds| seeds > 0)?;
        let rows: Vec<&[f32]> = self.values.chunks_exact(n).collect();
        let (s, examples) = (seeds as f64, n as f64);
        let of_seeds: Vec<f64> = rows.iter().map(|row| sum(row) / examples).collect();
        let mean = of_seeds.iter().sum::<f64>() / s;
        let mut of_examples = vec![0.0; n];
        for row in &rows {
            of_examples.iter_mut().zip(*row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        of_examples.iter_mut().for_each(|sum| *sum /= s);
        let between_seeds: f64 = examples * squares(&of_seeds, mean);
        let between_examples: f64 = s * squares(&of_examples, mean);
        let all: f64 = self.values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum();
        // Rounding may leave a tiny negative rest.
        let rest = (all - between_seeds - between_examples).max(0.0);
        let over = |squares: f64, freedom: f64| if freedom > 0.0 { squares / freedom } else { 0.0 };
        let of_rest = over(rest, (s - 1.0) * (examples - 1.0));
        let of_seeds = over(between_seeds, s - 1.0);
        Some(Spread {
            mean,
            seeds,
            examples: n,
            weight: self.weight,
            own_of_seeds: (of_seeds - of_rest).max(0.0) / examples,
            from_seeds: of_seeds / (s * examples),
            of_examples: over(between_examples, examples - 1.0) / s,
            of_rest,
            overlap: None,
        })
    }
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum()
}

fn squares(values: &[f64], mean: f64) -> f64 {
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// A mean, and how far it varies with seeds and with examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The mean of all values.
    pub mean: f64,
    /// S, the number of seeds.
    pub seeds: usize,
    /// N, the number of examples; 0 if only the mean of each seed is known.
    pub examples: usize,
    /// How much a value changes by the answer that counts most.
    pub(super) weight: f64,
    /// S A: the variance of a seed's mean that no number of examples removes.
    pub(super) own_of_seeds: f64,
    /// MS(seeds) / (S N): the variance of the mean as the seeds alone show it.
    pub(super) from_seeds: f64,
    /// MS(examples) / S = N B: the variance of an example's mean over the seeds.
    pub(super) of_examples: f64,
    /// MS(rest): the variance of a value around seed and example.
    pub(super) of_rest: f64,
    /// If each seed has its own split: the number of tested examples over that of the others.
    pub(super) overlap: Option<f64>,
}

/// The parts of a [`Spread`] that is not one of seeds × examples.
pub struct Parts {
    pub mean: f64,
    pub seeds: usize,
    pub examples: usize,
    pub weight: f64,
    pub own_of_seeds: f64,
    pub from_seeds: f64,
    pub of_examples: f64,
    pub overlap: Option<f64>,
}

impl Spread {
    /// The spread with these parts.
    pub fn of_parts(parts: Parts) -> Spread {
        let Parts { mean, seeds, examples, weight, own_of_seeds, from_seeds, of_examples, overlap } = parts;
        Spread { mean, seeds, examples, weight, own_of_seeds, from_seeds, of_examples, of_rest: 0.0, overlap }
    }

    /// The spread of one value per seed; nothing is known about examples. `None` for fewer than two seeds.
    pub fn of_seeds(values: &[f64]) -> Option<Spread> {
        let seeds = values.len();
        let mean = values.iter().sum::<f64>() / seeds as f64;
        let own_of_seeds = squares(values, mean) / seeds.checked_sub(1).filter(|&n| n > 0)? as f64;
        let from_seeds = own_of_seeds / seeds as f64;
        Some(Spread {
            mean,
            seeds,
            examples: 0,
            weight: 1.0,
            own_of_seeds,
            from_seeds,
            of_examples: 0.0,
            of_rest: 0.0,
            overlap: None,
        })
    }

    /// B of a difference, for `examples` examples whose means vary with `of_examples`.
    pub(super) fn examples_of_difference(&self, examples: usize, of_examples: f64) -> f64 {
        let n = examples as f64;
        let moved = 2.0 * n * self.mean * self.mean / (n + 2.0);
        let differs = self.weight * self.weight;
        if self.examples > 0 { (of_examples * (n - 1.0) + differs + moved) / (n + 2.0).powi(2) } else { 0.0 }
    }

    /// The middle of the interval of a difference: the mean with two more examples.
    fn centre(&self) -> f64 {
        let n = self.examples as f64;
        if self.examples > 0 { self.mean * n / (n + 2.0) } else { self.mean }
    }

    /// The half-width of the interval at the level 1 - `alpha`, for a difference between two fractions.
    pub fn half_width(&self, alpha: f64) -> f64 {
        let b = self.examples_of_difference(self.examples, self.of_examples);
        half_width(alpha, self.seeds, self.own_of_seeds, self.from_seeds, b)
    }

    /// The interval of a difference at the level 1 - `alpha`. `None` if nothing is known about examples, and there is one
    /// seed or all seeds differ by the same.
    pub fn interval(&self, alpha: f64) -> Option<(f64, f64)> {
        let half = self.half_width(alpha);
        // Seeds that all differ by the same say nothing about how far they vary.
        let known = self.examples > 0 || self.from_seeds > 0.0;
        known.then_some((self.centre() - half, self.centre() + half))
    }

    /// The interval of a fraction (an accuracy) at the level 1 - `alpha`: Wilson's, with the number of independent
    /// examples that has the same variance (Korn & Graubard 1998). It stays inside 0 to 1.
    pub fn interval_of_fraction(&self, alpha: f64) -> Option<(f64, f64)> {
        let z = normal(alpha);
        if self.examples == 0 {
            return self.interval(alpha).map(|(low, high)| (low.max(0.0), high.min(1.0)));
        }
        let n = self.examples as f64;
        let m = self.mean;
        // The number of independent examples, from the variance with two correct and two wrong examples more.
        let effective = if self.seeds == 1 {
            n
        } else {
            let shrunk = (m * n + 2.0) / (n + 4.0);
            let squares = self.of_examples * (n - 1.0)
                + n * (m - shrunk).powi(2)
                + 2.0 * (1.0 - shrunk).powi(2)
                + 2.0 * shrunk * shrunk;
            let t = student(alpha, self.seeds - 1);
            let both = t * t * self.own_of_seeds / self.seeds as f64 + z * z * squares / (n + 4.0).powi(2);
            let variance = both.max(t * t * self.from_seeds) / (z * z);
            shrunk * (1.0 - shrunk) / variance
        };
        let middle = (m + z * z / (2.0 * effective)) / (1.0 + z * z / effective);
        let half = z / (1.0 + z * z / effective)
            * (m * (1.0 - m) / effective + z * z / (4.0 * effective * effective)).sqrt();
        Some(((middle - half).max(0.0), (middle + half).min(1.0)))
    }

    /// The two-sided p-value of a difference: the level at which the interval just reaches 0. `None` where there is no
    /// interval.
    pub fn p_value(&self) -> Option<f64> {
        self.interval(LEVEL)?;
        let (mut low, mut high) = (1e-9_f64, 1.0_f64);
        if self.half_width(low) <= self.centre().abs() && self.mean != 0.0 {
            return Some(low);
        }
        // The half-width falls as alpha grows. 60 halvings of the logarithm are more than an f64 can tell apart.
        for _ in 0..60 {
            let middle = (low * high).sqrt();
            if self.half_width(middle) > self.centre().abs() { low = middle } else { high = middle }
        }
        Some(high)
    }

    /// The probability that the left side is the better one on a new training: the predictive distribution of the
    /// difference of one more seed, over all examples of this kind. `None` with one seed.
    pub fn probability_of_better(&self) -> Option<f64> {
        let freedom = self.seeds.checked_sub(1).filter(|&freedom| freedom > 0)? as f64;
        self.interval(LEVEL)?;
        let b = self.examples_of_difference(self.examples, self.of_examples);
        let variance = self.own_of_seeds + self.own_of_seeds / self.seeds as f64 + b;
        if variance <= 0.0 {
            return Some(if self.mean > 0.0 {
                1.0
            } else if self.mean < 0.0 {
                0.0
            } else {
                0.5
            });
        }
        let t = StudentsT::new(0.0, 1.0, freedom).ok()?;
        Some(t.cdf(self.mean / variance.sqrt()))
    }
}

/// The half-width of an interval at the level 1 - `alpha`, from the parts of the variance.
pub(super) fn half_width(
    alpha: f64,
    seeds: usize,
    own_of_seeds: f64,
    from_seeds: f64,
    from_examples: f64,
) -> f64 {
    let t = student(alpha, seeds.saturating_sub(1));
    let both = t * t * own_of_seeds / seeds as f64 + normal(alpha).powi(2) * from_examples;
    both.max(t * t * from_seeds).sqrt()
}

/// The level of all intervals is 1 - 0.05.
pub const LEVEL: f64 = 0.05;

/// Student's quantile for a two-sided interval at the level 1 - `alpha`; 0 without degrees of freedom.
pub fn student(alpha: f64, freedom: usize) -> f64 {
    if freedom == 0 {
        return 0.0;
    }
    StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::INFINITY, |t| t.inverse_cdf(1.0 - alpha / 2.0))
}

/// The normal quantile for a two-sided interval at the level 1 - `alpha`.
pub fn normal(alpha: f64) -> f64 {
    Normal::standard().inverse_cdf(1.0 - alpha / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rows: &[&[f32]]) -> Values {
        let mut values = Values::new(rows[0].len());
        rows.iter().for_each(|row| values.push(row.iter().copied()));
        values
    }

    // import numpy as np
    // from scipy import stats
    // x = np.array([[1, 0, 0, 1, 0, -1], [1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1]], float); S, N = x.shape
    // m = x.mean(); r = x.mean(1); c = x.mean(0)
    // MSs = N * ((r - m)**2).sum() / (S - 1); MSi = S * ((c - m)**2).sum() / (N - 1)
    // MSr = ((x - r[:, None] - c + m)**2).sum() / ((S - 1) * (N - 1))
    // A = max(MSs - MSr, 0) / (S * N); B = (MSi / S * (N - 1) + 1 + 2 * N * m * m / (N + 2)) / (N + 2)**2
    // t, z = stats.t.ppf(.975, S - 1), stats.norm.ppf(.975)
    // print(m, A * S, MSs / (S * N), MSi / S, MSr, max(np.sqrt(t * t * A + z * z * B), t * np.sqrt(MSs / (S * N))))
    // print(stats.t.cdf(m / np.sqrt(S * A + A + B), S - 1))
    #[test]
    fn parts_are_those_of_the_analysis_of_variance() {
        let rows: [&[f32]; 3] = [
            &[1.0, 0.0, 0.0, 1.0, 0.0, -1.0],
            &[1.0, 1.0, 0.0, 0.0, 1.0, 0.0],
            &[1.0, 0.0, 0.0, 0.0, 0.0, -1.0],
        ];
        let found = values(&rows).spread().unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(found.mean, GOLDEN[0]);
        close(found.own_of_seeds, GOLDEN[1]);
        close(found.from_seeds, GOLDEN[2]);
        close(found.of_examples, GOLDEN[3]);
        close(found.of_rest, GOLDEN[4]);
        close(found.half_width(0.05), GOLDEN[5]);
        close(found.probability_of_better().unwrap(), GOLDEN[6]);
    }

    const GOLDEN: [f64; 7] = [
        0.222_222_222_22,
        0.033_333_333_33,
        0.021_604_938_27,
        0.296_296_296_30,
        0.188_888_888_89,
        0.632_430_505_60,
        0.737_901_448_92,
    ];

    #[test]
    fn one_seed_is_an_interval_over_examples_and_one_value_a_seed_is_students() {
        // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson")
        let right = [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
        let one = values(&[&right]).spread().unwrap();
        let (low, high) = one.interval_of_fraction(0.05).unwrap();
        assert!((low - 0.490_162).abs() < 1e-5 && (high - 0.943_318).abs() < 1e-5, "{low} {high}");
        assert_eq!(one.probability_of_better(), None);
        // t(3, .975) = 3.182446; the deviation of the four values is 1.8257419.
        let four = Spread::of_seeds(&[0.1, 0.2, 0.4, 0.5]).unwrap();
        assert!((four.half_width(0.05) - 3.182_446_305 * 0.182_574_185_8 / 2.0).abs() < 1e-8);
        assert_eq!(Spread::of_seeds(&[0.3]), None);
        assert_eq!(Values::new(0).spread(), None);
        assert_eq!(Values::new(5).spread().map(|spread| spread.seeds), None);
    }

    /// Two methods that differ in no example are not known to be equal on all examples: about 3 of N may differ.
    #[test]
    fn equal_answers_leave_an_interval_that_shrinks_with_the_test_set() {
        let half = |examples: usize| {
            let mut same = Values::new(examples);
            (0..3).for_each(|_| same.push(std::iter::repeat_n(0.0, examples)));
            same.spread().unwrap().half_width(0.05)
        };
        assert!((half(12) - 1.959_964 / 14.0).abs() < 1e-6 && half(2_000) < 0.001, "{}", half(12));
    }

    #[test]
    fn p_values_are_the_levels_at_which_the_interval_reaches_0() {
        let found =
            values(&[&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0], &[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]]);
        let found = found.spread().unwrap();
        let p = found.p_value().unwrap();
        assert!(p > 0.0 && p < 1.0 && (found.half_width(p) - found.mean * 8.0 / 10.0).abs() < 1e-9, "{p}");
        // Student's: scipy.stats.ttest_1samp([.1, .2, .4, .5], 0).pvalue
        let four = Spread::of_seeds(&[0.1, 0.2, 0.4, 0.5]).unwrap();
        assert!((four.p_value().unwrap() - 0.046_205_1).abs() < 1e-6, "{:?}", four.p_value());
        let none = Spread::of_seeds(&[0.1, -0.1]).unwrap();
        assert!(none.p_value().unwrap() > 0.999);
    }

    /// Not as careful as an exact test (McNemar: 1/16 for five examples that all differ the same way), but far from 0.
    #[test]
    fn a_handful_of_examples_is_never_sure() {
        let p = |count: usize| {
            let mut all = Values::new(count);
            all.push(std::iter::repeat_n(1.0, count));
            all.spread().unwrap().p_value().unwrap()
        };
        assert!(p(1) > 0.2 && p(3) > 0.03 && p(5) > 0.001, "{} {} {}", p(1), p(3), p(5));
        // Seeds that all differ by the same, on a test set of which nothing is known.
        let same = Spread::of_seeds(&[0.1, 0.1]).unwrap();
        assert_eq!((same.interval(0.05), same.p_value(), same.probability_of_better()), (None, None, None));
    }
}
