//! Opens the workbench on the terminal for the commands.

use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::process::ExitCode;

use crossbeam_channel::unbounded;

use crate::error::{Error, Result};
use crate::fault;
use crate::session::history::History;
use crate::session::tour::lecture::Lecture;
use crate::train::protocol::command::Command;
use crate::train::worker::{self, Left};
use crate::tui::built_in_tour;
use crate::tui::graphics::{GraphicsChoice, Protocol};
use crate::tui::screens::commands::quoted;
use crate::tui::{self, Mode, Options, config};

use super::global::{Global, GraphicsName};
use super::{out, recipes};

/// Whether standard output can show the workbench: it is a terminal that can move its cursor.
pub fn has_screen() -> bool {
    stdout().is_terminal() && !is_dumb()
}

/// Whether the terminal says that it can only write line after line.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Opens the workbench. It starts with the command `first`, or else on the list of recipes and sessions.
///
/// # Errors
/// When the terminal cannot be used, or the training thread cannot start.
pub fn watch(first: Option<Command>, global: &Global) -> Result<ExitCode> {
    live(first, options(global, Mode::Live)?, global)
}

/// Opens the workbench on a tour: at the chapter at `place`, or where the reader left it.
///
/// # Errors
/// As [`watch`].
pub fn tour(lecture: Lecture, place: Option<usize>, global: &Global) -> Result<ExitCode> {
    let options = Options { lecture, ..options(global, Mode::Tour(place))? };
    live(None, options, global)
}

/// Opens the workbench with a training thread.
fn live(first: Option<Command>, options: Options, global: &Global) -> Result<ExitCode> {
    if is_dumb() {
        return Err(Error::request(
            "this terminal cannot show the workbench: TERM is \"dumb\"",
            "leave --watch out, or set TERM to what the terminal is, such as xterm-256color",
        ));
    }
    let worker = worker::start(global.threads)?;
    // The thread runs, so it receives the command.
    first.into_iter().for_each(|first| _ = worker.commands.send(first));
    let ended = shown(|| tui::run(worker.commands, worker.events, options));
    // The channels are closed now, so the thread saves and ends. The program waits for it, even if the screen failed.
    let left = worker.thread.join().ok().flatten();
    // The screen showed a panic of the training thread, but it is gone now, so the message is repeated.
    if let Some(panic) = ended.as_ref().ok().and_then(|_| fault::take_last()) {
        out::tell(&format!(
            "warmstart: a part of the program failed: {panic}; please report it with this sentence"
        ));
    }
    // A session whose data could not be used leaves no folder.
    if let Some(left) = left.filter(|left| left.folder.is_dir()) {
        out::tell(&kept(&left));
    }
    ended.map(code)
}

/// Where the session is kept, and the command that shows it again.
fn kept(left: &Left) -> String {
    let folder = quoted(&left.folder.display().to_string());
    match left.finished {
        true => format!(
            "The session is finished and kept in {folder}; look at it again with: warmstart replay {folder}"
        ),
        false => {
            format!("The session is kept in {folder}; continue with: warmstart resume {folder} --watch")
        }
    }
}

/// Runs the screen. A panic in it becomes an error, which is printed after the terminal is restored.
fn shown(show: impl FnOnce() -> Result<Option<i32>>) -> Result<Option<i32>> {
    fault::caught(show).unwrap_or_else(|why| {
        let why = fault::take_last().unwrap_or(why);
        Err(Error::request(
            format!("the screen failed: {why}"),
            "this is a fault of warmstart: please report it with this sentence",
        ))
    })
}

/// The exit code that a shell expects after a signal.
fn code(signal: Option<i32>) -> ExitCode {
    signal.map_or(ExitCode::SUCCESS, |signal| ExitCode::from(128 + signal as u8))
}

/// Opens the workbench on the log of the session in `folder`.
///
/// # Errors
/// When the terminal cannot be used.
pub fn replay(history: History, folder: &Path, global: &Global) -> Result<ExitCode> {
    let (commands, _) = unbounded();
    let (_, events) = unbounded();
    let folder = folder.to_path_buf();
    let options = options(global, Mode::Replay { history: Box::new(history), folder })?;
    shown(|| tui::run(commands, events, options)).map(code)
}

/// Opens the workbench on the session in `folder`, which another process writes.
///
/// # Errors
/// When the terminal cannot be used.
pub fn follow(folder: &Path, global: &Global) -> Result<ExitCode> {
    let (commands, _) = unbounded();
    let (_, events) = unbounded();
    let options = options(global, Mode::Watch { folder: folder.to_path_buf() })?;
    shown(|| tui::run(commands, events, options)).map(code)
}

fn options(global: &Global, mode: Mode) -> Result<Options> {
    let mut config = config::from_environment();
    if let Some(name) = global.theme {
        config.theme = name.name().into();
    }
    let graphics = match global.graphics {
        GraphicsName::Auto => GraphicsChoice::Auto,
        GraphicsName::HalfBlocks => GraphicsChoice::HalfBlocks,
        GraphicsName::Sixel => GraphicsChoice::Own(Protocol::Sixel),
        GraphicsName::Kitty => GraphicsChoice::Own(Protocol::Kitty),
        GraphicsName::Iterm2 => GraphicsChoice::Own(Protocol::Iterm2),
    };
    Ok(Options {
        folder: global.sessions.clone(),
        recipes: recipes::all()?,
        lecture: built_in_tour::lecture()?,
        mode,
        config,
        graphics,
    })
}
