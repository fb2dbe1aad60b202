//! What training costs in arithmetic: floating-point operations, which depend on no machine.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::method::Method;
use super::source_name::SourceName;

/// The floating-point operations of the methods, and of the pre-training that transferred runs share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Of the pre-training; `None` if nothing was pre-trained in this session, or it did not count them.
    pub pretraining: Option<u64>,
    /// One for each method, source and budget whose runs were counted.
    pub methods: Vec<Cost>,
}

/// The floating-point operations of one method at one budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The method.
    pub method: Method,
    /// Its source; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// Mean of a whole training.
    pub training: f64,
    /// What it takes to reach the score of scratch; `None` for scratch itself, and where no seed reaches it.
    pub to_score: Option<ToScore>,
}

/// The floating-point operations until a run has the best validation accuracy of the scratch run of its seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ToScore {
    /// The mean of this accuracy over the seeds that reach it.
    pub score: f64,
    /// Mean of scratch, over the same seeds.
    pub scratch: f64,
    /// Mean of the method.
    pub method: f64,
    /// How many seeds reach it,
    pub reached: usize,
    /// of so many that both methods have.
    pub seeds: usize,
    /// The number of runs after which the operations saved are more than those of the pre-training; `None` if a run saves
    /// none, or nothing was pre-trained.
    pub runs_to_pay: Option<u64>,
    /// The number of tasks after which they are more, if a task trains as many runs as this session trains of this method
    /// at this budget.
    pub tasks_to_pay: Option<u64>,
}

impl Costs {
    /// The cost of a method at a budget.
    pub fn of(&self, method: Method, source: Option<&SourceName>, budget: Budget) -> Option<&Cost> {
        let wanted = (method, source, budget);
        self.methods.iter().find(|cost| (cost.method, cost.source.as_ref(), cost.budget) == wanted)
    }
}

/// A number of floating-point operations: "950 FLOP", "12.3 MFLOP", "1.20 TFLOP".
pub fn flops(count: f64) -> String {
    let units = ["", "k", "M", "G", "T", "P", "E"];
    let (mut value, mut unit) = (count, 0);
    // 999.6 would be written as 1000.
    while value >= 999.5 && unit + 1 < units.len() {
        (value, unit) = (value / 1e3, unit + 1);
    }
    let decimals = match (unit, value) {
        (0, _) => 0,
        (_, value) if value < 9.995 => 2,
        (_, value) if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {}FLOP", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_three_digits_and_a_unit() {
        let counts = [0.0, 950.0, 999.6, 1_234.0, 99_960.0, 12.34e6, 1.2e12, 3e19, 5e22];
        let expected = [
            "0 FLOP",
            "950 FLOP",
            "1.00 kFLOP",
            "1.23 kFLOP",
            "100 kFLOP",
            "12.3 MFLOP",
            "1.20 TFLOP",
            "30.0 EFLOP",
            "50000 EFLOP",
        ];
        assert_eq!(counts.map(flops), expected);
    }
}
