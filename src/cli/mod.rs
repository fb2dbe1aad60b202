//! The command line: each command is a small front end in a file of its own.
//!
//! Standard output gets the result and nothing else; progress and errors go to standard error. Exit codes: 0 success,
//! 1 an error, which is one sentence on standard error, 2 bad usage, 128 plus the number of the signal that stopped
//! the program. It is not an error if the reader of standard output closes the pipe.

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::error::{Error, Result, printable_char};
use crate::tui;

mod args;
mod arithmetic;
mod audit_labels;
mod axis;
mod bench;
mod cells;
mod cluster;
mod compare;
mod completions;
mod concordance;
mod config;
mod convert;
mod csv_table;
mod distill;
mod drive;
mod evaluate;
mod export;
mod export_model;
mod fork;
mod generate;
mod global;
mod label;
mod lr_find;
mod map;
mod method_name;
mod near_sentences;
mod neighbours;
mod number;
mod out;
mod over_tasks;
mod plain;
mod predict;
mod pretrain;
mod progress;
mod projector;
mod quality;
mod recipes;
mod replay;
mod report;
mod rerun;
mod resume;
mod run;
mod session_json;
mod sessions;
mod story;
mod table;
mod tasks;
mod tensorboard;
mod test;
mod tour;
mod trained;
mod tuning;
mod twins;
mod vectors;
mod watch;
mod workbench;

use args::{Args, Command};
use global::Global;

/// Runs the command that the command line names.
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

/// Ignores SIGXFSZ. A write beyond the file size limit (`ulimit -f`) raises this signal, which by default ends the
/// program and leaves an incomplete file. With any handler the write returns an error instead, which is reported as
/// usual.
fn endure_file_limits() {
    #[cfg(unix)]
    {
        // If the handler cannot be registered, the default stays.
        let met = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, met);
    }
}

/// Prints what is wrong with the arguments, or the help text.
fn tell_usage(error: &clap::Error) {
    let plain = error.render().to_string();
    let harmless = |line: &str| line.chars().all(|c| c == '\t' || printable_char(c) == c);
    if plain.lines().all(harmless) {
        // If standard error cannot be written, nobody can be told.
        let _ = error.print();
    } else {
        // The message quotes an argument with characters that a terminal could act on.
        plain.lines().for_each(out::tell);
    }
}

fn dispatch(args: Args) -> Result<ExitCode> {
    let global = &args.global;
    match args.command {
        None => demo(global),
        Some(Command::Run(args)) => run::run(args, global),
        Some(Command::Resume(args)) => resume::resume(args, global),
        Some(Command::Rerun(args)) => rerun::rerun(args, global),
        Some(Command::Fork(args)) => fork::fork(args, global),
        Some(Command::Replay(args)) => replay::replay(args, global),
        Some(Command::Watch(args)) => watch::watch(args, global),
        Some(Command::Compare(args)) => compare::compare(args, global),
        Some(Command::Report(args)) => report::report(args, global),
        Some(Command::Export(args)) => export::export(args, global),
        Some(Command::Tour(args)) => tour::tour(args, global),
        Some(Command::Pretrain(args)) => pretrain::pretrain(args, global),
        Some(Command::Neighbours(args)) => neighbours::neighbours(args, global),
        Some(Command::Analogy(args)) => neighbours::analogy(args, global),
        Some(Command::OddOneOut(args)) => neighbours::odd_one_out(args, global),
        Some(Command::Concordance(args)) => concordance::concordance(args, global),
        Some(Command::Axis(args)) => axis::axis(args, global),
        Some(Command::Map(args)) => map::map(args, global),
        Some(Command::Evaluate(args)) => evaluate::evaluate(args, global),
        Some(Command::Predict(args)) => predict::predict(args, global),
        Some(Command::Test(args)) => test::test(args, global),
        Some(Command::AuditLabels(args)) => audit_labels::audit_labels(args, global),
        Some(Command::Label(args)) => label::label(args, global),
        Some(Command::LrFind(args)) => lr_find::lr_find(args, global),
        Some(Command::Generate(args)) => generate::generate(args, global),
        Some(Command::Cluster(args)) => cluster::cluster(args, global),
        Some(Command::Convert(args)) => convert::convert(args, global),
        Some(Command::Distill(args)) => distill::distill(args, global),
        Some(Command::Config) => config::config(global),
        Some(Command::Bench(args)) => bench::bench(args, global),
        Some(Command::Completions(args)) => completions::completions(args, Args::command()),
        Some(Command::Man(args)) => completions::man(args, Args::command()),
    }
}

/// Opens the workbench on the existing sessions and recipes. If there are none yet, runs the built-in demo in the
/// workbench. Without a screen, runs the demo and prints the comparison.
fn demo(global: &Global) -> Result<ExitCode> {
    let watch = workbench::has_screen() && !global.json;
    if watch && tui::has_begun(&global.sessions, Path::new(".")) {
        return workbench::watch(None, global);
    }
    let (what, plain) = (Path::new(recipes::DEMO).to_path_buf(), plain::PlainArgs::default());
    run::run(run::Args { what, session: None, watch, plain }, global)
}
