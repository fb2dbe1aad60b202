//! Measures training and inference of an image network as a session does them: from the bytes of the images to the
//! updated parameters, or to probabilities.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET, VALIDATION_SET};
use crate::data::image::Image;
use crate::data::images::{LabelledImages, Part};
use crate::error::Result;
use crate::models::image_network::{ImageNetwork, architectures};
use crate::nn::convolution::Shape;
use crate::rng;
use crate::session::architecture::Architecture;
use crate::session::image_transfer::Augmentation;
use crate::session::method::{Method, Strategy};
use crate::train::learners::images::ImageSubject;
use crate::train::run::Run;
use crate::train::usual_preparation;
use crate::transfer::network::Body;
use crate::vision::Images;

use super::{Speed, TESTS, endless, endless_run, learning, testing};

/// Images per step.
const BATCH: usize = 64;
const UNIT: &str = "images";

/// Images a second in training, with Adam, in batches of 64.
///
/// # Errors
/// Never, with these sizes.
pub fn train(architecture: Architecture, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let (run, [operations, _]) = run(architecture, BATCH * 16, 0);
    Ok(Speed::new(UNIT, learning(run, BATCH, pool, seconds)).counted(Some(operations)))
}

/// Images a second in inference, in batches of `count`.
///
/// # Errors
/// Never, with these sizes.
pub fn infer(
    architecture: Architecture,
    count: usize,
    pool: &rayon::ThreadPool,
    seconds: f64,
) -> Result<Speed> {
    let (run, [_, operations]) = run(architecture, BATCH, count);
    Ok(Speed::new(UNIT, testing(run, count, pool, seconds)).counted(Some(operations)))
}

/// A run on random images that trains without end, and the operations of an image in training and in inference. It lists
/// the same test set many times.
fn run(architecture: Architecture, train: usize, test: usize) -> (Run, [f64; 2]) {
    let preparation = usual_preparation(architecture);
    let input =
        Shape { height: preparation.height, width: preparation.width, channels: preparation.channels };
    let classes = if input.height > 32 { 1_000 } else { 10 };
    let mut stream = rng::stream(1, "bench images", 0);
    let mut part = |count: usize| {
        let image = |_| Image {
            width: input.width as u32,
            height: input.height as u32,
            channels: input.channels as u8,
            pixels: (0..input.size()).map(|_| rng::below(&mut stream, 256) as u8).collect(),
        };
        let images: Vec<Image> = (0..count).map(image).collect();
        let labels = (0..count as u32).map(|number| number % classes as u32).collect();
        Part { images, labels, names: vec![String::new(); count] }
    };
    let (train, test) = (part(train), part(test));
    let read = LabelledImages {
        classes: (0..classes).map(|class| class.to_string()).collect(),
        train,
        validation: Some(test),
        tests: Vec::new(),
        held_out: false,
        read: Vec::new(),
        remarks: Vec::new(),
    };
    let mut images = Images::new(read, preparation);
    // The same test set many times: each evaluation is one repetition.
    let test = images.set(VALIDATION_SET);
    for number in 0..if test.is_empty() { 0 } else { TESTS } {
        images.sets.push((format!("test {number}"), test.clone()));
    }
    let images = Arc::new(images);
    let network = ImageNetwork::new(Arc::new(architectures::plan(architecture, input, classes)), 1);
    let parameters = [network.trainable_parameters(), network.total_parameters()];
    let forward: u64 = network.plan().flops().iter().map(|flops| flops.forward).sum();
    let operations = [network.training_flops() as f64, forward as f64];
    let train: Vec<ExampleId> = images.set(TRAIN_SET).map(|example| example as ExampleId).collect();
    let body = Arc::new(Body::none(images.clone()));
    let subject = ImageSubject::new(body, network, Augmentation::default(), None);
    let run = endless_run(
        Method::Strategy(Strategy::Scratch),
        parameters,
        train,
        images,
        Box::new(subject),
        endless(BATCH),
    );
    (run, operations)
}
