//! A simulated labelling: known labels answer. So strategies can be compared, with the same seed and the same first labels.

use std::sync::Arc;

use crate::error::Result;
use crate::session::query_strategy::QueryStrategy;
use crate::transfer::solving::Solving;

use super::learning::{Choice, Learning, Point, right};
use super::task::{Labelled, Task};

/// Strategies that do not ask the classifier are measured after this many labels; the others after each.
const EVERY: usize = 5;

/// What is simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How examples are chosen.
    pub strategy: QueryStrategy,
    /// The seed of the random order.
    pub seed: u64,
    /// The numbers of labels after which the classifier is tested, ascending. Numbers above the size of the pool are
    /// reduced to it.
    pub budgets: Vec<usize>,
    /// How the classifier is trained.
    pub solving: Solving,
}

impl Plan {
    /// Random choice with the seed 1 and the usual training.
    pub fn new(budgets: &[usize]) -> Plan {
        let (strategy, solving) = (QueryStrategy::Random, Solving::default());
        Plan { strategy, seed: 1, budgets: budgets.to_vec(), solving }
    }
}

/// A classifier that was tested.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The number of labels that were given.
    pub labels: usize,
    /// Which test examples it predicts rightly.
    pub right: Vec<bool>,
}

impl Snapshot {
    /// The fraction of right answers.
    pub fn accuracy(&self) -> f64 {
        self.right.iter().filter(|&&right| right).count() as f64 / self.right.len().max(1) as f64
    }
}

/// A simulated labelling.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The classifiers after each budget.
    pub snapshots: Vec<Snapshot>,
    /// The validation accuracy on the way.
    pub curve: Vec<Point>,
}

/// Labels examples of `task` as `plan` says. `known (N)` has the class of every example. After each budget a classifier is
/// trained with a whole cross-validation and tested on `test`. `going` gets the fraction that is done.
///
/// # Errors
/// Those of `going`.
pub fn simulate(
    task: &Arc<Task>,
    known: &[u32],
    test: &[Labelled],
    plan: &Plan,
    going: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Simulated> {
    let choice = Choice { strategy: plan.strategy, random_every: 0, seed: plan.seed };
    let mut learning = Learning::new(task.clone(), choice, plan.solving);
    let last = plan.budgets.iter().copied().max().unwrap_or(0).min(task.pool.len());
    let mut snapshots = Vec::new();
    for count in 1..=last {
        going(count as f64 / last as f64)?;
        let Some(query) = learning.query() else { break };
        let class = known.get(query.example as usize).copied().unwrap_or(0);
        learning.give(Labelled { example: query.example, class }, query.by);
        if plan.strategy.asks_the_model() || count.is_multiple_of(EVERY) || count == last {
            learning.train();
        }
        if plan.budgets.iter().any(|&budget| budget.min(last) == count) {
            let head = learning.trained_anew();
            let out = head.map_or(Vec::new(), |head| head.predict(&task.vectors));
            snapshots.push(Snapshot { labels: count, right: right(&out, task.classes, test) });
        }
    }
    Ok(Simulated { snapshots, curve: learning.points().to_vec() })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::error::Error;
    use crate::rng;

    /// Two classes; one example in ten is of the second. Two features of eight tell them apart.
    fn task() -> (Arc<Task>, Vec<u32>, Vec<Labelled>) {
        let mut random = rng::stream(11, "rare", 0);
        let classes: Vec<u32> = (0..1_200).map(|i| u32::from(i % 10 == 0)).collect();
        let vectors = Array2::from_shape_fn((1_200, 8), |(i, j)| {
            let centre = if j < 2 { 1.5 * f64::from(classes[i]) } else { 0.0 };
            (centre + rng::normal(&mut random)) as f32
        });
        let label = |example: u32| Labelled { example, class: classes[example as usize] };
        let (validation, test) = ((800..900).map(label).collect(), (900..1_200).map(label).collect());
        (Arc::new(Task::new(vectors, 2, (0..800).collect(), Vec::new(), validation)), classes, test)
    }

    fn plan(strategy: QueryStrategy, seed: u64) -> Plan {
        Plan { strategy, seed, ..Plan::new(&[20, 60]) }
    }

    #[test]
    fn the_same_seed_gives_the_same_bits_at_any_number_of_threads() {
        let (task, classes, test) = task();
        for strategy in QueryStrategy::ALL {
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let plan = plan(strategy, 3);
                pool.install(|| simulate(&task, &classes, &test, &plan, &mut |_| Ok(())).unwrap())
            };
            let found = with(1);
            assert_eq!(found, with(3), "{strategy}");
            assert_eq!(found.snapshots.iter().map(|s| s.labels).collect::<Vec<_>>(), [20, 60]);
            assert!(found.snapshots[1].accuracy() > 0.85, "{strategy}: {}", found.snapshots[1].accuracy());
            assert!(found.curve.len() >= 8, "{strategy}: {:?}", found.curve);
        }
    }

    #[test]
    fn budgets_beyond_the_pool_are_the_whole_pool_and_the_work_can_be_stopped() {
        let (task, classes, test) = task();
        let small = Task { pool: (0..12).collect(), ..(*task).clone() };
        let found =
            simulate(&Arc::new(small), &classes, &test, &plan(QueryStrategy::Random, 1), &mut |_| Ok(()));
        assert_eq!(found.unwrap().snapshots.len(), 1);
        let stopped = simulate(&task, &classes, &test, &plan(QueryStrategy::Margin, 1), &mut |done| {
            if done > 0.3 { Err(Error::Interrupted) } else { Ok(()) }
        });
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }
}
