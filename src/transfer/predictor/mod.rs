//! A predictor: all that is needed to answer about a new example, in one value.
//!
//! It holds the body and the head of a model, the names of its classes, and how an example is prepared: how a text is cut
//! and which row each word reads, or how an image is brought to the network's size and values. While a run is learning,
//! its predictor borrows the parameters; one that was loaded from a folder owns them. Both give the same bits.

pub mod config;
pub mod images;
mod leaving_out;
pub mod load;
mod pytorch;
pub mod save;
mod tensors;
pub mod text;
mod whole;

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

/// What a model says of a text, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// A probability for each class.
    pub probabilities: Vec<f32>,
    /// The text as the model reads it.
    pub words: Vec<ExplainedWord>,
}

/// A word of an explained text.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedWord {
    /// The word as it was read: lower case, a phrase as one word.
    pub text: String,
    /// Whether the model knows it.
    pub known: bool,
    /// How much the log-odds of the guessed class fall when the word is left out.
    pub contribution: f32,
}

/// The place of the largest value; the first of equals.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}
