//! `convert`: word vectors from one format to another.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::Result;
use crate::vectors::formats;

use super::args::Global;
use super::out::Out;
use super::pretrain::check_target;
use super::{number, vectors};

/// What `convert` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vectors: word2vec text or binary, or GloVe text, each also compressed; or a session
    #[arg(value_name = "IN")]
    pub from: PathBuf,
    /// Where they go: word2vec binary if the name ends in .bin, else text; compressed if it ends in .gz
    #[arg(value_name = "OUT")]
    pub to: PathBuf,
    /// Read only the first so many words
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

#[derive(Serialize)]
struct Report {
    words: usize,
    dim: usize,
    out: PathBuf,
}

/// Converts word vectors.
///
/// # Errors
/// When they cannot be read or written.
pub fn convert(args: Args, global: &Global) -> Result<ExitCode> {
    check_target(&args.to)?;
    let vectors = vectors::read(&args.from, args.limit, &global.sessions)?;
    formats::save(&vectors, &args.to)?;
    let report = Report { words: vectors.len(), dim: vectors.dim(), out: args.to };
    let mut out = Out::new();
    if global.json {
        out.json(&report)?;
    } else {
        let words = number::count(report.words as u64);
        out.line(&format!("{words} words of {} numbers to {}", report.dim, report.out.display()))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
