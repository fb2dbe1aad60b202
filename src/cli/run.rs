//! `run`: runs a recipe, or an experiment on plain data, to its comparison, without a screen or in the workbench.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::{Error, Place, Result};
use crate::session::history::History;
use crate::session::kept_models;
use crate::train::protocol::command::Command;
use crate::train::worker;

use super::drive::Driven;
use super::global::Global;
use super::out::{self, Out};
use super::plain::PlainArgs;
use super::progress::Progress;
use super::session_json::Report;
use super::{drive, recipes, table, tasks, workbench};

/// What `run` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A recipe (a .ron file, or the built-in `demo`, `demo-lm` or `demo-images`); or labelled examples: a table, a file
    /// with a label on each line, or a folder or archive with a folder for each class
    #[arg(value_name = "RECIPE OR DATA")]
    pub what: PathBuf,
    /// The folder of the new session [default: a new one in the folder of sessions]
    #[arg(long, value_name = "DIR")]
    pub session: Option<PathBuf>,
    /// Watch it in the workbench
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// Runs a recipe.
///
/// # Errors
/// When the recipe or the data cannot be used, or the session cannot be written.
pub fn run(args: Args, global: &Global) -> Result<ExitCode> {
    let (mut recipe, name) = if args.plain.is_data(&args.what) {
        args.plain.recipe(&args.what)?
    } else if let Some(option) = args.plain.given() {
        let problem = format!("{option} goes with labelled examples, and this is no file of them");
        let remedy = "name a table, folder or archive; a recipe has its own settings";
        return Err(Error::input(&args.what, Place::Whole, problem, remedy));
    } else {
        recipes::find(&args.what)?
    };
    if let Some(seed) = global.seed {
        recipe.seed = seed;
    }
    args.plain.write(&recipe)?;
    if !recipe.task_names().is_empty() {
        if args.watch {
            let remedy = "leave --watch out: the workbench shows each session while it runs";
            return Err(Error::request(
                "the tasks of a recipe run one after another, without a screen",
                remedy,
            ));
        }
        let base = args.session.unwrap_or_else(|| tasks::free_base(&recipe, &name, global));
        return tasks::run(&recipe, &base, global);
    }
    let folder = args.session.unwrap_or_else(|| worker::free_folder(&global.sessions, &name));
    let first = Command::Start { recipe: Box::new(recipe), folder };
    if args.watch { workbench::watch(Some(first), global) } else { headless(first, global) }
}

/// Sends `first` to a training thread, waits for the end and prints the result.
///
/// # Errors
/// When the work fails.
pub fn headless(first: Command, global: &Global) -> Result<ExitCode> {
    let driven = driven(first, global)?;
    if driven.signal.is_none() {
        print(&driven.folder, &driven.history, global.json)?;
    }
    Ok(driven.exit_code())
}

/// Sends `first` to a training thread and waits for the end. If a signal stopped it, says how to go on.
///
/// # Errors
/// When the work fails.
pub fn driven(first: Command, global: &Global) -> Result<Driven> {
    let signals = drive::signals()?;
    let worker = worker::start(global.threads)?;
    let mut progress = Progress::new();
    let driven = drive::drive(&worker.commands, &worker.events, &signals, first, &mut progress);
    // The thread has reported its end. If it had panicked, it would have reported a failure, so the result is not
    // needed.
    let _ = worker.thread.join();
    let driven = driven?;
    if driven.signal.is_some() {
        let folder = driven.folder.display();
        out::tell(&format!("stopped and saved; `warmstart resume {folder}` continues from here"));
    }
    Ok(driven)
}

/// Prints the result of a session.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(folder: &Path, history: &History, json: bool) -> Result<()> {
    let mut out = Out::new();
    if json {
        out.json(&Report::new(folder, history))?;
    } else {
        if let Some(recipe) = &history.recipe {
            out.line(&recipe.title)?;
            out.line("")?;
        }
        match &history.comparison {
            Some(comparison) => out.lines(&table::comparison(comparison))?,
            None => out.lines(&table::runs(history))?,
        }
        out.line("")?;
        out.line(&format!("The session is kept in {}.", folder.display()))?;
        if folder.join(kept_models::FOLDER).is_dir() {
            let images = history.recipe.as_ref().is_some_and(|recipe| recipe.images().is_some());
            let what = if images { "images" } else { "texts" };
            let path = folder.display().to_string();
            let path = if path.contains(char::is_whitespace) { format!("\"{path}\"") } else { path };
            out.line(&format!("Ask its best model about new {what}: warmstart predict {path} …"))?;
        }
    }
    out.finish()
}
