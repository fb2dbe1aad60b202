//! The figures of a run that the statistics use, taken from the history of the log.

use crate::session::answers::Answers;
use crate::session::budget::Budget;
use crate::session::comparison::{Collapsed, RunName};
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::metric::FURTHER;
use crate::session::record::{Outcome, TEST, VALIDATION};
use crate::session::source_name::SourceName;

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
    /// Accuracy on the test set.
    pub accuracy: f64,
    /// Accuracy on further test sets, by name.
    pub others: Vec<(String, f64)>,
    /// For each test set, by name: 1 for each example that was answered correctly, 0 for the others. Sets whose answers
    /// the log does not have are left out.
    pub correct: Vec<(String, Vec<f32>)>,
    /// The other metrics, in the order of their list.
    pub metrics: Vec<f64>,
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
    /// Steps, and the accuracy on the validation part at each.
    pub curve: Vec<(u64, f64)>,
    /// The class that it predicted for every test example, if it predicted only one.
    pub only_answer: Option<String>,
    /// Whether the run ended normally: it was not stopped and did not diverge.
    pub whole: bool,
}

impl RunSummary {
    /// The summary of a run that was tested; `None` for others. `truths` are the true classes of each test set.
    pub fn of(run: &RunHistory, history: &History, truths: &[(String, Vec<u16>)]) -> Option<RunSummary> {
        let evaluations = || run.evaluations.iter().map(|timed| &timed.value);
        let test = evaluations().rfind(|evaluation| evaluation.set == TEST)?;
        let mut others: Vec<(String, f64)> = Vec::new();
        for evaluation in evaluations().filter(|e| e.set != TEST && e.set != VALIDATION) {
            match others.iter_mut().find(|(name, _)| *name == evaluation.set) {
                Some(other) => other.1 = evaluation.accuracy,
                None => others.push((evaluation.set.clone(), evaluation.accuracy)),
            }
        }
        let end = run.end.as_ref().map(|timed| &timed.value);
        let curve = evaluations().filter(|e| e.set == VALIDATION).map(|e| (e.step, e.accuracy)).collect();
        let correct = |answers: &Answers| {
            let (_, truth) = truths.iter().find(|(set, _)| *set == answers.set)?;
            let predicted = answers.predicted.values().filter(|predicted| predicted.len() == truth.len())?;
            let correct = truth.iter().zip(&predicted).map(|(a, b)| f32::from(u8::from(a == b)));
            Some((answers.set.clone(), correct.collect()))
        };
        Some(RunSummary {
            correct: run.answers.iter().filter_map(correct).collect(),
            method: run.start.method,
            source: run.start.source.clone(),
            budget: run.start.budget,
            labels: run.start.labels,
            seed: run.start.seed,
            accuracy: test.accuracy,
            others,
            metrics: FURTHER.iter().map(|metric| (metric.of)(test)).collect(),
            loss: test.loss,
            trainable: run.start.trainable_parameters,
            total: run.start.total_parameters,
            seconds: end.map_or(test.seconds, |end| end.seconds),
            steps: end.map_or(test.step, |end| end.steps),
            curve,
            only_answer: test.collapsed(run.start.method).map(|class| history.class_name(class)),
            whole: end.is_some_and(|end| matches!(end.outcome, Outcome::Completed | Outcome::EarlyStop)),
        })
    }

    /// Which examples of a test set were answered correctly: 1 or 0 for each. `None` where that is not known.
    pub fn correct_on(&self, set: &str) -> Option<&[f32]> {
        self.correct.iter().find(|known| known.0 == set).map(|known| &known.1[..])
    }

    /// The accuracy on a test set; `None` if the run was not tested on it.
    pub fn accuracy_on(&self, set: &str) -> Option<f64> {
        let other = || self.others.iter().find(|other| other.0 == set).map(|other| other.1);
        if set == TEST { Some(self.accuracy) } else { other() }
    }

    /// The name of the run and the one class that it predicted, if it predicted only one.
    pub fn collapsed(&self) -> Option<Collapsed> {
        let class = self.only_answer.clone()?;
        let (method, source) = (self.method, self.source.clone());
        let run = RunName { method, source, budget: self.budget, seed: self.seed };
        Some(Collapsed { run, labels: self.labels, class })
    }
}
