//! A predictor: everything that a prediction for a new example needs, in one value.
//!
//! It holds the body and the head of a model, the names of its classes, and the preparation of an example: how a text
//! is tokenised and which row each word reads, or how an image is resized and normalised for the network. While a run
//! is in training, its predictor borrows the parameters. A predictor that was loaded from a folder owns them. Both
//! give the same bits, unless the word vectors were saved as F16: then the loaded predictor gives the bits of the
//! rounded one ([`text::TextPredictor::rounded`]).
//!
//! [`save`] and [`load`] are the folder of a kept model, [`python`] is what reads it in Python, and [`onnx`] writes it
//! as one file for other programs.

mod bodies;
pub mod config;
pub mod encoder;
mod explained;
pub mod images;
mod leaving_out;
pub mod load;
pub mod onnx;
pub mod python;
mod pytorch;
pub mod save;
mod tensors;
pub mod text;
mod whole;

use super::calibration::Temperature;
pub use explained::{Explained, ExplainedWord, argmax};
use images::ImagePredictor;
use text::TextPredictor;

/// A predictor for new examples.
pub enum Predictor<'a> {
    /// A predictor that reads texts.
    Text(Box<TextPredictor<'a>>),
    /// A predictor that reads images.
    Images(Box<ImagePredictor<'a>>),
}

impl<'a> From<TextPredictor<'a>> for Predictor<'a> {
    fn from(text: TextPredictor<'a>) -> Self {
        Predictor::Text(Box::new(text))
    }
}

impl<'a> From<ImagePredictor<'a>> for Predictor<'a> {
    fn from(images: ImagePredictor<'a>) -> Self {
        Predictor::Images(Box::new(images))
    }
}

impl<'a> Predictor<'a> {
    /// The same with logits that are divided by `temperature`.
    pub fn at(mut self, temperature: Temperature) -> Predictor<'a> {
        match &mut self {
            Predictor::Text(text) => text.temperature = temperature,
            Predictor::Images(images) => images.temperature = temperature,
        }
        self
    }

    /// What its logits are divided by.
    pub fn temperature(&self) -> Temperature {
        match self {
            Predictor::Text(text) => text.temperature,
            Predictor::Images(images) => images.temperature,
        }
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        match self {
            Predictor::Text(text) => &text.classes,
            Predictor::Images(images) => &images.classes,
        }
    }
}
