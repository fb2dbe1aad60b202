//! CSV and TSV, with a header or without.
//!
//! The header decides which columns hold text and label ([`super::columns`]); without a header the content of the
//! columns decides (`guess.rs`). `text: "3", label: "1"` names columns of a file without a header by their
//! numbers. A message shows the chosen columns with the first row. Rows without a label are skipped and counted.
//!
//! CSV follows RFC 4180. The delimiter is a comma, semicolon, bar or tab, whichever splits the first rows into
//! equally many fields. A quote that is never closed would include the rest of the file; it is refused with the line
//! where it opens. TSV has one record per line; double quotes around a whole field are removed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use crate::error::{Error, Place, Result};
use crate::files;

use super::collector::Collector;
use super::format::head;
use super::lines::{LONGEST, Lines, broken, decode, too_long};

mod quotes;
mod shape;

use quotes::{QuoteWatch, Quotes, Spot, TooLong};
use shape::Shape;

pub use super::columns::Columns;

/// The possible delimiters, those that are rarest in texts first.
pub(super) const DELIMITERS: [u8; 4] = [b'\t', b'|', b';', b','];

/// Reads a TSV file.
///
/// # Errors
/// If a column is missing, or a row has another number of fields: with the line.
pub fn read_tsv(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let first = Lines::open(path)?
        .next_line()?
        .map(|(_, line)| tsv_fields(&line).map(Cow::into_owned).collect::<Vec<_>>());
    let shape = Shape::decide(first.as_deref(), columns, path, |each| {
        let mut lines = Lines::open(path)?;
        while let Some((number, line)) = lines.next_line()? {
            let fields: Vec<Cow<str>> = tsv_fields(&line).collect();
            if !each(number, &fields)? {
                break;
            }
            out.going_on(number)?;
        }
        Ok(())
    })?;
    out.how = shape.told("TSV", first.as_deref());
    out.taken = Some(shape.taken(first.as_deref()));
    let mut lines = Lines::open(path)?;
    let mut skip = shape.header;
    while let Some((number, line)) = lines.next_line()? {
        if !std::mem::take(&mut skip) {
            let fields: Vec<Cow<str>> = tsv_fields(&line).collect();
            shape.take(&fields, number, path, out)?;
        }
    }
    out.foreign += lines.foreign;
    Ok(())
}

/// The fields of a TSV line, without double quotes that enclose a whole field.
pub(super) fn tsv_fields(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    line.split('\t').map(|field| match field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\"").into(),
        None => field.into(),
    })
}

/// Reads a CSV file.
///
/// # Errors
/// If a column is missing, a row has another number of fields, or a quote is not closed: with the line.
pub fn read_csv(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let (bytes, whole) = head(path)?;
    let (delimiter, first) = delimiter(&bytes, whole, columns);
    let shape = Shape::decide(first.as_deref(), columns, path, |each| {
        each_row(path, delimiter, |line, row, _| {
            out.going_on(line)?;
            each(line, row)
        })
    })?;
    let kind = match delimiter {
        b',' => "CSV".to_string(),
        b'\t' => "CSV, cut at its tabs,".into(),
        other => format!("CSV, cut at \"{}\",", char::from(other)),
    };
    out.how = shape.told(&kind, first.as_deref());
    out.taken = Some(shape.taken(first.as_deref()));
    let mut skip = shape.header;
    each_row(path, delimiter, |line, row, foreign| {
        out.foreign += u64::from(foreign);
        if !std::mem::take(&mut skip) {
            shape.take(row, line, path, out)?;
        }
        Ok(true)
    })
}

/// The delimiter of a CSV text that begins with `head`, and its first row. Preferred is a delimiter that makes the first
/// row a header; otherwise the one with which most rows have as many fields as the first.
pub(super) fn delimiter(head: &[u8], whole: bool, columns: &Columns) -> (u8, Option<Vec<String>>) {
    let mut best: Option<((bool, usize), u8, Vec<String>)> = None;
    let mut plain = None;
    let named = named_delimiter(head).map(|(delimiter, _)| [delimiter]);
    for &delimiter in named.as_ref().map_or(&DELIMITERS[..], |named| named) {
        let rows = first_rows(head, delimiter, whole, usize::MAX);
        let Some(first) = rows.first().cloned() else { continue };
        let alike = rows.iter().filter(|row| row.len() == first.len()).count();
        plain.get_or_insert_with(|| first.clone());
        if first.len() < 2 {
            continue;
        }
        let names = columns.find(&first).is_some();
        // A row in a hundred may be damaged; it is reported later.
        let fraction = alike * 100 / rows.len().max(1);
        let score = (names, fraction);
        if best.as_ref().is_none_or(|(before, _, _)| score > *before) {
            best = Some((score, delimiter, first));
        }
    }
    match best {
        Some((_, delimiter, first)) => (delimiter, Some(first)),
        None => (b',', plain),
    }
}

/// At most `most` first rows of a CSV text that begins with `head`.
pub(super) fn first_rows(head: &[u8], delimiter: u8, whole: bool, most: usize) -> Vec<Vec<String>> {
    let fields = |row: csv::ByteRecord| row.iter().map(|field| decode(field).0.into_owned()).collect();
    let head = named_delimiter(head).map_or(head, |(_, rest)| rest);
    let records = builder(delimiter).from_reader(head).into_byte_records();
    let mut rows: Vec<Vec<String>> = records.filter_map(|row| row.ok()).take(most).map(fields).collect();
    if !whole && rows.len() > 1 {
        // The head may end within a quoted field.
        rows.pop();
    }
    rows
}

/// The delimiter in a first line such as `sep=;`, which Excel reads and writes, and the text after that line.
fn named_delimiter(head: &[u8]) -> Option<(u8, &[u8])> {
    match head.strip_prefix(b"sep=").or_else(|| head.strip_prefix(b"SEP="))? {
        [delimiter, b'\r', b'\n', rest @ ..] | [delimiter, b'\n', rest @ ..] => Some((*delimiter, rest)),
        _ => None,
    }
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder
}

/// Calls `each` with every row's line and fields, and whether a field was not UTF-8, until `each` stops the
/// iteration.
pub(super) fn each_row(
    path: &Path,
    delimiter: u8,
    mut each: impl FnMut(u64, &[Cow<str>], bool) -> Result<bool>,
) -> Result<()> {
    let watched = Rc::new(RefCell::new(Quotes { delimiter, ..Quotes::default() }));
    let mut reader = builder(delimiter)
        .from_reader(QuoteWatch { input: files::open_text(path)?, quotes: watched.clone() });
    let mut row = csv::ByteRecord::new();
    loop {
        let more = reader.read_byte_record(&mut row);
        let line = watched.borrow_mut().records.pop_front().unwrap_or(1);
        if !more.map_err(|error| csv_error(path, line, &watched.borrow(), error))? {
            return Ok(());
        }
        // The first line may name the delimiter.
        if line == 1 && row.len() == 2 && row[0].eq_ignore_ascii_case(b"sep=") && row[1].is_empty() {
            continue;
        }
        if watched.borrow().ended && watched.borrow().spot == Spot::Quoted {
            return Err(unclosed(path, watched.borrow().opened));
        }
        let fields: Vec<(Cow<str>, bool)> = row.iter().map(decode).collect();
        let foreign = fields.iter().any(|(_, foreign)| *foreign);
        let fields: Vec<Cow<str>> = fields.into_iter().map(|(text, _)| text).collect();
        if !each(line, &fields, foreign)? {
            return Ok(());
        }
    }
}

fn unclosed(path: &Path, line: u64) -> Error {
    Error::input(
        path,
        Place::Line(line),
        "the quote opened here is never closed",
        "close it; a quote inside a quoted field is written twice",
    )
}

fn csv_error(path: &Path, line: u64, quotes: &Quotes, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|e| e.is::<TooLong>()) => {
            match quotes.spot {
                Spot::Quoted if quotes.length > LONGEST => unclosed(path, quotes.opened),
                _ => too_long(path, Place::Line(line)),
            }
        }
        csv::ErrorKind::Io(error) => broken(path, Place::Line(line), error),
        other => Error::input(path, Place::Line(line), format!("{other:?}"), "is this a CSV file?"),
    }
}

#[cfg(test)]
mod tests;
