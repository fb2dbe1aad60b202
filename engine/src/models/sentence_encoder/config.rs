//! The sizes of an encoder, as its `config.json` says.
//!
//! Every number is checked before anything is made of it: no file can ask for more layers or memory than its tensors have.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::nn::attention::Attention;
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::layer_norm::LayerNorm;
use crate::nn::relative_bias::RelativeBias;
use crate::nn::token_embedding::TokenEmbedding;
use crate::nn::transformer_layer::TransformerLayer;

use super::family::Family;
use super::json::Object;

/// The largest sizes that are read. The largest published encoders of these families have 48 layers of 2,560 values.
const LAYERS: u64 = 256;
const WIDTH: u64 = 1 << 14;
const HIDDEN: u64 = 1 << 16;
const HEADS: u64 = 256;
const VOCABULARY: u64 = 1 << 22;
const POSITIONS: u64 = 1 << 17;
const SEGMENTS: u64 = 1 << 10;

/// The sizes of an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Decides how the tensors of a file are called, and what the layers have.
    pub family: Family,
    /// V, the number of token vectors.
    pub vocabulary: usize,
    /// The number of layers.
    pub layers: usize,
    /// The sizes of each layer.
    pub layer: TransformerLayer,
    /// P, the number of positions.
    pub positions: usize,
    /// S, the number of segments; 0 for none.
    pub segments: usize,
    /// The id of the padding token. It never has a gradient.
    pub padding: Option<u32>,
    /// The relative position bias of MPNet.
    pub relative: Option<RelativeBias>,
}

impl EncoderConfig {
    /// D, the width of a token's state.
    pub fn width(&self) -> usize {
        self.layer.attention.width
    }

    /// The token embeddings.
    pub fn embedding(&self) -> TokenEmbedding {
        let counted_from = self.padding.filter(|_| self.family.counts_from_padding());
        TokenEmbedding {
            width: self.width(),
            positions: self.positions,
            segments: self.segments,
            counted_from,
        }
    }

    /// The normalisation after the token embeddings.
    pub fn norm(&self) -> LayerNorm {
        LayerNorm { width: self.width(), epsilon: self.layer.epsilon }
    }

    /// Whether sizes that were read from a file of our own can be those of an encoder.
    pub fn is_possible(&self) -> bool {
        let within = |size: usize, most: u64| (1..=most).contains(&(size as u64));
        let Attention { heads, width } = self.layer.attention;
        let epsilon = (0.0..=0.1).contains(&self.layer.epsilon);
        let padding = self.padding.is_none_or(|id| u64::from(id) <= VOCABULARY);
        let relative = self.relative.is_none_or(|bias| within(bias.buckets, 32) && bias.heads == heads);
        within(self.layers, LAYERS)
            && within(width, WIDTH)
            && within(heads, HEADS)
            && width.is_multiple_of(heads)
            && within(self.layer.hidden, HIDDEN)
            && within(self.vocabulary, VOCABULARY)
            && within(self.positions, POSITIONS)
            && self.segments as u64 <= SEGMENTS
            && epsilon
            && padding
            && relative
            && self.embedding().longest() > 0
    }

    /// Reads `config.json` of a folder.
    ///
    /// # Errors
    /// If there is none, if the encoder is of another family, or if a size is missing or makes no sense.
    pub fn read(folder: &Path) -> Result<EncoderConfig> {
        let Some(json) = Object::read(folder.join("config.json"))? else {
            let problem = "there is no config.json in it";
            return Err(Error::input(
                folder,
                Place::Whole,
                problem,
                "name the folder of a published encoder",
            ));
        };
        let family = family(&json)?;
        let distil = family == Family::DistilBert;
        let size = |name: &str, most: u64| -> Result<usize> {
            json.number(name, 1, most)?
                .ok_or_else(|| json.error(format!("{name} is missing"), "take the file that was published"))
        };
        let named = |usual: &'static str, distilbert: &'static str| if distil { distilbert } else { usual };
        let layers = size(named("num_hidden_layers", "n_layers"), LAYERS)?;
        let width = size(named("hidden_size", "dim"), WIDTH)?;
        let heads = size(named("num_attention_heads", "n_heads"), HEADS)?;
        let hidden = size(named("intermediate_size", "hidden_dim"), HIDDEN)?;
        if !width.is_multiple_of(heads) {
            let problem = format!("{heads} attention heads do not divide a width of {width}");
            return Err(json.error(problem, "take the file that was published with the model"));
        }
        let padding = json.number("pad_token_id", 0, VOCABULARY)?.map(|id| id as u32);
        let usual = if family.counts_from_padding() { 1 } else { 0 };
        let config = EncoderConfig {
            family,
            vocabulary: size("vocab_size", VOCABULARY)?,
            layers,
            layer: TransformerLayer {
                attention: Attention { heads, width },
                hidden,
                activation: activation(&json, named("hidden_act", "activation"))?,
                epsilon: epsilon(&json)?,
            },
            positions: size("max_position_embeddings", POSITIONS)?,
            segments: match family.has_segments() {
                true => json.number("type_vocab_size", 0, SEGMENTS)?.unwrap_or(2),
                false => 0,
            },
            padding: Some(padding.unwrap_or(usual)),
            relative: match family {
                Family::MpNet => {
                    // Transformers sorts distances into 32 buckets whatever the file says.
                    let buckets = json.number("relative_attention_num_buckets", 32, 32)?.unwrap_or(32);
                    Some(RelativeBias { buckets, heads })
                }
                _ => None,
            },
        };
        if config.embedding().longest() == 0 {
            let problem = format!("{} positions leave none for a token", config.positions);
            return Err(json.error(problem, "take the file that was published with the model"));
        }
        Ok(config)
    }
}

fn family(json: &Object) -> Result<Family> {
    let known: Vec<&str> = Family::ALL.iter().map(|(name, _)| *name).collect();
    let remedy = format!("encoders that can be read are {}", known.join(", "));
    let Some(name) = json.text("model_type")? else {
        return Err(json.error("model_type is missing", &remedy));
    };
    let Some((_, family)) = Family::ALL.iter().find(|(known, _)| *known == name) else {
        return Err(json.error(format!("this is a model of the type \"{name}\""), &remedy));
    };
    for (setting, what) in
        [("is_decoder", "a decoder"), ("add_cross_attention", "a model with cross-attention")]
    {
        if json.truth(setting)? {
            return Err(json.error(format!("this is {what}"), &remedy));
        }
    }
    match json.text("position_embedding_type")? {
        None | Some("absolute") => Ok(*family),
        Some(other) => Err(json.error(
            format!("its positions are of the type \"{other}\""),
            "take an encoder with absolute positions",
        )),
    }
}

fn activation(json: &Object, name: &str) -> Result<HiddenActivation> {
    let Some(asked) = json.text(name)? else { return Ok(HiddenActivation::Gelu) };
    HiddenActivation::named(asked).ok_or_else(|| {
        let remedy = "activations that can be read are gelu, gelu_new, quick_gelu, relu, silu";
        json.error(format!("{name} is \"{asked}\""), remedy)
    })
}

fn epsilon(json: &Object) -> Result<f64> {
    let Some(value) = json.get("layer_norm_eps") else { return Ok(1e-12) };
    value.as_f64().filter(|epsilon| (0.0..=0.1).contains(epsilon)).ok_or_else(|| {
        let problem = format!("layer_norm_eps is {value}, expected a number from 0 to 0.1");
        json.error(problem, "take the file that was published with the model")
    })
}
