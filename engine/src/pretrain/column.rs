//! A corpus in one column of a table: each row is one document.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::data::column;
use crate::error::{Error, Result};
use crate::files;

use super::corpus::Corpus;

/// The texts of a column of CSV, TSV or Parquet, or of a field of JSON objects.
pub struct Column {
    path: PathBuf,
    name: String,
    /// The number of rows that were not UTF-8 in the last complete reading.
    foreign: AtomicU64,
}

impl Column {
    /// The column of the table at `path` with this name or this number.
    ///
    /// # Errors
    /// If the table cannot be opened or has no such column.
    pub fn new(path: &Path, name: &str) -> Result<Column> {
        let column = Column { path: path.to_path_buf(), name: name.to_string(), foreign: AtomicU64::new(0) };
        // Reading the first text shows whether there is such a column.
        column.read(&mut |_| ControlFlow::Break(()))?;
        Ok(column)
    }
}

impl Corpus for Column {
    fn read(&self, sink: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<()> {
        let (mut broken, mut document) = (false, String::new());
        let read = column::each_text(&self.path, &self.name, &mut |text| {
            document.clear();
            document.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
            document.push('\n');
            broken = sink(&document).is_break();
            if broken { Err(Error::Interrupted) } else { Ok(()) }
        });
        match read {
            Err(_) if broken => Ok(()),
            Err(error) => Err(error),
            Ok(foreign) => {
                self.foreign.store(foreign, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    fn name(&self) -> String {
        format!("the column \"{}\" of {}", self.name, self.path.display())
    }

    fn remarks(&self) -> Vec<String> {
        let name = self.path.display();
        // The file was opened before, so an error is not expected here.
        let written = files::open_text(&self.path).ok().and_then(|text| text.remark());
        let mut remarks: Vec<String> =
            written.into_iter().map(|remark| format!("{name}: {remark}")).collect();
        match self.foreign.load(Ordering::Relaxed) {
            0 => {}
            1 => remarks.push(format!("{name}: 1 row is not UTF-8 and was read as Windows-1252")),
            n => remarks.push(format!("{name}: {n} rows are not UTF-8 and were read as Windows-1252")),
        }
        remarks
    }
}
