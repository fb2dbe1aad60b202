//! Follows a log while another process writes it. Each look reads only the new lines, writes nothing and takes no lock.
//!
//! Only whole lines are read, because the writer may still be writing the last one. A process that resumes the session
//! cuts off an incomplete last line. The follower has not read that line, so it has nothing to undo.

use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, Result, counted};

use super::bounds;
use super::history::History;
use super::log::{self, Line};
use super::record::{Entry, Note, Record, Stage};
use super::writer;

/// Bytes that one look reads at most, rounded up to whole lines, so that a long log does not block the screen.
const PART: u64 = 256 << 10;

/// If a log has grown within this time, its writer counts as running, even if no process of this machine holds the
/// lock: the writer may run on another machine.
const LATELY: Duration = Duration::from_secs(60);

/// The state of the process that writes a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The process is running.
    Running,
    /// The process has done all the work of the session.
    Finished,
    /// The process was stopped and has recorded that in the log.
    Stopped,
    /// The process ended without a record of its end, for example because it was killed.
    Gone,
    /// The log no longer exists.
    Removed,
}

/// What is new in the log of a session since the last look.
#[derive(Debug, Clone)]
pub struct News {
    /// Whether another log has replaced the one that was followed. The records from earlier looks are then invalid.
    pub anew: bool,
    /// The new records, in order.
    pub entries: Vec<Entry>,
    /// The state of the writer; `None` while the log has more to read.
    pub writer: Option<Writer>,
}

/// The state of a file. If two looks find the same state, the file has not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    length: u64,
    modified: Option<SystemTime>,
    file: Known,
}

/// Identifies a file among files with the same name: its inode number and its time of creation. A file system may reuse
/// the inode number of a removed file.
type Known = (u64, Option<SystemTime>);

/// Follows the log of one session.
#[derive(Debug, Clone)]
pub struct Follower {
    folder: PathBuf,
    path: PathBuf,
    /// The end, in bytes, of the last whole line that was parsed, and the number of such lines.
    end: u64,
    lines: u64,
    /// The state of the file when it was last read to its end.
    seen: Option<Look>,
    /// The file of the last look.
    file: Option<Known>,
    stage: Option<Stage>,
    told: Option<Writer>,
    /// Whether a process of this machine was seen to hold the lock. From then on the lock alone decides whether the
    /// session is being written; the growth of the log does not count.
    locks: bool,
    grew: Option<Instant>,
    damaged: bool,
    more: bool,
}

impl Follower {
    /// Follows the session in `folder` from its beginning. Nothing is read yet.
    pub fn new(folder: &Path) -> Follower {
        Follower {
            folder: folder.to_path_buf(),
            path: folder.join(log::FILE),
            end: 0,
            lines: 0,
            seen: None,
            file: None,
            stage: None,
            told: None,
            locks: false,
            grew: None,
            damaged: false,
            more: false,
        }
    }

    /// The session's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether at least one whole record was read.
    pub fn has_begun(&self) -> bool {
        self.lines > 0
    }

    /// Whether the last look read only a part of the log. The next look should then follow at once.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Looks at the log once. Returns `None` if nothing is new.
    ///
    /// # Errors
    /// When the log cannot be read, has another format version, or its first line cannot be parsed.
    pub fn poll(&mut self) -> Result<Option<News>> {
        // The lock is checked before the log is read: if it is free, all records of its last holder are in the log.
        let written = writer::is_written(&self.folder);
        self.locks |= written;
        let look = match fs::metadata(&self.path) {
            Ok(data) => Look::of(&data),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (self.seen, self.more) = (None, false);
                let writer = if written { Writer::Running } else { Writer::Removed };
                return Ok(self.news(false, Vec::new(), Some(writer)));
            }
            Err(error) => return Err(Error::io("read", &self.path, error)),
        };
        let other = look.length < self.end || self.file.is_some_and(|file| file != look.file);
        if other {
            (self.end, self.lines, self.seen, self.stage) = (0, 0, None, None);
        }
        self.file = Some(look.file);
        if self.seen == Some(look) {
            let writer = self.writer(written);
            return Ok(self.news(false, Vec::new(), Some(writer)));
        }
        let caught_up = self.told.is_some();
        let (entries, whole) = self.read()?;
        (self.seen, self.more) = (whole.then_some(look), !whole);
        if caught_up && !entries.is_empty() {
            self.grew = Some(Instant::now());
        }
        entries.iter().for_each(|entry| self.stage = stage_after(self.stage, &entry.record));
        let writer = whole.then(|| self.writer(written));
        Ok(self.news(other, entries, writer))
    }

    /// The next records, and whether the log was read to its present end.
    fn read(&mut self) -> Result<(Vec<Entry>, bool)> {
        let failed = |e| Error::io("read", &self.path, e);
        let mut file = File::open(&self.path).map_err(failed)?;
        file.seek(SeekFrom::Start(self.end)).map_err(failed)?;
        let mut input = BufReader::with_capacity(PART as usize, file);
        let (mut entries, mut bytes, begin) = (Vec::new(), Vec::new(), self.end);
        while self.end - begin < PART {
            match log::line(&mut input, self.lines + 1, &mut bytes, &self.path)? {
                Line::Entry(entry) => entries.push(*entry),
                Line::Unfinished => return Ok((entries, true)),
                Line::Damaged(error) if self.lines == 0 => return Err(error),
                // The line is tried again when the log has changed: a process that resumes the session cuts it off.
                Line::Damaged(error) => {
                    if !std::mem::replace(&mut self.damaged, true) {
                        let at = entries.last().map_or(0.0, |entry: &Entry| entry.at);
                        let text = format!("{error}; only what lies before it is shown");
                        entries.push(Entry { at, record: Record::Note(Note::Remark(text)) });
                    }
                    return Ok((entries, true));
                }
            }
            self.end += bytes.len() as u64;
            self.lines += 1;
            self.damaged = false;
        }
        Ok((entries, false))
    }

    fn writer(&self, written: bool) -> Writer {
        let lately = !self.locks && self.grew.is_some_and(|at| at.elapsed() < LATELY);
        match self.stage {
            Some(Stage::Finished) => Writer::Finished,
            _ if written || lately => Writer::Running,
            Some(Stage::Stopped) => Writer::Stopped,
            _ => Writer::Gone,
        }
    }

    /// The result of a look; `None` if nothing is new.
    fn news(&mut self, anew: bool, entries: Vec<Entry>, writer: Option<Writer>) -> Option<News> {
        let changed = writer.is_some() && writer != self.told;
        self.told = writer.or(self.told);
        (anew || changed || !entries.is_empty()).then_some(News { anew, entries, writer })
    }
}

impl Look {
    fn of(data: &Metadata) -> Look {
        Look { length: data.len(), modified: data.modified().ok(), file: (number(data), data.created().ok()) }
    }
}

#[cfg(unix)]
fn number(data: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

/// The stage after a record. If a stopped session records more than notes, it has been resumed, so `Stopped` is
/// dropped.
fn stage_after(stage: Option<Stage>, record: &Record) -> Option<Stage> {
    match record {
        Record::Stage(next) => Some(*next),
        Record::Note(_) => stage,
        _ => stage.filter(|stage| *stage != Stage::Stopped),
    }
}

impl Writer {
    /// The state in a sentence. `folder` is the folder of the session, quoted for a shell.
    pub fn sentence(self, folder: &str) -> String {
        match self {
            Writer::Running => "Another process writes this session.".into(),
            Writer::Finished => "The session is finished.".into(),
            Writer::Stopped => format!(
                "The session was stopped before its end, and saved: `warmstart resume {folder}` goes on with it."
            ),
            Writer::Gone => format!(
                "The process that wrote the session is gone without a word: it was killed, or the machine went down. \
                 `warmstart resume {folder}` goes on from what was saved."
            ),
            Writer::Removed => {
                "The log of the session is gone: its data could not be used, or somebody removed the folder."
                    .into()
            }
        }
    }
}

/// What a session is doing, in a few words, and the fraction of that stage which is done, from 0 to 1.
pub fn doing(history: &History) -> (String, f64) {
    match history.stage() {
        None | Some(Stage::Reading) => ("reading the data".into(), 0.0),
        Some(Stage::Counting) => ("counting the corpus".into(), 0.0),
        Some(Stage::Encoding) => ("computing the vectors of texts".into(), 0.0),
        Some(Stage::Pretraining) => {
            let point = history.source().pretraining.last().map(|point| &point.value);
            let done = point.map_or(0.0, |point| point.tokens as f64 / point.of.max(1) as f64);
            (format!("pre-training, {:.0} %", 100.0 * done), done)
        }
        Some(Stage::Training | Stage::Finished | Stage::Stopped) => {
            // The runs of later label budgets are not in the log yet.
            let planned = history.recipe.as_deref().map_or(0, bounds::planned_runs);
            let all = planned.max(history.runs.len());
            let ended = history.runs.iter().filter(|run| run.end.is_some()).count();
            (format!("{ended} of {} done", counted(all, "run", "runs")), ended as f64 / all.max(1) as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::session::lock::Lock;
    use crate::session::log::Log;
    use crate::session::record::VERSION;

    fn opened() -> Entry {
        let text = "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average), \
                    labels: [50])";
        let recipe = crate::session::recipe::Recipe::parse(text, Path::new("/r.ron")).unwrap();
        let (program, machine) = ("warmstart".into(), String::new());
        Entry {
            at: 0.0,
            record: Record::Opened { version: VERSION, program, machine, recipe: Box::new(recipe) },
        }
    }

    fn remark(text: &str) -> Entry {
        Entry { at: 1.0, record: Record::Note(Note::Remark(text.into())) }
    }

    fn stage(stage: Stage) -> Entry {
        Entry { at: 2.0, record: Record::Stage(stage) }
    }

    fn append(folder: &Path, bytes: &[u8]) {
        let mut file = fs::OpenOptions::new().append(true).open(folder.join(log::FILE)).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Reopens a log to append to it, as `resume` does.
    fn reopened(folder: &Path) -> Log {
        let lock = Lock::take(folder).unwrap();
        Log::reopen(folder, lock, &log::read(folder).unwrap()).unwrap().0
    }

    fn tell(log: &mut Log, entries: &[Entry]) {
        entries.iter().for_each(|entry| log.append(entry).unwrap());
        log.flush().unwrap();
    }

    #[test]
    fn a_torn_line_is_waited_for_and_may_be_cut_off_by_the_next_writer() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut log = Log::create(folder, Lock::take(folder).unwrap()).unwrap();
        tell(&mut log, &[opened(), remark("a")]);
        let mut follower = Follower::new(folder);
        let news = follower.poll().unwrap().unwrap();
        assert_eq!((news.entries, news.anew), (vec![opened(), remark("a")], false));
        assert!(follower.poll().unwrap().is_none());

        // A line that is written in two parts is returned once, when it is whole.
        let line = format!("{}\n", ron_of(&remark("b")));
        append(folder, &line.as_bytes()[..9]);
        assert!(follower.poll().unwrap().is_none());
        append(folder, &line.as_bytes()[9..]);
        assert_eq!(follower.poll().unwrap().unwrap().entries, [remark("b")]);

        drop(log);
        append(folder, b"(at:9.5,record:Step((ru");
        assert!(follower.poll().unwrap().is_none());
        let mut log = reopened(folder);
        tell(&mut log, &[remark("c")]);
        let news = follower.poll().unwrap().unwrap();
        assert_eq!((news.entries, news.anew), (vec![remark("c")], false));
    }

    fn ron_of(entry: &Entry) -> String {
        super::super::ron_dialect::ron_options().to_string(entry).unwrap()
    }

    #[test]
    fn damage_is_told_once_and_a_log_of_another_session_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut log = Log::create(folder, Lock::take(folder).unwrap()).unwrap();
        tell(&mut log, &[opened()]);
        drop(log);
        append(folder, b"(nonsense)\n");
        let mut follower = Follower::new(folder);
        let told = follower.poll().unwrap().unwrap().entries;
        assert!(
            matches!(&told[..], [_, Entry { record: Record::Note(Note::Remark(text)), .. }]
            if text.contains("log.ron, line 2, ") && text.ends_with("only what lies before it is shown")),
            "{told:?}"
        );
        append(folder, b"more\n");
        assert!(follower.poll().unwrap().is_none());
        let mut log = reopened(folder);
        tell(&mut log, &[remark("b")]);
        assert_eq!(follower.poll().unwrap().unwrap().entries, [remark("b")]);
        drop(log);

        fs::remove_file(folder.join(log::FILE)).unwrap();
        assert_eq!(follower.poll().unwrap().unwrap().writer, Some(Writer::Removed));
        let mut log = Log::create(folder, Lock::take(folder).unwrap()).unwrap();
        tell(&mut log, &[opened()]);
        let news = follower.poll().unwrap().unwrap();
        assert_eq!((news.entries, news.anew), (vec![opened()], true));
        fs::write(folder.join(log::FILE), "(at:0.0,record:Opened(version:99,program:\"x\"))\n").unwrap();
        assert!(follower.poll().unwrap_err().to_string().contains("format 99"));
    }

    #[test]
    fn a_long_log_is_read_in_parts_and_none_of_it_twice() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut log = Log::create(folder, Lock::take(folder).unwrap()).unwrap();
        let all: Vec<Entry> =
            [opened()].into_iter().chain((0..9_000).map(|i| remark(&format!("{i:0>100}")))).collect();
        tell(&mut log, &all);
        let mut follower = Follower::new(folder);
        let (mut told, mut looks) = (Vec::new(), 0);
        loop {
            let news = follower.poll().unwrap().unwrap();
            told.extend(news.entries);
            looks += 1;
            assert_eq!(news.writer.is_none(), follower.has_more());
            if !follower.has_more() {
                break;
            }
        }
        assert!(told == all && looks > 3, "{looks}");
    }

    #[test]
    fn the_log_and_the_lock_say_what_became_of_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut log = Log::create(folder, Lock::take(folder).unwrap()).unwrap();
        tell(&mut log, &[opened()]);
        // A lock that this process holds itself does not count as a running writer.
        let ends = |log: &mut Log, entries: &[Entry]| {
            tell(log, entries);
            Follower::new(folder).poll().unwrap().unwrap().writer
        };
        assert_eq!(ends(&mut log, &[stage(Stage::Training)]), Some(Writer::Gone));
        assert_eq!(ends(&mut log, &[stage(Stage::Stopped), remark("x")]), Some(Writer::Stopped));
        let resumed =
            Record::Resumed { tokens: None, runs: vec![(0, 1)], pretraining_anew: false, anew: Vec::new() };
        assert_eq!(ends(&mut log, &[Entry { at: 3.0, record: resumed }]), Some(Writer::Gone));
        assert_eq!(ends(&mut log, &[stage(Stage::Finished)]), Some(Writer::Finished));
        // The log grows between two looks and no lock of another process is seen, so the writer counts as running.
        let mut follower = Follower::new(folder);
        follower.poll().unwrap();
        tell(&mut log, &[stage(Stage::Training)]);
        assert_eq!(follower.poll().unwrap().unwrap().writer, Some(Writer::Running));
        assert_eq!(
            Follower::new(&folder.join("none")).poll().unwrap().unwrap().writer,
            Some(Writer::Removed)
        );
    }
}
