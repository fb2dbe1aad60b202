//! The columns and the first rows of a table, so that a user can choose the columns of text and label. Only the
//! beginning of the file is read.

use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::session::starter::Preview;

use super::columns::Columns;
use super::format::{Format, detect, head};
use super::lines::decode;
use super::parquet::{Cell, Column, ParquetTable};
use super::table;

/// The maximum number of rows, of columns, and of characters of a field.
const ROWS: usize = 20;
const MOST_COLUMNS: usize = 256;
const LONGEST: usize = 200;

/// The columns and the first rows of the file at `path`. `columns` are those that the user named. `None` if the file is
/// not a table.
///
/// # Errors
/// If the file cannot be read.
pub fn preview(path: &Path, columns: &Columns) -> Result<Option<Preview>> {
    Ok(match detect(path, columns)? {
        Format::Csv => {
            let (bytes, whole) = head(path)?;
            // One row more than the header and the rows: the last one may be cut.
            let (delimiter, _) = table::delimiter(&bytes, whole, columns);
            of_rows(table::first_rows(&bytes, delimiter, whole, ROWS + 2), columns)
        }
        Format::Tsv => {
            let (bytes, _) = head(path)?;
            let row = |line: &str| table::tsv_fields(line).map(|field| field.into_owned()).collect();
            of_rows(decode(&bytes).0.lines().take(ROWS + 1).map(row).collect(), columns)
        }
        Format::Json => {
            let (mut bytes, _) = head(path)?;
            // The beginning may end inside a character.
            if let Err(error) = std::str::from_utf8(&bytes)
                && error.error_len().is_none()
            {
                bytes.truncate(error.valid_up_to());
            }
            of_objects(&objects(&decode(&bytes).0))
        }
        Format::Parquet => Some(of_parquet(path)?),
        Format::FastText | Format::Trec | Format::LabelText | Format::Tree => None,
    })
}

/// The preview of a table whose first row may be a header.
fn of_rows(mut rows: Vec<Vec<String>>, columns: &Columns) -> Option<Preview> {
    let first = rows.first()?;
    let width = first.len().min(MOST_COLUMNS);
    let known = columns.find_each(first) != (None, None);
    let header = known || is_header(first);
    let names = match header {
        true => rows.remove(0).into_iter().map(|name| name.trim().to_string()).collect(),
        false => (1..=width).map(|number| number.to_string()).collect(),
    };
    Some(shortened(names, rows))
}

/// Whether a row without any usual name resembles a header: short, different names, none of which is a number.
fn is_header(row: &[String]) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.split_whitespace().count() <= 3 && name.parse::<f64>().is_err();
    let names: Vec<&str> = row.iter().map(|name| name.trim()).collect();
    names.iter().enumerate().all(|(at, name)| is_name(name) && !names[..at].contains(name))
}

fn shortened(mut columns: Vec<String>, rows: Vec<Vec<String>>) -> Preview {
    columns.truncate(MOST_COLUMNS);
    let cut = |field: String| match field.char_indices().nth(LONGEST) {
        Some((end, _)) => field[..end].to_string(),
        None => field,
    };
    let row = |row: Vec<String>| row.into_iter().take(MOST_COLUMNS).map(cut).collect();
    Preview { columns, rows: rows.into_iter().take(ROWS).map(row).collect() }
}

/// The first objects of a JSON text, of which the end may be missing.
fn objects(text: &str) -> Vec<Map<String, Value>> {
    let (mut found, mut rest) =
        (Vec::new(), text.trim_start_matches(['\u{feff}', '[', ' ', '\n', '\r', '\t']));
    while found.len() < ROWS {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Map<String, Value>>();
        let Some(Ok(object)) = values.next() else { break };
        found.push(object);
        let end = values.byte_offset();
        rest =
            rest[end..].trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '[' || c == ']');
    }
    found
}

fn of_objects(objects: &[Map<String, Value>]) -> Option<Preview> {
    let names: Vec<String> = objects.first()?.keys().cloned().collect();
    let field = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let rows = objects.iter().map(|object| names.iter().map(|name| field(object.get(name))).collect());
    let rows = rows.collect();
    Some(shortened(names, rows))
}

fn of_parquet(path: &Path) -> Result<Preview> {
    let table = ParquetTable::open(path)?;
    let shown: Vec<usize> = (0..table.columns().len())
        .filter(|&column| table.columns()[column].is_read())
        .take(MOST_COLUMNS)
        .collect();
    let mut rows = Vec::new();
    let read = table.each(&shown, |_, cells| {
        let cells = shown.iter().zip(cells);
        rows.push(cells.map(|(&column, cell)| field(&table.columns()[column], cell)).collect());
        if rows.len() < ROWS { Ok(()) } else { Err(Error::Interrupted) }
    });
    if !matches!(read, Ok(()) | Err(Error::Interrupted)) && rows.is_empty() {
        read?;
    }
    let names = shown.iter().map(|&column| table.columns()[column].name.clone()).collect();
    Ok(shortened(names, rows))
}

fn field(column: &Column, cell: &Cell) -> String {
    if let Cell::Bytes(bytes) = cell
        && column.may_be_text()
    {
        return decode(bytes).0.chars().take(LONGEST).collect();
    }
    match column.value(*cell) {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &str) -> Option<Preview> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        preview(&path, &Columns::default()).unwrap()
    }

    #[test]
    fn a_table_has_its_columns_and_its_first_rows() {
        let csv = read("a.csv", "id,review,mood\n1,\"so \"\"good\"\",\nthat\",pos\n2,bad,neg\n").unwrap();
        assert_eq!(csv.columns, ["id", "review", "mood"]);
        assert_eq!(csv.rows, [["1", "so \"good\",\nthat", "pos"], ["2", "bad", "neg"]]);
        let bare = read("a.tsv", "1\tso good that it hurts\tpos\n2\tbad\tneg\n").unwrap();
        assert_eq!((&bare.columns[..], bare.rows.len()), (&["1", "2", "3"].map(String::from)[..], 2));
        let strange = read("a.csv", "nr,parecer,voto\n1,muito bom,sim\n").unwrap();
        assert_eq!((&strange.columns[1][..], strange.rows.len()), ("parecer", 1));
        assert_eq!(read("a.txt", "pos so good\nneg so bad\n"), None);
    }

    #[test]
    fn objects_are_rows_however_they_are_written() {
        let expected = [["a", "1", ""], ["b", "2", "[3]"]];
        for text in [
            "{\"t\": \"a\", \"l\": 1, \"x\": null}\n{\"t\": \"b\", \"l\": 2, \"x\": [3]}\n",
            "[{\"t\": \"a\", \"l\": 1, \"x\": null},\n {\"l\": 2, \"t\": \"b\", \"x\": [3]}]",
            "[\n{\"t\": \"a\",\n \"l\": 1, \"x\": null},\n{\"t\": \"b\", \"l\": 2, \"x\": [3]}, {\"t\": \"cut sh",
        ] {
            let found = read("a.json", text).unwrap();
            assert_eq!(
                (&found.columns[..], &found.rows[..]),
                (
                    &["t", "l", "x"].map(String::from)[..],
                    &expected.map(|row| row.map(String::from).to_vec())[..]
                ),
                "{text}"
            );
        }
        assert_eq!(read("a.json", "[1, 2]"), None);
    }

    #[test]
    fn long_fields_and_long_tables_are_cut() {
        let row = format!("{},pos\n", "é".repeat(3 * LONGEST));
        let found = read("a.csv", &format!("text,label\n{}", row.repeat(3 * ROWS))).unwrap();
        assert_eq!((found.rows.len(), found.rows[0][0].chars().count()), (ROWS, LONGEST));
    }
}
