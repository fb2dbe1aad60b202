//! The workbench on the terminal, as the commands open it.

use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::process::ExitCode;

use crossbeam_channel::unbounded;

use crate::error::{Error, Result};
use crate::session::record::Entry;
use crate::train::command::Command;
use crate::train::worker;
use crate::tui::graphics::{Protocol, Wish};
use crate::tui::theme::Theme;
use crate::tui::{self, Mode, Options};

use super::args::{Global, GraphicsName, ThemeName};
use super::{out, recipes};

/// Whether standard output can show the workbench: a terminal that moves its cursor.
pub fn has_screen() -> bool {
    stdout().is_terminal() && !is_dumb()
}

/// A terminal that says that it only writes line after line.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Opens the workbench and starts with `first`; without it, on the list of recipes and sessions.
///
/// # Errors
/// When the terminal cannot be used, or the training thread cannot start.
pub fn watch(first: Option<Command>, global: &Global) -> Result<ExitCode> {
    if is_dumb() {
        return Err(Error::request(
            "this terminal cannot show the workbench: TERM is \"dumb\"",
            "leave --watch out, or set TERM to what the terminal is, such as xterm-256color",
        ));
    }
    let worker = worker::start(global.threads)?;
    // The thread is there, so it hears.
    first.into_iter().for_each(|first| _ = worker.commands.send(first));
    let ended = tui::run(worker.commands, worker.events, options(global, Mode::Live)?);
    // With its channels gone the thread saves and ends; the program must not end before it.
    let _ = worker.thread.join();
    // A session whose data could not be used left nothing behind.
    if let Some(folder) = ended?.filter(|folder| folder.is_dir()) {
        let folder = folder.display();
        out::tell(&format!("The session is kept in {folder}; go on with: warmstart resume {folder} --watch"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the workbench on the log of the session in `folder`.
///
/// # Errors
/// When the terminal cannot be used.
pub fn replay(entries: Vec<Entry>, folder: &Path, global: &Global) -> Result<ExitCode> {
    let (commands, _) = unbounded();
    let (_, events) = unbounded();
    let folder = folder.to_path_buf();
    tui::run(commands, events, options(global, Mode::Replay { entries, folder })?)?;
    Ok(ExitCode::SUCCESS)
}

fn options(global: &Global, mode: Mode) -> Result<Options> {
    let theme = match global.theme {
        ThemeName::Auto => "auto",
        ThemeName::Dark => "dark",
        ThemeName::Light => "light",
    };
    let graphics = match global.graphics {
        GraphicsName::Auto => Wish::Auto,
        GraphicsName::HalfBlocks => Wish::HalfBlocks,
        GraphicsName::Sixel => Wish::Own(Protocol::Sixel),
        GraphicsName::Kitty => Wish::Own(Protocol::Kitty),
        GraphicsName::Iterm2 => Wish::Own(Protocol::Iterm2),
    };
    Ok(Options {
        folder: global.sessions.clone(),
        recipes: recipes::all()?,
        mode,
        theme: Theme::from_environment(theme),
        graphics,
    })
}
