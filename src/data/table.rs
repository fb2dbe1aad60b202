//! CSV and TSV with named columns, and such without a header.
//!
//! The columns are those that the recipe names, or else the first of the usual names that is there.
//! **Without a header:** where the first row holds no such names, but its first field turns up again
//! at the beginning of a later row (AG News: `"3","title","description"`), there is no header, the
//! first field is the label and the others, joined by a space, are the text. `text: "3", label: "1"`
//! names columns of a file without a header by their numbers.
//!
//! CSV follows RFC 4180; a quote that is never closed, which would swallow the rest of the file, is
//! refused with the line where it was opened. TSV has one record a line; a field that is wholly in
//! double quotes is freed of them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use super::format::head;
use super::labelled::Collector;
use super::lines::{LONGEST, Lines, broken, decode, too_long};
use crate::error::{Error, Place, Result};
use crate::files;

/// Usual names of the column with the text, the best first.
const TEXT: [&str; 13] = [
    "text",
    "review",
    "sentence",
    "body",
    "content",
    "comment",
    "message",
    "document",
    "tweet",
    "question",
    "description",
    "headline",
    "title",
];
/// Usual names of the column with the label, the best first.
const LABEL: [&str; 11] = [
    "label",
    "class",
    "sentiment",
    "category",
    "target",
    "polarity",
    "label_text",
    "labels",
    "rating",
    "stars",
    "y",
];

/// The columns as the recipe names them.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The column with the text.
    pub text: Option<String>,
    /// The column with the label.
    pub label: Option<String>,
}

impl Columns {
    /// Where text and label stand among `names`, if both are there.
    pub fn find<S: AsRef<str>>(&self, names: &[S]) -> Option<(usize, usize)> {
        let (text, label) = self.find_each(names);
        Some((text?, label?))
    }

    /// Where text and label stand among `names`.
    pub fn find_each<S: AsRef<str>>(&self, names: &[S]) -> (Option<usize>, Option<usize>) {
        let place = |wanted: &str| {
            let names = || names.iter().map(|name| name.as_ref().trim());
            names()
                .position(|name| name == wanted)
                .or_else(|| names().position(|name| name.eq_ignore_ascii_case(wanted)))
        };
        let find = |given: &Option<String>, usual: &[&str]| match given {
            Some(name) => place(name),
            None => usual.iter().find_map(|name| place(name)),
        };
        (find(&self.text, &TEXT), find(&self.label, &LABEL))
    }

    /// The error for columns that are not among `names`.
    pub fn missing<S: AsRef<str>>(&self, names: &[S], path: &Path, place: Place) -> Error {
        let (text, _) = self.find_each(names);
        let (what, given) = if text.is_none() { ("text", &self.text) } else { ("label", &self.label) };
        let names: Vec<&str> = names.iter().map(|name| name.as_ref().trim()).collect();
        let mut list = names.join(", ");
        if list.chars().count() > 200 {
            list = list.chars().take(200).chain(['…']).collect();
        }
        match given {
            Some(name) => {
                Error::input(path, place, format!("no column \"{name}\""), format!("columns are: {list}"))
            }
            None => Error::input(
                path,
                place,
                format!("none of the columns is known to hold the {what}"),
                format!("columns are: {list}; name one in the recipe with `{what}: \"…\"`"),
            ),
        }
    }
}

/// Which fields of a row are read.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    label: usize,
    text: Vec<usize>,
    /// Fields a row.
    width: usize,
    header: bool,
}

impl Shape {
    /// Decides by the first rows of the file; the rule is in the head of this file.
    fn decide(rows: &[Vec<String>], columns: &Columns, path: &Path) -> Result<Shape> {
        let Some(first) = rows.first() else {
            return Err(Error::input(
                path,
                Place::Whole,
                "the file holds no row",
                "name one with labelled text",
            ));
        };
        let width = first.len();
        if let Some((text, label)) = columns.find(first) {
            return Ok(Shape { label, text: vec![text], width, header: true });
        }
        let number = |name: &Option<String>| name.as_ref().map(|name| name.trim().parse::<usize>());
        let given = (number(&columns.text), number(&columns.label));
        if let (Some(Ok(text)), Some(Ok(label))) = given {
            return match (1..=width).contains(&text) && (1..=width).contains(&label) {
                true => Ok(Shape { label: label - 1, text: vec![text - 1], width, header: false }),
                false => Err(Error::input(
                    path,
                    Place::Line(1),
                    format!("columns {text} and {label} are asked for, but a row has {width}"),
                    "columns count from 1",
                )),
            };
        }
        let again = rows[1..].iter().any(|row| row.first() == first.first());
        if columns.text.is_none() && columns.label.is_none() && width > 1 && again {
            return Ok(Shape { label: 0, text: (1..width).collect(), width, header: false });
        }
        Err(columns.missing(first, path, Place::Line(1)))
    }

    /// Hands one row on to the collector.
    fn take(&self, row: &[Cow<str>], line: u64, path: &Path, out: &mut Collector) -> Result<()> {
        if row.len() != self.width {
            let (first, found) = (if self.header { "the header" } else { "the first row" }, row.len());
            return Err(Error::input(
                path,
                Place::Line(line),
                format!("{found} fields where {first} has {}", self.width),
                "is a quote or a separator missing?",
            ));
        }
        let label = row[self.label].trim();
        if label.is_empty() {
            return Err(Error::input(
                path,
                Place::Line(line),
                "the label is empty",
                "give every row a label",
            ));
        }
        let text = match self.text[..] {
            [one] => row[one].to_string(),
            _ => self.text.iter().map(|&i| &*row[i]).collect::<Vec<_>>().join(" "),
        };
        out.add(label, text)
    }
}

/// Reads a TSV file.
///
/// # Errors
/// A missing column, a row of another width, an empty label: with the line.
pub fn read_tsv(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let (bytes, _) = head(path)?;
    let rows: Vec<Vec<String>> = bytes
        .split(|&b| b == b'\n')
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
        .map(|line| tsv_fields(decode(line).0.trim_end_matches('\r')).map(Cow::into_owned).collect())
        .collect();
    let shape = Shape::decide(&rows, columns, path)?;
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

/// The fields of a TSV line, freed of the double quotes that they are wholly in.
fn tsv_fields(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    line.split('\t').map(|field| match field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\"").into(),
        None => field.into(),
    })
}

/// Reads a CSV file.
///
/// # Errors
/// A missing column, a row of another width, an empty label, a quote that is not closed: with the line.
pub fn read_csv(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let builder = || {
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true);
        builder
    };
    let (bytes, whole) = head(path)?;
    let mut rows: Vec<Vec<String>> = builder()
        .from_reader(&bytes[..])
        .byte_records()
        .filter_map(|row| row.ok())
        .map(|row| row.iter().map(|field| decode(field).0.into_owned()).collect())
        .collect();
    if !whole && rows.len() > 1 {
        // The head may end within a quoted field.
        rows.pop();
    }
    let shape = Shape::decide(&rows, columns, path)?;

    let watched = Rc::new(RefCell::new(Quotes::default()));
    let mut reader = builder().from_reader(QuoteWatch { input: files::open(path)?, quotes: watched.clone() });
    let mut row = csv::ByteRecord::new();
    let mut skip = shape.header;
    loop {
        let more = reader.read_byte_record(&mut row);
        let line = watched.borrow_mut().records.pop_front().unwrap_or(1);
        if !more.map_err(|error| csv_error(path, line, &watched.borrow(), error))? {
            return Ok(());
        }
        if watched.borrow().ended && watched.borrow().spot == Spot::Quoted {
            return Err(unclosed(path, watched.borrow().opened));
        }
        if std::mem::take(&mut skip) {
            continue;
        }
        let fields: Vec<(Cow<str>, bool)> = row.iter().map(decode).collect();
        out.foreign += u64::from(fields.iter().any(|(_, foreign)| *foreign));
        let fields: Vec<Cow<str>> = fields.into_iter().map(|(text, _)| text).collect();
        shape.take(&fields, line, path, out)?;
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
                Spot::Quoted => unclosed(path, quotes.opened),
                _ => too_long(path, Place::Line(line)),
            }
        }
        csv::ErrorKind::Io(error) => broken(path, Place::Line(line), error),
        other => Error::input(path, Place::Line(line), format!("{other:?}"), "is this a CSV file?"),
    }
}

/// Where in a CSV text its end so far is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Spot {
    /// At the beginning of a record; line ends here are blank lines.
    #[default]
    Record,
    /// At the beginning of a further field.
    Field,
    /// In a field without quotes.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: the field's end, or the first of two.
    Closing,
}

/// What [`QuoteWatch`] knows.
#[derive(Debug, Default)]
struct Quotes {
    spot: Spot,
    /// Lines that have ended.
    lines: u64,
    /// The line (from 1) in which the last quoted field began.
    opened: u64,
    /// The lines in which the records began that were passed on, but not yet taken.
    records: VecDeque<u64>,
    /// Bytes since the field began.
    length: usize,
    /// Whether the end of the file was reached.
    ended: bool,
}

/// Passes a CSV text on and follows its quotes, because the `csv` crate takes the end of the file for
/// a closing quote and counts blank lines to the record after them. It also stops at a field that is
/// too long to be true, before memory fills.
struct QuoteWatch<R> {
    input: R,
    quotes: Rc<RefCell<Quotes>>,
}

/// A field is longer than [`LONGEST`].
#[derive(Debug, thiserror::Error)]
#[error("a field is too long")]
struct TooLong;

impl Quotes {
    fn follow(&mut self, byte: u8) {
        let ends_line = byte == b'\n' || byte == b'\r';
        if self.spot == Spot::Record && !ends_line {
            self.records.push_back(self.lines + 1);
        }
        self.spot = match (self.spot, byte) {
            (Spot::Record | Spot::Field, b'"') => {
                self.opened = self.lines + 1;
                Spot::Quoted
            }
            (Spot::Quoted, b'"') => Spot::Closing,
            (Spot::Closing, b'"') | (Spot::Quoted, _) => Spot::Quoted,
            _ if ends_line => Spot::Record,
            (_, b',') => Spot::Field,
            _ => Spot::Plain,
        };
        self.lines += u64::from(byte == b'\n');
        self.length = if matches!(self.spot, Spot::Record | Spot::Field) { 0 } else { self.length + 1 };
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let mut quotes = self.quotes.borrow_mut();
        quotes.ended |= read == 0 && !buffer.is_empty();
        buffer[..read].iter().for_each(|&byte| quotes.follow(byte));
        if quotes.length > LONGEST {
            return Err(io::Error::other(TooLong));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        name: &str,
        text: &[u8],
        columns: &Columns,
    ) -> std::result::Result<Vec<(String, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut quiet = |_| Ok(());
        let mut out = Collector::new(&mut quiet);
        let done = if name.ends_with("csv") {
            read_csv(&path, columns, &mut out)
        } else {
            read_tsv(&path, columns, &mut out)
        };
        done.map_err(|error| error.to_string())?;
        Ok(out.documents.iter().map(|d| (out.names[d.label as usize].clone(), d.text.clone())).collect())
    }

    fn named(text: &str, label: &str) -> Columns {
        Columns { text: Some(text.into()), label: Some(label.into()) }
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
    }

    #[test]
    fn columns_are_named_or_guessed() {
        let text = b"id,Review,Sentiment\r\n1,\"fine, \"\"really\"\"\nfine\",pos\r\n\r\n2,not so,neg\r\n";
        let expected = pairs(&[("pos", "fine, \"really\"\nfine"), ("neg", "not so")]);
        assert_eq!(read("a.csv", text, &Columns::default()).unwrap(), expected);
        assert_eq!(read("a.csv", text, &named("Review", "Sentiment")).unwrap(), expected);
        let text = b"sentence\tlabel\na \"quoted\" word\t1\n\"all \"\"of\"\" it\"\t0\n";
        let expected = pairs(&[("1", "a \"quoted\" word"), ("0", "all \"of\" it")]);
        assert_eq!(read("a.tsv", text, &Columns::default()).unwrap(), expected);
    }

    #[test]
    fn a_file_without_header_begins_with_labels_or_is_read_by_number() {
        let text = b"\"3\",\"a title\",\"a text\"\n\"4\",\"b\",\"c\"\n\"3\",\"d\",\"e\"\n";
        let expected = pairs(&[("3", "a title a text"), ("4", "b c"), ("3", "d e")]);
        assert_eq!(read("a.csv", text, &Columns::default()).unwrap(), expected);
        let expected = pairs(&[("3", "a text"), ("4", "c"), ("3", "e")]);
        assert_eq!(read("a.csv", text, &named("3", "1")).unwrap(), expected);
        let error = read("a.csv", text, &named("4", "1")).unwrap_err();
        assert!(error.contains("line 1: columns 4 and 1 are asked for, but a row has 3"), "{error}");
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        let none = Columns::default();
        let text_only = Columns { text: Some("body".into()), label: None };
        for (name, text, columns, expected) in [
            (
                "a.csv",
                "a,b\n1,2\n",
                &none,
                "line 1: none of the columns is known to hold the text; columns are: a, b; name one in the recipe with `text:",
            ),
            ("a.csv", "text,b\n1,2\n", &none, "known to hold the label"),
            (
                "a.csv",
                "text,label\n1,2\n",
                &text_only,
                "line 1: no column \"body\"; columns are: text, label",
            ),
            (
                "a.csv",
                "text,label\nfine,1\n\"x, 2\ny,3\nz,4\n",
                &none,
                "line 3: the quote opened here is never closed",
            ),
            ("a.csv", "text,label\nfine,1\n\"x\n", &none, "line 3: the quote opened here is never closed"),
            ("a.csv", "text,label\nfine,1\nfine\n", &none, "line 3: 1 fields where the header has 2"),
            ("a.csv", "text,label\nfine,1\n\nnot, \n", &none, "line 4: the label is empty"),
            ("a.tsv", "text\tlabel\nfine\t\n", &none, "line 2: the label is empty"),
            ("a.tsv", "text\tlabel\nfine\t1\t2\n", &none, "line 2: 3 fields where the header has 2"),
        ] {
            let error = read(name, text.as_bytes(), columns).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_quote_that_swallows_all_is_stopped_before_memory_fills() {
        let mut text = b"text,label\n\"fine,1\n".to_vec();
        text.resize(LONGEST + (1 << 20), b'x');
        let error = read("a.csv", &text, &Columns::default()).unwrap_err();
        assert!(error.contains("line 2: the quote opened here is never closed"), "{error}");
    }
}
