//! The shape of a convolutional head for text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Convolution filters over words (Kim 2014, "Convolutional neural networks for sentence classification"). Each width
/// has the same number of filters. The features are the maximum of each filter over the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    /// The widths of the filters, in words.
    #[serde(default)]
    pub widths: Widths,
    /// The number of filters of each width.
    #[serde(default = "filters")]
    pub filters: usize,
}

impl Default for Convolution {
    fn default() -> Self {
        Convolution { widths: Widths::default(), filters: filters() }
    }
}

impl Convolution {
    /// A short description for use within a sentence.
    pub(super) fn name(&self) -> String {
        format!("a CNN with {} filters of each width ({} words)", self.filters, self.widths)
    }

    /// Describes how it processes a text.
    pub(super) fn explained(&self) -> String {
        format!(
            "a CNN reads {} words at a time, with {} filters of each width; the largest value of each filter decides",
            self.widths, self.filters
        )
    }

    /// The number of weights on word vectors of `dim` dimensions.
    pub(super) fn weights(&self, dim: usize) -> u128 {
        (self.widths.sum() as u128 * self.filters as u128).saturating_mul(dim as u128)
    }

    /// Checks the values. The error is the problem and the remedy. (Widths are checked when they are parsed.)
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        match self.filters {
            1..=65_536 => Ok(()),
            filters => {
                Err((format!("`filters` is {filters}"), "it goes from 1 to 65536; 100 is usual".into()))
            }
        }
    }
}

fn filters() -> usize {
    100
}

/// Widths of filters, in the recipe's order: 1 to [`MOST`](Widths::MOST) of them, each from 1 to
/// [`WIDEST`](Widths::WIDEST) words. A width may occur more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct Widths {
    count: usize,
    /// The first `count` are used; the others are zero.
    widths: [usize; Widths::MOST],
}

impl Widths {
    /// The largest number of widths of a head.
    pub const MOST: usize = 8;
    /// The largest width of a filter, in words.
    pub const WIDEST: usize = 32;

    /// Iterates over the widths.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + Clone + '_ {
        self.widths[..self.count].iter().copied()
    }

    /// The number of widths.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The sum of all widths.
    pub fn sum(&self) -> usize {
        self.iter().sum()
    }

    /// The largest width.
    pub fn widest(&self) -> usize {
        self.iter().max().unwrap_or(0)
    }
}

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> = self.iter().map(|width| width.to_string()).collect();
        f.write_str(&widths.join(", "))
    }
}

impl Default for Widths {
    fn default() -> Self {
        Widths { count: 3, widths: [3, 4, 5, 0, 0, 0, 0, 0] }
    }
}

impl TryFrom<Vec<usize>> for Widths {
    type Error = String;

    fn try_from(given: Vec<usize>) -> Result<Self, String> {
        let (most, widest) = (Widths::MOST, Widths::WIDEST);
        if given.is_empty() {
            return Err(format!("`widths` is empty: give 1 to {most} of them; [3, 4, 5] is usual"));
        }
        if given.len() > most {
            return Err(format!("`widths` has {} entries: {most} are the most", given.len()));
        }
        if let Some(width) = given.iter().find(|&&width| width == 0 || width > widest) {
            return Err(format!("`widths` contains {width}: a width goes from 1 to {widest} words"));
        }
        let mut widths = [0; Widths::MOST];
        widths[..given.len()].copy_from_slice(&given);
        Ok(Widths { count: given.len(), widths })
    }
}

impl From<Widths> for Vec<usize> {
    fn from(widths: Widths) -> Self {
        widths.iter().collect()
    }
}
