//! How large an experiment would have to be to show a difference that is not known yet.
//!
//! **The level.** Several comparisons are corrected together by Holm's method, so an open one is not tested at 0.05. Of m
//! comparisons, r are shown already. In a larger experiment of the same kind they stay shown (their intervals become
//! narrower), and Holm's method tests the others at 0.05 / (m - r) or at a larger level. Proof: let an open comparison
//! have p ≤ 0.05 / (m - r), and let the method stop at rank k, so p₍ₖ₎ > 0.05 / (m + 1 - k). The r shown ones come
//! before, so k ≥ r + 1 and p₍ₖ₎ > 0.05 / (m - r) ≥ p: ours has a smaller p-value than the one at which the method stops,
//! and is rejected. So an interval at the level 1 - 0.05 / (m - r) is enough, whatever the other open comparisons show. It is
//! necessary too for the first of them that is shown; after that, the next one needs less.
//! This is the level that `holm` gives to every open comparison.
//!
//! **The power.** The size δ is shown in four of five repetitions if δ is the half-width of the interval at this level α, and
//! 0.842 standard errors more (the normal quantile of 80 %). With many degrees of freedom that is the half-width times
//! (z + 0.842) / z with the quantile z of α. With few, the half-width varies from one repetition to the next, and more is
//! needed; as the half-width has Student's t in place of z, the same product accounts for this: for Student's interval it
//! is 0.2 to 9 % more than the noncentral t distribution asks for, never less (see the test).

use crate::session::comparison::Needed;

use super::two_way::{Spread, half_width, normal};

/// Nobody trains more seeds than this for a small difference.
const MOST_SEEDS: usize = 100;
/// Nobody labels more test examples than this.
const MOST_EXAMPLES: usize = 1_000_000;
/// The normal quantile of 80 %.
const POWER: f64 = 0.841_621;

/// What would show a difference of `size` in an interval at the level 1 - `level`, in four of five repetitions of the
/// experiment. `spread` is that of the experiment that has not shown it.
pub fn needed(spread: &Spread, size: f64, level: f64) -> Needed {
    let seeds = seeds_to_show(spread, size, level).map(|seeds| seeds - spread.seeds);
    let examples = examples_to_show(spread, size, level).map(|examples| examples - spread.examples);
    Needed { size, level, seeds, examples }
}

/// The number of seeds, with the same test set; `None` where no number up to [`MOST_SEEDS`] is enough.
fn seeds_to_show(spread: &Spread, size: f64, level: f64) -> Option<usize> {
    let shows = |seeds: usize| shown(spread, seeds, spread.examples, level) <= size;
    least(2.max(spread.seeds), MOST_SEEDS, shows)
}

/// The number of test examples, with the same seeds; `None` where no number up to [`MOST_EXAMPLES`] is enough, and where
/// nothing is known about examples.
fn examples_to_show(spread: &Spread, size: f64, level: f64) -> Option<usize> {
    let shows = |examples: usize| shown(spread, spread.seeds, examples, level) <= size;
    // With splits of their own it is not known how much of the seeds' variance the examples make.
    let known = spread.examples > 0 && spread.overlap.is_none();
    known.then(|| least(spread.examples, MOST_EXAMPLES, shows)).flatten()
}

/// The size of the difference that `seeds` seeds and `examples` examples show in four of five repetitions.
fn shown(spread: &Spread, seeds: usize, examples: usize, level: f64) -> f64 {
    expected_half_width(spread, seeds, examples, level) * (1.0 + POWER / normal(level))
}

/// The half-width at the level 1 - `level` that other numbers of seeds and examples would give.
fn expected_half_width(spread: &Spread, seeds: usize, examples: usize, level: f64) -> f64 {
    let rest = if spread.examples > 0 { spread.of_rest / examples as f64 } else { 0.0 };
    let from_seeds = match spread.overlap {
        None => (spread.own_of_seeds + rest) / seeds as f64,
        // More seeds do not remove what their splits have in common.
        Some(ratio) => spread.from_seeds / (1.0 / spread.seeds as f64 + ratio) * (1.0 / seeds as f64 + ratio),
    };
    let own_of_examples = (spread.of_examples - spread.of_rest / spread.seeds as f64).max(0.0);
    let b = spread.examples_of_difference(examples, own_of_examples + spread.of_rest / seeds as f64);
    half_width(level, seeds, spread.own_of_seeds, from_seeds, b)
}

/// The least number from `from` to `to` for which `holds`, where it holds for all larger ones.
fn least(from: usize, to: usize, holds: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (from, to);
    if low > high || !holds(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::super::headlines::holm;
    use super::super::two_way::{LEVEL, Values, student};
    use super::*;
    use crate::rng;

    /// Seeds alone, whose differences have the standard deviation 1.
    fn of_seeds(seeds: usize) -> Spread {
        let values: Vec<f64> = (0..seeds).map(|i| if i.is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
        let spread = Spread::of_seeds(&values).unwrap();
        Spread { own_of_seeds: 1.0, from_seeds: 1.0 / seeds as f64, ..spread }
    }

    /// The size that `seeds` seeds show with a power of 80 %, in standard errors, by the noncentral t distribution.
    ///
    /// ```python
    /// from scipy import stats, optimize
    /// for alpha in (.05, .05 / 3, .05 / 6, .05 / 12):
    ///     for df in (2, 4, 9, 29, 99):
    ///         t = stats.t.ppf(1 - alpha / 2, df)
    ///         print(df, optimize.brentq(lambda d: stats.nct.sf(t, df, d) - .8, 0, 200))
    /// ```
    #[test]
    fn the_size_that_is_shown_is_that_of_the_noncentral_t_and_a_little_more() {
        let golden = [
            (1.0, [5.653, 3.761, 3.150, 2.899, 2.829]),
            (3.0, [9.816, 5.124, 3.869, 3.406, 3.283]),
            (6.0, [13.890, 6.170, 4.337, 3.704, 3.542]),
            (12.0, [19.649, 7.399, 4.823, 3.992, 3.786]),
        ];
        for (comparisons, exact) in golden {
            for (freedom, exact) in [2, 4, 9, 29, 99].into_iter().zip(exact) {
                let seeds = freedom + 1;
                let found = shown(&of_seeds(seeds), seeds, 0, LEVEL / comparisons) * (seeds as f64).sqrt();
                let more = found / exact;
                assert!((1.0..1.1).contains(&more), "{comparisons} comparisons, {freedom}: {found} {exact}");
            }
        }
    }

    /// Seven seeds show 1.5 standard deviations if it is the only comparison: 1.5 √7 = 3.97 ≥ 3.50, and 1.5 √6 = 3.674 < 3.675.
    /// With six comparisons the interval is at the level 1 - 0.05 / 6, and it takes ten: 1.5 √10 = 4.74 ≥ 4.44, and
    /// 1.5 √9 = 4.50 < 4.60.
    #[test]
    fn several_comparisons_need_more_than_one() {
        let spread = of_seeds(3);
        let t = |alpha: f64, seeds: usize| student(alpha, seeds - 1) * (1.0 + POWER / normal(alpha));
        for comparisons in [1.0, 2.0, 6.0, 12.0] {
            let level = LEVEL / comparisons;
            let found = needed(&spread, 1.5, level);
            let seeds = 3 + found.seeds.unwrap();
            assert!(t(level, seeds) <= 1.5 * (seeds as f64).sqrt(), "{comparisons}: {seeds}");
            assert!(t(level, seeds - 1) > 1.5 * (seeds as f64 - 1.0).sqrt(), "{comparisons}: {seeds}");
            assert_eq!((found.level, found.examples), (level, None));
        }
        let seeds = [1.0, 6.0].map(|comparisons| needed(&spread, 1.5, LEVEL / comparisons).seeds);
        assert_eq!(seeds, [Some(4), Some(7)]);
    }

    /// The level of an open comparison is that of Holm's method: it is enough, and the first that is shown needs it.
    #[test]
    fn the_level_of_open_comparisons_is_enough_for_holm() {
        let now = [Some(0.001), Some(0.2), Some(0.04), Some(0.002), Some(0.9)];
        let levels = holm(&now);
        assert_eq!([levels[1], levels[2], levels[4]], [LEVEL / 3.0; 3]);
        // After a larger experiment, one of them just reaches this level; the others are where they were.
        let shown = |p: f64| {
            let then = [Some(0.0001), Some(0.2), Some(p), Some(0.0002), Some(0.9)];
            holm(&then)[2] >= p
        };
        assert!(shown(LEVEL / 3.0) && !shown(1.001 * LEVEL / 3.0));
    }

    /// What is said to be needed is enough: an experiment with so many seeds (or examples) shows the difference, and one with
    /// fewer does not.
    #[test]
    fn needed_seeds_and_examples_just_reach_the_size() {
        let mut values = Values::new(4);
        let rows = [[1.0, 0.0, -1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, -1.0]];
        rows.iter().for_each(|row| values.push(row.iter().copied()));
        let found = values.spread().unwrap();
        for level in [LEVEL, LEVEL / 4.0] {
            let examples = examples_to_show(&found, 0.9, level).unwrap();
            assert!(shown(&found, 3, examples, level) <= 0.9 && shown(&found, 3, examples - 1, level) > 0.9);
            let seeds = seeds_to_show(&found, 1.2, level).unwrap();
            assert!(shown(&found, seeds, 4, level) <= 1.2 && shown(&found, seeds - 1, 4, level) > 1.2);
        }
        // Four test examples never show half a point, whatever the number of seeds.
        assert_eq!(seeds_to_show(&found, 0.005, LEVEL), None);
        // More seeds were run than anybody is advised to run.
        assert_eq!(seeds_to_show(&of_seeds(120), 0.001, LEVEL), None);
    }

    /// Experiments of the size that is said to be needed show the difference in about 80 % of 1,000 repetitions: where seeds make
    /// the variance, where examples make it, and where both do.
    #[test]
    fn experiments_of_the_needed_size_show_the_difference_in_four_of_five_repetitions() {
        let normal = Normal::standard();
        let (examples, size) = (100, 0.1);
        for (number, (of_seed, of_example, of_rest)) in
            [(0.1, 0.1, 0.1), (0.01, 0.4, 0.3), (0.05, 0.3, 0.5)].into_iter().enumerate()
        {
            for level in [LEVEL, LEVEL / 6.0] {
                let variances = [of_seed, of_example, of_rest].map(|deviation: f64| deviation * deviation);
                // The experiment that has not shown it, with the variances that the effects have.
                let before = 3.0;
                let before = Spread {
                    mean: size,
                    seeds: 3,
                    examples,
                    own_of_seeds: variances[0],
                    from_seeds: (variances[0] + variances[2] / examples as f64) / before,
                    of_examples: variances[1] + variances[2] / before,
                    of_rest: variances[2],
                    ..of_seeds(3)
                };
                let found = needed(&before, size, level);
                let of_examples =
                    found.examples.filter(|more| more + examples < 2_000).map(|more| (3, examples + more));
                let plans = [found.seeds.map(|more| (3 + more, examples)), of_examples];
                for (seeds, examples) in plans.into_iter().flatten() {
                    let mut stream = rng::stream(5, "simulated power", number as u64);
                    let mut draw = |deviation: f64| {
                        deviation * normal.inverse_cdf(rng::unit64(&mut stream).clamp(1e-12, 1.0 - 1e-12))
                    };
                    let repetitions = 1_000;
                    let showing = (0..repetitions).filter(|_| {
                        let of_examples: Vec<f64> = (0..examples).map(|_| draw(of_example)).collect();
                        let mut values = Values::new(examples);
                        for _ in 0..seeds {
                            let seed = size + draw(of_seed);
                            let row: Vec<f32> =
                                of_examples.iter().map(|own| (seed + own + draw(of_rest)) as f32).collect();
                            values.push(row.into_iter());
                        }
                        let spread = values.spread().unwrap();
                        spread.interval(level).is_some_and(|(low, _)| low > 0.0)
                    });
                    let power = showing.count() as f64 / f64::from(repetitions);
                    println!("{of_seed} {of_example} {of_rest} {level:.4} {seeds} {examples} {power}");
                    assert!((0.75..0.86).contains(&power), "{seeds} {examples} {power}");
                }
            }
        }
    }
}
