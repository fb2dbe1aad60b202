//! Reads the images of a task, and the images or the weights for its network.

use std::path::Path;
use std::sync::Arc;

use crate::data::demo_images;
use crate::data::examples::Examples;
use crate::data::images::{self, LabelledImages, Wanted};
use crate::data::split::Pool;
use crate::data::splits::Pools;
use crate::error::{Error, Result};
use crate::models::image_network::weights::{self, Weights};
use crate::models::image_network::{ImageNetwork, architectures};
use crate::session::architecture::Architecture;
use crate::session::budget::Proportions;
use crate::session::checkpoint::NETWORK;
use crate::session::image_transfer::{
    Fit, ImageFiles, ImagePretraining, ImageSet, ImageSource, ImageTask, ImageTransfer,
};
use crate::session::parent::Root;
use crate::session::record::DataSummary;
use crate::session::run_source::RunSource;
use crate::session::source_name::SourceName;
use crate::transfer::network::SourceNetwork;
use crate::vision::{Images, Preparation};

use super::body;
use super::inherited::Taken;

/// The data that was read.
pub struct ReadImages {
    /// The recipe's part about images.
    pub asked: ImageTransfer,
    /// For each source the task's images, as its network sees them, and where the network comes from.
    pub sources: Vec<(Arc<Images>, ReadSource)>,
    /// The pools from which label budgets are drawn.
    pub pools: Pools,
    pub summary: DataSummary,
}

/// Where the network comes from.
pub enum ReadSource {
    /// Images to train it on.
    Images(Box<ImagePretraining>, Box<Images>),
    /// A network that is already trained.
    Network(Box<SourceNetwork>),
}

/// Reads the data of a recipe. `taken` are the networks that other sessions pre-trained.
///
/// # Errors
/// All errors in the files.
pub fn read(
    asked: &ImageTransfer,
    (seed, proportions): (u64, Proportions),
    taken: &[Taken],
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<ReadImages> {
    let mut first: Option<(Pools, DataSummary)> = None;
    // Networks that see images of like size share the images that were read.
    let mut known: Vec<(u32, Arc<Images>)> = Vec::new();
    let mut sources = Vec::new();
    for (name, source) in asked.named_sources() {
        let source = match source {
            ImageSource::Network(file) => ReadSource::Network(Box::new(network(file)?)),
            ImageSource::Session(path) | ImageSource::Run(RunSource { session: path, .. }) => {
                let taken = Taken::called(taken, name.as_str());
                ReadSource::Network(Box::new(inherited(path, taken)?))
            }
            ImageSource::Classifier(asked) => {
                let images = source_images(asked, seed, going_on)?;
                ReadSource::Images(Box::new(asked.clone()), Box::new(images))
            }
        };
        let own = match &source {
            ReadSource::Images(_, images) => &images.preparation,
            ReadSource::Network(source) => &source.preparation,
        };
        let preparation = of_task(asked.task(), own)?;
        // The built-in digits are not scaled when they are read.
        let bound = match asked.task() {
            ImageTask::Files(_) => preparation.bound(),
            ImageTask::DemoDigits => 0,
        };
        let images = match known.iter().find(|shared| shared.0 == bound) {
            Some((_, shared)) => Arc::new(shared.prepared_by(preparation)),
            None => {
                let read = labelled(asked.task(), bound, seed, going_on)?;
                let (found, size) = (described(&read, proportions), &preparation);
                let size = Some((size.width as u32, size.height as u32, size.channels as u8));
                first.get_or_insert((found.0, DataSummary { images: size, ..found.1 }));
                let images = Arc::new(Images::new(read, preparation));
                if known.first().is_some_and(|(_, first)| first.labels() != images.labels()) {
                    return Err(Error::request(
                        "the task's images changed while they were read",
                        "run the recipe again",
                    ));
                }
                known.push((bound, images.clone()));
                images
            }
        };
        sources.push((images, source));
    }
    let Some((pools, mut summary)) = first else {
        return Err(Error::request("the recipe names no source", "this is a fault of warmstart"));
    };
    summary.remarks.extend(sizes(asked, &sources));
    Ok(ReadImages { asked: asked.clone(), sources, pools, summary })
}

/// How the task's images are prepared for a network that prepares its own images like `own`.
fn of_task(task: &ImageTask, own: &Preparation) -> Result<Preparation> {
    let mut preparation = own.clone();
    match task {
        ImageTask::Files(files) => {
            preparation.fit = files.fit.unwrap_or(preparation.fit);
            preparation.light_on_dark = files.light_on_dark;
            preparation.check()?;
        }
        ImageTask::DemoDigits => {
            // The digits are drawn as large as letters are within their images.
            let inner = preparation.height.min(preparation.width) * 6 / 7;
            preparation.fit = Fit::Padded { inner };
            // For image files that the user classifies: drawings are usually dark on light.
            preparation.light_on_dark = true;
        }
    }
    Ok(preparation)
}

/// The images of the task.
fn labelled(
    task: &ImageTask,
    bound: u32,
    seed: u64,
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<LabelledImages> {
    match task {
        ImageTask::Files(files) => load(files, bound, seed, going_on),
        ImageTask::DemoDigits => Ok(demo_images::digits(seed)),
    }
}

/// The pools from which label budgets are drawn, and the summary without the size of the images.
fn described(read: &LabelledImages, proportions: Proportions) -> (Pools, DataSummary) {
    let pool = |labels: &[u32]| {
        Pool::of_labels(labels, &read.classes, read.validation.is_some()).in_proportions(proportions)
    };
    let both = read.tests.first().filter(|_| read.held_out);
    let both = both.map(|(_, test)| pool(&[&read.train.labels[..], &test.labels].concat()));
    let pools = Pools { train: pool(&read.train.labels), both };
    let summary = DataSummary {
        classes: read.classes.clone(),
        train: read.train.len(),
        validation: read.validation.as_ref().map_or(0, |part| part.len()),
        tests: read.tests.iter().map(|(name, part)| (name.clone(), part.len())).collect(),
        words: 0,
        mean_tokens: 0.0,
        read: read.read.clone(),
        remarks: read.remarks.clone(),
        images: None,
    };
    (pools, summary)
}

/// A remark on the sizes of images, if the networks see them in different ones.
fn sizes(asked: &ImageTransfer, sources: &[(Arc<Images>, ReadSource)]) -> Option<String> {
    let size = |images: &Images| {
        let Preparation { width, height, channels, .. } = images.preparation;
        (width, height, channels)
    };
    let of_first = size(&sources.first()?.0);
    sources.iter().find(|(images, _)| size(images) != of_first)?;
    let one = |((name, _), (images, _)): (&(SourceName, &ImageSource), &(Arc<Images>, ReadSource))| {
        let (width, height, channels) = size(images);
        format!("{name} {width} × {height} {}", if channels == 1 { "grey" } else { "in colour" })
    };
    let each: Vec<String> = asked.named_sources().iter().zip(sources).map(one).collect();
    Some(format!("each network sees the images in its own size: {}", each.join(", ")))
}

/// The network that another session pre-trained, or the published one that it used.
fn inherited(session: &Path, taken: Option<&Taken>) -> Result<SourceNetwork> {
    let Some(taken) = taken else {
        return Err(Error::request(
            format!("{} was not looked for", session.display()),
            "this is a fault of warmstart",
        ));
    };
    if let Some(folder) = taken.model() {
        return body::of_images(&folder, &taken.origin(), taken.parent.seconds);
    }
    if let Root::Images(source) = &taken.parent.root
        && let ImageSource::Network(file) = &**source
    {
        return network(file);
    }
    let found = network(&taken.folder.join(NETWORK))?;
    let origin = format!("{}, {}", found.architecture.name(), taken.origin());
    Ok(SourceNetwork { origin, seconds: taken.parent.seconds, ..found })
}

fn load(
    files: &ImageFiles,
    bound: u32,
    seed: u64,
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<LabelledImages> {
    let wanted = Wanted {
        train: &files.train,
        validation: files.validation.as_deref(),
        test: files.test.as_deref(),
        only: &files.only,
        bound,
        seed,
    };
    images::load(&wanted, going_on)
}

/// Reads the images that a network is pre-trained on.
///
/// # Errors
/// All errors in the files.
pub fn source_images(
    asked: &ImagePretraining,
    seed: u64,
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<Images> {
    let read = source_set(asked, seed, going_on)?;
    let preparation = of_source(asked, &read);
    Ok(Images::new(read, preparation))
}

fn source_set(
    asked: &ImagePretraining,
    seed: u64,
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<LabelledImages> {
    match &asked.set {
        ImageSet::Demo { letters } => Ok(demo_images::letters(*letters, seed)),
        ImageSet::Files(files) => {
            let preparation = sized(asked, Some(files), 1);
            preparation.check()?;
            load(files, preparation.bound(), seed, going_on)
        }
    }
}

/// How the images for pre-training are prepared. They keep one channel if all of them are grey and the architecture
/// is one for small images.
fn of_source(asked: &ImagePretraining, read: &LabelledImages) -> Preparation {
    let parts =
        std::iter::once(&read.train).chain(&read.validation).chain(read.tests.iter().map(|(_, part)| part));
    let grey = parts.flat_map(|part| &part.images).all(|image| image.channels == 1);
    let small = matches!(asked.network, Architecture::SmallCnn | Architecture::ResNet20);
    let files = match &asked.set {
        ImageSet::Files(files) => Some(files),
        ImageSet::Demo { .. } => None,
    };
    let preparation = sized(asked, files, if grey && small { 1 } else { 3 });
    match asked.network {
        Architecture::SmallCnn => preparation.normalised(&read.train.images),
        // Theirs are known.
        _ => preparation,
    }
}

fn sized(asked: &ImagePretraining, files: Option<&ImageFiles>, channels: usize) -> Preparation {
    let mut preparation = usual(asked.network);
    preparation.channels = channels;
    if let Some(size) = asked.size {
        (preparation.height, preparation.width) = (size, size);
        if let Fit::Crop { shorter } = &mut preparation.fit {
            *shorter = size + size / 7;
        }
    }
    if let Some(files) = files {
        preparation.fit = files.fit.unwrap_or(preparation.fit);
        preparation.light_on_dark = files.light_on_dark;
    }
    preparation
}

/// The default preparation of images for an architecture.
pub fn usual(architecture: Architecture) -> Preparation {
    let input = weights::usual_input(architecture);
    let (height, width, channels) = (input.height, input.width, input.channels);
    match architecture {
        Architecture::SmallCnn => Preparation { height, width, channels, ..Preparation::default() },
        // The mean and the standard deviation of CIFAR-10's training part.
        Architecture::ResNet20 => Preparation {
            height,
            width,
            channels,
            mean: [0.4914, 0.4822, 0.4465],
            deviation: [0.2470, 0.2435, 0.2616],
            ..Preparation::default()
        },
        Architecture::EfficientNetLite0
        | Architecture::EfficientNetLite1
        | Architecture::EfficientNetLite2
        | Architecture::EfficientNetLite3
        | Architecture::EfficientNetLite4 => Preparation::efficientnet_lite(height),
        _ => Preparation::torchvision(),
    }
}

/// A network in a file. Images are prepared as the file says, or else with the defaults of its architecture.
///
/// # Errors
/// When the file has no network of a known architecture.
pub fn network(path: &Path) -> Result<SourceNetwork> {
    let weights = Weights::open(path)?;
    let (architecture, mut input, count) = weights.architecture()?;
    let mut preparation = usual(architecture);
    preparation.channels = input.channels;
    (preparation.height, preparation.width) = (input.height, input.width);
    if let Ok(own) = ron::from_str::<Preparation>(&weights.about.preparation)
        && own.channels == input.channels
        && own.check().is_ok()
    {
        (input.height, input.width) = (own.height, own.width);
        preparation = own;
    }
    let classes = match count {
        Some(count) => weights.about.classes.clone().filter(|classes| classes.len() == count),
        None => Some(vec!["(no classifier)".into()]),
    };
    let plan = Arc::new(architectures::plan(architecture, input, count.unwrap_or(1)));
    let until = if count.is_some() { plan.nodes.len() } else { plan.last_layers(1) };
    let mut network = ImageNetwork::new(plan, 0);
    weights.load(&mut network, until)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let origin = format!("{}, {file}", architecture.name());
    let classifies = count.is_some();
    Ok(SourceNetwork { architecture, network, classifies, classes, preparation, origin, seconds: 0.0 })
}
