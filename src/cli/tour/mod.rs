//! `tour`: transfer learning in chapters, in the workbench or as text. Each chapter asks for a guess, runs its recipe and
//! shows what was measured.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::error::{Error, Result, counted};
use crate::session::tour::chapter::Chapter;
use crate::session::tour::lecture::Lecture;
use crate::session::tour::progress;
use crate::tui::built_in_tour;

use super::global::Global;
use super::out::Out;
use super::{recipes, workbench};

mod about;
mod plain;

use about::about;

/// What `tour` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A chapter of yours (a .ron file), or a folder of chapters [default: the built-in tour]
    #[arg(value_name = "FILE OR FOLDER")]
    pub what: Option<PathBuf>,
    /// Print the chapters, and how far you are; run nothing
    #[arg(long, conflicts_with_all = ["plain", "chapter"])]
    pub list: bool,
    /// Print the chapters as text, and run them without the workbench
    #[arg(long)]
    pub plain: bool,
    /// Begin with this chapter; with --plain, only this one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub chapter: Option<u32>,
    /// Print a chapter that explains every field, to write one of your own
    #[arg(long, conflicts_with_all = ["what", "list", "plain", "chapter", "json"])]
    pub template: bool,
}

/// Opens the tour in the workbench; without a screen, prints and runs its chapters.
///
/// # Errors
/// When a chapter cannot be read or run.
pub fn tour(args: Args, global: &Global) -> Result<ExitCode> {
    if args.template {
        let mut out = Out::new();
        out.whole(built_in_tour::TEMPLATE.as_bytes())?;
        out.finish()?;
        return Ok(ExitCode::SUCCESS);
    }
    let lecture = match &args.what {
        Some(path) => Lecture::read(path, &recipes::named)?,
        None => built_in_tour::lecture()?,
    };
    let lecture = match global.seed {
        Some(seed) => lecture.with_seed(seed),
        None => lecture,
    };
    let place = args.chapter.map(|number| place(number, &lecture)).transpose()?;
    if args.list {
        return list(&lecture, global);
    }
    if workbench::has_screen() && !args.plain && !global.json {
        return workbench::tour(lecture, place, global);
    }
    plain::run(&lecture, place, global)
}

/// The place of a chapter that is given by its number.
fn place(number: u32, lecture: &Lecture) -> Result<usize> {
    let place = number as usize - 1;
    match lecture.chapters.len() {
        count if place < count => Ok(place),
        count => {
            let count = counted(count, "chapter", "chapters");
            Err(Error::request(
                format!("--chapter {number}: the tour has {count}"),
                "`warmstart tour --list` prints them",
            ))
        }
    }
}

/// Prints the chapters.
fn list(lecture: &Lecture, global: &Global) -> Result<ExitCode> {
    let known = progress::read(&global.sessions, &lecture.key());
    let is_done = |chapter: &Chapter| known.chapters.get(&chapter.name).is_some_and(|known| known.done);
    let mut out = Out::new();
    if global.json {
        let one = |chapter: &Chapter| json!({"chapter": about(chapter), "done": is_done(chapter)});
        out.json(&lecture.chapters.iter().map(one).collect::<Vec<Value>>())?;
    } else {
        for (at, chapter) in lecture.chapters.iter().enumerate() {
            let mark = match (is_done(chapter), chapter.name == known.chapter) {
                (true, _) => '✓',
                (false, true) => '◆',
                (false, false) => ' ',
            };
            out.line(&format!("{mark} {}  {}", at + 1, chapter.title))?;
            out.line(&format!("     {}", chapter.claim))?;
        }
        out.line("")?;
        let what =
            lecture.from.as_deref().map(|path: &Path| format!(" {}", path.display())).unwrap_or_default();
        out.line(&format!(
            "warmstart tour{what} opens them in the workbench; --plain prints and runs them."
        ))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
