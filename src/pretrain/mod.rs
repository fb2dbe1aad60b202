//! Word vectors from plain text: skip-gram and continuous bag of words with negative sampling or hierarchical softmax
//! (Mikolov et al. 2013, *Distributed Representations of Words and Phrases and their Compositionality*), of whole words
//! or of words and their parts (Bojanowski et al. 2017).
//!
//! [`Pretraining`] is a state machine: it counts the corpus, then trains, one small [`step`] at a time. A thread reads
//! ahead and turns text into blocks of word ids (`reader`). A step trains on one block. The block is divided into `SHARDS`
//! shards, which work on copies of the rows they touch (`shard`, `local`). Then the copies are merged into the shared
//! tables (`table`). Nothing depends on the number of threads, so the bits do not either.
//!
//! [`step`]: Pretraining::step

pub mod column;
pub mod corpus;
pub mod files;
mod local;
mod noise;
mod options;
mod parts;
mod phrases;
mod progress;
mod reader;
mod shard;
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
use training::VectorTraining;

/// How long a step may take, where that can be chosen.
const STEP: Duration = Duration::from_millis(10);

/// Pre-training of word vectors under way.
pub struct Pretraining {
    corpus: Arc<dyn Corpus>,
    options: Options,
    seed: u64,
    factor: f32,
    stage: Stage,
}

enum Stage {
    /// Looking for words that come together, after those that the passes before found are joined.
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
    /// What comes after the passes that found `found`: the next pass, or counting.
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
    /// Begins pre-training on `corpus`. Reading begins at once, in a thread of its own.
    ///
    /// # Errors
    /// When options cannot be, or there can be no thread.
    pub fn new(corpus: Arc<dyn Corpus>, options: Options, seed: u64) -> Result<Self> {
        options.check()?;
        let stage = Stage::before_training(&corpus, &options, Phrases::default())?;
        Ok(Pretraining { corpus, options, seed, factor: 1.0, stage })
    }

    /// Goes on from a checkpoint: what [`vocabulary`](Self::vocabulary), [`phrases`](Self::phrases),
    /// [`position`](Self::position) and [`tensors`](Self::tensors) gave, with the same corpus, options and seed.
    ///
    /// # Errors
    /// When they do not fit together.
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
        let shape = (vocabulary.len(), options.dim);
        // How many rows of inputs there are is up to the parts, and looked at when those are known.
        if outputs.dim() != shape || vocabulary.is_empty() {
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

    /// Does a small piece of work, about 10 ms at the most, on the current pool of threads. While
    /// the reader is slow (after a restart it reads up to the old place), the step waits that long and does nothing.
    ///
    /// # Errors
    /// When the corpus cannot be read, has no words to train on, or training diverges; the tables are
    /// then as they were before.
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
    /// As [`step`](Self::step).
    pub fn step_at(&mut self, learning_rate: f32) -> Result<Progress> {
        match &mut self.stage {
            Stage::Training(training) => training.step(&self.options, learning_rate),
            _ => self.step(),
        }
    }

    /// What is being done.
    pub fn doing(&self) -> Doing {
        match &self.stage {
            Stage::Joining { .. } => Doing::Joining,
            Stage::Counting { .. } => Doing::Counting,
            Stage::Training(training) if training.finished(&self.options) => Doing::Finished,
            Stage::Training(_) => Doing::Training,
        }
    }

    /// Multiplies the learning rate from the next step on. Its linear decay goes on.
    pub fn multiply_learning_rate(&mut self, factor: f32) {
        self.factor *= factor;
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
        if let Stage::Training(training) = &self.stage {
            remarks.extend(training.remarks());
        }
        remarks
    }

    /// The words, once the corpus is counted.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.training().map(|training| &*training.vocabulary)
    }

    /// Epochs over the corpus, once it is counted.
    pub fn epochs(&self) -> Option<usize> {
        self.vocabulary().map(|vocabulary| self.options.epochs(vocabulary.tokens()))
    }

    /// The number of epochs, if the options leave it to the size of the corpus.
    pub fn usual_epochs(&self) -> Option<usize> {
        self.epochs().filter(|_| self.options.epochs.is_none())
    }

    /// The words that are joined to phrases, once the corpus is counted.
    pub fn phrases(&self) -> Option<&Phrases> {
        self.training().map(|training| &**training.phrases())
    }

    /// Brings the vectors of all words up to date. Without it, vectors made of subwords are those of the last block that
    /// had the word.
    pub fn refresh(&mut self) {
        if let Stage::Training(training) = &mut self.stage {
            training.make_all();
        }
    }

    /// The vectors as they are now, once the corpus is counted: for questions between two steps.
    pub fn vectors(&self) -> Option<View<'_>> {
        self.training().map(|t| View::new(t.vocabulary.words(), t.vectors()))
    }

    /// The position in the corpus. `None` while counting, which is not saved but repeated.
    pub fn position(&self) -> Option<Position> {
        self.training().map(|training| Position { factor: self.factor, ..training.position })
    }

    /// The tables `(words, dim)` by name, for a checkpoint; empty while counting.
    pub fn tensors(&self) -> Vec<(&'static str, ArrayView2<'_, f32>)> {
        self.training().map(|t| vec![("inputs", t.rows()), ("outputs", t.outputs.view())]).unwrap_or_default()
    }

    /// The vectors learned so far.
    ///
    /// # Errors
    /// When the corpus has not been counted yet.
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

/// The vectors of the words of `vocabulary`, made of their parts: `rows` `(words and n-grams, dim)` are what a training
/// with these subwords gave as its inputs.
///
/// # Errors
/// When there are not as many rows as words and parts.
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

/// Reads the corpus in a thread, in pieces.
fn read_ahead(corpus: Arc<dyn Corpus>) -> Result<Receiver<Result<String>>> {
    let (sender, receiver) = bounded(16);
    let work = move || {
        // A corpus that broke off must not look like one that has ended.
        let outcome = fault::contained("reading the corpus", || {
            corpus.read(&mut |text| match sender.send(Ok(text.to_owned())) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        });
        if let Err(error) = outcome {
            // Nobody listens any more: then nobody wants to know.
            drop(sender.send(Err(error)));
        }
    };
    fault::spawn("corpus", work)?;
    Ok(receiver)
}

/// Hands on the sentences that have come, for one step's time, piece by piece; `None` at the end of each. Whether that
/// was all.
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
