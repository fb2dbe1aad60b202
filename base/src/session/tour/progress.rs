//! How far a reader is: a small file beside the sessions. Without it, or where it is damaged, every tour begins anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files;
use crate::session::log;
use crate::session::ron_dialect::{from_ron, to_pretty_ron};

/// The name of the file in the folder of sessions.
pub const FILE: &str = "tour.ron";
/// The largest file that is read, in bytes.
const LARGEST: usize = 1 << 18;

/// How far the reader of a tour is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The name of the chapter that was read last.
    pub chapter: String,
    /// What is known of each chapter, by its name.
    pub chapters: BTreeMap<String, ChapterProgress>,
}

/// How far the reader of a chapter is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChapterProgress {
    /// The place of the choice that the reader guessed.
    pub guess: Option<usize>,
    /// The name of the chapter's session in the folder of sessions.
    pub session: Option<String>,
    /// Whether the answer was measured.
    pub done: bool,
}

/// What is remembered of all tours, by their keys.
type Remembered = BTreeMap<String, Progress>;

/// How far the reader of a tour is. Sessions that are no longer in the folder `sessions` are forgotten.
pub fn read(sessions: &Path, tour: &str) -> Progress {
    let mut progress = all(sessions).remove(tour).unwrap_or_default();
    progress.forget_removed(sessions);
    progress
}

impl Progress {
    /// Forgets the sessions that are not in the folder `sessions`, and that their answers were measured.
    pub fn forget_removed(&mut self, sessions: &Path) {
        for known in self.chapters.values_mut() {
            let is_there = |name: &String| is_name(name) && sessions.join(name).join(log::FILE).is_file();
            if !known.session.as_ref().is_some_and(is_there) {
                (known.session, known.done) = (None, false);
            }
        }
    }
}

/// A name, and not a path that leads elsewhere.
fn is_name(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|own| own == name)
}

/// Remembers how far the reader of a tour is. A folder that cannot be written remembers nothing; nothing else depends on
/// it.
pub fn save(sessions: &Path, tour: &str, progress: &Progress) {
    // Another process may have written about another tour meanwhile.
    let mut all = all(sessions);
    all.insert(tour.to_string(), progress.clone());
    if let Ok(text) = to_pretty_ron(&all)
        && text.len() < LARGEST
        && fs::create_dir_all(sessions).is_ok()
    {
        let _ = files::save(&sessions.join(FILE), |out| out.write_all(text.as_bytes()));
    }
}

fn all(sessions: &Path) -> Remembered {
    let path = sessions.join(FILE);
    let text = files::read(&path, LARGEST).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| from_ron(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reached_is_there_again_and_a_damaged_file_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = folder.path().join("sessions");
        assert_eq!(read(&sessions, "built-in"), Progress::default());
        let known =
            |session: &str| ChapterProgress { guess: Some(1), session: Some(session.into()), done: true };
        let chapters = [("1-a", known("tour-1-a")), ("2-b", known("gone")), ("3-c", known("../elsewhere"))];
        let chapters = chapters.map(|(name, known)| (name.to_string(), known)).into();
        let progress = Progress { chapter: "2-b".into(), chapters };
        save(&sessions, "built-in", &progress);
        save(&sessions, "/lessons", &Progress { chapter: "x".into(), ..Progress::default() });
        for (place, name) in [("sessions/tour-1-a", log::FILE), ("elsewhere", log::FILE)] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
            fs::write(folder.path().join(place).join(name), "").unwrap();
        }
        let again = read(&sessions, "built-in");
        assert_eq!((again.chapter.as_str(), &again.chapters["1-a"]), ("2-b", &progress.chapters["1-a"]));
        let forgotten = ChapterProgress { guess: Some(1), ..ChapterProgress::default() };
        assert_eq!([&again.chapters["2-b"], &again.chapters["3-c"]], [&forgotten; 2]);
        assert_eq!(read(&sessions, "/lessons").chapter, "x");
        for damage in
            ["", "{", "{\"built-in\": 3}", "\0\u{1}", "{\"built-in\": (chapters: {\"1-a\": (guess: -1)})}"]
        {
            fs::write(sessions.join(FILE), damage).unwrap();
            assert_eq!(read(&sessions, "built-in"), Progress::default(), "{damage:?}");
        }
    }
}
