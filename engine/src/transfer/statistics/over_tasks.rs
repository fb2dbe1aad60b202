//! What one pre-training brought over several tasks: the mean of the tasks' differences, with an interval over tasks.
//!
//! The tasks are the sample: another user has another task. Each task counts the same, whatever the width of its own interval, and
//! the interval is Student's over the tasks' differences. These differ because the tasks differ and because each was measured with
//! few seeds and examples; their spread has both, so nothing has to be added. This is the random-effects interval of Hartung & Knapp
//! (2001) with equal weights. Weights by each task's own variance would rest on variances from a few seeds.

use serde::Serialize;

use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, Difference, Finding};
use crate::session::method::{Method, Strategy};
use crate::session::source_name::SourceName;

use super::moments::{deviation, mean};
use super::two_way::{LEVEL, student};

/// A task.
pub struct TaskComparison<'a> {
    /// Its name.
    pub name: String,
    /// What its methods achieved.
    pub comparison: &'a Comparison,
    /// The name of the shared source in its session.
    pub source: SourceName,
}

/// A paired difference in every task, and over them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverTasks {
    /// The method that is subtracted from, with the shared source.
    pub left: Method,
    /// The method that is subtracted.
    pub right: Method,
    /// The label budget.
    pub budget: Budget,
    /// The difference in each task.
    pub tasks: Vec<TaskDifference>,
    /// Their mean.
    pub mean: f64,
    /// The 95 % interval of the mean, over tasks; `None` with one task.
    pub interval: Option<(f64, f64)>,
    /// The 95 % prediction interval of the difference in another task of this kind; `None` with fewer than three tasks.
    pub another_task: Option<(f64, f64)>,
    /// What the interval of the mean shows.
    pub finding: Finding,
}

/// The difference in one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskDifference {
    /// The task.
    pub task: String,
    /// The mean difference over the seeds of the task.
    pub mean: f64,
    /// Its own 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// What this interval shows.
    pub finding: Finding,
}

impl OverTasks {
    /// In how many tasks the finding is this one.
    pub fn count(&self, finding: Finding) -> usize {
        self.tasks.iter().filter(|task| task.finding == finding).count()
    }
}

/// The differences of transfer methods to scratch and to the baselines that all tasks have, at the budgets that all tasks have.
/// `margin` is the difference that counts as none.
pub fn over_tasks(tasks: &[TaskComparison], margin: f64) -> Vec<OverTasks> {
    let Some((first, others)) = tasks.split_first() else { return Vec::new() };
    let wanted = |difference: &&Difference| {
        difference.left_source.as_ref() == Some(&first.source)
            && (difference.right == Method::Strategy(Strategy::Scratch)
                || difference.right.baseline().is_some())
    };
    let over = |known: &Difference| {
        let all: Option<Vec<TaskDifference>> = std::iter::once(first)
            .chain(others)
            .map(|task| {
                let same = |other: &&Difference| {
                    (other.left, other.right, other.budget) == (known.left, known.right, known.budget)
                        && other.left_source.as_ref() == Some(&task.source)
                };
                let found = task.comparison.differences.iter().find(same)?;
                let finding = Finding::of(found.interval, margin);
                Some(TaskDifference {
                    task: task.name.clone(),
                    mean: found.mean,
                    interval: found.interval,
                    finding,
                })
            })
            .collect();
        let all = all?;
        let means: Vec<f64> = all.iter().map(|task| task.mean).collect();
        let Spread { mean, interval, another_task } = Spread::of(&means);
        let finding = Finding::of(interval, margin);
        let Difference { left, right, budget, .. } = *known;
        Some(OverTasks { left, right, budget, tasks: all, mean, interval, another_task, finding })
    };
    first.comparison.differences.iter().filter(wanted).filter_map(over).collect()
}

/// The mean of the tasks' differences, and how far it can be believed.
struct Spread {
    mean: f64,
    interval: Option<(f64, f64)>,
    another_task: Option<(f64, f64)>,
}

impl Spread {
    fn of(differences: &[f64]) -> Spread {
        let (count, mean, deviation) = (differences.len(), mean(differences), deviation(differences));
        let around = |least: usize, variance: f64| {
            (count >= least).then(|| {
                let half = student(LEVEL, count - 1) * deviation * variance.sqrt();
                (mean - half, mean + half)
            })
        };
        let tasks = count as f64;
        Spread { mean, interval: around(2, 1.0 / tasks), another_task: around(3, 1.0 + 1.0 / tasks) }
    }
}

/// When the pre-training has paid for itself over tasks, in floating-point operations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PaidOverTasks {
    /// The operations of the pre-training, which was done once.
    pub pretraining: u64,
    /// The method, with the shared source.
    pub method: Method,
    /// The label budget.
    pub budget: Budget,
    /// For each task, the operations that the method's runs saved on the way to scratch's best validation accuracy (negative if
    /// they needed more); `None` if no run got there.
    pub saved: Vec<Option<f64>>,
    /// The number of such tasks after which the pre-training is paid for; `None` if a task saves nothing on average.
    pub tasks: Option<u64>,
}

/// The savings of `method` at `budget` in all tasks; `None` where the operations were not counted. A task in which no run reaches
/// scratch's best saves nothing.
pub fn paid_over_tasks(
    tasks: &[TaskComparison],
    pretraining: u64,
    method: Method,
    budget: Budget,
) -> Option<PaidOverTasks> {
    let saved: Option<Vec<Option<f64>>> = tasks
        .iter()
        .map(|task| {
            let costs = task.comparison.arithmetic.as_ref()?.of(method, Some(&task.source), budget)?;
            Some(costs.to_score.map(|found| (found.scratch - found.method) * found.reached as f64))
        })
        .collect();
    let saved = saved.filter(|saved| !saved.is_empty())?;
    let all: Vec<f64> = saved.iter().map(|saved| saved.unwrap_or(0.0)).collect();
    let of_task = mean(&all);
    let tasks = (of_task > 0.0).then(|| (pretraining as f64 / of_task).ceil() as u64);
    Some(PaidOverTasks { pretraining, method, budget, saved, tasks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;
    use statrs::distribution::{ContinuousCDF, Normal};

    /// SciPy:
    ///
    /// ```python
    /// import numpy as np; from scipy import stats
    /// y = np.array([4.0, 9.5, 6.0, -1.0, 3.5]); k = len(y)
    /// print(stats.ttest_1samp(y, 0).confidence_interval())
    /// h = stats.t.ppf(.975, k - 1) * y.std(ddof=1) * np.sqrt(1 + 1 / k); print(y.mean() - h, y.mean() + h)
    /// ```
    #[test]
    fn the_intervals_are_students_over_tasks() {
        let found = Spread::of(&[4.0, 9.5, 6.0, -1.0, 3.5]);
        let near = |(low, high): (f64, f64), expected: [f64; 2]| {
            assert!((low - expected[0]).abs() < 1e-3 && (high - expected[1]).abs() < 1e-3, "{low} {high}");
        };
        assert!((found.mean - 4.4).abs() < 1e-12);
        near(found.interval.unwrap(), GOLDEN_MEAN);
        near(found.another_task.unwrap(), GOLDEN_NEXT);
        let one = Spread::of(&[4.0]);
        assert_eq!((one.interval, one.another_task), (None, None));
        assert!(Spread::of(&[4.0, 5.0]).another_task.is_none());
    }

    const GOLDEN_MEAN: [f64; 2] = [-0.356_561_8, 9.156_561_8];
    const GOLDEN_NEXT: [f64; 2] = [-7.251_149_3, 16.051_149_3];

    /// Tasks differ by `between` points, and each is measured with an error of its own, up to ten times that of the most exact one.
    #[test]
    fn intervals_over_tasks_hold_the_truth_in_95_of_100_experiments() {
        let normal = Normal::standard();
        println!("tasks  between  mean holds  another task holds");
        for (number, (tasks, between)) in
            [(2, 0.0), (2, 4.0), (3, 0.0), (3, 4.0), (5, 2.0), (5, 8.0), (10, 4.0), (20, 4.0)]
                .into_iter()
                .enumerate()
        {
            let mut stream = rng::stream(11, "simulated tasks", number as u64);
            let mut draw = |deviation: f64| {
                deviation * normal.inverse_cdf(rng::unit64(&mut stream).clamp(1e-12, 1.0 - 1e-12))
            };
            let (mut held, mut next, repetitions) = (0, 0, 10_000);
            for _ in 0..repetitions {
                let error = |task: usize| [0.4, 1.0, 2.0, 4.0, 1.5][task % 5];
                let measured: Vec<f64> =
                    (0..tasks).map(|task| 3.0 + draw(between) + draw(error(task))).collect();
                let another = 3.0 + draw(between);
                let inside = |interval: Option<(f64, f64)>, value| {
                    interval.is_none_or(|(low, high)| low <= value && value <= high)
                };
                let found = Spread::of(&measured);
                held += i32::from(inside(found.interval, 3.0));
                next += i32::from(inside(found.another_task, another));
            }
            let [held, next] = [held, next].map(|count| f64::from(count) / f64::from(repetitions));
            println!("{tasks:5}  {between:7.1}  {:8.1} %  {:15.1} %", 100.0 * held, 100.0 * next);
            assert!((0.94..=0.995).contains(&held), "{tasks} tasks, {between}: {held}");
            assert!(next >= 0.94, "{tasks} tasks, {between}: {next}");
        }
    }
}
