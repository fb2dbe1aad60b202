//! What a run learns from and is tested on: labelled examples in sets, documents and images alike.

use std::ops::Range;

/// The number of an example, over all sets.
pub type ExampleId = u32;

/// The place of the training part among the sets.
pub const TRAIN_SET: usize = 0;
/// The place of the validation part among the sets.
pub const VALIDATION_SET: usize = 1;
/// The place of the first test set among the sets.
pub const FIRST_TEST_SET: usize = 2;

/// Labelled examples: a training part, a validation part (maybe empty), test sets, one after another.
pub trait Examples: Send + Sync {
    /// The names of the classes.
    fn classes(&self) -> &[String];
    /// The class of each example.
    fn labels(&self) -> &[u32];
    /// The sets' names and places.
    fn sets(&self) -> &[(String, Range<usize>)];
    /// Those that are longer come first in an evaluation, so that examples that are classified together are of like
    /// lengths; 0 where that does not matter.
    fn length(&self, _example: ExampleId) -> usize {
        0
    }

    /// The examples of the set at `place`.
    fn set(&self, place: usize) -> Range<usize> {
        self.sets().get(place).map_or(0..0, |(_, range)| range.clone())
    }
}
