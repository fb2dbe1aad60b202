//! The training part of [`Pretraining`](super::Pretraining): block after block, epoch after epoch.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::rng;
use crate::session::pretraining::Loss;
use crate::text::vocabulary::Vocabulary;

use super::corpus::Corpus;
use super::groups::Groups;
use super::local::LocalRows;
use super::noise::Noise;
use super::options::{self, Options};
use super::parts::{Composer, Parts};
use super::phrases::Phrases;
use super::progress::{Doing, Position, Progress};
use super::reader::{self, Block, Plan};
use super::shard::{CorpusShard, POOL, SHARDS, Steps, Targets, Task};
use super::table::{Merging, SharedTable};
use super::tree::Ways;

/// The number of words in a block; a shard is an eighth of them. A longer corpus has larger blocks. A shard does not
/// see what the other shards of its block learn. That matters if a few thousand words occur again and again: on 2
/// million words of reviews, blocks of 4,096 words cost a classifier of averaged vectors 3.5 percentage points with
/// 50 labels, compared with blocks of 256.
fn block_words(vocabulary: &Vocabulary) -> usize {
    const BLOCKS: u64 = 8_192;
    (vocabulary.tokens() / BLOCKS).clamp(256, 4_096) as usize / 8 * 8
}

/// The learning rate falls to this fraction of its initial value.
const LEAST: f64 = 1e-4;

/// λ for a use of a row in one true or false pair at a learning rate of 1; see [`super::table`]. A tenth of it gains
/// 0.01 to 0.02 on WordSim-353, and costs a classifier of averaged vectors on IMDb one percentage point.
const LEADING: f32 = 1.0;

/// The state of the training: the tables, and the position in the corpus.
pub struct VectorTraining {
    pub vocabulary: Arc<Vocabulary>,
    /// The vectors of words as contexts, which are the result. With subwords, those of the words of the last block.
    inputs: SharedTable,
    composer: Option<Composer>,
    /// The learning rates, if training began with published vectors.
    groups: Option<Groups>,
    /// The vectors of words as prediction targets.
    pub outputs: SharedTable,
    /// `factor` is not kept here.
    pub position: Position,
    noise: Noise,
    /// For hierarchical softmax.
    ways: Option<Ways>,
    plan: Plan,
    blocks: Option<Receiver<Result<Block>>>,
    shards: Vec<CorpusShard>,
    seed: u64,
}

impl VectorTraining {
    /// The initial state: published vectors; or words uniform in ±1/2 / dim, as in word2vec, n-grams in ±1 / dim, as
    /// in fastText. The outputs are zero.
    pub fn new(
        corpus: Arc<dyn Corpus>,
        options: &Options,
        seed: u64,
        vocabulary: Vocabulary,
        phrases: Arc<Phrases>,
    ) -> Result<Self> {
        let mut training = Self::empty(corpus, options, seed, vocabulary, phrases);
        if let Some(start) = &options.start {
            let words = training.vocabulary.clone();
            match &mut training.composer {
                Some(Composer { parts, rows, .. }) => start.fill(&words, Some(parts), rows),
                None => start.fill(&words, None, &mut training.inputs),
            }
            training.begin(0)?;
            return Ok(training);
        }
        let width = if training.composer.is_some() { 2.0 } else { 1.0 };
        let SharedTable { data, dim, stride, .. } = training.learned();
        const ROWS: usize = 1024;
        data.par_chunks_mut(ROWS * *stride).enumerate().for_each(|(n, rows)| {
            let mut rng = rng::stream(seed, "first vectors", n as u64);
            for row in rows.chunks_mut(*stride) {
                row[..*dim].fill_with(|| width * (rng::unit(&mut rng) - 0.5) / *dim as f32);
            }
        });
        training.begin(0)?;
        Ok(training)
    }

    /// Continues from `position`. The caller has checked the shapes.
    pub fn restore(
        corpus: Arc<dyn Corpus>,
        options: &Options,
        seed: u64,
        (vocabulary, phrases): (Vocabulary, Phrases),
        position: Position,
        inputs: ArrayView2<f32>,
        outputs: ArrayView2<f32>,
    ) -> Result<Self> {
        let mut training = Self::empty(corpus, options, seed, vocabulary, Arc::new(phrases));
        let learned = match &mut training.composer {
            Some(composer) => &mut composer.rows,
            None => &mut training.inputs,
        };
        if learned.view().dim() != inputs.dim() {
            return Err(Error::request(
                format!(
                    "the checkpoint has a table of {:?} numbers where {:?} are expected",
                    inputs.dim(),
                    learned.view().dim()
                ),
                "it belongs to another recipe; start anew",
            ));
        }
        for (table, saved) in [(learned, inputs), (&mut training.outputs, outputs)] {
            for (row, saved) in table.data.chunks_mut(table.stride).zip(saved.rows()) {
                row.iter_mut().zip(saved).for_each(|(x, saved)| *x = *saved);
            }
        }
        training.position = position;
        if training.finished(options) {
            training.make_all();
        } else {
            training.begin(position.block)?;
        }
        Ok(training)
    }

    fn empty(
        corpus: Arc<dyn Corpus>,
        options: &Options,
        seed: u64,
        vocabulary: Vocabulary,
        phrases: Arc<Phrases>,
    ) -> Self {
        let vocabulary = Arc::new(vocabulary);
        // The approximate probability that a block touches a row. A word is touched for itself or as a noise word, an
        // n-gram for all words that contain it, a decision for all words below it.
        let words = block_words(&vocabulary);
        let chances = |draws: f64, fractions: &[f64], total: f64| -> Vec<f64> {
            fractions.iter().map(|fraction| 1.0 - (-draws * fraction / total).exp()).collect()
        };
        // Words that only a file of vectors has are neither drawn nor predicted, so they have no outputs.
        let (words_seen, counts) = (vocabulary.seen(), &vocabulary.counts()[..vocabulary.seen()]);
        let fractions: Vec<f64> = counts.iter().map(|&c| (c as f64).powf(0.75)).collect();
        let mut drawn = chances(((1 + POOL) * words) as f64, &fractions, fractions.iter().sum());
        let real = |counts: &[u64]| counts.iter().map(|&count| count as f64).collect::<Vec<_>>();
        let ways = (options.loss == Loss::HierarchicalSoftmax).then(|| Ways::new(counts));
        let outputs = match &ways {
            Some(ways) => {
                let mut passed = chances(words as f64, &real(ways.passes()), vocabulary.total() as f64);
                passed.resize(words_seen, 0.0);
                SharedTable::new(words_seen, options.dim, &passed)
            }
            None => SharedTable::new(words_seen, options.dim, &drawn),
        };
        drawn.resize(vocabulary.len(), 0.0);
        let composer = options.subwords.map(|subwords| {
            let parts = Parts::new(&vocabulary, &options::ngrams(subwords));
            let uses =
                chances(words as f64, &real(&parts.uses(vocabulary.counts())), vocabulary.total() as f64);
            let rows = SharedTable::new(parts.rows(), options.dim, &uses);
            Composer::new(parts, rows)
        });
        let inputs = match &composer {
            Some(_) => SharedTable::new(0, options.dim, &[]),
            None => SharedTable::new(vocabulary.len(), options.dim, &drawn),
        };
        let groups = options.start.as_ref().map(|start| match &composer {
            Some(composer) => Groups::new(start, &vocabulary, Some(&composer.parts), &composer.rows),
            None => Groups::new(start, &vocabulary, None, &inputs),
        });
        let keep = Arc::new(reader::keep(&vocabulary, options.sample));
        VectorTraining {
            inputs,
            composer,
            groups,
            outputs,
            position: Position { flops: Some(0), ..Position::default() },
            noise: Noise::new(counts),
            ways,
            plan: Plan {
                corpus,
                tokens: options.tokens,
                phrases,
                vocabulary: vocabulary.clone(),
                keep,
                words,
                seed,
                kept: Arc::default(),
            },
            blocks: None,
            shards: (0..SHARDS).map(|_| CorpusShard::default()).collect(),
            vocabulary,
            seed,
        }
    }

    /// The table of trained parameters: the rows of words, or of words and n-grams.
    fn learned(&mut self) -> &mut SharedTable {
        match &mut self.composer {
            Some(composer) => &mut composer.rows,
            None => &mut self.inputs,
        }
    }

    /// The same as a view: `(words, dim)`, or `(words and n-grams, dim)`.
    pub fn rows(&self) -> ArrayView2<'_, f32> {
        self.composer.as_ref().map_or(&self.inputs, |composer| &composer.rows).view()
    }

    /// The vectors of all words `(words, dim)`. With subwords, a vector is as it was in the last block with the word
    /// or at the last [`Self::make_all`].
    pub fn vectors(&self) -> ArrayView2<'_, f32> {
        match &self.composer {
            Some(Composer { seen, rows, .. }) => rows.like(seen),
            None => self.inputs.view(),
        }
    }

    /// The phrases.
    pub fn phrases(&self) -> &Arc<Phrases> {
        &self.plan.phrases
    }

    /// Computes the vectors of all words from their rows, if there are subwords.
    pub fn make_all(&mut self) {
        self.composer.iter_mut().for_each(Composer::make_all);
    }

    fn begin(&mut self, skip: u64) -> Result<()> {
        self.make_all();
        self.read(skip)
    }

    fn read(&mut self, skip: u64) -> Result<()> {
        self.blocks = Some(reader::start(self.plan.clone(), self.position.epoch, skip)?);
        Ok(())
    }

    /// Whether all epochs are done.
    pub fn finished(&self, options: &Options) -> bool {
        self.position.epoch as usize >= options.epochs(self.vocabulary.tokens())
    }

    /// Remarks for the user about the vocabulary.
    pub fn remarks(&self) -> Vec<String> {
        let left_out = self.vocabulary.tokens().saturating_sub(self.vocabulary.total());
        let fraction = left_out as f64 / self.vocabulary.tokens().max(1) as f64;
        if fraction < 0.1 {
            return Vec::new();
        }
        vec![format!("{:.0} % of the corpus are words too rare to be learned", 100.0 * fraction)]
    }

    /// Whether only the output weights learn now: a file of vectors has none, so they start from zero.
    pub fn outputs_first(&self, options: &Options) -> bool {
        let fraction = options.start.as_ref().map_or(0.0, |start| f64::from(start.asked.outputs_first));
        (self.position.tokens as f64) < fraction * self.vocabulary.tokens() as f64
    }

    /// The total number of tokens over all epochs.
    fn of(&self, options: &Options) -> u64 {
        let tokens = self.vocabulary.tokens();
        tokens * options.epochs(tokens) as u64
    }

    /// The current learning rate without any factor. It falls linearly.
    pub fn learning_rate(&self, options: &Options) -> f32 {
        let fraction = (1.0 - self.position.tokens as f64 / (self.of(options) + 1) as f64).max(LEAST);
        (f64::from(options.learning_rate) * fraction) as f32
    }

    /// Trains on one block with this learning rate, if a block has arrived.
    pub fn step(&mut self, options: &Options, learning_rate: f32) -> Result<Progress> {
        let of = self.of(options);
        let tokens = self.position.tokens;
        let mut progress =
            Progress { doing: Doing::Training, tokens, of, loss: 0.0, pairs: 0, learning_rate };
        let Some(blocks) = &self.blocks else {
            return Ok(Progress { doing: Doing::Finished, ..progress });
        };
        match blocks.recv_timeout(Duration::from_millis(10)) {
            Ok(block) => {
                let block = block?;
                (progress.loss, progress.pairs) = self.train(options, &block, learning_rate)?;
                self.position.block = block.index + 1;
                self.position.tokens += block.tokens;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                self.blocks = None;
                self.position.epoch += 1;
                self.position.block = 0;
                if self.finished(options) {
                    self.make_all();
                    progress.doing = Doing::Finished;
                } else {
                    self.read(0)?;
                }
            }
        }
        progress.tokens = self.position.tokens;
        Ok(progress)
    }

    /// Trains on `block`. Returns the sum of the losses and the number of true pairs.
    fn train(&mut self, options: &Options, block: &Block, learning_rate: f32) -> Result<(f64, u64)> {
        if block.ids.is_empty() {
            return Ok((0.0, 0));
        }
        if let Some(composer) = &mut self.composer {
            composer.compose(&block.ids, &mut self.inputs);
        }
        let rows = self.composer.as_ref().map_or(&block.ids[..], Composer::positions);
        let fixed = self.outputs_first(options);
        if let (Some(groups), Some(composer)) = (&mut self.groups, &self.composer) {
            groups.enter(composer.words());
        }
        let steps = match &self.groups {
            None => Steps::Alike,
            Some(groups) if fixed => Steps::Fixed { scale: groups.scale },
            Some(groups) => Steps::Each { rates: groups.of_inputs(), scale: groups.scale },
        };
        let targets = self.ways.as_ref().map_or(Targets::Noise(&self.noise), Targets::Ways);
        let task = Task {
            block,
            rows,
            inputs: &self.inputs,
            outputs: &self.outputs,
            targets,
            model: options.model,
            window: options.window,
            negatives: options.negatives,
            learning_rate,
            steps,
            seed: self.seed,
            number: u64::from(self.position.epoch) << 36 | block.index,
        };
        let shards = self.shards.par_iter_mut().enumerate().with_max_len(1);
        shards.for_each(|(n, shard)| shard.run(&task, n));
        let loss: f64 = self.shards.iter().map(|shard| -shard.likelihood.ln()).sum();
        let pairs = self.shards.iter().map(|shard| shard.pairs).sum();
        let flops: u64 = self.shards.iter().map(|shard| shard.flops).sum();
        self.position.flops = self.position.flops.map(|before| before + flops);
        if !loss.is_finite() {
            return Err(Error::Diverged {
                what: "the loss of the word vectors; a lower learning rate may help".into(),
            });
        }

        // The number of pairs in one use of a row: a predicted word takes part in about window + 1 pairs. A context
        // word takes part in as many, each with 1 + negatives targets.
        let predicted = LEADING * learning_rate * (options.window + 1) as f32;
        let context = match self.ways {
            Some(_) => predicted * (self.vocabulary.len() as f32).log2(),
            None => predicted * (1 + options.negatives) as f32,
        };
        let inputs: Vec<&LocalRows> = self.shards.iter().map(|shard| &shard.inputs).collect();
        let outputs: Vec<&LocalRows> = self.shards.iter().map(|shard| &shard.outputs).collect();
        let of_rows =
            self.groups.as_ref().map_or(Merging::alike(context), |groups| groups.merging(context, predicted));
        let of_inputs = match (&self.groups, &self.composer) {
            (Some(groups), Some(_)) => groups.merging_composed(context),
            _ => of_rows,
        };
        let of_outputs = Merging::alike(predicted);
        let merges = if fixed { Vec::new() } else { self.inputs.merges() };
        let merges = merges.into_iter().zip(std::iter::repeat((&inputs, &of_inputs)));
        let work: Vec<_> = merges
            .chain(self.outputs.merges().into_iter().zip(std::iter::repeat((&outputs, &of_outputs))))
            .collect();
        work.into_par_iter().with_max_len(1).for_each(|(merge, (shards, how))| merge.run(shards, how));
        if let Some(composer) = self.composer.as_mut().filter(|_| !fixed) {
            composer.hand_on(&self.inputs, &of_rows, self.groups.as_ref().map(Groups::of_inputs));
        }
        Ok((loss, pairs))
    }
}
