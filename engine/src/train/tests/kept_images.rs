//! A kept image model gives the same predictions as its run, bit by bit.

use std::fs;
use std::path::Path;

use crate::data::image::Image;
use crate::session::history::History;
use crate::session::kept_models::model_folder;
use crate::transfer::predictor::{Predictor, load};

use super::*;

const SIDE: usize = 12;

/// An image of a bar on a noisy background: horizontal, vertical, or diagonal.
fn pixels(class: usize, number: usize) -> Vec<u8> {
    let mut random = crate::rng::stream((class * 1_000 + number) as u64, "kept images", 0);
    let mut pixels: Vec<u8> = (0..SIDE * SIDE).map(|_| crate::rng::below(&mut random, 60) as u8).collect();
    let at = 3 + crate::rng::below(&mut random, 6) as usize;
    for step in 0..SIDE {
        let place = [at * SIDE + step, step * SIDE + at, step * SIDE + step][class];
        pixels[place] = 220;
    }
    pixels
}

pub fn write(folder: &Path, each: usize) {
    for class in 0..3 {
        let folder = folder.join(["across", "down", "diagonal"][class]);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..each {
            let image = [&b"P5 12 12 255\n"[..], &pixels(class, number)].concat();
            fs::write(folder.join(format!("{number}.pgm")), image).unwrap();
        }
    }
}

#[test]
fn kept_models_of_images_say_what_their_runs_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(&at.join("many"), 40);
    write(&at.join("few"), 16);
    for (new, methods) in [
        (1, "ZeroShot, Scratch, Frozen, FineTuned, LinearProbeThenFineTune, Pixels, Majority"),
        (2, "Frozen, GradualUnfreezing"),
    ] {
        let text = format!(
            "(title: \"t\", transfer: Images(source: Classifier(set: Files(train: \"many\"), size: 12, epochs: 2),
              task: Files(train: \"few\"), head: Layers(new: {new})), methods: [{methods}], labels: [12], seeds: 1,
              training: (epochs: 2))"
        );
        let recipe = Recipe::parse(&text, &at.join("recipe.ron")).unwrap();
        let session = at.join(format!("new {new}"));
        let worker = worker::start(1).unwrap();
        worker.commands.send(Command::Start { recipe: Box::new(recipe), folder: session.clone() }).unwrap();
        until(&worker, finished);
        let image = Image { width: 12, height: 12, channels: 1, pixels: pixels(1, 999) };
        let question = Question::ClassifyImage { image: image.clone() };
        worker.commands.send(Command::Ask { id: 5, question }).unwrap();
        let mut said = Vec::new();
        until(&worker, |event| match event {
            Event::Answer { id: 5, answer: Answer::Classified { run, guess, last } } => {
                said.push((*run, guess.probabilities.clone()));
                *last
            }
            Event::Answer { id: 5, answer } => panic!("{answer:?}"),
            _ => false,
        });
        leave(worker);
        let history = History::of(log::read(&session).unwrap().entries);
        assert_eq!((said.len(), history.runs.len()), (methods.split(", ").count(), said.len()));
        for (run, live) in said {
            let start = &history.run(run).unwrap().start;
            let Predictor::Images(kept) =
                load::load(&model_folder(&session, start, false)).unwrap().predictor
            else {
                panic!("a model of images")
            };
            let kept = kept.probabilities(&image, &mut Default::default());
            let bits = |p: &[f32]| p.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&kept), bits(&live), "{}: {kept:?} {live:?}", start.method);
        }
    }
}
