//! Quality and forgetting: the results of word vectors on benchmarks, before and after fine-tuning.

use super::budget::Budget;
use super::history::{History, RunHistory};
use super::method::Method;
use super::record::{Benchmark, Quality};
use super::source_history::SourceHistory;
use super::source_name::SourceName;
use super::timed::Timed;

/// Vectors are collapsed if random pairs of words have a mean cosine above this. Measured: useful vectors have 0.05
/// to 0.7, collapsed ones more than 0.94 (`docs/word-vectors.md`).
const COLLAPSED: f64 = 0.9;

/// The message for a given mean cosine of random pairs of frequent words; `None` unless the vectors are collapsed.
pub fn collapsed(mean_cosine: f64) -> Option<String> {
    (mean_cosine > COLLAPSED).then(|| {
        format!(
            "The vectors are collapsed: random pairs of words have a mean cosine of {mean_cosine:.3}, so all words look \
             alike. Train for more epochs, on a larger corpus, or with a lower min_count; or take other vectors."
        )
    })
}

/// The key of a benchmark: the list's name and its kind.
pub type Name<'a> = (&'a str, Benchmark);

/// How fine-tuning at one label budget changed the vectors' score on one benchmark: the score after minus the score
/// before, over the runs. Fine-tuning fits vectors to one task; a negative change means that they have forgotten
/// something that they had learned in pre-training.
#[derive(Debug, Clone, PartialEq)]
pub struct Forgetting<'a> {
    /// The benchmark: its name and its kind.
    pub name: Name<'a>,
    /// The label budget of the runs.
    pub budget: Budget,
    /// The score of the pre-trained vectors.
    pub before: f64,
    /// The change of each run, in the order of the runs' indices.
    pub changes: Vec<f64>,
}

impl Forgetting<'_> {
    /// The mean change.
    pub fn mean(&self) -> f64 {
        self.changes.iter().sum::<f64>() / self.changes.len().max(1) as f64
    }

    /// The smallest and the largest change.
    pub fn range(&self) -> (f64, f64) {
        let fold = |pick: fn(f64, f64) -> f64, from| self.changes.iter().copied().fold(from, pick);
        (fold(f64::min, f64::INFINITY), fold(f64::max, f64::NEG_INFINITY))
    }
}

/// The accuracy of a method at a budget, by the coverage of the test documents.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodByCoverage {
    /// The method of the runs.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The label budget of the runs.
    pub budget: Budget,
    /// The groups in ascending order of coverage. The numbers of documents are those of one run; the numbers of
    /// correct ones are means over the runs.
    pub groups: Vec<Group>,
}

/// Documents of similar coverage; see [`CoverageGroup`](super::coverage::CoverageGroup).
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The lower bound of the fraction of a document's words that have a vector, 0 to 1.
    pub from: f64,
    /// The upper bound of that fraction, 0 to 1.
    pub to: f64,
    /// The number of documents in one run.
    pub documents: u64,
    /// The number of documents classified correctly, the mean over the runs.
    pub correct: f64,
}

impl Benchmark {
    /// The name of the benchmark's score.
    pub fn figure(self) -> &'static str {
        match self {
            Benchmark::Similarity => "Spearman",
            Benchmark::Analogies => "accuracy",
        }
    }
}

impl SourceHistory {
    /// The benchmarks of its vectors up to the time `until`, in the order of their first use.
    pub fn benchmarks(&self, until: f64) -> Vec<Name<'_>> {
        let mut names: Vec<Name> = Vec::new();
        for Timed { value, .. } in self.quality.iter().filter(|told| told.at <= until) {
            if !names.contains(&value.name()) {
                names.push(value.name());
            }
        }
        names
    }
}

impl History {
    /// The benchmarks up to the time `until`, in the order of their first use.
    pub fn benchmarks(&self, until: f64) -> Vec<Name<'_>> {
        let mut names: Vec<Name> = Vec::new();
        let all = self.source().quality.iter().chain(&self.tuned_quality);
        for Timed { value, .. } in all.filter(|told| told.at <= until) {
            if !names.contains(&value.name()) {
                names.push(value.name());
            }
        }
        names
    }

    /// The results of the shown source's vectors (or of a run's vectors) on a benchmark, up to the time `until`.
    pub fn measured<'a>(
        &'a self,
        run: Option<usize>,
        name: Name<'a>,
        until: f64,
    ) -> impl DoubleEndedIterator<Item = &'a Timed<Quality>> {
        let of = move |told: &&Timed<Quality>| {
            told.at <= until && told.value.run == run && told.value.name() == name
        };
        self.source().quality.iter().chain(&self.tuned_quality).filter(of)
    }

    /// The number of tokens at the last measurement of the pre-trained vectors.
    pub fn measured_last(&self) -> Option<u64> {
        self.source().quality.last().map(|told| told.value.tokens)
    }

    /// How fine-tuning changed the scores of a source's vectors, by benchmark and then by budget, up to the time `until`.
    pub fn forgetting<'a>(&'a self, source: &'a SourceHistory, until: f64) -> Vec<Forgetting<'a>> {
        let mut all = Vec::new();
        for name in source.benchmarks(until) {
            let mut budgets: Vec<(Budget, Vec<f64>)> = Vec::new();
            let scores = |told: &&Timed<Quality>| told.at <= until && told.value.name() == name;
            let Some(before) = source.quality.iter().rfind(scores).map(|told| told.value.score) else {
                continue;
            };
            let of_source = |run: &&RunHistory| source.name.is_none() || run.start.source == source.name;
            for run in self.runs.iter().filter(of_source) {
                let Some(after) = self.measured(Some(run.start.run), name, until).next_back() else {
                    continue;
                };
                let change = after.value.score - before;
                match budgets.iter_mut().find(|(budget, _)| *budget == run.start.budget) {
                    Some((_, changes)) => changes.push(change),
                    None => budgets.push((run.start.budget, vec![change])),
                }
            }
            let each = |(budget, changes)| Forgetting { name, budget, before, changes };
            all.extend(budgets.into_iter().map(each));
        }
        all
    }

    /// The accuracy by the coverage of documents, for each budget and method, over the runs that ended by the time
    /// `until`.
    pub fn by_coverage(&self, until: f64) -> Vec<MethodByCoverage> {
        let mut all: Vec<(MethodByCoverage, f64)> = Vec::new();
        for run in self.runs.iter().filter(|run| run.end.as_ref().is_some_and(|end| end.at <= until)) {
            let Some(found) = &run.by_coverage else { continue };
            let (method, budget) = (run.start.method, run.start.budget);
            let source = &run.start.source;
            let same = |known: &MethodByCoverage| {
                (known.method, known.budget, &known.source) == (method, budget, source)
            };
            let place = all.iter().position(|(known, _)| same(known));
            let place = place.unwrap_or_else(|| {
                all.push((
                    MethodByCoverage { method, source: source.clone(), budget, groups: Vec::new() },
                    0.0,
                ));
                all.len() - 1
            });
            let (known, runs) = &mut all[place];
            *runs += 1.0;
            for group in &found.groups {
                let correct = group.correct as f64;
                match known.groups.iter_mut().find(|known| known.from == group.from) {
                    Some(known) => known.correct += correct,
                    None => known.groups.push(Group {
                        from: group.from,
                        to: group.to,
                        documents: group.documents,
                        correct,
                    }),
                }
            }
        }
        for (known, runs) in &mut all {
            known.groups.iter_mut().for_each(|group| group.correct /= *runs);
        }
        let mut all: Vec<MethodByCoverage> = all.into_iter().map(|(known, _)| known).collect();
        all.sort_by(|a, b| (a.budget, a.method, &a.source).cmp(&(b.budget, b.method, &b.source)));
        all
    }
}

impl Quality {
    /// The key of the benchmark.
    pub fn name(&self) -> Name<'_> {
        (&self.set, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::Strategy;
    use crate::session::record::{Entry, Record, RunStart};

    fn told(run: Option<usize>, tokens: u64, score: f64) -> Record {
        let (set, kind) = ("pairs".to_string(), Benchmark::Similarity);
        Record::Quality(Quality { run, source: None, tokens, set, kind, score, used: 3, of: 4 })
    }

    fn start(run: usize, labels: usize) -> Record {
        Record::Run(RunStart {
            run,
            method: Method::Strategy(Strategy::FineTuned),
            source: None,
            budget: Budget::Labels(labels),
            labels,
            validation: 0,
            seed: 0,
            trainable_parameters: 1,
            total_parameters: 1,
            batch: 16,
            planned_steps: 9,
            optimizer: String::new(),
            metric: None,
            tuned: None,
            groups: Vec::new(),
        })
    }

    fn history(records: Vec<Record>) -> History {
        History::of(records.into_iter().enumerate().map(|(i, record)| Entry { at: i as f64, record }))
    }

    #[test]
    fn forgetting_is_the_change_of_each_run_from_the_last_of_pre_training() {
        let records = vec![
            told(None, 10, 0.1),
            told(None, 20, 0.5),
            start(0, 100),
            start(1, 100),
            start(2, 500),
            told(Some(0), 0, 0.4),
            told(Some(1), 0, 0.6),
            told(Some(2), 0, 0.25),
        ];
        let told_all = history(records.clone());
        let found = told_all.forgetting(told_all.source(), f64::INFINITY);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].budget, found[0].before, found[0].changes.len()), (Budget::Labels(100), 0.5, 2));
        assert!(found[0].mean().abs() < 1e-12 && (found[0].range().0 + 0.1).abs() < 1e-12);
        assert_eq!(found[1].mean(), -0.25);
        assert_eq!(told_all.forgetting(told_all.source(), 5.0).len(), 1);
        assert_eq!(told_all.measured(None, ("pairs", Benchmark::Similarity), 0.5).count(), 1);
    }

    #[test]
    fn what_is_measured_again_after_a_kill_is_there_once() {
        let resumed =
            Record::Resumed { tokens: Some(10), runs: Vec::new(), pretraining_anew: false, anew: Vec::new() };
        let records =
            vec![told(None, 10, 0.1), told(None, 20, 0.5), resumed, told(None, 10, 0.1), told(None, 20, 0.6)];
        let history = history(records);
        let scores: Vec<f64> = history.quality().map(|told| told.value.score).collect();
        assert_eq!(scores, [0.1, 0.6]);
    }
}
