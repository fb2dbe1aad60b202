//! The comparison of a session's runs, as plain figures. Every front end makes its own sentences and tables of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::arithmetic::Costs;
use super::budget::Budget;
use super::coverage::Bare;
use super::method::Method;
use super::metric::Metric;
use super::source_name::SourceName;
use super::tuning::TrialSettings;

/// What a 95 % interval covers: what may differ if the experiment is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Covers {
    /// Other seeds, on the same test examples: what is known of the log of a session that does not say which examples
    /// were answered correctly.
    #[default]
    Seeds,
    /// Other test examples, for this one training: there is one seed.
    Examples,
    /// Other seeds and other test examples.
    SeedsAndExamples,
    /// Other seeds, each with another split of the data into a training and a test part.
    SeedsAndSplits,
}

impl Covers {
    /// "over seeds and test examples".
    pub fn phrase(self) -> &'static str {
        match self {
            Covers::Seeds => "over seeds only",
            Covers::Examples => "over test examples, for this one training",
            Covers::SeedsAndExamples => "over seeds and test examples",
            Covers::SeedsAndSplits => "over seeds and splits",
        }
    }
}

/// What a paired difference shows, by its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// The left side is better.
    Better,
    /// The left side is worse.
    Worse,
    /// The sides differ by less than the margin.
    Same,
    /// None of these is shown.
    NotKnown,
}

impl Finding {
    /// What `interval` shows. A difference inside the margin is [`Finding::Same`], even if its sign is certain.
    pub fn of(interval: Option<(f64, f64)>, margin: f64) -> Finding {
        match interval {
            Some((low, high)) if -margin <= low && high <= margin => Finding::Same,
            Some((low, _)) if low > 0.0 => Finding::Better,
            Some((_, high)) if high < 0.0 => Finding::Worse,
            _ => Finding::NotKnown,
        }
    }

    /// In one or two words.
    pub fn name(self) -> &'static str {
        match self {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::Same => "the same",
            Finding::NotKnown => "not known",
        }
    }
}

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

/// The tuning of one method (and source, where the method uses one) at one budget, over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuningRow {
    /// The method.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// The number of settings that each of its runs tried, the mean over the seeds; 0 if the method has nothing to tune.
    pub trials: f64,
    /// Mean seconds of training of all trials of a run.
    pub seconds: f64,
    /// The settings that were chosen, for each seed.
    pub chosen: Vec<ChosenSettings>,
    /// Mean validation score (the deciding metric) of the recipe's own settings; `None` if nothing was tried.
    pub own: Option<f64>,
    /// The expected best validation score after 1, 2, 3, … trials. Scores of the best of several are too high for new
    /// examples: this says what more trials bring, not how good the method is.
    pub expected: Vec<ExpectedBest>,
}

/// The settings that tuning chose for a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChosenSettings {
    /// The repetition of the run, from 0.
    pub seed: u32,
    /// The index of the trial; 0 has the recipe's own settings.
    pub trial: u32,
    /// Its validation score.
    pub score: Option<f64>,
    /// The settings.
    pub settings: TrialSettings,
}

/// The expected best validation score after a number of trials (Dodge et al. 2019).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedBest {
    /// The number of trials.
    pub trials: u32,
    /// The expected best score, the mean over the seeds.
    pub mean: f64,
    /// Its standard deviation, over draws of settings and over seeds.
    pub deviation: f64,
}

/// The name of a run in messages: "frozen · 100 labels · seed 2".
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

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} labels · seed {}", self.method, self.budget, self.seed + 1)
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

/// Which learning rates the user changed during training.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByHand {
    /// The runs whose learning rate was changed; `None` if there are none.
    pub runs: Option<ChangedRuns>,
    /// Whether the learning rate of pre-training was changed.
    pub pretraining: bool,
}

/// The runs whose learning rate the user changed.
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

/// The paired difference `left` minus `right`, seed by seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The method that is subtracted from.
    pub left: Method,
    /// The source of the left side; `None` where its method uses none.
    pub left_source: Option<SourceName>,
    /// The method that is subtracted.
    pub right: Method,
    /// The source of the right side; `None` where its method uses none.
    pub right_source: Option<SourceName>,
    /// The label budget of both.
    pub budget: Budget,
    /// Mean difference of the deciding metric.
    pub mean: f64,
    /// 95 % interval of the mean; `None` where there is only one seed, and nothing is known about examples.
    pub interval: Option<(f64, f64)>,
    /// What the interval covers.
    #[serde(default)]
    pub covers: Covers,
    /// The two-sided p-value that belongs to the interval.
    #[serde(default)]
    pub p_value: Option<f64>,
    /// The probability that the left side is the better one on a new training, over all examples of this kind; `None`
    /// with one seed.
    #[serde(default)]
    pub probability_of_better: Option<f64>,
    /// What would show a difference of this size.
    #[serde(default)]
    pub needed: Option<Needed>,
    /// The number of seeds whose difference is above 0.
    pub wins: usize,
    /// The number of seeds whose difference is 0.
    #[serde(default)]
    pub ties: usize,
    /// The number of seeds that both methods have.
    pub seeds: usize,
}

impl Difference {
    /// In how many seeds the left side was ahead: "4/5"; "equal" if the sides were equal in all.
    pub fn ahead(&self) -> String {
        if self.ties == self.seeds { "equal".into() } else { format!("{}/{}", self.wins, self.seeds) }
    }

    /// The probability that the left side is the better one on a new training, in percent; "–" where it is not known.
    pub fn better_next_time(&self) -> String {
        match self.probability_of_better {
            None => "–".into(),
            Some(p) if p < 0.005 => "< 1 %".into(),
            Some(p) if p > 0.995 => "> 99 %".into(),
            Some(p) => format!("{:.0} %", 100.0 * p),
        }
    }
}

/// How large an experiment would have to be to show a difference, in four of five repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Needed {
    /// The size of the difference, as a fraction: the one that was found, or the margin if that is larger.
    pub size: f64,
    /// The number of further seeds, with the same test set; `None` where no reasonable number is enough.
    pub seeds: Option<usize>,
    /// The number of further test examples, with the same seeds; `None` where no reasonable number is enough.
    pub examples: Option<usize>,
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

/// A difference of fractions in percentage points, with its sign: "+3.4", "-0.1".
pub fn points(fraction: f64) -> String {
    let text = format!("{:+.1}", 100.0 * fraction);
    if text == "-0.0" { "+0.0".into() } else { text }
}

/// An end of a difference's interval, in percentage points. It has a second decimal where one decimal would not show
/// on which side of 0 it is.
pub fn bound(fraction: f64) -> String {
    if fraction != 0.0 && fraction.abs() < 0.0005 {
        format!("{:+.2}", 100.0 * fraction)
    } else {
        points(fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_of_an_interval_says_on_which_side_of_0_it_is() {
        assert_eq!([-0.0001, 0.1149].map(points), ["+0.0", "+11.5"]);
        assert_eq!([-0.0003, 0.0, -0.02].map(bound), ["-0.03", "+0.0", "-2.0"]);
    }
}
