//! `generate`: text that a session's language model writes after a prompt.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Place, Result};
use crate::models::language_model::generator::Sampling;
use crate::session::text_source::TextSource;
use crate::train::{self, threads};

use super::global::Global;
use super::out::Out;
use super::sessions;

/// What `generate` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// The prompt; without one, the text starts like a document
    pub prompt: Vec<String>,
    /// Words to generate, at most
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub words: usize,
    /// The temperature. Below 1, likely words become more likely; above 1, less likely
    #[arg(long, value_name = "T", default_value_t = 0.8)]
    pub temperature: f32,
    /// Number of texts
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub count: u64,
}

#[derive(Serialize)]
struct Report {
    prompt: String,
    texts: Vec<String>,
}

/// Generates text with a session's language model.
///
/// # Errors
/// When the session has no language model, or it cannot be read.
pub fn generate(args: Args, global: &Global) -> Result<ExitCode> {
    if !(args.temperature.is_finite() && args.temperature >= 0.0) {
        let problem = format!("--temperature {}: expected 0 or more", args.temperature);
        return Err(Error::request(problem, "0.8 is usual"));
    }
    let found = sessions::find(&args.session, &global.sessions)?;
    let history = sessions::history(&found)?;
    // The first source that is a language model.
    let of_source = history.recipe.as_deref().and_then(|recipe| {
        let named = recipe.text()?.named_sources();
        let root = |name: &_| history.parents.iter().find(|parent| parent.name == *name)?.root.text();
        let is_model =
            |(name, source): &&(_, &TextSource)| root(name).unwrap_or(source).language_model().is_some();
        let model = named.iter().find(is_model)?;
        Some(recipe.source_folder(&found.folder, &model.0))
    });
    let generator = train::kept_model(of_source.as_deref().unwrap_or(&found.folder))?.ok_or_else(|| {
        let remedy = "run a recipe with a LanguageModel as its source";
        Error::input(&found.folder, Place::Whole, "this session keeps no language model", remedy)
    })?;
    let prompt = args.prompt.join(" ");
    let seed = global.seed.unwrap_or(1);
    let sampling = |number| Sampling { words: args.words, temperature: args.temperature, seed, number };
    let pool = threads::pool(global.threads)?;
    let texts: Vec<String> = pool
        .install(|| (0..args.count).map(|number| generator.generate(&prompt, sampling(number))).collect());
    let mut out = Out::new();
    if global.json {
        out.json(&Report { prompt, texts })?;
    } else {
        for text in texts {
            out.line(&generator.direction.joined(&prompt, &text))?;
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
