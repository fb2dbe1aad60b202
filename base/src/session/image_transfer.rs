//! The part of a recipe about transfer between images: data sets, fitting images to a network, and pre-training a
//! network.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::run_source::RunSource;
use super::source_name::SourceName;
use super::sources::Sources;
use super::training::{OptimizerChoice, Schedule};
use crate::error::{counted, grouped};

/// Transfer from labelled images, or from a network in a file, to an image classification task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTransfer {
    /// Where the network comes from, if there is one source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ImageSource>,
    /// Several networks by name. Every transfer method runs for each of them, on the same labels.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub sources: Sources<ImageSource>,
    /// The labelled task that the network is transferred to, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<ImageTask>,
    /// Several tasks by name, which share one pre-training. Each becomes a session of its own.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub tasks: Sources<ImageTask>,
    /// Which of the network's layers are initialised anew, and which are frozen.
    #[serde(default)]
    pub head: Layers,
    /// The random augmentation of images in runs from scratch and in fine-tuned runs. (Features of a frozen network
    /// are computed once, from the images without augmentation.)
    #[serde(default, skip_serializing_if = "Augmentation::is_none")]
    pub augmentation: Augmentation,
}

/// Where an image network comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageSource {
    /// A network that is trained in the session to classify labelled images.
    Classifier(ImagePretraining),
    /// A file with a network's weights, as published or as saved by a session.
    Network(PathBuf),
    /// The network that another session pre-trained: the path of its folder.
    Session(PathBuf),
    /// The network that a run of another session trained.
    Run(RunSource),
}

impl ImageSource {
    /// The name of a single source, which has none in the recipe: its kind, or its file without endings.
    fn name(&self) -> SourceName {
        match self {
            ImageSource::Classifier(_) => "classifier".into(),
            ImageSource::Network(file) => SourceName::of_file(file),
            ImageSource::Session(path) => SourceName::of_session(path),
            ImageSource::Run(asked) => asked.name(),
        }
    }

    /// Its kind in a few words.
    pub fn kind(&self) -> &'static str {
        match self {
            ImageSource::Classifier(_) => "a network trained here",
            ImageSource::Network(_) => "a network from a file",
            ImageSource::Session(_) => "the network of another session",
            ImageSource::Run(_) => "the network of another session's model",
        }
    }

    /// Describes it, for a reader who does not know it.
    pub fn explained(&self) -> String {
        let asked = match self {
            ImageSource::Network(file) => {
                return format!("a published network, read from {}", file.display());
            }
            ImageSource::Classifier(asked) => asked,
            ImageSource::Session(path) => return format!("what the session {} pre-trained", path.display()),
            ImageSource::Run(asked) => return asked.explained(),
        };
        let images = match &asked.set {
            ImageSet::Demo { letters } => format!("{} letters drawn from fonts", grouped(*letters as u64)),
            ImageSet::Files(files) => format!("the images of {}", files.train.display()),
        };
        let (network, epochs) = (asked.network.name(), counted(asked.epochs, "epoch", "epochs"));
        format!("{network} learns to tell {images} apart, {epochs}")
    }

    /// Whether the network is trained in the session, and so has a loss curve and a learning rate.
    pub fn is_trained(&self) -> bool {
        matches!(self, ImageSource::Classifier(_))
    }
}

/// A labelled image classification task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageTask {
    /// The built-in handwritten digits: 797 to draw labels from, 1,000 for the test set.
    DemoDigits,
    /// Labelled images in files.
    Files(ImageFiles),
}

impl ImageTransfer {
    /// Calls `place` with every path, so that it can be made absolute.
    pub(super) fn each_path(&mut self, place: &mut dyn FnMut(&mut PathBuf)) {
        for source in self.source.iter_mut().chain(self.sources.values_mut()) {
            match source {
                ImageSource::Network(file) | ImageSource::Session(file) => place(file),
                ImageSource::Run(asked) => place(&mut asked.session),
                ImageSource::Classifier(asked) => {
                    if let ImageSet::Files(files) = &mut asked.set {
                        files.paths().for_each(&mut *place);
                    }
                }
            }
        }
        for task in self.task.iter_mut().chain(self.tasks.values_mut()) {
            if let ImageTask::Files(files) = task {
                files.paths().for_each(&mut *place);
            }
        }
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        match (&self.source, self.sources.is_empty()) {
            (None, true) => {
                return Err((
                    "no source is named".into(),
                    "write `source: Network(\"resnet18.safetensors\")`".into(),
                ));
            }
            (Some(_), false) => return Err(("`source` and `sources`".into(), "give one of both".into())),
            _ => self.sources.check("source")?,
        }
        for (_, source) in self.named_sources() {
            match source {
                ImageSource::Classifier(asked) => asked.check()?,
                ImageSource::Run(asked) => asked.check()?,
                ImageSource::Network(_) | ImageSource::Session(_) => {}
            }
        }
        match (&self.task, self.tasks.is_empty()) {
            (None, true) => {
                return Err(("no task is named".into(), "write `task: Files(train: \"photos\")`".into()));
            }
            (Some(_), false) => return Err(("`task` and `tasks`".into(), "give one of both".into())),
            _ => self.tasks.check("task")?,
        }
        self.augmentation.check()
    }

    /// The sources with their names, in their order. A single source is named after its kind or its file.
    pub fn named_sources(&self) -> Vec<(SourceName, &ImageSource)> {
        let named = self.sources.iter().map(|(name, source)| (name.clone(), source));
        self.source.iter().map(|source| (source.name(), source)).chain(named).collect()
    }

    /// The only source, or the first of several.
    ///
    /// # Panics
    /// If there is none: a recipe that was checked has one.
    pub fn source(&self) -> &ImageSource {
        let first = self.source.as_ref().or_else(|| self.sources.iter().next().map(|known| known.1));
        first.expect("a checked recipe has a source")
    }

    /// The same transfer from only the source with this name.
    pub fn with_source(&self, name: &SourceName) -> ImageTransfer {
        let sources = self.sources.only(name);
        match sources.is_empty() {
            true => self.clone(),
            false => ImageTransfer { sources, ..self.clone() },
        }
    }

    /// The only task, or the first of several.
    ///
    /// # Panics
    /// If there is none: a recipe that was checked has one.
    pub fn task(&self) -> &ImageTask {
        let first = self.task.as_ref().or_else(|| self.tasks.iter().next().map(|known| known.1));
        first.expect("a checked recipe has a task")
    }
}

/// Labelled images in files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFiles {
    /// The training part: an IDX file of images (its labels are found by its name), CIFAR's binary files, or a folder
    /// or archive (`.tar`, `.tar.gz`, `.zip`) with one folder for each class. Without a `test` it may hold all the
    /// data.
    pub train: PathBuf,
    /// A separate validation part. Left out: one is split off the budget.
    #[serde(default)]
    pub validation: Option<PathBuf>,
    /// The test part. Left out: the one beside the training part is used if there is one; otherwise a fifth of
    /// `train` is held out.
    #[serde(default)]
    pub test: Option<PathBuf>,
    /// The names of the classes to keep. Left out: all classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// How an image of another size is fitted to the network's image size. Left out: photos are cropped, other images
    /// are stretched.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// Inverts drawings that are dark on a light background, so that they are light on dark as in MNIST.
    #[serde(default)]
    pub light_on_dark: bool,
}

impl ImageFiles {
    /// All paths in the recipe's part.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [Some(&mut self.train), self.validation.as_mut(), self.test.as_mut()].into_iter().flatten()
    }
}

/// How an image of another size or aspect ratio is fitted to the network's image size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Fit {
    /// Scales height and width independently.
    #[default]
    Stretch,
    /// Scales the image, keeping its aspect ratio, until it fits; centres it on its background.
    Within,
    /// Scales the image so that its longer side is `inner`; centres it on its background. 20 of 28 gives the layout
    /// of MNIST.
    Padded {
        /// The length of the longer side, in pixels.
        inner: usize,
    },
    /// Scales the image so that its shorter side is `shorter`; cuts out the centre. torchvision does this to photos.
    Crop {
        /// The length of the shorter side before the centre is cut out, in pixels.
        shorter: usize,
    },
}

/// Random augmentation, drawn each time an image is seen, against overfitting. Each value is the maximum that can be
/// drawn; zero turns that kind off.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Shift by up to this fraction of the side length, in each direction.
    pub shift: f32,
    /// Mirror left to right, with probability 1/2.
    pub flip: bool,
    /// Crop to a part whose sides are shorter by up to this fraction.
    pub crop: f32,
    /// Rotate by up to this many degrees, in either direction.
    pub rotation: f32,
    /// Lower or raise the contrast by up to this fraction.
    pub contrast: f32,
    /// Erase a square of up to this fraction of the shorter side (cutout, DeVries & Taylor 2017).
    pub cut_out: f32,
}

impl Augmentation {
    /// Whether there is no augmentation.
    pub fn is_none(&self) -> bool {
        *self == Augmentation::default()
    }

    /// Checks the values.
    ///
    /// # Errors
    /// The problem and the remedy, if a value is out of bounds.
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

/// How an image network is pre-trained on labelled images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagePretraining {
    /// The images.
    pub set: ImageSet,
    /// The architecture of the network.
    #[serde(default = "defaults::network")]
    pub network: Architecture,
    /// The image size of the network: the side of a square, in pixels. Left out: the usual size of the architecture.
    #[serde(default)]
    pub size: Option<usize>,
    /// Epochs over the images.
    #[serde(default = "defaults::epochs")]
    pub epochs: usize,
    /// Images in a batch.
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
    /// The random augmentation of images.
    #[serde(default)]
    pub augmentation: Augmentation,
}

/// Labelled images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageSet {
    /// Rendered letters in the fonts that come with the program.
    Demo {
        /// The number of letters.
        letters: usize,
    },
    /// Images in files.
    Files(ImageFiles),
}

/// Which layers of a transferred network are initialised anew, and which are frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// How many of the last layers are initialised anew; convolutions and linear layers count. With a frozen network
    /// only these are trained.
    #[serde(default = "defaults::anew")]
    pub new: usize,
    /// How many of the first blocks stay frozen while the network is fine-tuned.
    #[serde(default)]
    pub freeze: usize,
}

impl Default for Layers {
    fn default() -> Self {
        Layers { new: defaults::anew(), freeze: 0 }
    }
}

impl ImagePretraining {
    /// Checks the values.
    ///
    /// # Errors
    /// The problem and the remedy, if a value is out of bounds.
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
