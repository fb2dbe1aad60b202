//! The terms of a query, and which rows they keep.

use regex::Regex;

/// A column that a query can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name and its other names.
    pub names: &'static [&'static str],
    /// Whether it has numbers; otherwise it has texts.
    pub is_number: bool,
    /// Whether its numbers are few and whole, so that one asks for some of them.
    pub is_count: bool,
}

impl Column {
    /// A column of texts.
    pub const fn text(names: &'static [&'static str]) -> Column {
        Column { names, is_number: false, is_count: false }
    }

    /// A column of numbers.
    pub const fn number(names: &'static [&'static str]) -> Column {
        Column { names, is_number: true, is_count: false }
    }

    /// A column of a few whole numbers.
    pub const fn count(names: &'static [&'static str]) -> Column {
        Column { names, is_number: true, is_count: true }
    }
}

/// A row of a list, as a query sees it.
pub trait Queried {
    /// The text in which words and regular expressions are searched.
    fn name(&self) -> String;
    /// The text of the column at this place in the list of columns, also of a column of numbers; empty if there is none.
    fn text(&self, column: usize) -> String;
    /// The number of the column at this place; `None` if the row has none there.
    fn number(&self, column: usize) -> Option<f64>;
}

/// Why a query is not understood: a sentence, and where in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The character at which it is, from 1.
    pub at: usize,
    pub sentence: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "character {}: {}", self.at, self.sentence)
    }
}

/// A query. The empty one keeps all rows.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub(super) terms: Vec<Term>,
}

#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) test: Test,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    /// The name contains this text, which is in lower case.
    Word(String),
    Pattern(Regex),
    /// One of the values fits the column.
    Is(usize, Vec<Value>),
    Compares(usize, Comparison, f64),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// In lower case.
    Text(String),
    Number(f64),
    Range(f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
}

impl Query {
    /// Whether it keeps every row.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it keeps the row.
    pub fn keeps(&self, row: &impl Queried) -> bool {
        self.terms.iter().all(|term| term.test.holds(row) != term.negated)
    }
}

impl Test {
    fn holds(&self, row: &impl Queried) -> bool {
        match self {
            Test::Word(word) => row.name().to_lowercase().contains(word),
            Test::Pattern(pattern) => pattern.is_match(&row.name()),
            Test::Is(column, values) => values.iter().any(|value| match value {
                Value::Text(text) => row.text(*column).to_lowercase().contains(text),
                Value::Number(number) => row.number(*column).is_some_and(|own| own == *number),
                Value::Range(from, to) => row.number(*column).is_some_and(|own| (*from..=*to).contains(&own)),
            }),
            Test::Compares(column, comparison, number) => {
                row.number(*column).is_some_and(|own| comparison.holds(own, *number))
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Comparison::Less => left < right,
            Comparison::AtMost => left <= right,
            Comparison::Greater => left > right,
            Comparison::AtLeast => left >= right,
            Comparison::Equal => left == right,
            Comparison::Unequal => left != right,
        }
    }
}

/// The place of a column in the list of columns.
pub(super) fn column_of(name: &str, columns: &[Column]) -> Option<usize> {
    let name = name.to_lowercase();
    columns.iter().position(|column| column.names.contains(&name.as_str()))
}
