//! The distillation of a sentence encoder as a stage of a session.
//!
//! The encoder and the text are read on a thread of their own, and so is the PCA computed, so that commands are answered
//! meanwhile. The vectors are rounded as in a folder that `warmstart distill` writes: the session has the same ones.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::fault;
use crate::models::distillation::{Distilled, Distilling, OfText, word_vectors};
use crate::session::checkpoint::{self, Kept, Loaded, Numbers, Shelf};
use crate::session::distillation::Distillation;
use crate::session::recipe::Recipe;
use crate::session::record::{Arithmetic, Note, Record, Stage};
use crate::text::subword_tokeniser::SubwordTokeniser;
use crate::vectors::WordVectors;

use super::corpus::corpus;
use super::stage::{Finished, Look, PretrainedWords, PretrainingStage, StageStatus};
use super::threads;

/// The name of the stage's checkpoints.
const NAME: &str = "distillation";
/// The state is saved after each such part of the tokens: it is as large as the encoder's own table of tokens.
const SAVES: usize = 16;

/// The distillation in progress.
pub struct DistillationStage {
    part: Part,
    /// The encoder's name.
    name: String,
    of_text: bool,
    resumed_at: Option<u64>,
    /// Tokens that were encoded, all tokens, and those in the last checkpoint.
    done: usize,
    of: usize,
    saved: usize,
    flops: u64,
    seconds: f64,
    /// Seconds of encoding in this process, and the tokens at its beginning.
    encoding: (f64, usize),
}

enum Part {
    Reading(Aside<Distilling>),
    Encoding(Box<Distilling>),
    Reducing(Aside<Distilled>),
    Done(Box<Ready>),
    Taken,
}

/// The finished vectors.
struct Ready {
    tokeniser: SubwordTokeniser,
    vectors: Array2<f32>,
}

/// The state in a checkpoint, besides the tensor: the vectors of the tokens that were encoded, or the finished ones.
#[derive(Serialize, Deserialize)]
struct State {
    done: usize,
    of: usize,
    of_text: Option<OfText>,
    flops: u64,
    seconds: f64,
    /// `tokenizer.json` of the vectors, once they are finished.
    tokeniser: Option<String>,
}

/// A piece of work on a thread of its own. Dropping it ends the work where that can be ended.
struct Aside<T> {
    result: Receiver<Result<T>>,
    unwanted: Arc<AtomicBool>,
    begun: Instant,
}

impl<T: Send + 'static> Aside<T> {
    /// Starts `work`, with as many threads as the current pool has.
    fn start(
        what: &'static str,
        work: impl FnOnce(&mut dyn FnMut(u64) -> Result<()>) -> Result<T> + Send + 'static,
    ) -> Result<Aside<T>> {
        let (sender, result) = crossbeam_channel::bounded(1);
        let unwanted = Arc::new(AtomicBool::new(false));
        let (stop, threads) = (unwanted.clone(), rayon::current_num_threads());
        fault::spawn("distillation", move || {
            let mut going_on =
                |_| if stop.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) };
            let work = || threads::pool(threads).and_then(|pool| pool.install(|| work(&mut going_on)));
            // Sending fails if nobody waits for the result any more.
            let _ = sender.send(fault::contained(what, work));
        })?;
        Ok(Aside { result, unwanted, begun: Instant::now() })
    }

    /// Waits up to 10 ms for the result. `None` if it is not ready.
    fn poll(&self) -> Result<Option<T>> {
        match self.result.recv_timeout(Duration::from_millis(10)) {
            Ok(found) => found.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Error::request("the distillation broke off", "this is a fault of warmstart"))
            }
        }
    }
}

impl<T> Drop for Aside<T> {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

impl DistillationStage {
    /// Begins the distillation. With `resume` it continues from the checkpoint in `folder`, if there is one.
    ///
    /// # Errors
    /// When the corpus cannot be opened, or a checkpoint does not fit.
    pub fn begin(
        asked: &Distillation,
        recipe: &Recipe,
        folder: &Path,
        resume: bool,
    ) -> Result<DistillationStage> {
        let of_text = asked.corpus.is_some();
        let stage = |part| DistillationStage {
            part,
            name: asked.name(),
            of_text,
            resumed_at: None,
            done: 0,
            of: 0,
            saved: 0,
            flops: 0,
            seconds: 0.0,
            encoding: (0.0, 0),
        };
        let own = asked.clone();
        let kept = if resume { checkpoint::load::<State>(folder, NAME)? } else { None };
        let Some(kept) = kept else {
            let text = asked.corpus.as_ref().map(|text| corpus(text, recipe)).transpose()?;
            let begin = move |going_on: &mut dyn FnMut(u64) -> Result<()>| {
                Distilling::begin(&own, text.as_deref(), going_on)
            };
            return Ok(stage(Part::Reading(Aside::start("reading the encoder", begin)?)));
        };
        let State { done, of, flops, seconds, .. } = kept.state;
        let part = match ready(&kept)? {
            Some(ready) => Part::Done(Box::new(ready)),
            None => {
                let (of_text, states) = (kept.state.of_text, values(kept.tensors));
                let restore =
                    move |_: &mut dyn FnMut(u64) -> Result<()>| Distilling::restore(&own, of_text, states);
                Part::Reading(Aside::start("reading the encoder", restore)?)
            }
        };
        let resumed_at = Some(done as u64);
        Ok(DistillationStage { resumed_at, done, of, saved: done, flops, seconds, ..stage(part) })
    }

    /// Takes over the encoder when it is read.
    fn take(&mut self, work: Distilling, tell: &mut Vec<Record>) {
        (self.done, self.of, self.flops) = (work.done(), work.tokens(), work.flops());
        self.encoding = (0.0, self.done);
        // A session that was resumed has recorded the rest.
        if self.resumed_at.is_none() {
            if let Some(text) = work.of_text() {
                tell.push(Record::Vocabulary {
                    words: text.counts.iter().filter(|&&count| count > 0).count(),
                    tokens: text.total,
                    kept_tokens: text.total,
                    seconds: self.seconds,
                    epochs: None,
                });
            }
            tell.extend(work.remarks().into_iter().map(|remark| Record::Note(Note::Remark(remark))));
            if self.of_text {
                tell.push(Record::Stage(Stage::Pretraining));
            }
        }
        self.part = Part::Encoding(Box::new(work));
    }
}

impl PretrainingStage for DistillationStage {
    fn resumed_at(&self) -> Option<u64> {
        self.resumed_at
    }

    fn begins(&self) -> Stage {
        if self.of_text { Stage::Counting } else { Stage::Pretraining }
    }

    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool> {
        match &mut self.part {
            Part::Reading(reading) => {
                if let Some(work) = reading.poll()? {
                    self.seconds += reading.begun.elapsed().as_secs_f64();
                    self.take(work, tell);
                }
            }
            Part::Encoding(work) if work.done() < work.tokens() => {
                let begun = Instant::now();
                pool.install(|| work.step());
                self.done = work.done();
                self.seconds += begun.elapsed().as_secs_f64();
                self.encoding.0 += begun.elapsed().as_secs_f64();
            }
            Part::Encoding(_) => {
                if let Part::Encoding(work) = std::mem::replace(&mut self.part, Part::Taken) {
                    let reduce = pool.install(|| Aside::start("the PCA", move |_| work.finish(true)));
                    self.part = Part::Reducing(reduce?);
                }
            }
            Part::Reducing(reducing) => {
                if let Some(Distilled { tokeniser, vectors, .. }) = reducing.poll()? {
                    self.seconds += reducing.begun.elapsed().as_secs_f64();
                    self.part = Part::Done(Box::new(Ready { tokeniser, vectors }));
                    tell.push(Record::Arithmetic(Arithmetic {
                        run: None,
                        step: self.done as u64,
                        flops: self.flops,
                    }));
                }
            }
            Part::Done(_) | Part::Taken => {}
        }
        Ok(matches!(self.part, Part::Done(_)))
    }

    fn finish(&mut self) -> Result<Finished> {
        let Part::Done(ready) = std::mem::replace(&mut self.part, Part::Taken) else {
            return Err(Error::request("the vectors are not ready, or were taken already", ""));
        };
        let vectors = word_vectors(ready.tokeniser, ready.vectors)?;
        let origin = format!("{}, distilled here", self.name);
        Ok(Finished::Words(PretrainedWords { vectors, origin, seconds: self.seconds, layered: None }))
    }

    fn status(&self) -> StageStatus {
        let doing = match (&self.part, self.of_text) {
            (Part::Reading(_), true) if self.resumed_at.is_none() => "counting words",
            (Part::Reading(_), _) => "reading the encoder",
            (Part::Encoding(_), _) => "distilling the encoder",
            _ => "reducing the vectors",
        };
        let (seconds, before) = self.encoding;
        StageStatus {
            doing,
            progress: self.done as f64 / self.of.max(1) as f64,
            speed: (self.done - before) as f64 / seconds.max(1e-9),
            unit: "tokens/s",
        }
    }

    fn change_learning_rate(&mut self, _: f32) {}

    fn show_next(&mut self) {}

    fn look(&self) -> Look<'_> {
        Look::Nothing
    }

    fn save_due(&mut self) -> bool {
        false
    }

    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()> {
        let mut state = State {
            done: self.done,
            of: self.of,
            of_text: None,
            flops: self.flops,
            seconds: self.seconds,
            tokeniser: None,
        };
        match &self.part {
            Part::Encoding(work) if self.done >= self.saved + self.of.div_ceil(SAVES) => {
                state.of_text = work.of_text().cloned();
                let states = Kept::real("states", &[self.done, work.width()], work.states());
                shelf.save(NAME, self.done as u64, false, &state, &[states])?;
                self.saved = self.done;
                Ok(())
            }
            Part::Done(ready) => {
                let Ready { tokeniser, vectors } = &**ready;
                state.tokeniser = Some(String::from_utf8_lossy(tokeniser.json()).into_owned());
                let numbers = vectors.iter().copied().collect::<Vec<f32>>();
                let vectors = Kept::real("vectors", vectors.shape(), &numbers);
                // A state of all tokens before the PCA may have the step `of`.
                shelf.save(NAME, self.of as u64 + 1, true, &state, &[vectors])
            }
            _ => Ok(()),
        }
    }
}

/// The finished vectors in a checkpoint; `None` if they are not finished.
///
/// # Errors
/// When its parts do not fit.
fn ready(kept: &Loaded<State>) -> Result<Option<Ready>> {
    let Some(json) = &kept.state.tokeniser else { return Ok(None) };
    let foreign =
        || Error::input(&kept.path, Place::Whole, "it does not fit its distillation", checkpoint::ANEW);
    let tokeniser = SubwordTokeniser::from_json(&kept.path, json.clone().into_bytes())?;
    let tensor = kept.tensors.iter().find(|tensor| tensor.name == "vectors").ok_or_else(foreign)?;
    let (Numbers::Real(values), &[rows, dim]) = (&tensor.numbers, &tensor.shape[..]) else {
        return Err(foreign());
    };
    let vectors = Array2::from_shape_vec((rows, dim), values.to_vec()).map_err(|_| foreign())?;
    if rows != tokeniser.ids_end() {
        return Err(foreign());
    }
    Ok(Some(Ready { tokeniser, vectors }))
}

/// The values of the only tensor of a checkpoint.
fn values(tensors: checkpoint::Tensors) -> Vec<f32> {
    match tensors.into_iter().next().map(|tensor| tensor.numbers) {
        Some(Numbers::Real(values)) => values.into_owned(),
        _ => Vec::new(),
    }
}

/// The vectors that the session in `folder` distilled, from its checkpoint; `None` where it has none.
///
/// # Errors
/// When there is a checkpoint that cannot be read.
pub fn kept_vectors(folder: &Path) -> Result<Option<WordVectors>> {
    let Some(kept) = checkpoint::load::<State>(folder, NAME)? else { return Ok(None) };
    ready(&kept)?.map(|Ready { tokeniser, vectors }| word_vectors(tokeniser, vectors)).transpose()
}
