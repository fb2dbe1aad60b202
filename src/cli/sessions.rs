//! Finds sessions by name, and reads their logs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files::Meter;
use crate::session::history::History;
use crate::session::{lock, log, recipe};

use super::out;

/// The subfolder of the sessions folder with the sessions that come with the program.
const RECORDED: &str = "recorded";
/// The most sessions that a message names.
const NAMED: usize = 8;

/// A session that was found.
pub struct Found {
    pub folder: PathBuf,
    pub name: String,
}

/// Finds a session by the path of its folder, or by its name in `sessions`.
///
/// # Errors
/// When there is no such session. The message names existing ones.
pub fn find(wish: &Path, sessions: &Path) -> Result<Found> {
    let places = [wish.to_path_buf(), sessions.join(wish), sessions.join(RECORDED).join(wish)];
    let found = places.into_iter().find(|place| is_session(place));
    if let Some(folder) = found {
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        return Ok(Found { folder, name });
    }
    let problem = format!("this is not a session: it has no {}", log::FILE);
    let there = names(sessions);
    let remedy = match there.len() {
        0 => format!("there are none in {}; `--sessions DIR` looks elsewhere", sessions.display()),
        n => format!(
            "in {} there are {}{}",
            sessions.display(),
            there[..n.min(NAMED)].join(", "),
            if n > NAMED { " …" } else { "" }
        ),
    };
    Err(Error::input(wish, Place::Whole, problem, remedy))
}

/// Whether `folder` holds a session. A session that was killed right after its start has no log yet.
fn is_session(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    has(log::FILE) || has(lock::FILE) && has(recipe::FILE)
}

/// The names of the sessions in `sessions`, the newest first, then those that come with the program.
fn names(sessions: &Path) -> Vec<String> {
    let list = |folder: &Path| {
        let mut all: Vec<(std::time::SystemTime, String)> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|item| {
                let path = item.ok()?.path();
                let time = fs::metadata(path.join(log::FILE)).ok()?.modified().ok()?;
                Some((time, path.file_name()?.to_string_lossy().into_owned()))
            })
            .collect();
        all.sort_by(|a, b| b.cmp(a));
        all.into_iter().map(|(_, name)| name)
    };
    list(sessions).chain(list(&sessions.join(RECORDED))).collect()
}

/// A session's log, folded into its history.
///
/// # Errors
/// When the log cannot be read, its first line cannot be parsed, or it is of another version. If a later line is
/// damaged, what the records before it tell is returned, and a note says so.
pub fn history(found: &Found) -> Result<History> {
    let (history, remark) = History::read_metered(&found.folder, &Meter::default())?;
    remark.iter().for_each(|remark| out::tell(remark));
    Ok(history)
}
