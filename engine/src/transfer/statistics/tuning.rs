//! What tuning brought: the chosen settings, and the expected best validation score after a number of trials.

use crate::session::budget::Budget;
use crate::session::comparison::{ChosenSettings, ExpectedBest, TuningRow};
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::metric::Metric;
use crate::session::record::Trial;
use crate::session::source_name::SourceName;
use crate::session::trials;

use super::moments::{deviation, mean};

/// A row for each method, source and budget whose runs have been tuned; budgets ascend. Empty without tuning.
pub fn rows(history: &History) -> Vec<TuningRow> {
    let Some(recipe) = history.recipe.as_ref().filter(|recipe| recipe.tune.is_some()) else {
        return Vec::new();
    };
    let metric = recipe.metric.unwrap_or_default();
    // A run without trials that has ended has nothing to tune.
    let ready = |run: &&RunHistory| run.start.tuned.is_some() || run.trials.is_empty() && run.end.is_some();
    let runs: Vec<&RunHistory> = history.runs.iter().filter(ready).collect();
    let mut sides: Vec<(Budget, Method, Option<&SourceName>)> =
        runs.iter().map(|run| (run.start.budget, run.start.method, run.start.source.as_ref())).collect();
    sides.sort_unstable();
    sides.dedup();
    let row = |(budget, method, source): (Budget, Method, Option<&SourceName>)| {
        let mut mine = runs.clone();
        mine.retain(|run| {
            (run.start.budget, run.start.method, run.start.source.as_ref()) == (budget, method, source)
        });
        mine.sort_by_key(|run| run.start.seed);
        of(&mine, metric)
    };
    sides.into_iter().filter_map(row).collect()
}

/// The row of the runs of one method, source and budget, one for each seed.
fn of(runs: &[&RunHistory], metric: Metric) -> Option<TuningRow> {
    let start = &runs.first()?.start;
    let tried: Vec<Vec<Trial>> = runs.iter().map(|run| trials::whole(&run.tried(f64::INFINITY))).collect();
    let chosen = runs.iter().zip(&tried).filter_map(|(run, tried)| {
        let chosen = trials::chosen(tried)?;
        let Trial { trial, score, settings, .. } = chosen;
        Some(ChosenSettings { seed: run.start.seed, trial: *trial, score: *score, settings: *settings })
    });
    let scores: Vec<Vec<f64>> =
        tried.iter().map(|tried| tried.iter().map(|trial| value(trial, metric)).collect()).collect();
    let means = |of: &dyn Fn(&Vec<Trial>) -> f64| mean(&tried.iter().map(of).collect::<Vec<_>>());
    let expected = expected(&scores);
    Some(TuningRow {
        method: start.method,
        source: start.source.clone(),
        budget: start.budget,
        trials: means(&|tried| tried.len() as f64),
        seconds: means(&|tried| tried.iter().map(|trial| trial.seconds).sum()),
        chosen: chosen.collect(),
        own: expected.first().map(|first| first.mean),
        expected,
    })
}

/// The score of a trial. One that cannot be chosen counts as the least possible value, unless it is the first: its
/// settings are used where nothing else can be.
fn value(trial: &Trial, metric: Metric) -> f64 {
    let may_count = trial.ended_well() || trial.trial == 0;
    trial.score.filter(|_| may_count).unwrap_or(metric.least())
}

/// The expected best score after 1, 2, … trials, over seeds. `scores` has the scores of each seed, in the order of the
/// trials.
fn expected(scores: &[Vec<f64>]) -> Vec<ExpectedBest> {
    let most = scores.iter().map(Vec::len).min().unwrap_or(0);
    let after = |trials: usize| {
        let each: Vec<Best> = scores.iter().map(|scores| best_of(scores, trials)).collect();
        let means: Vec<f64> = each.iter().map(|best| best.mean).collect();
        let within = mean(&each.iter().map(|best| best.variance).collect::<Vec<_>>());
        ExpectedBest {
            trials: trials as u32,
            mean: mean(&means),
            deviation: (within + deviation(&means).powi(2)).sqrt(),
        }
    };
    (1..=most).map(after).collect()
}

/// The best of some trials of one run: its expectation and its variance over draws of settings.
struct Best {
    mean: f64,
    variance: f64,
}

/// The best of the first of `scores` (the recipe's own settings) and of `trials` - 1 of the others, which were drawn.
///
/// The expectation is over all subsets of the drawn scores, so it has no bias (Tang et al. 2020). The variance is that of
/// draws with replacement from the same scores (Dodge et al. 2019): over subsets it would fall to 0 at the last trial.
fn best_of(scores: &[f64], trials: usize) -> Best {
    let Some((&own, drawn)) = scores.split_first() else { return Best { mean: 0.0, variance: 0.0 } };
    let draws = trials.saturating_sub(1).min(drawn.len());
    if draws == 0 {
        return Best { mean: own, variance: 0.0 };
    }
    let mut drawn = drawn.to_vec();
    drawn.sort_by(f64::total_cmp);
    let all = drawn.len();
    // The probability that the best of the draws is among the `i` lowest scores.
    let of_subsets =
        |i: usize| -> f64 { (0..draws).map(|t| i.saturating_sub(t) as f64 / (all - t) as f64).product() };
    let of_draws = |i: usize| (i as f64 / all as f64).powi(draws as i32);
    // Sums over the best score: its mean over subsets, and its first two moments over draws.
    let (mut mean, mut first, mut second) = (0.0, 0.0, 0.0);
    for (i, &score) in drawn.iter().enumerate() {
        let best = score.max(own);
        mean += best * (of_subsets(i + 1) - of_subsets(i));
        let weight = of_draws(i + 1) - of_draws(i);
        first += best * weight;
        second += best * best * weight;
    }
    Best { mean, variance: (second - first * first).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of the best over all subsets, one by one.
    fn by_enumeration(scores: &[f64], trials: usize) -> f64 {
        let (own, drawn) = (scores[0], &scores[1..]);
        let subsets: Vec<u32> =
            (0..1_u32 << drawn.len()).filter(|set| set.count_ones() as usize == trials - 1).collect();
        let best = |set: &u32| {
            let taken = drawn.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, &score)| score);
            taken.fold(own, f64::max)
        };
        mean(&subsets.iter().map(best).collect::<Vec<_>>())
    }

    #[test]
    fn the_expectation_is_that_over_all_subsets() {
        let scores = [0.7, 0.72, 0.65, 0.8, 0.72, 0.5, 0.79];
        for trials in 1..=scores.len() {
            let found = best_of(&scores, trials).mean;
            assert!((found - by_enumeration(&scores, trials)).abs() < 1e-12, "{trials}: {found}");
        }
        // With all trials it is the best that was found.
        assert!((best_of(&scores, 7).mean - 0.8).abs() < 1e-12);
    }

    /// import itertools, statistics
    /// s = [0.72, 0.65, 0.8, 0.5]
    /// print(statistics.pvariance([max(0.7, *d) for d in itertools.product(s, repeat=2)]))
    #[test]
    fn the_variance_is_that_of_draws_with_replacement() {
        let scores = [0.7, 0.72, 0.65, 0.8, 0.5];
        let found = best_of(&scores, 3).variance;
        assert!((found - 0.002).abs() < 1e-12, "{found}");
        assert_eq!(best_of(&scores, 1).variance, 0.0);
    }

    /// Many experiments with known distribution: uniform scores, whose best of k draws is k / (k + 1) on average.
    #[test]
    fn there_is_no_bias_on_average() {
        let mut random = crate::rng::stream(1, "expected best", 0);
        let scores: Vec<Vec<f64>> = (0..4_000)
            .map(|_| {
                // The own settings are never the best.
                std::iter::once(-1.0).chain((0..6).map(|_| crate::rng::unit64(&mut random))).collect()
            })
            .collect();
        for point in &expected(&scores)[1..] {
            let k = f64::from(point.trials - 1);
            assert!((point.mean - k / (k + 1.0)).abs() < 0.012, "{k}: {}", point.mean);
        }
    }

    #[test]
    fn seeds_add_their_own_spread() {
        let alone = expected(&[vec![0.7, 0.6]]);
        assert_eq!(
            alone.iter().map(|point| (point.mean, point.deviation)).collect::<Vec<_>>(),
            [(0.7, 0.0), (0.7, 0.0)]
        );
        let two = expected(&[vec![0.7, 0.6, 0.9], vec![0.8, 0.6]]);
        assert_eq!(two.len(), 2);
        assert!((two[0].mean - 0.75).abs() < 1e-12 && (two[0].deviation - 0.005_f64.sqrt()).abs() < 1e-12);
    }
}
