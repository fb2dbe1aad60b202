//! Measures how fast data come in: texts as word ids, the words of a corpus counted, and image files decoded.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::data::images::decode;
use crate::data::walk::{self, Item};
use crate::error::{Error, Place, Result};
use crate::pretrain::{Corpus, Doing, Files, Model, Options, Pretraining};
use crate::session::pretraining::Loss;
use crate::text::documents::Documents;

use super::{Speed, timed};

/// The most bytes of text, or of image files, that are kept to be read again and again.
const LARGEST: usize = 1 << 30;
/// The most image files.
const IMAGES: usize = 10_000;
/// A shorter side above this is scaled down, as in training.
const BOUND: u32 = 256;

/// Megabytes of text a second that become word ids. Each line of the corpus is a document.
///
/// # Errors
/// When the corpus cannot be read or is empty.
pub fn tokenise(corpus: PathBuf, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let mut text = String::new();
    Files::new(vec![corpus.clone()])?.read(&mut |piece| {
        text.push_str(piece);
        if text.len() < LARGEST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if text.trim().is_empty() {
        return Err(Error::input(
            corpus,
            Place::Whole,
            "there is no text",
            "name a file with a document on each line",
        ));
    }
    let lines: Vec<(String, u32)> = text.lines().map(|line| (line.to_string(), 0)).collect();
    let rates = pool.install(|| {
        timed(seconds, text.len(), || {
            let mut documents = Documents::new(vec!["any".into()]);
            documents.push_set("train", lines.iter().cloned());
            std::hint::black_box(&documents);
        })
    });
    Ok(Speed::new("MB", in_millions(rates)))
}

/// Megabytes of text a second of which the words are counted for a vocabulary, reading included.
///
/// # Errors
/// When the corpus cannot be read, or has no words that occur five times.
pub fn count(corpus: PathBuf, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let options = Options {
        model: Model::SkipGram,
        start: None,
        dim: 1,
        window: 5,
        negatives: 5,
        epochs: Some(1),
        sample: 1e-3,
        min_count: 5,
        learning_rate: 0.025,
        loss: Loss::NegativeSampling,
        subwords: None,
        phrases: 0,
        phrase_threshold: 100.0,
        tokens: Default::default(),
        distinct_words: 4_000_000,
    };
    let files = Arc::new(Files::new(vec![corpus])?);
    let mut bytes = 0;
    files.read(&mut |piece| {
        bytes += piece.len();
        ControlFlow::Continue(())
    })?;
    let mut outcome = Ok(());
    let rates = pool.install(|| {
        timed(seconds, bytes, || {
            let counted = || {
                let mut pretraining = Pretraining::new(files.clone(), options.clone(), 1)?;
                while pretraining.doing() == Doing::Counting {
                    pretraining.step()?;
                }
                Ok(())
            };
            if outcome.is_ok() {
                outcome = counted();
            }
        })
    });
    outcome?;
    Ok(Speed::new("MB", in_millions(rates)))
}

/// Image files a second that become pixels, from memory. The files are those of a folder or an archive, 10,000 at most.
///
/// # Errors
/// When it cannot be read, or has no image.
pub fn decode(images: &Path, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let is_image = |name: &str| {
        let name = name.to_lowercase();
        decode::ENDINGS.iter().any(|ending| name.ends_with(&format!(".{ending}")))
    };
    let (mut files, mut bytes) = (Vec::new(), 0);
    walk::walk(images, decode::LONGEST, is_image, |item| {
        if let Item::File(name, content) = item
            && is_image(name)
            && files.len() < IMAGES
            && bytes < LARGEST
        {
            let content = content.map_err(|error| walk::unread(images, name, error))?;
            bytes += content.len();
            files.push(content);
        }
        Ok(())
    })?;
    let decoded = |file: &Vec<u8>| decode::decode(file, BOUND).is_ok();
    if !files.iter().any(decoded) {
        return Err(Error::input(
            images,
            Place::Whole,
            "there is no image that can be read",
            "name a folder with images",
        ));
    }
    let rates = pool.install(|| {
        timed(seconds, files.len(), || {
            std::hint::black_box(files.par_iter().filter(|file| decoded(file)).count());
        })
    });
    Ok(Speed::new("images", rates))
}

fn in_millions(rates: Vec<f64>) -> Vec<f64> {
    rates.into_iter().map(|rate| rate / 1e6).collect()
}
