//! `distill`: static token vectors from a sentence encoder, written as a folder that model2vec reads.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::models::distillation::{self, Distilled, Distilling};
use crate::pretrain::Corpus;
use crate::session::distillation::{Distillation, TokenStates};
use crate::session::pretraining as session;
use crate::train::threads;

use super::drive::Watched;
use super::global::Global;
use super::out::{self, Out};
use super::{number, pretrain};

/// What `distill` takes. The defaults are those of model2vec and of a recipe.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of a sentence encoder, as it is published: config.json, tokenizer.json, model.safetensors
    pub encoder: PathBuf,
    /// The folder to write, which must not exist yet
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Dimensions of a vector: so many principal components are kept; 0 keeps the encoder's own, without PCA
    #[arg(long, value_name = "N", default_value_t = Distillation::DIM, visible_alias = "pca-dims")]
    pub dim: usize,
    /// The constant a of the SIF weights a / (a + p), where p is the probability of a token; 0 weights nothing
    /// [default: 0.0001; with --corpus, which counts the tokens, 0.001]
    #[arg(long, value_name = "A", visible_alias = "sif-coefficient")]
    pub sif: Option<f64>,
    /// The states of the encoder that become the vector of a token
    #[arg(long, value_name = "NAME", default_value = "mean")]
    pub pooling: TokenStates,
    /// A text whose words get vectors too, and which gives the probabilities of the tokens: a file (also packed: .gz,
    /// .zst, .bz2, .xz, .zip), a folder or archive like aclImdb's, or - for standard input
    #[arg(long, value_name = "TEXT")]
    pub corpus: Option<PathBuf>,
    /// If the text is a table: the column to take, by its name or number
    #[arg(long, value_name = "COLUMN", requires = "corpus")]
    pub text: Option<String>,
    /// Words of the text that occur less often get no vector of their own
    #[arg(long, value_name = "N", default_value_t = Distillation::MIN_COUNT)]
    pub min_count: u64,
    /// The largest number of words of the text that get a vector; the most frequent ones do
    #[arg(long, value_name = "N", default_value_t = Distillation::MAX_VOCABULARY)]
    pub max_vocabulary: usize,
    /// The type of the numbers in the file
    #[arg(long, value_name = "TYPE", default_value = "float16", visible_alias = "quantize-to")]
    pub dtype: NumberType,
}

/// See [`Args::dtype`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NumberType {
    /// Half as large, and rounded to three digits
    Float16,
    Float32,
}

#[derive(Serialize)]
struct Report {
    /// The number of vectors.
    tokens: usize,
    /// How many of these belong to words of the text.
    words: usize,
    dim: usize,
    /// The fraction of the variance that the principal components keep; absent without PCA.
    explained_variance: Option<f64>,
    seconds: f64,
    tokens_per_second: f64,
    out: PathBuf,
}

/// Distils an encoder and writes its static vectors.
///
/// # Errors
/// When the encoder or the text cannot be read, or the folder cannot be written.
pub fn distill(args: Args, global: &Global) -> Result<ExitCode> {
    // Checks the target first, so that one that cannot be written is reported before the work.
    distillation::check_new(&args.out)?;
    let asked = Distillation {
        dim: args.dim,
        corpus: args.corpus.clone().map(|path| match args.text.clone() {
            Some(column) => session::Corpus::Table { file: path, column },
            None => session::Corpus::File(path),
        }),
        sif: args.sif,
        pooling: args.pooling,
        min_count: args.min_count,
        max_vocabulary: args.max_vocabulary,
        ..Distillation::of(&args.encoder)
    };
    asked.check().map_err(|(problem, remedy)| Error::request(problem.replace('`', ""), remedy))?;
    let pool = threads::pool(global.threads)?;
    let mut watched = Watched::new()?;
    let text = args.corpus.as_deref().map(|path| pretrain::corpus(path, args.text.as_deref())).transpose()?;
    let began = Instant::now();
    let found = pool.install(|| work(&asked, text.as_deref(), args.dtype, &mut watched));
    if let Some(code) = watched.end() {
        out::tell("stopped; nothing was written");
        return Ok(code);
    }
    let (Distilled { tokeniser, vectors, explained, about }, words) = found?;
    distillation::save(&args.out, &tokeniser, &vectors, &about)?;
    let seconds = began.elapsed().as_secs_f64();
    let (tokens, dim) = vectors.dim();
    let report = Report {
        tokens,
        words,
        dim,
        explained_variance: explained,
        seconds,
        tokens_per_second: tokens as f64 / seconds.max(1e-9),
        out: args.out,
    };
    let mut out = Out::new();
    if global.json {
        out.json(&report)?;
    } else {
        let kept = report
            .explained_variance
            .map(|kept| format!(", which keep {} % of the variance", number::percent(kept)))
            .unwrap_or_default();
        out.line(&format!(
            "{} of {}{kept}; in {} to {}",
            number::counted(report.tokens as u64, "token", "tokens"),
            number::counted(report.dim as u64, "number", "numbers"),
            number::seconds(seconds),
            report.out.display()
        ))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The static vectors, and how many of them belong to words of the text.
fn work(
    asked: &Distillation,
    text: Option<&dyn Corpus>,
    dtype: NumberType,
    watched: &mut Watched,
) -> Result<(Distilled, usize)> {
    watched.going("reading the encoder", 0.0)?;
    let mut going_on = |bytes: u64| {
        watched.going_at("counting words", 0.0, &format!("{:.0} MB of text", bytes as f64 / 1e6))
    };
    let mut work = Distilling::begin(asked, text, &mut going_on)?;
    text.iter().flat_map(|text| text.remarks()).for_each(|remark| watched.say(&format!("note: {remark}")));
    work.remarks().iter().for_each(|remark| watched.say(&format!("note: {remark}")));
    let (began, all) = (Instant::now(), work.tokens());
    while work.done() < all {
        work.step();
        let (fraction, seconds) = (work.done() as f64 / all.max(1) as f64, began.elapsed().as_secs_f64());
        let left = number::seconds(seconds * (1.0 - fraction) / fraction.max(1e-9));
        let speed = number::short(work.done() as f64 / seconds.max(1e-9));
        watched.going_at("encoding", fraction, &format!("{speed} tokens/s · {left} left"))?;
    }
    watched.going("reducing", 1.0)?;
    let words = work.of_text().map_or(0, |text| text.words.len());
    Ok((work.finish(dtype == NumberType::Float16)?, words))
}
