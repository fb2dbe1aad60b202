//! One column of a table (CSV, TSV, Parquet), or one field of JSON objects, as texts without labels.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Place, Result, printable};
use crate::files::unpack::bare_name;

use super::columns::Columns;
use super::format::head;
use super::lines::{Lines, decode};
use super::{json, parquet, table};

/// The maximum number of columns that a remark names.
const NAMED: usize = 8;
/// A file whose name does not say that it is a table counts as one if this many rows have the same number of fields.
const ALIKE: usize = 10;

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// With this byte between the fields.
    Csv(u8),
    Tsv,
    Json,
}

/// Calls `each` with the texts of the column `name` of the table at `path`, in their order; empty texts are skipped.
/// If no column has the name, a number is the position of a column, from 1. Returns the number of rows that were not
/// UTF-8.
///
/// # Errors
/// If the table cannot be read, has no such column, or has a row with another number of fields, with the line; and
/// any error of `each`.
pub fn each_text(path: &Path, name: &str, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<u64> {
    let columns = Columns { text: Some(name.to_string()), label: None };
    if parquet::is_parquet(path)? {
        return parquet::each_text(path, &columns, each);
    }
    let (bytes, whole) = head(path)?;
    let kind = kind(path, &bytes, whole, Some(&columns));
    let mut foreign = 0;
    let mut chosen: Option<Chosen> = None;
    let mut take = |line: u64, row: &[Cow<str>]| -> Result<()> {
        let header = chosen.is_none();
        if header {
            chosen = Some(Chosen::of(row, &columns, path, line)?);
        }
        match &chosen {
            Some(chosen) if !(header && chosen.header) => match chosen.text(row, path, line)?.trim() {
                "" => Ok(()),
                text => each(text),
            },
            _ => Ok(()),
        }
    };
    match kind {
        Kind::Csv(delimiter) => table::each_row(path, delimiter, |line, row, is_foreign| {
            foreign += u64::from(is_foreign);
            take(line, row).map(|()| true)
        })?,
        Kind::Tsv => {
            let mut lines = Lines::open(path)?;
            while let Some((line, text)) = lines.next_line()? {
                let row: Vec<Cow<str>> = table::tsv_fields(&text).collect();
                take(line, &row)?;
            }
            foreign = lines.foreign;
        }
        Kind::Json => json::each_text(path, &columns, each)?,
    }
    Ok(foreign)
}

/// The field of a row that holds the text.
struct Chosen {
    at: usize,
    width: usize,
    header: bool,
}

impl Chosen {
    /// Chooses the field from the first row.
    fn of(first: &[Cow<str>], columns: &Columns, path: &Path, line: u64) -> Result<Chosen> {
        let width = first.len();
        if let (Some(at), _) = columns.find_each(first) {
            return Ok(Chosen { at, width, header: true });
        }
        match columns.text_by_number(width) {
            Some(at) => Ok(Chosen { at, width, header: false }),
            None => Err(columns.missing(first, path, Place::Line(line))),
        }
    }

    fn text<'r>(&self, row: &'r [Cow<str>], path: &Path, line: u64) -> Result<&'r str> {
        if row.len() != self.width {
            let problem = format!("{} fields where the first row has {}", row.len(), self.width);
            return Err(Error::input(path, Place::Line(line), problem, "is a quote or a separator missing?"));
        }
        Ok(&row[self.at])
    }
}

/// The format of the table that begins with `head`, from its name or its content.
pub(super) fn kind(path: &Path, head: &[u8], whole: bool, columns: Option<&Columns>) -> Kind {
    let start = head.iter().find(|byte| !byte.is_ascii_whitespace());
    match (ending(path), start) {
        (Some("tsv" | "tab"), _) => Kind::Tsv,
        (Some("jsonl" | "ndjson" | "json"), _) | (None, Some(b'{' | b'[')) => Kind::Json,
        _ => {
            let has_name = |delimiter: &u8| {
                let first =
                    table::first_rows(head, *delimiter, whole, 1).into_iter().next().unwrap_or_default();
                first.len() > 1 && columns.is_some_and(|columns| columns.find_each(&first).0.is_some())
            };
            let named = table::DELIMITERS.into_iter().find(has_name);
            Kind::Csv(named.unwrap_or_else(|| table::delimiter(head, whole, &Columns::default()).0))
        }
    }
}

/// The extension of a table's name.
pub(super) fn ending(path: &Path) -> Option<&'static str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let end = bare_name(&name).rsplit_once('.')?.1.to_string();
    ["csv", "tsv", "tab", "jsonl", "ndjson", "json"].into_iter().find(|known| *known == end)
}

/// If the text at `path`, which will be read as plain text, looks like a table: a description of its columns.
///
/// # Errors
/// If it cannot be read.
pub fn looks_like_table(path: &Path) -> Result<Option<String>> {
    let mut start = Vec::new();
    crate::files::open_text(path)?
        .take(1 << 16)
        .read_to_end(&mut start)
        .map_err(|e| super::lines::broken(path, Place::Whole, e))?;
    let whole = start.len() < 1 << 16;
    if !whole && let Some(end) = start.iter().rposition(|&byte| byte == b'\n') {
        start.truncate(end + 1);
    }
    let rows = match kind(path, &start, whole, None) {
        Kind::Json => {
            let fields = json::first_fields(&decode(&start).0);
            return Ok(fields.map(|fields| listed("with the fields", &fields)));
        }
        Kind::Tsv => table::first_rows(&start, b'\t', whole, usize::MAX),
        Kind::Csv(delimiter) => table::first_rows(&start, delimiter, whole, usize::MAX),
    };
    let Some(first) = rows.first().filter(|first| first.len() > 1) else { return Ok(None) };
    let alike = rows.iter().filter(|row| row.len() == first.len()).count();
    let enough = if ending(path).is_some() { 2 } else { ALIKE };
    // In plain text with a comma in every line by chance, the number of fields varies.
    if rows.len() < enough || alike * 100 < rows.len() * 99 {
        return Ok(None);
    }
    let is_name = |field: &String| (1..40).contains(&field.chars().count()) && field.parse::<f64>().is_err();
    Ok(Some(match first.iter().all(is_name) {
        true => listed("with the columns", first),
        false => format!("of {} columns", first.len()),
    }))
}

fn listed(what: &str, names: &[String]) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    let names: Vec<&str> = names.iter().take(NAMED).map(|name| name.trim()).collect();
    printable(&format!("{what} {}{more}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, content: &str, column: &str) -> std::result::Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let mut found = Vec::new();
        each_text(&path, column, &mut |text| {
            found.push(text.to_string());
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        Ok(found)
    }

    #[test]
    fn a_column_is_read_from_every_kind_of_table() {
        let expected = Ok(vec!["one, two".to_string(), "three\nfour".to_string()]);
        for (name, content, column) in [
            ("a.csv", "id,text\n1,\"one, two\"\n2,\"three\nfour\"\n3,\n", "text"),
            ("a.txt", "id;Text\n1;one, two\n2;\"three\nfour\"\n", "text"),
            ("a.csv", "1,\"one, two\"\n2,\"three\nfour\"\n", "2"),
            ("a.jsonl", "{\"id\":1,\"t\":\"one, two\"}\n{\"t\":null}\n{\"t\":\"three\\nfour\"}\n", "t"),
            ("a.json", "[{\"t\":\"one, two\"},\n{\"t\":\"three\\nfour\",\"x\":[1]}]", "t"),
        ] {
            assert_eq!(texts(name, content, column), expected, "{name}: {content}");
        }
        assert_eq!(texts("a.tsv", "id\tq\n1\t\"a, b\"\n2\tc\n", "q").unwrap(), ["a, b", "c"]);
        for (name, content, column, told) in [
            ("a.csv", "id,text\n1,a\n", "body", "line 1: no column \"body\"; columns are: id, text"),
            ("a.csv", "id,text\n1,a\n2\n", "text", "line 3: 1 fields where the first row has 2"),
            ("a.jsonl", "{\"id\":1}\n", "text", "line 1: no field \"text\""),
            ("a.jsonl", "{\"id\":[1]}\n", "id", "line 1: the field \"id\" is no text"),
        ] {
            let error = texts(name, content, column).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_table_is_told_from_a_text() {
        let told = |name: &str, content: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            looks_like_table(&path).unwrap()
        };
        let rows: String = (0..20).map(|n| format!("{n},2020-01-{n},some words\n")).collect();
        assert_eq!(told("a.csv", "id,date,text\n1,2,a\n").unwrap(), "with the columns id, date, text");
        assert_eq!(
            told("a.txt", &format!("id,date,text\n{rows}")).unwrap(),
            "with the columns id, date, text"
        );
        assert_eq!(told("a.txt", &rows).unwrap(), "of 3 columns");
        assert_eq!(told("a.txt", "{\"id\": 1, \"text\": \"a\"}\n").unwrap(), "with the fields id, text");
        let prose: String = (0..40).map(|n| format!("so, {} it went\n", "on, ".repeat(n % 3))).collect();
        for text in
            ["", "one line, with a comma\n", "no comma\n", &prose, "[Act I]\nhe comes, she goes\n", "{ x }\n"]
        {
            assert_eq!(told("a.txt", text), None, "{text}");
        }
    }
}
