//! `resume`: continues a session from its checkpoints.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::session::log;
use crate::session::record::Stage;
use crate::train::protocol::command::Command;

use super::global::Global;
use super::{out, run, sessions, workbench};

/// What `resume` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// Watch it in the workbench
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
}

/// Continues a session.
///
/// # Errors
/// When there is no such session, or it cannot be continued.
pub fn resume(args: Args, global: &Global) -> Result<ExitCode> {
    if global.seed.is_some() {
        return Err(Error::request(
            "a session keeps its own seed",
            "leave --seed out, or run its recipe again",
        ));
    }
    let found = sessions::find(&args.session, &global.sessions)?;
    if !args.watch && log::begun(&found.folder)? {
        let history = sessions::history(&found)?;
        if history.stage() == Some(Stage::Finished) && history.comparison.is_some() {
            out::tell("this session is finished; there is nothing to continue");
            return run::print(&found.folder, &history, global.json).map(|()| ExitCode::SUCCESS);
        }
    }
    let first = Command::Resume { folder: found.folder };
    if args.watch { workbench::watch(Some(first), global) } else { run::headless(first, global) }
}
