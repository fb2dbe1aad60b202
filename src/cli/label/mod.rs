//! `label`: chooses which text to label next, takes labels into a file of the user's, and compares ways of choosing on
//! known labels.

use std::process::ExitCode;

use crate::error::{Error, Result};

use super::global::Global;

mod args;
mod asking;
mod comparing;
mod report;
mod source;

pub use args::Args;

/// Labels texts, or simulates it.
///
/// # Errors
/// When data, model or session cannot be read, the file of labels cannot be written, or options do not fit together.
pub fn label(args: Args, global: &Global) -> Result<ExitCode> {
    let wrong = |problem: &str, remedy: &str| Err(Error::request(problem, remedy));
    if args.simulate {
        return comparing::compare(&args, global);
    }
    if args.texts.is_none() {
        return wrong(
            "no texts to label",
            "name their file with --texts; --simulate compares ways of choosing on known labels",
        );
    }
    if args.strategy.len() > 1 {
        return wrong(
            "several strategies cannot choose one text",
            "name one, or compare them with --simulate",
        );
    }
    if args.what.is_none() && args.vectors.is_none() {
        return wrong(
            "no model that makes vectors of the texts",
            "name a session or a recipe, or a model with --vectors",
        );
    }
    asking::ask(&args, global)
}
