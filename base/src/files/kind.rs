//! Opens regular files and refuses everything else, naming its kind.

use std::fs::{self, File};
use std::path::Path;

use crate::error::{Error, Place, Result};

/// Opens the regular file at `path`, without decompression.
///
/// # Errors
/// When the file cannot be opened, or is a folder, a pipe, a device or a socket.
pub fn regular(path: &Path) -> Result<File> {
    let kind = fs::metadata(path).map_err(|e| Error::io("open", path, e))?.file_type();
    if let Some((what, remedy)) = irregular(kind) {
        return Err(Error::input(path, Place::Whole, format!("this is {what}"), remedy));
    }
    File::open(path).map_err(|e| Error::io("open", path, e))
}

/// The name of a file type that is not a regular file, and what to do. `None` for a regular file.
pub fn irregular(kind: fs::FileType) -> Option<(&'static str, &'static str)> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some(("a folder", "name a file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some(("a pipe, which can be read only once", "write it to a file and name that"));
        }
        if kind.is_socket() {
            return Some(("a socket", "name a file"));
        }
    }
    Some(("a device, not a file", "name a file"))
}
