//! `export`: writes the figures of a session as files for other programs, and exports its models ([`export_model`]).
//! Each file is written completely or not at all.

mod csv;
mod json;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::files;

use super::global::Global;
use super::out::{self, Out};
use super::{export_model, projector, sessions, tensorboard};

/// What `export` takes.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "warmstart export <SESSION> [--csv] [--json] [--tensorboard] <DIR>\n       warmstart export [OPTIONS] <SESSION> [--model <DIR>] [--onnx <FILE>]"
)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions; for --model and --onnx also a model that was kept
    pub session: PathBuf,
    /// The folder for the files of figures; it is created if needed
    pub dir: Option<PathBuf>,
    /// Write a CSV file for each kind of figure
    #[arg(long)]
    pub csv: bool,
    /// Write event files for TensorBoard, a folder for each run, and the word vectors for its Embedding Projector
    #[arg(long)]
    pub tensorboard: bool,
    #[command(flatten)]
    pub model: export_model::ModelExport,
}

/// Exports a session or a model. If the command names a folder, the global option `--json` also writes a JSON file
/// there.
///
/// # Errors
/// When the session cannot be read or a file cannot be written.
pub fn export(args: Args, global: &Global) -> Result<ExitCode> {
    if let Some(problem) = misused(&args, global) {
        out::tell(&format!("warmstart: {problem}"));
        return Ok(ExitCode::from(2));
    }
    let mut written = Vec::new();
    if let Some(dir) = &args.dir {
        let found = sessions::find(&args.session, &global.sessions)?;
        figures_of(&found, dir, &args, global, &mut written)?;
    }
    if args.model.is_asked() {
        export_model::export(&args.session, &args.model, global, &mut written)?;
    }
    let mut out = Out::new();
    if global.json {
        #[derive(Serialize)]
        struct Written {
            written: Vec<PathBuf>,
        }
        out.json(&Written { written })?;
    } else {
        for path in written {
            out.line(&format!("wrote {}", path.display()))?;
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// An error message if the options do not fit together.
fn misused(args: &Args, global: &Global) -> Option<&'static str> {
    let figures = args.csv || args.tensorboard;
    let model = args.model.is_asked();
    match &args.dir {
        None if figures => Some("export --csv and --tensorboard need a folder for the files"),
        None if !model => {
            Some("export needs a format: --csv, --json or --tensorboard with a folder, --model or --onnx")
        }
        Some(_) if !(figures || global.json) => Some("export needs a format: --csv, --json or --tensorboard"),
        _ if !model && args.model.chooses() => {
            Some("--method and --labels choose a model for --model or --onnx")
        }
        _ => None,
    }
}

/// Writes the figures of a session to the folder `dir`.
fn figures_of(
    found: &sessions::Found,
    dir: &Path,
    args: &Args,
    global: &Global,
    written: &mut Vec<PathBuf>,
) -> Result<()> {
    let history = &sessions::history(found)?;
    fs::create_dir_all(dir).map_err(|e| Error::io("create", dir, e))?;
    if args.csv {
        csv::export(history, dir, written)?;
    }
    if global.json {
        let path = dir.join("session.json");
        let text = out::json(&json::Whole::new(history))?;
        files::save(&path, |to| to.write_all(text.as_bytes()))?;
        written.push(path);
    }
    if args.tensorboard {
        tensorboard::export(history, dir, written)?;
        projector::export(found, history, dir, global, written)?;
    }
    Ok(())
}
