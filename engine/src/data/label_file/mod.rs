//! The user's file of labels: a CSV or TSV file with a header, to which a row is appended for every label.
//!
//! A row is one write at the end of the file, synced before it counts. So a kill or a power cut after an answer loses
//! nothing, and during it leaves the file with the row, without it, or with a part of it. [`LabelFile::open`] moves a part
//! of a row into a file beside it and says so. Nothing else of the file is ever changed: rows, columns, delimiter and line
//! ends stay as the user has them, and columns that a label does not have stay empty.
//!
//! The file is locked as long as it is open. The lock does not bind other programs, such as an editor, so before each row
//! the file must be the one, and have the length, that it had after the last row.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files::{self, Held, Hold, hold};

mod asked;
mod rows;

use rows::{Shape, shape};

pub use asked::{CHOSEN_BY, LabelRow, Values, Wanted};

/// The most bytes of a file of labels.
const LONGEST: usize = 1 << 30;

/// An open file of labels.
#[derive(Debug)]
pub struct LabelFile {
    path: PathBuf,
    file: Held,
    shape: Shape,
    /// The length of the file, and its length before each row that was appended.
    length: u64,
    before: Vec<u64>,
    /// What was found, and done about it: one sentence each.
    pub remarks: Vec<String>,
}

impl LabelFile {
    /// Opens the file at `path`, or creates it. Returns its rows too.
    ///
    /// # Errors
    /// When another process has it open, it cannot be read or written, or it is no table with a header that has columns
    /// of text and label.
    pub fn open(path: &Path, wanted: &Wanted) -> Result<(LabelFile, Vec<LabelRow>)> {
        let mut remarks = Vec::new();
        if fs::metadata(path).is_err() {
            create(path, wanted)?;
            remarks.push(format!("{} was created", path.display()));
        }
        // Refuses what is no regular file, before it is opened for writing.
        files::regular(path)?;
        let open = OpenOptions::new().read(true).append(true).open(path);
        let file = open.map_err(|e| Error::io("open", path, e))?;
        let file = match hold(file) {
            Hold::Held(file) => file,
            Hold::Busy(_) => {
                let problem = "another process labels into this file";
                return Err(Error::input(path, Place::Whole, problem, "end it, or name another file"));
            }
            Hold::Unlocked(file, error) => {
                remarks.push(format!(
                    "the file system of {} has no locks ({error}): do not let a second process write it",
                    path.display()
                ));
                file
            }
        };
        let mut bytes = files::read(path, LONGEST)?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            bytes = header(path, wanted);
            let set =
                file.set_len(0).and_then(|()| (&*file).write_all(&bytes)).and_then(|()| file.sync_all());
            set.map_err(|e| Error::io("write", path, e))?;
        }
        let (shape, read) = shape(path, &bytes, wanted)?;
        let mut length = bytes.len() as u64;
        if let Some(torn) = read.torn {
            let beside = set_aside(path, &bytes[torn..])?;
            let cut = file.set_len(torn as u64).and_then(|()| file.sync_all());
            cut.map_err(|e| Error::io("write", path, e))?;
            length = torn as u64;
            remarks.push(format!(
                "the last line of {} was not whole; it is now in {}",
                path.display(),
                beside.display()
            ));
        } else if !read.ends_line {
            let end = shape.line_end();
            append(&file, path, end.as_bytes(), length)?;
            length += end.len() as u64;
        }
        remarks.extend(read.remarks);
        let own = LabelFile { path: path.to_path_buf(), file, shape, length, before: Vec::new(), remarks };
        Ok((own, read.rows))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a row. When this returns, the row is on the disk.
    ///
    /// # Errors
    /// When another program changed or replaced the file, or the disk refuses the write. The file then has no part of the
    /// row, as far as the disk allows it.
    pub fn append(&mut self, text: &str, label: &str, chosen_by: &str, further: Values) -> Result<()> {
        self.check()?;
        let row = self.shape.row(text, label, chosen_by, further);
        append(&self.file, &self.path, &row, self.length)?;
        self.before.push(self.length);
        self.length += row.len() as u64;
        Ok(())
    }

    /// Whether a row can be taken back: only rows that were appended since the file was opened.
    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// Takes the last appended row back. False if there is none.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn undo(&mut self) -> Result<bool> {
        let Some(&before) = self.before.last() else { return Ok(false) };
        self.check()?;
        let cut = self.file.set_len(before).and_then(|()| self.file.sync_data());
        cut.map_err(|e| Error::io("write", &self.path, e))?;
        self.before.pop();
        self.length = before;
        Ok(true)
    }

    /// Refuses to write if the file is not as it was left.
    fn check(&self) -> Result<()> {
        let there = fs::metadata(&self.path).map_err(|e| Error::io("find", &self.path, e))?;
        let own = self.file.metadata().map_err(|e| Error::io("read", &self.path, e))?;
        if same(&there, &own) && there.len() == self.length {
            return Ok(());
        }
        let problem = "another program has changed this file since the last label";
        let remedy = "this label was not written; close the file there and begin the labelling again";
        Err(Error::input(&self.path, Place::Whole, problem, remedy))
    }
}

/// Whether both are the same file.
#[cfg(unix)]
fn same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Whether both may be the same file.
#[cfg(not(unix))]
fn same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    a.len() == b.len()
}

/// Writes `bytes` at the end of the file, which has this length, in one write, and syncs it. A part that was written in
/// vain is removed again.
fn append(mut file: &File, path: &Path, bytes: &[u8], length: u64) -> Result<()> {
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    written.map_err(|error| {
        // If this fails too, the next `open` finds the part.
        let _ = file.set_len(length);
        Error::io("write", path, error)
    })
}

/// Creates the file with its header, whole or not at all.
fn create(path: &Path, wanted: &Wanted) -> Result<()> {
    files::save(path, |to| to.write_all(&header(path, wanted)))?;
    files::sync_folder(path);
    Ok(())
}

/// The header of a new file.
fn header(path: &Path, wanted: &Wanted) -> Vec<u8> {
    let (text, label) = (wanted.text.unwrap_or("text"), wanted.columns.label.as_deref().unwrap_or("label"));
    let own = |name: &&String| ![text, label, CHOSEN_BY].contains(&name.as_str());
    let mut names: Vec<String> = wanted.further.iter().filter(own).cloned().collect();
    names.extend([text, label, CHOSEN_BY].map(String::from));
    let tabs = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tsv"));
    rows::line(names.iter().map(String::as_str), if tabs { b'\t' } else { b',' }, "\n")
}

/// Writes a part of a row to a new file beside `path`, and returns its path.
fn set_aside(path: &Path, part: &[u8]) -> Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = (1..)
        .map(|number| path.with_file_name(format!("{name}.torn-{number}")))
        .find(|beside| !beside.exists())
        .unwrap_or_else(|| path.with_file_name(format!("{name}.torn")));
    files::save(&beside, |to| to.write_all(part))?;
    files::sync_folder(&beside);
    Ok(beside)
}

#[cfg(test)]
mod tests;
