//! Paired differences between methods: the runs of one seed have the same labels, order of batches and initial head, and
//! all runs answer the same test examples.

use crate::session::budget::Budget;
use crate::session::comparison::Difference;
use crate::session::method::{Baseline, DocumentVector, Method, Strategy};
use crate::session::metric::Metric;

use super::moments::mean;
use super::rows::Row;
use super::summary::{RunSummary, Side, paired as paired_runs};
use super::table;
use super::two_way::{LEVEL, Spread};

/// The pairs of methods whose differences are reported: transfer against scratch, the strategies against each other,
/// every method that is not a baseline against every baseline, NBSVM against TF-IDF, and strategies against
/// zero-shot.
pub fn pairs() -> impl Iterator<Item = (Method, Method)> {
    let documents = || DocumentVector::ALL.into_iter().map(Method::from);
    let tuned = [
        Method::Strategy(Strategy::FineTuned),
        Method::Strategy(Strategy::GradualUnfreezing),
        Method::Strategy(Strategy::LinearProbeThenFineTune),
    ];
    let sides = move || {
        [Method::Strategy(Strategy::Scratch), Method::Strategy(Strategy::Frozen)]
            .into_iter()
            .chain(tuned)
            .chain(documents())
    };
    let pair = |left, right| (left, right);
    std::iter::once(pair(Method::Strategy(Strategy::Frozen), Method::Strategy(Strategy::Scratch)))
        .chain(tuned.map(|method| pair(method, Method::Strategy(Strategy::Scratch))))
        .chain(tuned.map(|method| pair(method, Method::Strategy(Strategy::Frozen))))
        .chain([
            pair(Method::Strategy(Strategy::GradualUnfreezing), Method::Strategy(Strategy::FineTuned)),
            pair(Method::Strategy(Strategy::LinearProbeThenFineTune), Method::Strategy(Strategy::FineTuned)),
        ])
        .chain(documents().map(|method| (method, Method::Strategy(Strategy::Scratch))))
        .chain(
            Method::all()
                .filter(|method| method.baseline().is_some())
                .flat_map(move |baseline| sides().map(move |method| (method, baseline))),
        )
        .chain([(Method::Baseline(Baseline::Nbsvm), Method::Baseline(Baseline::TfIdf))])
        .chain(
            [Method::Strategy(Strategy::Frozen), Method::Strategy(Strategy::FineTuned)]
                .map(|method| (method, Method::Strategy(Strategy::ZeroShot))),
        )
}

/// The pairs of sides of two methods. Both sides have the same source, if both methods take one.
pub fn paired<'a>(sides: &[Side<'a>], (left, right): (Method, Method)) -> Vec<(Side<'a>, Side<'a>)> {
    let of = |method| sides.iter().copied().filter(move |side| side.0 == method);
    let fits = |(left, right): &(Side, Side)| left.1 == right.1 || left.1.is_none() || right.1.is_none();
    of(left).flat_map(|left| of(right).map(move |right| (left, right))).filter(fits).collect()
}

/// The pairs of sides of one method that differ in their source.
pub fn of_sources<'a>(sides: &[Side<'a>]) -> Vec<(Side<'a>, Side<'a>)> {
    let pairs = sides
        .iter()
        .enumerate()
        .flat_map(|(at, left)| sides[at + 1..].iter().map(move |right| (*left, *right)));
    pairs.filter(|(left, right)| left.0 == right.0 && left.1 != right.1).collect()
}

/// A difference, and the spread that its interval comes from; `None` where there is none.
pub type Measured = (Difference, Option<Spread>);

/// What is compared: the metric on a test set.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The metric.
    pub metric: Metric,
    /// The name of the test set.
    pub set: &'a str,
}

/// The difference between two sides at a budget. `None` if they have no seed in common, or one was not tested on the set.
pub fn difference(
    runs: &[RunSummary],
    (left, right): (Side, Side),
    budget: Budget,
    Compared { metric, set }: Compared,
) -> Option<Measured> {
    let pairs = paired_runs(runs, (left, right), budget);
    let values: Vec<f64> =
        pairs.iter().filter_map(|(a, b)| Some(a.value(metric, set)? - b.value(metric, set)?)).collect();
    if values.is_empty() || values.len() < pairs.len() {
        return None;
    }
    let rows: Option<Vec<Row>> =
        pairs.iter().map(|(a, b)| a.row(metric, set)?.minus(&b.row(metric, set)?)).collect();
    let (spread, covers) = table::spread_or_seeds(rows.as_deref(), &values);
    let seeds = values.len();
    let count = |holds: fn(f64) -> bool| values.iter().filter(|&&value| holds(value)).count();
    let mean = mean(&values);
    let difference = Difference {
        left: left.0,
        left_source: left.1.cloned(),
        right: right.0,
        right_source: right.1.cloned(),
        budget,
        mean,
        interval: spread.and_then(|spread| spread.interval(LEVEL)),
        covers,
        p_value: spread.and_then(|spread| spread.p_value()),
        probability_of_better: spread.and_then(|spread| spread.probability_of_better()),
        wins: count(|value| value > 0.0),
        ties: count(|value| value == 0.0),
        seeds,
    };
    Some((difference, spread))
}
