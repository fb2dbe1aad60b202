//! `fork`: a new session whose run begins from a state of a run of another one, with some settings changed.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::{Error, Place, Result};
use crate::files;
use crate::session::budget::Budget;
use crate::session::forking::{self, Changes};
use crate::session::history::{History, RunHistory};
use crate::session::method::Strategy;
use crate::session::training::Schedule;
use crate::train::protocol::command::Command;

use super::global::Global;
use super::{out, run, sessions, workbench};

/// What `fork` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions
    pub session: PathBuf,
    /// The run: its number, from 0, or its name ("fine-tuned · 100 labels · seed 1"), or a part that only it has
    #[arg(long, value_name = "RUN")]
    pub run: String,
    /// The number of updates after which it forks; the nearest kept state is taken [default: the last one]
    #[arg(long, value_name = "N")]
    pub step: Option<u64>,
    /// The folder of the new session
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Another learning rate
    #[arg(long, value_name = "X")]
    pub learning_rate: Option<f32>,
    /// Another schedule of the learning rate: constant, linear, cosine, slanted-triangular
    #[arg(long, value_parser = forking::schedule)]
    pub schedule: Option<Schedule>,
    /// Another strategy; training then begins anew with the parameters
    #[arg(long, value_parser = forking::strategy)]
    pub strategy: Option<Strategy>,
    /// Another dropout of the head, for texts
    #[arg(long, value_name = "X")]
    pub dropout: Option<f32>,
    /// Another label budget; training then begins anew with the parameters
    #[arg(long, value_name = "N")]
    pub labels: Option<Budget>,
    /// Another largest number of epochs
    #[arg(long, value_name = "N")]
    pub epochs: Option<usize>,
    /// Layer groups that are frozen, with commas between them: head, body, embedding, layer 1
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    pub freeze: Vec<String>,
    /// Write the recipe to the folder's place as a file DIR.ron, and run nothing
    #[arg(long, conflicts_with = "watch")]
    pub recipe_only: bool,
    /// Watch it in the workbench
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
}

/// Forks a run.
///
/// # Errors
/// When there is no such session, run or state, or the run cannot be forked so.
pub fn fork(args: Args, global: &Global) -> Result<ExitCode> {
    if global.seed.is_some() {
        return Err(Error::request("a fork has the seed of its session", "leave --seed out"));
    }
    let found = sessions::find(&args.session, &global.sessions)?;
    let history = sessions::history(&found)?;
    let run = chosen(&history, &args.run)
        .map_err(|(problem, remedy)| Error::input(&found.folder, Place::Whole, problem, remedy))?;
    let changes = Changes {
        rate: args.learning_rate,
        schedule: args.schedule,
        strategy: args.strategy,
        dropout: args.dropout,
        labels: args.labels,
        epochs: args.epochs,
        freeze: args.freeze,
    };
    let (recipe, step) = forking::fork(&found.folder, run.start.run, args.step, &changes)?;
    if args.step.is_some_and(|wanted| wanted != step) {
        out::tell(&format!("the nearest kept state is that of step {step}"));
    }
    if args.recipe_only {
        let path = args.out.with_extension("ron");
        files::save(&path, |file| file.write_all(recipe.to_ron().as_bytes()))?;
        out::tell(&format!("the recipe is in {}; `warmstart run` runs it", path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let first = Command::Start { recipe: Box::new(recipe), folder: args.out };
    if args.watch { workbench::watch(Some(first), global) } else { run::headless(first, global) }
}

/// The run that `wish` names.
fn chosen<'h>(history: &'h History, wish: &str) -> std::result::Result<&'h RunHistory, (String, String)> {
    if let Ok(number) = wish.parse::<usize>() {
        let last = history.runs.len().saturating_sub(1);
        return history
            .run(number)
            .ok_or_else(|| (format!("there is no run {number}"), format!("they go from 0 to {last}")));
    }
    let names = |run: &&RunHistory| history.name_of(run).contains(wish);
    let found: Vec<&RunHistory> = history.runs.iter().filter(names).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = history.runs.iter().map(|run| history.name_of(run)).collect();
            Err((format!("there is no run \"{wish}\""), format!("it has {}", names.join(", "))))
        }
        _ => {
            let names: Vec<String> = found.iter().map(|run| history.name_of(run)).collect();
            Err((format!("several runs are called \"{wish}\""), format!("name one of {}", names.join(", "))))
        }
    }
}
