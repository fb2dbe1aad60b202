//! The comparison of a session's runs, as plain figures. Every front end makes its own sentences and tables of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arithmetic::Costs;
use super::budget::Budget;
use super::coverage::Bare;
use super::method::Method;
use super::metric::Metric;
use super::source_name::SourceName;

mod difference;
mod tuning;

pub use difference::{Covers, Difference, Finding, Needed, bound, points};
pub use tuning::{ChosenSettings, ExpectedBest, TuningRow};

/// A question that the verdict answers first: is the best transfer better than scratch, or than the best baseline?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// The test set.
    pub set: String,
    /// The difference with its interval.
    pub difference: Difference,
    /// The interval, corrected for the number of headlines (Holm 1979); `None` where nothing is known about it.
    pub corrected: Option<(f64, f64)>,
    /// What the corrected interval shows.
    pub finding: Finding,
    /// What would show a difference of this size, if it is not known yet; `None` where nothing is known about it.
    #[serde(default)]
    pub needed: Option<Needed>,
}

/// The most frequent class of the test set: the answer that every method should beat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LargestClass {
    /// The class.
    pub class: String,
    /// The fraction of the test examples that belong to it: the accuracy of always answering it.
    pub fraction: f64,
    /// Whether a method is better than this answer, by its 95 % interval.
    pub beaten: bool,
}

/// Recall class by class: the best transfer against scratch, at the largest budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByClass {
    /// The best transfer.
    pub left: Method,
    /// Its source.
    pub left_source: Option<SourceName>,
    /// The method that it is compared with: scratch.
    pub right: Method,
    /// The label budget of both.
    pub budget: Budget,
    /// The classes that have test examples.
    pub classes: Vec<ClassDifference>,
}

/// The difference of recall in one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassDifference {
    /// The class.
    pub class: String,
    /// How many test examples belong to it.
    pub examples: usize,
    /// The fraction of these that the left method finds; mean over the seeds.
    pub left: f64,
    /// The fraction that the right method finds.
    pub right: f64,
    /// The interval of the difference, corrected for the number of classes (Holm 1979).
    pub interval: Option<(f64, f64)>,
    /// What the interval shows.
    pub finding: Finding,
}

/// When pre-training has paid for itself, in seconds of training: the best transfer at the largest budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaidBack {
    /// The method.
    pub method: Method,
    /// Its source.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// Mean seconds that scratch trains until its best validation accuracy, over the seeds in which the method reaches it,
    pub scratch_seconds: f64,
    /// and mean seconds that the method trains until it has this accuracy.
    pub seconds: f64,
    /// How many seeds reach it.
    pub reached: usize,
}

impl PaidBack {
    /// The number of runs after which the seconds saved are more than those of the pre-training; `None` if no run saves
    /// any.
    pub fn runs(&self, pretrain_seconds: f64) -> Option<u64> {
        let saved = self.scratch_seconds - self.seconds;
        (saved > 0.0).then(|| (pretrain_seconds / saved).ceil() as u64)
    }
}

/// The comparison of all runs that were tested. It holds figures only;
/// [`verdict::sentences`](super::verdict::sentences) turns them into text wherever they are shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// The questions that the verdict answers first.
    #[serde(default)]
    pub headlines: Vec<Headline>,
    /// The metric that decides: the one that `mean`, `deviation` and `interval` of rows and differences are of.
    #[serde(default)]
    pub metric: Metric,
    /// Where the recipe names no metric and one class has most of the test examples: the best transfer against scratch by
    /// macro-F1, at the largest budget.
    #[serde(default)]
    pub by_macro_f1: Option<Difference>,
    /// Whether the budgets had the same number of labels of each class. Logs of before there was a choice do not say it;
    /// theirs had.
    #[serde(default = "yes")]
    pub balanced: bool,
    /// Recall class by class; `None` where the log does not say which examples were answered correctly.
    #[serde(default)]
    pub by_class: Option<ByClass>,
    /// When pre-training has paid for itself; `None` where nothing was pre-trained, or scratch's best was not reached.
    #[serde(default)]
    pub paid_back: Option<PaidBack>,
    /// Differences smaller than this count as none; a fraction.
    #[serde(default)]
    pub margin: f64,
    /// The most frequent class of the test set; `None` where the log does not have the true classes.
    #[serde(default)]
    pub largest_class: Option<LargestClass>,
    /// One row for each method, source and budget; budgets ascend.
    pub rows: Vec<ComparisonRow>,
    /// Paired differences between methods at each budget.
    pub differences: Vec<Difference>,
    /// How many labels scratch needs to reach the accuracy that a method has with `labels`.
    pub savings: Vec<LabelSaving>,
    /// How the methods were tuned: a row for each method, source and budget. Empty without tuning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tuning: Vec<TuningRow>,
    /// Seconds of pre-training that all transferred runs share.
    pub pretrain_seconds: f64,
    /// Seconds of the pre-training of each source, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seconds_of_sources: Vec<(SourceName, f64)>,
    /// Seconds in which fixed sentence encoders computed the vectors of texts, by source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seconds_of_encoding: Vec<(SourceName, f64)>,
    /// What the methods and the pre-training cost in arithmetic; `None` where the log does not have it.
    #[serde(default)]
    pub arithmetic: Option<Costs>,
    /// The number of runs that are compared.
    pub runs: usize,
    /// How many of these were stopped or diverged.
    pub cut: usize,
    /// The compared runs that predict one class for every test example.
    pub collapsed: Vec<Collapsed>,
    /// The test sets besides [`TEST`](super::record::TEST).
    pub further_sets: Vec<FurtherSet>,
    /// For each set, the documents none of whose words has a vector. Sets without such documents are left out.
    pub bare: Vec<Bare>,
    /// The mean cosine of random pairs of frequent words; `None` where the source has no word vectors.
    pub mean_cosine: Option<f64>,
    /// Learning rates that were changed by hand.
    pub by_hand: ByHand,
}

fn yes() -> bool {
    true
}

impl Comparison {
    /// Whether it has methods from several sources.
    pub fn several_sources(&self) -> bool {
        let mut sources = self.rows.iter().filter_map(|row| row.source.as_ref());
        let first = sources.next();
        sources.any(|source| Some(source) != first)
    }

    /// The name of a method, with the name of its source if there are several.
    pub fn side(&self, method: Method, source: Option<&SourceName>) -> String {
        match source {
            Some(source) if self.several_sources() => format!("{} · {source}", method.name()),
            _ => method.name().to_string(),
        }
    }

    /// Seconds of the pre-training of a source.
    pub fn seconds_of(&self, source: Option<&SourceName>) -> f64 {
        let known = self.seconds_of_sources.iter().find(|known| Some(&known.0) == source);
        known.map_or(self.pretrain_seconds, |known| known.1)
    }

    /// What its intervals cover: the same for all, because all runs of a session record the same.
    pub fn covers(&self) -> Covers {
        self.rows.iter().map(|row| row.covers).min_by_key(|covers| *covers as u8).unwrap_or_default()
    }

    /// The metric that tables show beside the deciding one.
    pub fn beside(&self) -> Metric {
        if self.metric == Metric::Accuracy { Metric::MacroF1 } else { Metric::Accuracy }
    }
}

/// What names a run: "frozen · 100 labels · seed 2", or "frozen · glove · 100 labels · seed 2" among several sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunName {
    /// Its method.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// Its label budget.
    pub budget: Budget,
    /// The index of its repetition, from 0.
    pub seed: u32,
}

impl RunName {
    /// The name in messages, with that of the source if the session has `several`.
    pub fn told(&self, several: bool) -> String {
        let source = self.source.as_ref().filter(|_| several).map(|name| format!(" · {name}"));
        let source = source.unwrap_or_default();
        format!("{}{source} · {} labels · seed {}", self.method, self.budget, self.seed + 1)
    }
}

/// A run that predicts one class for every test example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collapsed {
    /// Which run.
    pub run: RunName,
    /// How many labels it learned from.
    pub labels: usize,
    /// The class that it predicts.
    pub class: String,
}

/// A test set besides [`TEST`](super::record::TEST): the properties that do not depend on a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FurtherSet {
    /// The set's name.
    pub set: String,
    /// The fraction of its most frequent class.
    pub commonest: f64,
    /// How many examples it has.
    pub examples: u64,
}

/// Which learning rates the user changed during training, and of which runs layer groups were frozen or unfrozen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByHand {
    /// The runs whose learning rate was changed; `None` if there are none.
    pub runs: Option<ChangedRuns>,
    /// Whether the learning rate of pre-training was changed.
    pub pretraining: bool,
    /// The runs of which layer groups were frozen or unfrozen by hand; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<ChangedRuns>,
}

/// The runs that the user changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangedRuns {
    /// Exactly one run.
    One(RunName),
    /// More than one run, or all runs at once.
    Several,
}

/// The results of one method (and source, where the method uses one) at one budget, over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRow {
    /// The method.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// How many labels one of its runs learned from, validation included.
    pub labels: usize,
    /// The deciding metric on the test set, for each seed. Logs of before there was a choice call it `accuracies`.
    #[serde(alias = "accuracies")]
    pub values: Vec<f64>,
    /// Mean of the values.
    pub mean: f64,
    /// Sample standard deviation over the seeds; 0 where there is only one seed.
    pub deviation: f64,
    /// 95 % interval of the mean; `None` where it is not known.
    #[serde(default)]
    pub interval: Option<(f64, f64)>,
    /// What the interval covers.
    #[serde(default)]
    pub covers: Covers,
    /// The metrics on the test set, by key; each is the mean over the seeds.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// 95 % intervals of the metrics, by key; those that are not known are left out.
    #[serde(default)]
    pub intervals: BTreeMap<String, (f64, f64)>,
    /// Mean of the deciding metric on each further test set, with the set's name.
    pub others: Vec<(String, f64)>,
    /// Trainable parameters of a run.
    pub trainable_parameters: u64,
    /// All parameters of the model.
    pub total_parameters: u64,
    /// Mean training time in seconds.
    pub seconds: f64,
    /// Mean number of steps.
    pub steps: f64,
    /// Mean number of steps to reach the best validation accuracy of scratch, over the seeds that reached it; `None`
    /// where none did.
    pub steps_to_scratch: Option<f64>,
    /// How many seeds reached it.
    pub reached_scratch: usize,
}

/// The row with the best mean among the transfer methods that have another source than `first`, at its budget.
pub fn best_other_source<'a>(rows: &'a [ComparisonRow], first: &ComparisonRow) -> Option<&'a ComparisonRow> {
    (rows.iter())
        .filter(|row| row.budget == first.budget && row.method.transfers() && row.source != first.source)
        .reduce(|best, row| if row.mean > best.mean { row } else { best })
}

/// The row with the best mean at a budget among the methods for which `holds` is true; among equals, the first one.
pub fn best(
    rows: &[ComparisonRow],
    budget: Budget,
    holds: impl Fn(Method) -> bool,
) -> Option<&ComparisonRow> {
    (rows.iter())
        .filter(|row| row.budget == budget && holds(row.method))
        .reduce(|best, row| if row.mean > best.mean { row } else { best })
}

/// How many labels a method saved, compared with scratch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSaving {
    /// The method that needs fewer labels than scratch.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The number of labels that the method had.
    pub labels: usize,
    /// The number of labels that scratch needs for the same mean accuracy, interpolated between the tested budgets
    /// (log-linear); `None` where even its largest budget did not reach it.
    pub scratch_labels: Option<f64>,
    /// Scratch reached the accuracy with its smallest budget already. So it needs at most `scratch_labels`; the exact
    /// number is unknown.
    #[serde(default)]
    pub at_most: bool,
    /// 95 % interval of `scratch_labels`, from the same seeds and test examples drawn again and again; `None` where the
    /// log does not say which examples were answered correctly. Each end stops at scratch's smallest and largest budget.
    #[serde(default)]
    pub interval: Option<SavingInterval>,
}

/// The interval of the number of labels that scratch needs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SavingInterval {
    /// The lower end; scratch's largest budget if more is needed.
    pub low: f64,
    /// The upper end; `None` if scratch's largest budget may not be enough.
    pub high: Option<f64>,
}
