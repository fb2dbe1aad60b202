//! Queries of a session in progress: its status, its models, its data and its sources.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::data::image::Image;
use crate::fault;
use crate::session::budget::Budget;
use crate::session::source_name::SourceName;
use crate::text::documents::Documents;
use crate::train::data::Data;
use crate::train::encoder_pretrained::EncoderPretrained;
use crate::train::ground::Ground;
use crate::train::protocol::event::{Guess, State, Status, Word};
use crate::train::ready::Ready;
use crate::train::run::Run;
use crate::train::stage::{Look, StageStatus};
use crate::train::text_pretrained::TextPretrained;
use crate::transfer::network::SourceNetwork;
use crate::transfer::predictor::{Explained, ExplainedWord, Predictor};
use crate::vision::Images;

use super::{Job, Part};

impl Job {
    /// What runs of a source are made from, or of the one that questions are about; `None` before that source is ready.
    pub fn ground(&self, source: Option<&SourceName>) -> Option<Ground> {
        let place = source.map_or_else(|| self.ready_shown(), |name| self.recipe.source_place(Some(name)));
        let splits = self.tasks.first()?.splits.clone();
        let recipe = match self.recipe.source_names().get(place) {
            Some(name) => self.resolved.with_source(name),
            None => self.resolved.clone(),
        };
        Some(Ground::new(recipe, splits, self.sources.get(place)?.clone()))
    }

    /// The labelled documents; `None` before they are read, and in a session of images.
    pub fn documents(&self) -> Option<&Arc<Documents>> {
        match &self.tasks.first()?.data {
            Data::Text(documents) => Some(documents),
            Data::Images(_) => None,
        }
    }

    /// The labelled images, as the network of the source sees them that questions are about; `None` before they are read, and
    /// in a session of texts.
    pub fn images(&self) -> Option<&Arc<Images>> {
        match (self.source(), &self.tasks.first()?.data) {
            (Some(Ready::Images(ready)), _) => Some(&ready.images),
            (_, Data::Images(images)) => Some(images),
            (_, Data::Text(_)) => None,
        }
    }

    /// The labelled images as the network of a run sees them.
    pub fn images_of_run(&self, number: usize) -> Option<&Arc<Images>> {
        let run = self.training.run(number)?;
        match self.sources.get(self.recipe.source_place(run.start.source.as_ref()))? {
            Ready::Images(ready) => Some(&ready.images),
            Ready::Text(_) | Ready::Encoder(_) => None,
        }
    }

    /// The source that questions are about; `None` before it is ready.
    fn source(&self) -> Option<&Ready> {
        self.sources.get(self.ready_shown())
    }

    /// The place of the source that questions are about, of those that are ready: the chosen one, or the last. The history
    /// shows the last one too.
    fn ready_shown(&self) -> usize {
        self.shown.unwrap_or(self.sources.len().saturating_sub(1))
    }

    /// The place of the source that questions are about: the chosen one, the one in preparation, or the last.
    pub fn place_shown(&self) -> usize {
        let in_preparation = Some(self.sources.len()).filter(|&at| at < self.recipe.source_names().len());
        self.shown.or(in_preparation).unwrap_or_else(|| self.ready_shown())
    }

    /// Chooses the source that questions are about.
    pub fn show_source(&mut self, place: usize) {
        self.shown = Some(place);
    }

    /// The transferred word vectors; `None` before they are ready.
    pub fn text(&self) -> Option<&TextPretrained> {
        self.source()?.text()
    }

    /// The sentence encoder that a run begins with, or that of the source that questions are about; `None` before it is ready,
    /// and if the source is none.
    pub fn encoder(&self, run: Option<usize>) -> Option<&EncoderPretrained> {
        let of_run = run.and_then(|run| self.training.run(run)?.start.source.as_ref());
        let source = match of_run {
            Some(name) => self.sources.get(self.recipe.source_place(Some(name))),
            None => self.source(),
        };
        match source? {
            Ready::Encoder(encoder) => Some(encoder),
            Ready::Text(_) | Ready::Images(_) => None,
        }
    }

    /// The word vectors of the source at this place; `None` before they are ready.
    pub fn text_of(&self, place: usize) -> Option<&TextPretrained> {
        self.sources.get(place)?.text()
    }

    /// The transferred image network; `None` before it is ready.
    pub fn network(&self) -> Option<&SourceNetwork> {
        match self.source()? {
            Ready::Images(images) => Some(&images.source),
            Ready::Text(_) | Ready::Encoder(_) => None,
        }
    }

    /// The part of the source that can be queried while it is pre-trained.
    pub fn look(&self) -> Look<'_> {
        self.look_of(self.shown.unwrap_or(self.sources.len()))
    }

    /// The same of the source at this place.
    pub fn look_of(&self, place: usize) -> Look<'_> {
        match &self.part {
            Part::Pretraining(stage) if place == self.sources.len() => stage.look(),
            _ => Look::Nothing,
        }
    }

    /// The indices of the runs that can be asked to classify now.
    pub fn runs_that_classify(&self) -> VecDeque<usize> {
        let awake = self.training.runs().into_iter().map(|run| run.start.run);
        let mut runs: Vec<usize> =
            awake.chain(self.training.resting.iter().map(|run| run.start.run)).collect();
        runs.sort_unstable();
        runs.into()
    }

    /// A run's prediction for a text; `None` if it reads no texts.
    ///
    /// # Errors
    /// The message of a panic.
    pub fn classify(&mut self, number: usize, text: &str) -> Result<Option<Guess>, String> {
        self.wake(number)?;
        let mut workspace = self.training.workspace();
        let Some(run) = self.training.run_mut(number) else { return Ok(None) };
        let Predictor::Text(predictor) = run.predictor() else { return Ok(None) };
        fault::caught(|| Some(guess(predictor.explain(text, &mut workspace.text))))
    }

    /// A run's prediction for an image; `None` if it reads no images.
    ///
    /// # Errors
    /// The message of a panic.
    pub fn classify_image(&mut self, number: usize, image: &Image) -> Result<Option<Guess>, String> {
        let mut workspace = self.training.workspace();
        let Some(run) = self.training.run_mut(number) else { return Ok(None) };
        let Predictor::Images(predictor) = run.predictor() else { return Ok(None) };
        fault::caught(|| {
            let probabilities = predictor.probabilities(image, &mut workspace.image);
            Some(Guess { probabilities, words: Vec::new() })
        })
    }

    /// The status for the front end.
    pub fn status(&mut self) -> Status {
        let planned = self.planned().len();
        let (doing, progress, speed, unit) = match &self.part {
            Part::Reading(reading) => {
                let (doing, fraction) = reading.doing();
                (doing.to_string(), fraction, 0.0, "documents/s")
            }
            Part::Pretraining(stage) => {
                let StageStatus { doing, progress, speed, unit } = stage.status();
                (doing.to_string(), 0.5 * progress, speed, unit)
            }
            Part::Training => {
                let live = &self.training.live;
                let budget = live.first().map_or(Budget::All, |run| run.start.budget);
                let ended = self.training.ended.len();
                let done: f64 = live.iter().map(Run::progress).sum::<f64>()
                    + (ended + self.training.resting.len()) as f64;
                let ready = !self.recipe.makes_source();
                let before = if ready { 0.0 } else { 0.5 };
                let fraction = before + (1.0 - before) * done / planned.max(1) as f64;
                (
                    format!(
                        "training {} {} with {budget} labels",
                        live.len(),
                        if live.len() == 1 { "run" } else { "runs" }
                    ),
                    fraction,
                    self.documents_per_second(),
                    if self.recipe.images().is_some() { "images/s" } else { "documents/s" },
                )
            }
            Part::Finished => ("finished".to_string(), 1.0, 0.0, ""),
        };
        let seconds = self.clock.now();
        let left = (progress > 0.02 && progress < 1.0).then(|| seconds * (1.0 - progress) / progress);
        Status {
            state: if self.finished() { State::Finished } else { State::Running },
            doing,
            progress,
            speed,
            unit,
            left,
            live: self.training.live.iter().map(|run| run.start.run).collect(),
            folder: self.folder.clone(),
        }
    }

    /// Documents per second of training, over all live runs.
    fn documents_per_second(&self) -> f64 {
        let (mut samples, mut seconds) = (0, 0.0);
        for run in &self.training.live {
            if let Some(point) = self.history.run(run.start.run).and_then(|run| run.steps.last()) {
                samples += point.value.samples;
                seconds += point.value.seconds;
            }
        }
        if seconds > 0.0 { samples as f64 / seconds } else { 0.0 }
    }
}

/// Converts a model's prediction to the protocol's type.
fn guess(explained: Explained) -> Guess {
    let word =
        |word: ExplainedWord| Word { text: word.text, known: word.known, contribution: word.contribution };
    Guess { probabilities: explained.probabilities, words: explained.words.into_iter().map(word).collect() }
}
