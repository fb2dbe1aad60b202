//! A predictor as an ONNX file, for onnxruntime and whatever else reads ONNX.
//!
//! A model of texts reads `ids (batch, length)` and `lengths (batch)`, whole numbers of 64 bits: 0 for an unknown word, i + 1 for
//! word i of the vocabulary; of a text that is shorter than the longest, what stands behind its end is not looked at. A model
//! of images reads `pixels (batch, channels, height, width)`, 32-bit floats that are normalised already. Both give `logits` and
//! `probabilities (batch, classes)`. Named texts in the file say the classes and how an example is prepared.

mod classifier;
mod counts;
mod graph;
mod images;
mod proto;
mod words;

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::transfer::baselines::CountModel;

use super::Predictor;
use super::config::{Config, Kind, TextConfig, TextHead};
use super::text::TextModel;
use graph::{Attribute, Axis, BATCH, Graph};

/// The version of the operators that a file asks for.
pub const OPSET: i64 = graph::OPSET;

/// Writes `predictor`, of which `config` is the configuration, as the ONNX file `path`.
///
/// # Errors
/// When the file would be larger than ONNX files can be, or the disk refuses.
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

/// What a user must know of the model, as named texts.
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
            ("ids", "0 for an unknown word, i + 1 for word i of vocabulary.json, counted from 0".into()),
            ("unknown_words", unknown_words(text).into()),
        ]),
        Kind::Images(images) => about.push(("preparation", json(&images.preparation)?)),
    }
    Ok(about)
}

/// Words of a text that are read; all of them without a number. The graph cuts by itself.
fn max_tokens(text: &TextConfig) -> Option<usize> {
    if let TextHead::Classifier { max_tokens, .. } = text.head { max_tokens } else { None }
}

/// What becomes of a word that the vocabulary does not have.
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

/// Whether the program knows something about words outside the vocabulary that the file cannot: their n-grams.
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
