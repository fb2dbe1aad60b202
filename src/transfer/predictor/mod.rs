//! A predictor: all that is needed to answer about a new example, in one value.
//!
//! It holds the body and the head of a model, the names of its classes, and how an example is prepared: how a text is cut
//! and which row each word reads, or how an image is brought to the network's size and values. While a run is learning,
//! its predictor borrows the parameters; one that was loaded from a folder owns them. Both give the same bits.
//!
//! [`save`] and [`load`] are the folder of a kept model, [`python`] is what reads it in Python, and [`onnx`] writes it as one
//! file for other programs.

pub mod config;
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

pub use explained::{Explained, ExplainedWord, argmax};
use images::ImagePredictor;
use text::TextPredictor;

/// What answers about new examples.
pub enum Predictor<'a> {
    /// One that reads texts.
    Text(Box<TextPredictor<'a>>),
    /// One that sees images.
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
