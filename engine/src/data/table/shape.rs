//! The columns of a table that are read: by their names, by their numbers, or by their content.

use std::borrow::Cow;
use std::path::Path;

use crate::data::collector::Collector;
use crate::data::columns::Columns;
use crate::data::guess::{Chosen, Guess, Unclear};
use crate::error::{Error, Place, Result, counted};
use crate::session::starter::TakenColumns;

/// The fields of a row that are read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) label: usize,
    pub(super) text: Vec<usize>,
    /// The number of fields in a row.
    pub(super) width: usize,
    pub(super) header: bool,
}

impl Shape {
    /// Decides by the first row. If it has no column names, decides by all rows of the file, which `rows` passes on.
    pub(super) fn decide(
        first: Option<&[String]>,
        columns: &Columns,
        path: &Path,
        rows: impl FnOnce(&mut dyn FnMut(u64, &[Cow<str>]) -> Result<bool>) -> Result<()>,
    ) -> Result<Shape> {
        let Some(first) = first else {
            let remedy = "name one with labelled text";
            return Err(Error::input(path, Place::Whole, "the file holds no row", remedy));
        };
        let width = first.len();
        let named = columns.find_each(first);
        if named != (None, None) && !is_number(&columns.text) && !is_number(&columns.label) {
            // A name that is not there is a mistake. A column that nobody named is chosen by its content.
            let is_missing =
                columns.text.is_some() && named.0.is_none() || columns.label.is_some() && named.1.is_none();
            if named.0.is_some() == named.1.is_some() || is_missing || width < 2 {
                let (text, label) = columns.choose(first, path, Place::Line(1))?;
                return Ok(Shape { label, text: vec![text], width, header: true });
            }
            let shape = Shape::guess(named, first, columns, path, rows)?;
            return Ok(Shape { header: true, ..shape });
        }
        let number = |name: &Option<String>| name.as_ref().map(|name| name.trim().parse::<usize>());
        let given = (number(&columns.text), number(&columns.label));
        if let (Some(Err(_)), _) | (_, Some(Err(_))) = given {
            let (Some(text), Some(label)) = named else {
                return Err(columns.missing(first, path, Place::Line(1)));
            };
            return Ok(Shape { label, text: vec![text], width, header: true });
        }
        let (text, label) = (given.0.and_then(|n| n.ok()), given.1.and_then(|n| n.ok()));
        if let Some(wrong) = [text, label].into_iter().flatten().find(|n| !(1..=width).contains(n)) {
            let problem = format!("column {wrong} is asked for, but a row has {width}");
            return Err(Error::input(path, Place::Line(1), problem, "columns count from 1"));
        }
        // Columns that were given by number may still have names in a header.
        let usual = Columns::default().find_each(first);
        let header = |column: Option<usize>, usual: Option<usize>| {
            column.is_some() && column == usual.map(|at| at + 1)
        };
        let header = header(text, usual.0) || header(label, usual.1);
        if let (Some(text), Some(label)) = (text, label) {
            return Ok(Shape { label: label - 1, text: vec![text - 1], width, header });
        }
        let number = |n: Option<usize>| n.map(|n| n - 1);
        Shape::guess((number(text), number(label)), first, columns, path, rows)
    }

    /// Chooses the columns that are not given by the content of all rows.
    fn guess(
        (text, label): (Option<usize>, Option<usize>),
        first: &[String],
        columns: &Columns,
        path: &Path,
        rows: impl FnOnce(&mut dyn FnMut(u64, &[Cow<str>]) -> Result<bool>) -> Result<()>,
    ) -> Result<Shape> {
        let width = first.len();
        if width < 2 {
            return Err(columns.missing(first, path, Place::Line(1)));
        }
        let mut guess = Guess::new(width);
        rows(&mut |line, row| {
            check_width(row.len(), width, false, line, path)?;
            Ok(guess.take(row))
        })?;
        match guess.decide(text, label) {
            Ok(Chosen { texts, label, header }) => Ok(Shape { label, text: texts, width, header }),
            Err(Unclear::Nothing) => Err(columns.missing(first, path, Place::Line(1))),
            Err(Unclear::Several(problem)) => {
                let remedy = "name them by their numbers in the recipe, such as `text: \"2\", label: \"1\"`";
                Err(Error::input(path, Place::Line(1), format!("without a header, {problem}"), remedy))
            }
        }
    }

    /// A description of the chosen columns; `first` holds the names of the header.
    pub(super) fn told(&self, kind: &str, first: Option<&[String]>) -> String {
        let name = |column: usize| match first.filter(|_| self.header).and_then(|names| names.get(column)) {
            Some(name) => format!("column \"{}\"", name.trim()),
            None => format!("column {}", column + 1),
        };
        let text: Vec<String> = self.text.iter().map(|&column| name(column)).collect();
        let header = if self.header { "with a header" } else { "without a header" };
        format!(
            "{kind} {header}, {}: the text is {}, the label {}",
            counted(self.width, "column", "columns"),
            text.join(" and "),
            name(self.label)
        )
    }

    /// The names of the chosen columns, or their numbers from 1; `first` holds the names of the header.
    pub(super) fn taken(&self, first: Option<&[String]>) -> TakenColumns {
        let name = |column: usize| match first.filter(|_| self.header).and_then(|names| names.get(column)) {
            Some(name) => name.trim().to_string(),
            None => (column + 1).to_string(),
        };
        TakenColumns { texts: self.text.iter().map(|&at| name(at)).collect(), label: name(self.label) }
    }

    /// Passes one row on to the collector.
    pub(super) fn take(&self, row: &[Cow<str>], line: u64, path: &Path, out: &mut Collector) -> Result<()> {
        check_width(row.len(), self.width, self.header, line, path)?;
        let label = row[self.label].trim();
        if label.is_empty() {
            out.unlabelled(Place::Line(line));
            return Ok(());
        }
        let text = match self.text[..] {
            [one] => row[one].to_string(),
            _ => self.text.iter().map(|&i| &*row[i]).collect::<Vec<_>>().join(" "),
        };
        out.add(label, text)
    }
}

fn is_number(name: &Option<String>) -> bool {
    name.as_ref().is_some_and(|name| name.trim().parse::<usize>().is_ok())
}

fn check_width(found: usize, width: usize, header: bool, line: u64, path: &Path) -> Result<()> {
    if found == width {
        return Ok(());
    }
    let first = if header { "the header" } else { "the first row" };
    let problem = format!("{found} fields where {first} has {width}");
    Err(Error::input(path, Place::Line(line), problem, "is a quote or a separator missing?"))
}
