//! Writes a predictor as an ONNX file, for onnxruntime and other programs that read ONNX.
//!
//! A text model has the inputs `ids (batch, length)` and `lengths (batch)`, both int64. An id is 0 for an unknown word,
//! and i + 1 for word i of the vocabulary. Texts are padded to the longest text of the batch; the padding may have any
//! ids. An image model has the input `pixels (batch, channels, height, width)`, float32 values that are already
//! normalised. Both kinds have the outputs `logits` and `probabilities`, each `(batch, classes)`. The metadata of the
//! file holds the names of the classes and describes how to prepare an example.

mod classifier;
mod counts;
mod encoder;
pub(super) mod graph;
mod images;
mod proto;
pub(super) mod words;

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::transfer::baselines::CountModel;

use super::Predictor;
use super::config::{Config, Kind, TextConfig, TextHead};
use super::text::TextModel;
use graph::{Attribute, Axis, BATCH, Graph};

/// The version of the operators (the *opset*) that a file requires.
pub const OPSET: i64 = graph::OPSET;

/// Writes `predictor`, which has the configuration `config`, as the ONNX file `path`. The graph divides the logits by
/// `temperature` before the softmax.
///
/// # Errors
/// When the file would be larger than an ONNX file can be, or it cannot be written.
pub fn save(predictor: &Predictor<'_>, config: &Config, temperature: f32, path: &Path) -> Result<()> {
    let mut graph = Graph::default();
    let classes = config.classes.len();
    let logits = match predictor {
        Predictor::Text(text) => match &text.model {
            TextModel::Classifier { model, max_tokens, direction, .. } => {
                classifier::logits(&mut graph, model, text.words.len(), *max_tokens, *direction)
            }
            TextModel::DocumentVectors { vectors, table, linear, .. } => {
                counts::document_vectors(&mut graph, vectors, table, linear)
            }
            TextModel::Counts(model) => match &**model {
                CountModel::TfIdf(model) => counts::tfidf(&mut graph, model),
                CountModel::Nbsvm(model) => counts::nbsvm(&mut graph, model, classes),
            },
            TextModel::Encoder(model) => encoder::logits(&mut graph, model),
            TextModel::Constant(probabilities) => counts::constant(&mut graph, probabilities),
        },
        Predictor::Images(predictor) => images::logits(&mut graph, predictor),
    };
    let axes = [BATCH, Axis::Of(classes)];
    graph.output("logits", &logits, graph::Kind::Float, &axes);
    let divisor = graph.float(temperature);
    let scaled = graph.node("Div", &[&logits, &divisor], &[]);
    let probabilities = graph.node("Softmax", &[&scaled], &[Attribute::Int("axis", 1)]);
    graph.output("probabilities", &probabilities, graph::Kind::Float, &axes);
    graph.save(path, &about(config, temperature)?)
}

/// The metadata of the file: what a user of the model must know. Each entry has a name; most values are JSON.
fn about(config: &Config, temperature: f32) -> Result<Vec<(&'static str, String)>> {
    let mut about = vec![
        ("classes", json(&config.classes)?),
        ("temperature", json(&temperature)?),
        ("about", json(&config.about)?),
    ];
    match &config.model {
        Kind::Text(text) => about.extend([
            ("tokens", json(&text.tokens)?),
            ("phrases", json(&text.phrases)?),
            ("max_tokens", json(&max_tokens(text))?),
            ("ids", ids(text).into()),
            ("unknown_words", unknown_words(text).into()),
            ("tokeniser", json(&text.tokeniser)?),
        ]),
        Kind::Images(images) => about.push(("preparation", json(&images.preparation)?)),
    }
    Ok(about)
}

/// What the input `ids` holds.
fn ids(text: &TextConfig) -> &'static str {
    match text.head {
        TextHead::Encoder { .. } => "the ids of tokenizer.json, special tokens included",
        _ => "0 for an unknown word, i + 1 for word i of vocabulary.json, counted from 0",
    }
}

/// How many words of a text the model reads, or `None` if it reads all of them. The graph itself cuts longer texts.
fn max_tokens(text: &TextConfig) -> Option<usize> {
    match &text.head {
        TextHead::Classifier { max_tokens, .. } => *max_tokens,
        TextHead::Encoder { reading, .. } => Some(reading.longest),
        _ => None,
    }
}

/// How the exported model treats a word that is not in the vocabulary.
fn unknown_words(text: &TextConfig) -> &'static str {
    match &text.head {
        TextHead::Classifier { subwords: Some(_), .. }
        | TextHead::DocumentVectors { subwords: Some(_), .. } => {
            "unknown here, though warmstart makes their vectors of their n-grams (subwords.safetensors)"
        }
        TextHead::Classifier { .. } => "they share one vector",
        _ => "they do not count",
    }
}

/// Whether the model computes vectors of words outside the vocabulary from their n-grams. The ONNX file cannot do this.
pub fn loses_subwords(config: &Config) -> bool {
    let Kind::Text(text) = &config.model else { return false };
    match &text.head {
        TextHead::Classifier { subwords, .. } | TextHead::DocumentVectors { subwords, .. } => {
            subwords.is_some()
        }
        _ => false,
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| {
        Error::request(format!("a model cannot be written: {e}"), "this is a fault of warmstart")
    })
}
