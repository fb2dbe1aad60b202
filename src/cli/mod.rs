//! The command line: each command is a small front end in a file of its own.
//!
//! Standard output gets what was asked for and nothing else; progress and errors go to standard
//! error. Exit codes: 0 done, 1 an error, told in one sentence, 2 bad usage, 128 and the signal's
//! number where a signal ended it. That nobody reads on is no error.

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::error::{Error, Result, printable_char};
use crate::tui;

mod args;
mod bench;
mod cluster;
mod compare;
mod completions;
mod convert;
mod drive;
mod evaluate;
mod export;
mod export_model;
mod generate;
mod global;
mod lr_find;
mod map;
mod neighbours;
mod number;
mod out;
mod predict;
mod pretrain;
mod progress;
mod projector;
mod quality;
mod recipes;
mod replay;
mod report;
mod resume;
mod run;
mod sessions;
mod story;
mod table;
mod tensorboard;
mod test;
mod trained;
mod vectors;
mod workbench;

use args::{Args, Command};
use global::Global;

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    endure_file_limits();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            tell_usage(&error);
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    match dispatch(args) {
        Ok(code) => code,
        Err(Error::Interrupted) => ExitCode::SUCCESS,
        Err(error) => {
            out::tell(&format!("warmstart: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A write beyond the limit of a file's size (`ulimit -f`) sends a signal that ends the program, and leaves half a file.
/// With a handler, even one that does nothing, the write fails, and that is told like every other failure.
fn endure_file_limits() {
    #[cfg(unix)]
    {
        // Where that cannot be done, all is as it was.
        let met = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, met);
    }
}

/// Says what is wrong with the arguments, or how they are used.
fn tell_usage(error: &clap::Error) {
    let plain = error.render().to_string();
    let harmless = |line: &str| line.chars().all(|c| c == '\t' || printable_char(c) == c);
    if plain.lines().all(harmless) {
        // A message that cannot be printed has nobody to read it.
        let _ = error.print();
    } else {
        // It quotes an argument that a terminal would act on.
        plain.lines().for_each(out::tell);
    }
}

fn dispatch(args: Args) -> Result<ExitCode> {
    let global = &args.global;
    match args.command {
        None => demo(global),
        Some(Command::Run(args)) => run::run(args, global),
        Some(Command::Resume(args)) => resume::resume(args, global),
        Some(Command::Replay(args)) => replay::replay(args, global),
        Some(Command::Compare(args)) => compare::compare(args, global),
        Some(Command::Export(args)) => export::export(args, global),
        Some(Command::Pretrain(args)) => pretrain::pretrain(args, global),
        Some(Command::Neighbours(args)) => neighbours::neighbours(args, global),
        Some(Command::Analogy(args)) => neighbours::analogy(args, global),
        Some(Command::OddOneOut(args)) => neighbours::odd_one_out(args, global),
        Some(Command::Map(args)) => map::map(args, global),
        Some(Command::Evaluate(args)) => evaluate::evaluate(args, global),
        Some(Command::Predict(args)) => predict::predict(args, global),
        Some(Command::Test(args)) => test::test(args, global),
        Some(Command::LrFind(args)) => lr_find::lr_find(args, global),
        Some(Command::Generate(args)) => generate::generate(args, global),
        Some(Command::Cluster(args)) => cluster::cluster(args, global),
        Some(Command::Convert(args)) => convert::convert(args, global),
        Some(Command::Bench(args)) => bench::bench(args, global),
        Some(Command::Completions(args)) => completions::completions(args, Args::command()),
        Some(Command::Man(args)) => completions::man(args, Args::command()),
    }
}

/// The workbench: on the sessions and recipes that are here or, where there are none yet, on the built-in demo. Without
/// a screen the demo alone.
fn demo(global: &Global) -> Result<ExitCode> {
    let watch = workbench::has_screen() && !global.json;
    if watch && tui::has_begun(&global.sessions, Path::new(".")) {
        return workbench::watch(None, global);
    }
    run::run(run::Args { recipe: Path::new(recipes::DEMO).to_path_buf(), session: None, watch }, global)
}
