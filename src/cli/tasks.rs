//! `run` of a recipe with several tasks: one session after another, the first of which pre-trains for all.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::{Error, Place, Result};
use crate::session::history::History;
use crate::session::log;
use crate::session::recipe::Recipe;
use crate::session::record::Stage;
use crate::session::task_sessions::TaskSession;
use crate::train::protocol::command::Command;
use crate::train::worker;

use super::global::Global;
use super::progress::Progress;
use super::sessions::Found;
use super::{compare, drive, out};

/// Runs the tasks of `recipe` in sessions whose folders begin with `base`. Sessions that are there already go on.
///
/// # Errors
/// When a session cannot be run, or another one is in its folder.
pub fn run(recipe: &Recipe, base: &std::path::Path, global: &Global) -> Result<ExitCode> {
    let base = std::path::absolute(base).map_err(|e| Error::io("find", base, e))?;
    let sessions = recipe.task_sessions(&base);
    let signals = drive::signals()?;
    for TaskSession { task, folder, recipe } in &sessions {
        let first = match kept(folder)? {
            None => Command::Start { recipe: Box::new(recipe.clone()), folder: folder.clone() },
            Some(history) if history.recipe.as_deref() != Some(recipe) => {
                let problem = "there is another session here already";
                let remedy = "give another folder with `--session`";
                return Err(Error::input(folder, Place::Whole, problem, remedy));
            }
            Some(history) if history.stage() == Some(Stage::Finished) => continue,
            Some(_) => Command::Resume { folder: folder.clone() },
        };
        out::tell(&format!("task {task}: {}", folder.display()));
        let worker = worker::start(global.threads)?;
        let driven = drive::drive(&worker.commands, &worker.events, &signals, first, &mut Progress::new());
        // The thread has reported its end, so its result is not needed.
        let _ = worker.thread.join();
        let driven = driven?;
        if driven.signal.is_some() {
            out::tell(&format!(
                "stopped and saved; the same command with `--session {}` continues from here",
                base.display()
            ));
            return Ok(driven.exit_code());
        }
    }
    let found = sessions.into_iter().map(|TaskSession { folder, .. }| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Found { folder, name }
    });
    compare::print(&found.collect::<Vec<Found>>(), global)?;
    Ok(ExitCode::SUCCESS)
}

/// The first of `name`, `name-2`, … in the folder of sessions with which no task has a session yet.
pub fn free_base(recipe: &Recipe, name: &str, global: &Global) -> PathBuf {
    let base = |number: usize| {
        let name = if number == 1 { name.to_string() } else { format!("{name}-{number}") };
        worker::free_folder(&global.sessions, &name)
    };
    let free = |base: &PathBuf| recipe.task_sessions(base).iter().all(|session| !session.folder.exists());
    (1..1_000).map(base).find(free).unwrap_or_else(|| base(1_000))
}

/// What the session in `folder` has recorded; `None` if there is no session.
fn kept(folder: &std::path::Path) -> Result<Option<History>> {
    let begun = log::begun(folder)?;
    begun.then(|| History::read(folder)).transpose()
}
