//! A published folder: the encoder and its tokeniser.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::text::subword_tokeniser::SubwordTokeniser;

use super::config::EncoderConfig;
use super::model::{Output, Plan, SentenceEncoder, TOKENS};
use super::pipeline::Pipeline;
use super::weights::TensorFiles;

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
}

/// Whether a folder looks like a sentence encoder that can be read: its `config.json` names a known family.
pub fn looks_like_one(folder: &Path) -> bool {
    folder.is_dir() && encoder_folder(folder).and_then(|inner| EncoderConfig::read(&inner)).is_ok()
}

/// The folder of the encoder itself within a published folder.
///
/// # Errors
/// If `modules.json` makes no sense.
pub fn encoder_folder(folder: &Path) -> Result<PathBuf> {
    Ok(Pipeline::read(folder)?.folder)
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
    // The special tokens around a text may have ids that the vocabulary does not list.
    let special = tokeniser.ids("", true)?.into_iter().max().map_or(0, |id| id as usize + 1);
    let end = tokeniser.ids_end().max(special);
    if end > config.vocabulary {
        let problem = format!(
            "its largest id is {}, but config.json says that the model has {} tokens",
            end - 1,
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
        tensors.copy(&config, TOKENS, &mut encoder.tokens.trained)?;
        for block in plan.blocks.iter() {
            tensors.copy(&config, &block.name, &mut encoder.dense[block.range.clone()])?;
        }
        encoder.tokens = encoder.tokens.into_fixed();
        Ok(encoder)
    }
}
