//! A session's figures as CSV: one file for each kind of figure, with unformatted numbers.

mod comparison;
mod runs;
mod sources;
mod tables;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::session::history::History;

use tables::Tables;

/// Writes the files into `folder`, and adds their paths to `written`. A kind of figure that the session does not have gets no
/// file.
///
/// # Errors
/// When a file cannot be written.
pub fn export(history: &History, folder: &Path, written: &mut Vec<PathBuf>) -> Result<()> {
    let mut tables = Tables::new(folder, written);
    sources::write(history, &mut tables)?;
    runs::write(history, &mut tables)?;
    comparison::write(history, &mut tables)
}
