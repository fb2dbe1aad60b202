//! The labelled images of a task, with their preparation for a network.

use std::ops::Range;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::data::image::Image;
use crate::data::images::{LabelledImages, Part};
use crate::session::record::{TRAINING, VALIDATION};

use super::Preparation;

/// All images of a task: the training part, the validation part (may be empty) and the test sets, one after another.
#[derive(Debug, Clone)]
pub struct Images {
    /// The names of the classes, in the order of their ids.
    pub classes: Vec<String>,
    /// The images as they were read, of any size, one set after another. Networks that prepare them in their own ways
    /// share them.
    pub images: Arc<Vec<Image>>,
    labels: Vec<u32>,
    /// The name of each image: its file, or its number.
    pub names: Vec<String>,
    /// The name of each set and its range of images: training part, validation part, test sets.
    pub sets: Vec<(String, Range<usize>)>,
    /// How images are resized and normalised for the network.
    pub preparation: Preparation,
}

impl Images {
    /// The images of `read`, which `preparation` will prepare.
    pub fn new(read: LabelledImages, preparation: Preparation) -> Images {
        let LabelledImages { classes, train, validation, tests, .. } = read;
        let (mut images, mut labels, mut names, mut sets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut push = |name: String, part: Part| {
            let start = labels.len();
            images.extend(part.images);
            labels.extend(part.labels);
            names.extend(part.names);
            sets.push((name, start..labels.len()));
        };
        push(TRAINING.into(), train);
        push(VALIDATION.into(), validation.unwrap_or_default());
        tests.into_iter().for_each(|(name, part)| push(name, part));
        Images { classes, images: Arc::new(images), labels, names, sets, preparation }
    }

    /// The same images, which `preparation` will prepare.
    pub fn prepared_by(&self, preparation: Preparation) -> Images {
        Images { preparation, ..self.clone() }
    }

    /// The number of values per prepared image.
    pub fn size(&self) -> usize {
        self.preparation.len()
    }

    /// Prepares the images of `examples` and writes them to `out`, `(B, H, W, C)`.
    ///
    /// # Panics
    /// If the image of an example does not exist.
    pub fn prepare(&self, examples: &[ExampleId], out: &mut [f32]) {
        for (&example, out) in examples.iter().zip(out.chunks_exact_mut(self.size())) {
            self.preparation.prepare(&self.images[example as usize], out);
        }
    }
}

impl Examples for Images {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn sets(&self) -> &[(String, Range<usize>)] {
        &self.sets
    }
}
