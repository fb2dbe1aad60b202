//! Predictors that give the same probabilities for every example: the majority baseline, and models before their
//! training.

use std::borrow::Cow;

use crate::data::examples::Examples;
use crate::text::documents::Documents;
use crate::transfer::calibration::Temperature;
use crate::transfer::predictor::images::{ImageModel, ImagePredictor};
use crate::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};
use crate::vision::Images;

/// The same probabilities for every text.
pub fn of_texts(documents: &Documents, probabilities: Vec<f32>) -> TextPredictor<'_> {
    TextPredictor {
        classes: Cow::Borrowed(&documents.classes),
        tokens: documents.how.clone(),
        phrases: KnownPhrases::Nowhere,
        words: Cow::Borrowed(&documents.words),
        model: TextModel::Constant(probabilities),
        temperature: Temperature::default(),
    }
}

/// The same probabilities for every image.
pub fn of_images(images: &Images, probabilities: Vec<f32>) -> ImagePredictor<'_> {
    ImagePredictor {
        classes: Cow::Borrowed(images.classes()),
        preparation: Cow::Borrowed(&images.preparation),
        model: ImageModel::Constant(probabilities),
        temperature: Temperature::default(),
    }
}

/// The same probability for every class.
pub fn even(classes: usize) -> Vec<f32> {
    vec![1.0 / classes as f32; classes]
}
