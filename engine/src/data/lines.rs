//! The lines of a text file, with limited length, decoded.
//!
//! Text is UTF-8, or is converted to UTF-8 by [`files::open_text`]. A line that is not valid UTF-8 is decoded as
//! Windows-1252, which maps every byte to a character and includes Latin-1. The number of such lines is counted for a
//! remark.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files::encoding::without_mark;
use crate::files::{self, Text};

/// The maximum length of a line, field or document, in bytes.
pub const LONGEST: usize = 16 << 20;

/// Decodes `bytes`; returns also whether they were decoded as Windows-1252. A byte order mark is removed.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let bytes = without_mark(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
    }
}

/// The lines of a file, one at a time. Only `\n` ends a line (a `\r` before it is removed), so that other control
/// codes of Windows-1252 stay in the line.
pub struct Lines {
    input: BufReader<Text>,
    path: PathBuf,
    buffer: Vec<u8>,
    number: u64,
    /// The number of lines that were not valid UTF-8.
    pub foreign: u64,
}

impl Lines {
    /// Opens the file at `path`, compressed or not.
    ///
    /// # Errors
    /// If it cannot be opened, or is not text.
    pub fn open(path: &Path) -> Result<Lines> {
        let input = BufReader::with_capacity(1 << 16, files::open_text(path)?);
        Ok(Lines { input, path: path.to_path_buf(), buffer: Vec::new(), number: 0, foreign: 0 })
    }

    /// A remark on the encoding of the text, if it is unusual.
    pub fn remark(&self) -> Option<String> {
        self.input.get_ref().remark()
    }

    /// The next line that is not blank, with its number (from 1); `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read further, or a line is longer than [`LONGEST`].
    pub fn next_line(&mut self) -> Result<Option<(u64, Cow<'_, str>)>> {
        loop {
            self.buffer.clear();
            self.number += 1;
            let mut bounded = self.input.by_ref().take(LONGEST as u64 + 1);
            let read = bounded
                .read_until(b'\n', &mut self.buffer)
                .map_err(|e| broken(&self.path, Place::Line(self.number), e))?;
            if read == 0 {
                return Ok(None);
            }
            if read > LONGEST {
                return Err(too_long(&self.path, Place::Line(self.number)));
            }
            while matches!(self.buffer.last(), Some(b'\n' | b'\r')) {
                self.buffer.pop();
            }
            if !self.buffer.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let (text, foreign) = decode(&self.buffer);
        self.foreign += u64::from(foreign);
        Ok(Some((self.number, text)))
    }
}

/// The error for a file that cannot be read further: truncated, damaged, or refused by the system.
pub fn broken(path: &Path, place: Place, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Error::input(path, place, "the file ends in the middle of its compressed data", "fetch it again")
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            Error::input(path, place, format!("the file is damaged ({error})"), "fetch it again")
        }
        _ => Error::io("read", path, error),
    }
}

/// The error for a line, field or document longer than [`LONGEST`].
pub fn too_long(path: &Path, place: Place) -> Error {
    Error::input(
        path,
        place,
        format!("more than {} MiB in one piece", LONGEST >> 20),
        "is this a text file, and is every quote closed?",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_not_utf8_are_read_as_windows_1252() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, b"\xef\xbb\xbfone\r\n\n  \ncaf\xe9 \x93x\x94 a\x85b\nna\xc3\xafve").unwrap();
        let mut lines = Lines::open(&path).unwrap();
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            all.push((number, line.into_owned()));
        }
        let expected = [(1, "one"), (4, "café “x” a…b"), (5, "naïve")].map(|(n, s)| (n, s.to_string()));
        assert_eq!(all, expected);
        assert_eq!(lines.foreign, 1);
    }

    #[test]
    fn a_file_cut_short_is_refused_with_its_line() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gz");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        gzip.write_all(&b"1 some text\n".repeat(20_000)).unwrap();
        let bytes = gzip.finish().unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let mut lines = Lines::open(&path).unwrap();
        let error = loop {
            match lines.next_line() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the end of the file was not missed"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("a.gz, line 1") && error.contains("ends in the middle"), "{error}");
    }
}
