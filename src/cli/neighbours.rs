//! `neighbours` and `analogy`: questions to a table of word vectors.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::Result;
use crate::vectors::{Near, View};

use super::args::Global;
use super::out::Out;
use super::table::Table;
use super::{out, pool, vectors};

/// Where vectors come from.
#[derive(Debug, clap::Args)]
pub struct From {
    /// The vectors: word2vec text or binary, GloVe text or a fastText model, each also compressed; or a session
    #[arg(long, value_name = "FILE")]
    pub vectors: PathBuf,
    /// Read only the first so many words
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Answers to give
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub count: usize,
}

/// What `neighbours` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The word
    pub word: String,
    #[command(flatten)]
    pub from: From,
}

/// What `analogy` takes.
#[derive(Debug, clap::Args)]
pub struct AnalogyArgs {
    /// A is to B as C is to …
    pub a: String,
    pub b: String,
    pub c: String,
    #[command(flatten)]
    pub from: From,
}

/// One answer.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    word: &'a str,
    similarity: f32,
}

/// Prints the words nearest to a word.
///
/// # Errors
/// When the vectors cannot be read, or have no such word.
pub fn neighbours(args: Args, global: &Global) -> Result<ExitCode> {
    ask(&args.from, global, &[&args.word], |view| view.neighbours(&args.word, args.from.count))
}

/// Prints what is to the third word as the second is to the first.
///
/// # Errors
/// When the vectors cannot be read, or lack one of the words.
pub fn analogy(args: AnalogyArgs, global: &Global) -> Result<ExitCode> {
    let words = [&*args.a, &args.b, &args.c];
    ask(&args.from, global, &words, |view| view.analogy(&args.a, &args.b, &args.c, args.from.count))
}

fn ask(
    from: &From,
    global: &Global,
    words: &[&str],
    question: impl FnOnce(View<'_>) -> Result<Vec<Near>> + Send,
) -> Result<ExitCode> {
    let pool = pool::of(global.threads)?;
    let vectors = vectors::read(&from.vectors, from.limit, &global.sessions)?;
    let near = pool.install(|| question(vectors.view()))?;
    let answers: Vec<Answer<'_>> = near
        .iter()
        .map(|near| Answer { word: vectors.words.get(near.id), similarity: near.similarity })
        .collect();
    let mut out = Out::new();
    let unseen = words.iter().filter(|word| vectors.index_of(word).is_none());
    let unseen =
        unseen.map(|word| format!("\"{word}\" is not in the vocabulary: its vector is made from its parts"));
    if global.json {
        unseen.for_each(|sentence| out::tell(&sentence));
        out.json(&answers)?;
    } else {
        unseen.into_iter().try_for_each(|sentence| out.line(&sentence))?;
        let mut table = Table::new(&["word", ">cosine"]);
        for answer in &answers {
            table.row([answer.word.to_string(), format!("{:.4}", answer.similarity)]);
        }
        out.lines(&table.lines())?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
