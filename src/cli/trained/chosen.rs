//! Chooses one of a session's kept models.

use std::path::PathBuf;

use crate::cli::{number, sessions};
use crate::error::{Error, Place, Result};
use crate::session::comparison::ComparisonRow;
use crate::session::history::RunHistory;
use crate::session::kept_models::model_folder;
use crate::session::record::RunStart;
use crate::transfer::predictor::load;
use crate::transfer::statistics;

use super::asked::Choice;

/// The folder of the chosen model, and a sentence for the user about the choice.
pub struct Chosen {
    pub folder: PathBuf,
    pub told: String,
}

/// The best of the kept models that match the arguments: the model of the method, source and budget with the best mean in
/// the session's comparison. Among equals, the model with the fewest labels wins. `seed` counts from 1.
///
/// # Errors
/// When the session has kept no such model. The message names the kept models.
pub fn choose(found: &sessions::Found, args: &Choice, seed: Option<u64>) -> Result<Chosen> {
    let history = sessions::history(found)?;
    let kept: Vec<(&RunHistory, PathBuf)> = (history.runs.iter())
        .map(|run| (run, model_folder(&found.folder, &run.start, history.several_sources())))
        .filter(|(_, folder)| load::is_model(folder))
        .collect();
    if kept.is_empty() {
        let problem = "this session has kept no model";
        let remedy = match history.recipe.as_ref().is_some_and(|recipe| recipe.keep == Default::default()) {
            true => "a model is kept when its run ends: `warmstart resume` continues a session",
            false => "leave `keep` out of its recipe, and run the recipe again",
        };
        return Err(Error::input(&found.folder, Place::Whole, problem, remedy));
    }
    let asked = |run: &RunHistory| {
        args.method.is_none_or(|method| run.start.method == method)
            && args.source.as_ref().is_none_or(|source| source_of(run) == source)
            && args.labels.is_none_or(|labels| run.start.budget == labels)
            && seed.is_none_or(|seed| u64::from(run.start.seed) + 1 == seed)
    };
    let fit: Vec<&(&RunHistory, PathBuf)> = kept.iter().filter(|(run, _)| asked(run)).collect();
    // If the log has no comparison, it is computed from the runs.
    let comparison = statistics::comparison(&history);
    let value = |run: &RunHistory| {
        let RunStart { method, source, budget, .. } = &run.start;
        let same = |row: &&ComparisonRow| (row.method, &row.source, row.budget) == (*method, source, *budget);
        comparison.rows.iter().find(same).map_or(f64::NEG_INFINITY, |row| row.mean)
    };
    let best = fit.iter().copied().reduce(|best, next| {
        let (a, b) = (value(best.0), value(next.0));
        if b > a || b == a && next.0.start.labels < best.0.start.labels { next } else { best }
    });
    let Some((run, folder)) = best else {
        let name = |(run, _): &(&RunHistory, PathBuf)| {
            let source = match (&args.source, source_of(run)) {
                (None, _) | (_, "") => String::new(),
                (_, source) => format!(" of {source}"),
            };
            let RunStart { method, budget, seed, .. } = &run.start;
            format!("{method}{source} with {budget} labels, seed {}", seed + 1)
        };
        let names: Vec<String> = kept.iter().map(name).collect();
        let problem = "this session has kept no such model";
        return Err(Error::input(
            &found.folder,
            Place::Whole,
            problem,
            format!("there are {}", names.join("; ")),
        ));
    };
    let start = &run.start;
    let mut told =
        format!("{}: {} with {} labels, seed {}", found.name, start.method, start.budget, start.seed + 1);
    if value(run).is_finite() {
        let which = if fit.len() > 1 { "the best of its comparison, " } else { "" };
        let metric = comparison.metric.name();
        told.push_str(&format!(" ({which}test {metric} {} %)", number::percent(value(run))));
    }
    Ok(Chosen { folder: folder.clone(), told })
}

/// The name of a run's source; empty if it has none.
fn source_of(run: &RunHistory) -> &str {
    run.start.source.as_ref().map_or("", |source| source.as_str())
}
