//! `evaluate`: word vectors on word-similarity lists and on analogies.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Result, counted};
use crate::session::quality::collapsed;
use crate::train::threads;
use crate::vectors::View;
use crate::vectors::evaluation::lists::Pairs;
use crate::vectors::evaluation::{self, Similarity};

use super::global::Global;
use super::out::{self, Out};
use super::table::Table;
use super::{number, vectors};

/// What `evaluate` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("benchmark").args(["similarity", "analogies"]).required(true).multiple(true))]
pub struct Args {
    /// The vectors: word2vec text or binary, GloVe text, a fastText model, safetensors or a folder of model2vec; or a session
    pub vectors: PathBuf,
    /// Lists of word pairs with a score, such as WordSim-353; "demo" is the list of the built-in demo
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub similarity: Vec<PathBuf>,
    /// A list of analogies, such as questions-words.txt; "demo" is the list of the built-in demo
    #[arg(long, value_name = "FILE")]
    pub analogies: Option<PathBuf>,
    /// Ask only analogies of the first N words, and search the answers among them; 0 or "all" takes every word
    #[arg(long, value_name = "N", default_value = "30000", value_parser = first)]
    pub first: usize,
    /// Read only the first N words
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

#[derive(Serialize)]
struct Report {
    /// The mean cosine of random pairs of frequent words.
    mean_cosine: Option<f64>,
    similarity: Vec<Set>,
    analogies: Option<Analogies>,
}

#[derive(Serialize)]
struct Set {
    set: String,
    /// Spearman's correlation; null if fewer than two pairs are used.
    spearman: Option<f64>,
    pairs: usize,
    used: usize,
    /// Words that the vectors have only in another case.
    other_case: usize,
    #[serde(skip)]
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Analogies {
    /// How many of the first words were asked about.
    first: usize,
    /// Null if no question was asked.
    accuracy: Option<f64>,
    correct: usize,
    asked: usize,
    other_case: usize,
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct Section {
    section: String,
    accuracy: Option<f64>,
    correct: usize,
    asked: usize,
    skipped: usize,
}

/// Evaluates word vectors.
///
/// # Errors
/// When the vectors or a list cannot be read.
pub fn evaluate(args: Args, global: &Global) -> Result<ExitCode> {
    let pool = threads::pool(global.threads)?;
    let vectors = vectors::read(&args.vectors, args.limit, global)?;
    let view = vectors.view();
    let report = pool.install(|| report(&args, view))?;
    notes(&report).iter().for_each(|note| out::tell(&format!("note: {note}")));
    let mut out = Out::new();
    if global.json {
        out.json(&report)?;
    } else {
        out.lines(&lines(&report))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn report(args: &Args, view: View<'_>) -> Result<Report> {
    let set = |path: &PathBuf| {
        let pairs = Pairs::read(path)?;
        let Similarity { spearman, pairs: all, used, other_case } = evaluation::compare(view, &pairs);
        Ok(Set { set: pairs.name, spearman, pairs: all, used, other_case, remarks: pairs.remarks })
    };
    let similarity = args.similarity.iter().map(set).collect::<Result<_>>()?;
    let analogies = match &args.analogies {
        None => None,
        Some(path) => {
            let found = evaluation::analogies(view, path, args.first)?;
            Some(Analogies {
                first: args.first.min(view.words().len()),
                accuracy: found.accuracy(),
                correct: found.correct(),
                asked: found.asked(),
                other_case: found.other_case,
                sections: found.sections.into_iter().map(section).collect(),
            })
        }
    };
    Ok(Report { mean_cosine: evaluation::mean_cosine(view), similarity, analogies })
}

fn section(section: evaluation::Section) -> Section {
    let evaluation::Section { name, correct, asked, skipped } = section;
    let accuracy = (asked > 0).then(|| correct as f64 / asked as f64);
    Section { section: name, accuracy, correct, asked, skipped }
}

/// Parses the number of first words. `all` becomes the largest number.
fn first(text: &str) -> std::result::Result<usize, String> {
    match text {
        "all" | "0" => Ok(usize::MAX),
        number => number.parse().map_err(|_| "expected a number of words, or all".to_string()),
    }
}

/// Notes for the user on how the lists and the vectors fit together.
fn notes(report: &Report) -> Vec<String> {
    let mut notes: Vec<String> = report.mean_cosine.and_then(collapsed).into_iter().collect();
    let other_case = |count: usize| match count {
        0 => None,
        1 => Some("1 word was found in another case only".to_string()),
        count => Some(format!("{} words were found in another case only", number::count(count as u64))),
    };
    for set in &report.similarity {
        let none = match (set.pairs, set.used) {
            (0, _) => Some("there are no pairs in it".to_string()),
            (all, 0) => {
                Some(format!("of {} none has both words in the vectors", counted(all, "pair", "pairs")))
            }
            (_, 1) => Some("one pair is too few for a correlation".to_string()),
            _ => None,
        };
        let told = set.remarks.iter().cloned().chain(other_case(set.other_case)).chain(none);
        notes.extend(told.map(|note| format!("{}: {note}", set.set)));
    }
    if let Some(found) = &report.analogies {
        let none = (found.asked == 0).then(|| "no question has all four words among those looked at".into());
        notes.extend(other_case(found.other_case).into_iter().chain(none).map(|n| format!("analogies: {n}")));
    }
    notes
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if !report.similarity.is_empty() {
        let mut table = Table::new(&["similarity", ">Spearman", ">pairs", ">used"]);
        for set in &report.similarity {
            let rank = set.spearman.map_or("–".to_string(), |spearman| format!("{spearman:.3}"));
            table.row([
                set.set.clone(),
                rank,
                number::count(set.pairs as u64),
                number::count(set.used as u64),
            ]);
        }
        lines.extend(table.lines());
    }
    if let Some(found) = &report.analogies {
        let head = format!("analogies of {} words", number::count(found.first as u64));
        let mut table = Table::new(&[&head, ">right in %", ">right", ">asked", ">left out"]);
        let mut row = |name: &str, accuracy: Option<f64>, counts: [usize; 3]| {
            let counts = counts.map(|count| number::count(count as u64));
            table.row(
                [name.to_string(), number::percent(accuracy.unwrap_or(f64::NAN))].into_iter().chain(counts),
            );
        };
        for s in &found.sections {
            row(&s.section, s.accuracy, [s.correct, s.asked, s.skipped]);
        }
        let skipped = found.sections.iter().map(|s| s.skipped).sum();
        row("all", found.accuracy, [found.correct, found.asked, skipped]);
        lines.extend(table.lines());
    }
    lines
}
