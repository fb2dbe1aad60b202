//! The log of a session: one record a line, append-only; each line whole or ignored.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};

use super::recipe::ron_options;
use super::record::{Entry, Record, VERSION};

/// The log's name in a session's folder.
pub const FILE: &str = "log.ron";

/// No line is longer, so that a file without line ends cannot fill the memory.
const LONGEST_LINE: u64 = 64 << 20;

/// A log that is being written.
#[derive(Debug)]
pub struct Log {
    file: BufWriter<File>,
    path: PathBuf,
    line: String,
}

impl Log {
    /// Begins a new log in `folder`.
    ///
    /// # Errors
    /// When there is one already, or it cannot be created.
    pub fn create(folder: &Path) -> Result<Log> {
        let path = folder.join(FILE);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|e| Error::io("create", &path, e))?;
        Ok(Log { file: BufWriter::new(file), path, line: String::new() })
    }

    /// Opens the log of `folder` to go on behind its last whole line; what follows that is cut off.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn reopen(folder: &Path) -> Result<Log> {
        let path = folder.join(FILE);
        let attempt = || {
            let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
            let whole = end_of_last_line(&mut file)?;
            file.set_len(whole)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = attempt().map_err(|e| Error::io("open", &path, e))?;
        Ok(Log { file: BufWriter::new(file), path, line: String::new() })
    }

    /// Writes an entry; it is on its way to the disk after the next [`Log::flush`].
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn append(&mut self, entry: &Entry) -> Result<()> {
        self.line.clear();
        ron_options().to_writer(&mut self.line, entry).map_err(|e| {
            Error::input(&self.path, Place::Whole, format!("a record cannot be written: {e}"), "")
        })?;
        self.line.push('\n');
        self.file.write_all(self.line.as_bytes()).map_err(|e| Error::io("write", &self.path, e))
    }

    /// Hands everything written so far to the operating system.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|e| Error::io("write", &self.path, e))
    }
}

/// Where the last line that has its end ends.
fn end_of_last_line(file: &mut File) -> std::io::Result<u64> {
    let mut reader = BufReader::new(&mut *file);
    let (mut at, mut whole) = (0, 0);
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(whole);
        }
        if let Some(last) = bytes.iter().rposition(|&b| b == b'\n') {
            whole = at + last as u64 + 1;
        }
        let length = bytes.len();
        at += length as u64;
        reader.consume(length);
    }
}

/// Reads the log of the session in `folder`. A last line without its end is ignored: a kill may have
/// cut it.
///
/// # Errors
/// When there is no log, when it is of another version, or when a whole line cannot be understood.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let path = folder.join(FILE);
    let file = File::open(&path).map_err(|e| Error::io("open", &path, e))?;
    read_from(BufReader::new(file), &path)
}

/// As [`read`], from anything; `path` is for the messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(mut input: impl BufRead, path: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let options = ron_options();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let mut limited = std::io::Read::take(&mut input, LONGEST_LINE);
        limited.read_until(b'\n', &mut bytes).map_err(|e| Error::io("read", path, e))?;
        if bytes.last() != Some(&b'\n') {
            if bytes.len() as u64 == LONGEST_LINE {
                return Err(Error::input(
                    path,
                    Place::Line(number),
                    "this line has no end",
                    "this is no session's log",
                ));
            }
            break;
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Error::input(path, Place::Line(number), "this is not UTF-8", "this is no session's log")
        })?;
        if number == 1 {
            check_version(text, path)?;
        }
        let entry: Entry = options.from_str(text).map_err(|error| {
            Error::input(
                path,
                Place::LineColumn(number, error.span.start.col as u64),
                format!("not a record: {}", error.code),
                "the log is damaged here; cut it off before this line to look at what came before",
            )
        })?;
        entries.push(entry);
    }
    if entries.is_empty() {
        return Err(Error::input(path, Place::Whole, "the log is empty", "the session never began"));
    }
    Ok(entries)
}

/// Looks at the first line alone, and not by the schema, for the schema may have changed.
fn check_version(line: &str, path: &Path) -> Result<()> {
    let version = line
        .split("version:")
        .nth(1)
        .map(|rest| rest.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>());
    let known = line.contains("Opened");
    match version.and_then(|digits| digits.parse::<u32>().ok()) {
        Some(VERSION) if known => Ok(()),
        Some(other) if known => Err(Error::input(
            path,
            Place::Line(1),
            format!("this session has format {other}, and this warmstart reads format {VERSION}"),
            "use the warmstart that wrote it, or run its recipe.ron again",
        )),
        _ => Err(Error::input(path, Place::Line(1), "this is no session's log", "name a session's folder")),
    }
}

impl Entry {
    /// Whether this is the first record of a log.
    pub fn opens(&self) -> bool {
        matches!(self.record, Record::Opened { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::record::{Note, Stage};

    fn entries() -> Vec<Entry> {
        let recipe = crate::session::recipe::Recipe::parse(
            "(title: \"t\", source: Vectors(file: \"v.txt\"), task: Demo(), head: Average, labels: [50])",
            Path::new("/r.ron"),
        )
        .unwrap();
        [
            Record::Opened {
                version: VERSION,
                program: "warmstart".into(),
                machine: "none".into(),
                recipe: Box::new(recipe),
            },
            Record::Stage(Stage::Reading),
            Record::Note(Note::Remark("two\nlines".into())),
        ]
        .into_iter()
        .enumerate()
        .map(|(i, record)| Entry { at: i as f64 / 8.0, record })
        .collect()
    }

    #[test]
    fn what_is_written_is_read_and_a_cut_line_is_dropped_and_gone_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(folder.path()).unwrap();
        for entry in &entries() {
            log.append(entry).unwrap();
        }
        log.flush().unwrap();
        assert_eq!(read(folder.path()).unwrap(), entries());

        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole.iter().filter(|&&b| b == b'\n').count(), 3);
        std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        assert_eq!(read(folder.path()).unwrap(), entries()[..2]);
        let mut log = Log::reopen(folder.path()).unwrap();
        log.append(&entries()[2]).unwrap();
        log.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        assert!(Log::create(folder.path()).is_err());
    }

    #[test]
    fn another_version_and_other_files_are_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for (text, expected) in [
            ("(at:0.0,record:Opened(version:99,new:1))\n", "format 99"),
            ("hello\n", "no session's log"),
            ("", "empty"),
            ("(at:0.0,record:Opened(version:1,new:1))\n", "line 1"),
        ] {
            std::fs::write(&path, text).unwrap();
            let message = read(folder.path()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
