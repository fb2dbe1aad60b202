//! A session's figures as CSV: one file for each kind of figure, with unformatted numbers.

mod comparison;
mod runs;
mod sources;

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::files;
use crate::session::history::History;
use crate::session::source_name::SourceName;

/// Writes the files into `folder`, and adds their paths to `written`. A kind of figure that the session does not have gets no
/// file.
///
/// # Errors
/// When a file cannot be written.
pub fn export(history: &History, folder: &Path, written: &mut Vec<PathBuf>) -> Result<()> {
    let mut tables = Tables { folder, written };
    sources::write(history, &mut tables)?;
    runs::write(history, &mut tables)?;
    comparison::write(history, &mut tables)
}

/// The files that are being written.
struct Tables<'a> {
    folder: &'a Path,
    written: &'a mut Vec<PathBuf>,
}

impl Tables<'_> {
    /// Writes a file, unless it would have a header and no rows.
    fn write(&mut self, name: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
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
fn source(name: &Option<SourceName>) -> &str {
    name.as_ref().map_or("", SourceName::as_str)
}

/// A cell for a number that may be missing.
fn cell(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn cells(values: &[&dyn Display]) -> Vec<String> {
    values.iter().map(|value| value.to_string()).collect()
}
