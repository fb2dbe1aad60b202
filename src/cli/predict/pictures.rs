//! `predict --weights`: what an image network takes pictures for.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use serde::Serialize;

use crate::cli::args::Global;
use crate::cli::out::{self, Out};
use crate::cli::table::Table;
use crate::data::pictures::read_picture;
use crate::error::{Error, Place, Result, printable};
use crate::files::{self, encoding};
use crate::train::{network_of, threads};
use crate::transfer::network::SourceNetwork;

use super::{Args, Label};

/// What is said of a picture.
#[derive(Debug, Serialize)]
struct Said {
    picture: PathBuf,
    labels: Vec<Label>,
}

/// Prints the likeliest classes of each picture; one that cannot be read is told on standard error, and the others go on.
///
/// # Errors
/// When the weights or the list of classes cannot be read, or no picture can.
pub fn predict(args: &Args, weights: &Path, global: &Global) -> Result<ExitCode> {
    let pool = threads::pool(global.threads)?;
    let mut source = network_of(weights)?;
    if let Some(path) = &args.classes {
        source.classes = Some(classes(path, source.network.plan().classes)?);
    }
    let paths: Vec<&Path> = args.text.iter().map(Path::new).collect();
    let (mut out, mut all, mut read) = (Out::new(), Vec::new(), 0);
    // A few at a time, so that the first answers come while the last pictures are not read yet.
    for paths in paths.chunks(64) {
        let said: Vec<Result<Said>> =
            pool.install(|| paths.par_iter().map(|path| say(&source, path, args.count)).collect());
        for said in said {
            match said {
                Err(error) => out::tell(&format!("warmstart: {error}")),
                Ok(said) => {
                    read += 1;
                    if global.json {
                        all.push(said);
                    } else if args.text.len() == 1 {
                        let mut table = Table::new(&["class", ">probability"]);
                        for label in said.labels {
                            table.row([printable(&label.label), format!("{:.4}", label.probability)]);
                        }
                        out.lines(&table.lines())?;
                    } else {
                        out.line(&line(&said))?;
                    }
                }
            }
        }
    }
    if read == 0 {
        return Err(Error::request("no picture could be read", "name PNG or JPEG files"));
    }
    if global.json {
        out.json(&all)?;
    }
    out.finish()?;
    Ok(if read == args.text.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn say(source: &SourceNetwork, path: &Path, count: usize) -> Result<Said> {
    let picture = read_picture(path, source.preparation.bound())?;
    let mut prepared = vec![0.0; source.preparation.len()];
    source.preparation.prepare(&picture, &mut prepared);
    let mut labels: Vec<Label> = (source.class_names().into_iter())
        .zip(source.probabilities(&prepared))
        .map(|(label, probability)| Label { label, probability })
        .collect();
    labels.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    labels.truncate(count);
    Ok(Said { picture: path.to_path_buf(), labels })
}

fn line(said: &Said) -> String {
    let labels: Vec<String> = said
        .labels
        .iter()
        .map(|label| format!("{} {:.4}", printable(&label.label), label.probability))
        .collect();
    format!("{}: {}", printable(&said.picture.display().to_string()), labels.join(", "))
}

/// The longest list of names, in bytes.
const LONGEST: usize = 16 << 20;

/// The names of classes, a line each.
fn classes(path: &Path, count: usize) -> Result<Vec<String>> {
    let bytes = files::read(path, LONGEST)?;
    let bytes = encoding::in_utf8(&bytes);
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<String> = text.lines().map(|line| line.trim().to_string()).collect();
    if names.len() != count {
        let problem = format!("{} lines, but the network has {count} classes", names.len());
        return Err(Error::input(path, Place::Whole, problem, "give a name a line, in the network's order"));
    }
    Ok(names)
}
