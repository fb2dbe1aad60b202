//! A paired difference between two methods: its interval, what that covers and shows, and what it would take to know more.

use serde::{Deserialize, Serialize};

use crate::error::signed;
use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::source_name::SourceName;

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

    /// What the reversed difference shows.
    pub fn reversed(self) -> Finding {
        match self {
            Finding::Better => Finding::Worse,
            Finding::Worse => Finding::Better,
            other => other,
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
    /// The number of seeds whose difference is above 0.
    pub wins: usize,
    /// The number of seeds whose difference is 0.
    #[serde(default)]
    pub ties: usize,
    /// The number of seeds that both methods have.
    pub seeds: usize,
}

impl Difference {
    /// The same difference from the other side: `right` minus `left`.
    pub fn reversed(&self) -> Difference {
        Difference {
            left: self.right,
            left_source: self.right_source.clone(),
            right: self.left,
            right_source: self.left_source.clone(),
            // Not `-0.0`.
            mean: 0.0 - self.mean,
            interval: self.interval.map(|(low, high)| (0.0 - high, 0.0 - low)),
            probability_of_better: self.probability_of_better.map(|p| 1.0 - p),
            wins: self.seeds.saturating_sub(self.wins + self.ties),
            ..self.clone()
        }
    }

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

/// How large an experiment would have to be to show the difference of a headline, in four of five repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Needed {
    /// The size of the difference, as a fraction: the one that was found, or the margin if that is larger.
    pub size: f64,
    /// The level at which Holm's method tests the difference, if the headlines that are not known yet stay so: 0.05,
    /// divided by their number.
    pub level: f64,
    /// The number of further seeds, with the same test set; `None` where no reasonable number is enough.
    pub seeds: Option<usize>,
    /// The number of further test examples, with the same seeds; `None` where no reasonable number is enough.
    pub examples: Option<usize>,
}

/// A difference of fractions in percentage points, with its sign: "+3.4", "−0.1", "0.0".
pub fn points(fraction: f64) -> String {
    signed(100.0 * fraction, 1)
}

/// An end of a difference's interval, in percentage points. It has a second decimal where one decimal would not show
/// on which side of 0 it is.
pub fn bound(fraction: f64) -> String {
    if fraction != 0.0 && fraction.abs() < 0.0005 { signed(100.0 * fraction, 2) } else { points(fraction) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::Strategy;

    #[test]
    fn an_end_of_an_interval_says_on_which_side_of_0_it_is() {
        assert_eq!([-0.0001, 0.1149].map(points), ["0.0", "+11.5"]);
        assert_eq!([-0.0003, 0.0, -0.02].map(bound), ["−0.03", "0.0", "−2.0"]);
    }

    #[test]
    fn a_reversed_difference_is_that_of_the_other_side() {
        let difference = Difference {
            left: Strategy::Frozen.into(),
            left_source: Some("own".into()),
            right: Strategy::Scratch.into(),
            right_source: None,
            budget: Budget::Labels(100),
            mean: 0.05,
            interval: Some((0.02, 0.08)),
            covers: Covers::SeedsAndExamples,
            p_value: Some(0.01),
            probability_of_better: Some(0.75),
            wins: 3,
            ties: 1,
            seeds: 5,
        };
        let reversed = difference.reversed();
        assert_eq!((reversed.left, reversed.right), (difference.right, difference.left));
        assert_eq!((reversed.mean, reversed.interval), (-0.05, Some((-0.08, -0.02))));
        assert_eq!((reversed.ahead(), reversed.probability_of_better), ("1/5".into(), Some(0.25)));
        assert_eq!(reversed.reversed(), difference);
        assert_eq!(Finding::of(reversed.interval, 0.01), Finding::of(difference.interval, 0.01).reversed());
    }
}
