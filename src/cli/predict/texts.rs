//! Predictions for texts that are not in a table: on the command line, or one per line.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use serde::Serialize;

use crate::cli::global::Global;
use crate::cli::out::Out;
use crate::cli::table::Table;
use crate::cli::trained::{Label, Texts, decided};
use crate::data::lines::{LONGEST, broken, too_long};
use crate::error::{Place, Result};
use crate::files;

use super::Args;
use super::going::Going;

/// Lines per batch. A batch is read, and then its lines are classified in parallel.
const BATCH: usize = 4_096;
/// Lines that a thread classifies at once.
const CHUNK: usize = 64;

/// The prediction for a text.
#[derive(Debug, Serialize)]
struct Prediction {
    text: String,
    labels: Vec<Label>,
}

/// Prints the predictions of `model` for the texts.
///
/// # Errors
/// When the texts cannot be read.
pub fn predict(args: &Args, model: &Texts, pool: &rayon::ThreadPool, global: &Global) -> Result<ExitCode> {
    let mut out = Out::new();
    let mut all = Vec::new();
    let mut tell = |texts: &[&[u8]], out: &mut Out| -> Result<()> {
        let said = pool.install(|| of(model, texts, args.count, args.threshold));
        if global.json {
            let text = |text: &&[u8]| String::from_utf8_lossy(text).into_owned();
            all.extend(texts.iter().map(text).zip(said).map(|(text, labels)| Prediction { text, labels }));
            return Ok(());
        }
        said.iter().try_for_each(|labels| out.line(&line(labels, args.count)))
    };
    if let Some(mut lines) = lines(args)? {
        let mut going = Going::new(args, args.file.as_deref(), "text", "texts", global.json);
        loop {
            let texts = lines.next_batch()?;
            if texts.is_empty() {
                break;
            }
            tell(&texts.iter().map(|text| &text[..]).collect::<Vec<_>>(), &mut out)?;
            going.on(texts.len(), texts.iter().map(|text| text.len() + 1).sum());
        }
    } else if let ([text], false) = (&args.examples[..], global.json) {
        // With one text a person is likely to read the answer, so it is a table.
        let mut table = Table::new(&["class", ">probability"]);
        let labels = of(model, &[text.as_bytes()], args.count, args.threshold).into_iter().flatten();
        for label in labels.take(args.count) {
            table.row([label.label, format!("{:.4}", label.probability)]);
        }
        out.lines(&table.lines())?;
    } else {
        let texts: Vec<&[u8]> = args.examples.iter().map(|text| text.as_bytes()).collect();
        tell(&texts, &mut out)?;
    }
    if global.json {
        out.json(&all)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The `count` most probable classes of each text. If the probability of the first is below `threshold`, the label
/// "undecided" comes before them. The work runs on the thread pool in which this is called.
pub fn of(model: &Texts, texts: &[&[u8]], count: usize, threshold: Option<f32>) -> Vec<Vec<Label>> {
    let chunks = texts.par_chunks(CHUNK);
    let said: Vec<Vec<Vec<Label>>> = chunks
        .map_init(Default::default, |workspace, texts| model.predict(texts, count, workspace))
        .collect();
    said.into_iter().flatten().map(|labels| decided(labels, threshold)).collect()
}

/// The first `count` labels and probabilities in the format of fastText's `predict-prob`.
pub fn line(labels: &[Label], count: usize) -> String {
    let parts: Vec<String> =
        labels.iter().take(count).map(|label| format!("{} {:.6}", label.label, label.probability)).collect();
    parts.join(" ")
}

/// The lines to read, if the texts come from a file or from standard input.
fn lines(args: &Args) -> Result<Option<Lines>> {
    let (path, input): (&Path, Box<dyn Read>) = match (&args.file, &args.examples[..]) {
        (Some(path), _) => (path, Box::new(files::open_text(path)?)),
        (None, [text]) if text == "-" => (Path::new("standard input"), Box::new(std::io::stdin())),
        _ => return Ok(None),
    };
    let input = BufReader::with_capacity(1 << 16, input);
    Ok(Some(Lines { path: path.to_path_buf(), input: Box::new(input), number: 0 }))
}

/// Lines as bytes, without a check of their encoding, because a fastText model reads bytes.
struct Lines {
    path: PathBuf,
    input: Box<dyn BufRead>,
    number: u64,
}

impl Lines {
    /// The next lines; empty at the end of the input.
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
