//! `compare`: the comparison of one session, or of several side by side with the settings that differ.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::session::history::History;
use crate::session::side_by_side::{Setting, letter, results, settings, shown, sides};
use crate::session::verdict;

use super::global::Global;
use super::out::Out;
use super::over_tasks::{self, Study};
use super::session_json::Report;
use super::table::{self, Table};
use super::{cells, number, quality, sessions, twins};

/// What `compare` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The sessions: their folders, or their names in the folder of sessions
    #[arg(required = true, value_name = "SESSION")]
    pub wishes: Vec<PathBuf>,
    /// Two runs of one session, by their numbers: the difference of their confusion matrices, left minus right
    #[arg(long, value_name = "LEFT,RIGHT", value_delimiter = ',')]
    pub runs: Vec<usize>,
    /// The set of examples for --runs [default: test, or validation with --step]
    #[arg(long, value_name = "SET", requires = "runs")]
    pub set: Option<String>,
    /// The step at which --runs are compared [default: the last evaluation]
    #[arg(long, value_name = "N", requires = "runs")]
    pub step: Option<u64>,
}

#[derive(Serialize)]
struct SideBySide {
    sessions: Vec<Report>,
    differing: Vec<Setting>,
    /// What a pre-training brought that all sessions share, if each has another task; left out if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    over_tasks: Vec<Study>,
}

/// Compares sessions.
///
/// # Errors
/// When one of them cannot be found or read.
pub fn compare(args: Args, global: &Global) -> Result<ExitCode> {
    let found: Vec<sessions::Found> =
        args.wishes.iter().map(|wish| sessions::find(wish, &global.sessions)).collect::<Result<_>>()?;
    match &found[..] {
        _ if args.runs.is_empty() => print(&found, global)?,
        [found] => {
            let asked = twins::Asked { runs: &args.runs, set: args.set.as_deref(), step: args.step };
            twins::print(found, &asked, global)?;
        }
        _ => return Err(Error::request("--runs compares two runs of one session", "name one session")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the comparison of sessions.
///
/// # Errors
/// When one of them cannot be read.
pub fn print(found: &[sessions::Found], global: &Global) -> Result<()> {
    let histories: Vec<History> = found.iter().map(sessions::history).collect::<Result<_>>()?;
    let studies = over_tasks::studies(found, &histories);
    let all: Vec<&History> = histories.iter().collect();
    let differing = settings(&all, number::seconds);
    let mut out = Out::new();
    if global.json {
        let sessions =
            found.iter().zip(&histories).map(|(f, history)| Report::new(&f.folder, history)).collect();
        out.json(&SideBySide { sessions, differing, over_tasks: studies })?;
    } else if let ([found], [history]) = (found, &histories[..]) {
        out.lines(&one(&found.name, history))?;
    } else {
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        out.lines(&several(&names, &histories, &differing))?;
        for study in &studies {
            out.line("")?;
            out.lines(&over_tasks::lines(study, &histories))?;
        }
    }
    out.finish()
}

/// What was done by hand, with its times.
fn by_hand(history: &History) -> Vec<String> {
    let done = history.done_by_hand(f64::INFINITY);
    let lines = done.iter().map(|(at, what)| format!("  at {}: {what}", number::seconds(*at)));
    if done.is_empty() { Vec::new() } else { std::iter::once("Done by hand".into()).chain(lines).collect() }
}

fn one(name: &str, history: &History) -> Vec<String> {
    let title = history.recipe.as_ref().map_or(name, |recipe| &recipe.title);
    let mut lines = vec![title.to_string(), String::new()];
    match &history.comparison {
        Some(comparison) => lines.extend(table::comparison(comparison)),
        None => {
            lines.extend(verdict::by_hand(&history.by_hand(f64::INFINITY), history.several_sources()));
            lines.push("This session is not finished; its runs so far:".into());
            lines.extend(table::runs(history));
        }
    }
    for part in [
        by_hand(history),
        history.parents.iter().map(|parent| format!("{}.", parent.sentence())).collect(),
        cells::differing(history),
        quality::forgetting(history),
        quality::by_coverage(history),
        quality::calibration(history),
    ] {
        if !part.is_empty() {
            lines.push(String::new());
            lines.extend(part);
        }
    }
    lines
}

/// Sessions side by side. Each session gets a letter; the first lines say which.
fn several(names: &[&str], histories: &[History], differing: &[Setting]) -> Vec<String> {
    let letters: Vec<String> = (0..names.len()).map(letter).collect();
    let mut lines = Vec::new();
    for ((letter, name), history) in letters.iter().zip(names).zip(histories) {
        let title = history.recipe.as_ref().map_or("", |recipe| &recipe.title);
        let unfinished = if history.comparison.is_none() { " (not finished)" } else { "" };
        lines.push(format!("{letter}  {name}{unfinished}: {title}"));
    }
    lines.push(String::new());
    let heads = |first: &[&str]| -> Vec<String> {
        first.iter().map(|head| head.to_string()).chain(letters.iter().map(|l| format!(">{l}"))).collect()
    };
    if differing.is_empty() {
        lines.push("All settings are the same.".into());
    } else {
        lines.push("Settings that differ".into());
        let mut table = Table::new(&heads(&["setting"]));
        for setting in differing {
            table.row(std::iter::once(setting.setting.clone()).chain(setting.values.iter().map(shown)));
        }
        lines.extend(table.lines());
    }
    lines.push(String::new());
    lines.push("Test accuracy in %".into());
    let mut table = Table::new(&heads(&[">labels", ""]));
    let found: Vec<_> = histories.iter().map(results).collect();
    for side in sides(&found) {
        let cells = side.rows.iter().map(|row| row.map_or("–".into(), |row| table::accuracy(row)));
        table.row([side.budget.to_string(), side.name()].into_iter().chain(cells));
    }
    lines.extend(table.lines());
    for (letter, history) in letters.iter().zip(histories) {
        if let Some(comparison) = &history.comparison {
            lines.push(String::new());
            lines.extend(
                verdict::sentences(comparison).iter().map(|sentence| format!("{letter} • {sentence}")),
            );
        }
    }
    for (letter, history) in letters.iter().zip(histories) {
        let forgetting = quality::forgetting(history);
        if !forgetting.is_empty() {
            lines.push(String::new());
            let mut forgetting = forgetting.into_iter();
            lines.extend(forgetting.next().map(|title| format!("{letter} · {title}")));
            lines.extend(forgetting);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn side_by_side_shows_every_row_of_either() {
        let mut left = History::default();
        let mut right = History::default();
        left.comparison = Some(Box::new(table::tests::example()));
        let mut other = table::tests::example();
        other.rows.remove(2);
        right.comparison = Some(Box::new(other));
        let text = several(&["one", "two"], &[left, right], &[]).join("\n");
        assert!(text.contains("81.0 ± 1.4  81.0 ± 1.4") && text.contains("90.0 ± 1.4           –"), "{text}");
    }
}
