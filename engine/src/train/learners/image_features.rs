//! Fixed features of images: their pixels, or the outputs of a network's fixed layers.
//!
//! If an image has more than [`SIDE`] pixels along a side, its pixel features are means of squares. A linear
//! classifier on all pixels of a photo would have more weights than there are photos; it would take minutes and be no
//! better.

use std::borrow::Cow;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::session::record::Audit;
use crate::train::learner::Inside;
use crate::train::task::Workspace;
use crate::transfer::calibration::Temperature;
use crate::transfer::network::{self, Body};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::images::{ImageModel, ImagePredictor, means, squares};
use crate::transfer::probe::Linear;

use super::constant;
use super::images::{CHUNK, Origin, steps};
use super::linear_probe::{Features, Under};

/// The largest number of pixel features along a side.
const SIDE: usize = 32;

/// The features of images for a linear probe.
pub struct ImageFeatures {
    body: Arc<Body>,
    /// `None` for pixels.
    origin: Option<Origin>,
    /// The side of the squares whose mean is a feature, in pixels.
    square: usize,
}

impl ImageFeatures {
    /// The outputs of `body` as features; they come from `origin`.
    pub fn new(body: Arc<Body>, origin: Origin) -> ImageFeatures {
        ImageFeatures { body, origin: Some(origin), square: 1 }
    }

    /// The pixels as features. `body` returns the images unchanged.
    pub fn pixels(body: Arc<Body>) -> ImageFeatures {
        let preparation = &body.images().preparation;
        let square = preparation.height.max(preparation.width).div_ceil(SIDE);
        ImageFeatures { body, origin: None, square }
    }
}

impl Features for ImageFeatures {
    fn width(&self) -> usize {
        match self.square {
            1 => self.body.width(),
            square => squares(&self.body.images().preparation, square),
        }
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn steps(&self) -> usize {
        steps(self.body.cost())
    }

    fn flops(&self, examples: &[ExampleId]) -> u64 {
        examples.len() as u64 * self.body.flops()
    }

    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>) {
        if self.square == 1 {
            return self.body.of(examples, rows, &mut workspace.image);
        }
        self.body.of(examples, &mut workspace.input, &mut workspace.image);
        rows.resize(examples.len() * self.width(), 0.0);
        means(&self.body.images().preparation, self.square, &workspace.input, rows);
    }
}

impl Under for ImageFeatures {
    fn examples(&self) -> &dyn Examples {
        &**self.body.images()
    }

    fn parameters(&self) -> u64 {
        self.body.parameters() as u64
    }

    fn predictor<'a>(&'a self, linear: Option<&'a Linear>) -> Predictor<'a> {
        let images = &**self.body.images();
        let Some(linear) = linear else {
            return Predictor::from(constant::of_images(images, constant::even(images.classes().len())));
        };
        Predictor::from(ImagePredictor {
            classes: Cow::Borrowed(images.classes()),
            preparation: Cow::Borrowed(&images.preparation),
            model: ImageModel::Linear {
                features: self.body.piece(),
                square: self.square,
                linear: Cow::Borrowed(linear),
            },
            temperature: Temperature::default(),
        })
    }

    fn audit(&self) -> Audit {
        let Some(origin) = &self.origin else { return Audit::NothingTransferred };
        let source = &origin.source.network;
        network::audit(origin.strategy, origin.hash, source, source, origin.fixed, origin.anew)
    }

    fn inside(&self) -> Inside<'_> {
        self.body.network().map_or(Inside::Nothing, Inside::Network)
    }
}
