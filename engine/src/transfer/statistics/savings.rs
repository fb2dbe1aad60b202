//! Label savings: how many labels scratch needs for the accuracy that a method has.
//!
//! Scratch's learning curve is made monotone (more labels never make the mean worse; the least-squares fit by pooling
//! adjacent violators), and read by linear interpolation over the logarithm of the labels. The interval comes from a
//! bootstrap of the two-way design: seeds and test examples are drawn again with replacement, the same for every method
//! and budget, and the curve is read again (Efron & Tibshirani 1993).

use rayon::prelude::*;

use crate::rng;
use crate::session::comparison::{ComparisonRow, LabelSaving, SavingInterval};
use crate::session::method::{Method, Strategy};
use crate::session::metric::Metric;
use crate::session::record::TEST;

use super::rows::Row;
use super::summary::{RunSummary, of};

/// The number of times that seeds and examples are drawn, where that is not too much work,
const RESAMPLES: usize = 1_000;
/// the least number,
const FEWEST_RESAMPLES: usize = 200;
/// and the number of products that are too much work.
const PRODUCTS: usize = 2_000_000_000;

/// For every transfer method at every budget, the number of labels that scratch needs for the same accuracy. Methods that
/// are not better than always answering the largest class are left out.
pub fn savings(
    runs: &[RunSummary],
    rows: &[ComparisonRow],
    metric: Metric,
    largest: Option<f64>,
) -> Vec<LabelSaving> {
    let mut scratch: Vec<&ComparisonRow> =
        rows.iter().filter(|row| row.method == Method::Strategy(Strategy::Scratch)).collect();
    scratch.sort_by_key(|row| row.labels);
    if scratch.is_empty() {
        return Vec::new();
    }
    let better = |row: &&ComparisonRow| match (row.interval, largest) {
        (Some((low, _)), Some(fraction)) => low > fraction,
        _ => true,
    };
    let methods: Vec<&ComparisonRow> =
        rows.iter().filter(|row| row.method.transfers()).filter(better).collect();
    let labels: Vec<f64> = scratch.iter().map(|row| row.labels as f64).collect();
    let read = |means: &[f64], goal: f64| {
        let curve: Vec<(f64, f64)> = labels.iter().copied().zip(monotone(means)).collect();
        (crossing(&curve, goal), curve.first().is_some_and(|(_, accuracy)| *accuracy >= goal))
    };
    let means: Vec<f64> = scratch.iter().map(|row| row.mean).collect();
    let all: Vec<&ComparisonRow> = scratch.iter().chain(&methods).copied().collect();
    let resampled = resampled(runs, &all, metric).unwrap_or_default();
    (methods.iter().enumerate())
        .map(|(place, row)| {
            let (scratch_labels, at_most) = read(&means, row.mean);
            let mut needed: Vec<f64> = (resampled.iter())
                .map(|means| {
                    let (scratch, methods) = means.split_at(labels.len());
                    read(scratch, methods[place]).0.unwrap_or(f64::INFINITY)
                })
                .collect();
            needed.sort_unstable_by(f64::total_cmp);
            let largest = labels.last().copied().unwrap_or(0.0);
            let interval = (!needed.is_empty()).then(|| SavingInterval {
                low: Some(needed[needed.len() / 40]).filter(|low| low.is_finite()).unwrap_or(largest),
                high: Some(needed[needed.len() - 1 - needed.len() / 40]).filter(|high| high.is_finite()),
            });
            let (method, source) = (row.method, row.source.clone());
            LabelSaving { method, source, labels: row.labels, scratch_labels, at_most, interval }
        })
        .collect()
}

/// The means of `rows`, once for each resample of seeds and test examples. `None` where the answers of a run are not
/// known.
fn resampled(runs: &[RunSummary], rows: &[&ComparisonRow], metric: Metric) -> Option<Vec<Vec<f64>>> {
    // For each row, the seed and the answers of its runs.
    let answers: Vec<Vec<(u32, Row)>> = (rows.iter())
        .map(|row| {
            let mine = of(runs, (row.method, row.source.as_ref()), row.budget);
            let mut mine: Vec<(u32, Row)> =
                mine.map(|run| Some((run.seed, run.row(metric, TEST)?))).collect::<Option<_>>()?;
            mine.sort_unstable_by_key(|run| run.0);
            Some(mine)
        })
        .collect::<Option<_>>()?;
    // One past the largest example that a run was tested on.
    let ends = answers.iter().flatten().map(|(_, row)| match &row.drawn {
        None => Some(row.values.len()),
        Some(part) => part.examples.last().map(|&last| last as usize + 1),
    });
    let ends: Vec<usize> = ends.collect::<Option<_>>()?;
    let examples = ends.iter().copied().max()?;
    let drawn = answers.iter().flatten().any(|(_, row)| row.drawn.is_some());
    if examples == 0 || (!drawn && ends.iter().any(|&end| end != examples)) {
        return None;
    }
    let seeds = answers.iter().flatten().map(|run| run.0 as usize + 1).max()?;
    let products = examples * answers.iter().map(Vec::len).sum::<usize>();
    let count = (PRODUCTS / products.max(1)).clamp(FEWEST_RESAMPLES, RESAMPLES);
    let one = |number: usize| -> Vec<f64> {
        let mut stream = rng::stream(0, "resampled seeds and examples", number as u64);
        let drawn_seeds: Vec<usize> = (0..seeds).map(|_| rng::below(&mut stream, seeds)).collect();
        let mut weights = vec![0.0_f32; examples];
        (0..examples).for_each(|_| weights[rng::below(&mut stream, examples)] += 1.0);
        let mean = |row: &Vec<(u32, Row)>| {
            // Drawn seeds that the row lacks are left out; where it has none of them, all its runs count.
            let find = |seed: &usize| row.iter().find(|run| run.0 as usize == *seed).map(|run| &run.1);
            let mut drawn: Vec<&Row> = drawn_seeds.iter().filter_map(find).collect();
            if drawn.is_empty() {
                drawn = row.iter().map(|run| &run.1).collect();
            }
            // The sum of the values, and of the weights.
            let sums = |row: &&Row| match &row.drawn {
                None => {
                    let products = row.values.iter().zip(&weights).map(|(a, b)| f64::from(a * b));
                    (products.sum::<f64>(), examples as f64)
                }
                Some(part) => {
                    (part.examples.iter().zip(&row.values)).fold((0.0, 0.0), |sums, (&example, &value)| {
                        let weight = f64::from(weights[example as usize]);
                        (sums.0 + weight * f64::from(value), sums.1 + weight)
                    })
                }
            };
            let (values, counts): (Vec<f64>, Vec<f64>) = drawn.iter().map(sums).unzip();
            values.iter().sum::<f64>() / counts.iter().sum::<f64>().max(1.0)
        };
        answers.iter().map(mean).collect()
    };
    Some((0..count).into_par_iter().map(one).collect())
}

/// The non-decreasing values nearest to `values` (least squares, by pooling adjacent violators).
fn monotone(values: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for &value in values {
        let mut pool = (value, 1);
        while let Some(&(mean, count)) = pools.last()
            && mean > pool.0
        {
            pools.pop();
            let size = count + pool.1;
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / size as f64, size);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(mean, count)| std::iter::repeat_n(mean, count)).collect()
}

/// The number of labels at which the curve of (labels, accuracy) first reaches `goal`, by linear interpolation over
/// the logarithm of the labels. If the first point already reaches it, the answer is that point's labels, an upper
/// bound.
fn crossing(curve: &[(f64, f64)], goal: f64) -> Option<f64> {
    let (labels, accuracy) = *curve.first()?;
    if accuracy >= goal {
        return Some(labels);
    }
    curve.windows(2).find_map(|pair| {
        let [(left, low), (right, high)] = *pair else { return None };
        (low < goal && high >= goal).then(|| {
            let fraction = (goal - low) / (high - low);
            (left.ln() + fraction * (right.ln() - left.ln())).exp()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_savings_are_read_between_budgets_and_not_beyond() {
        let curve = [(100.0, 0.6), (400.0, 0.7), (1600.0, 0.8)];
        assert!((crossing(&curve, 0.65).unwrap() - 200.0).abs() < 1e-9);
        assert_eq!(crossing(&curve, 0.5), Some(100.0));
        assert!((crossing(&curve, 0.75).unwrap() - 800.0).abs() < 1e-9);
        assert_eq!(crossing(&curve, 0.81), None);
        // from sklearn.isotonic import isotonic_regression
        // print(isotonic_regression([.6, .7, .65, .8, .5]))
        let pooled = monotone(&[0.6, 0.7, 0.65, 0.8, 0.5]);
        let expected = [0.6, 0.6625, 0.6625, 0.6625, 0.6625];
        assert!(pooled.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{pooled:?}");
    }
}
