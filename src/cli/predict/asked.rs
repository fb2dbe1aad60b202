//! The arguments of `predict`.

use std::path::PathBuf;

use crate::cli::trained::ModelArgs;
use crate::data::rows;
use crate::error::{Error, Result};

/// The arguments of `predict`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").args(["examples", "file"]).required(true))]
#[command(
    override_usage = "warmstart predict [OPTIONS] MODEL TEXT|IMAGE...\n       warmstart predict [OPTIONS] MODEL --file FILE"
)]
pub struct Args {
    #[command(flatten)]
    pub model: ModelArgs,
    /// The texts, each in quotes; or - for standard input, one text on each line; or images: files, folders, archives
    #[arg(value_name = "TEXT|IMAGE")]
    pub examples: Vec<String>,
    /// A file of texts: a table (CSV, TSV, JSON lines, Parquet), or one text on each line; also compressed
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The column with the text: its name or its number
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub text: Option<String>,
    /// Write the predictions to this file (.csv or .jsonl, also with .gz), beside the rows of --file or the names
    /// of the images
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Number of classes to print, the most probable first
    #[arg(long, alias = "top-k", value_name = "K", default_value_t = 1)]
    pub count: usize,
    /// Answer only if the most probable class has at least this probability; the prediction is `undecided` otherwise
    #[arg(long, value_name = "P", value_parser = probability)]
    pub threshold: Option<f32>,
}

fn probability(text: &str) -> std::result::Result<f32, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a probability from 0 to 1".to_string())
}

impl Args {
    /// Whether `--file` is read as a table. With `--text` or `--out` it always is; otherwise its name and content decide.
    /// A file that is not a table has one text on each line.
    ///
    /// # Errors
    /// When the file cannot be read, or `--out` is given without `--file`.
    pub fn is_table(&self) -> Result<bool> {
        match (&self.file, &self.text, &self.out) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Ok(true),
            (Some(file), ..) => rows::is_table(file),
            (None, _, Some(_)) => {
                let problem = "with texts, --out needs --file";
                Err(Error::request(problem, "name the file with --file, or leave --out out"))
            }
            (None, ..) => Ok(false),
        }
    }
}
