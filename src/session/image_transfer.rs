//! What a recipe says of transfer between images: sets, how they are fitted to a network, what a network is pre-trained on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::training::{OptimizerChoice, Schedule};

/// From labelled images or a ready network to a task of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTransfer {
    /// Where the network comes from.
    pub source: ImageSource,
    /// The labelled task that it is carried to.
    pub task: ImageTask,
    /// Which of its layers begin anew.
    #[serde(default)]
    pub head: Layers,
    /// How images are changed each time that a run from scratch or a fine-tuned one sees them. (The features that a
    /// frozen network extracts are computed once, of the images as they are.)
    #[serde(default, skip_serializing_if = "Augmentation::is_none")]
    pub augmentation: Augmentation,
}

/// Where an image network comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageSource {
    /// A network trained here to tell labelled images apart.
    Classifier(ImagePretraining),
    /// A file of a network's weights, as they are published or as a session kept them.
    Network(PathBuf),
}

impl ImageSource {
    /// Whether it is trained here, and so has a curve and a learning rate.
    pub fn is_trained(&self) -> bool {
        matches!(self, ImageSource::Classifier(_))
    }
}

/// A labelled task of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageTask {
    /// The built-in handwritten digits: 797 to draw labels from, 1,000 for the test.
    DemoDigits,
    /// Labelled images in files.
    Files(ImageFiles),
}

impl ImageTransfer {
    /// Hands every path to `place`, which may make it absolute.
    pub(super) fn each_path(&mut self, place: &mut dyn FnMut(&mut PathBuf)) {
        match &mut self.source {
            ImageSource::Network(file) => place(file),
            ImageSource::Classifier(asked) => {
                if let ImageSet::Files(files) = &mut asked.set {
                    files.paths().for_each(&mut *place);
                }
            }
        }
        if let ImageTask::Files(files) = &mut self.task {
            files.paths().for_each(place);
        }
    }

    /// Whether the values can be: what is wrong and what to do, otherwise.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        if let ImageSource::Classifier(asked) = &self.source {
            asked.check()?;
        }
        self.augmentation.check()
    }
}

/// Labelled images in files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFiles {
    /// The training part: an IDX file of images (its labels are found by its name), CIFAR's binary files, or a folder or
    /// archive (`.tar`, `.tar.gz`, `.zip`) with a folder a class; or all there is, if there is no `test`.
    pub train: PathBuf,
    /// A validation part of its own; left out, one is split off the budget.
    #[serde(default)]
    pub validation: Option<PathBuf>,
    /// The test part; left out, the one that lies beside the training part is taken, or else a fifth of `train` is held
    /// out.
    #[serde(default)]
    pub test: Option<PathBuf>,
    /// The names of the classes that are kept; all of them, if it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// How an image of another size is fitted to the network's. Left out: photos are cut, others stretched.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// Drawings that are dark on a light background are turned into light on dark, as MNIST's are.
    #[serde(default)]
    pub light_on_dark: bool,
}

impl ImageFiles {
    /// All paths that are named.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [Some(&mut self.train), self.validation.as_mut(), self.test.as_mut()].into_iter().flatten()
    }
}

/// How an image of another size or shape is fitted into a network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Fit {
    /// Height and width are scaled each for itself.
    #[default]
    Stretch,
    /// Scaled until it fits, in the middle of its background.
    Within,
    /// Scaled so that the longer side is `inner`, in the middle of its background: with 20 of 28 the layout of MNIST.
    Padded {
        /// The length of the longer side, in pixels.
        inner: usize,
    },
    /// Scaled so that the shorter side is `shorter`, the middle cut out: what torchvision does to photos.
    Crop {
        /// The length of the shorter side before the middle is cut out, in pixels.
        shorter: usize,
    },
}

/// How an image is changed each time it is seen, so that a network does not learn the images by heart. Every number is
/// the most that is drawn; zero leaves that out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Moved by up to this fraction of its side, each way.
    pub shift: f32,
    /// Turned over, left to right, half of the time.
    pub flip: bool,
    /// Seen in a part, whose sides are shorter by up to this fraction.
    pub crop: f32,
    /// Turned by up to so many degrees, either way.
    pub rotation: f32,
    /// Contrast weaker or stronger by up to this fraction.
    pub contrast: f32,
    /// A square of up to this fraction of the shorter side is wiped out (DeVries & Taylor 2017).
    pub cut_out: f32,
}

impl Augmentation {
    /// Whether images are seen as they are.
    pub fn is_none(&self) -> bool {
        *self == Augmentation::default()
    }

    /// Whether the values can be: what is wrong and what to do, otherwise.
    ///
    /// # Errors
    /// Problem and remedy.
    pub fn check(&self) -> std::result::Result<(), (String, String)> {
        let fractions = [
            ("shift", self.shift),
            ("crop", self.crop),
            ("contrast", self.contrast),
            ("cut_out", self.cut_out),
        ];
        for (name, fraction) in fractions {
            if !(0.0..1.0).contains(&fraction) {
                return Err((
                    format!("`augmentation.{name}` is {fraction}"),
                    "it is a fraction, from 0 up to 1".into(),
                ));
            }
        }
        if !(0.0..=180.0).contains(&self.rotation) {
            let problem = format!("`augmentation.rotation` is {}", self.rotation);
            return Err((problem, "it goes from 0 to 180 degrees".into()));
        }
        Ok(())
    }
}

/// How a network is pre-trained on labelled images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagePretraining {
    /// The images.
    pub set: ImageSet,
    /// What is trained on them.
    #[serde(default = "defaults::network")]
    pub network: Architecture,
    /// Pixels of a side as the network sees them. Left out: what the architecture was made for.
    #[serde(default)]
    pub size: Option<usize>,
    /// Epochs over the images.
    #[serde(default = "defaults::epochs")]
    pub epochs: usize,
    /// Images a step.
    #[serde(default = "defaults::batch_size")]
    pub batch_size: usize,
    /// The optimizer.
    #[serde(default = "defaults::optimizer")]
    pub optimizer: OptimizerChoice,
    /// The learning rate.
    #[serde(default = "defaults::learning_rate")]
    pub learning_rate: f32,
    /// How the learning rate changes over the planned steps.
    #[serde(default)]
    pub schedule: Schedule,
    /// How images are changed each time they are seen.
    #[serde(default)]
    pub augmentation: Augmentation,
}

/// Labelled images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageSet {
    /// So many letters, drawn from the fonts that come with the program.
    Demo {
        /// How many are drawn.
        letters: usize,
    },
    /// Images in files.
    Files(ImageFiles),
}

/// What of a network is carried, and what begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// The last so many layers begin anew: convolutions and linear layers count. A frozen network learns them alone.
    #[serde(default = "defaults::anew")]
    pub new: usize,
    /// The first so many blocks stay as they are while the network is fine-tuned.
    #[serde(default)]
    pub freeze: usize,
}

impl Default for Layers {
    fn default() -> Self {
        Layers { new: defaults::anew(), freeze: 0 }
    }
}

impl ImagePretraining {
    /// Whether the values can be: what is wrong and what to do, otherwise.
    ///
    /// # Errors
    /// Problem and remedy.
    pub fn check(&self) -> std::result::Result<(), (String, String)> {
        let wrong = |problem: String, remedy: &str| Err((problem, remedy.to_string()));
        for (name, value, most) in [
            ("epochs", self.epochs, 100_000),
            ("batch_size", self.batch_size, 4_096),
            ("size", self.size.unwrap_or(8), 1_024),
        ] {
            if value == 0 || value > most {
                return wrong(format!("`{name}` is {value}"), &format!("it goes from 1 to {most}"));
            }
        }
        if self.size.is_some_and(|size| size < 8) {
            return wrong(
                "a network for images smaller than 8 pixels".into(),
                "28 and 32 are usual, or 224 for photos",
            );
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return wrong("`learning_rate` is not above 0".into(), "0.001 is usual for Adam");
        }
        if let ImageSet::Demo { letters } = self.set
            && !(520..=1_000_000).contains(&letters)
        {
            return wrong(format!("{letters} letters"), "520 to 1000000 can be drawn");
        }
        self.augmentation.check()
    }
}

mod defaults {
    use super::{Architecture, OptimizerChoice};

    pub fn network() -> Architecture {
        Architecture::SmallCnn
    }
    pub fn epochs() -> usize {
        5
    }
    pub fn batch_size() -> usize {
        64
    }
    pub fn optimizer() -> OptimizerChoice {
        OptimizerChoice::Adam
    }
    pub fn learning_rate() -> f32 {
        0.001
    }
    pub fn anew() -> usize {
        1
    }
}
