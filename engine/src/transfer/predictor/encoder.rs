//! A text model with a sentence encoder: from a text to the probabilities of its classes.

use std::borrow::Cow;
use std::sync::Arc;

use crate::models::encoder_classifier::{EncoderClassifier, Workspace};
use crate::models::sentence_encoder::{EncoderReader, SentenceEncoder};
use crate::transfer::probe::Linear;

use super::config::{OnEncoder, TextHead};
use super::explained::Explained;
use super::leaving_out::by_leaving_out;

/// The number of texts in one batch of an explanation.
const TOGETHER: usize = 32;

/// A sentence encoder with a classifier.
#[derive(Clone)]
pub struct EncoderModel<'a> {
    /// How texts become the ids of tokens.
    pub reader: Arc<EncoderReader>,
    /// The encoder and its classifier.
    pub layers: EncoderLayers<'a>,
}

/// The layers of an [`EncoderModel`].
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a predictor has one, and it is not moved about")]
pub enum EncoderLayers<'a> {
    /// An encoder with a head, which were trained together.
    Trained(Cow<'a, EncoderClassifier<f32>>),
    /// A linear classifier on the vectors of texts from an encoder that is as it was published.
    Linear(Arc<SentenceEncoder<f32>>, Cow<'a, Linear>),
}

impl EncoderModel<'_> {
    /// The same, with everything that it needs.
    pub fn into_owned(self) -> EncoderModel<'static> {
        let layers = match self.layers {
            EncoderLayers::Trained(model) => EncoderLayers::Trained(Cow::Owned(model.into_owned())),
            EncoderLayers::Linear(encoder, linear) => {
                EncoderLayers::Linear(encoder, Cow::Owned(linear.into_owned()))
            }
        };
        EncoderModel { reader: self.reader, layers }
    }

    /// The encoder.
    pub fn encoder(&self) -> &SentenceEncoder<f32> {
        match &self.layers {
            EncoderLayers::Trained(model) => &model.encoder,
            EncoderLayers::Linear(encoder, _) => encoder,
        }
    }

    /// The layers, as `config.json` of a kept model names them.
    pub fn config(&self) -> TextHead {
        let head = match &self.layers {
            EncoderLayers::Linear(..) => OnEncoder::Linear,
            EncoderLayers::Trained(model) => OnEncoder::Trained(model.which()),
        };
        let encoder = self.encoder();
        let (encoder, output) = (encoder.config, encoder.output.clone());
        TextHead::Encoder { encoder, output, reading: self.reader.reading().clone(), head }
    }

    /// Adds the probabilities `(B, C)` of texts to `out`. A text that the tokeniser cannot cut has no tokens.
    pub fn append(&self, texts: &[&str], out: &mut Vec<f32>) {
        let ids: Vec<Vec<u32>> = texts.iter().map(|text| self.reader.ids(text).unwrap_or_default()).collect();
        let ids: Vec<&[u32]> = ids.iter().map(|ids| &ids[..]).collect();
        match &self.layers {
            EncoderLayers::Trained(model) => {
                let start = out.len();
                out.resize(start + ids.len() * model.classes(), 0.0);
                model.predict(&ids, &mut Workspace::default(), &mut out[start..]);
            }
            EncoderLayers::Linear(encoder, linear) => {
                let features = encoder.features();
                encoder.vectors(&ids).chunks_exact(features).for_each(|vector| linear.append(vector, out));
            }
        }
    }

    /// The probabilities of a text's classes, and the contribution of each of its `words`, which are separated by spaces.
    /// `finish` is applied to all probabilities `(B, C)`.
    pub fn explain(&self, words: &[String], classes: usize, finish: impl Fn(&mut [f32])) -> Explained {
        by_leaving_out(words, &vec![true; words.len()], classes, |texts| {
            let joined = |text: &Vec<usize>| {
                text.iter().map(|&place| words[place].as_str()).collect::<Vec<_>>().join(" ")
            };
            let texts: Vec<String> = texts.iter().map(joined).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut out = Vec::with_capacity(texts.len() * classes);
            texts.chunks(TOGETHER).for_each(|texts| self.append(texts, &mut out));
            finish(&mut out);
            out
        })
    }
}
