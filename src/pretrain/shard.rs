//! One shard of a block: an eighth of its words, each of which is the centre of a window in turn.
//!
//! A shard works on copies of the rows that it changes, so that shards can run at the same time on any thread and
//! still give the same bits. Each shard has its own random stream.
//!
//! Copying rows, most of them rare noise words, would cost more than all arithmetic. So a shard first draws a pool of
//! noise words from their distribution, with [`POOL`] words for each centre, and each centre draws its noise words
//! from the pool. The noise words of each centre have the same distribution as without a pool, and the quality of the
//! vectors is the same (pWord2Vec shares one draw among a whole window for the same reason).
//!
//! Hierarchical softmax needs no noise words: the targets of a centre are the decisions on the path to its word.

use std::ops::Range;

use crate::kernel::rows::{self, LogProduct};
use crate::rng;

use super::Model;
use super::local::LocalRows;
use super::noise::Noise;
use super::reader::Block;
use super::table::SharedTable;
use super::tree::Ways;

/// Words in the pool for each centre. With one, a noise word recurs five times in a shard, which costs a classifier
/// of averaged vectors on IMDb one percentage point with 100 labels. Four are no better than two.
pub const POOL: usize = 2;

/// The number of shards of a block. The bits depend on it: another number gives other bits for the same seed.
pub const SHARDS: usize = 8;

/// The data that all shards of a block share.
pub struct Task<'a> {
    pub block: &'a Block,
    /// The row of `inputs` at each position of the block.
    pub rows: &'a [u32],
    pub inputs: &'a SharedTable,
    pub outputs: &'a SharedTable,
    pub targets: Targets<'a>,
    pub model: Model,
    pub window: usize,
    pub negatives: usize,
    pub learning_rate: f32,
    pub seed: u64,
    /// A number that is different for each block of each epoch.
    pub number: u64,
}

/// The targets by which a word is predicted.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a> {
    /// The word itself among noise words (negative sampling).
    Noise(&'a Noise),
    /// The decisions on the path to the word (hierarchical softmax).
    Ways(&'a Ways),
}

/// A shard's buffers, kept from block to block.
#[derive(Debug, Default)]
pub struct CorpusShard {
    pub inputs: LocalRows,
    pub outputs: LocalRows,
    /// The likelihood of all true pairs and their noise words.
    pub likelihood: LogProduct,
    /// The number of true pairs.
    pub pairs: u64,
    /// The floating-point operations of all pairs, with their noise words.
    pub flops: u64,
    /// For each centre: the positions of its contexts, which include the centre, and the end of its targets.
    centres: Vec<(Range<u32>, u32)>,
    /// The slots of the targets of all centres, and which of them are true. For each centre: the word itself, then
    /// its noise words; or the decisions on its path.
    targets: Vec<u32>,
    truths: Vec<bool>,
    /// Noise words and their slots.
    pool: Vec<(u32, u32)>,
    /// The slot of the input row for each position that is a context, from the first such position on.
    positions: Vec<u32>,
    contexts: Vec<u32>,
    hidden: Vec<f32>,
    scratch: Vec<f32>,
}

impl CorpusShard {
    /// Trains on the `shard`-th part of the block.
    pub fn run(&mut self, task: &Task, shard: usize) {
        self.likelihood = LogProduct::default();
        self.pairs = 0;
        self.flops = 0;
        let words = task.block.ids.len();
        let own = words * shard / SHARDS..words * (shard + 1) / SHARDS;
        let first = self.plan(task, own.clone(), shard);
        self.inputs.gather(&task.inputs.data, task.inputs.stride);
        self.outputs.gather(&task.outputs.data, task.outputs.stride);
        let mut start = 0;
        for (n, centre) in own.enumerate() {
            let (window, end) = self.centres[n].clone();
            let targets = start..end as usize;
            start = targets.end;
            self.contexts.clear();
            for position in window {
                if position as usize != centre {
                    self.contexts.push(self.positions[position as usize - first]);
                }
            }
            match task.model {
                Model::SkipGram => self.skip_gram(task, targets),
                Model::Cbow => self.cbow(task, targets),
            }
        }
        self.inputs.sort(&task.inputs.ends);
        self.outputs.sort(&task.outputs.ends);
    }

    /// Draws windows and noise words and finds the rows that they need. Returns the first position of the block that
    /// is a context.
    fn plan(&mut self, task: &Task, own: Range<usize>, shard: usize) -> usize {
        let mut rng = rng::stream(task.seed, "windows and noise", task.number * SHARDS as u64 + shard as u64);
        let Block { ids, ends, .. } = task.block;
        self.pool.clear();
        match task.targets {
            Targets::Noise(noise) => {
                let pool = (POOL * own.len()).max(task.negatives);
                self.outputs.clear(own.len() + pool);
                // All words are drawn first: the look-ups are far apart in memory, and so their waiting times
                // overlap.
                self.pool.extend((0..pool).map(|_| (noise.draw(&mut rng), 0)));
                for (word, slot) in &mut self.pool {
                    *slot = self.outputs.slot(*word);
                }
            }
            Targets::Ways(ways) => {
                self.outputs.clear(ids[own.clone()].iter().map(|&id| ways.of(id).0.len()).sum())
            }
        }
        self.centres.clear();
        self.targets.clear();
        self.truths.clear();
        let mut sentence = ends.partition_point(|&end| end as usize <= own.start);
        let mut sentence_start = if sentence == 0 { 0 } else { ends[sentence - 1] };
        for centre in own.clone() {
            while ends[sentence] as usize <= centre {
                sentence_start = ends[sentence];
                sentence += 1;
            }
            let width = 1 + rng::below(&mut rng, task.window) as u32;
            let low = sentence_start.max((centre as u32).saturating_sub(width));
            let high = ends[sentence].min(centre as u32 + width + 1);
            match task.targets {
                Targets::Noise(_) => {
                    self.targets.push(self.outputs.slot(ids[centre]));
                    self.truths.push(true);
                    for _ in 0..task.negatives {
                        let (noise, slot) = self.pool[rng::below(&mut rng, self.pool.len())];
                        if noise != ids[centre] {
                            self.targets.push(slot);
                            self.truths.push(false);
                            self.outputs.use_again(slot);
                        }
                    }
                }
                Targets::Ways(ways) => {
                    let (nodes, right) = ways.of(ids[centre]);
                    self.targets.extend(nodes.iter().map(|&node| self.outputs.slot(node)));
                    self.truths.extend(right);
                }
            }
            self.centres.push((low..high, self.targets.len() as u32));
        }
        let first = self.centres.iter().map(|c| c.0.start).min().unwrap_or(0) as usize;
        let last = self.centres.iter().map(|c| c.0.end).max().unwrap_or(0) as usize;
        self.inputs.clear(last - first);
        self.positions.clear();
        self.positions.extend(task.rows[first..last].iter().map(|&row| self.inputs.slot(row)));
        first
    }

    /// Every context predicts the centre.
    fn skip_gram(&mut self, task: &Task, targets: Range<usize>) {
        self.pairs += self.contexts.len() as u64;
        self.flops += flops(self.contexts.len() * targets.len(), task.inputs.dim);
        let truths = self.truths[targets.clone()].chunks(rows::TARGETS);
        for (targets, truths) in self.targets[targets].chunks(rows::TARGETS).zip(truths) {
            rows::descend(
                &mut self.inputs.data,
                &self.contexts,
                &mut self.outputs.data,
                targets,
                task.inputs.stride,
                mask(truths),
                task.learning_rate,
                &mut self.likelihood,
                &mut self.scratch,
            );
        }
    }

    /// The mean of the contexts predicts the centre. Each context gets the whole change, as in word2vec's program,
    /// not its fraction of it.
    fn cbow(&mut self, task: &Task, targets: Range<usize>) {
        let stride = task.inputs.stride;
        if self.contexts.is_empty() {
            return;
        }
        self.pairs += 1;
        // The sum of the contexts, and the change of each.
        self.flops +=
            flops(targets.len(), task.inputs.dim) + 2 * (self.contexts.len() * task.inputs.dim) as u64;
        self.hidden.clear();
        self.hidden.resize(2 * stride, 0.0);
        let (hidden, mean) = self.hidden.split_at_mut(stride);
        for &slot in &self.contexts {
            let row = &self.inputs.data[slot as usize * stride..][..stride];
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
        }
        let fraction = 1.0 / self.contexts.len() as f32;
        mean.iter_mut().for_each(|mean| *mean *= fraction);
        hidden.copy_from_slice(mean);
        let truths = self.truths[targets.clone()].chunks(rows::TARGETS);
        for (targets, truths) in self.targets[targets].chunks(rows::TARGETS).zip(truths) {
            rows::descend(
                hidden,
                &[0],
                &mut self.outputs.data,
                targets,
                stride,
                mask(truths),
                task.learning_rate,
                &mut self.likelihood,
                &mut self.scratch,
            );
        }
        hidden.iter_mut().zip(mean).for_each(|(hidden, mean)| *hidden -= *mean);
        for &slot in &self.contexts {
            let row = &mut self.inputs.data[slot as usize * stride..][..stride];
            row.iter_mut().zip(&*hidden).for_each(|(x, change)| *x += change);
        }
    }
}

/// The floating-point operations of `pairs` pairs of vectors, true and noise: a dot product, and the change of both
/// vectors.
fn flops(pairs: usize, dim: usize) -> u64 {
    6 * (pairs * dim) as u64
}

/// The truths as bits; the first is the lowest bit.
fn mask(truths: &[bool]) -> u32 {
    truths.iter().rev().fold(0, |mask, &truth| mask << 1 | u32::from(truth))
}
