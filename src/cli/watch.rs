//! `watch`: shows a session that another process writes, in the workbench or as lines. It reads the log as it grows. It
//! writes nothing and takes no lock, so a signal may end it at any time.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use crate::error::{Error, Place, Result};
use crate::session::follow::{self, Follower, Writer};
use crate::session::history::History;
use crate::session::{log, writer};
use crate::tui::screens::commands::quoted;

use super::global::Global;
use super::progress::Progress;
use super::{out, run, sessions, workbench};

/// The time between two looks at the log.
const PACE: Duration = Duration::from_millis(250);

/// The arguments of `watch`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// Wait for a session that does not exist yet
    #[arg(long)]
    pub wait: bool,
    /// Print plain lines, also on a terminal
    #[arg(long)]
    pub plain: bool,
}

/// Watches a session that another process writes.
///
/// # Errors
/// When there is no such session, its log cannot be read or, without the workbench, the session ended before all its
/// work was done.
pub fn watch(args: Args, global: &Global) -> Result<ExitCode> {
    let folder = begun(&args, global)?;
    if workbench::has_screen() && !args.plain && !global.json {
        // An unreadable log is reported before the workbench takes over the screen.
        Follower::new(&folder).poll()?;
        return workbench::follow(&folder, global);
    }
    lines(&folder, global.json)
}

/// The folder of the session. With `--wait`, waits until the log has a first record.
fn begun(args: &Args, global: &Global) -> Result<PathBuf> {
    let mut waits = false;
    loop {
        match sessions::find(&args.session, &global.sessions) {
            Ok(found) if log::begun(&found.folder)? => return Ok(found.folder),
            Ok(found) if !args.wait && !writer::is_written(&found.folder) => {
                return Err(Error::input(
                    found.folder,
                    Place::Whole,
                    "the session never began, and no process is writing it",
                    "`resume` begins it; `watch --wait` waits for that",
                ));
            }
            Err(Error::Input { path, place, problem, remedy }) if !args.wait => {
                let remedy = format!("{remedy}; `--wait` waits for it");
                return Err(Error::Input { path, place, problem, remedy });
            }
            Err(error) if !args.wait => return Err(error),
            _ => {}
        }
        if !std::mem::replace(&mut waits, true) {
            out::tell(&format!("waiting for the session {} to begin …", args.session.display()));
        }
        sleep(PACE);
    }
}

/// Prints the progress of the session in `folder` as `run` does, until the session ends.
fn lines(folder: &Path, json: bool) -> Result<ExitCode> {
    let mut follower = Follower::new(folder);
    let mut history = History::default();
    let mut progress = Progress::new();
    let ended = loop {
        if let Some(news) = follower.poll()? {
            if news.anew {
                history = History::default();
            }
            for entry in news.entries {
                progress.entry(&entry);
                history.push(entry);
            }
            let (doing, done) = follow::doing(&history);
            progress.at(done, &doing, "");
            match news.writer {
                None | Some(Writer::Running) => {}
                Some(ended) => break ended,
            }
        }
        if !follower.has_more() {
            sleep(PACE);
        }
    };
    progress.end();
    if ended != Writer::Finished {
        return Err(Error::request(ended.sentence(&quoted(&folder.display().to_string())), ""));
    }
    run::print(folder, &history, json)?;
    Ok(ExitCode::SUCCESS)
}
