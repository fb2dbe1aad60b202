//! The data of a run: labelled examples in sets, for documents and images alike.

use std::ops::Range;

/// The index of an example, over all sets.
pub type ExampleId = u32;

/// The index of the training set among the sets.
pub const TRAIN_SET: usize = 0;
/// The index of the validation set among the sets.
pub const VALIDATION_SET: usize = 1;
/// The index of the first test set among the sets.
pub const FIRST_TEST_SET: usize = 2;

/// Labelled examples: a training set, a validation set (possibly empty), and test sets, one after another.
pub trait Examples: Send + Sync {
    /// The names of the classes.
    fn classes(&self) -> &[String];
    /// The class of each example.
    fn labels(&self) -> &[u32];
    /// The sets' names and ranges.
    fn sets(&self) -> &[(String, Range<usize>)];
    /// The length of an example. Longer examples come first in an evaluation, so that examples in a batch have
    /// similar lengths; 0 if the length does not matter.
    fn length(&self, _example: ExampleId) -> usize {
        0
    }

    /// The examples of the set with index `place`.
    fn set(&self, place: usize) -> Range<usize> {
        self.sets().get(place).map_or(0..0, |(_, range)| range.clone())
    }
}

/// For tests: examples of which only the labels and the sets are known.
#[cfg(test)]
pub struct LabelsOnly {
    labels: Vec<u32>,
    sets: Vec<(String, Range<usize>)>,
}

#[cfg(test)]
impl LabelsOnly {
    /// Examples with these labels; `ends` has where the training, the validation and the test set end.
    pub fn new(labels: Vec<u32>, ends: [usize; 3]) -> LabelsOnly {
        let [train, validation, test] = ends;
        let sets = [("training", 0..train), ("validation", train..validation), ("test", validation..test)];
        let sets = sets.map(|(name, range)| (name.to_string(), range)).to_vec();
        LabelsOnly { labels, sets }
    }
}

#[cfg(test)]
impl Examples for LabelsOnly {
    fn classes(&self) -> &[String] {
        &[]
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn sets(&self) -> &[(String, Range<usize>)] {
        &self.sets
    }
}
