//! The log of a session: one record in each line, append-only. Each line is complete or ignored.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result, counted};
use crate::files::{self, Meter};

use super::lock::Lock;
use super::recipe;
use super::record::{Entry, Record, VERSION};
use super::ron_dialect::{from_ron, write_ron};
use super::step_line;

/// The log's file name in a session's folder.
pub const FILE: &str = "log.ron";

/// The largest length of a line in bytes, so that a file without line ends cannot fill the memory.
const LONGEST_LINE: u64 = 64 << 20;

/// How many bytes are read at a time.
const BUFFER: usize = 1 << 18;

/// How many bytes are read after a damaged first line, to report how many records follow it.
const LARGEST_REST: u64 = 1 << 30;

/// A position in a log, and the checksum of what is before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The length of the log up to there, in bytes.
    pub bytes: u64,
    /// CRC-32 of these bytes.
    pub crc: u32,
}

/// The content of a log.
#[derive(Debug)]
pub struct Told {
    /// The records of all complete lines, in order.
    pub entries: Vec<Entry>,
    /// The error in the first line that cannot be parsed; the lines after it are not read.
    pub damage: Option<Error>,
    /// The position after each entry.
    ends: Vec<Mark>,
}

impl Told {
    /// Whether `mark`, which an earlier read or another process took, is part of this log: an entry ends there, and
    /// everything before it has the same checksum.
    pub fn reaches(&self, mark: Mark) -> bool {
        mark.bytes == 0
            || self
                .ends
                .binary_search_by_key(&mark.bytes, |end| end.bytes)
                .is_ok_and(|at| self.ends[at] == mark)
    }

    fn end(&self) -> Mark {
        self.ends.last().copied().unwrap_or_default()
    }
}

/// A log that is open for writing.
#[derive(Debug)]
pub struct Log {
    file: BufWriter<File>,
    path: PathBuf,
    line: String,
    bytes: u64,
    hash: crc32fast::Hasher,
    _lock: Lock,
}

impl Log {
    /// Creates a log in `folder`. A log without a complete line is replaced, because its session never began.
    ///
    /// # Errors
    /// When a session began there already, or the log cannot be created.
    pub fn create(folder: &Path, lock: Lock) -> Result<Log> {
        let path = folder.join(FILE);
        if begun(folder)? {
            return Err(Error::input(
                folder,
                Place::Whole,
                "there is a session here already",
                "resume it, or name another folder",
            ));
        }
        let file = File::create(&path).map_err(|e| Error::io("create", &path, e))?;
        files::sync_folder(&path);
        Ok(Log::behind(file, path, Mark::default(), lock))
    }

    /// Opens the log of `folder` to append after its last complete record. `told` was read from it under the same
    /// lock. What follows that record is cut off. If it is more than an incomplete last line, it is saved in a file
    /// beside the log, whose path is returned.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn reopen(folder: &Path, lock: Lock, told: &Told) -> Result<(Log, Option<PathBuf>)> {
        let path = folder.join(FILE);
        let failed = |e| Error::io("open", &path, e);
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        let end = told.end();
        let mut kept = None;
        if told.damage.is_some() {
            file.seek(SeekFrom::Start(end.bytes)).map_err(failed)?;
            let beside = (1..).map(|number| folder.join(format!("log.damaged-{number}.ron")));
            let beside = beside.into_iter().find(|path| !path.exists()).unwrap_or_default();
            files::save(&beside, |out| io::copy(&mut file, out).map(drop))?;
            kept = Some(beside);
        }
        let mut cut = || {
            file.set_len(end.bytes)?;
            file.seek(SeekFrom::End(0))
        };
        cut().map_err(failed)?;
        Ok((Log::behind(file, path, end, lock), kept))
    }

    fn behind(file: File, path: PathBuf, end: Mark, lock: Lock) -> Log {
        let hash = crc32fast::Hasher::new_with_initial_len(end.crc, end.bytes);
        Log { file: BufWriter::new(file), path, line: String::new(), bytes: end.bytes, hash, _lock: lock }
    }

    /// Adds an entry to the write buffer; [`Log::flush`] hands it to the operating system.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub fn append(&mut self, entry: &Entry) -> Result<()> {
        self.line.clear();
        write_ron(&mut self.line, entry).map_err(|e| {
            Error::input(&self.path, Place::Whole, format!("a record cannot be written: {e}"), "")
        })?;
        self.line.push('\n');
        self.file.write_all(self.line.as_bytes()).map_err(|e| Error::io("write", &self.path, e))?;
        self.bytes += self.line.len() as u64;
        self.hash.update(self.line.as_bytes());
        Ok(())
    }

    /// Hands everything written so far to the operating system.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|e| Error::io("write", &self.path, e))
    }

    /// Syncs everything written so far to the disk, and returns the position up to which the log is there.
    ///
    /// # Errors
    /// When the disk refuses the write, or the log's length is not what was written, because someone removed or
    /// changed it.
    pub fn sync(&mut self) -> Result<Mark> {
        self.flush()?;
        self.file.get_ref().sync_data().map_err(|e| Error::io("write", &self.path, e))?;
        if fs::metadata(&self.path).ok().is_none_or(|there| there.len() != self.bytes) {
            return Err(Error::input(
                &self.path,
                Place::Whole,
                "the log was removed or changed while the session was being written",
                "run its recipe again, and leave the session's folder alone meanwhile",
            ));
        }
        Ok(Mark { bytes: self.bytes, crc: self.hash.clone().finalize() })
    }
}

/// Whether the session in `folder` has a log with a complete line. It has none if the process was killed before the
/// first record.
///
/// # Errors
/// When there is a log that cannot be read.
pub fn begun(folder: &Path) -> Result<bool> {
    let path = folder.join(FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::io("open", &path, error)),
    };
    let mut input = BufReader::new(file);
    loop {
        let bytes = input.fill_buf().map_err(|e| Error::io("read", &path, e))?;
        if bytes.is_empty() {
            return Ok(false);
        }
        if bytes.contains(&b'\n') {
            return Ok(true);
        }
        let length = bytes.len();
        input.consume(length);
    }
}

/// Reads the log of the session in `folder`. A last line without a line end is ignored: a kill may have cut it.
///
/// # Errors
/// When there is no log, when it is of another version, or when its first line cannot be parsed.
pub fn read(folder: &Path) -> Result<Told> {
    let (input, path) = open(folder, &Meter::default())?;
    read_from(input, &path)
}

/// Like [`read`], but from any reader; `path` is for the messages.
///
/// # Errors
/// The same as for [`read`].
pub fn read_from(input: impl BufRead, path: &Path) -> Result<Told> {
    let (mut entries, mut ends) = (Vec::new(), Vec::new());
    let (mut hash, mut at) = (crc32fast::Hasher::new(), 0);
    let damage = each(input, path, |entry, line| {
        entries.push(entry);
        hash.update(line);
        at += line.len() as u64;
        ends.push(Mark { bytes: at, crc: hash.clone().finalize() });
    })?;
    Ok(Told { entries, damage, ends })
}

/// Reads the log of the session in `folder`, and hands over one record after another: a long log is never in memory as a whole.
/// `meter` says how much was read. Returns the message about the first line that cannot be parsed, if there is one; the lines
/// after it are not read.
///
/// # Errors
/// The same as for [`read`].
pub fn read_each(folder: &Path, meter: &Meter, mut take: impl FnMut(Entry)) -> Result<Option<String>> {
    let (input, path) = open(folder, meter)?;
    let mut at = 0;
    let damage = each(input, &path, |entry, line| {
        take(entry);
        at += line.len() as u64;
        meter.reached(at);
    })?;
    Ok(damage.map(|damage| format!("{damage}; only what lies before it is shown")))
}

fn open(folder: &Path, meter: &Meter) -> Result<(BufReader<File>, PathBuf)> {
    let path = folder.join(FILE);
    let file = File::open(&path).map_err(|e| Error::io("open", &path, e))?;
    meter.expect(file.metadata().map_or(0, |data| data.len()));
    Ok((BufReader::with_capacity(BUFFER, file), path))
}

/// Hands over every record with its line. Returns the error in the first line that cannot be parsed.
fn each(mut input: impl BufRead, path: &Path, mut take: impl FnMut(Entry, &[u8])) -> Result<Option<Error>> {
    let mut bytes = Vec::new();
    for number in 1.. {
        match line(&mut input, number, &mut bytes, path)? {
            Line::Entry(entry) => take(*entry, &bytes),
            Line::Unfinished if number > 1 => break,
            Line::Unfinished => {
                let problem = "the log is empty: the session never began";
                return Err(Error::input(path, Place::Whole, problem, "`resume` begins it anew"));
            }
            Line::Damaged(error) if number == 1 => return Err(damaged_first(error, &bytes, input, path)),
            Line::Damaged(error) => return Ok(Some(error)),
        }
    }
    Ok(None)
}

/// What a line of a log is.
pub(super) enum Line {
    /// A record.
    Entry(Box<Entry>),
    /// The last one, without its end: cut by a kill, or still being written.
    Unfinished,
    /// A whole line that is no record.
    Damaged(Error),
}

/// Reads the next line, the one of this number, into `bytes`, and understands it.
///
/// # Errors
/// When `input` cannot be read.
pub(super) fn line(input: &mut impl BufRead, number: u64, bytes: &mut Vec<u8>, path: &Path) -> Result<Line> {
    bytes.clear();
    let mut limited = Read::take(input, LONGEST_LINE);
    limited.read_until(b'\n', bytes).map_err(|e| Error::io("read", path, e))?;
    Ok(match bytes.last() {
        Some(b'\n') => match understand(bytes, number, path) {
            Ok(entry) => Line::Entry(Box::new(entry)),
            Err(error) => Line::Damaged(error),
        },
        _ if bytes.len() as u64 == LONGEST_LINE => {
            let problem = "this line has no end";
            Line::Damaged(Error::input(path, Place::Line(number), problem, "this is no session's log"))
        }
        _ => Line::Unfinished,
    })
}

/// The error about a first line that cannot be parsed. If the file belongs to a session, the message also says how
/// many complete records follow.
fn damaged_first(error: Error, line: &[u8], rest: impl BufRead, path: &Path) -> Error {
    let recipe = path.with_file_name(recipe::FILE);
    let (Error::Input { place, problem, .. }, true) = (&error, recipe.is_file()) else { return error };
    if version(&String::from_utf8_lossy(line)).is_some_and(|version| version != VERSION) {
        return error;
    }
    let lines = rest.take(LARGEST_REST).split(b'\n').map_while(io::Result::ok);
    let whole = lines.filter(|line| understand(line, 2, path).is_ok()).count();
    let problem = format!(
        "{problem}: the line that says what the session is cannot be read, so nothing can go on from it; {} behind \
         it, and the recipe is kept",
        counted(whole, "whole record is", "whole records are")
    );
    let remedy = format!(
        "`warmstart run {} --session NEW` does the same work again, in the folder NEW; the old folder is left as it is",
        recipe.display()
    );
    Error::input(path, place.clone(), problem, remedy)
}

/// Parses the entry in a line. The first one must name the version, so it is no training step.
fn understand(line: &[u8], number: u64, path: &Path) -> Result<Entry> {
    if number > 1
        && let Some(entry) = step_line::entry(line)
    {
        return Ok(entry);
    }
    let text = std::str::from_utf8(line).map_err(|_| {
        Error::input(path, Place::Line(number), "this is not UTF-8", "the log is damaged here")
    })?;
    if number == 1 {
        check_version(text, path)?;
    }
    from_ron(text).map_err(|error| {
        Error::input(
            path,
            Place::LineColumn(number, error.span.start.col as u64),
            format!("not a record: {}", error.code),
            "the log is damaged here",
        )
    })
}

/// The version of the format, if this is a log's first line. It is searched for in the text, because the schema of
/// another version may differ.
fn version(line: &str) -> Option<u32> {
    let rest = line.contains("Opened").then(|| line.split("version:").nth(1))??;
    rest.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn check_version(line: &str, path: &Path) -> Result<()> {
    match version(line) {
        Some(VERSION) => Ok(()),
        Some(other) => Err(Error::input(
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
            "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average), labels: [50])",
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

    fn written(folder: &Path) -> Vec<u8> {
        let mut log = Log::create(folder, Lock::take(folder).unwrap()).unwrap();
        for entry in &entries() {
            log.append(entry).unwrap();
        }
        let mark = log.sync().unwrap();
        let told = read(folder).unwrap();
        assert!(told.reaches(mark) && told.reaches(Mark::default()) && told.end() == mark);
        assert!(!told.reaches(Mark { crc: mark.crc ^ 1, ..mark }));
        std::fs::read(folder.join(FILE)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_a_cut_line_is_dropped_and_gone_over() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let whole = written(folder);
        assert_eq!(read(folder).unwrap().entries, entries());

        let path = folder.join(FILE);
        assert_eq!(whole.iter().filter(|&&b| b == b'\n').count(), 3);
        std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        let told = read(folder).unwrap();
        assert!(told.entries == entries()[..2] && told.damage.is_none());
        let (mut log, kept) = Log::reopen(folder, Lock::take(folder).unwrap(), &told).unwrap();
        assert_eq!(kept, None);
        log.append(&entries()[2]).unwrap();
        let mark = log.sync().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        assert_eq!(read(folder).unwrap().end(), mark);
        drop(log);
        assert!(Log::create(folder, Lock::take(folder).unwrap()).is_err());
        std::fs::write(&path, &whole[..9]).unwrap();
        assert!(!begun(folder).unwrap());
        assert!(written(folder) == whole);
    }

    #[test]
    fn what_lies_before_the_damage_is_told_and_the_rest_is_kept_beside() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut bytes = written(folder);
        let second = bytes.iter().position(|&b| b == b'\n').unwrap() + 1;
        bytes[second] = 0;
        std::fs::write(folder.join(FILE), &bytes).unwrap();
        let told = read(folder).unwrap();
        assert_eq!(told.entries, entries()[..1]);
        let mut before = Vec::new();
        let remark = read_each(folder, &Meter::default(), |entry| before.push(entry)).unwrap().unwrap();
        assert_eq!(before, told.entries);
        assert!(remark.contains("line 2, column 1") && remark.contains("before it"), "{remark}");
        let (log, kept) = Log::reopen(folder, Lock::take(folder).unwrap(), &told).unwrap();
        assert_eq!(kept, Some(folder.join("log.damaged-1.ron")));
        assert!(std::fs::read(kept.unwrap()).unwrap() == bytes[second..]);
        drop(log);
        assert!(std::fs::read(folder.join(FILE)).unwrap() == bytes[..second]);
    }

    #[test]
    fn of_a_damaged_first_line_is_said_what_is_there_and_what_can_be_done() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut bytes = written(folder);
        let recipe = folder.join(recipe::FILE);
        let read_with = |bytes: &[u8]| {
            std::fs::write(folder.join(FILE), bytes).unwrap();
            read(folder).unwrap_err().to_string()
        };
        bytes[1] = 0;
        assert!(!read_with(&bytes).contains("whole record"));
        std::fs::write(&recipe, "()").unwrap();
        for byte in [0, 0xff, b'X'] {
            for at in [1, 16] {
                let mut bytes = bytes.clone();
                bytes[at] = byte;
                let told = read_with(&bytes);
                assert!(told.contains("2 whole records are behind it"), "{told}");
                assert!(told.contains(&format!("warmstart run {}", recipe.display())), "{told}");
            }
        }
        let other = read_with(b"(at:0.0,record:Opened(version:99,new:1))\n");
        assert!(other.contains("format 99") && !other.contains("whole record"), "{other}");
    }

    #[test]
    fn a_log_that_is_removed_while_it_is_written_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(folder.path(), Lock::take(folder.path()).unwrap()).unwrap();
        log.append(&entries()[0]).unwrap();
        log.sync().unwrap();
        std::fs::remove_file(folder.path().join(FILE)).unwrap();
        assert!(log.sync().unwrap_err().to_string().contains("removed"));
    }

    #[test]
    fn another_version_and_other_files_are_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for (text, expected) in [
            ("(at:0.0,record:Opened(version:99,new:1))\n", "format 99"),
            ("hello\n", "no session's log"),
            (
                "(at:0.0,record:Step(run:0,step:1,epoch:0.1,samples:4,loss:0.5,gradient:0.5,learning_rate:0.1,seconds:0.1))\n",
                "no session's log",
            ),
            ("", "empty"),
            ("(at:0.0,record:Opened(version:1,new:1))\n", "line 1"),
        ] {
            std::fs::write(&path, text).unwrap();
            let message = read(folder.path()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
