//! Whether a session that repeats another one has the same results.

use std::collections::HashMap;

use super::comparison::Comparison;
use super::history::{History, RunHistory};
use super::record::{Record, RunStart, StepPoint};

/// The comparison of a session with one that repeats it.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated {
    /// The number of runs that were compared: those that had ended in the first session.
    pub runs: usize,
    /// The number of runs of the first session that had not ended, so that there is nothing to compare.
    pub unended: usize,
    /// The runs that differ, each with what differs first.
    pub differing: Vec<(usize, String)>,
    /// Whether the final tables are the same; `None` if the first session has none.
    pub table: Option<bool>,
}

impl Repeated {
    /// Compares what both sessions have recorded, all of it but times.
    pub fn of(first: &History, again: &History) -> Repeated {
        let ended = |run: &&RunHistory| run.end.is_some();
        let all: Vec<&RunHistory> = first.runs.iter().filter(ended).collect();
        let differing = all.iter().filter_map(|run| {
            let number = run.start.run;
            match again.run(number) {
                Some(other) => Some((number, difference(run, other)?)),
                None => Some((number, "it is missing".into())),
            }
        });
        let table = first
            .comparison
            .as_deref()
            .map(|table| again.comparison.as_deref().is_some_and(|other| timeless(table) == timeless(other)));
        Repeated {
            runs: all.len(),
            unended: first.runs.len() - all.len(),
            differing: differing.collect(),
            table,
        }
    }

    /// Whether everything that could be compared is the same.
    pub fn is_same(&self) -> bool {
        self.differing.is_empty() && self.table != Some(false)
    }
}

/// What differs first between a run and its repetition.
fn difference(run: &RunHistory, other: &RunHistory) -> Option<String> {
    // Sessions of before layer groups were recorded name none. Their names change no result.
    let planned = |start: &RunStart| RunStart { groups: Vec::new(), ..start.clone() };
    if planned(&run.start) != planned(&other.start) {
        return Some("it was planned otherwise".into());
    }
    let steps: HashMap<u64, &StepPoint> =
        other.steps.iter().map(|step| (step.value.step, &step.value)).collect();
    for step in run.steps.iter().map(|step| &step.value) {
        let Some(same) = steps.get(&step.step) else {
            return Some(format!("step {} is missing", step.step));
        };
        let bits = |loss: f64, gradient: f64, rate: f32| (loss.to_bits(), gradient.to_bits(), rate.to_bits());
        let (these, those) = (
            bits(step.loss, step.gradient, step.learning_rate),
            bits(same.loss, same.gradient, same.learning_rate),
        );
        if these != those {
            return Some(format!("from step {} on", step.step));
        }
    }
    for evaluation in run.evaluations.iter().map(|e| &e.value) {
        let key = |record| Record::Evaluation(record).without_times();
        let wanted = key(evaluation.clone());
        if !other.evaluations.iter().any(|o| key(o.value.clone()) == wanted) {
            return Some(format!("the evaluation on {} of step {}", evaluation.set, evaluation.step));
        }
    }
    if run.answers.iter().any(|answers| !other.answers.contains(answers)) {
        return Some("the answers to the examples of a test set".into());
    }
    let end =
        |run: &RunHistory| run.end.as_ref().map(|end| Record::RunEnd(end.value.clone()).without_times());
    (end(run) != end(other)).then(|| "how it ended".into())
}

/// A final table without times.
fn timeless(table: &Comparison) -> Record {
    Record::Comparison(Box::new(table.clone())).without_times()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::method::{Method, Strategy};
    use crate::session::record::{Audit, Entry, Evaluation, Outcome, RunEnd, RunStart, TEST};

    fn told(change: impl Fn(&mut Record)) -> History {
        let start = RunStart {
            run: 0,
            method: Method::Strategy(Strategy::Scratch),
            source: None,
            budget: Budget::All,
            labels: 9,
            validation: 1,
            seed: 0,
            trainable_parameters: 1,
            total_parameters: 1,
            batch: 2,
            planned_steps: 1,
            optimizer: String::new(),
            metric: None,
            tuned: None,
            groups: Vec::new(),
        };
        let step = StepPoint {
            run: 0,
            step: 1,
            epoch: 1.0,
            samples: 2,
            loss: 0.5,
            gradient: 1.0,
            learning_rate: 0.1,
            seconds: 3.0,
            layers: Box::default(),
        };
        let evaluation = Evaluation {
            run: 0,
            step: 1,
            set: TEST.into(),
            loss: 0.5,
            accuracy: 1.0,
            confusion: vec![vec![3]],
            seconds: 3.0,
        };
        let audit = Audit::NothingTransferred;
        let end = RunEnd { run: 0, outcome: Outcome::Completed, steps: 1, best_step: 1, seconds: 3.0, audit };
        let mut records =
            vec![Record::Run(start), Record::Step(step), Record::Evaluation(evaluation), Record::RunEnd(end)];
        records.iter_mut().for_each(change);
        History::of(records.into_iter().map(|record| Entry { at: 0.0, record }))
    }

    #[test]
    fn times_do_not_count_and_everything_else_does() {
        let first = told(|_| {});
        let slower = told(|record| match record {
            Record::Step(step) => step.seconds = 9.0,
            Record::Evaluation(evaluation) => evaluation.seconds = 9.0,
            Record::RunEnd(end) => end.seconds = 9.0,
            _ => {}
        });
        let same = Repeated::of(&first, &slower);
        assert!(same.is_same() && same.runs == 1 && same.unended == 0 && same.table.is_none());
        let differs = |change: fn(&mut Record)| Repeated::of(&first, &told(change)).differing[0].1.clone();
        let step = |record: &mut Record| {
            if let Record::Step(step) = record {
                step.loss += f64::EPSILON;
            }
        };
        assert_eq!(differs(step), "from step 1 on");
        let test = |record: &mut Record| {
            if let Record::Evaluation(evaluation) = record {
                evaluation.confusion = vec![vec![2]];
            }
        };
        assert_eq!(differs(test), "the evaluation on test of step 1");
        let end = |record: &mut Record| {
            if let Record::RunEnd(end) = record {
                end.outcome = Outcome::Stopped;
            }
        };
        assert_eq!(differs(end), "how it ended");
        let other = |record: &mut Record| {
            if let Record::Run(start) = record {
                start.run = 1;
            }
        };
        assert_eq!(differs(other), "it is missing");
    }
}
