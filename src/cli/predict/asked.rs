//! What `predict` takes, and what it gives.

use std::path::PathBuf;

use serde::Serialize;

use crate::data::rows;
use crate::error::Result;
use crate::session::budget::Budget;
use crate::session::method::Method;

/// What `predict` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").args(["examples", "file"]).required(true))]
pub struct Args {
    /// A session, by its folder or name; a model that it has kept; a supervised fastText model (.bin, .ftz); or the weights
    /// of an image network (.safetensors)
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// The texts, each in quotes, or - for a text a line from standard input; or the files of the images
    #[arg(value_name = "TEXT|IMAGE")]
    pub examples: Vec<String>,
    /// Of a session, the method whose model is asked; left out, the best of its comparison
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub method: Option<Method>,
    /// Of a session, the label budget: a number, or `all`
    #[arg(long, value_name = "N")]
    pub labels: Option<Budget>,
    /// A file of texts: a table (CSV, TSV, JSON lines) or a text a line; also compressed
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The column of the file that holds the text, by its name or number
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub text: Option<String>,
    /// Write the rows of the file with their predictions to this file: .csv or .jsonl, also with .gz
    #[arg(long, value_name = "FILE", requires = "file")]
    pub out: Option<PathBuf>,
    /// Classes to give, the most probable first
    #[arg(long, alias = "top-k", value_name = "K", default_value_t = 1)]
    pub count: usize,
    /// Of an image network, the names of its classes, a line each, where its file does not have them
    #[arg(long, value_name = "FILE")]
    pub classes: Option<PathBuf>,
}

impl Args {
    /// Whether the file is a table, and not a text a line.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_table(&self) -> Result<bool> {
        match (&self.file, &self.text, &self.out) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Ok(true),
            (Some(file), ..) => rows::is_table(file),
            (None, ..) => Ok(false),
        }
    }
}

fn method(text: &str) -> std::result::Result<Method, String> {
    Method::named(text).ok_or_else(|| {
        let names: Vec<&str> = Method::all().map(Method::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// A class, and how probable it is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Label {
    pub(super) label: String,
    pub(super) probability: f32,
}

/// The most probable of the classes, so many, the most probable first; of equals the first.
pub(super) fn top(classes: &[String], probabilities: &[f32], count: usize) -> Vec<Label> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let label = |&class: &usize| Label { label: classes[class].clone(), probability: probabilities[class] };
    order.iter().take(count).map(label).collect()
}
