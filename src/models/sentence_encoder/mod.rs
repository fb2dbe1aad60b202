//! Sentence encoders: BERT, DistilBERT, RoBERTa, XLM-RoBERTa and MPNet, as they are published with a tokeniser and, for
//! sentence-transformers, with a pooling.
//!
//! ```no_run
//! use std::path::Path;
//! use warmstart::models::sentence_encoder::{PublishedEncoder, Tape};
//!
//! # fn main() -> warmstart::error::Result<()> {
//! let encoder = PublishedEncoder::read(Path::new("all-MiniLM-L6-v2"))?;
//! let ids = encoder.ids("The soup was warm.")?;
//! let mut vector = vec![0.0; encoder.model.features()];
//! encoder.model.encode(&[&ids], &mut Tape::default(), &mut vector);
//! # Ok(())
//! # }
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `pipeline` | `modules.json`, pooling, normalisation, longest text |
//! | `config`, `family` | the sizes in `config.json`; how each family calls its tensors |
//! | `weights` | safetensors files, checked against the sizes |
//! | `network` | forward and backward pass |
//!
//! Absent on purpose: dropout within the layers, and the pooler that was trained with BERT's next-sentence task, which
//! sentence encoders do not use.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result};
use crate::kernel::Real;
use crate::nn::blocks::{Block, Blocks};
use crate::nn::gradient::Gradient;
use crate::nn::token_pooling::TokenPooling;
use crate::text::subword_tokeniser::SubwordTokeniser;

pub mod config;
pub mod family;
mod json;
mod network;
mod pipeline;
#[cfg(test)]
mod tests;
mod weights;

pub use network::Tape;

use config::EncoderConfig;
use pipeline::Pipeline;
use weights::TensorFiles;

/// The name of the token table.
const TOKENS: &str = "embeddings.word_embeddings.weight";

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
    plan: Plan,
    /// The token table `(V, D)`. A batch has a gradient for the rows of its tokens only.
    pub tokens: Vec<T>,
    /// All other parameters; [`blocks`](Self::blocks) names them.
    pub dense: Vec<T>,
}

/// The places of the dense parameters.
#[derive(Debug, Clone)]
struct Plan {
    blocks: Arc<Blocks>,
    /// Position and segment embeddings.
    tables: Range<usize>,
    /// The normalisation of the embeddings.
    norm: Range<usize>,
    /// The relative position bias; empty if there is none.
    relative: Range<usize>,
    layers: Vec<Range<usize>>,
}

impl Plan {
    fn new(config: &EncoderConfig) -> Plan {
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

/// An encoder with its tokeniser, as it was published.
#[derive(Debug, Clone)]
pub struct PublishedEncoder {
    /// The encoder.
    pub model: SentenceEncoder<f32>,
    /// Its tokeniser, which cuts texts at the longest that the folder allows.
    pub tokeniser: SubwordTokeniser,
    /// The number of tokens at which texts are cut.
    pub longest: usize,
    /// Whether texts are lower-cased before they reach the tokeniser.
    pub lower_case: bool,
}

impl PublishedEncoder {
    /// Reads a published folder: `config.json`, `tokenizer.json`, `model.safetensors` or its parts, and if present
    /// `modules.json` with the folders that it names.
    ///
    /// # Errors
    /// If a file is missing or damaged, or the encoder is of another family.
    pub fn read(folder: &Path) -> Result<PublishedEncoder> {
        let pipeline = Pipeline::read(folder)?;
        let folder = &pipeline.folder;
        let config = EncoderConfig::read(folder)?;
        let tokeniser = tokeniser(folder, &config)?;
        let output = Output { poolings: pipeline.poolings, normalise: pipeline.normalise };
        let model = SentenceEncoder::read(folder, config, output)?;
        let longest = pipeline.longest.map_or(model.longest(), |longest| longest.min(model.longest()));
        let tokeniser = tokeniser.cut_at(longest)?;
        Ok(PublishedEncoder { model, tokeniser, longest, lower_case: pipeline.lower_case })
    }

    /// The ids of a text's tokens, special ones included.
    ///
    /// # Errors
    /// When the tokeniser cannot cut the text.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>> {
        match self.lower_case {
            true => self.tokeniser.ids(&text.to_lowercase(), true),
            false => self.tokeniser.ids(text, true),
        }
    }
}

fn tokeniser(folder: &Path, config: &EncoderConfig) -> Result<SubwordTokeniser> {
    let path = folder.join("tokenizer.json");
    if !path.try_exists().unwrap_or(true) {
        let name = folder.display().to_string().replace(['\'', '"', '\\'], "?");
        let remedy = format!(
            "write one: python3 -c 'from transformers import AutoTokenizer as A; \
             A.from_pretrained(\"{name}\").save_pretrained(\"{name}\")'"
        );
        return Err(Error::input(folder, Place::Whole, "there is no tokenizer.json in it", remedy));
    }
    let tokeniser = SubwordTokeniser::read(&path)?;
    if tokeniser.ids_end() > config.vocabulary {
        let problem = format!(
            "its largest id is {}, but config.json says that the model has {} tokens",
            tokeniser.ids_end() - 1,
            config.vocabulary
        );
        return Err(Error::input(&path, Place::Whole, problem, "take both files of the same model"));
    }
    Ok(tokeniser)
}

impl SentenceEncoder<f32> {
    /// Reads the weights of a folder.
    ///
    /// # Errors
    /// If a tensor is missing, or of another shape than `config` says.
    fn read(folder: &Path, config: EncoderConfig, output: Output) -> Result<SentenceEncoder<f32>> {
        let files = TensorFiles::open(folder)?;
        let tensors = files.tensors()?;
        // Memory is taken for the weights only after all of them were found.
        let plan = Plan::new(&config);
        tensors.check(&config, TOKENS, &[config.vocabulary, config.width()])?;
        for block in plan.blocks.iter() {
            tensors.check(&config, &block.name, &block.shape)?;
        }
        let mut encoder = SentenceEncoder::zeros(config, output);
        tensors.copy(&config, TOKENS, &mut encoder.tokens)?;
        for block in plan.blocks.iter() {
            tensors.copy(&config, &block.name, &mut encoder.dense[block.range.clone()])?;
        }
        Ok(encoder)
    }
}
