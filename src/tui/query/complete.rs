//! What can follow what is typed of a query.

use super::parse::tokens;
use super::terms::{Column, column_of};

/// The texts that can stand in place of the last term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The query before the last term.
    pub before: String,
    /// The terms, in the order of the columns or of the values.
    pub terms: Vec<String>,
}

/// The most terms that are offered.
const MOST: usize = 50;

/// Completes the last term of `text`: the name of a column, or a value that some row has there; without a column, a value
/// of a column of texts. `values` lists the values of the column at a place.
pub fn complete(text: &str, columns: &[Column], values: impl Fn(usize) -> Vec<String>) -> Completion {
    let ends = text.is_empty() || text.ends_with(char::is_whitespace);
    let last = tokens(text).pop().filter(|_| !ends);
    let start = last.as_ref().map_or(text.chars().count(), |token| token.start);
    let before: String = text.chars().take(start).collect();
    let typed: String = last.map(|token| token.chars.into_iter().collect()).unwrap_or_default();
    let marks: String = typed.chars().take_while(|c| *c == '!').collect();
    let term = &typed[marks.len()..];
    let terms: Vec<String> = match term.split_once(':') {
        Some((name, value)) => match column_of(name, columns) {
            Some(column) => {
                // Of values with commas, the last one is completed.
                let (done, value) =
                    value.rsplit_once(',').map_or(("", value), |(a, b)| (&value[..a.len() + 1], b));
                let value = value.trim_start_matches('"').to_lowercase();
                let fits =
                    values(column).into_iter().filter(|known| known.to_lowercase().starts_with(&value));
                fits.map(|known| format!("{marks}{name}:{done}{}", quoted(&known))).collect()
            }
            None => Vec::new(),
        },
        None => {
            let typed = term.to_lowercase();
            let names = columns.iter().filter_map(|column| {
                let name = column.names.iter().find(|name| name.starts_with(&typed))?;
                let sign = if column.is_number && !column.is_count { '>' } else { ':' };
                Some(format!("{marks}{name}{sign}"))
            });
            let texts = (0..columns.len()).filter(|&at| !columns[at].is_number && !typed.is_empty());
            let mut words: Vec<String> = texts.flat_map(&values).collect();
            words.retain(|word| word.to_lowercase().starts_with(&typed));
            words.sort();
            words.dedup();
            names.chain(words.iter().map(|word| format!("{marks}{}", quoted(word)))).collect()
        }
    };
    Completion { before, terms: terms.into_iter().take(MOST).collect() }
}

/// A value as it stands in a query.
fn quoted(value: &str) -> String {
    if value.contains(|c: char| c.is_whitespace() || c == ',') {
        format!("\"{value}\"")
    } else {
        value.to_string()
    }
}
