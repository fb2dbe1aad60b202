//! What pre-training cost in arithmetic, and after how many tasks it is paid for, as a sentence.

use crate::session::arithmetic::{Costs, flops};

use super::number;

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
