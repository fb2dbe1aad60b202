//! Query strategies of active learning: which unlabelled example is labelled next.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the next example to label is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueryStrategy {
    /// Any example, each with the same probability. Every other strategy must beat it.
    Random,
    /// The example whose most probable class is least probable (least confident).
    Uncertainty,
    /// The example whose two most probable classes are nearest to each other in probability.
    Margin,
    /// The most typical example of the largest group that has no label yet.
    Diversity,
}

impl QueryStrategy {
    /// All strategies, those that choose first.
    pub const ALL: [QueryStrategy; 4] =
        [QueryStrategy::Margin, QueryStrategy::Uncertainty, QueryStrategy::Diversity, QueryStrategy::Random];

    /// The name on the command line, on screens and in files.
    pub fn name(self) -> &'static str {
        match self {
            QueryStrategy::Random => "random",
            QueryStrategy::Uncertainty => "uncertainty",
            QueryStrategy::Margin => "margin",
            QueryStrategy::Diversity => "diversity",
        }
    }

    /// Which example is chosen, as a sentence.
    pub fn explained(self) -> &'static str {
        match self {
            QueryStrategy::Random => "Any text, each with the same probability.",
            QueryStrategy::Uncertainty => "The text whose most probable class is least probable.",
            QueryStrategy::Margin => {
                "The text whose two most probable classes are nearest to each other in probability."
            }
            QueryStrategy::Diversity => {
                "The most typical text of the largest group of similar texts without a label."
            }
        }
    }

    /// Whether the choice depends on what the model predicts.
    pub fn asks_the_model(self) -> bool {
        match self {
            QueryStrategy::Uncertainty | QueryStrategy::Margin => true,
            QueryStrategy::Random | QueryStrategy::Diversity => false,
        }
    }

    /// The strategy after this one; after the last comes the first.
    pub fn next(self) -> QueryStrategy {
        let at = QueryStrategy::ALL.iter().position(|&strategy| strategy == self).unwrap_or(0);
        QueryStrategy::ALL[(at + 1) % QueryStrategy::ALL.len()]
    }
}

impl fmt::Display for QueryStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for QueryStrategy {
    type Err = String;

    fn from_str(text: &str) -> Result<QueryStrategy, String> {
        let found = QueryStrategy::ALL.into_iter().find(|strategy| strategy.name() == text.trim());
        found.ok_or_else(|| {
            let names = QueryStrategy::ALL.map(QueryStrategy::name).join(", ");
            format!("there is no strategy of this name; the strategies are {names}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_the_last_is_followed_by_the_first() {
        let mut strategy = QueryStrategy::Margin;
        for expected in QueryStrategy::ALL {
            assert_eq!(strategy, expected);
            assert_eq!(strategy.name().parse(), Ok(strategy));
            strategy = strategy.next();
        }
        assert_eq!(strategy, QueryStrategy::Margin);
        assert!("entropy".parse::<QueryStrategy>().unwrap_err().contains("margin, uncertainty"));
    }
}
