//! `rerun`: repeats a session with everything that was done to it by hand, and compares the results.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Place, Result, counted};
use crate::session::checkpoint;
use crate::session::history::History;
use crate::session::note::{Note, Rerun};
use crate::session::repeated::Repeated;
use crate::train::protocol::command::Command;
use crate::train::worker;

use super::global::Global;
use super::out::Out;
use super::{run, sessions};

/// What `rerun` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// The folder of the new session [default: a new one in the folder of sessions]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    /// The folder of the new session.
    session: PathBuf,
    /// The folder of the session that it repeats.
    of: PathBuf,
    /// Whether everything that could be compared is the same.
    same: bool,
    /// The number of things that were done by hand, and repeated.
    acts: usize,
    /// The number of runs that were compared.
    runs: usize,
    /// The runs of the first session that had not ended, and were not compared.
    unended: usize,
    /// The number of runs whose parameters were compared too, byte for byte.
    parameters: usize,
    /// The runs that differ.
    differing: Vec<Differing>,
    /// Whether the final tables are the same; null if the first session has none.
    table: Option<bool>,
}

/// A run that differs.
#[derive(Debug, Serialize)]
struct Differing {
    run: String,
    what: String,
}

/// Repeats a session.
///
/// # Errors
/// When there is no such session, its log does not say when something was done by hand, or the new session cannot be run.
pub fn rerun(args: Args, global: &Global) -> Result<ExitCode> {
    if global.seed.is_some() {
        return Err(Error::request(
            "a session is repeated with its own seed",
            "leave --seed out, or run its recipe again",
        ));
    }
    let found = sessions::find(&args.session, &global.sessions)?;
    let first = sessions::history(&found)?;
    let Some(recipe) = first.asked.clone() else {
        let problem = "its log names no recipe";
        return Err(Error::input(&found.folder, Place::Whole, problem, "run the recipe again"));
    };
    if let Some(note) = first.acts().find(|note| !note.is_repeatable()) {
        let what = match note {
            Note::RunStopped { .. } => "a run was stopped",
            _ => "a learning rate was changed",
        };
        let problem = format!("{what} by hand, and its log does not say after which step");
        let remedy =
            "an earlier version of the program recorded it; `warmstart run` repeats its recipe alone";
        return Err(Error::input(&found.folder, Place::Whole, problem, remedy));
    }
    let acts: Vec<Note> = first.acts().chain(&first.acts_to_come()).cloned().collect();
    let done = acts.len();
    let folder =
        args.out.unwrap_or_else(|| worker::free_folder(&global.sessions, &format!("{}-rerun", found.name)));
    let of = Rerun { session: found.folder.clone(), acts };
    let driven = run::driven(Command::Rerun { recipe, folder, of }, global)?;
    if driven.signal.is_some() {
        return Ok(driven.exit_code());
    }
    // A front end that lags loses points, so the log is read.
    let again = History::read(&driven.folder)?;
    let mut repeated = Repeated::of(&first, &again);
    let parameters = compare_parameters(&first, (&found.folder, &driven.folder), &mut repeated);
    let same = repeated.is_same();
    let name = |number: usize| {
        let run = first.run(number);
        run.map_or_else(|| format!("run {}", number + 1), |run| first.name_of(run))
    };
    let report = Report {
        session: driven.folder,
        of: found.folder,
        same,
        acts: done,
        runs: repeated.runs,
        unended: repeated.unended,
        parameters,
        differing: repeated
            .differing
            .into_iter()
            .map(|(number, what)| Differing { run: name(number), what })
            .collect(),
        table: repeated.table,
    };
    print(&report, &first, &again, global.json)?;
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares the parameters of runs in the checkpoints of both folders, where both have them. Returns how many there were.
fn compare_parameters(first: &History, folders: (&Path, &Path), repeated: &mut Repeated) -> usize {
    let mut compared = 0;
    for run in first.runs.iter().filter(|run| run.end.is_some()) {
        let number = run.start.run;
        let name = format!("run-{number}");
        let bytes = |folder: &Path| checkpoint::newest(folder, &name).and_then(|path| fs::read(path).ok());
        let (Some(these), Some(those)) = (bytes(folders.0), bytes(folders.1)) else { continue };
        compared += 1;
        if these != those && repeated.differing.iter().all(|known| known.0 != number) {
            repeated.differing.push((number, "its parameters".into()));
        }
    }
    compared
}

fn print(report: &Report, first: &History, again: &History, json: bool) -> Result<()> {
    let mut out = Out::new();
    if json {
        out.json(report)?;
        return out.finish();
    }
    let acts = match report.acts {
        0 => "nothing was done by hand".to_string(),
        n => format!("with {} by hand", counted(n, "act", "acts")),
    };
    let (of, session) = (report.of.display(), report.session.display());
    out.line(&format!("{session} repeats {of} ({acts})."))?;
    let what = match report.parameters {
        0 => "losses, answers and evaluations",
        _ => "losses, answers, evaluations and parameters",
    };
    let runs = counted(report.runs, "run", "runs");
    match (report.same, report.runs) {
        (true, 0) => out.line("No run had ended there, so there is nothing to compare.")?,
        (true, _) => {
            let table = if report.table.is_some() { ", and the final table" } else { "" };
            out.line(&format!("The same bits: {what} of {runs}{table}."))?;
        }
        (false, _) => {
            let count = report.differing.len();
            if count > 0 {
                out.line(&format!("{} of {runs} differ{}:", count, if count == 1 { "s" } else { "" }))?;
            }
            for differing in &report.differing {
                out.line(&format!("  {}: {}", differing.run, differing.what))?;
            }
            if report.table == Some(false) {
                out.line("The final tables differ.")?;
            }
            if first.machine != again.machine && !first.machine.is_empty() {
                let (there, here) = (&first.machine, &again.machine);
                out.line(&format!(
                    "Another kind of machine ({there}; here {here}) may give other last digits."
                ))?;
            }
        }
    }
    if report.unended > 0 {
        let unended = counted(report.unended, "run", "runs");
        out.line(&format!("{unended} had not ended there, and cannot be compared."))?;
    }
    out.finish()
}
