//! `convert`: word vectors from one format to another.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::vectors::fasttext::Model;
use crate::vectors::{WordVectors, formats};

use super::global::Global;
use super::out::{self, Out};
use super::pretrain::check_target;
use super::{number, vectors};

/// What `convert` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vectors: word2vec text or binary, GloVe text, a fastText model, safetensors or a folder of model2vec; or a session
    #[arg(value_name = "IN")]
    pub from: PathBuf,
    /// The file to write; compressed if the name ends in .gz
    #[arg(value_name = "OUT")]
    pub to: PathBuf,
    /// The format of OUT [default: by its name. .safetensors is safetensors; .bin is a fastText model if IN has
    /// subwords, otherwise word2vec binary; every other name is text]
    #[arg(long, value_name = "NAME")]
    pub format: Option<Format>,
    /// Leave out words that the format cannot hold. Without this option, such words are an error
    #[arg(long)]
    pub skip_unfit: bool,
    /// Read only the first N words
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// See [`Args::format`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// word2vec text, as in fastText's .vec: a header with both counts, then a word and its vector on each line
    Text,
    /// word2vec binary
    Word2vec,
    /// An unsupervised fastText model of version 12
    Fasttext,
    /// safetensors: the tensor "vectors", and "words" with one word on each line
    Safetensors,
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
/// When the vectors cannot be read or written.
pub fn convert(args: Args, global: &Global) -> Result<ExitCode> {
    check_target(&args.to)?;
    // A fastText model is read as a model, because it is then written again with the same bytes. A supervised one
    // also gives its vectors here.
    let model = if Model::is_at(&args.from) { Some(Model::open(&args.from)?) } else { None };
    let unsupervised = model.as_ref().is_some_and(|model| !model.is_supervised());
    let format = |parts: bool| args.format.unwrap_or_else(|| by_name(&args.to, parts));
    let (words, dim) = match model {
        Some(model) if format(unsupervised) == Format::Fasttext && args.limit.is_none() => {
            model.save(&args.to)?;
            model.size()
        }
        model => {
            let vectors = match model {
                Some(model) => {
                    let vectors = model.into_vectors(args.limit.unwrap_or(usize::MAX))?;
                    vectors::tell_left_out(&vectors, &args.from);
                    vectors
                }
                None => vectors::read(&args.from, args.limit, global)?,
            };
            let format = match format(unsupervised || vectors.subwords.is_some()) {
                Format::Text => formats::Format::Text,
                Format::Word2vec => formats::Format::Binary,
                Format::Safetensors => formats::Format::Safetensors,
                Format::Fasttext => formats::Format::Model,
            };
            let vectors = fit(vectors, format, args.skip_unfit)?;
            formats::save_as(&vectors, &args.to, format)?;
            (vectors.len(), vectors.dim())
        }
    };
    let report = Report { words, dim, out: args.to };
    let mut out = Out::new();
    if global.json {
        out.json(&report)?;
    } else {
        let words = number::counted(report.words as u64, "word", "words");
        let numbers = number::counted(report.dim as u64, "number", "numbers");
        out.line(&format!("{words} of {numbers} to {}", report.out.display()))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The vectors of the words that the format can hold. Refuses other words unless `skip` is set; then leaves them out.
fn fit(vectors: WordVectors, format: formats::Format, skip: bool) -> Result<WordVectors> {
    let unfit = format.unfit(&vectors.words);
    if unfit.is_empty() {
        return Ok(vectors);
    }
    let shown = formats::shown(&vectors.words, &unfit);
    if !skip {
        let others = [
            (formats::Format::Text, "text"),
            (formats::Format::Safetensors, "safetensors"),
            (formats::Format::Model, "fasttext"),
        ];
        let others = others.into_iter().filter(|(other, _)| other.unfit(&vectors.words).is_empty());
        let others: Vec<String> = others.map(|(_, name)| format!("`--format {name}`")).collect();
        let hold = if others.is_empty() {
            String::new()
        } else {
            format!("{} can hold them; ", others.join(" or "))
        };
        return Err(Error::request(
            format!("{} cannot hold {shown}", format.name()),
            format!("{hold}`--skip-unfit` leaves them out"),
        ));
    }
    out::tell(&format!("note: left out {shown}, which {} cannot hold", format.name()));
    let rows: Vec<usize> = (0..vectors.len()).filter(|row| unfit.binary_search(row).is_err()).collect();
    if rows.is_empty() {
        return Err(Error::request("no word is left to write", "choose another format"));
    }
    Ok(vectors.only(&rows))
}

/// The format that the name of a file stands for.
fn by_name(path: &Path, model: bool) -> Format {
    match formats::has_binary_name(path) {
        _ if formats::has_safetensors_name(path) => Format::Safetensors,
        true if model => Format::Fasttext,
        true => Format::Word2vec,
        false => Format::Text,
    }
}
