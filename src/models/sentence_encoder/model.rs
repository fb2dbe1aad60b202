//! An encoder: its sizes, its parameters and their names.

use std::ops::Range;
use std::sync::Arc;

use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks};
use crate::nn::gradient::Gradient;
use crate::nn::token_pooling::TokenPooling;

use super::config::EncoderConfig;

/// The name of the token table.
pub(super) const TOKENS: &str = "embeddings.word_embeddings.weight";

/// How the states of tokens become the vector of a text.
#[derive(Debug, Clone, PartialEq)]
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
    /// The token table `(V, D)`. A batch has a gradient for the rows of its tokens only.
    pub tokens: Vec<T>,
    /// All other parameters; [`blocks`](Self::blocks) names them.
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
        let tokens = vec![T::zero(); config.vocabulary * config.width()];
        let dense = vec![T::zero(); plan.blocks.size()];
        SentenceEncoder { config, output, plan, tokens, dense }
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

    /// The token table as a named tensor, for files; its range is that of [`tokens`](Self::tokens).
    pub fn token_block(&self) -> Block {
        let shape = vec![self.config.vocabulary, self.config.width()];
        Block { name: TOKENS.into(), shape, range: 0..self.tokens.len() }
    }

    /// The number of all parameters.
    pub fn parameters(&self) -> usize {
        self.tokens.len() + self.dense.len()
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
        Gradient::new(self.plan.blocks.clone(), self.config.vocabulary, self.config.width())
    }

    /// Multiplications and additions of the forward pass of one text of `length` tokens. A backward pass through all
    /// layers takes twice as many.
    pub fn operations(&self, length: usize) -> f64 {
        self.config.layers as f64 * self.config.layer.operations(length)
    }
}
