//! `axis`: words on one or two axes such as "good - bad", by projection.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Result, signed};
use crate::files;
use crate::plot::{Kind, Spot, file};
use crate::train::threads;
use crate::vectors::axes::Axes;

use super::global::Global;
use super::neighbours::List;
use super::out::{self, Out};
use super::table::Table;
use super::{csv_table, vectors};

/// What `axis` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vectors: a file or folder of them, or a session
    #[arg(value_name = "VECTORS")]
    pub vectors: PathBuf,
    /// The horizontal axis: a difference of words, "good - bad"
    #[arg(long, value_name = "EXPRESSION")]
    pub x: String,
    /// The vertical axis: "cheap - dear"
    #[arg(long, value_name = "EXPRESSION")]
    pub y: Option<String>,
    /// The words to place, or a file with one word on each line
    #[arg(value_name = "WORD", required_unless_present = "frequent")]
    pub words: Vec<String>,
    /// Place the first N words. In most files these are the most frequent words
    #[arg(long, value_name = "N")]
    pub frequent: Option<usize>,
    /// Read only the first N words
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Write the places to this file, as a table
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the places into this file (.svg)
    #[arg(long, value_name = "FILE", requires = "y")]
    pub svg: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report<'a> {
    x: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    /// The cosine between the axes.
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine: Option<f32>,
    words: Vec<Placed<'a>>,
    missing: &'a [String],
}

#[derive(Serialize)]
struct Placed<'a> {
    word: &'a str,
    x: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<f32>,
}

/// Prints the places of words, the largest on the horizontal axis first.
///
/// # Errors
/// When the vectors cannot be read, an axis is no expression, or no word has a vector.
pub fn axis(args: Args, global: &Global) -> Result<ExitCode> {
    let pool = threads::pool(global.threads)?;
    let vectors = vectors::read(&args.vectors, args.limit, global)?;
    let view = vectors.view();
    let mut words = Vec::new();
    for word in &args.words {
        words.extend(List::read(word)?.into_words());
    }
    let first = args.frequent.unwrap_or(0).min(view.words().len());
    words.extend(view.words().iter().take(first).map(String::from));
    let axes = [args.x.as_str(), args.y.as_deref().unwrap_or(&args.x)];
    let mut found = pool.install(|| Axes::of(&view, axes, &words))?;
    if found.places.is_empty() {
        return Err(Error::request("none of these words has a vector", "name words that the vectors have"));
    }
    found.places.sort_by(|a, b| b.x.total_cmp(&a.x));
    if let Some(path) = &args.csv {
        let head = [Some("word"), Some(axes[0]), args.y.as_deref()];
        let head = head.into_iter().flatten().map(String::from).collect();
        let rows = found.places.iter().map(|place| {
            let y = args.y.is_some().then(|| place.y.to_string());
            [Some(place.word.clone()), Some(place.x.to_string()), y].into_iter().flatten().collect()
        });
        csv_table::save(path, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    }
    if let Some(path) = &args.svg {
        let spot = |place: &crate::vectors::axes::Place| {
            let (x, y) = (place.x, place.y);
            Spot { word: place.word.clone(), x, y, kind: Kind::Near }
        };
        let spots: Vec<Spot> = found.places.iter().map(spot).collect();
        let title = format!("→ {} · ↑ {}", axes[0], axes[1]);
        let (image, _) = file::svg(&title, &spots);
        files::save(path, |to| to.write_all(image.as_bytes()))?;
    }
    let mut out = Out::new();
    if global.json {
        let y = |value: f32| args.y.is_some().then_some(value);
        out.json(&Report {
            x: &args.x,
            y: args.y.as_deref(),
            cosine: y(found.cosine),
            words: found.places.iter().map(|p| Placed { word: &p.word, x: p.x, y: y(p.y) }).collect(),
            missing: &found.missing,
        })?;
    } else {
        let heads = [
            Some("word".to_string()),
            Some(format!(">{}", args.x)),
            args.y.as_ref().map(|y| format!(">{y}")),
        ];
        let heads: Vec<String> = heads.into_iter().flatten().collect();
        let mut table = Table::new(&heads);
        for place in &found.places {
            let y = args.y.is_some().then(|| signed(place.y, 3));
            table.row([Some(place.word.clone()), Some(signed(place.x, 3)), y].into_iter().flatten());
        }
        out.lines(&table.lines())?;
        if args.y.is_some() {
            out.line(&format!("cosine between the axes: {:.3}", found.cosine))?;
        }
    }
    if !found.missing.is_empty() {
        out::tell(&format!("note: without a vector: {}", found.missing.join(", ")));
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
