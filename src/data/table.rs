//! CSV and TSV, with a header or without.
//!
//! The header decides which columns hold text and label ([`super::columns`]); without a header the content of the
//! columns decides ([`super::guess`]). `text: "3", label: "1"` names columns of a file without a header by their
//! numbers. A message shows the chosen columns with the first row. Rows without a label are skipped and counted.
//!
//! CSV follows RFC 4180. The delimiter is a comma, semicolon, bar or tab, whichever splits the first rows into
//! equally many fields. A quote that is never closed would include the rest of the file; it is refused with the line
//! where it opens. TSV has one record per line; double quotes around a whole field are removed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use super::collector::Collector;

pub use super::columns::Columns;
use super::format::head;
use super::guess::{Chosen, Guess, Unclear};
use super::lines::{LONGEST, Lines, broken, decode, too_long};
use crate::error::{Error, Place, Result, counted};
use crate::files;
use crate::session::starter::TakenColumns;

/// The possible delimiters, those that are rarest in texts first.
pub(super) const DELIMITERS: [u8; 4] = [b'\t', b'|', b';', b','];
/// The maximum length of a record in bytes, and its maximum number of fields.
const RECORD: (usize, usize) = (2 * LONGEST, 1 << 16);

/// The fields of a row that are read.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    label: usize,
    text: Vec<usize>,
    /// The number of fields in a row.
    width: usize,
    header: bool,
}

impl Shape {
    /// Decides by the first row. If it has no column names, decides by all rows of the file, which `rows` passes on.
    fn decide(
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
    fn told(&self, kind: &str, first: Option<&[String]>) -> String {
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
    fn taken(&self, first: Option<&[String]>) -> TakenColumns {
        let name = |column: usize| match first.filter(|_| self.header).and_then(|names| names.get(column)) {
            Some(name) => name.trim().to_string(),
            None => (column + 1).to_string(),
        };
        TakenColumns { texts: self.text.iter().map(|&at| name(at)).collect(), label: name(self.label) }
    }

    /// Passes one row on to the collector.
    fn take(&self, row: &[Cow<str>], line: u64, path: &Path, out: &mut Collector) -> Result<()> {
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

/// The state of the CSV parser at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Spot {
    /// At the beginning of a record; newlines here are blank lines.
    #[default]
    Record,
    /// At the beginning of another field.
    Field,
    /// In a field without quotes.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: either the field's end, or the first of two quotes.
    Closing,
}

/// The state of a [`QuoteWatch`].
#[derive(Debug, Default)]
struct Quotes {
    spot: Spot,
    /// The delimiter.
    delimiter: u8,
    /// The number of lines that have ended.
    lines: u64,
    /// The line (from 1) in which the last quoted field began.
    opened: u64,
    /// The lines in which those records began that were passed on but not yet taken.
    records: VecDeque<u64>,
    /// The number of bytes since the field began.
    length: usize,
    /// The number of bytes and fields since the record began.
    record: (usize, usize),
    /// Whether the end of the file was reached.
    ended: bool,
}

/// Passes a CSV text on and tracks its quotes, because the `csv` crate accepts the end of the file as a closing quote
/// and counts blank lines as part of the next record. It also stops at a field longer than [`LONGEST`], before memory
/// is full.
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
            (_, byte) if byte == self.delimiter => Spot::Field,
            _ => Spot::Plain,
        };
        self.lines += u64::from(byte == b'\n');
        self.length = if matches!(self.spot, Spot::Record | Spot::Field) { 0 } else { self.length + 1 };
        self.record = match self.spot {
            Spot::Record => (0, 0),
            Spot::Field => (self.record.0 + 1, self.record.1 + 1),
            _ => (self.record.0 + 1, self.record.1),
        };
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let mut quotes = self.quotes.borrow_mut();
        quotes.ended |= read == 0 && !buffer.is_empty();
        buffer[..read].iter().for_each(|&byte| quotes.follow(byte));
        if quotes.length > LONGEST || quotes.record.0 > RECORD.0 || quotes.record.1 > RECORD.1 {
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
        assert!(error.contains("line 1: column 4 is asked for, but a row has 3"), "{error}");
    }

    #[test]
    fn the_delimiter_is_what_cuts_the_rows_alike() {
        let expected = pairs(&[("pos", "fine, really"), ("neg", "not, so"), ("pos", "well; then")]);
        for text in [
            "text;label\nfine, really;pos\nnot, so;neg\n\"well; then\";pos\n",
            "Text|Label\nfine, really|pos\nnot, so|neg\nwell; then|pos\n",
            "text\tlabel\nfine, really\tpos\nnot, so\tneg\nwell; then\tpos\n",
            "text,label\n\"fine, really\",pos\n\"not, so\",neg\nwell; then,pos\n",
            // Without a header.
            "fine, really;pos\nnot, so;neg\n\"well; then\";pos\n",
            "\"fine, really\",pos\n\"not, so\",neg\nwell; then,pos\n",
        ] {
            assert_eq!(read("a.csv", text.as_bytes(), &Columns::default()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_was_taken_is_told_and_rows_without_a_label_are_counted() {
        let told = |name: &str, text: &str, columns: &Columns| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let mut quiet = |_| Ok(());
            let mut out = Collector::new(&mut quiet);
            let read = if name.ends_with("tsv") { read_tsv } else { read_csv };
            read(&path, columns, &mut out).unwrap();
            (out.how, out.documents.len())
        };
        let none = Columns::default();
        let text = "id;Review;Mood\n1;fine;pos\n2;so so; \n3;not;neg\n";
        let columns = Columns { text: None, label: Some("mood".into()) };
        let expected = "CSV, cut at \";\", with a header, 3 columns: the text is column \"Review\", the label column \"Mood\"";
        assert_eq!(told("a.csv", text, &columns), (expected.into(), 2));
        let text = "1\ta title\tsome text\n0\tb title\tmore text\n1\tc title\tno text\n";
        let expected =
            "TSV without a header, 3 columns: the text is column 2 and column 3, the label column 1";
        assert_eq!(told("a.tsv", text, &none), (expected.into(), 3));
        // One column is given by number, the other is found by name; and columns given by number that also have
        // names.
        let one = Columns { text: Some("3".into()), label: None };
        assert!(told("a.tsv", text, &one).0.ends_with("the text is column 3, the label column 1"));
        let numbered = named("2", "3");
        assert_eq!(told("a.csv", "id,text,label\n1,fine,pos\n2,bad,neg\n", &numbered).1, 2);
    }

    #[test]
    fn columns_that_are_as_good_as_each_other_are_refused() {
        let none = Columns::default();
        for (text, expected) in [
            ("review,comment,label\na,b,1\n", "line 1: several columns may be the text: review, comment"),
            ("text,sentiment,stars\na,b,1\n", "line 1: several columns may be the label: sentiment, stars"),
            (
                "a,x,one text\nb,y,two texts\na,y,more text\nb,x,even more\n",
                "may be the label; name them by their numbers",
            ),
        ] {
            let error = read("a.csv", text.as_bytes(), &none).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let chosen = Columns { text: Some("comment".into()), label: None };
        assert_eq!(read("a.csv", b"review,comment,label\na,b,1\n", &chosen).unwrap(), pairs(&[("1", "b")]));
    }

    #[test]
    fn a_record_without_end_is_stopped_before_memory_fills() {
        for piece in [&b"x,"[..], b"\"x\","] {
            let mut text = b"text,label\nfine,1\n".to_vec();
            while text.len() < RECORD.0 + (1 << 20) {
                text.extend_from_slice(piece);
            }
            let error = read("a.csv", &text, &Columns::default()).unwrap_err();
            assert!(error.contains("line 3") && error.contains("in one piece"), "{error}");
        }
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
