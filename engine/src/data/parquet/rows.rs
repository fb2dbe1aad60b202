//! The rows of a Parquet file with all columns that a table of plain values can hold.

use std::path::Path;

use serde_json::Map;

use crate::data::columns::Columns;
use crate::data::guess;
use crate::data::lines::decode;
use crate::data::row::{Cells, Row, Rows, no_text};
use crate::error::{Error, Place, Result};

use super::footer::Meaning;
use super::{Cell, Kind, ParquetTable};

/// The number of first rows that are examined for a column of texts.
const EXAMINED: u64 = 200;

/// Passes on all rows. `columns` names the column with the text, by its name or its number from 1; without a name it is
/// found as in the other tables. Columns that hold no plain values are left out, and `to` is told which.
///
/// # Errors
/// If there is no column with the text, or it holds no texts; if the file is damaged; and any error of `to`.
pub fn each_row(path: &Path, columns: &Columns, to: &mut dyn Rows) -> Result<()> {
    let table = ParquetTable::open(path)?;
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let named = columns.find_each(&names).0.or_else(|| columns.text_by_number(names.len()));
    let found = match (named, &columns.text) {
        (Some(text), _) => Some(text),
        (None, Some(_)) => None,
        (None, None) => guessed(&table)?.inspect(|&text| to.guessed(&format!("column \"{}\"", names[text]))),
    };
    let Some(text) = found else {
        let shown: Vec<&str> = names.iter().copied().take(20).collect();
        return Err(no_text(path, Place::Whole, columns.text.as_deref(), &shown));
    };
    table.must_be_texts(text, "name another column with --text")?;
    let kept = |&column: &usize| column == text || table.columns()[column].is_plain();
    let (kept, left): (Vec<usize>, Vec<usize>) = (0..names.len()).partition(kept);
    if !left.is_empty() {
        let left: Vec<&str> = left.iter().map(|&column| names[column]).collect();
        to.left_out(&format!("left out: {} (lists and bytes are not written)", left.join(", ")));
    }
    to.count(table.rows());
    to.header(kept.iter().map(|&column| names[column].to_string()).collect())?;
    let at = kept.iter().position(|&column| column == text).unwrap_or_default();
    table.each(&kept, |row, cells| {
        let place = Place::Member(format!("row {row}"));
        let text = match cells[at] {
            Cell::Bytes(bytes) => match decode(bytes).0 {
                text if text.trim().is_empty() => Err("it has no text".to_string()),
                text => Ok(text.into_owned()),
            },
            _ => Err("it has no text".to_string()),
        };
        let field = |(&column, &cell): (&usize, &Cell)| {
            (names[column].to_string(), table.columns()[column].value(cell))
        };
        let fields: Map<_, _> = kept.iter().zip(cells).map(field).collect();
        to.row(Row { place, file: None, columns: Cells::Object(fields), text })
    })
}

/// The only column that holds texts, going by its first rows.
fn guessed(table: &ParquetTable) -> Result<Option<usize>> {
    let is_text = |&column: &usize| {
        let column = &table.columns()[column];
        column.kind == Kind::Bytes && column.meaning == Meaning::Text && !column.repeated
    };
    let texts: Vec<usize> = (0..table.columns().len()).filter(is_text).collect();
    if texts.len() < 2 {
        return Ok(texts.first().copied());
    }
    let mut rows = Vec::new();
    let read = table.each(&texts, |row, cells| {
        if row > EXAMINED {
            return Err(Error::Interrupted);
        }
        let field = |cell: &Cell| match cell {
            Cell::Bytes(bytes) => decode(bytes).0.into_owned(),
            _ => String::new(),
        };
        rows.push(cells.iter().map(field).collect::<Vec<_>>());
        Ok(())
    });
    match read {
        Ok(()) | Err(Error::Interrupted) => {}
        Err(error) => return Err(error),
    }
    Ok(guess::only_text(&rows).map(|(at, _)| texts[at]))
}
