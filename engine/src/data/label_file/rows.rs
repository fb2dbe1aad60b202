//! The rows of a file of labels as bytes: where they begin, whether the last is whole, and new ones in the same shape.

use std::path::Path;

use crate::data::columns::Columns;
use crate::data::table::delimiter;
use crate::error::{Error, Place, Result, counted};

use super::asked::{CHOSEN_BY, LabelRow, Values, Wanted};

/// The mark at the beginning of a UTF-8 file that some programs write.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How rows are written: the columns and what stands between them.
#[derive(Debug, Clone)]
pub struct Shape {
    names: Vec<String>,
    /// The indices of the columns with text, label, and what chose the example.
    text: usize,
    label: usize,
    chosen_by: Option<usize>,
    delimiter: u8,
    /// Whether lines end as on Windows.
    carriage_return: bool,
}

/// What a file of labels holds.
#[derive(Debug, Default)]
pub struct Found {
    pub rows: Vec<LabelRow>,
    /// Where the last line begins, if it is only a part of a row.
    pub torn: Option<usize>,
    /// Whether the last line ends in a line break.
    pub ends_line: bool,
    pub remarks: Vec<String>,
}

impl Shape {
    /// The end of a line.
    pub fn line_end(&self) -> &'static str {
        if self.carriage_return { "\r\n" } else { "\n" }
    }

    /// A new row.
    pub fn row(&self, text: &str, label: &str, chosen_by: &str, further: Values) -> Vec<u8> {
        let field = |(at, name): (usize, &String)| match at {
            at if at == self.text => text.to_string(),
            at if at == self.label => label.to_string(),
            at if Some(at) == self.chosen_by => chosen_by.to_string(),
            _ => further(name).unwrap_or_default(),
        };
        let fields: Vec<String> = self.names.iter().enumerate().map(field).collect();
        line(fields.iter().map(String::as_str), self.delimiter, self.line_end())
    }
}

/// Fields as a line of a table. A field is quoted where it must be (RFC 4180).
pub fn line<'a>(fields: impl Iterator<Item = &'a str>, delimiter: u8, end: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(delimiter);
        }
        // A space or a quote at the edge of a field is read differently by different programs.
        let edge = field.starts_with([' ', '\t']) || field.ends_with([' ', '\t']);
        let quoted = edge || field.bytes().any(|b| b == delimiter || matches!(b, b'"' | b'\n' | b'\r'));
        if quoted {
            out.push(b'"');
            out.extend_from_slice(field.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(field.as_bytes());
        }
    }
    out.extend_from_slice(end.as_bytes());
    out
}

/// A record: where it begins, its fields, and whether it ends in a line break and its quotes are closed.
struct Record {
    start: usize,
    fields: Vec<String>,
    ends_line: bool,
    closed: bool,
}

/// The records of a table. Blank lines are left out.
fn records(text: &str, from: usize, delimiter: u8) -> Vec<Record> {
    let bytes = text.as_bytes();
    let mut records = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        let start = at;
        let (mut fields, mut field, mut quoted, mut ends_line) = (Vec::new(), Vec::new(), false, false);
        // Whether the field has begun with a quote, so that a quote ends it.
        let mut opened = false;
        while at < bytes.len() {
            let byte = bytes[at];
            at += 1;
            match byte {
                b'"' if quoted && bytes.get(at) == Some(&b'"') => {
                    field.push(b'"');
                    at += 1;
                }
                b'"' if quoted => quoted = false,
                b'"' if field.is_empty() && !opened => (quoted, opened) = (true, true),
                _ if quoted => field.push(byte),
                b'\n' | b'\r' => {
                    if byte == b'\r' && bytes.get(at) == Some(&b'\n') {
                        at += 1;
                    }
                    ends_line = true;
                    break;
                }
                _ if byte == delimiter => {
                    fields.push(String::from_utf8_lossy(&field).into_owned());
                    field.clear();
                    opened = false;
                }
                _ => field.push(byte),
            }
        }
        let blank = fields.is_empty() && field.is_empty() && !opened;
        fields.push(String::from_utf8_lossy(&field).into_owned());
        if !blank {
            records.push(Record { start, fields, ends_line, closed: !quoted });
        }
    }
    records
}

/// The shape and the rows of the file at `path`, whose content is `bytes`.
///
/// # Errors
/// When it is no table with a header that has columns of text and label, or a quote in it is never closed.
pub fn shape(path: &Path, bytes: &[u8], wanted: &Wanted) -> Result<(Shape, Found)> {
    let wrong = |place: Place, problem: &str, remedy: &str| Error::input(path, place, problem, remedy);
    let from = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let whole = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The last character may be cut with its row.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) => {
            let problem = "a file of labels is UTF-8, and this is not";
            let remedy = "save it as UTF-8, or name another file";
            return Err(wrong(Place::Byte(error.valid_up_to() as u64), problem, remedy));
        }
    };
    let cut = whole.len() < bytes.len();
    let (delimiter, _) = delimiter(&bytes[from..], true, &wanted.columns);
    let mut all = records(whole, from, delimiter);
    let header = all.first().map(|record| record.fields.clone()).unwrap_or_default();
    let columns = Columns {
        text: wanted.columns.text.clone().or(wanted.text.map(String::from)),
        ..wanted.columns.clone()
    };
    let found = columns.find(&header).or_else(|| Columns::default().find(&header));
    let Some((text, label)) = found else {
        let names = header.iter().take(20).map(|name| name.trim()).collect::<Vec<_>>().join(", ");
        let problem = format!("the first line has no columns of text and label; it has: {names}");
        let remedy = "give it a header such as text,label, or name the columns with --text and --label";
        return Err(wrong(Place::Line(1), &problem, remedy));
    };
    let chosen_by = header.iter().position(|name| name.trim() == CHOSEN_BY);
    let names: Vec<String> = header.iter().map(|name| name.trim().to_string()).collect();
    let carriage_return = whole.find('\n').is_some_and(|at| at > 0 && bytes[at - 1] == b'\r');
    let shape = Shape { names, text, label, chosen_by, delimiter, carriage_return };
    let line_of = |start: usize| Place::Line(1 + whole[..start].matches('\n').count() as u64);
    let mut result = Found { ends_line: true, ..Found::default() };
    if let Some(last) = all.last() {
        let others =
            || all.get(1..all.len() - 1).unwrap_or(&[]).iter().filter_map(|record| record.fields.get(label));
        let known = |field: &String| {
            let is = |other: &String| other.trim() == field.trim();
            !field.trim().is_empty() && (wanted.classes.iter().any(is) || others().any(is))
        };
        let fits =
            last.closed && last.fields.len() == header.len() && last.fields.get(label).is_some_and(known);
        result.ends_line = last.ends_line && !cut;
        if cut && last.ends_line {
            // Nothing but the first byte of a character is there of the last row.
            (result.torn, result.ends_line) = (Some(whole.len()), true);
        } else if cut && all.len() == 1 {
            let remedy = "save it as UTF-8, or name another file";
            return Err(wrong(Place::Line(1), "the header ends within a character", remedy));
        } else if all.len() > 1 && (cut || !last.ends_line && !fits) {
            // An open quote may also have swallowed whole rows that follow it.
            let lines = whole[last.start..].matches('\n').count();
            if !last.closed && lines > 0 {
                let remedy = "close it; a quote inside a quoted field is written twice";
                let problem = "the quote opened here is never closed, and rows follow";
                let own_row =
                    last.fields.len() == text + 1 && !follows(&whole[last.start..], delimiter, header.len());
                if !own_row {
                    return Err(wrong(line_of(last.start), problem, remedy));
                }
            }
            result.torn = Some(last.start);
            result.ends_line = true;
            all.pop();
        }
    }
    let mut uneven = 0;
    for record in all.iter().skip(1) {
        let field =
            |at: usize| record.fields.get(at).map(|field| field.trim()).filter(|field| !field.is_empty());
        uneven += usize::from(record.fields.len() != header.len());
        if let (Some(_), Some(label)) = (field(text), field(label)) {
            result.rows.push(LabelRow { text: record.fields[text].clone(), label: label.to_string() });
        }
    }
    if uneven > 0 {
        result.remarks.push(format!(
            "{}: {} another number of fields than the header; they stay as they are",
            path.display(),
            counted(uneven, "row has", "rows have")
        ));
    }
    Ok((shape, result))
}

/// Whether a later line of this text looks like a row of the table: it has as many delimiters.
fn follows(text: &str, delimiter: u8, fields: usize) -> bool {
    let is_row = |line: &str| line.bytes().filter(|&byte| byte == delimiter).count() + 1 == fields;
    fields > 1 && text.lines().skip(1).any(is_row)
}
