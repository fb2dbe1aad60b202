//! `concordance`: where a word stands in a corpus, and the contexts that two words share.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use unicode_width::UnicodeWidthStr;

use crate::error::{Error, Result};
use crate::plot::cells::{cut, cut_start};
use crate::session::concordance::{Concordance, ConcordanceLine};
use crate::session::text_transfer::Tokens;
use crate::text::concordance::find::Asked;
use crate::text::concordance::sampled::{Sampled, Searched};
use crate::text::concordance::sampler::{SEARCHED, Sampler, USUAL};
use crate::train::concordance::{self, Opened, WINDOW};

use super::global::Global;
use super::number;
use super::out::{self, Out};
use super::table::Table;
use super::{csv_table, pretrain, sessions, vectors};

/// What `concordance` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A session (SESSION:NAME for one of several sources), whose source was trained on the corpus; or the corpus itself: a
    /// text, a table (with --text), an archive or folder like aclImdb's, or - for standard input
    #[arg(value_name = "SESSION-OR-CORPUS")]
    pub corpus: PathBuf,
    /// The word
    pub word: String,
    /// Another word: which contexts do the two share?
    #[arg(long, value_name = "OTHER")]
    pub with: Option<String>,
    /// The column of a table that holds the text: its name or its number
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// How the text is split into tokens [default: the session's, or words]
    #[arg(long, value_name = "HOW")]
    pub tokens: Option<Tokens>,
    /// Lines of each word; with --with, lines for shared contexts may come on top
    #[arg(long, visible_alias = "top-k", value_name = "N", default_value_t = 40)]
    pub count: usize,
    /// Words on each side that count as contexts [default: the source's window, or 5]
    #[arg(long, value_name = "N")]
    pub window: Option<usize>,
    /// Passages of the corpus that are kept, as a random sample
    #[arg(long, value_name = "N", default_value_t = USUAL)]
    pub sample: usize,
    /// Write the lines to this file, as a table
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// The most passages of a sample: up to 2 GB.
const MOST: usize = 2_000_000;
/// The largest window.
const WIDEST: usize = 100;
/// The number of columns where standard output is no terminal.
const COLUMNS: usize = 120;
/// The number of shared contexts that are printed.
const CONTEXTS: usize = 20;

/// Prints where a word stands in a corpus.
///
/// # Errors
/// When the corpus cannot be read.
pub fn concordance(args: Args, global: &Global) -> Result<ExitCode> {
    for (name, value, most) in
        [("--sample", args.sample, MOST), ("--window", args.window.unwrap_or(WINDOW), WIDEST)]
    {
        if !(1..=most).contains(&value) {
            let remedy = format!("it goes from 1 to {}", number::count(most as u64));
            return Err(Error::request(format!("{name} is {value}"), remedy));
        }
    }
    let (opened, seed) = opened(&args, global)?;
    let words: Vec<String> = std::iter::once(&args.word).chain(&args.with).cloned().collect();
    let window = args.window.unwrap_or(opened.window);
    // The corpus is read once for both samples. The second one is used if a word is rare in the first.
    let mut sampler = Sampler::new(args.sample, seed);
    let mut search = Sampler::of_words(&words, opened.tokens, SEARCHED.max(args.count), seed);
    opened.corpus.read(&mut |piece| {
        sampler.take(piece);
        search.take(piece);
        ControlFlow::Continue(())
    })?;
    sampler.end();
    search.end();
    opened.corpus.remarks().iter().for_each(|remark| out::tell(&format!("note: {remark}")));
    let sampled = Sampled::new(&sampler, opened.tokens);
    let asked = Asked { words: &words, window, count: args.count };
    let mut found = sampled.find(&asked, &opened.name);
    if sampled.lacks(&found) {
        let searched = Searched::new(&words, &search, opened.tokens);
        found = sampled.find_in(&searched, &asked, &opened.name);
    }
    if let Some(path) = &args.csv {
        csv_table::save(path, &found.table())?;
    }
    let mut out = Out::new();
    if global.json {
        out.json(&found)?;
    } else {
        out.lines(&lines(&found, out::width().unwrap_or(COLUMNS)))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The corpus that is meant, and the seed of its sample.
fn opened(args: &Args, global: &Global) -> Result<(Opened, u64)> {
    let mut found = match vectors::session(&args.corpus, global).filter(|_| args.text.is_none()) {
        Some((session, wanted)) => {
            let history = sessions::history(&session)?;
            let Some(recipe) = history.recipe.as_deref() else {
                return Err(Error::request("this session has no recipe", "run it again"));
            };
            let name = vectors::source_name(recipe, wanted.as_deref(), &session.folder)?;
            (concordance::open(recipe, Some(&name), &history.parents)?, recipe.seed)
        }
        None => {
            let corpus = pretrain::corpus(&args.corpus, args.text.as_deref())?;
            let name = corpus.name();
            (Opened { corpus, name, tokens: Tokens::default(), window: WINDOW }, 1)
        }
    };
    found.0.tokens = args.tokens.unwrap_or(found.0.tokens);
    Ok((found.0, global.seed.unwrap_or(found.1)))
}

/// What was found, as text for so many columns.
fn lines(found: &Concordance, width: usize) -> Vec<String> {
    let counts = found
        .words
        .iter()
        .zip(&found.occurrences)
        .map(|(word, count)| format!("{word}: {}", number::counted(*count, "place", "places")));
    let counts: Vec<String> = counts.collect();
    let mut lines = vec![format!("{} · {} · {}", counts.join(", "), found.corpus, found.told())];
    if let [one, other] = &found.words[..] {
        lines.push(match found.cosine {
            None => format!("no contexts of {one} and {other} to compare"),
            Some(cosine) => format!(
                "{} within {} words: cosine of the PMI vectors {cosine:.3}",
                number::counted(found.shared.len() as u64, "shared context", "shared contexts"),
                found.window
            ),
        });
        let mut table = Table::new(&[
            "context",
            &format!(">with {one}"),
            &format!(">with {other}"),
            ">PMI",
            ">PMI",
            ">of the cosine",
        ]);
        for context in found.shared.iter().take(CONTEXTS) {
            let [a, b] = context.pmi.map(|pmi| format!("{pmi:.1}"));
            let [m, n] = context.counts.map(number::count);
            table.row([context.word.clone(), m, n, a, b, format!("{:.1} %", 100.0 * context.share)]);
        }
        if !found.shared.is_empty() {
            lines.extend(table.lines());
        }
    }
    let widest = found.lines.iter().map(|line| line.keyword.width()).max().unwrap_or(0).min(width / 3);
    let side = width.saturating_sub(widest + 4) / 2;
    for (place, _) in found.words.iter().enumerate() {
        let of = |line: &&ConcordanceLine| line.word == place;
        lines.extend(found.lines.iter().filter(of).map(|line| in_context(line, side, widest)));
    }
    lines
}

/// A line with its keyword in the middle.
fn in_context(line: &ConcordanceLine, side: usize, widest: usize) -> String {
    let left = cut_start(line.left.trim_end(), side);
    let keyword = cut(&line.keyword, widest);
    let space = " ".repeat(side.saturating_sub(left.width()));
    let after = " ".repeat(widest.saturating_sub(keyword.width()));
    // What is written without a space after the word stays beside it.
    format!("{space}{left}  {keyword}{after}  {}", cut(line.right.trim_start(), side)).trim_end().to_string()
}
