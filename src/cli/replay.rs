//! `replay`: shows a session again, on the screen, as plain lines or as an image for a document.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::files;
use crate::session::history::History;
use crate::tui::key::Key;
use crate::tui::screenshot::{self, Shot};
use crate::tui::theme::Theme;

use super::global::Global;
use super::out::{self, Out};
use super::session_json::Report;
use super::sessions::Found;
use super::{sessions, story, table, workbench};

/// The largest number of columns or rows of an image.
const LARGEST: u16 = 500;
/// The largest number of frames.
const FRAMES: u32 = 200;

/// What `replay` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// Print plain lines, also on a terminal
    #[arg(long)]
    pub plain: bool,
    /// Write a screen of the workbench to this file, as an image for a document
    #[arg(long, value_name = "FILE.svg", conflicts_with = "plain")]
    pub svg: Option<PathBuf>,
    /// The keys that lead to the screen, with spaces between them: "4 g" or "3 down enter"
    #[arg(long, value_name = "KEYS", requires = "svg", default_value = "")]
    pub keys: String,
    /// Columns and rows of the image
    #[arg(long, value_name = "COLUMNSxROWS", requires = "svg", default_value = "100x30", value_parser = size)]
    pub size: (u16, u16),
    /// Show this number of moments one after another, from the beginning of the session to its end, in an image that moves
    #[arg(long, value_name = "N", requires = "svg", value_parser = clap::value_parser!(u32).range(2..=i64::from(FRAMES)))]
    pub frames: Option<u32>,
    /// How long each moment is shown, in seconds
    #[arg(long, value_name = "S", requires = "frames", default_value_t = 0.5)]
    pub pause: f64,
}

/// Reads a size such as `100x30`.
fn size(text: &str) -> std::result::Result<(u16, u16), String> {
    let numbers = text
        .split_once(['x', '×'])
        .and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    match numbers {
        Some((columns @ 20..=LARGEST, rows @ 10..=LARGEST)) => Ok((columns, rows)),
        _ => Err(format!("expected columns and rows such as 100x30, from 20x10 to {LARGEST}x{LARGEST}")),
    }
}

/// Shows a session again.
///
/// # Errors
/// When there is no such session, its log cannot be read, or the image cannot be written.
pub fn replay(args: Args, global: &Global) -> Result<ExitCode> {
    let found = sessions::find(&args.session, &global.sessions)?;
    let history = sessions::history(&found)?;
    if let Some(file) = &args.svg {
        return draw(&args, file, found, history, global);
    }
    if workbench::has_screen() && !args.plain && !global.json {
        return workbench::replay(history, &found.folder, global);
    }
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

/// Writes a screen as an image.
fn draw(args: &Args, file: &Path, found: Found, history: History, global: &Global) -> Result<ExitCode> {
    let keys: Result<Vec<Key>> = args.keys.split_whitespace().map(key).collect();
    let shot = Shot { size: args.size, theme: theme(global), keys: keys? };
    let drawn = match args.frames {
        None => screenshot::still(history, &found.folder, &shot),
        Some(_) if !(args.pause > 0.0 && args.pause <= 60.0) => {
            let problem = format!("--pause {}: expected more than 0 and at most 60", args.pause);
            return Err(Error::request(problem, "half a second is usual"));
        }
        Some(frames) => screenshot::moving(history, &found.folder, &shot, frames as usize, args.pause),
    };
    files::save(file, |to| to.write_all(drawn.as_bytes()))?;
    out::tell(&format!("{} is written", file.display()));
    Ok(ExitCode::SUCCESS)
}

fn key(text: &str) -> Result<Key> {
    Key::parse(text).ok_or_else(|| {
        Error::request(
            format!("--keys: there is no key \"{text}\""),
            "write a character, or a word such as enter, esc, tab, space, up, pgdn, F1 or ctrl-p, with spaces between the keys",
        )
    })
}

/// The theme of the image: dark unless another is asked for, because there is no terminal whose background could decide.
fn theme(global: &Global) -> Theme {
    global.theme.and_then(|name| Theme::built_in(name.name())).unwrap_or_else(Theme::dark)
}
