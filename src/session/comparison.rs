//! The comparison of a session's runs: figures, of which every front end makes its sentences and tables.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::coverage::Bare;
use super::method::Method;
use super::source_name::SourceName;

/// The comparison of all runs that were tested: the figures. What they say is made of them wherever it is shown
/// ([`verdict::sentences`](super::verdict::sentences)).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// One row a method, source and budget, budgets ascending.
    pub rows: Vec<ComparisonRow>,
    /// Paired differences at each budget.
    pub differences: Vec<Difference>,
    /// How many labels scratch needs to get where the method got with `labels`.
    pub savings: Vec<LabelSaving>,
    /// Seconds of pre-training that all transferred runs share.
    pub pretrain_seconds: f64,
    /// Runs that are compared.
    pub runs: usize,
    /// Of these, the ones that were stopped or diverged.
    pub cut: usize,
    /// Of these, the ones that gave one answer for every test example.
    pub collapsed: Vec<Collapsed>,
    /// Test sets beside [`TEST`](super::record::TEST).
    pub further_sets: Vec<FurtherSet>,
    /// Documents none of whose words has a vector, set by set; sets without such documents are left out.
    pub bare: Vec<Bare>,
    /// The mean cosine of random pairs of frequent words; `None` where the source has no word vectors.
    pub mean_cosine: Option<f64>,
    /// Learning rates that were changed by hand.
    pub by_hand: ByHand,
}

/// A run as people tell it from others: "frozen · 100 labels · seed 2".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunName {
    /// Its method.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// Its label budget.
    pub budget: Budget,
    /// Its repetition, from 0.
    pub seed: u32,
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} labels · seed {}", self.method, self.budget, self.seed + 1)
    }
}

/// A run that gave one answer for every test example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collapsed {
    /// Which run.
    pub run: RunName,
    /// Labels that it learned from.
    pub labels: usize,
    /// The class that it answered.
    pub class: String,
}

/// A test set beside [`TEST`](super::record::TEST), as far as no method decides it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FurtherSet {
    /// The set's name.
    pub set: String,
    /// The fraction of its commonest class.
    pub commonest: f64,
    /// How many examples it has.
    pub examples: u64,
}

/// Learning rates that were changed by hand while something was learned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByHand {
    /// Of which runs; `None` where of none.
    pub runs: Option<ChangedRuns>,
    /// Of the pre-training.
    pub pretraining: bool,
}

/// Runs whose learning rate was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangedRuns {
    /// One run.
    One(RunName),
    /// More than one.
    Several,
}

/// A method, with a source where it takes one over, at a budget, over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRow {
    /// The method.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// Labels that a run of it learned from, validation included.
    pub labels: usize,
    /// Test accuracy of each seed.
    pub accuracies: Vec<f64>,
    /// Mean of the accuracies.
    pub mean: f64,
    /// Sample standard deviation over the seeds; 0 where there is one seed only.
    pub deviation: f64,
    /// Means over the seeds of the metrics beside accuracy on the test set, by their keys.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Mean accuracy on the further test sets, by name.
    pub others: Vec<(String, f64)>,
    /// Parameters that a run learns,
    pub trainable_parameters: u64,
    /// and all that it computes with.
    pub total_parameters: u64,
    /// Mean seconds of training.
    pub seconds: f64,
    /// Mean steps.
    pub steps: f64,
    /// Mean steps to the best validation accuracy that scratch reached, over the seeds that got
    /// there; `None` where none did.
    pub steps_to_scratch: Option<f64>,
    /// Seeds that got there.
    pub reached_scratch: usize,
}

/// `left` minus `right`, seed by seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The method that is subtracted from,
    pub left: Method,
    /// The source that the left side takes over; `None` where it takes none.
    pub left_source: Option<SourceName>,
    /// and the one that is subtracted.
    pub right: Method,
    /// The source that the right side takes over.
    pub right_source: Option<SourceName>,
    /// The label budget of both.
    pub budget: Budget,
    /// Mean difference of the accuracies.
    pub mean: f64,
    /// 95 % interval of the mean (Student's t over the seeds); `None` where there is one seed only.
    pub interval: Option<(f64, f64)>,
    /// Seeds where the difference is above 0.
    pub wins: usize,
    /// How many seeds both have.
    pub seeds: usize,
}

/// Labels that transfer saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSaving {
    /// The method that needs fewer labels than scratch.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// The labels that it had.
    pub labels: usize,
    /// Labels that scratch needs for the same mean accuracy, between the budgets that were run
    /// (log-linear); `None` where even its largest budget did not get there.
    pub scratch_labels: Option<f64>,
    /// Scratch got there with its smallest budget already: it needs at most `scratch_labels`, how few is not known.
    #[serde(default)]
    pub at_most: bool,
}

/// A difference of fractions in points, with its sign: "+3.4", "-0.1".
pub fn points(fraction: f64) -> String {
    let text = format!("{:+.1}", 100.0 * fraction);
    if text == "-0.0" { "+0.0".into() } else { text }
}

/// An end of an interval of a difference, in points: with a second digit where the first would hide on
/// which side of 0 it is.
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
