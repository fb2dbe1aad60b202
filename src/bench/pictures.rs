//! Training an image network, and classifying with one, as a session does both; from the pictures' bytes to the updated
//! parameters and to probabilities.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET, VALIDATION_SET};
use crate::data::pictures::{LabelledPictures, Part, Picture};
use crate::error::Result;
use crate::models::image_network::{ImageNetwork, architectures};
use crate::nn::convolution::Shape;
use crate::rng;
use crate::session::pictures::Augmentation;
use crate::session::recipe::{Architecture, Arm};
use crate::train::learners::pictures::PictureSubject;
use crate::train::run::Run;
use crate::train::usual_preparation;
use crate::transfer::network::Body;
use crate::vision::Pictures;

use super::{Speed, TESTS, endless, endless_run, learning, testing};

/// Pictures a step.
const BATCH: usize = 64;
const UNIT: &str = "pictures";

/// Pictures a second that a network learns from, with Adam, in batches of 64.
///
/// # Errors
/// Never, with these sizes.
pub fn train(architecture: Architecture, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    Ok(Speed {
        unit: UNIT,
        rates: learning(run(architecture, BATCH * 16, 0), BATCH, pool, seconds),
        limit: None,
    })
}

/// Pictures a second that a network classifies, `count` together.
///
/// # Errors
/// Never, with these sizes.
pub fn infer(
    architecture: Architecture,
    count: usize,
    pool: &rayon::ThreadPool,
    seconds: f64,
) -> Result<Speed> {
    Ok(Speed {
        unit: UNIT,
        rates: testing(run(architecture, BATCH, count), count, pool, seconds),
        limit: None,
    })
}

/// A run on noise that learns without an end, and with the same test set again and again.
fn run(architecture: Architecture, train: usize, test: usize) -> Run {
    let preparation = usual_preparation(architecture);
    let input =
        Shape { height: preparation.height, width: preparation.width, channels: preparation.channels };
    let classes = if input.height > 32 { 1_000 } else { 10 };
    let mut stream = rng::stream(1, "bench pictures", 0);
    let mut part = |count: usize| {
        let picture = |_| Picture {
            width: input.width as u32,
            height: input.height as u32,
            channels: input.channels as u8,
            pixels: (0..input.size()).map(|_| rng::below(&mut stream, 256) as u8).collect(),
        };
        let pictures: Vec<Picture> = (0..count).map(picture).collect();
        let labels = (0..count as u32).map(|number| number % classes as u32).collect();
        Part { pictures, labels, names: vec![String::new(); count] }
    };
    let (train, test) = (part(train), part(test));
    let read = LabelledPictures {
        classes: (0..classes).map(|class| class.to_string()).collect(),
        train,
        validation: Some(test),
        tests: Vec::new(),
        read: Vec::new(),
        remarks: Vec::new(),
    };
    let mut pictures = Pictures::new(read, preparation);
    // The same test set again and again: each time is a repetition.
    let test = pictures.set(VALIDATION_SET);
    for number in 0..if test.is_empty() { 0 } else { TESTS } {
        pictures.sets.push((format!("test {number}"), test.clone()));
    }
    let pictures = Arc::new(pictures);
    let network = ImageNetwork::new(Arc::new(architectures::plan(architecture, input, classes)), 1);
    let parameters = [network.trainable_parameters(), network.total_parameters()];
    let train: Vec<ExampleId> = pictures.set(TRAIN_SET).map(|example| example as ExampleId).collect();
    let body = Arc::new(Body::none(pictures.clone()));
    let subject = PictureSubject::new(body, network, Augmentation::default(), None);
    endless_run(Arm::Scratch, parameters, train, pictures, Box::new(subject), endless(BATCH))
}
