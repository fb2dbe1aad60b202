//! A predictor: everything that a prediction for a new example needs, in one value.
//!
//! It holds the body and the head of a model, the names of its classes, and the preparation of an example: how a text
//! is tokenised and which row each word reads, or how an image is resized and normalised for the network. While a run
//! is in training, its predictor borrows the parameters. A predictor that was loaded from a folder owns them. Both
//! give the same bits.

pub mod config;
mod explained;
pub mod images;
mod leaving_out;
pub mod load;
mod pytorch;
pub mod save;
mod tensors;
pub mod text;
mod whole;

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

impl Predictor<'_> {
    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        match self {
            Predictor::Text(text) => &text.classes,
            Predictor::Images(images) => &images.classes,
        }
    }
}
