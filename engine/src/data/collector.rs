//! Collects the labelled texts of a data set while they are read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result, counted, printable};
use crate::files;
use crate::session::starter::TakenColumns;
use crate::session::text_transfer::TextFiles;

use super::classes;
use super::document::Document;

/// The maximum number of characters of a first text in a message.
const EXAMPLE: usize = 60;

pub(super) fn first_path(files: &TextFiles) -> &Path {
    match files {
        TextFiles::One(path) => path,
        TextFiles::Classes(classes) => classes.first().map_or(Path::new("(no file)"), |(_, path)| path),
    }
}

/// The kept texts may be this many times as long as the files, plus this many bytes.
const EXPANSION: (u64, u64) = (100, 32 << 20);

/// The memory of a document in addition to its text, in bytes.
const DOCUMENT: u64 = 64;

/// The documents read so far, with the ids of their classes.
pub struct Collector<'a> {
    /// Labels in the order of their first occurrence.
    pub names: Vec<String>,
    index: HashMap<String, u32>,
    pub documents: Vec<Document>,
    /// The number of lines or documents that were not UTF-8.
    pub foreign: u64,
    /// The number of documents without text.
    pub empty: u64,
    /// The number of rows without a label, and the place of the first.
    pub(super) unlabelled: Option<(u64, Place)>,
    /// A description of what was read as text and label.
    pub how: String,
    /// The columns of text and label, if the file is a table.
    pub(super) taken: Option<TakenColumns>,
    /// Other remarks for the user.
    pub remarks: Vec<String>,
    /// Whether only the part after the first empty line of a text is used.
    pub bodies: bool,
    /// The number of bytes that may still be kept, and the file that they come from.
    pub(super) allowed: Option<(u64, PathBuf)>,
    progress: Option<&'a mut dyn FnMut(usize) -> Result<()>>,
}

/// The number of bytes that may be kept of `files`: a small compressed file must not use all memory. Folders and
/// archives have limits of their own.
pub(super) fn allowed(files: &TextFiles) -> Option<(u64, PathBuf)> {
    let paths: Vec<&PathBuf> = match files {
        TextFiles::One(path) => vec![path],
        TextFiles::Classes(classes) => classes.iter().map(|(_, path)| path).collect(),
    };
    let sizes: Option<u64> = paths
        .iter()
        .map(|path| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.len()))
        .sum();
    Some((sizes?.saturating_mul(EXPANSION.0).saturating_add(EXPANSION.1), first_path(files).to_path_buf()))
}

impl<'a> Collector<'a> {
    /// An empty collector that calls `progress` every thousand documents.
    pub fn new(progress: &'a mut dyn FnMut(usize) -> Result<()>) -> Self {
        Collector {
            names: Vec::new(),
            index: HashMap::new(),
            documents: Vec::new(),
            foreign: 0,
            empty: 0,
            unlabelled: None,
            how: String::new(),
            taken: None,
            remarks: Vec::new(),
            bodies: false,
            allowed: None,
            progress: Some(progress),
        }
    }

    /// Adds a remark on the encoding of the text at `path`, if it is unusual.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(super) fn written(&mut self, path: &Path) -> Result<()> {
        self.remarks.extend(files::open_text(path)?.remark());
        Ok(())
    }

    /// Adds a document.
    ///
    /// # Errors
    /// As for [`add_grouped`](Self::add_grouped).
    pub fn add(&mut self, label: &str, text: String) -> Result<()> {
        self.add_grouped(label, text, None)
    }

    /// Adds a document that may belong to a group.
    ///
    /// # Errors
    /// If the total is more than the files can plausibly hold; and any error of the progress callback.
    pub fn add_grouped(&mut self, label: &str, text: String, group: Option<String>) -> Result<()> {
        let label = match self.index.get(label) {
            Some(&label) => label,
            None => {
                let next = self.names.len() as u32;
                self.names.push(label.to_string());
                self.index.insert(label.to_string(), next);
                next
            }
        };
        let text = if self.bodies { body(text) } else { text };
        if text.trim().is_empty() {
            self.empty += 1;
            return Ok(());
        }
        if let Some((allowed, path)) = &mut self.allowed {
            let taken = DOCUMENT + text.len() as u64;
            *allowed = allowed.checked_sub(taken).ok_or_else(|| {
                let problem = format!("its documents take more than {} times its size", EXPANSION.0);
                Error::input(&*path, Place::Whole, problem, "is this the right file?")
            })?;
        }
        self.documents.push(Document { text, label, group });
        match &mut self.progress {
            Some(progress) if self.documents.len().is_multiple_of(1000) => progress(self.documents.len()),
            _ => Ok(()),
        }
    }

    /// Counts a row without a label, which is skipped.
    pub fn unlabelled(&mut self, at: Place) {
        self.unlabelled.get_or_insert((0, at)).0 += 1;
    }

    /// Calls the progress callback from time to time, for rows that are read but not added.
    ///
    /// # Errors
    /// Any error of the progress callback.
    pub fn going_on(&mut self, row: u64) -> Result<()> {
        match &mut self.progress {
            Some(progress) if row.is_multiple_of(1000) => progress(self.documents.len()),
            _ => Ok(()),
        }
    }

    /// A description of what was read as text and label in the file `name`, with the first document.
    pub(super) fn told(&self, name: &str) -> Option<String> {
        let first = self.documents.first()?;
        let class = self.names.get(first.label as usize)?;
        let mut text: String = first.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = text.char_indices().nth(EXAMPLE) {
            text.truncate(end);
            text.push('…');
        }
        Some(printable(&format!("{name}: {}; the first is {class}: \"{text}\"", self.how)))
    }

    /// The same collector without its callback.
    pub(super) fn finished(self) -> Collector<'static> {
        Collector { progress: None, ..self }
    }

    /// Sorts the classes into their final order, and changes all labels accordingly. With `as_given` the order stays.
    pub(super) fn order_classes(&mut self, as_given: bool) -> Vec<String> {
        let order = if as_given { (0..self.names.len()).collect() } else { classes::order(&self.names) };
        let mut place = vec![0_u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new as u32;
        }
        self.documents.iter_mut().for_each(|d| d.label = place[d.label as usize]);
        order.into_iter().map(|old| self.names[old].clone()).collect()
    }

    /// The error for a data set part at `path` without any document.
    pub(super) fn nothing(&self, path: &Path) -> Error {
        match &self.unlabelled {
            Some((count, first)) => {
                let problem = format!("of its {} none has a label", counted(*count as usize, "row", "rows"));
                Error::input(path, first.clone(), problem, "give every row a label, or name the right column")
            }
            None => Error::input(path, Place::Whole, "no document in it", "name files with labelled text"),
        }
    }

    /// Changes all labels to the class indices of the training set.
    pub(super) fn align(&mut self, classes: &[String], files: &TextFiles) -> Result<()> {
        let path = first_path(files);
        if self.documents.is_empty() {
            return Err(self.nothing(path));
        }
        let places = classes::places(&self.names, classes, path)?;
        self.documents.iter_mut().for_each(|d| d.label = places[d.label as usize]);
        Ok(())
    }
}

/// The text after the first empty line; the whole text if there is no empty line.
fn body(text: String) -> String {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim_end_matches(['\r', '\n']).is_empty() {
            return text[at..].to_string();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_begin_behind_the_first_empty_line() {
        let of = |text: &str| body(text.to_string());
        assert_eq!(of("From: a\nSubject: b\n\none\n\ntwo\n"), "one\n\ntwo\n");
        assert_eq!(of("From: a\r\n\r\none"), "one");
        assert_eq!(
            (of("no head"), of("\nall"), of("head\n\n")),
            ("no head".into(), "all".into(), String::new())
        );
    }
}
