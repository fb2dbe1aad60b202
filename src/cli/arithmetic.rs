//! The floating-point operations of the methods, as text.

use crate::session::arithmetic::{Costs, flops};

use super::number;
use super::table::Table;

/// One row for each method and budget, and what pre-training cost.
pub fn lines(costs: &Costs) -> Vec<String> {
    let mut table = Table::new(&[
        ">labels",
        "",
        ">training",
        ">to scratch's best",
        ">scratch",
        ">seeds",
        ">paid for after",
    ]);
    let mut before = None;
    for cost in &costs.methods {
        let labels = if before == Some(cost.budget) { String::new() } else { cost.budget.to_string() };
        before = Some(cost.budget);
        let found = cost.to_score;
        let text = |value: Option<String>| value.unwrap_or_else(|| "–".into());
        table.row([
            labels,
            cost.method.name().to_string(),
            flops(cost.training),
            text(found.map(|found| flops(found.method))),
            text(found.map(|found| flops(found.scratch))),
            text(found.map(|found| format!("{}/{}", found.reached, found.seeds))),
            text(found.and_then(|found| found.runs_to_pay).map(|runs| number::counted(runs, "run", "runs"))),
        ]);
    }
    let title = "Arithmetic of a run (a multiplication and an addition count as one each)".to_string();
    std::iter::once(title).chain(table.lines()).chain([explained(costs)]).collect()
}

/// What pre-training cost, and after how many tasks it is paid for.
pub fn explained(costs: &Costs) -> String {
    let Some(spent) = costs.pretraining else {
        return "Nothing was pre-trained in this session, so nothing has to be paid for.".into();
    };
    let best = (costs.methods.iter())
        .filter_map(|cost| Some((cost, cost.to_score?.tasks_to_pay?)))
        .min_by_key(|found| found.1);
    let paid = match best {
        Some((cost, tasks)) => format!(
            "; {} with {} labels has saved as many after {} with as many seeds as this one",
            cost.method,
            cost.budget,
            number::counted(tasks, "task", "tasks")
        ),
        None => "; no method saves any on the way to scratch's best validation accuracy".into(),
    };
    format!("Pre-training took {}{paid}.", flops(spent as f64))
}
