//! Starts an experiment on a plain file of labelled examples: it finds out what the file holds, and whether the files
//! that a source is made from can be read. [`session::starter`](crate::session::starter) makes the recipe.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::images::{self, Wanted};
use crate::data::labelled::{self, Texts};
use crate::data::table::Columns;
use crate::data::walk;
use crate::error::{Error, Place, Result, counted};
use crate::files;
use crate::models::sentence_encoder::{self, config::EncoderConfig};
use crate::pretrain::usual_epochs;
use crate::session::starter::{Examples, SEED, Started, Survey, Wish};
use crate::session::text_transfer::TextFiles;
use crate::text::tokenise::for_each_token;
use crate::vectors::formats;

use super::protocol::command::SourceFile;
use super::reading_images;

/// How many first examples a survey keeps, and how many characters of each.
const FIRST: usize = 20;
const BEGINNING: usize = 200;
/// How many rows of a file of vectors are read to check it.
const ROWS: usize = 100;

/// Reads the examples and makes a recipe for them, with absolute paths. `going` gets the number of examples that were
/// read so far.
///
/// # Errors
/// When the examples cannot be read, or options do not fit together; also the errors of `going`.
pub fn start(wish: &Wish, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Started> {
    wish.check()?;
    let survey = survey(wish, going)?;
    let all = |paths: &[PathBuf]| paths.iter().map(|path| absolute(path)).collect::<Result<Vec<_>>>();
    let one = |path: &Option<PathBuf>| path.as_deref().map(absolute).transpose();
    let wish = Wish {
        data: absolute(&wish.data)?,
        test: one(&wish.test)?,
        unlabelled: all(&wish.unlabelled)?,
        vectors: one(&wish.vectors)?,
        weights: one(&wish.weights)?,
        ..wish.clone()
    };
    wish.started(&survey)
}

/// Reads the examples. They are images if the wish names the weights of an image network, or if a folder or an archive
/// holds images and no texts.
///
/// # Errors
/// When the examples cannot be read; also the errors of `going`.
pub fn survey(wish: &Wish, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Survey> {
    if wish.weights.is_some() {
        return of_images(wish, going);
    }
    of_texts(wish, going).or_else(|error| {
        // Only a folder or an archive can hold images. For any other file, `error` says what is wrong.
        let is_file = wish.data.is_file() && !walk::is_archive(&wish.data).unwrap_or(false);
        match error {
            Error::Interrupted => Err(error),
            _ if is_file => Err(error),
            _ => of_images(wish, going).map_err(|other| match other {
                Error::Interrupted => other,
                _ => error,
            }),
        }
    })
}

fn of_texts(wish: &Wish, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Survey> {
    let (train, test) = (TextFiles::One(wish.data.clone()), wish.test.clone().map(TextFiles::One));
    let columns = Columns { text: wish.text.clone(), label: wish.label.clone() };
    let form = Texts { columns, bodies: false };
    let read = labelled::load_text(&train, None, test.as_ref(), &form, SEED, going)?;
    let mut words = 0;
    for (place, document) in read.train.iter().enumerate() {
        for_each_token(Default::default(), &document.text, |_| words += 1);
        if place % 1_000 == 0 {
            going(read.train.len())?;
        }
    }
    let first = read.train.iter().take(FIRST).map(|document| {
        let class = read.classes[document.label as usize].clone();
        (class, document.text.chars().take(BEGINNING).collect())
    });
    Ok(Survey {
        examples: Examples::Texts { words, epochs: usual_epochs(words as u64) },
        encoder: wish.vectors.as_deref().is_some_and(sentence_encoder::looks_like_one),
        train: read.train.len(),
        test: read.tests.first().map_or(0, |(_, test)| test.len()),
        classes: classes(&read.classes, read.train.iter().map(|document| document.label)),
        first: first.collect(),
        taken: read.taken,
        read: read.read.iter().chain(&read.remarks).cloned().collect(),
    })
}

fn of_images(wish: &Wish, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Survey> {
    let read = images::load(
        &Wanted {
            train: &wish.data,
            validation: None,
            test: wish.test.as_deref(),
            only: &[],
            // Only the number of images matters here, so they are read small.
            bound: 32,
            seed: SEED,
        },
        going,
    )?;
    let first = (0..read.train.len().min(FIRST)).map(|place| {
        let class = read.classes[read.train.labels[place] as usize].clone();
        (class, read.train.names.get(place).cloned().unwrap_or_default())
    });
    Ok(Survey {
        examples: Examples::Images,
        encoder: false,
        train: read.train.len(),
        test: read.tests.first().map_or(0, |(_, test)| test.len()),
        classes: classes(&read.classes, read.train.labels.iter().copied()),
        first: first.collect(),
        taken: None,
        read: read.read.iter().chain(&read.remarks).cloned().collect(),
    })
}

/// The classes with their sizes.
fn classes(names: &[String], labels: impl Iterator<Item = u32>) -> Vec<(String, usize)> {
    let mut classes: Vec<(String, usize)> = names.iter().map(|name| (name.clone(), 0)).collect();
    labels.for_each(|label| classes[label as usize].1 += 1);
    classes
}

/// Checks the beginning of a file that a source is made from. Returns a short description of its content.
///
/// # Errors
/// When the file cannot be read, or is of another kind.
pub fn source_file(path: &Path, of: SourceFile) -> Result<String> {
    match of {
        SourceFile::Vectors => {
            if sentence_encoder::looks_like_one(path) {
                let config = EncoderConfig::read(&sentence_encoder::encoder_folder(path)?)?;
                return Ok(format!("a sentence encoder of {}", counted(config.layers, "layer", "layers")));
            }
            let vectors = formats::read(path, Some(ROWS))?;
            Ok(format!("{} dimensions", vectors.dim()))
        }
        SourceFile::Weights => {
            let network = reading_images::network(path)?;
            Ok(network.architecture.name().to_string())
        }
        SourceFile::Unlabelled if path.is_dir() => Ok("a folder".into()),
        SourceFile::Unlabelled => {
            let read = files::open_text(path)?.read(&mut [0; 4_096]);
            match read.map_err(|error| Error::io("read", path, error))? {
                0 => Err(Error::input(path, Place::Whole, "the file is empty", "name a file with text")),
                _ => {
                    let bytes = path.metadata().map_err(|error| Error::io("read", path, error))?.len();
                    Ok(counted(bytes as usize, "byte", "bytes"))
                }
            }
        }
    }
}

/// The absolute form of a path.
///
/// # Errors
/// When the path is empty, or the current folder is not known.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io("find", path, e))
}
