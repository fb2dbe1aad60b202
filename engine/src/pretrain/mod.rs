//! Word vectors from plain text: skip-gram and continuous bag of words with negative sampling or hierarchical softmax
//! (Mikolov et al. 2013, *Distributed Representations of Words and Phrases and their Compositionality*), for whole
//! words or for words and their subwords (Bojanowski et al. 2017).
//!
//! [`Pretraining`] is a state machine: it counts the corpus, then trains, one small [`step`] at a time. A thread
//! reads ahead and turns text into blocks of word ids (`reader`). Each step trains on one block. The block is divided
//! into `SHARDS` shards, which work on copies of the rows that they change (`shard`, `local`). Then the copies are
//! merged into the shared tables (`table`). Nothing depends on the number of threads, so the bits do not depend on it
//! either.
//!
//! [`step`]: Pretraining::step

pub mod column;
pub mod corpus;
pub mod files;
mod groups;
mod local;
mod moved;
mod noise;
mod options;
mod parts;
mod phrases;
mod progress;
mod reader;
mod shard;
mod start;
mod table;
#[cfg(test)]
mod tests;
mod training;
mod tree;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use ndarray::{Array2, ArrayView2, s};

use crate::error::{Error, Result};
use crate::fault;
use crate::session::continued::Continued;
use crate::session::pretraining::Subwords;
use crate::text::tokenise::for_each_token;
use crate::text::vocabulary::{Counter, Vocabulary};
use crate::vectors::{View, WordVectors, fasttext};

pub use column::Column;
pub use corpus::{Corpus, Documents};
pub use files::Files;
pub use options::{Model, Options, usual_epochs};
use parts::Parts;
pub use phrases::Phrases;
use phrases::{Finder, Joiner};
pub use progress::{Doing, Position, Progress};
pub use start::Start;
use training::VectorTraining;

/// The duration of a step, in the stages where it can be chosen.
const STEP: Duration = Duration::from_millis(10);

/// A running pre-training of word vectors.
pub struct Pretraining {
    corpus: Arc<dyn Corpus>,
    options: Options,
    seed: u64,
    factor: f32,
    stage: Stage,
}

enum Stage {
    /// Looking for pairs of words that are phrases, in the text in which earlier rounds' phrases are joined.
    Joining {
        text: Receiver<Result<String>>,
        joiner: Joiner,
        finder: Box<Finder>,
    },
    Counting {
        text: Receiver<Result<String>>,
        joiner: Joiner,
        counter: Counter,
    },
    Training(Box<VectorTraining>),
}

impl Stage {
    /// The stage after the rounds that found `found`: the next round, or counting.
    fn before_training(corpus: &Arc<dyn Corpus>, options: &Options, found: Phrases) -> Result<Stage> {
        let text = read_ahead(corpus.clone())?;
        let (more, joiner) = (found.len() < options.phrases, Joiner::new(Arc::new(found)));
        Ok(if more {
            Stage::Joining { text, joiner, finder: Box::new(Finder::new(options.distinct_words)) }
        } else {
            Stage::Counting { text, joiner, counter: Counter::new(options.distinct_words) }
        })
    }
}

impl Pretraining {
    /// Starts pre-training on `corpus`. A separate thread starts reading at once.
    ///
    /// # Errors
    /// If options are invalid, or the thread cannot be started.
    pub fn new(corpus: Arc<dyn Corpus>, options: Options, seed: u64) -> Result<Self> {
        options.check()?;
        let stage = Stage::before_training(&corpus, &options, Phrases::default())?;
        Ok(Pretraining { corpus, options, seed, factor: 1.0, stage })
    }

    /// Continues from a checkpoint: the values of [`vocabulary`](Self::vocabulary), [`phrases`](Self::phrases),
    /// [`position`](Self::position) and [`tensors`](Self::tensors), with the same corpus, options and seed.
    ///
    /// # Errors
    /// If they do not match each other.
    pub fn restore(
        corpus: Arc<dyn Corpus>,
        options: Options,
        seed: u64,
        (vocabulary, phrases): (Vocabulary, Phrases),
        position: Position,
        inputs: ArrayView2<f32>,
        outputs: ArrayView2<f32>,
    ) -> Result<Self> {
        options.check()?;
        let shape = (vocabulary.seen(), options.dim);
        // The number of input rows depends on the subwords. It is checked once they are known.
        if outputs.dim() != shape || shape.0 == 0 {
            return Err(Error::request(
                format!(
                    "the checkpoint has a table of {:?} numbers where {shape:?} are expected",
                    outputs.dim()
                ),
                "it belongs to another recipe; start anew",
            ));
        }
        let training = VectorTraining::restore(
            corpus.clone(),
            &options,
            seed,
            (vocabulary, phrases),
            position,
            inputs,
            outputs,
        )?;
        let stage = Stage::Training(Box::new(training));
        Ok(Pretraining { corpus, options, seed, factor: position.factor, stage })
    }

    /// Does a small piece of work, about 10 ms at most, on the current thread pool. While the reader is behind (after
    /// a restart it first reads up to the old position), the step waits that long and does nothing.
    ///
    /// # Errors
    /// If the corpus cannot be read, has no words to train on, or training diverges. The tables then keep their
    /// values from before the step.
    pub fn step(&mut self) -> Result<Progress> {
        let how = self.options.tokens;
        match &mut self.stage {
            Stage::Joining { text, joiner, finder } => {
                let whole = each_sentence(text, |line| match line {
                    Some(line) => {
                        for_each_token(how, line, |token| joiner.add(token, &mut |word| finder.add(word)))
                    }
                    None => {
                        joiner.end(&mut |word| finder.add(word));
                        finder.end();
                    }
                })?;
                let tokens = finder.tokens();
                if whole {
                    let finder = std::mem::replace(&mut **finder, Finder::new(1));
                    let mut found = (**joiner.phrases()).clone();
                    found.push(finder.finish(self.options.min_count, self.options.phrase_threshold));
                    self.stage = Stage::before_training(&self.corpus, &self.options, found)?;
                }
                Ok(Progress { doing: Doing::Joining, tokens, of: 0, loss: 0.0, pairs: 0, learning_rate: 0.0 })
            }
            Stage::Counting { text, joiner, counter } => {
                let whole = each_sentence(text, |line| match line {
                    Some(line) => {
                        for_each_token(how, line, |token| joiner.add(token, &mut |word| counter.add(word)))
                    }
                    None => joiner.end(&mut |word| counter.add(word)),
                })?;
                let tokens = counter.tokens();
                if whole {
                    let counter = std::mem::replace(counter, Counter::new(1));
                    let phrases = joiner.phrases().clone();
                    let vocabulary = self.options.vocabulary(counter, &self.corpus.name())?;
                    let training = VectorTraining::new(
                        self.corpus.clone(),
                        &self.options,
                        self.seed,
                        vocabulary,
                        phrases,
                    )?;
                    self.stage = Stage::Training(Box::new(training));
                }
                Ok(Progress {
                    doing: Doing::Counting,
                    tokens,
                    of: 0,
                    loss: 0.0,
                    pairs: 0,
                    learning_rate: 0.0,
                })
            }
            Stage::Training(training) => {
                let learning_rate = training.learning_rate(&self.options) * self.factor;
                training.step(&self.options, learning_rate)
            }
        }
    }

    /// A step with this learning rate, once the corpus is counted.
    ///
    /// # Errors
    /// As for [`step`](Self::step).
    pub fn step_at(&mut self, learning_rate: f32) -> Result<Progress> {
        match &mut self.stage {
            Stage::Training(training) => training.step(&self.options, learning_rate),
            _ => self.step(),
        }
    }

    /// The current stage.
    pub fn doing(&self) -> Doing {
        match &self.stage {
            Stage::Joining { .. } => Doing::Joining,
            Stage::Counting { .. } => Doing::Counting,
            Stage::Training(training) if training.finished(&self.options) => Doing::Finished,
            Stage::Training(_) => Doing::Training,
        }
    }

    /// Whether only the output weights learn in the next step: training began with published vectors, which have none.
    pub fn outputs_first(&self) -> bool {
        self.training().is_some_and(|training| training.outputs_first(&self.options))
    }

    /// Multiplies the learning rate by `factor`, from the next step on. The linear decay continues.
    pub fn multiply_learning_rate(&mut self, factor: f32) {
        self.factor *= factor;
    }

    /// Sets the factor of the learning rate, from the next step on.
    pub fn set_factor(&mut self, factor: f32) {
        self.factor = factor;
    }

    /// The factor of the learning rate.
    pub fn factor(&self) -> f32 {
        self.factor
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Remarks for the user about the corpus, after it was counted.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = self.corpus.remarks();
        if let (Some(start), Some(vocabulary)) = (&self.options.start, self.vocabulary()) {
            remarks.extend(start.vectors.left_out.remark(start.file()));
            remarks.push(start.told(vocabulary));
        }
        if let Stage::Training(training) = &self.stage {
            remarks.extend(training.remarks());
        }
        remarks
    }

    /// The vocabulary, once the corpus is counted.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.training().map(|training| &*training.vocabulary)
    }

    /// How far training has moved the published vectors from which it began; `None` if it began from random values, or
    /// has not begun.
    pub fn moved(&self) -> Option<Continued> {
        let (start, view) = (self.options.start.as_ref()?, self.vectors()?);
        Some(moved::moved(start, self.vocabulary()?, &view))
    }

    /// The number of epochs, once the corpus is counted.
    pub fn epochs(&self) -> Option<usize> {
        self.vocabulary().map(|vocabulary| self.options.epochs(vocabulary.tokens()))
    }

    /// The number of epochs, if it was chosen from the size of the corpus.
    pub fn usual_epochs(&self) -> Option<usize> {
        self.epochs().filter(|_| self.options.epochs.is_none())
    }

    /// The phrases, once the corpus is counted.
    pub fn phrases(&self) -> Option<&Phrases> {
        self.training().map(|training| &**training.phrases())
    }

    /// Updates the vectors of all words. Without it, a vector made of subwords is the one of the last block that
    /// contained the word.
    pub fn refresh(&mut self) {
        if let Stage::Training(training) = &mut self.stage {
            training.make_all();
        }
    }

    /// The current vectors, once the corpus is counted; for queries between two steps.
    pub fn vectors(&self) -> Option<View<'_>> {
        self.training().map(|t| View::new(t.vocabulary.words(), t.vectors()))
    }

    /// The position in the corpus. `None` while counting, which is not saved but repeated.
    pub fn position(&self) -> Option<Position> {
        self.training().map(|training| Position { factor: self.factor, ..training.position })
    }

    /// The tables by name, for a checkpoint: `(words, dim)`, with subwords `(words and n-grams, dim)` for the inputs. The
    /// outputs are those of the words that the corpus has.
    /// Empty while counting.
    pub fn tensors(&self) -> Vec<(&'static str, ArrayView2<'_, f32>)> {
        self.training().map(|t| vec![("inputs", t.rows()), ("outputs", t.outputs.view())]).unwrap_or_default()
    }

    /// The vectors at the end of training.
    ///
    /// # Errors
    /// If the corpus has not been counted yet.
    pub fn finish(self) -> Result<WordVectors> {
        let Stage::Training(training) = self.stage else {
            return Err(Error::request("there are no vectors before the corpus is counted", ""));
        };
        let vocabulary = &training.vocabulary;
        if let Some(subwords) = self.options.subwords {
            return made_of_parts(vocabulary, subwords, training.rows());
        }
        let matrix = training.vectors().as_standard_layout().into_owned();
        WordVectors::new(vocabulary.words().clone(), matrix, Some(vocabulary.counts().to_vec()))
    }

    fn training(&self) -> Option<&VectorTraining> {
        match &self.stage {
            Stage::Joining { .. } | Stage::Counting { .. } => None,
            Stage::Training(training) => Some(training),
        }
    }
}

/// The vectors of the words of `vocabulary`, computed from their subwords. `rows` `(words and n-grams, dim)` are the
/// inputs of a training with these subwords.
///
/// # Errors
/// If the number of rows is not the number of words and n-grams.
pub fn made_of_parts(
    vocabulary: &Vocabulary,
    subwords: Subwords,
    rows: ArrayView2<f32>,
) -> Result<WordVectors> {
    let parts = Parts::new(vocabulary, &options::ngrams(subwords));
    if parts.rows() != rows.nrows() {
        return Err(Error::request(
            format!("{} rows of words and parts where {} are expected", rows.nrows(), parts.rows()),
            "the checkpoint belongs to another recipe; start anew",
        ));
    }
    let rows = rows.as_standard_layout();
    let mut matrix = Array2::zeros((vocabulary.len(), rows.ncols()));
    let flat = rows.as_slice().unwrap_or_default();
    for (word, mut vector) in matrix.rows_mut().into_iter().enumerate() {
        parts.make(word, flat, vector.as_slice_mut().unwrap_or_default());
    }
    let ngrams = rows.slice(s![vocabulary.len().., ..]).iter().copied().collect();
    let trained = fasttext::Subwords::trained(
        subwords.min,
        subwords.max,
        subwords.buckets,
        parts.buckets(),
        rows.ncols(),
        ngrams,
    );
    let counts = vocabulary.counts().to_vec();
    Ok(WordVectors::new(vocabulary.words().clone(), matrix, Some(counts))?.with_subwords(Arc::new(trained)))
}

/// Reads the corpus in a thread and sends it in pieces.
fn read_ahead(corpus: Arc<dyn Corpus>) -> Result<Receiver<Result<String>>> {
    let (sender, receiver) = bounded(16);
    let work = move || {
        // If the thread fails, the corpus must not look as if it had ended.
        let outcome = fault::contained("reading the corpus", || {
            corpus.read(&mut |text| match sender.send(Ok(text.to_owned())) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        });
        if let Err(error) = outcome {
            // If the receiver is gone, nobody needs the error.
            drop(sender.send(Err(error)));
        }
    };
    fault::spawn("corpus", work)?;
    Ok(receiver)
}

/// Passes the received text on for the duration of one step, piece by piece; `None` marks the end of each sentence.
/// Returns whether the text has ended.
fn each_sentence(text: &Receiver<Result<String>>, mut take: impl FnMut(Option<&str>)) -> Result<bool> {
    let start = Instant::now();
    while start.elapsed() < STEP {
        match text.recv_timeout(STEP) {
            Ok(piece) => {
                for (n, line) in piece?.split('\n').enumerate() {
                    if n > 0 {
                        take(None);
                    }
                    take(Some(line));
                }
            }
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => {
                take(None);
                return Ok(true);
            }
        }
    }
    Ok(false)
}
