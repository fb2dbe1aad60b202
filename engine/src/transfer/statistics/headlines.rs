//! The questions that the verdict answers first, and the correction for asking several.

use crate::session::budget::Budget;
use crate::session::comparison::{self, ComparisonRow, Difference, Finding, Headline};
use crate::session::method::{Method, Strategy};
use crate::session::metric::Metric;
use crate::session::record::TEST;

use super::differences::{self, Compared};
use super::needed::needed;
use super::summary::{RunSummary, Side};
use super::two_way::{LEVEL, Spread};

/// The headlines: at each budget, the best transfer against scratch, the best baseline, zero-shot and the best transfer of another source; then the best
/// transfer against scratch on each further test set, at the largest budget. Without transfer, scratch against the best
/// baseline. "Best" is the largest mean on the test set.
pub fn headlines(runs: &[RunSummary], rows: &[ComparisonRow], metric: Metric, margin: f64) -> Vec<Headline> {
    let mut found: Vec<(String, differences::Measured)> = Vec::new();
    let mut budgets: Vec<Budget> = rows.iter().map(|row| row.budget).collect();
    budgets.dedup();
    let side = |row: &ComparisonRow| (row.method, row.source.clone());
    for &budget in &budgets {
        let best = |holds: &dyn Fn(Method) -> bool| comparison::best(rows, budget, holds);
        let transfer = best(&|method| method.transfers());
        let scratch = best(&|method| method == Method::Strategy(Strategy::Scratch));
        let baseline = best(&|method| method.baseline().is_some());
        let zero_shot = best(&|method| method == Method::Strategy(Strategy::ZeroShot));
        let other_source = transfer.and_then(|first| comparison::best_other_source(rows, first));
        let Some(left) = transfer.or(scratch).map(side) else { continue };
        let mut ask = |right: Option<&ComparisonRow>, set: &str| {
            let Some(right) = right.map(side).filter(|right| *right != left) else { return };
            let sides: (Side, Side) = ((left.0, left.1.as_ref()), (right.0, right.1.as_ref()));
            let measured = differences::difference(runs, sides, budget, Compared { metric, set });
            found.extend(measured.map(|measured| (set.to_string(), measured)));
        };
        ask(scratch, TEST);
        ask(baseline, TEST);
        ask(zero_shot, TEST);
        ask(other_source, TEST);
        if transfer.is_some() && budgets.last() == Some(&budget) {
            let sets = runs.first().map_or(&[][..], |run| &run.metrics).iter().map(|known| &known.0[..]);
            sets.filter(|set| *set != TEST).for_each(|set| ask(scratch, set));
        }
    }
    let levels = holm(&found.iter().map(|(_, (difference, _))| difference.p_value).collect::<Vec<_>>());
    (found.into_iter().zip(levels))
        .map(|((set, (difference, spread)), level)| {
            let corrected = spread.and_then(|spread: Spread| spread.interval(level));
            let finding = Finding::of(corrected, margin);
            let open = spread.filter(|_| corrected.is_some() && finding == Finding::NotKnown);
            let needed = open.map(|spread| needed(&spread, difference.mean.abs().max(margin), level));
            Headline { set, difference, corrected, finding, needed }
        })
        .collect()
}

/// The best transfer against scratch by macro-F1, at the largest budget.
pub fn by_macro_f1(runs: &[RunSummary], headlines: &[Headline]) -> Option<Difference> {
    let asked = |headline: &&Headline| {
        headline.set == TEST && headline.difference.right == Method::Strategy(Strategy::Scratch)
    };
    let Difference { left, left_source, right, right_source, budget, .. } =
        &headlines.iter().rfind(asked)?.difference;
    let sides = ((*left, left_source.as_ref()), (*right, right_source.as_ref()));
    let compared = Compared { metric: Metric::MacroF1, set: TEST };
    differences::difference(runs, sides, *budget, compared).map(|measured| measured.0)
}

/// The level of each comparison by Holm's step-down method (Holm 1979): of m comparisons, the one with the k-th smallest
/// p-value is tested at 0.05 / (m + 1 - k). After the first one that is not significant, all others keep its level.
pub fn holm(p_values: &[Option<f64>]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(place, p)| Some((place, (*p)?))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut levels = vec![LEVEL; p_values.len()];
    let mut stopped: Option<f64> = None;
    for (k, &(place, p)) in order.iter().enumerate() {
        let level = stopped.unwrap_or(LEVEL / (order.len() - k) as f64);
        levels[place] = level;
        if p > level {
            stopped = Some(level);
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    // from statsmodels.stats.multitest import multipletests
    // print(multipletests([.01, .04, .03, .005], method="holm"))   # rejects the first and the last
    #[test]
    fn holm_is_that_of_statsmodels() {
        let p = [0.01, 0.04, 0.03, 0.005];
        let levels = holm(&p.map(Some));
        let rejected: Vec<bool> = p.iter().zip(&levels).map(|(p, level)| p <= level).collect();
        assert_eq!(rejected, [true, false, false, true]);
        assert_eq!(levels, [0.05 / 3.0, 0.025, 0.025, 0.0125]);
        assert_eq!(holm(&[None, Some(0.03)]), [0.05, 0.05]);
        assert!(holm(&[]).is_empty());
    }
}
