//! Reads the labelled data, and vectors in a file, on a separate thread, so that commands are answered meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rayon::ThreadPool;

use crate::data::labelled::{self, LabelledText};
use crate::data::{Document, demo_task};
use crate::error::{Error, Result};
use crate::fault;
use crate::files::Meter;
use crate::session::recipe::{Recipe, Transfer};
use crate::session::record::VALIDATION;
use crate::session::text_source::TextSource;
use crate::session::text_transfer::TextTransfer;
use crate::text::documents::Documents;
use crate::vectors::evaluation::Benchmarks;
use crate::vectors::{WordVectors, formats};

use super::body::{self, TextBody};
use super::inherited::Taken;
use super::layered::Layered;
use super::read_encoder::ReadEncoder;
use super::reading_images::{self, ReadImages};
use super::{quality, threads};

/// The data that was read.
pub enum Read {
    Texts(Box<ReadTexts>),
    Images(Box<ReadImages>),
}

/// The texts and the vectors that were read.
pub struct ReadTexts {
    /// The recipe's part about texts.
    pub asked: TextTransfer,
    /// The classes and the documents; the texts themselves were moved to `documents`.
    pub labelled: LabelledText,
    pub documents: Arc<Documents>,
    /// For each source its vectors, if it is a file of them or was taken from another session.
    pub vectors: Vec<Option<ReadVectors>>,
    /// The benchmarks for word vectors.
    pub benchmarks: Benchmarks,
}

/// Vectors that were read from a file, a folder or another session, or are ready otherwise.
pub struct ReadVectors {
    pub vectors: WordVectors,
    /// Where they come from, as a phrase.
    pub origin: String,
    /// Seconds of their pre-training in another session.
    pub seconds: f64,
    /// The language model of another session, or its layers, that they belong to, if they do.
    pub layered: Option<Layered>,
    /// The documents as the tokens of the model that the vectors belong to, if they do.
    pub in_tokens: Option<Arc<Documents>>,
    /// The sentence encoder whose token vectors these are, if they are.
    pub encoder: Option<ReadEncoder>,
}

impl ReadVectors {
    /// Vectors that come from `origin`, and the documents as the tokens of their model, if they have one.
    ///
    /// # Errors
    /// When the model's tokeniser cannot cut a text.
    pub fn new(vectors: WordVectors, origin: String, words: &Arc<Documents>) -> Result<ReadVectors> {
        let model = vectors.static_model.as_ref();
        let in_tokens = model.map(|model| words.in_tokens_of(model.tokeniser.clone())).transpose()?;
        Ok(ReadVectors { vectors, origin, seconds: 0.0, layered: None, in_tokens, encoder: None })
    }

    /// The documents as they are read with the vectors: as the model's tokens, or with the phrases that have a vector.
    pub fn documents(&self, words: &Arc<Documents>) -> Arc<Documents> {
        let joined = || words.clone().joined(&self.vectors.words);
        self.in_tokens.clone().unwrap_or_else(joined)
    }
}

/// A reading in progress. Dropping it ends the thread at the next document.
pub struct Reading {
    result: Receiver<Result<Read>>,
    unwanted: Arc<AtomicBool>,
    /// How much of the file of vectors has been read.
    vectors: Arc<Meter>,
}

impl Reading {
    /// Starts to read the data of `recipe`, with as many threads as the current pool has. `taken` are the sources that other
    /// sessions pre-trained.
    ///
    /// # Errors
    /// When the system refuses to start a thread.
    pub fn start(recipe: &Recipe, taken: Vec<Taken>) -> Result<Reading> {
        let (sender, result) = crossbeam_channel::bounded(1);
        let unwanted = Arc::new(AtomicBool::new(false));
        let vectors = Arc::new(Meter::default());
        let (recipe, stop, meter) = (recipe.clone(), unwanted.clone(), vectors.clone());
        let threads = rayon::current_num_threads();
        fault::spawn("reading", move || {
            let mut going_on =
                |_| if stop.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) };
            let read = |pool: ThreadPool| pool.install(|| read(&recipe, &taken, &mut going_on, &meter));
            let read = || threads::pool(threads).and_then(read);
            // Sending fails if the reading was dropped; nobody waits for the result then.
            let _ = sender.send(fault::contained("reading the data", read));
        })?;
        Ok(Reading { result, unwanted, vectors })
    }

    /// What is being read, and the fraction of it that has been read; 0 where that is unknown.
    pub fn doing(&self) -> (&'static str, f64) {
        self.vectors
            .fraction()
            .map_or(("reading the data", 0.0), |fraction| ("reading the vectors", fraction))
    }

    /// Waits up to 10 ms for the data. `None` if it is not ready.
    ///
    /// # Errors
    /// All errors in the files.
    pub fn poll(&mut self) -> Result<Option<Read>> {
        match self.result.recv_timeout(Duration::from_millis(10)) {
            Ok(read) => read.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Error::request("reading the data broke off", "this is a fault of warmstart"))
            }
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

/// Reads the data of `recipe`. `taken` are the sources that other sessions pre-trained.
///
/// # Errors
/// All errors in the files, and those of `going_on`.
pub fn read(
    recipe: &Recipe,
    taken: &[Taken],
    going_on: &mut dyn FnMut(usize) -> Result<()>,
    meter: &Arc<Meter>,
) -> Result<Read> {
    let text = match &recipe.transfer {
        Transfer::Text(text) => text,
        Transfer::Images(images) => {
            return Ok(Read::Images(Box::new(reading_images::read(
                images,
                (recipe.seed, recipe.proportions()),
                taken,
                going_on,
            )?)));
        }
    };
    let benchmarks = quality::read(&text.benchmarks)?;
    let mut labelled = labelled::load(text.task(), recipe.seed, demo_task::load, going_on)?;
    let mut documents = Documents::new(labelled.classes.clone()).cut_by(text.tokens);
    let mut take = |name: &str, part: &mut Vec<Document>| {
        documents.push_set(name, part.iter_mut().map(|d| (std::mem::take(&mut d.text), d.label)));
    };
    take("training", &mut labelled.train);
    take(VALIDATION, labelled.validation.as_mut().unwrap_or(&mut Vec::new()));
    for (name, part) in &mut labelled.tests {
        take(name, part);
    }
    let documents = Arc::new(documents);
    let mut vectors = Vec::new();
    for (name, source) in text.named_sources() {
        let taken = Taken::called(taken, name.as_str());
        let source = taken.and_then(|taken| taken.parent.root.text()).unwrap_or(source);
        if let Some((taken, folder)) = taken.and_then(|taken| Some((taken, taken.model()?))) {
            vectors.push(Some(of_model(taken, &folder, text.max_tokens, &documents, going_on)?));
            continue;
        }
        vectors.push(match (source, taken) {
            (TextSource::Vectors { file, limit }, _) => {
                // Indexes that only speed up queries are built at the first query. A session without a screen has no
                // queries, and if the table stays in its file the session reads only the rows of the task's words.
                let vectors = formats::read_metered(file, *limit, meter)?;
                labelled.remarks.extend(vectors.left_out.remark(file));
                let origin = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Some(ReadVectors::new(vectors, origin, &documents)?)
            }
            (TextSource::Encoder(asked), _) => {
                let (encoder, vectors, in_tokens) =
                    ReadEncoder::read(asked, text.max_tokens, &documents, going_on)?;
                let origin = asked.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let (seconds, layered, encoder) = (0.0, None, Some(encoder));
                Some(ReadVectors { vectors, origin, seconds, layered, in_tokens, encoder })
            }
            (_, Some(taken)) => {
                let (vectors, generator) = taken.vectors()?;
                let read = ReadVectors::new(vectors, taken.origin(), &documents)?;
                let layered = generator.map(Layered::from);
                Some(ReadVectors { seconds: taken.parent.seconds, layered, ..read })
            }
            _ => None,
        });
    }
    Ok(Read::Texts(Box::new(ReadTexts { asked: text.clone(), labelled, documents, vectors, benchmarks })))
}

/// The body of a model that another session trained.
fn of_model(
    taken: &Taken,
    folder: &Path,
    max_tokens: Option<usize>,
    documents: &Arc<Documents>,
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<ReadVectors> {
    let (origin, seconds) = (taken.origin(), taken.parent.seconds);
    match body::of_texts(folder)? {
        TextBody::Vectors(vectors, layers) => {
            let read = ReadVectors::new(*vectors, origin, documents)?;
            Ok(ReadVectors { seconds, layered: layers.map(Layered::Layers), ..read })
        }
        TextBody::Encoder(encoder, reader) => {
            let reader = reader.cut_at(max_tokens)?;
            let (encoder, vectors, in_tokens) = ReadEncoder::of(*encoder, reader, documents, going_on)?;
            let (layered, encoder) = (None, Some(encoder));
            Ok(ReadVectors { vectors, origin, seconds, layered, in_tokens, encoder })
        }
    }
}
