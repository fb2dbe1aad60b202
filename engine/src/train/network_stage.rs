//! The pre-training of an image network as a stage of a session. It is an ordinary run on the source's images whose
//! records are those of pre-training.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::examples::{ExampleId, Examples, TRAIN_SET};
use crate::data::split;
use crate::error::{Error, Result};
use crate::files;
use crate::models::image_network::{ImageNetwork, architectures, weights};
use crate::session::budget::Budget;
use crate::session::checkpoint::{self, Loaded, Shelf};
use crate::session::image_transfer::ImagePretraining;
use crate::session::method::{Method, Strategy};
use crate::session::record::{
    Arithmetic, Note, Outcome, PretrainPoint, Record, RunStart, SourceTest, Stage, VALIDATION,
};
use crate::transfer::network::{Body, SourceNetwork};
use crate::vision::Images;

use super::learners::descent::Descent;
use super::learners::images::ImageSubject;
use super::learners::settings::Settings;
use super::run::{Run, RunState};
use super::stage::{Finished, Look, PretrainingStage, StageStatus};
use super::training::RunSet;

/// The name of the stage's checkpoints.
const NAME: &str = "pretraining";
/// How many points the curve of the whole pre-training has.
const POINTS: u64 = 400;
/// A twentieth of the training images is held out, but no more than these, to measure the accuracy after each epoch.
const HELD_OUT: usize = 1_000;

/// The pre-training in progress.
pub struct NetworkStage {
    training: RunSet,
    /// The session's folder, where the finished network is saved.
    folder: PathBuf,
    images: Arc<Images>,
    asked: ImagePretraining,
    seconds: f64,
    resumed_at: Option<u64>,
    told: Told,
    progress: f64,
    speed: f64,
    /// The total number of images, over all epochs.
    of: u64,
    show: bool,
    /// Floating-point operations so far.
    flops: Option<u64>,
    diverged: Option<String>,
}

/// The state in a checkpoint, besides the tensors.
#[derive(Serialize, Deserialize)]
struct State {
    run: RunState,
    told: Told,
}

/// The last recorded point, and the sums since then.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Told {
    point: u64,
    samples: u64,
    seconds: f64,
    loss: f64,
    steps: u64,
}

/// The run that trains the network on `images`.
pub fn run(asked: &ImagePretraining, images: &Arc<Images>, seed: u64) -> Run {
    let preparation = &images.preparation;
    let input = crate::nn::convolution::Shape {
        height: preparation.height,
        width: preparation.width,
        channels: preparation.channels,
    };
    let plan = Arc::new(architectures::plan(asked.network, input, images.classes.len()));
    let network = ImageNetwork::new(plan, seed);
    let labels = images.labels();
    let all: Vec<ExampleId> = images.set(TRAIN_SET).map(|example| example as ExampleId).collect();
    let fraction = (HELD_OUT as f64 / all.len().max(1) as f64).min(0.05);
    let held = split::fraction_of(&all, labels, images.classes.len(), None, fraction);
    let train: Vec<ExampleId> =
        all.into_iter().filter(|example| held.binary_search(example).is_err()).collect();
    let settings = Settings::of_pretraining(asked);
    let start = RunStart {
        run: 0,
        method: Method::Strategy(Strategy::Scratch),
        source: None,
        budget: Budget::All,
        labels: train.len() + held.len(),
        validation: held.len(),
        seed: 0,
        trainable_parameters: network.trainable_parameters() as u64,
        total_parameters: network.total_parameters() as u64,
        batch: settings.batch_size,
        planned_steps: Descent::planned_steps(&settings, train.len()),
        optimizer: settings.optimizer(),
        metric: None,
        tuned: None,
        groups: Vec::new(),
    };
    let body = Arc::new(Body::none(images.clone()));
    let subject = ImageSubject::new(body, network, asked.augmentation, None);
    let descent = Descent::new(Box::new(subject), settings, train, seed);
    Run::new(start, images.clone(), Box::new(descent), held)
}

/// The number of images seen after `step` steps; the last batch of an epoch may be smaller.
fn seen(start: &RunStart, step: u64) -> u64 {
    let (train, batch) = ((start.labels - start.validation) as u64, start.batch.max(1) as u64);
    let epoch = train.div_ceil(batch).max(1);
    step / epoch * train + (step % epoch * batch).min(train)
}

impl NetworkStage {
    /// Begins pre-training. With `resume` it continues from the checkpoint in `folder`, if there is one.
    ///
    /// # Errors
    /// When a checkpoint does not fit the recipe.
    pub fn begin(
        asked: &ImagePretraining,
        images: Arc<Images>,
        seed: u64,
        folder: &Path,
        resume: bool,
    ) -> Result<NetworkStage> {
        let mut run = run(asked, &images, seed);
        let of = (run.start.labels - run.start.validation) as u64 * asked.epochs as u64;
        let mut stage = NetworkStage {
            training: RunSet::default(),
            folder: folder.to_path_buf(),
            images,
            asked: asked.clone(),
            seconds: 0.0,
            resumed_at: None,
            told: Told::default(),
            progress: 0.0,
            speed: 0.0,
            of,
            show: false,
            flops: None,
            diverged: None,
        };
        let kept = if resume { checkpoint::load::<State>(folder, NAME)? } else { None };
        if let Some(Loaded { step, state, tensors, path }) = kept {
            run.restore(state.run, tensors).map_err(|error| checkpoint::named(&path, error))?;
            stage.seconds = run.seconds();
            stage.told = state.told;
            let seen = seen(&run.start, step);
            stage.resumed_at = Some(seen);
            stage.progress = seen as f64 / of.max(1) as f64;
        }
        if run.ended() {
            stage.training.ended.push(run);
        } else {
            stage.training.live.push(run);
        }
        Ok(stage)
    }

    /// The network with its current parameters.
    fn network(&self) -> Option<&ImageNetwork<f32>> {
        self.training.runs().first()?.learner.inside().network()
    }
}

impl PretrainingStage for NetworkStage {
    fn resumed_at(&self) -> Option<u64> {
        self.resumed_at
    }

    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool> {
        if self.training.idle() {
            return Ok(true);
        }
        let mut records = Vec::new();
        self.training.step(pool, &mut records);
        for record in records {
            match record {
                Record::Step(point) => {
                    self.told.loss += point.loss;
                    self.told.steps += 1;
                    self.seconds = point.seconds;
                    self.progress = point.samples as f64 / self.of.max(1) as f64;
                    let number = point.samples * POINTS / self.of.max(1);
                    if number > self.told.point || self.show || point.samples >= self.of {
                        self.show = false;
                        let seen = point.samples.saturating_sub(self.told.samples);
                        self.speed = seen as f64 / (point.seconds - self.told.seconds).max(1e-9);
                        tell.push(Record::Pretrain(PretrainPoint {
                            tokens: point.samples,
                            of: self.of,
                            loss: self.told.loss / self.told.steps as f64,
                            learning_rate: point.learning_rate,
                            tokens_per_second: self.speed,
                        }));
                        let (samples, seconds) = (point.samples, point.seconds);
                        self.told = Told { point: number, samples, seconds, ..Told::default() };
                    }
                }
                Record::Evaluation(evaluation) => tell.push(Record::SourceTest(SourceTest {
                    samples: (self.progress * self.of as f64).round() as u64,
                    held_out: evaluation.set == VALIDATION,
                    set: evaluation.set,
                    loss: evaluation.loss,
                    accuracy: evaluation.accuracy,
                })),
                Record::Arithmetic(found) => self.flops = Some(found.flops),
                Record::RunEnd(end) => {
                    let step = self.of;
                    tell.extend(
                        self.flops.map(|flops| Record::Arithmetic(Arithmetic { run: None, step, flops })),
                    );
                    if let Outcome::Diverged { what } = end.outcome {
                        self.diverged = Some(what);
                    }
                }
                _ => {}
            }
        }
        if let Some(what) = &self.diverged {
            let what = format!("the pre-training of the network diverged: {what}");
            tell.push(Record::Note(Note::Remark(what.clone())));
            return Err(Error::request(what, "give the source a smaller `learning_rate`"));
        }
        Ok(self.training.idle())
    }

    fn finish(&mut self) -> Result<Finished> {
        let Some(network) = self.network().cloned() else {
            return Err(Error::request("the network is not there yet", "this is a fault of warmstart"));
        };
        let source = SourceNetwork {
            classifies: true,
            architecture: self.asked.network,
            network,
            classes: Some(self.images.classes.clone()),
            preparation: self.images.preparation.clone(),
            origin: format!("{}, trained here", self.asked.network.name()),
            seconds: self.seconds,
        };
        let bytes = weights::to_safetensors(&source.network, source.classes.as_deref(), &source.preparation)?;
        files::save(&self.folder.join(checkpoint::NETWORK), |file| file.write_all(&bytes))?;
        Ok(Finished::Network(Box::new(source)))
    }

    fn seen(&self) -> Option<u64> {
        let run = self.training.live.first()?;
        Some(seen(&run.start, run.learner.steps()))
    }

    fn has_learning_rate(&self) -> bool {
        true
    }

    fn set_learning_rate_factor(&mut self, factor: f32) {
        self.training.live.iter_mut().for_each(|run| run.learning_rate_factor = factor);
    }

    fn change_learning_rate(&mut self, factor: f32) {
        self.training.live.iter_mut().for_each(|run| run.learning_rate_factor *= factor);
        self.show = true;
    }

    fn show_next(&mut self) {
        self.show = true;
    }

    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()> {
        for run in self.training.live.iter_mut().chain(&mut self.training.ended) {
            let ended = run.ended();
            if let Some((step, state, tensors)) = run.save() {
                let state = State { run: state, told: self.told };
                shelf.save(NAME, step, ended, &state, &tensors)?;
            }
        }
        Ok(())
    }

    fn begins(&self) -> Stage {
        Stage::Pretraining
    }

    fn look(&self) -> Look<'_> {
        self.network().map_or(Look::Nothing, |network| Look::Network(network, &self.images.preparation))
    }

    fn status(&self) -> StageStatus {
        let (progress, speed) = (self.progress, self.speed);
        StageStatus { doing: "pre-training the network", progress, speed, unit: "images/s" }
    }

    fn save_due(&mut self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_seen_are_those_of_the_steps() {
        // 23 training images in batches of 10: 10, 20 and 23 images seen, and the same in the next epoch.
        let start = RunStart {
            run: 0,
            method: Method::Strategy(Strategy::Scratch),
            source: None,
            budget: Budget::All,
            labels: 24,
            validation: 1,
            seed: 0,
            trainable_parameters: 1,
            total_parameters: 1,
            batch: 10,
            planned_steps: 6,
            optimizer: String::new(),
            metric: None,
            tuned: None,
            groups: Vec::new(),
        };
        let all: Vec<u64> = (0..=6).map(|step| seen(&start, step)).collect();
        assert_eq!(all, [0, 10, 20, 23, 33, 43, 46]);
    }
}
