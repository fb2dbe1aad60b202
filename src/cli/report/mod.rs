//! `report`: writes a session as one HTML page, or its tables as Markdown or LaTeX. The page loads nothing from outside,
//! so it can be sent as one file. It can be printed and read on a phone.

mod calibration;
mod cells;
mod comparison;
mod confusion;
mod curves;
mod drift;
mod html;
mod labels;
mod latex;
mod markdown;
mod mistakes;
mod origin;
mod page;
mod sheet;
mod subject;
mod tuning;
mod verdict;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::Result;
use crate::files;

use super::global::Global;
use super::out::{self, Out};
use super::sessions;
use subject::Subject;

/// The arguments of `report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// The file to write; without it, the page is written to SESSION.html in the current folder, and tables are printed
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print the tables of the comparison as Markdown instead of the page
    #[arg(long, conflicts_with = "latex")]
    pub markdown: bool,
    /// Print the tables of the comparison as LaTeX (booktabs) instead of the page
    #[arg(long)]
    pub latex: bool,
}

#[derive(Serialize)]
struct Written {
    written: Vec<PathBuf>,
}

/// Writes a report.
///
/// # Errors
/// When the session cannot be read or the file cannot be written.
pub fn report(args: Args, global: &Global) -> Result<ExitCode> {
    let tables = args.markdown || args.latex;
    if global.json && tables && args.out.is_none() {
        out::tell("warmstart: tables are not JSON: name a file with --out, or use `compare --json`");
        return Ok(ExitCode::from(2));
    }
    let found = sessions::find(&args.session, &global.sessions)?;
    let history = sessions::history(&found)?;
    let subject = Subject::new(&found, &history);
    let text = if args.markdown {
        markdown::document(&comparison::sheets(&subject))
    } else if args.latex {
        latex::document(&comparison::sheets(&subject))
    } else {
        page::page(&subject)
    };
    let mut out = Out::new();
    let file = match args.out {
        None if tables => {
            text.lines().try_for_each(|line| out.line(line))?;
            out.finish()?;
            return Ok(ExitCode::SUCCESS);
        }
        None => PathBuf::from(format!("{}.html", found.name)),
        Some(file) => file,
    };
    files::save(&file, |to| to.write_all(text.as_bytes()))?;
    if global.json {
        out.json(&Written { written: vec![file] })?;
    } else {
        out.line(&format!("wrote {}", file.display()))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
