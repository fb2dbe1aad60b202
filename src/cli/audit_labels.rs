//! `audit-labels`: lists the labels of a session's training data that are probably wrong.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Place, Result, counted, printable};
use crate::files;
use crate::session::audited::{AuditedLabel, write_csv};
use crate::session::history::History;
use crate::session::method::Method;
use crate::session::recipe::Recipe;
use crate::session::source_name::SourceName;
use crate::train::folds::{self, Answered};
use crate::train::ground::Ground;
use crate::train::label_audit::audited;
use crate::train::threads;
use crate::transfer::statistics;

use super::drive::Watched;
use super::global::Global;
use super::out::{self, Out};
use super::table::Table;
use super::{method_name, number, sessions, vectors};

/// The largest number of characters of a text in the table.
const WIDTH: usize = 60;

/// What `audit-labels` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// Write all training examples to this file (.csv), the most doubtful label first
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The method to train [default: the best of the session's comparison]
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub method: Option<Method>,
    /// If the session has several sources: the one that the method takes, by its name in the comparison [default: the best
    /// for this method]
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Repeat the folds with other draws and initial values, and average the probabilities. This takes longer and gives
    /// a better list
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repeats: u32,
    /// How many are printed
    #[arg(long, visible_alias = "top-k", value_name = "N", default_value_t = 20)]
    pub count: usize,
}

/// Parses the name of a method that learns from labels.
fn method(text: &str) -> std::result::Result<Method, String> {
    method_name::parse(text, |method| method.learns())
}

#[derive(Serialize)]
struct Report {
    method: Method,
    /// The source that the method takes; null for one that takes none.
    source: Option<SourceName>,
    folds: u32,
    examples: usize,
    /// How many labels are estimated to be wrong.
    suspects: usize,
    /// The most doubtful ones.
    list: Vec<AuditedLabel>,
}

/// Finds the labels that are probably wrong, and prints them or writes them to a file.
///
/// # Errors
/// When the session, its data or its source cannot be read, no method is known, training fails, or the file cannot be
/// written.
pub fn audit_labels(args: Args, global: &Global) -> Result<ExitCode> {
    let found = sessions::find(&args.session, &global.sessions)?;
    let history = sessions::history(&found)?;
    let wrong = |problem: &str, remedy: &str| Error::input(&found.folder, Place::Whole, problem, remedy);
    let recipe =
        history.recipe.as_deref().ok_or_else(|| wrong("its log names no recipe", "run its recipe again"))?;
    if let Some(path) = args.out.as_deref().filter(|path| path.extension().is_none_or(|end| end != "csv")) {
        let problem = "the list is written as CSV";
        return Err(Error::input(path, Place::Whole, problem, "end the name with .csv"));
    }
    let (method, source) = side(&args, &history, recipe, &found.folder)?;
    let mut recipe = source.as_ref().map_or_else(|| recipe.clone(), |name| recipe.with_source(name));
    recipe.seed = global.seed.unwrap_or(recipe.seed);
    let (pool, mut watched) = (threads::pool(global.threads)?, Watched::new()?);
    let mut going = |doing: &str, fraction: f64| watched.going(doing, fraction);
    let keeps = recipe.makes_source() || !recipe.inherits().is_empty();
    let kept = keeps.then_some(&*found.folder);
    let answered = Ground::read(&recipe, kept, &pool, &mut going)
        .and_then(|mut ground| folds::out_of_fold(&mut ground, method, args.repeats, &pool, &mut going));
    if let Some(code) = watched.end() {
        return Ok(code);
    }
    let answered = answered?;
    let mut list = audited(&answered);
    let (examples, suspects) = (list.len(), list.iter().filter(|label| label.is_suspect).count());
    if let Some(path) = &args.out {
        files::save(path, |to| write_csv(&list, to))?;
        out::tell(&format!("{}: {}", path.display(), counted(examples, "example", "examples")));
    }
    list.truncate(args.count);
    let mut out = Out::new();
    if global.json {
        let folds = answered.folds;
        out.json(&Report { method, source, folds, examples, suspects, list })?;
    } else {
        let several = source.filter(|_| history.several_sources());
        let by = several.map_or(method.to_string(), |source| format!("{method} · {source}"));
        out.lines(&lines(&by, &answered, suspects, &list))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The method that is trained, and its source; `None` for a method that takes none. What the arguments leave open is the
/// best of the session's comparison at the largest budget, among the methods that learn from labels.
fn side(
    args: &Args,
    history: &History,
    recipe: &Recipe,
    folder: &Path,
) -> Result<(Method, Option<SourceName>)> {
    let wrong = |problem: String, remedy: &str| Err(Error::input(folder, Place::Whole, problem, remedy));
    let wanted =
        args.source.as_deref().map(|name| vectors::source_name(recipe, Some(name), folder)).transpose()?;
    if let (Some(method), Some(_)) = (args.method.filter(|method| !method.takes_source()), &wanted) {
        return wrong(format!("{method} takes no source"), "leave --source out, or name another method");
    }
    let comparison = statistics::comparison(history);
    let rows = || {
        comparison.rows.iter().filter(|row| {
            args.method.map_or(row.method.learns(), |method| row.method == method)
                && wanted.as_ref().is_none_or(|source| row.source.as_ref() == Some(source))
        })
    };
    let largest = rows().map(|row| row.budget).max();
    let best = rows().filter(|row| Some(row.budget) == largest).max_by(|a, b| a.mean.total_cmp(&b.mean));
    match (best, args.method) {
        (Some(row), _) => Ok((row.method, row.source.clone())),
        // The session did not test this method.
        (None, Some(method)) => {
            let first = || recipe.source_names().into_iter().next();
            Ok((method, wanted.or_else(first).filter(|_| method.takes_source())))
        }
        (None, None) => match wanted {
            Some(name) => {
                wrong(format!("no run with the source {name} has been tested"), "name a method with --method")
            }
            None => wrong("no run of this session has been tested".into(), "name a method with --method"),
        },
    }
}

fn lines(by: &str, answered: &Answered, suspects: usize, list: &[AuditedLabel]) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{} of {} labels are probably wrong, by {by} in {} folds: each example was answered by a model that did not \
             learn from it.",
            number::count(suspects as u64),
            number::count(answered.labels.len() as u64),
            answered.folds,
        ),
        String::new(),
    ];
    let mut table = Table::new(&[">rank", ">example", "label", ">p, %", "suggested", ">p, %", "text"]);
    for row in list {
        let text: String = printable(&row.text).split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = text.chars().take(WIDTH).collect();
        table.row([
            row.rank.to_string(),
            row.example.to_string(),
            row.label.clone(),
            number::percent(f64::from(row.p_label)),
            row.suggested.clone(),
            number::percent(f64::from(row.p_suggested)),
            if short.len() < text.len() { format!("{short}…") } else { short },
        ]);
    }
    lines.extend(table.lines());
    lines
}
