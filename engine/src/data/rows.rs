//! Reads the rows of a table one after another, with all their columns, and finds the text of each. Predictions use
//! this; they need no label.
//!
//! The formats are CSV, TSV, JSON lines (or an array of objects) and Parquet. The text is in the column that the user named, or
//! else in one with a usual name, or else in the only column that holds texts (CSV, TSV and Parquet), or else in the only
//! column. A folder or an archive has one row per file, whose text is the content of the file. Any other file has a text on
//! each line.

use std::borrow::Cow;
use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Place, Result};

use super::column::{Kind, kind, looks_like_table};
use super::columns::Columns;
use super::format::head;
use super::guess;
use super::lines::{LONGEST, Lines, decode};
use super::row::{Cells, Row, Rows, no_text};
use super::walk::{Item, is_archive, place, unread, walk};
use super::{parquet, strays, table};

/// Whether the file at `path` is a table, and not a file with one text per line.
///
/// # Errors
/// If the file cannot be read.
pub fn is_table(path: &Path) -> Result<bool> {
    // An input that can be read only once, such as a pipe, is judged by its name.
    if !path.is_dir() && !path.is_file() {
        return Ok(super::column::ending(path).is_some());
    }
    Ok(path.is_dir()
        || super::column::ending(path).is_some()
        || is_archive(path)?
        || parquet::is_parquet(path)?
        || looks_like_table(path)?.is_some())
}

/// The number of first rows that are examined for a column of texts.
const EXAMINED: usize = 200;

/// Passes on the rows of the table at `path`; `text` names the column with the text. A row with another number of
/// fields or without a text is passed on with the problem.
///
/// # Errors
/// If the file cannot be read or is not a table; if it has no column `text`, or none or several
/// that may be the text; and any error of `to`.
pub fn each_row(path: &Path, text: Option<&str>, to: &mut dyn Rows) -> Result<()> {
    if path.is_dir() || path.is_file() && is_archive(path)? {
        return match text {
            None => files(path, to),
            Some(_) => {
                let problem = "a folder or archive has a text a file, and no columns";
                Err(Error::input(path, Place::Whole, problem, "leave --text out"))
            }
        };
    }
    let columns = Columns { text: text.map(String::from), label: None };
    if parquet::is_parquet(path)? {
        return parquet::each_row(path, &columns, to);
    }
    if text.is_none() && !is_table(path)? && !begins_with_a_name(path)? {
        return lines(path, to);
    }
    let (bytes, whole) = head(path)?;
    let mut fields = Fields { path, columns: &columns, guess: None, chosen: None, to };
    let examined = |rows: Vec<Vec<String>>| if text.is_none() { guess::only_text(&rows) } else { None };
    match kind(path, &bytes, whole, text.map(|_| &columns)) {
        Kind::Csv(delimiter) => {
            fields.guess = examined(table::first_rows(&bytes, delimiter, whole, EXAMINED));
            table::each_row(path, delimiter, |line, row, _| fields.take(line, row).map(|()| true))
        }
        Kind::Tsv => {
            let head = decode(&bytes).0;
            let row = |line: &str| table::tsv_fields(line).map(Cow::into_owned).collect();
            fields.guess = examined(head.lines().take(EXAMINED).map(row).collect());
            let mut lines = Lines::open(path)?;
            while let Some((line, text)) = lines.next_line()? {
                let row: Vec<Cow<str>> = table::tsv_fields(&text).collect();
                fields.take(line, &row)?;
            }
            Ok(())
        }
        Kind::Json => objects(path, &columns, &decode(&bytes).0, fields.to),
    }
}

/// Rows of fields.
struct Fields<'r> {
    path: &'r Path,
    columns: &'r Columns,
    /// The index of the only column that holds texts, and whether the first row is a header. Both are found by an
    /// examination of the first rows.
    guess: Option<(usize, bool)>,
    /// The index of the column with the text and the number of fields in a row; known after the first row.
    chosen: Option<(usize, usize)>,
    to: &'r mut dyn Rows,
}

impl Fields<'_> {
    fn take(&mut self, line: u64, row: &[Cow<str>]) -> Result<()> {
        let (at, width) = match self.chosen {
            Some(chosen) => chosen,
            None => {
                let (at, header) = self.choose(line, row)?;
                self.chosen = Some((at, row.len()));
                if self.guess == Some((at, header)) && self.columns.find_each(row).0.is_none() {
                    let name = if header { format!("\"{}\"", row[at].trim()) } else { (at + 1).to_string() };
                    self.to.guessed(&format!("column {name}"));
                }
                let names = match header {
                    true => row.iter().map(|name| name.trim().to_string()).collect(),
                    false => (1..=row.len()).map(|number| format!("column {number}")).collect(),
                };
                self.to.header(names)?;
                if header {
                    return Ok(());
                }
                (at, row.len())
            }
        };
        let text = match row.get(at) {
            _ if row.len() != width => Err(format!("{} fields where the first row has {width}", row.len())),
            Some(text) if !text.trim().is_empty() => Ok(text.to_string()),
            _ => Err("it has no text".to_string()),
        };
        let fields = row.iter().map(|field| field.to_string()).collect();
        self.to.row(Row { place: Place::Line(line), file: None, columns: Cells::Fields(fields), text })
    }

    /// The index of the column with the text, and whether the first row is a header.
    fn choose(&self, line: u64, first: &[Cow<str>]) -> Result<(usize, bool)> {
        if let (Some(at), _) = self.columns.find_each(first) {
            return Ok((at, true));
        }
        if let (None, Some(guess)) = (&self.columns.text, self.guess)
            && first.len() > 1
            && guess.0 < first.len()
        {
            return Ok(guess);
        }
        match (self.columns.text_by_number(first.len()), &self.columns.text) {
            (Some(at), _) => Ok((at, false)),
            (None, None) if first.len() == 1 => Ok((0, false)),
            _ => {
                let names: Vec<&str> = first.iter().map(|name| name.trim()).take(20).collect();
                Err(no_text(self.path, Place::Line(line), self.columns.text.as_deref(), &names))
            }
        }
    }
}

/// Whether the first line of a file is the usual name of a column of texts: then the file is a table with one column.
fn begins_with_a_name(path: &Path) -> Result<bool> {
    // An input that can be read only once is judged by its name.
    if !path.is_file() {
        return Ok(false);
    }
    let mut lines = Lines::open(path)?;
    let first = lines.next_line()?.map_or(String::new(), |(_, line)| line.trim().to_string());
    Ok(Columns::default().find_each(&[first]).0.is_some())
}

/// The lines of a file, one row for each that is not blank.
fn lines(path: &Path, to: &mut dyn Rows) -> Result<()> {
    to.header(vec!["text".to_string()])?;
    let mut lines = Lines::open(path)?;
    while let Some((line, text)) = lines.next_line()? {
        let text = text.to_string();
        let columns = Cells::Fields(vec![text.clone()]);
        to.row(Row { place: Place::Line(line), file: None, columns, text: Ok(text) })?;
    }
    Ok(())
}

/// The files of a folder or archive, one row per file.
fn files(path: &Path, to: &mut dyn Rows) -> Result<()> {
    to.header(vec!["file".to_string()])?;
    walk(
        path,
        LONGEST,
        |name| strays::by_name(name).is_none(),
        |item| {
            let Item::File(name, content) = item else { return Ok(()) };
            if strays::by_name(name).is_some() {
                return Ok(());
            }
            let content = content.map_err(|error| unread(path, name, error))?;
            let text = match decode(&content).0.into_owned() {
                _ if content.len() > LONGEST => Err("it is too long for a text".to_string()),
                _ if content.starts_with(&parquet::MAGIC) => {
                    Err("it is a Parquet file and no text: name it itself".to_string())
                }
                text if text.trim().is_empty() => Err("it has no text".to_string()),
                text => Ok(text),
            };
            let (file, place) = place(path, name);
            to.row(Row { place, file: Some(file), columns: Cells::Fields(vec![name.to_string()]), text })
        },
    )
}

/// Objects, one per line or in an array.
fn objects(path: &Path, columns: &Columns, start: &str, to: &mut dyn Rows) -> Result<()> {
    let mut chosen: Option<String> = None;
    let mut take = |place: Place, value: Value| -> Result<()> {
        let Value::Object(object) = value else {
            let problem = "this is JSON, but not an object";
            return Err(Error::input(path, place, problem, "write objects, one a line or in one array"));
        };
        if chosen.is_none() {
            let names: Vec<&String> = object.keys().collect();
            let found = columns.find_each(&names).0.map(|at| names[at].clone());
            let only = || (names.len() == 1 && columns.text.is_none()).then(|| names[0].clone());
            let shown: Vec<&str> = names.iter().take(20).map(|name| name.as_str()).collect();
            let name = found
                .or_else(only)
                .ok_or_else(|| no_text(path, place.clone(), columns.text.as_deref(), &shown))?;
            chosen = Some(name);
            to.header(object.keys().cloned().collect())?;
        }
        let name = chosen.as_deref().unwrap_or_default();
        let text = match object.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            Some(Value::String(_) | Value::Null) | None => Err("it has no text".to_string()),
            Some(_) => Err(format!("the field \"{name}\" is no text")),
        };
        to.row(Row { place, file: None, columns: Cells::Object(object), text })
    };
    let wrong = |place: Place, error: serde_json::Error| {
        let told = error.to_string();
        let told = told.split(" at line ").next().unwrap_or_default();
        Error::input(
            path,
            place,
            format!("this is not JSON ({told})"),
            "write objects, one a line or in one array",
        )
    };
    if start.trim_start().starts_with('[') {
        // An array is read as a whole, because its objects cannot be separated by lines.
        let bytes = crate::files::read(path, LONGEST_ARRAY)?;
        let values: Vec<Value> = serde_json::from_slice(&bytes)
            .map_err(|e| wrong(Place::LineColumn(e.line() as u64, e.column() as u64), e))?;
        let element = |place: usize| Place::Member(format!("element {}", place + 1));
        return values.into_iter().enumerate().try_for_each(|(place, value)| take(element(place), value));
    }
    let mut lines = Lines::open(path)?;
    while let Some((line, text)) = lines.next_line()? {
        let value =
            serde_json::from_str(&text).map_err(|e| wrong(Place::LineColumn(line, e.column() as u64), e))?;
        take(Place::Line(line), value)?;
    }
    Ok(())
}

/// The maximum length of an array of objects, in bytes.
const LONGEST_ARRAY: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept(Vec<String>, Vec<Row>);

    impl Rows for Kept {
        fn guessed(&mut self, _: &str) {}

        fn header(&mut self, names: Vec<String>) -> Result<()> {
            self.0 = names;
            Ok(())
        }
        fn row(&mut self, row: Row) -> Result<()> {
            self.1.push(row);
            Ok(())
        }
    }

    fn read(name: &str, content: &str, text: Option<&str>) -> Result<Kept> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let mut kept = Kept::default();
        each_row(&path, text, &mut kept).map(|()| kept)
    }

    #[test]
    fn every_column_is_kept_and_the_text_is_found() {
        let csv = "id,review,stars\n1,\"good, \"\"very\"\"\ngood\",5\n2,,1\n3,bad\n4,fine,3\n";
        let kept = read("a.csv", csv, Some("review")).unwrap();
        assert_eq!(kept.0, ["id", "review", "stars"]);
        let texts: Vec<_> = kept.1.iter().map(|row| row.text.clone()).collect();
        assert_eq!(texts[0].as_deref(), Ok("good, \"very\"\ngood"));
        assert_eq!(texts[1], Err("it has no text".to_string()));
        assert!(texts[2].as_ref().unwrap_err().contains("2 fields"), "{texts:?}");
        assert_eq!((&kept.1[3].place, texts[3].as_deref()), (&Place::Line(6), Ok("fine")));
        let tsv = read("a.tsv", "x\tgood\ny\tbad\n", Some("2")).unwrap();
        assert_eq!((&tsv.0[1][..], tsv.1.len()), ("column 2", 2));
        let json = "{\"id\": 1, \"text\": \"good\", \"more\": {\"a\": [2]}}\n{\"id\": 2}\n";
        let json = read("a.jsonl", json, None).unwrap();
        assert_eq!((json.0.len(), json.1[1].text.is_err()), (3, true));
        let array = read("a.json", "[{\"text\": \"a\"}, {\"text\": \"b\"}]", None).unwrap();
        assert_eq!(array.1.len(), 2);
        // The elements of an array are counted, because several may be on a line.
        assert_eq!(array.1[1].place, Place::Member("element 2".into()));
        let error = read("a.json", "[{\"text\": \"a\"}, 7]", None).map(drop).unwrap_err().to_string();
        assert!(error.contains("a.json, element 2: this is JSON, but not an object"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_table_has_a_text_on_each_line() {
        let text = "so warm, so good, and cheap\nso \"dull\n\nso it goes, they say\n";
        let kept = read("new.txt", text, None).unwrap();
        assert_eq!(kept.0, ["text"]);
        let texts: Vec<_> = kept.1.iter().map(|row| row.text.as_deref().ok()).collect();
        let line = "so warm, so good, and cheap";
        assert_eq!(texts, [Some(line), Some("so \"dull"), Some("so it goes, they say")]);
        assert_eq!(kept.1[2].place, Place::Line(4));
        // A table with one column may have any name.
        let table = read("new.txt", "review\n\"so warm, so good\"\n", None).unwrap();
        assert_eq!(
            table.1.iter().map(|row| row.text.as_deref()).collect::<Vec<_>>(),
            [Ok("so warm, so good")]
        );
    }

    #[test]
    fn a_folder_has_a_row_for_each_file() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("b.txt", "so dull"), ("a.txt", "so warm"), ("c.txt", " "), ("Thumbs.db", "no text")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mut kept = Kept::default();
        each_row(folder.path(), None, &mut kept).unwrap();
        let texts: Vec<_> = kept.1.iter().map(|row| row.text.clone().ok()).collect();
        assert_eq!(texts, [Some("so warm".to_string()), Some("so dull".into()), None]);
        assert_eq!(kept.1[1].columns, Cells::Fields(vec!["b.txt".into()]));
        assert_eq!(kept.1[2].file.as_deref(), Some(&*folder.path().join("c.txt")));
        assert!(is_table(folder.path()).unwrap());
        let named = each_row(folder.path(), Some("text"), &mut kept).unwrap_err().to_string();
        assert!(named.contains("no columns"), "{named}");
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_those_that_are() {
        for (name, content) in [("a.csv", "id,words\n1,x\n"), ("a.jsonl", "{\"id\": 1, \"words\": \"x\"}\n")]
        {
            for wanted in [Some("review"), None] {
                let error = read(name, content, wanted).map(drop).unwrap_err().to_string();
                assert!(error.contains("--text") && error.contains("id, words"), "{error}");
            }
        }
    }
}
