//! `replay`: shows a session again. It needs only the log.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::Result;
use crate::session::history::History;

use super::global::Global;
use super::out::Out;
use super::session_json::Report;
use super::{sessions, story, table, workbench};

/// What `replay` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// Print plain lines, also on a terminal
    #[arg(long)]
    pub plain: bool,
}

/// Shows a session again.
///
/// # Errors
/// When there is no such session, or its log cannot be read.
pub fn replay(args: Args, global: &Global) -> Result<ExitCode> {
    let found = sessions::find(&args.session, &global.sessions)?;
    let entries = sessions::entries(&found)?;
    if workbench::has_screen() && !args.plain && !global.json {
        return workbench::replay(entries, &found.folder, global);
    }
    let history = History::of(entries);
    let mut out = Out::new();
    if global.json {
        out.json(&Report::new(&found.folder, &history))?;
    } else {
        out.lines(&story::whole(&history))?;
        if let Some(comparison) = &history.comparison {
            out.line("")?;
            out.lines(&table::comparison(comparison))?;
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
