//! Writes tables, and makes their cells.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::files;
use crate::session::source_name::SourceName;

/// The files that are being written.
pub struct Tables<'a> {
    folder: &'a Path,
    written: &'a mut Vec<PathBuf>,
}

impl<'a> Tables<'a> {
    pub fn new(folder: &'a Path, written: &'a mut Vec<PathBuf>) -> Tables<'a> {
        Tables { folder, written }
    }

    /// Writes a file, unless it would have a header and no rows.
    pub fn write(
        &mut self,
        name: &str,
        heads: &[&str],
        rows: impl Iterator<Item = Vec<String>>,
    ) -> Result<()> {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let path = self.folder.join(name);
        files::save(&path, |to| {
            let mut table = csv::Writer::from_writer(to);
            table.write_record(heads).map_err(io::Error::other)?;
            for row in rows {
                table.write_record(row).map_err(io::Error::other)?;
            }
            table.flush()
        })?;
        self.written.push(path);
        Ok(())
    }
}

/// The name of a source; empty if there is none.
pub fn source(name: &Option<SourceName>) -> &str {
    name.as_ref().map_or("", SourceName::as_str)
}

/// A cell for a number that may be missing.
pub fn cell(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

pub fn cells(values: &[&dyn Display]) -> Vec<String> {
    values.iter().map(|value| value.to_string()).collect()
}
