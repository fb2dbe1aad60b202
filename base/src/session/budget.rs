//! The label budget: how many labels a run may see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The proportions of the classes in a budget that is smaller than the training part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Proportions {
    /// As in the training part, but at least two labels of each class.
    #[default]
    Natural,
    /// The same number of each class, as far as the data allows.
    Balanced,
}

/// How many labels a run may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Budget {
    /// This number of labels.
    Labels(usize),
    /// Every label of the training part; written `"all"`.
    All,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Labels(n) => n.fmt(f),
            Budget::All => f.pad("all"),
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Budget, String> {
        match text {
            "all" => Ok(Budget::All),
            _ => match text.parse() {
                Ok(labels) if labels >= 4 => Ok(Budget::Labels(labels)),
                _ => Err("expected 4 or more, or `all`".to_string()),
            },
        }
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Budget::Labels(n) => serializer.serialize_u64(*n as u64),
            Budget::All => serializer.serialize_str("all"),
        }
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Budget;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of labels, or \"all\"")
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> std::result::Result<Budget, E> {
                Ok(Budget::Labels(n as usize))
            }
            fn visit_i64<E: serde::de::Error>(self, n: i64) -> std::result::Result<Budget, E> {
                u64::try_from(n).map_err(|_| E::custom("a budget below 0")).and_then(|n| self.visit_u64(n))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Budget, E> {
                if text == "all" {
                    Ok(Budget::All)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
