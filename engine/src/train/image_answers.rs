//! Answers about images: the images of a set, a network's first filters, the feature maps of a layer, misclassified
//! images, and the classes of a drawn image or of one in a file.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use crate::data::examples::Examples;
use crate::data::image::Image;
use crate::data::images::read_image;
use crate::data::images::scale::scaled;
use crate::error::Result;
use crate::models::image_network::plan::{Op, Plan};
use crate::models::image_network::{ImageNetwork, Workspace};
use crate::train::protocol::command::{Learned, Question, Sight};
use crate::train::protocol::event::{Answer, Mistake, Shown};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::images::ImagePredictor;
use crate::vision::{Images, Preparation};

use super::cells::in_cell;
use super::job::Job;
use super::reading_images;
use super::stage::Look;

/// The longer side in pixels of a thumbnail that is sent to the screen.
const THUMBNAIL: u32 = 96;
/// The same for a photo that is shown alone.
const PHOTO: u32 = 320;
/// The largest number of filters or feature maps that are sent to the screen.
const SHOWN: usize = 128;

/// The answer to a question about images, from the current state of the job.
pub fn answer(job: &mut Job, question: &Question) -> Answer {
    let Some(images) = job.images().cloned() else {
        let why = match job.recipe.images().is_some() {
            true => "the images are still being read",
            false => "this session is of text: it has no images to show",
        };
        return Answer::Unknown(why.into());
    };
    let answer = match question {
        Question::Images { set, class, first, count } => Ok(shown(&images, set, *class, *first, *count)),
        Question::Filters { of } => with_network(job, of, |seen| Ok(filters(seen.network))),
        Question::FeatureMaps { of, layer, image } => with_network(job, of, |seen| {
            let preparation = seen.preparation.as_ref();
            let image = match image {
                Sight::Drawn(image) => Cow::Borrowed(image),
                Sight::File(path) => Cow::Owned(read_image(path, preparation.bound())?),
                Sight::Nth { set, number } => match nth(&images, set, *number) {
                    Some(place) => Cow::Borrowed(&images.images[place]),
                    None => return Ok(Answer::Unknown(format!("there is no image {number} in \"{set}\""))),
                },
            };
            let mut prepared = vec![0.0; preparation.len()];
            preparation.prepare(&image, &mut prepared);
            Ok(maps(seen.network, &prepared, *layer))
        }),
        Question::Mistakes { run, set, truth, guess, count } => {
            Ok(mistakes(job, &images, *run, set, (*truth, *guess), *count))
        }
        Question::Top { of, path, count } => top(job, of, path, *count),
        _ => Ok(Answer::Unknown("this is no question about images".into())),
    };
    answer.unwrap_or_else(|error| Answer::Unknown(error.to_string()))
}

/// The index of the image with this number in a set.
fn nth(images: &Images, set: &str, number: usize) -> Option<usize> {
    let (_, range) = images.sets().iter().find(|(name, _)| name == set)?;
    range.clone().nth(number)
}

fn shown(images: &Images, set: &str, class: Option<usize>, first: usize, count: usize) -> Answer {
    let Some((_, range)) = images.sets().iter().find(|(name, _)| name == set) else {
        let names: Vec<&str> = images.sets().iter().map(|(name, _)| name.as_str()).collect();
        return Answer::Unknown(format!("there is no set \"{set}\", but {}", names.join(", ")));
    };
    let of_class = |place: &usize| class.is_none_or(|class| images.labels()[*place] as usize == class);
    let all: Vec<usize> = range.clone().filter(of_class).collect();
    let list = all.iter().skip(first).take(count).map(|&place| Shown {
        image: thumbnail(&images.images[place]),
        number: place - range.start,
        class: images.labels()[place] as usize,
        name: images.names[place].clone(),
    });
    Answer::Images { of: all.len(), first, list: list.collect() }
}

/// A network, and how images are prepared for it.
struct Seen<'a> {
    network: &'a ImageNetwork<f32>,
    preparation: Cow<'a, Preparation>,
}

fn with_network(job: &Job, of: &Learned, ask: impl FnOnce(Seen) -> Result<Answer>) -> Result<Answer> {
    let unknown = |why: &str| Ok(Answer::Unknown(why.into()));
    let Some(images) = job.images() else { return unknown("the images are still being read") };
    let preparation = Cow::Borrowed(&images.preparation);
    match of {
        Learned::Run(number) => match job.training.run(*number).map(|run| run.learner.inside().network()) {
            Some(Some(network)) => {
                let images = job.images_of_run(*number).unwrap_or(images);
                ask(Seen { network, preparation: Cow::Borrowed(&images.preparation) })
            }
            Some(None) => unknown("this run has no network: it only sees pixels"),
            None => unknown("this run has not begun yet"),
        },
        Learned::Pretrained => match (job.look(), job.network()) {
            (Look::Network(network, own), _) => ask(Seen { network, preparation: Cow::Borrowed(own) }),
            (_, Some(source)) => ask(Seen { network: &source.network, preparation }),
            _ => unknown("there is no network yet"),
        },
        Learned::Weights(path) => {
            let source = reading_images::network(path)?;
            ask(Seen { network: &source.network, preparation: Cow::Owned(source.preparation) })
        }
    }
}

fn filters(network: &ImageNetwork<f32>) -> Answer {
    let Some((shape, numbers)) = network.first_filters() else {
        return Answer::Unknown("this network has no convolution".into());
    };
    let (channels, size) = (shape[1], shape[2]);
    let one = channels * size * size;
    let filter = |numbers: &[f32]| {
        // Three input channels are shown as colours; otherwise the first channel is shown as grey.
        let seen = if channels == 3 { 3 } else { 1 };
        let pixels: Vec<f32> =
            (0..size * size * seen).map(|at| numbers[at % seen * size * size + at / seen]).collect();
        image(&pixels, size, size, seen)
    };
    Answer::Filters(numbers.chunks_exact(one).take(SHOWN).map(filter).collect())
}

/// The name of a layer whose output is an image: the name of the nearest convolution before it (without `.weight`),
/// followed by the operations since.
fn layer_name(plan: &Plan, value: usize) -> String {
    let node = &plan.nodes[value - 1];
    let done = match &node.op {
        Op::Convolution { weights, .. } => {
            let name = plan.parameters.name_at(weights.start);
            return name.strip_suffix(".weight").unwrap_or(name).to_string();
        }
        Op::MaxPool(_) | Op::AveragePool(_) => " pooled",
        Op::Add => " + what passed by",
        Op::Concat => " and its neighbours",
        _ => "",
    };
    match node.reads[0] {
        0 => format!("the image{done}"),
        before => format!("{}{done}", layer_name(plan, before)),
    }
}

fn maps(network: &ImageNetwork<f32>, prepared: &[f32], layer: usize) -> Answer {
    let (nodes, plan) = (network.nodes(), network.plan());
    let ready = network.ready(0..nodes);
    let (mut layers, mut maps) = (Vec::new(), Vec::new());
    network.answer_and_look(&ready, 0..nodes, prepared, 1, &mut Workspace::default(), &mut |value, given| {
        let shape = plan.shape(value);
        if shape.height < 2 || shape.width < 2 {
            return;
        }
        if layers.len() == layer {
            let map = |channel: usize| {
                let pixels: Vec<f32> = given.iter().skip(channel).step_by(shape.channels).copied().collect();
                thumbnail(&image(&pixels, shape.height, shape.width, 1))
            };
            maps = (0..shape.channels.min(SHOWN)).map(map).collect();
        }
        layers.push(layer_name(plan, value));
    });
    if layer >= layers.len() {
        return Answer::Unknown(format!("there are {} layers that give images", layers.len()));
    }
    Answer::FeatureMaps { layers, maps }
}

fn mistakes(
    job: &Job,
    images: &Arc<Images>,
    number: usize,
    set: &str,
    cell: (usize, usize),
    count: usize,
) -> Answer {
    let found = match in_cell(job, number, set, cell) {
        Ok(found) => found,
        Err(why) => return Answer::Unknown(why),
    };
    let mistake = |(confidence, example): (f32, u32)| {
        let place = example as usize;
        // Validation images may have been split off another set, so the set is searched for.
        let (set, range) = images.sets().iter().find(|(_, range)| range.contains(&place))?;
        Some(Mistake {
            image: thumbnail(&images.images[place]),
            name: images.names[place].clone(),
            set: set.clone(),
            number: place - range.start,
            confidence,
        })
    };
    Answer::Mistakes(found.into_iter().filter_map(mistake).take(count).collect())
}

/// The most likely classes of an image in a file.
fn top(job: &mut Job, of: &Learned, path: &Path, count: usize) -> Result<Answer> {
    let ask = |predictor: &ImagePredictor| -> Result<Answer> {
        let image = read_image(path, predictor.preparation.bound())?;
        let probabilities = predictor.probabilities(&image, &mut Workspace::default());
        let mut list: Vec<(String, f32)> = predictor.classes.iter().cloned().zip(probabilities).collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1));
        list.truncate(count);
        Ok(Answer::Top { image: bounded(&image, PHOTO), list })
    };
    match of {
        Learned::Run(number) => match job.training.run_mut(*number).map(|run| run.predictor()) {
            Some(Predictor::Images(predictor)) => ask(&predictor),
            _ => Ok(Answer::Unknown("this run has not begun yet".into())),
        },
        Learned::Pretrained => match job.network() {
            Some(source) => ask(&source.predictor()),
            None => Ok(Answer::Unknown("the network is still being pre-trained".into())),
        },
        Learned::Weights(weights) => ask(&reading_images::network(weights)?.predictor()),
    }
}

/// Values as an image, scaled so that the least is black and the largest is white.
fn image(numbers: &[f32], height: usize, width: usize, channels: usize) -> Image {
    let (least, most) =
        numbers.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, m), &x| (l.min(x), m.max(x)));
    let scale = if most > least { 255.0 / (most - least) } else { 0.0 };
    let pixels = numbers.iter().map(|x| ((x - least) * scale).round() as u8).collect();
    Image { width: width as u32, height: height as u32, channels: channels as u8, pixels }
}

/// The image, reduced to a thumbnail if it is larger.
pub(super) fn thumbnail(image: &Image) -> Image {
    bounded(image, THUMBNAIL)
}

/// The image, reduced so that its longer side is `most` pixels, if it is longer.
fn bounded(image: &Image, most: u32) -> Image {
    let longer = image.width.max(image.height);
    if longer <= most {
        return image.clone();
    }
    let side = |side: u32| (side * most / longer).max(1);
    let (height, width) = (side(image.height), side(image.width));
    let pixels = scaled(&image.pixels, image.shape(), (height as usize, width as usize));
    let pixels = pixels.into_iter().map(|p| p.round().clamp(0.0, 255.0) as u8).collect();
    Image { width, height, channels: image.channels, pixels }
}
