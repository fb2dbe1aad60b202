//! The training part of [`Pretraining`](super::Pretraining): block after block, epoch after epoch.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::rng;
use crate::text::vocabulary::Vocabulary;

use super::corpus::Corpus;
use super::local::LocalRows;
use super::noise::Noise;
use super::options::Options;
use super::reader::{self, Block, Plan};
use super::shard::{POOL, SHARDS, Shard, Task};
use super::table::Table;
use super::{Doing, Position, Progress};

/// Words of a block, an eighth of which is a shard: the more the longer the corpus. Shards do not see
/// what the others of their block learn, which matters where a few thousand words are seen again and
/// again: on 2 million words of reviews, blocks of 4,096 cost an averaged classifier with 50 labels 3.5
/// points against blocks of 256.
fn block_words(vocabulary: &Vocabulary) -> usize {
    const BLOCKS: u64 = 8_192;
    (vocabulary.tokens() / BLOCKS).clamp(256, 4_096) as usize / 8 * 8
}

/// The learning rate falls to this share of what it was.
const LEAST: f64 = 1e-4;

/// How much a use of a row in one true or false pair is taken to lead it on, at a rate of 1; see [`super::table`].
/// A tenth of it gives 1 to 2 hundredths more on WordSim-353, and costs an averaged classifier on IMDb a point.
const LEADING: f32 = 1.0;

pub struct Training {
    pub vocabulary: Arc<Vocabulary>,
    /// The vectors of words as contexts: those that are asked for in the end.
    pub inputs: Table,
    /// The vectors of words as what is predicted.
    pub outputs: Table,
    /// `factor` is not kept here.
    pub position: Position,
    noise: Noise,
    plan: Plan,
    blocks: Option<Receiver<Result<Block>>>,
    shards: Vec<Shard>,
    seed: u64,
}

impl Training {
    /// Begins: inputs uniform in ±1/2 / dim, outputs zero, as in word2vec.
    pub fn new(
        corpus: Arc<dyn Corpus>,
        options: &Options,
        seed: u64,
        vocabulary: Vocabulary,
    ) -> Result<Self> {
        let mut training = Self::empty(corpus, options, seed, vocabulary);
        let Table { data, dim, stride, .. } = &mut training.inputs;
        const ROWS: usize = 1024;
        data.par_chunks_mut(ROWS * *stride).enumerate().for_each(|(n, rows)| {
            let mut rng = rng::stream(seed, "first vectors", n as u64);
            for row in rows.chunks_mut(*stride) {
                row[..*dim].fill_with(|| (rng::unit(&mut rng) - 0.5) / *dim as f32);
            }
        });
        training.read(0)?;
        Ok(training)
    }

    /// Goes on from `position`. The shapes have been checked.
    pub fn restore(
        corpus: Arc<dyn Corpus>,
        options: &Options,
        seed: u64,
        vocabulary: Vocabulary,
        position: Position,
        inputs: ArrayView2<f32>,
        outputs: ArrayView2<f32>,
    ) -> Result<Self> {
        let mut training = Self::empty(corpus, options, seed, vocabulary);
        for (table, saved) in [(&mut training.inputs, inputs), (&mut training.outputs, outputs)] {
            for (row, saved) in table.data.chunks_mut(table.stride).zip(saved.rows()) {
                row.iter_mut().zip(saved).for_each(|(x, saved)| *x = *saved);
            }
        }
        training.position = position;
        if !training.finished(options) {
            training.read(position.block)?;
        }
        Ok(training)
    }

    fn empty(corpus: Arc<dyn Corpus>, options: &Options, seed: u64, vocabulary: Vocabulary) -> Self {
        let vocabulary = Arc::new(vocabulary);
        // The chance that a block touches a row, nearly: for itself or as one of the noise words.
        let words = block_words(&vocabulary);
        let draws = ((1 + POOL) * words) as f64;
        let shares: Vec<f64> = vocabulary.counts().iter().map(|&c| (c as f64).powf(0.75)).collect();
        let total: f64 = shares.iter().sum();
        let weights: Vec<f64> = shares.iter().map(|share| 1.0 - (-draws * share / total).exp()).collect();
        let table = || Table::new(vocabulary.len(), options.dim, &weights);
        let keep = Arc::new(reader::keep(&vocabulary, options.sample));
        Training {
            inputs: table(),
            outputs: table(),
            position: Position::default(),
            noise: Noise::new(vocabulary.counts()),
            plan: Plan { corpus, vocabulary: vocabulary.clone(), keep, words, seed, kept: Arc::default() },
            blocks: None,
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            vocabulary,
            seed,
        }
    }

    fn read(&mut self, skip: u64) -> Result<()> {
        self.blocks = Some(reader::start(self.plan.clone(), self.position.epoch, skip)?);
        Ok(())
    }

    /// Whether all epochs are done.
    pub fn finished(&self, options: &Options) -> bool {
        self.position.epoch as usize >= options.epochs
    }

    /// What is to be said about the words.
    pub fn remarks(&self) -> Vec<String> {
        let left_out = self.vocabulary.tokens().saturating_sub(self.vocabulary.total());
        let share = left_out as f64 / self.vocabulary.tokens().max(1) as f64;
        if share < 0.1 {
            return Vec::new();
        }
        vec![format!("{:.0} % of the corpus are words too rare to be learned", 100.0 * share)]
    }

    /// Trains on one block, if one has come.
    pub fn step(&mut self, options: &Options, factor: f32) -> Result<Progress> {
        let of = self.vocabulary.tokens() * options.epochs as u64;
        let share = (1.0 - self.position.tokens as f64 / (of + 1) as f64).max(LEAST);
        let rate = (f64::from(options.rate) * share) as f32 * factor;
        let tokens = self.position.tokens;
        let mut progress = Progress { doing: Doing::Training, tokens, of, loss: 0.0, pairs: 0, rate };
        let Some(blocks) = &self.blocks else {
            return Ok(Progress { doing: Doing::Finished, ..progress });
        };
        match blocks.recv_timeout(Duration::from_millis(10)) {
            Ok(block) => {
                let block = block?;
                (progress.loss, progress.pairs) = self.train(options, &block, rate)?;
                self.position.block = block.index + 1;
                self.position.tokens += block.tokens;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                self.blocks = None;
                self.position.epoch += 1;
                self.position.block = 0;
                if self.finished(options) {
                    progress.doing = Doing::Finished;
                } else {
                    self.read(0)?;
                }
            }
        }
        progress.tokens = self.position.tokens;
        Ok(progress)
    }

    /// Trains on `block`. Returns the sum of the losses, and of how many true pairs.
    fn train(&mut self, options: &Options, block: &Block, rate: f32) -> Result<(f64, u64)> {
        if block.ids.is_empty() {
            return Ok((0.0, 0));
        }
        let task = Task {
            block,
            inputs: &self.inputs,
            outputs: &self.outputs,
            noise: &self.noise,
            model: options.model,
            window: options.window,
            negatives: options.negatives,
            rate,
            seed: self.seed,
            number: u64::from(self.position.epoch) << 36 | block.index,
        };
        let shards = self.shards.par_iter_mut().enumerate().with_max_len(1);
        shards.for_each(|(n, shard)| shard.run(&task, n));
        let loss: f64 = self.shards.iter().map(|shard| -shard.likelihood.ln()).sum();
        let pairs = self.shards.iter().map(|shard| shard.pairs).sum();
        if !loss.is_finite() {
            return Err(Error::Diverged {
                what: "the loss of the word vectors; a lower rate may help".into(),
            });
        }

        // Pairs in which a use of a row takes part: a word predicted, in about window + 1; a
        // word of the text, as context of as many words, in that many times 1 + negatives.
        let predicted = LEADING * rate * (options.window + 1) as f32;
        let inputs: Vec<&LocalRows> = self.shards.iter().map(|shard| &shard.inputs).collect();
        let outputs: Vec<&LocalRows> = self.shards.iter().map(|shard| &shard.outputs).collect();
        let merges = self
            .inputs
            .merges()
            .into_iter()
            .zip(std::iter::repeat((&inputs, predicted * (1 + options.negatives) as f32)));
        let work: Vec<_> = merges
            .chain(self.outputs.merges().into_iter().zip(std::iter::repeat((&outputs, predicted))))
            .collect();
        work.into_par_iter()
            .with_max_len(1)
            .for_each(|(merge, (shards, damping))| merge.run(shards, damping));
        Ok((loss, pairs))
    }
}
