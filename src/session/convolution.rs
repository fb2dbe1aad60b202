//! The shape of a convolutional head over words.

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
