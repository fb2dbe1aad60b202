//! Zero-shot: the pre-trained network itself classifies, with the classes that it already knows. It shows the
//! accuracy before any label of the task is used.

use std::borrow::Cow;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::{Error, Result};
use crate::nn::cross_entropy::softmax;
use crate::session::record::Audit;
use crate::train::learner::{Evaluate, Inside, Inspect};
use crate::train::task::Workspace;
use crate::transfer::calibration::Temperature;
use crate::transfer::network::{self, Body};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::images::{ImageModel, ImagePredictor};

use super::constant;
use super::images::{Origin, steps};

/// A network that is not trained.
pub struct ZeroShot {
    body: Arc<Body>,
    /// For each class of the task, the index of the network's output.
    outputs: Vec<usize>,
    origin: Origin,
}

impl ZeroShot {
    /// The network of `origin`, whose last node's outputs are in `body`.
    ///
    /// # Errors
    /// When the network does not know a class of the task.
    pub fn new(body: Arc<Body>, origin: Origin) -> Result<ZeroShot> {
        let known = origin.source.classes.as_deref().unwrap_or(&[]);
        let place = |name: &String| {
            known.iter().position(|known| known == name).ok_or_else(|| {
                Error::request(
                    format!("the strategy ZeroShot: the pre-trained network has no class \"{name}\""),
                    "leave ZeroShot out of `methods`: it needs a network that knows the task's classes",
                )
            })
        };
        let outputs = body.images().classes().iter().map(place).collect::<Result<_>>()?;
        Ok(ZeroShot { body, outputs, origin })
    }
}

impl Evaluate for ZeroShot {
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        let mut logits = Vec::new();
        self.body.of(examples, &mut logits, &mut workspace.image);
        let rows = out.chunks_exact_mut(self.outputs.len());
        for (logits, out) in logits.chunks_exact(self.body.width()).zip(rows) {
            out.iter_mut().zip(&self.outputs).for_each(|(out, &output)| *out = logits[output]);
        }
        softmax(out, self.outputs.len());
    }

    fn steps_through(&self, _example: ExampleId) -> usize {
        steps(self.body.cost())
    }
}

impl Inspect for ZeroShot {
    fn predictor(&mut self) -> Predictor<'_> {
        let images = self.body.images();
        let Some(network) = self.body.piece() else {
            return Predictor::from(constant::of_images(images, constant::even(images.classes().len())));
        };
        Predictor::from(ImagePredictor {
            classes: Cow::Borrowed(images.classes()),
            preparation: Cow::Borrowed(&images.preparation),
            model: ImageModel::ZeroShot { network, outputs: Cow::Borrowed(&self.outputs) },
            temperature: Temperature::default(),
        })
    }

    fn audit(&self) -> Audit {
        let Origin { source, strategy, fixed, anew, hash, .. } = &self.origin;
        network::audit(*strategy, *hash, &source.network, &source.network, *fixed, *anew)
    }

    fn inside(&self) -> Inside<'_> {
        self.body.network().map_or(Inside::Nothing, Inside::Network)
    }
}
