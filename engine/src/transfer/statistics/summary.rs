//! The figures of a run that the statistics use, taken from the history of the log.

use crate::session::answers::{Answers, TrueClasses};
use crate::session::budget::Budget;
use crate::session::comparison::{Collapsed, RunName};
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::metric::Metric;
use crate::session::record::{Evaluation, Outcome, TEST, VALIDATION};
use crate::session::source_name::SourceName;

use super::rows::{DrawnPart, Row};

/// A method, and the source of its pre-trained parameters.
pub type Side<'a> = (Method, Option<&'a SourceName>);

/// The runs of a side at a budget.
pub fn of<'a>(
    runs: &'a [RunSummary],
    side: Side<'a>,
    budget: Budget,
) -> impl Iterator<Item = &'a RunSummary> {
    runs.iter().filter(move |run| (run.method, run.source.as_ref()) == side && run.budget == budget)
}

/// The runs of two sides at a budget that have the same seed, in the order of the seeds.
pub fn paired<'a>(
    runs: &'a [RunSummary],
    (left, right): (Side<'a>, Side<'a>),
    budget: Budget,
) -> Vec<(&'a RunSummary, &'a RunSummary)> {
    let mut pairs: Vec<(&RunSummary, &RunSummary)> = of(runs, left, budget)
        .filter_map(|a| Some((a, of(runs, right, budget).find(|b| b.seed == a.seed)?)))
        .collect();
    // The last bits of sums must not depend on the order in which the runs ended.
    pairs.sort_by_key(|pair| pair.0.seed);
    pairs
}

/// An evaluation on the validation part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The number of updates before it.
    pub steps: u64,
    /// Seconds of training before it.
    pub seconds: f64,
    /// The accuracy.
    pub accuracy: f64,
    /// Floating-point operations of training before it; `None` if they were not counted.
    pub flops: Option<u64>,
}

/// The evaluations at which a run, and the scratch run of its seed, first have the best validation accuracy of scratch. `None`
/// if the run never has it.
pub fn reach<'a>(run: &'a RunSummary, scratch: &'a RunSummary) -> Option<(&'a CurvePoint, &'a CurvePoint)> {
    let goal = scratch.curve.iter().map(|point| point.accuracy).reduce(f64::max)?;
    let first = |run: &'a RunSummary| run.curve.iter().find(|point| point.accuracy >= goal);
    Some((first(run)?, first(scratch)?))
}

/// The true classes of a test set.
pub struct Truths {
    /// The name of the test set.
    pub set: String,
    /// The classes, in the order of the set.
    pub classes: Vec<u16>,
    /// The seed that is tested on these examples and the examples; `None` if all seeds are.
    drawn: Option<(u32, DrawnPart)>,
}

impl Truths {
    /// The true classes of a record; `None` if it is damaged.
    pub fn of(known: &TrueClasses) -> Option<Truths> {
        let classes = known.classes.values()?;
        let drawn = match &known.part {
            None => None,
            Some(part) => {
                let members = part.members.values()?;
                let inside = members.iter().enumerate().filter(|(_, inside)| **inside == 1);
                let examples: Vec<u32> = inside.map(|(example, _)| example as u32).collect();
                if examples.len() != classes.len() {
                    return None;
                }
                let ratio = examples.len() as f64 / (members.len() - examples.len()).max(1) as f64;
                Some((part.seed, DrawnPart { examples, ratio }))
            }
        };
        Some(Truths { set: known.set.clone(), classes, drawn })
    }

    /// The examples, if they were drawn for a seed.
    pub fn drawn(&self) -> Option<DrawnPart> {
        Some(self.drawn.as_ref()?.1.clone())
    }

    /// Whether the seed is tested on these examples.
    pub fn is_of(&self, seed: u32) -> bool {
        self.drawn.as_ref().is_none_or(|(of, _)| *of == seed)
    }
}

/// The figures of a run that the statistics use.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its method.
    pub method: Method,
    /// The source of its pre-trained parameters; `None` if it has none.
    pub source: Option<SourceName>,
    /// Its label budget.
    pub budget: Budget,
    /// The number of labels that it learned from, including the validation part.
    pub labels: usize,
    /// Its repetition, from 0.
    pub seed: u32,
    /// The metrics on each test set, in the order of [`Metric::ALL`]; the first set is [`TEST`].
    pub metrics: Vec<(String, [f64; Metric::ALL.len()])>,
    /// The test part that was drawn for its seed; `None` if all seeds are tested on the same examples.
    pub drawn: Option<DrawnPart>,
    /// For each test set, by name: true and predicted class of every example. Sets whose answers the log does not have
    /// are left out.
    pub answers: Vec<(String, Vec<(u16, u16)>)>,
    /// Mean loss on the test set.
    pub loss: f64,
    /// The number of trained parameters.
    pub trainable: u64,
    /// The number of all parameters of the model.
    pub total: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// The number of updates.
    pub steps: u64,
    /// Floating-point operations of training; `None` if they were not counted.
    pub flops: Option<u64>,
    /// Its evaluations on the validation part.
    pub curve: Vec<CurvePoint>,
    /// The class that it predicted for every test example, if it predicted only one.
    pub only_answer: Option<String>,
    /// Whether the run ended normally: it was not stopped and did not diverge.
    pub whole: bool,
}

impl RunSummary {
    /// The summary of a run that was tested; `None` for others. `truths` are the true classes of each test set.
    pub fn of(run: &RunHistory, history: &History, truths: &[Truths]) -> Option<RunSummary> {
        let evaluations = || run.evaluations.iter().map(|timed| &timed.value);
        let test = evaluations().rfind(|evaluation| evaluation.set == TEST)?;
        let of = |evaluation: &Evaluation| Metric::ALL.map(|metric| metric.of(&evaluation.confusion));
        let mut metrics = vec![(TEST.to_string(), of(test))];
        for evaluation in evaluations().filter(|e| e.set != TEST && e.set != VALIDATION) {
            match metrics.iter_mut().find(|(name, _)| *name == evaluation.set) {
                Some(known) => known.1 = of(evaluation),
                None => metrics.push((evaluation.set.clone(), of(evaluation))),
            }
        }
        let end = run.end.as_ref().map(|timed| &timed.value);
        let point = |e: &Evaluation| CurvePoint {
            steps: e.step,
            seconds: e.seconds,
            accuracy: e.accuracy,
            flops: run.flops(e.step),
        };
        let curve = evaluations().filter(|e| e.set == VALIDATION).map(point).collect();

        let truth = |set: &str| truths.iter().find(|known| known.set == set && known.is_of(run.start.seed));
        let known = |answers: &Answers| {
            let truth = &truth(&answers.set)?.classes;
            let predicted = answers.predicted.values().filter(|predicted| predicted.len() == truth.len())?;
            Some((answers.set.clone(), truth.iter().copied().zip(predicted).collect()))
        };
        Some(RunSummary {
            metrics,
            drawn: truth(TEST).and_then(|known| Some(known.drawn.as_ref()?.1.clone())),
            answers: run.answers.iter().filter_map(known).collect(),
            method: run.start.method,
            source: run.start.source.clone(),
            budget: run.start.budget,
            labels: run.start.labels,
            seed: run.start.seed,
            loss: test.loss,
            trainable: run.start.trainable_parameters,
            total: run.start.total_parameters,
            seconds: end.map_or(test.seconds, |end| end.seconds),
            steps: end.map_or(test.step, |end| end.steps),
            flops: run.all_flops(),
            curve,
            only_answer: test.collapsed(run.start.method).map(|class| history.class_name(class)),
            whole: end.is_some_and(|end| matches!(end.outcome, Outcome::Completed | Outcome::EarlyStop)),
        })
    }

    /// The metric on a test set; `None` if the run was not tested on it.
    pub fn value(&self, metric: Metric, set: &str) -> Option<f64> {
        let place = Metric::ALL.iter().position(|known| *known == metric)?;
        self.metrics.iter().find(|known| known.0 == set).map(|known| known.1[place])
    }

    /// True and predicted class of every example of a test set. `None` if they are not known.
    pub fn answers_on(&self, set: &str) -> Option<&[(u16, u16)]> {
        self.answers.iter().find(|known| known.0 == set).map(|known| &known.1[..])
    }

    /// For every example of a test set the value whose mean is the metric (see [`Metric::influence`]): for accuracy 1 if it
    /// was answered correctly and 0 if not. And how much the answer that counts most changes a value: 1 for accuracy. `None`
    /// if the answers are not known.
    pub fn values(&self, metric: Metric, set: &str) -> Option<(Vec<f32>, f64)> {
        let answers = self.answers_on(set)?;
        let classes = answers.iter().map(|(truth, predicted)| truth.max(predicted) + 1).max()?;
        let mut confusion = vec![vec![0; usize::from(classes)]; usize::from(classes)];
        for &(truth, predicted) in answers {
            confusion[usize::from(truth)][usize::from(predicted)] += 1;
        }
        let influence = metric.influence(&confusion);
        let value =
            |&(truth, predicted): &(u16, u16)| influence[usize::from(truth)][usize::from(predicted)] as f32;
        let weight = (0..usize::from(classes))
            .filter(|&class| confusion[class].iter().any(|&count| count > 0))
            .flat_map(|class| influence[class].iter().map(move |wrong| (class, wrong)))
            .map(|(class, wrong)| (influence[class][class] - wrong).abs())
            .fold(0.0, f64::max);
        Some((answers.iter().map(value).collect(), weight))
    }

    /// [`values`](Self::values) with the examples that they are about.
    pub fn row(&self, metric: Metric, set: &str) -> Option<Row> {
        let (values, weight) = self.values(metric, set)?;
        Some(Row { values, weight, drawn: self.drawn_on(set) })
    }

    /// The examples of the test set, if they were drawn for the seed.
    pub fn drawn_on(&self, set: &str) -> Option<DrawnPart> {
        self.drawn.clone().filter(|_| set == TEST)
    }

    /// The name of the run and the one class that it predicted, if it predicted only one.
    pub fn collapsed(&self) -> Option<Collapsed> {
        let class = self.only_answer.clone()?;
        let (method, source) = (self.method, self.source.clone());
        let run = RunName { method, source, budget: self.budget, seed: self.seed };
        Some(Collapsed { run, labels: self.labels, class })
    }
}
