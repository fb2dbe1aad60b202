//! What is wrong in a configuration, as sentences that name the file and the line.

use std::path::Path;

use crate::error::printable;

use super::lines::Named;

/// The most sentences that are kept.
const MOST: usize = 20;

/// The sentences so far.
pub struct Problems {
    path: String,
    /// The settings of the file with their lines.
    pub names: Vec<Named>,
    told: Vec<(u64, String)>,
}

impl Problems {
    pub fn new(path: &Path) -> Problems {
        Problems { path: printable(&path.display().to_string()), names: Vec::new(), told: Vec::new() }
    }

    /// Tells what is wrong with a setting (depth 1) or with an entry of its map (depth 2).
    pub fn tell(&mut self, name: &str, depth: usize, what: &str) {
        let of_name = |named: &&Named| named.name == name && named.depth == depth;
        // Of two settings with one name, the last one counts.
        let line = self.names.iter().rev().find(of_name).map_or(1, |named| named.line);
        self.tell_at(line, None, what);
    }

    /// Tells what is wrong on a line.
    pub fn tell_at(&mut self, line: u64, column: Option<u64>, what: &str) {
        let column = column.map_or(String::new(), |column| format!(", column {column}"));
        let end = if what.ends_with(['?', '.']) { "" } else { "." };
        self.told.push((line, format!("{}, line {line}{column}: {}{end}", self.path, printable(what))));
    }

    /// Adds sentences about another file.
    pub fn add(&mut self, sentences: impl IntoIterator<Item = String>) {
        self.told.extend(sentences.into_iter().map(|sentence| (u64::MAX, sentence)));
    }

    /// The line of an entry of a map.
    pub fn line_of(&self, entry: &str) -> u64 {
        self.names.iter().rev().find(|named| named.name == entry).map_or(1, |named| named.line)
    }

    /// All sentences, in the order of the lines.
    pub fn all(mut self) -> Vec<String> {
        self.told.sort_by_key(|(line, _)| *line);
        let more = self.told.len().saturating_sub(MOST);
        let mut all: Vec<String> = self.told.into_iter().take(MOST).map(|(_, sentence)| sentence).collect();
        if more > 0 {
            all.push(format!("There are {more} more."));
        }
        all
    }
}

/// The name that is most like a word.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: String = word.to_lowercase().chars().take(100).collect();
    let near = names.into_iter().map(|name| (strsim::jaro_winkler(&word, name), name));
    near.filter(|(like, _)| *like > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
