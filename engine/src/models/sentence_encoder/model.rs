//! An encoder: its sizes, its parameters and their names.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks};
use crate::nn::gradient::Gradient;
use crate::nn::token_pooling::TokenPooling;
use crate::rng;

use super::config::EncoderConfig;
use super::token_table::TokenTable;

/// The name of the token table.
pub(super) const TOKENS: &str = "embeddings.word_embeddings.weight";

/// How the states of tokens become the vector of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The results of these are put side by side.
    pub poolings: Vec<TokenPooling>,
    /// Whether vectors have length one.
    pub normalise: bool,
}

/// An encoder: its sizes and its parameters.
#[derive(Debug, Clone)]
pub struct SentenceEncoder<T> {
    /// The sizes.
    pub config: EncoderConfig,
    /// How the states of tokens become the vector of a text.
    pub output: Output,
    pub(super) plan: Plan,
    /// The token table `(V, D)`. A batch has a gradient for the trained rows of its tokens only.
    pub tokens: TokenTable<T>,
    /// All other parameters; [`blocks`](Self::blocks) names them. A model on top may append its own.
    pub dense: Vec<T>,
}

/// The places of the dense parameters.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) blocks: Arc<Blocks>,
    /// Position and segment embeddings.
    pub(super) tables: Range<usize>,
    /// The normalisation of the embeddings.
    pub(super) norm: Range<usize>,
    /// The relative position bias; empty if there is none.
    pub(super) relative: Range<usize>,
    pub(super) layers: Vec<Range<usize>>,
}

impl Plan {
    pub(super) fn new(config: &EncoderConfig) -> Plan {
        let mut blocks = Blocks::default();
        let tables = blocks.push("embeddings", &config.embedding().tensors(), "");
        let norm = blocks.push("embeddings.LayerNorm", &config.norm().tensors(), "");
        let relative = match config.relative {
            Some(relative) => blocks.push("encoder.relative_attention_bias", &relative.tensors(), ""),
            None => norm.end..norm.end,
        };
        let tensors = config.layer.tensors();
        let layers = (0..config.layers)
            .map(|layer| blocks.push(&format!("encoder.layer.{layer}"), &tensors, ""))
            .collect();
        Plan { blocks: Arc::new(blocks), tables, norm, relative, layers }
    }
}

/// A group of parameters that is frozen or trained as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, for people: "embeddings", "layer 1".
    pub name: String,
    /// Its dense parameters.
    pub dense: Range<usize>,
    /// Whether the token table belongs to it.
    pub tokens: bool,
}

impl<T: Real> SentenceEncoder<T> {
    /// An encoder whose parameters are all zero.
    pub fn zeros(config: EncoderConfig, output: Output) -> SentenceEncoder<T> {
        let plan = Plan::new(&config);
        let tokens =
            TokenTable::all_trained(vec![T::zero(); config.vocabulary * config.width()], config.width());
        let dense = vec![T::zero(); plan.blocks.size()];
        SentenceEncoder { config, output, plan, tokens, dense }
    }

    /// An encoder whose parameters are all random, as BERT's were before their pre-training: weights with a standard
    /// deviation of 0.02, biases zero, normalisations that change nothing. `seed` names the random streams.
    pub fn random(config: EncoderConfig, output: Output, seed: u64) -> SentenceEncoder<T> {
        let mut encoder = SentenceEncoder::zeros(config, output);
        let draw = |name: &str, values: &mut [T]| {
            let mut stream = rng::stream(seed, &format!("initial {name}"), 0);
            values.iter_mut().for_each(|value| *value = T::of(0.02 * rng::normal(&mut stream)));
        };
        draw(TOKENS, &mut encoder.tokens.trained);
        if let Some(padding) = config.padding {
            let start = padding as usize * config.width();
            encoder.tokens.trained[start..start + config.width()].fill(T::zero());
        }
        for block in encoder.plan.blocks.clone().iter() {
            let values = &mut encoder.dense[block.range.clone()];
            match &block.name {
                name if name.ends_with("LayerNorm.weight") => values.fill(T::one()),
                name if name.ends_with("bias") => {}
                name => draw(name, values),
            }
        }
        encoder.tokens = encoder.tokens.into_fixed();
        encoder
    }

    /// The encoder whose tensors `find` reads, the token table among them. None of its token vectors is trained. No memory is
    /// taken for a tensor before `find` has it.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn of_tensors(
        config: EncoderConfig,
        output: Output,
        find: impl Fn(&str, &[usize]) -> Result<Vec<T>>,
    ) -> Result<SentenceEncoder<T>> {
        let plan = Plan::new(&config);
        let tokens = find(TOKENS, &[config.vocabulary, config.width()])?;
        let tokens = TokenTable::all_trained(tokens, config.width()).into_fixed();
        let mut dense = Vec::new();
        for block in plan.blocks.iter() {
            dense.extend(find(&block.name, &block.shape)?);
        }
        Ok(SentenceEncoder { config, output, plan, tokens, dense })
    }

    /// F, the length of the vector of a text.
    pub fn features(&self) -> usize {
        self.output.poolings.len() * self.config.width()
    }

    /// The number of tokens of the longest text, special tokens included.
    pub fn longest(&self) -> usize {
        self.config.embedding().longest()
    }

    /// The dense parameters with their names, as in BERT.
    pub fn blocks(&self) -> &Arc<Blocks> {
        &self.plan.blocks
    }

    /// The token table as a named tensor, for files; its range is that of all values of [`tokens`](Self::tokens).
    pub fn token_block(&self) -> Block {
        let shape = vec![self.config.vocabulary, self.config.width()];
        Block { name: TOKENS.into(), shape, range: 0..self.config.vocabulary * self.config.width() }
    }

    /// The number of all parameters.
    pub fn parameters(&self) -> usize {
        self.config.vocabulary * self.config.width() + self.plan.blocks.size()
    }

    /// The groups of parameters from the bottom up: the embeddings, then each layer.
    pub fn groups(&self) -> Vec<Group> {
        let embeddings = Group {
            name: "embeddings".into(),
            dense: self.plan.tables.start..self.plan.relative.end,
            tokens: true,
        };
        let layers = self.plan.layers.iter().zip(1..);
        let layers = layers.map(|(range, number)| Group {
            name: format!("layer {number}"),
            dense: range.clone(),
            tokens: false,
        });
        std::iter::once(embeddings).chain(layers).collect()
    }

    /// A gradient of zeros.
    pub fn gradient(&self) -> Gradient<T> {
        Gradient::new(self.plan.blocks.clone(), self.tokens.trained_rows(), self.config.width())
    }

    /// Multiplications and additions of the forward pass of one text of `length` tokens. A backward pass through all
    /// layers takes twice as many.
    pub fn operations(&self, length: usize) -> f64 {
        self.config.layers as f64 * self.config.layer.operations(length)
    }
}
