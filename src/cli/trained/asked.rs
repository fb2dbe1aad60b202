//! Which trained model is asked.

use std::path::PathBuf;

use crate::session::budget::Budget;
use crate::session::method::Method;

/// Which model is asked.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// A session, by its folder or name; a model that it has kept; a supervised fastText model (.bin, .ftz); or the weights
    /// of an image network (.safetensors)
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub choice: Choice,
    /// Of an image network, the names of its classes, a line each, where its file does not have them
    #[arg(long, value_name = "FILE")]
    pub classes: Option<PathBuf>,
}

/// Which of the models of a session is asked.
#[derive(Debug, clap::Args)]
pub struct Choice {
    /// Of a session, the method whose model is asked; left out, the best of its comparison
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub method: Option<Method>,
    /// Of a session, the label budget: a number, or `all`. --seed N chooses the repetition
    #[arg(long, value_name = "N")]
    pub labels: Option<Budget>,
}

fn method(text: &str) -> std::result::Result<Method, String> {
    Method::named(text).ok_or_else(|| {
        let names: Vec<&str> = Method::all().map(Method::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}
