//! The thread that reads ahead: text to tokens, to word ids, subsampled, in blocks.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Receiver, bounded};
use rand::Rng;

use crate::error::Result;
use crate::session::text_transfer::Tokens;
use crate::text::tokenise::for_each_token;
use crate::text::vocabulary::Vocabulary;
use crate::{fault, rng};

use super::corpus::Corpus;
use super::phrases::{Joiner, Phrases};

/// The maximum number of words in a sentence. Longer sentences are cut, as in word2vec.
pub const SENTENCE: usize = 1_000;

/// A corpus of at most this many tokens and sentences is read as text once and then kept in memory as word ids, in 32
/// MB.
const KEPT: usize = 8 << 20;
/// Marks the end of a sentence among these ids,
const SENTENCE_ENDS: u32 = u32::MAX;
/// and a word that is not in the vocabulary.
const UNKNOWN: u32 = u32::MAX - 1;

/// Whole sentences, together about [`Plan::words`] words.
#[derive(Debug, Default)]
pub struct Block {
    /// The index of the block in its epoch.
    pub index: u64,
    /// The number of tokens of the corpus that the block covers, including dropped ones.
    pub tokens: u64,
    /// The ids of the words that are kept.
    pub ids: Vec<u32>,
    /// The end of each sentence in `ids`.
    pub ends: Vec<u32>,
}

/// The parameters of the reader.
#[derive(Clone)]
pub struct Plan {
    pub corpus: Arc<dyn Corpus>,
    /// How the corpus is split into tokens.
    pub tokens: Tokens,
    pub phrases: Arc<Phrases>,
    pub vocabulary: Arc<Vocabulary>,
    /// For each word the probability that an occurrence is kept, as a fraction of 2^32.
    pub keep: Arc<Vec<u32>>,
    /// A block ends with the sentence in which it reaches this many words.
    pub words: usize,
    pub seed: u64,
    /// The corpus as word ids, once it was read to its end and is short enough.
    pub kept: Arc<OnceLock<Vec<u32>>>,
}

/// For each word the probability that an occurrence is kept, as a fraction of 2^32: `√(t/f) + t/f` for a word whose
/// fraction of the text is `f`, with `t = sample`. This is the formula of word2vec's program, which differs from the
/// paper's. If `sample` is 0, all occurrences are kept. Words with a count of 0 are never kept.
pub fn keep(vocabulary: &Vocabulary, sample: f64) -> Vec<u32> {
    let threshold = sample * vocabulary.total() as f64;
    let chance = |&count: &u64| {
        if count == 0 {
            return 0.0;
        }
        let ratio = threshold / count as f64;
        if sample == 0.0 { 1.0 } else { ratio.sqrt() + ratio }
    };
    vocabulary.counts().iter().map(|count| (chance(count) * 4_294_967_296.0) as u32).collect()
}

/// Starts reading the corpus for `epoch`; the first `skip` blocks are read but not sent. The stream ends after an
/// error or at the end of the corpus.
pub fn start(plan: Plan, epoch: u32, skip: u64) -> Result<Receiver<Result<Block>>> {
    let (sender, receiver) = bounded(8);
    let broken = sender.clone();
    let work = move || {
        let mut builder = Builder::new(&plan, epoch);
        let mut gone = false;
        let mut send = |block: Block| {
            gone |= block.index >= skip && sender.send(Ok(block)).is_err();
            gone
        };
        if let Some(numbers) = plan.kept.get() {
            let mut numbers = numbers.iter();
            let broken = numbers.any(|&number| match number {
                SENTENCE_ENDS => builder.end_sentence(&mut send),
                UNKNOWN => builder.add(None, &mut send),
                id => builder.add(Some(id as usize), &mut send),
            });
            if !broken {
                builder.end(&mut send);
            }
            return;
        }
        let take = |word: &str,
                    keep: &mut dyn FnMut(u32),
                    builder: &mut Builder,
                    send: &mut dyn FnMut(Block) -> bool| {
            let id = plan.vocabulary.id(word);
            keep(id.map_or(UNKNOWN, |id| id as u32));
            builder.add(id, &mut |block| send(block))
        };
        // Dropped as soon as there are too many ids.
        let mut numbers = Some(Vec::new());
        let mut keep = |number: u32| match &mut numbers {
            Some(list) if list.len() < KEPT => list.push(number),
            _ => numbers = None,
        };
        let mut joiner = Joiner::new(plan.phrases.clone());
        let mut broken = false;
        let outcome = plan.corpus.read(&mut |text| {
            for (n, line) in text.split('\n').enumerate() {
                if n > 0 {
                    joiner.end(&mut |word| broken |= take(word, &mut keep, &mut builder, &mut send));
                    keep(SENTENCE_ENDS);
                    broken |= builder.end_sentence(&mut send);
                }
                for_each_token(plan.tokens, line, |token| {
                    joiner.add(token, &mut |word| broken |= take(word, &mut keep, &mut builder, &mut send));
                });
            }
            if broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        joiner.end(&mut |word| broken |= take(word, &mut keep, &mut builder, &mut send));
        match outcome {
            Ok(()) => {
                builder.end(&mut send);
                if !gone && let Some(numbers) = numbers {
                    // Set at most once, because only one epoch is read at a time.
                    let _ = plan.kept.set(numbers);
                }
            }
            // If the receiver is gone, nobody needs the error.
            Err(error) => drop(sender.send(Err(error))),
        }
    };
    // If the thread fails, the corpus must not look as if it had ended.
    fault::spawn("corpus", move || {
        if let Err(error) = fault::contained("reading the corpus", || {
            work();
            Ok(())
        }) {
            drop(broken.send(Err(error)));
        }
    })?;
    Ok(receiver)
}

/// Collects words into sentences, and sentences into blocks.
struct Builder<'a> {
    plan: &'a Plan,
    rng: rng::Stream,
    block: Block,
    sentence_start: usize,
}

impl<'a> Builder<'a> {
    fn new(plan: &'a Plan, epoch: u32) -> Self {
        let rng = rng::stream(plan.seed, "subsampling", u64::from(epoch));
        Builder { plan, rng, block: Block::default(), sentence_start: 0 }
    }

    #[inline]
    fn add(&mut self, id: Option<usize>, send: &mut impl FnMut(Block) -> bool) -> bool {
        self.block.tokens += 1;
        if let Some(id) = id {
            let chance = self.plan.keep[id];
            if chance == u32::MAX || self.rng.next_u32() < chance {
                self.block.ids.push(id as u32);
            }
        }
        let whole = self.block.ids.len() - self.sentence_start >= SENTENCE;
        // If hardly any word is kept, the block must not cover more and more text.
        let sparse = self.block.tokens >= 16 * self.plan.words as u64;
        if whole || sparse { self.end_sentence(send) } else { false }
    }

    fn end_sentence(&mut self, send: &mut impl FnMut(Block) -> bool) -> bool {
        // A single word has no context.
        if self.block.ids.len() - self.sentence_start < 2 {
            self.block.ids.truncate(self.sentence_start);
        } else {
            self.block.ends.push(self.block.ids.len() as u32);
            self.sentence_start = self.block.ids.len();
        }
        let full = self.block.ids.len() >= self.plan.words;
        if full || self.block.tokens >= 16 * self.plan.words as u64 { self.end_block(send) } else { false }
    }

    fn end_block(&mut self, send: &mut impl FnMut(Block) -> bool) -> bool {
        self.sentence_start = 0;
        let next = Block { index: self.block.index + 1, ..Block::default() };
        send(std::mem::replace(&mut self.block, next))
    }

    fn end(&mut self, send: &mut impl FnMut(Block) -> bool) {
        if !self.end_sentence(send) && self.block.tokens > 0 {
            self.end_block(send);
        }
    }
}
