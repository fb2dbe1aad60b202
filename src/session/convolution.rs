//! The shape of a convolutional head over words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Filters over words (Kim 2014, "Convolutional neural networks for sentence classification"): of each width as many, the
/// largest value of each over a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    /// Words that a filter reads at a time.
    #[serde(default)]
    pub widths: Widths,
    /// Filters of each width.
    #[serde(default = "filters")]
    pub filters: usize,
}

impl Default for Convolution {
    fn default() -> Self {
        Convolution { widths: Widths::default(), filters: filters() }
    }
}

impl Convolution {
    /// What it is, for a sentence.
    pub(super) fn name(&self) -> String {
        format!("a CNN with {} filters of each width ({} words)", self.filters, self.widths)
    }

    /// What it does with a text.
    pub(super) fn explained(&self) -> String {
        format!(
            "a CNN reads {} words at a time, with {} filters of each width; the largest value of each filter decides",
            self.widths, self.filters
        )
    }

    /// Its weights on vectors of `dim` dimensions.
    pub(super) fn weights(&self, dim: usize) -> u128 {
        (self.widths.sum() as u128 * self.filters as u128).saturating_mul(dim as u128)
    }

    /// Whether its values can be: what is wrong and what to do, otherwise. (Widths are looked at when they are read.)
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
/// [`WIDEST`](Widths::WIDEST) words. The same width may come several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct Widths {
    count: usize,
    /// Zero behind the last.
    widths: [usize; Widths::MOST],
}

impl Widths {
    /// The most widths that a head has.
    pub const MOST: usize = 8;
    /// The most words that a filter reads at a time.
    pub const WIDEST: usize = 32;

    /// Each of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + Clone + '_ {
        self.widths[..self.count].iter().copied()
    }

    /// Their number.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The sum of all widths.
    pub fn sum(&self) -> usize {
        self.iter().sum()
    }

    /// The largest.
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
