//! A row of a table with all its columns, and what takes the rows of a file one after another.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Error, Place, Result};

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The place in the file where the row begins.
    pub place: Place,
    /// The file with the text if the rows are the files of a folder, or the archive if they are those of an archive;
    /// `None` for a table.
    pub file: Option<PathBuf>,
    /// All fields of the row, including the text. For a file of a folder or archive, only its name.
    pub columns: Cells,
    /// The text of the row, or the reason why it has none.
    pub text: std::result::Result<String, String>,
}

impl Row {
    /// The approximate number of bytes that the row takes in its file.
    pub fn bytes(&self) -> usize {
        match (&self.columns, &self.text) {
            (Cells::Fields(_), Ok(text)) if self.file.is_some() => text.len(),
            (Cells::Fields(fields), _) => fields.iter().map(|field| field.len() + 1).sum(),
            (Cells::Object(object), _) => {
                let bytes = |value: &Value| value.as_str().map_or(4, |text| text.len() + 3);
                object.iter().map(|(name, value)| name.len() + 4 + bytes(value)).sum()
            }
        }
    }
}

/// The content of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Fields in the order of the header.
    Fields(Vec<String>),
    /// An object.
    Object(Map<String, Value>),
}

/// A receiver of rows.
pub trait Rows {
    /// Reports the column of the text, if it was chosen by its content and not by its name.
    fn guessed(&mut self, column: &str);
    /// The names of the columns, before the first row; `column 1` and so on if the file has no header. For objects,
    /// the names of the first object's fields.
    ///
    /// # Errors
    /// An error ends the reading.
    fn header(&mut self, names: Vec<String>) -> Result<()>;
    /// The number of rows, before the first row, if the file says how many it has.
    fn count(&mut self, _rows: u64) {}
    /// Reports columns that are left out, and why.
    fn left_out(&mut self, _remark: &str) {}
    /// The next row.
    ///
    /// # Errors
    /// An error ends the reading.
    fn row(&mut self, row: Row) -> Result<()>;
}

/// The error for a table in which the text is not found.
pub(super) fn no_text(path: &Path, place: Place, wanted: Option<&str>, names: &[&str]) -> Error {
    let problem = match wanted {
        Some(name) => format!("no column \"{name}\""),
        None => "none of the columns is known to hold the text".to_string(),
    };
    Error::input(path, place, problem, format!("name one with --text: columns are {}", names.join(", ")))
}
