//! Predictions for the rows of a table, written beside its own columns.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::cli::global::Global;
use crate::cli::out::{self, Out};
use crate::cli::trained::{Label, Texts};
use crate::data::lines::LONGEST;
use crate::data::row::{Cells, Row, Rows};
use crate::data::rows;
use crate::error::{Error, Result, counted};
use crate::files;

use super::Args;
use super::columns::{self, OutKind};
use super::going::Going;
use super::texts::{line, of};

/// Rows per batch. A batch is read, and then all of its rows are classified in parallel.
const BATCH: usize = 4_096;
/// The maximum number of rows without a text that are reported one by one.
const NAMED: usize = 10;

/// Writes each row of the table with the prediction of `model`. A row without a text is reported on standard error and
/// gets no prediction; the exit code is then a failure.
///
/// # Errors
/// When the table cannot be read or the output cannot be written.
pub fn predict(args: &Args, model: &Texts, pool: &rayon::ThreadPool, global: &Global) -> Result<ExitCode> {
    let Some(file) = &args.file else {
        return Err(Error::request("no file is named", "name one with --file"));
    };
    let unread = match &args.out {
        None => {
            let target = if global.json { Target::Json(Vec::new()) } else { Target::Lines(Out::new()) };
            let mut rows = Predicted::new(args, file, model, pool, target, global.json);
            rows::each_row(file, args.text.as_deref(), &mut rows)?;
            rows.flush()?;
            match rows.target {
                Target::Json(list) => {
                    let mut out = Out::new();
                    out.json(&list)?;
                    out.finish()?;
                }
                Target::Lines(out) => out.finish()?,
                Target::Csv(_) | Target::JsonLines(_) => {}
            }
            rows.unread
        }
        Some(path) => {
            let kind = OutKind::of(path)?;
            let (mut failed, mut unread, mut written) = (None, 0, 0);
            // `save_packed` returns I/O errors only, so another error is kept in `failed`.
            let saved = files::save_packed(path, |to| {
                let target = match kind {
                    OutKind::Csv => Target::Csv(Box::new(csv::Writer::from_writer(to))),
                    OutKind::JsonLines => Target::JsonLines(to),
                };
                let mut rows = Predicted::new(args, file, model, pool, target, global.json);
                let read = rows::each_row(file, args.text.as_deref(), &mut rows).and_then(|()| rows.flush());
                (unread, written) = (rows.unread, rows.written);
                read.and_then(|()| rows.end()).map_err(|error| {
                    failed = Some(error);
                    io::Error::other("")
                })
            });
            match (failed, saved) {
                (Some(error), _) => return Err(error),
                (None, saved) => saved?,
            }
            out::tell(&format!("{}: {}", path.display(), counted(written, "row", "rows")));
            unread
        }
    };
    if unread > NAMED as u64 {
        out::tell(&format!("{} in all have no prediction", counted(unread as usize, "row", "rows")));
    }
    Ok(if unread == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

enum Target<'w> {
    /// One line per row, as for texts that are not in a table.
    Lines(Out),
    Json(Vec<Map<String, Value>>),
    Csv(Box<csv::Writer<&'w mut dyn Write>>),
    JsonLines(&'w mut dyn Write),
}

/// Collects rows into batches, predicts them and writes them to the target.
struct Predicted<'a, 'w> {
    args: &'a Args,
    file: &'a Path,
    model: &'a Texts,
    pool: &'a rayon::ThreadPool,
    classes: Vec<String>,
    names: Vec<String>,
    batch: Vec<Row>,
    /// The bytes of the batch.
    bytes: usize,
    target: Target<'w>,
    unread: u64,
    written: usize,
    going: Going,
}

impl<'a, 'w> Predicted<'a, 'w> {
    fn new(
        args: &'a Args,
        file: &'a Path,
        model: &'a Texts,
        pool: &'a rayon::ThreadPool,
        target: Target<'w>,
        json: bool,
    ) -> Self {
        let classes = model.classes();
        let (names, batch, bytes) = (Vec::new(), Vec::new(), 0);
        let going = Going::new(args, Some(file), "row", "rows", json);
        Predicted {
            args,
            file,
            model,
            pool,
            classes,
            names,
            batch,
            bytes,
            target,
            unread: 0,
            written: 0,
            going,
        }
    }

    fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let texts: Vec<&[u8]> =
            batch.iter().filter_map(|row| row.text.as_ref().ok()).map(|text| text.as_bytes()).collect();
        let whole = matches!(self.target, Target::Csv(_) | Target::JsonLines(_));
        let count = if whole { self.classes.len() } else { self.args.count };
        let mut said = self.pool.install(|| of(self.model, &texts, count, self.args.threshold)).into_iter();
        for row in &batch {
            let labels = match &row.text {
                Ok(_) => said.next().unwrap_or_default(),
                Err(problem) => {
                    self.unread += 1;
                    if self.unread <= NAMED as u64 {
                        let file = row.file.as_deref().unwrap_or(self.file);
                        let error =
                            Error::input(file, row.place.clone(), problem.clone(), "it gets no prediction");
                        self.going.say(&format!("warmstart: {error}"));
                    }
                    Vec::new()
                }
            };
            self.write(row, &labels)?;
        }
        self.going.on(batch.len(), std::mem::take(&mut self.bytes));
        Ok(())
    }

    fn write(&mut self, row: &Row, labels: &[Label]) -> Result<()> {
        let refused = |e: io::Error| Error::io("write", self.args.out.as_deref().unwrap_or(Path::new("")), e);
        self.written += 1;
        match &mut self.target {
            Target::Lines(out) => out.line(&line(labels, self.args.count)),
            Target::Json(list) => {
                list.push(object(&self.names, row, labels, &self.classes));
                Ok(())
            }
            Target::JsonLines(to) => {
                let object = object(&self.names, row, labels, &self.classes);
                let text = serde_json::to_string(&object).map_err(|e| refused(e.into()))?;
                writeln!(to, "{text}").map_err(refused)
            }
            Target::Csv(to) => {
                let mut fields: Vec<String> = match &row.columns {
                    Cells::Fields(fields) => fields.clone(),
                    Cells::Object(object) => {
                        self.names.iter().map(|name| object.get(name).map_or(String::new(), plain)).collect()
                    }
                };
                // A row with more or fewer fields than the header is cut or padded to the width of the header.
                fields.resize(self.names.len(), String::new());
                fields.extend(columns::fields(labels, &self.classes));
                to.write_record(&fields).map_err(|e| refused(e.into()))
            }
        }
    }

    fn end(self) -> Result<()> {
        if let Target::Csv(mut to) = self.target {
            let path = self.args.out.as_deref().unwrap_or(Path::new(""));
            to.flush().map_err(|e| Error::io("write", path, e))?;
        }
        Ok(())
    }
}

impl Rows for Predicted<'_, '_> {
    fn guessed(&mut self, column: &str) {
        self.going.say(&format!("{}: the text is {column}", self.file.display()));
    }

    fn header(&mut self, names: Vec<String>) -> Result<()> {
        self.names = names;
        let header: Vec<String> = self.names.iter().cloned().chain(columns::names(&self.classes)).collect();
        match &mut self.target {
            Target::Csv(to) => to
                .write_record(&header)
                .map_err(|e| Error::io("write", self.args.out.as_deref().unwrap_or(Path::new("")), e.into())),
            _ => Ok(()),
        }
    }

    fn count(&mut self, rows: u64) {
        self.going.of_examples(rows);
    }

    fn left_out(&mut self, remark: &str) {
        self.going.say(&format!("{}: {remark}", self.file.display()));
    }

    fn row(&mut self, row: Row) -> Result<()> {
        self.bytes += row.bytes();
        self.batch.push(row);
        // Long rows are classified sooner, so that memory stays bounded.
        if self.batch.len() >= BATCH || self.bytes >= LONGEST { self.flush() } else { Ok(()) }
    }
}

/// A row as a JSON object with its prediction. For a row without a text, the prediction is null.
fn object(names: &[String], row: &Row, labels: &[Label], classes: &[String]) -> Map<String, Value> {
    let mut object = match &row.columns {
        Cells::Object(object) => object.clone(),
        Cells::Fields(fields) => {
            names.iter().zip(fields).map(|(name, field)| (name.clone(), field.clone().into())).collect()
        }
    };
    columns::insert(&mut object, labels, classes);
    object
}

/// A JSON value as a cell of a table.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
