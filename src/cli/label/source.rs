//! Where the vectors and the labels of `label` come from: a session, a recipe, labelled examples, or a model alone.

use std::path::{Path, PathBuf};

use rayon::ThreadPool;

use crate::cli::global::Global;
use crate::cli::plain::PlainArgs;
use crate::cli::{out, recipes, sessions, vectors};
use crate::error::{Error, Place, Result};
use crate::session::recipe::Recipe;
use crate::session::starter::{Started, Wish};
use crate::train::ground::{Going, Ground};
use crate::train::starter;

use super::args::Args;

/// A recipe, and the folder of its session if it was run.
struct Found {
    recipe: Recipe,
    kept: Option<PathBuf>,
}

/// The labelled data and the source that `what` names.
///
/// # Errors
/// When they cannot be read; also the errors of `going`.
pub fn ground(what: &Path, args: &Args, global: &Global, pool: &ThreadPool, going: Going) -> Result<Ground> {
    let Found { mut recipe, kept } = find(what, args, global)?;
    if recipe.text().is_none() {
        let problem = "it classifies images, and texts are labelled";
        return Err(Error::input(what, Place::Whole, problem, "name a session or a recipe of texts"));
    }
    if let Some(name) = &args.source {
        let name = vectors::source_name(&recipe, Some(name), what)?;
        recipe = recipe.with_source(&name);
    }
    let keeps = recipe.makes_source() || !recipe.inherits().is_empty();
    let kept = kept.filter(|_| keeps);
    Ground::read(&recipe, kept.as_deref(), pool, going)
}

fn find(what: &Path, args: &Args, global: &Global) -> Result<Found> {
    let plain = [
        ("--vectors", args.vectors.is_some()),
        ("--test", args.test.is_some()),
        // With --texts, the columns are those of the texts.
        ("--text", args.text.is_some() && args.texts.is_none()),
        ("--label", args.label.is_some() && args.texts.is_none()),
    ];
    let refuse = || match plain.iter().find(|(_, given)| *given) {
        Some((name, _)) => {
            let problem = format!("{name} goes with labelled examples, and this is no file of them");
            Err(Error::input(
                what,
                Place::Whole,
                problem,
                "leave it out: a session and a recipe have their own",
            ))
        }
        None => Ok(()),
    };
    if let Ok(found) = sessions::find(what, &global.sessions) {
        refuse()?;
        let history = sessions::history(&found)?;
        let recipe = history.recipe.ok_or_else(|| {
            Error::input(&found.folder, Place::Whole, "its log names no recipe", "run its recipe again")
        })?;
        return Ok(Found { recipe: *recipe, kept: Some(found.folder) });
    }
    if !PlainArgs::default().is_data(what) {
        refuse()?;
        return Ok(Found { recipe: recipes::find(what)?.0, kept: None });
    }
    let wish = Wish {
        data: what.to_path_buf(),
        test: args.test.clone(),
        vectors: args.vectors.clone(),
        text: args.text.clone().filter(|_| args.texts.is_none()),
        label: args.label.clone().filter(|_| args.texts.is_none()),
        ..Wish::default()
    };
    let Started { recipe, told } = starter::start(&wish, &mut |_| Ok(()))?;
    // No head is trained but the linear classifier.
    let told = told.iter().filter(|sentence| !sentence.starts_with("head: "));
    told.for_each(|sentence| out::tell(sentence));
    Ok(Found { recipe, kept: None })
}
