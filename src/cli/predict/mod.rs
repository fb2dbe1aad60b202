//! `predict`: what a supervised fastText model says of texts, and an image network of images.

mod asked;
mod images;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use serde::Serialize;

use crate::data::lines::{LONGEST, broken, too_long};
use crate::error::{Error, Place, Result};
use crate::files;
use crate::train::threads;
use crate::vectors::fasttext::{Classifier, Model};

use super::global::Global;
use super::out::Out;
use super::table::Table;

pub use asked::Args;
use asked::Label;

/// Lines that are read before they are classified, at the same time.
const BATCH: usize = 4_096;

/// What is said of a text.
#[derive(Debug, Serialize)]
struct Prediction {
    text: String,
    labels: Vec<Label>,
}

/// Prints labels and their probabilities.
///
/// # Errors
/// When the model or the texts cannot be read, or the model was trained without labels.
pub fn predict(args: Args, global: &Global) -> Result<ExitCode> {
    if let Some(weights) = &args.weights {
        return images::predict(&args, weights, global);
    }
    let Some(model) = &args.model else {
        return Err(Error::request("nothing to ask", "name a --model or --weights"));
    };
    let pool = threads::pool(global.threads)?;
    let classifier = Classifier::new(Model::open(model)?)?;
    let say = |text: &[u8]| {
        let labels = classifier.predict(text, args.count).into_iter();
        let labels = labels.map(|p| Label { label: p.label, probability: p.probability }).collect();
        Prediction { text: String::from_utf8_lossy(text).into_owned(), labels }
    };
    let mut out = Out::new();
    let mut all = Vec::new();
    let mut tell = |said: Vec<Prediction>, out: &mut Out| -> Result<()> {
        if global.json {
            all.extend(said);
            return Ok(());
        }
        said.iter().try_for_each(|said| out.line(&line(said)))
    };
    if let Some(mut lines) = lines(&args)? {
        loop {
            let texts = lines.next_batch()?;
            if texts.is_empty() {
                break;
            }
            tell(pool.install(|| texts.par_iter().map(|text| say(text)).collect()), &mut out)?;
        }
    } else if let ([text], false) = (&args.text[..], global.json) {
        // One text is somebody who looks: a table.
        let mut table = Table::new(&["label", ">probability"]);
        for label in say(text.as_bytes()).labels {
            table.row([label.label, format!("{:.4}", label.probability)]);
        }
        out.lines(&table.lines())?;
    } else {
        tell(args.text.iter().map(|text| say(text.as_bytes())).collect(), &mut out)?;
    }
    if global.json {
        out.json(&all)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Labels and probabilities, as fastText's `predict-prob` prints them.
fn line(said: &Prediction) -> String {
    let parts: Vec<String> =
        said.labels.iter().map(|label| format!("{} {:.6}", label.label, label.probability)).collect();
    parts.join(" ")
}

/// The lines to be read, if texts come so.
fn lines(args: &Args) -> Result<Option<Lines>> {
    let (path, input): (&Path, Box<dyn Read>) = match (&args.file, &args.text[..]) {
        (Some(path), _) => (path, Box::new(files::open_text(path)?)),
        (None, [text]) if text == "-" => (Path::new("standard input"), Box::new(std::io::stdin())),
        _ => return Ok(None),
    };
    let input = BufReader::with_capacity(1 << 16, input);
    Ok(Some(Lines { path: path.to_path_buf(), input: Box::new(input), number: 0 }))
}

/// Lines as bytes: a model knows them as they are, whatever characters they stand for.
struct Lines {
    path: PathBuf,
    input: Box<dyn BufRead>,
    number: u64,
}

impl Lines {
    /// The next lines; none at the end.
    fn next_batch(&mut self) -> Result<Vec<Vec<u8>>> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < BATCH && bytes < LONGEST {
            let mut line = Vec::new();
            self.number += 1;
            let read = (&mut self.input)
                .take(LONGEST as u64 + 1)
                .read_until(b'\n', &mut line)
                .map_err(|e| broken(&self.path, Place::Line(self.number), e))?;
            if read == 0 {
                break;
            }
            if read > LONGEST {
                return Err(too_long(&self.path, Place::Line(self.number)));
            }
            while matches!(line.last(), Some(b'\n' | b'\r')) {
                line.pop();
            }
            bytes += line.len();
            lines.push(line);
        }
        Ok(lines)
    }
}
