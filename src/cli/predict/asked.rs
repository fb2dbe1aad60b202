//! What `predict` takes, and what it gives.

use std::path::PathBuf;

use serde::Serialize;

/// What `predict` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("texts").args(["text", "file"]).required(true))]
#[command(group = clap::ArgGroup::new("by").args(["model", "weights"]).required(true))]
pub struct Args {
    /// The texts, each in quotes, - reads lines from standard input; or the files of the images
    #[arg(value_name = "TEXT|PHOTO")]
    pub text: Vec<String>,
    /// A supervised fastText model: .bin or .ftz, also compressed
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// The weights of an image network: safetensors as they are published, or a session's network.safetensors
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub weights: Option<PathBuf>,
    /// With --weights, the names of the classes, a line each, where the file does not have them
    #[arg(long, value_name = "FILE", requires = "weights")]
    pub classes: Option<PathBuf>,
    /// A file with a text a line, also compressed
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Labels to give, the most probable first
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub count: usize,
}

/// A label or class, and how probable it is.
#[derive(Debug, Serialize)]
pub(super) struct Label {
    pub(super) label: String,
    pub(super) probability: f32,
}
