//! The body of a kept model, as a source: its word vectors, its sentence encoder or its network, without the classifier.

use std::path::Path;
use std::sync::Arc;

use ndarray::{Array2, s};

use crate::error::{Error, Place, Result};
use crate::models::sentence_encoder::{EncoderReader, SentenceEncoder};
use crate::models::text_classifier::ClassifierBody;
use crate::session::architecture::Architecture;
use crate::text::words::Words;
use crate::transfer::lookup::{Layer, SourceLayers};
use crate::transfer::network::SourceNetwork;
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::config::{Config, ImageHead, Kind};
use crate::transfer::predictor::encoder::{EncoderLayers, EncoderModel};
use crate::transfer::predictor::images::{ImageModel, ImagePredictor};
use crate::transfer::predictor::load::{self, Loaded};
use crate::transfer::predictor::text::{TextModel, TextPredictor};
use crate::vectors::WordVectors;
use crate::vectors::static_model::StaticModel;

/// The body of a model of texts.
pub enum TextBody {
    /// Word vectors, and the layers above them if they are those of a language model.
    Vectors(Box<WordVectors>, Option<SourceLayers>),
    Encoder(Box<SentenceEncoder<f32>>, Box<EncoderReader>),
}

/// Reads the body of the text model in `folder`.
///
/// # Errors
/// When the model cannot be read, or has no body.
pub fn of_texts(folder: &Path) -> Result<TextBody> {
    let Loaded { predictor, .. } = load::load(folder)?;
    let Predictor::Text(predictor) = predictor else { return Err(none(folder, "it reads images")) };
    let TextPredictor { words, tokens, model, .. } = *predictor;
    match model {
        TextModel::Encoder(encoder) => {
            let EncoderModel { reader, layers } = *encoder;
            let encoder = match layers {
                EncoderLayers::Linear(encoder, _) => Arc::unwrap_or_clone(encoder),
                EncoderLayers::Trained(model) => model.into_owned().into_encoder(),
            };
            Ok(TextBody::Encoder(Box::new(encoder), Box::new(Arc::unwrap_or_clone(reader))))
        }
        TextModel::Classifier { model, rows, direction, .. } => {
            // The first row is that of unknown words. Phrases that the model only joins have none.
            let table: Array2<f32> = model.base().slice(s![1.., ..]).to_owned();
            let known: Words = (0..table.nrows()).map(|word| words.get(word)).collect();
            let mut vectors = WordVectors::new(known, table, None)?;
            if let Some(subwords) = rows.beyond.and_then(|beyond| beyond.subwords) {
                vectors = vectors.with_subwords(subwords);
            }
            if let Some(tokeniser) = tokens.model() {
                let unit_means = matches!(model.body(), ClassifierBody::UnitAverage);
                vectors = vectors.with_static_model(StaticModel { tokeniser: tokeniser.clone(), unit_means });
            }
            let layers = match model.body() {
                ClassifierBody::Stacked { layers, .. } => {
                    let weights = |place: usize| model.dense()[model.layer(place)].to_vec();
                    let layer = |(place, &shape)| Layer { shape, weights: weights(place) };
                    Some(SourceLayers { all: layers.iter().enumerate().map(layer).collect(), direction })
                }
                _ => None,
            };
            Ok(TextBody::Vectors(Box::new(vectors), layers))
        }
        TextModel::DocumentVectors { .. } | TextModel::Counts(_) | TextModel::Constant(_) => {
            Err(none(folder, "it trained no word vectors and no layers"))
        }
    }
}

/// Reads the network of the image model in `folder`. `origin` says where it comes from, as a phrase.
///
/// # Errors
/// When the model cannot be read, or has no network.
pub fn of_images(folder: &Path, origin: &str, seconds: f64) -> Result<SourceNetwork> {
    let Loaded { predictor, config } = load::load(folder)?;
    let (Predictor::Images(predictor), Some(architecture)) = (predictor, architecture(&config)) else {
        return Err(none(folder, "it has no network"));
    };
    let ImagePredictor { classes, preparation, model, .. } = *predictor;
    let (piece, classes) = match model {
        // The pieces are parts of one network, whose last layer gives the classes.
        ImageModel::Network(pieces) => (pieces.into_iter().next_back(), Some(classes.into_owned())),
        ImageModel::Linear { features, .. } => (features, None),
        ImageModel::ZeroShot { network, .. } => (Some(network), None),
        ImageModel::Constant(_) => (None, None),
    };
    let Some(piece) = piece else { return Err(none(folder, "it has no network")) };
    Ok(SourceNetwork {
        architecture,
        network: piece.network.into_owned(),
        classifies: true,
        classes,
        preparation: preparation.into_owned(),
        origin: format!("{}, {origin}", architecture.name()),
        seconds,
    })
}

fn architecture(config: &Config) -> Option<Architecture> {
    let Kind::Images(images) = &config.model else { return None };
    match &images.head {
        ImageHead::Network { architecture, .. }
        | ImageHead::Features { architecture, .. }
        | ImageHead::ZeroShot { architecture, .. } => Some(*architecture),
        ImageHead::Pixels { .. } | ImageHead::Constant => None,
    }
}

fn none(folder: &Path, why: &str) -> Error {
    Error::input(
        folder,
        Place::Whole,
        format!("this model has no body that could go over: {why}"),
        "name another run",
    )
}
