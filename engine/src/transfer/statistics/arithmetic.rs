//! The floating-point operations of the methods, and when pre-training has paid for itself by them.

use crate::session::arithmetic::{Cost, Costs, ToScore};
use crate::session::comparison::ComparisonRow;
use crate::session::method::{Method, Strategy};
use crate::session::source_name::SourceName;

use super::moments::mean;
use super::summary::{RunSummary, of, paired, reach};

/// The costs of all methods; `None` if no run was counted. `pretraining` is that of all sources together, and `of_source`
/// that of one.
pub fn costs(
    runs: &[RunSummary],
    rows: &[ComparisonRow],
    pretraining: Option<u64>,
    of_source: impl Fn(&SourceName) -> Option<u64>,
) -> Option<Costs> {
    let of_row = |row: &ComparisonRow| row.source.as_ref().map_or(pretraining, &of_source);
    let methods: Vec<Cost> = rows.iter().filter_map(|row| cost(runs, row, of_row(row))).collect();
    (!methods.is_empty()).then_some(Costs { pretraining, methods })
}

fn cost(runs: &[RunSummary], row: &ComparisonRow, pretraining: Option<u64>) -> Option<Cost> {
    let side = (row.method, row.source.as_ref());
    let counted: Option<Vec<f64>> =
        of(runs, side, row.budget).map(|run| run.flops.map(|flops| flops as f64)).collect();
    let training = counted.filter(|counted| !counted.is_empty())?;
    let scratch = Method::Strategy(Strategy::Scratch);
    let pretraining = pretraining.filter(|_| row.method.takes_source());
    let to_score =
        if row.method == scratch { None } else { to_score(runs, row, pretraining, training.len()) };
    let (method, source, budget) = (row.method, row.source.clone(), row.budget);
    Some(Cost { method, source, budget, training: mean(&training), to_score })
}

fn to_score(
    runs: &[RunSummary],
    row: &ComparisonRow,
    pretraining: Option<u64>,
    of_task: usize,
) -> Option<ToScore> {
    let sides = ((row.method, row.source.as_ref()), (Method::Strategy(Strategy::Scratch), None));
    let pairs = paired(runs, sides, row.budget);
    let reached: Vec<[f64; 3]> = (pairs.iter())
        .filter_map(|(run, scratch)| {
            let (own, first) = reach(run, scratch)?;
            Some([first.accuracy, first.flops? as f64, own.flops? as f64])
        })
        .collect();
    let column = |place: usize| mean(&reached.iter().map(|values| values[place]).collect::<Vec<f64>>());
    let [score, scratch, method] = [0, 1, 2].map(column);
    let saved = scratch - method;
    let to_pay = |times: usize| {
        let pretraining = pretraining.filter(|_| saved > 0.0)? as f64;
        Some((pretraining / (saved * times as f64)).ceil() as u64)
    };
    let (runs_to_pay, tasks_to_pay) = (to_pay(1), to_pay(of_task));
    let (reached, seeds) = (reached.len(), pairs.len());
    let found = ToScore { score, scratch, method, reached, seeds, runs_to_pay, tasks_to_pay };
    (reached > 0).then_some(found)
}
