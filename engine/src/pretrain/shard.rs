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
    pub steps: Steps<'a>,
    pub seed: u64,
    /// A number that is different for each block of each epoch.
    pub number: u64,
}

/// How far the rows of `inputs` move, compared with those of `outputs`.
#[derive(Debug, Clone, Copy)]
pub enum Steps<'a> {
    /// As far: one learning rate for all.
    Alike,
    /// Not at all. The step takes place on vectors multiplied by `scale`.
    Fixed { scale: f32 },
    /// Each at its own rate. The step takes place on vectors multiplied by `scale`, and its change is divided by it.
    Each { rates: &'a [f32], scale: f32 },
}

impl Steps<'_> {
    #[inline]
    fn of(self, row: usize) -> f32 {
        match self {
            Steps::Alike => 1.0,
            Steps::Fixed { .. } => 0.0,
            Steps::Each { rates, scale } => rates[row] / scale,
        }
    }

    /// The factor of the vectors in a step.
    fn scale(self) -> f32 {
        match self {
            Steps::Alike => 1.0,
            Steps::Fixed { scale } | Steps::Each { scale, .. } => scale,
        }
    }
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
    /// The numbers of the copies of contexts in `hidden`.
    copies: Vec<u32>,
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
            match (task.model, task.steps) {
                (Model::SkipGram, Steps::Alike) => self.skip_gram(task, targets),
                (Model::SkipGram, _) => self.skip_gram_apart(task, targets),
                (Model::Cbow, _) => self.cbow(task, targets),
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

    /// The same with a rate for each context. The contexts take their step as copies, and each then moves by its
    /// fraction of it.
    fn skip_gram_apart(&mut self, task: &Task, targets: Range<usize>) {
        let stride = task.inputs.stride;
        self.pairs += self.contexts.len() as u64;
        self.flops += flops(self.contexts.len() * targets.len(), task.inputs.dim);
        self.copies.clear();
        self.copies.extend(0..self.contexts.len() as u32);
        let (size, scale) = (self.contexts.len() * stride, task.steps.scale());
        let truths = self.truths[targets.clone()].chunks(rows::TARGETS);
        for (targets, truths) in self.targets[targets].chunks(rows::TARGETS).zip(truths) {
            self.hidden.clear();
            for &slot in &self.contexts {
                self.hidden.extend(self.inputs.copy(slot, stride).iter().map(|x| scale * x));
            }
            self.hidden.extend_from_within(..size);
            let (stepped, before) = self.hidden.split_at_mut(size);
            rows::descend(
                stepped,
                &self.copies,
                &mut self.outputs.data,
                targets,
                stride,
                mask(truths),
                task.learning_rate,
                &mut self.likelihood,
                &mut self.scratch,
            );
            let steps = stepped.chunks(stride).zip(before.chunks(stride));
            for (&slot, (after, before)) in self.contexts.iter().zip(steps) {
                let rate = task.steps.of(self.inputs.row(slot));
                if rate != 0.0 {
                    let row = &mut self.inputs.data[slot as usize * stride..][..stride];
                    let change = after.iter().zip(before);
                    row.iter_mut().zip(change).for_each(|(x, (after, before))| *x += rate * (after - before));
                }
            }
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
        let fraction = task.steps.scale() / self.contexts.len() as f32;
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
            let rate = task.steps.of(self.inputs.row(slot));
            if rate != 0.0 {
                let row = &mut self.inputs.data[slot as usize * stride..][..stride];
                row.iter_mut().zip(&*hidden).for_each(|(x, change)| *x += rate * change);
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    const DIM: usize = 20;
    const WORDS: usize = 12;

    fn table(rng: &mut Stream) -> SharedTable {
        let mut table = SharedTable::new(WORDS, DIM, &[1.0; WORDS]);
        let stride = table.stride;
        for row in table.data.chunks_mut(stride) {
            row[..DIM].fill_with(|| rng::unit(rng) - 0.5);
        }
        table
    }

    /// The steps of a shard in f64, from what it has planned.
    fn reference(shard: &CorpusShard, task: &Task, first: usize) -> [Vec<f64>; 2] {
        let stride = task.inputs.stride;
        let copied = |local: &LocalRows, table: &SharedTable, n: usize| -> Vec<f64> {
            let row = |slot| &table.data[local.row(slot as u32) * stride..][..stride];
            (0..n).flat_map(row).map(|&x| f64::from(x)).collect()
        };
        let [ins, outs] = [&shard.inputs, &shard.outputs].map(|local| local.data.len() / stride);
        let mut inputs = copied(&shard.inputs, task.inputs, ins);
        let mut outputs = copied(&shard.outputs, task.outputs, outs);
        let rate = f64::from(task.learning_rate);
        let mut start = 0;
        for (centre, (window, end)) in shard.centres.iter().enumerate() {
            let targets = start..*end as usize;
            start = targets.end;
            let contexts: Vec<usize> = (window.clone())
                .filter(|&position| position as usize != centre)
                .map(|position| shard.positions[position as usize - first] as usize)
                .collect();
            let slots: Vec<usize> =
                shard.targets[targets.clone()].iter().map(|&slot| slot as usize).collect();
            if contexts.is_empty() {
                continue;
            }
            // CBOW predicts from the mean of the contexts, and each context takes the whole change of the mean.
            let mean = |k: usize| {
                contexts.iter().map(|c| inputs[c * stride + k]).sum::<f64>() / contexts.len() as f64
            };
            let scale = f64::from(task.steps.scale());
            let mut mean: Vec<f64> = (0..stride).map(|k| scale * mean(k)).collect();
            for (slots, truths) in slots.chunks(6).zip(shard.truths[targets].chunks(6)) {
                let scaled = |x: &f64| scale * x;
                let old_in: Vec<f64> = inputs.iter().map(scaled).collect();
                let (old_out, old_mean) = (outputs.clone(), mean.clone());
                let hidden: Vec<(&[f64], &[usize])> = match task.model {
                    Model::SkipGram => {
                        contexts.chunks(1).map(|c| (&old_in[c[0] * stride..][..stride], c)).collect()
                    }
                    Model::Cbow => vec![(&old_mean[..], &contexts[..])],
                };
                for (hidden, movers) in hidden {
                    for (&slot, &truth) in slots.iter().zip(truths) {
                        let out = &old_out[slot * stride..][..stride];
                        let dot: f64 = hidden.iter().zip(out).map(|(a, b)| a * b).sum();
                        let gradient = rate * (f64::from(u8::from(truth)) - 1.0 / (1.0 + (-dot).exp()));
                        for k in 0..stride {
                            outputs[slot * stride + k] += gradient * hidden[k];
                            mean[k] += gradient * out[k];
                            for &mover in movers {
                                let own = f64::from(task.steps.of(shard.inputs.row(mover as u32)));
                                inputs[mover * stride + k] += own * gradient * out[k];
                            }
                        }
                    }
                }
            }
        }
        [inputs, outputs]
    }

    #[test]
    fn steps_are_those_of_the_formulas_at_each_groups_rate() {
        let mut rng = rng::stream(3, "shard", 0);
        let (inputs, outputs) = (table(&mut rng), table(&mut rng));
        let noise = Noise::new(&[1; WORDS]);
        // No word recurs within a window: a row that does is read again after its first change.
        let ids: Vec<u32> = (0..40).map(|i| i * 5 % WORDS as u32).collect();
        let block = Block { ids: ids.clone(), ends: vec![17, 40], tokens: 40, index: 0 };
        let rates: Vec<f32> = (0..WORDS).map(|word| [0.0, 0.5, 1.0, 2.0][word % 4]).collect();
        for model in [Model::SkipGram, Model::Cbow] {
            for steps in
                [Steps::Alike, Steps::Fixed { scale: 0.5 }, Steps::Each { rates: &rates, scale: 0.25 }]
            {
                let task = Task {
                    block: &block,
                    rows: &ids,
                    inputs: &inputs,
                    outputs: &outputs,
                    targets: Targets::Noise(&noise),
                    model,
                    window: 3,
                    // Seven targets are two calls of the kernel.
                    negatives: 7,
                    learning_rate: 0.05,
                    steps,
                    seed: 5,
                    number: 0,
                };
                let mut shard = CorpusShard::default();
                let own = 0..ids.len() / SHARDS;
                shard.run(&task, 0);
                let first = shard.centres.iter().map(|centre| centre.0.start).min().unwrap() as usize;
                assert_eq!((shard.centres.len(), first), (own.len(), 0));
                let expected = reference(&shard, &task, first);
                for (found, expected) in [&shard.inputs, &shard.outputs].into_iter().zip(&expected) {
                    for (x, y) in found.data.iter().zip(expected) {
                        assert!((f64::from(*x) - y).abs() < 5e-6, "{model:?} {steps:?}: {x} {y}");
                    }
                }
            }
        }
    }
}
