//! `neighbours --sentences`: the texts of a file nearest to a text, by their vectors from a sentence encoder.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::data::lines::Lines;
use crate::data::row::{Row, Rows};
use crate::data::rows;
use crate::error::{Error, Place, Result, counted};
use crate::models::sentence_encoder::PublishedEncoder;
use crate::train::threads;
use crate::transfer::grouping::beginning;

use super::drive::Watched;
use super::global::Global;
use super::out::{self, Out};
use super::table::Table;

/// The number of tokens of a batch, if its first text is not longer.
const BATCH: usize = 4_096;
/// The number of characters of a text in the table.
const SHOWN: usize = 200;

/// A text of the file.
#[derive(Debug, Serialize)]
struct Answer {
    text: String,
    similarity: f32,
}

/// The nearest texts so far.
struct Nearest<'a> {
    encoder: &'a PublishedEncoder,
    pool: &'a rayon::ThreadPool,
    watched: &'a mut Watched,
    /// The vector of the text that is asked about.
    asked: Vec<f32>,
    count: usize,
    batch: Vec<(String, Vec<u32>)>,
    tokens: usize,
    /// The nearest texts, the nearest first; of equal ones the first in the file.
    best: Vec<Answer>,
    done: usize,
    unread: usize,
}

impl Nearest<'_> {
    fn add(&mut self, text: String) -> Result<()> {
        let Ok(ids) = self.encoder.ids(&text) else {
            self.unread += 1;
            return Ok(());
        };
        if !self.batch.is_empty() && self.tokens + ids.len() > BATCH {
            self.compare()?;
        }
        self.tokens += ids.len();
        self.batch.push((text, ids));
        Ok(())
    }

    /// Compares the texts of the batch.
    fn compare(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let ids: Vec<&[u32]> = batch.iter().map(|(_, ids)| &ids[..]).collect();
        let vectors = self.pool.install(|| self.encoder.model.vectors(&ids));
        self.tokens = 0;
        self.done += batch.len();
        for ((text, _), vector) in batch.into_iter().zip(vectors.chunks_exact(self.asked.len().max(1))) {
            let similarity = cosine(&self.asked, vector);
            if !similarity.is_finite() {
                continue;
            }
            let place = self.best.partition_point(|known| known.similarity >= similarity);
            if place < self.count {
                self.best.insert(place, Answer { text, similarity });
                self.best.truncate(self.count);
            }
        }
        self.watched.going("comparing texts", 0.0)
    }
}

impl Rows for Nearest<'_> {
    fn guessed(&mut self, column: &str) {
        out::tell(&format!("note: the texts are those of the column \"{column}\""));
    }

    fn header(&mut self, _names: Vec<String>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: Row) -> Result<()> {
        match row.text {
            Ok(text) => self.add(text),
            Err(_) => {
                self.unread += 1;
                Ok(())
            }
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()) as f32
}

/// Prints the `count` texts of the table or text file `file` that are nearest to `text`, by the encoder in the folder
/// `encoder`. `column` names the column of a table.
///
/// # Errors
/// When the encoder or the file cannot be read, or the file has no texts.
pub fn near(
    text: &str,
    encoder: &Path,
    (file, column): (&Path, Option<&str>),
    count: usize,
    global: &Global,
) -> Result<ExitCode> {
    let (pool, mut watched) = (threads::pool(global.threads)?, Watched::new()?);
    let mut work = || -> Result<(Vec<Answer>, usize)> {
        watched.going("reading the encoder", 0.0)?;
        let encoder = PublishedEncoder::read(encoder)?;
        let asked = pool.install(|| encoder.ids(text).map(|ids| encoder.model.vectors(&[&ids])))?;
        let (encoder, pool, watched) = (&encoder, &pool, &mut watched);
        let (batch, best, tokens, done, unread) = (Vec::new(), Vec::new(), 0, 0, 0);
        let mut nearest = Nearest { encoder, pool, watched, asked, count, batch, tokens, best, done, unread };
        if column.is_some() || rows::is_table(file)? {
            rows::each_row(file, column, &mut nearest)?;
        } else {
            let mut lines = Lines::open(file)?;
            while let Some((_, line)) = lines.next_line()? {
                nearest.add(line.into_owned())?;
            }
        }
        nearest.compare()?;
        if nearest.done == 0 {
            return Err(Error::input(
                file,
                Place::Whole,
                "it has no texts",
                "name a file with one text a line, or a table",
            ));
        }
        Ok((nearest.best, nearest.unread))
    };
    let found = work();
    if let Some(code) = watched.end() {
        return Ok(code);
    }
    let (answers, unread) = found?;
    if unread > 0 {
        out::tell(&format!(
            "note: {} left out",
            counted(unread, "text that cannot be read is", "texts that cannot be read are")
        ));
    }
    let mut out = Out::new();
    if global.json {
        out.json(&answers)?;
    } else {
        let mut table = Table::new(&[">cosine", "text"]);
        for answer in &answers {
            table.row([format!("{:.4}", answer.similarity), beginning(&answer.text, SHOWN)]);
        }
        out.lines(&table.lines())?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
