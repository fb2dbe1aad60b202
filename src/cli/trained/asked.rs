//! The arguments that name a trained model.

use std::path::PathBuf;

use crate::cli::method_name;
use crate::session::budget::Budget;
use crate::session::method::Method;

/// The model that a command uses.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// A session (its folder or name); the folder of a kept model; a supervised fastText model (.bin, .ftz); or the
    /// weights of an image network (.safetensors)
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub choice: Choice,
    /// For an image network: a file with the names of its classes, one on each line, if the weights do not have them
    #[arg(long, value_name = "FILE")]
    pub classes: Option<PathBuf>,
}

/// Chooses one of a session's kept models.
#[derive(Debug, clap::Args)]
pub struct Choice {
    /// For a session: the method whose model is used [default: the best of its comparison]
    #[arg(long, value_name = "METHOD", value_parser = method_name::any)]
    pub method: Option<Method>,
    /// For a session: the source whose parameters the model has, by its name in the comparison [default: the best of them]
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// For a session: the label budget, a number or `all`. --seed N chooses the repetition
    #[arg(long, value_name = "N")]
    pub labels: Option<Budget>,
}
