//! `predict`: predictions of a trained model for new texts or images.
//!
//! The model is one of a session, one that was saved in a folder, a supervised fastText model, or an image network.

mod asked;
mod columns;
mod going;
mod images;
mod tables;
mod texts;

use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::train::threads;

use super::global::Global;
use super::trained::{self, Model, UNDECIDED};

pub use asked::Args;

/// Prints classes and their probabilities, or writes them to a file.
///
/// # Errors
/// When the model or the examples cannot be read, the arguments do not fit each other, or the model reads another kind
/// of example (texts instead of images, or images instead of texts).
pub fn predict(args: Args, global: &Global) -> Result<ExitCode> {
    let pool = threads::pool(global.threads)?;
    if global.seed.is_some() && trained::is_one(&args.model.model) {
        let problem = format!(
            "{} is one model, and --seed chooses among those of a session",
            args.model.model.display()
        );
        return Err(Error::request(problem, "leave it out, or name the session"));
    }
    let model = trained::open(&args.model, global)?;
    if args.threshold.is_some() && model.classes().iter().any(|class| class == UNDECIDED) {
        let problem =
            format!("the model has a class called \"{UNDECIDED}\", which --threshold also predicts");
        return Err(Error::request(problem, "leave --threshold out"));
    }
    match model {
        Model::Images(predictor) => {
            refuse_tables(&args)?;
            images::predict(&args, &predictor, &pool, global)
        }
        Model::Texts(texts) if args.is_table()? => tables::predict(&args, &texts, &pool, global),
        Model::Texts(texts) => texts::predict(&args, &texts, &pool, global),
    }
}

fn refuse_tables(args: &Args) -> Result<()> {
    let problem = match (&args.file, &args.text) {
        (Some(_), _) => "this model sees images, and --file is a file of texts",
        (None, Some(_)) => "this model sees images, and --text names a column of texts",
        (None, None) => return Ok(()),
    };
    Err(Error::request(problem, "name the files of the images after the model"))
}
