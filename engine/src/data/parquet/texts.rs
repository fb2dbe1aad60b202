//! Texts without labels: one column of a Parquet file.

use std::path::Path;

use crate::data::columns::Columns;
use crate::data::lines::decode;
use crate::error::{Error, Place, Result};

use super::{Cell, ParquetTable};

/// Calls `each` with the texts of the column that `columns` names, by its name or its number from 1. Empty texts are
/// skipped. Returns the number of rows that were not UTF-8.
///
/// # Errors
/// If there is no such column, it holds no texts, or the file is damaged; and any error of `each`.
pub fn each_text(path: &Path, columns: &Columns, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<u64> {
    let table = ParquetTable::open(path)?;
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let by_name = columns.find_each(&names).0;
    let Some(column) = by_name.or_else(|| columns.text_by_number(names.len())) else {
        return Err(columns.missing(&names, path, Place::Whole));
    };
    table.must_be_texts(column, "name another column")?;
    let mut foreign = 0;
    table.each(&[column], |_, cells| {
        let Cell::Bytes(bytes) = cells[0] else { return Ok(()) };
        let (text, is_foreign) = decode(bytes);
        foreign += u64::from(is_foreign);
        match text.trim() {
            "" => Ok(()),
            text => each(text),
        }
    })?;
    Ok(foreign)
}

impl ParquetTable {
    /// Returns an error if the column with the index `column` holds anything but texts.
    pub(super) fn must_be_texts(&self, column: usize, remedy: &str) -> Result<()> {
        let column = &self.columns()[column];
        if column.may_be_text() {
            return Ok(());
        }
        let problem = format!("the column \"{}\" holds no texts", column.name);
        Err(Error::input(&self.path, Place::Whole, problem, remedy))
    }
}
