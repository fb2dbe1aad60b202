//! Tables in files, as CSV.

use std::path::Path;

use crate::error::Result;
use crate::files;

/// Writes rows, the head first, to the file at `path`.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: &Path, rows: &[Vec<String>]) -> Result<()> {
    files::save(path, |file| {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
        for row in rows {
            writer.write_record(row)?;
        }
        writer.flush()
    })
}
