//! The pre-training of a language model as a stage of a session: its texts one after the other, the curve, the loss
//! on the held-out part, generated texts, checkpoints.
//!
//! The last words of each text are held out. What is recorded, and when, depends only on the words seen, so an
//! interrupted session and an uninterrupted one record the same.

mod kept;
pub mod learning;
pub mod text;

use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use crate::error::{self, Error, Result};
use crate::models::language_model::generator::{Generator, Sampling, generate};
use crate::models::language_model::streams::Streams;
use crate::models::language_model::text::MARKS;
use crate::models::language_model::{Chance, LanguageModel, States};
use crate::nn::schedule;
use crate::rng::Moment;
use crate::session::checkpoint::{self, Loaded, Numbers, Shelf};
use crate::session::language_model::{Cell, LanguageModelling};
use crate::session::recipe::Recipe;
use crate::session::record::{Arithmetic, GeneratedText, HeldOut, Note, PretrainPoint, Record, Stage};
use crate::vectors::View;

use super::learners::tensors::{find, kept};
use super::looks::looks;
use super::stage::{Finished, Look, PretrainedWords, PretrainingStage, StageStatus};
use kept::{Place, Told, foreign, generator, table, vectors};

pub use kept::{NAME, State, kept_model, kept_vectors};
use learning::{Learning, largest, shape};
use text::{Prepared, Read, Reading};

/// How many points the curve of the whole pre-training has.
const POINTS: u64 = 400;
/// How often the neighbours of probe words and a generated text are recorded.
const LOOKS: u64 = 40;
/// How often the loss on the held-out part is measured, besides one measurement at the end of each text.
const MEASUREMENTS: u64 = 16;
/// The number of streams in which the held-out part is read.
const HELD_OUT_STREAMS: usize = 10;
/// The length in words and the temperature of generated texts.
const GENERATED_WORDS: usize = 40;
const TEMPERATURE: f32 = 0.8;
/// Training has diverged if the root mean square of a tensor's values is this large.
const GROWN: f64 = 30.0;

/// The pre-training of a language model in progress.
pub struct LanguageStage {
    asked: LanguageModelling,
    seed: u64,
    /// Whether the state at the beginning of a text is still to be saved.
    save_due: bool,
    probes: Vec<String>,
    reading: Option<Reading>,
    /// The names of the texts, for messages.
    names: Vec<String>,
    texts: Vec<Prepared>,
    /// A checkpoint that cannot be restored until the texts are read.
    waiting: Option<Loaded<State>>,
    learning: Option<Learning>,
    place: Place,
    told: Told,
    measuring: Option<Measuring>,
    resumed_at: Option<u64>,
    /// Whether the user took a single step, so that a point is recorded for the next batch even if none is due.
    show: bool,
    seconds: f64,
    speed: f64,
}

/// A measurement on the held-out part in progress.
struct Measuring {
    batch: usize,
    states: States<f32>,
    loss: f64,
}

impl LanguageStage {
    /// Begins pre-training. With `resume` it continues from the checkpoint in `folder`, if there is one.
    ///
    /// # Errors
    /// When a text cannot be opened, or a checkpoint does not fit.
    pub fn begin(
        asked: &LanguageModelling,
        recipe: &Recipe,
        folder: &Path,
        resume: bool,
    ) -> Result<LanguageStage> {
        let waiting = if resume { checkpoint::load::<State>(folder, NAME)? } else { None };
        let mut stage = LanguageStage {
            asked: asked.clone(),
            seed: recipe.seed,
            save_due: false,
            probes: recipe.probe_words().to_vec(),
            reading: None,
            names: Vec::new(),
            texts: Vec::new(),
            waiting: None,
            learning: None,
            place: Place {
                part: 0,
                epoch: 0,
                batch: 0,
                step: 0,
                steps: 0,
                tokens: 0,
                of: 0,
                factor: 1.0,
                flops: Some(0),
            },
            told: Told::default(),
            measuring: None,
            resumed_at: None,
            show: false,
            seconds: 0.0,
            speed: 0.0,
        };
        if let Some(found) = waiting {
            let state = &found.state;
            stage.resumed_at = Some(state.place.tokens);
            (stage.place, stage.told, stage.seconds) = (state.place, state.told, state.seconds);
            if stage.over() {
                let generator = generator(&found)?;
                let plain = generator.lexicon.words().iter().skip(MARKS).collect();
                let (text, held_out) = (Vec::new(), Vec::new());
                stage.texts.push(Prepared { lexicon: generator.lexicon, plain, text, held_out });
                stage.learning = Some(Learning::new(generator.model, asked));
                return Ok(stage);
            }
            stage.waiting = Some(found);
        }
        stage.names = text::names(asked, recipe)?;
        stage.reading = Some(Reading::start(asked, recipe, stage.waiting.is_none())?);
        Ok(stage)
    }

    fn parts(&self) -> usize {
        self.asked.texts().count()
    }

    /// Whether training on all texts is complete.
    fn over(&self) -> bool {
        self.place.part >= self.parts()
    }

    /// The current text; the last one when training is complete.
    fn text(&self) -> Option<&Prepared> {
        self.texts.get(self.place.part.min(self.texts.len().saturating_sub(1)))
    }

    /// Takes over the texts when they are read.
    fn read(&mut self, tell: &mut Vec<Record>) -> Result<()> {
        let Some(reading) = &self.reading else { return Ok(()) };
        let Read { texts, vectors, remarks } = match reading.result.recv_timeout(Duration::from_millis(10)) {
            Ok(read) => read?,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::request("reading the text broke off", "this is a fault of warmstart"));
            }
        };
        self.seconds += reading.begun.elapsed().as_secs_f64();
        self.reading = None;
        self.texts = texts;
        self.told.seconds = self.seconds;
        let Some(found) = self.waiting.take() else {
            tell.extend(remarks.into_iter().map(|remark| Record::Note(Note::Remark(remark))));
            let guesses = self.texts.iter().zip(self.asked.texts()).map(|(text, (_, epochs))| {
                let guesses = Streams::new(&text.text, self.asked.batch_size, self.asked.bptt).guesses();
                guesses as u64 * epochs as u64
            });
            self.place.of = guesses.sum();
            let lexicon = &self.texts[0].lexicon;
            let mut model = LanguageModel::new(shape(&self.asked, lexicon), self.seed);
            if let (Some(vectors), Some(file)) = (vectors, &self.asked.vectors) {
                let fraction = 100.0 * model.begin_with(lexicon, &vectors);
                let how = if self.asked.fixes_vectors() { "keeps" } else { "begins with" };
                tell.push(Record::Note(Note::Remark(format!(
                    "the language model {how} the vectors of {}, which has {fraction:.1} % of its text's words",
                    file.file().display()
                ))));
            }
            self.learning = Some(Learning::new(model, &self.asked));
            return self.begin_text(tell);
        };
        let part = found.state.place.part;
        if self.texts[part].plain.iter().ne(found.state.words.iter().map(String::as_str)) {
            let text = self.names.get(part).map_or("the text", |name| name);
            return Err(Error::input(
                &found.path,
                error::Place::Whole,
                format!("the text that this was learned from is not {text} as it is now"),
                "bring the old text back, or run the recipe again in another folder",
            ));
        }
        let tensors = &found.tensors;
        let mut learning = Learning::new(generator(&found)?.model, &self.asked);
        let loaded = learning.optimizer.load(|name| find(tensors, name));
        loaded.map_err(|error| checkpoint::named(&found.path, error))?;
        for (layer, parts) in learning.states.layers.iter_mut().enumerate() {
            for (part, to) in ["hidden", "cells"].into_iter().zip(parts) {
                let tensor = tensors.iter().find(|tensor| tensor.name == format!("streams.{layer}.{part}"));
                match tensor.map(|tensor| &tensor.numbers) {
                    Some(Numbers::Real(numbers)) if numbers.len() == to.len() => to.copy_from_slice(numbers),
                    _ => return Err(foreign(&found.path)),
                }
            }
        }
        self.learning = Some(learning);
        Ok(())
    }

    /// Records that training on the next text begins, and requests a checkpoint of the state there.
    fn begin_text(&mut self, tell: &mut Vec<Record>) -> Result<()> {
        let text = &self.texts[self.place.part];
        tell.push(Record::Vocabulary {
            words: text.plain.len(),
            tokens: text.lexicon.tokens,
            kept_tokens: text.lexicon.counts().iter().sum(),
            seconds: self.seconds,
            epochs: None,
        });
        if self.place.part == 0 {
            tell.push(Record::Stage(Stage::Pretraining));
        }
        self.told.begun = self.place.part + 1;
        self.save_due = true;
        Ok(())
    }

    /// Continues with the next text, or ends the training.
    fn next_text(&mut self, tell: &mut Vec<Record>) -> Result<()> {
        let part = self.place.part;
        (self.place.part, self.place.epoch, self.place.batch, self.place.step) = (part + 1, 0, 0, 0);
        let Some(learning) = &mut self.learning else { return Ok(()) };
        learning.settle();
        let (Some(from), Some(to)) = (self.texts.get(part), self.texts.get(part + 1)) else { return Ok(()) };
        let model = learning.model.adapted(&from.lexicon, &to.lexicon, to.lexicon.cuts(&self.asked.softmax));
        let known =
            to.plain.iter().zip(to.lexicon.counts()).filter(|(word, _)| from.plain.id(word).is_some());
        let known: u64 = known.map(|(_, count)| count).sum();
        let fraction = 100.0 * known as f64 / to.lexicon.counts().iter().sum::<u64>().max(1) as f64;
        tell.push(Record::Note(Note::Remark(format!(
            "the language model goes on with the task's text, {fraction:.1} % of whose words it knows"
        ))));
        self.learning = Some(Learning::new(model, &self.asked));
        self.begin_text(tell)
    }

    /// Trains on the next batch.
    fn learn(&mut self) -> Result<()> {
        let (Some(text), Some(learning)) = (self.texts.get(self.place.part), self.learning.as_mut()) else {
            return Ok(());
        };
        let Some((_, epochs)) = self.asked.texts().nth(self.place.part) else { return Ok(()) };
        let mut streams = Streams::new(&text.text, self.asked.batch_size, self.asked.bptt);
        let batches = streams.batches();
        let Some(batch) = streams.batch(self.place.batch) else { return Ok(()) };
        let chance = Chance {
            dropout: self.asked.dropout,
            moment: Moment { seed: self.seed, step: self.place.steps, part: 0 },
        };
        let words = batch.words.len() as u64;
        self.place.flops = self.place.flops.map(|flops| flops + learning.model.training_flops(batch));
        let loss = learning.look(batch, &chance, self.asked.max_grad_norm).map_err(|what| {
            let (batch, epoch) = (self.place.batch + 1, self.place.epoch + 1);
            Error::Diverged {
                what: format!(
                    "batch {batch} of epoch {epoch} of the language model: {what}; the last good state is \
                     kept; a smaller learning rate may help"
                ),
            }
        })?;
        let planned = (batches * epochs) as u64;
        let fraction = schedule::factor(self.asked.schedule, 0.0, self.place.step, planned);
        learning.step(self.asked.learning_rate * fraction * self.place.factor);
        self.told.loss += loss;
        self.told.words += words;
        let place = &mut self.place;
        place.tokens += words;
        place.step += 1;
        place.steps += 1;
        place.batch += 1;
        if place.batch >= batches {
            (place.batch, place.epoch) = (0, place.epoch + 1);
            learning.begin_again(self.asked.batch_size);
        }
        Ok(())
    }

    /// The learning rate of the last update.
    fn last_rate(&self) -> f32 {
        let Some((text, (_, epochs))) = self.texts.iter().zip(self.asked.texts()).nth(self.place.part) else {
            return 0.0;
        };
        let batches = Streams::new(&text.text, self.asked.batch_size, self.asked.bptt).batches();
        let step = self.place.step.saturating_sub(1);
        let fraction = schedule::factor(self.asked.schedule, 0.0, step, (batches * epochs) as u64);
        self.asked.learning_rate * fraction * self.place.factor
    }

    /// Whether training on the current text is complete.
    fn text_is_over(&self) -> bool {
        self.asked.texts().nth(self.place.part).is_some_and(|(_, epochs)| self.place.epoch >= epochs)
    }

    fn measurement_due(&self) -> bool {
        let number = self.place.tokens * MEASUREMENTS / self.place.of.max(1);
        number >= self.told.measurement || self.text_is_over() && self.told.measured <= self.place.part
    }

    /// Does a part of a measurement that is due or in progress. Returns whether there was one.
    fn measure(&mut self, tell: &mut Vec<Record>) -> bool {
        let due = self.measuring.is_some() || self.measurement_due();
        let (Some(text), Some(learning)) = (self.texts.get(self.place.part), self.learning.as_mut()) else {
            return false;
        };
        let mut streams = Streams::new(&text.held_out, HELD_OUT_STREAMS, self.asked.bptt);
        if !due || streams.guesses() == 0 {
            return false;
        }
        let begin = || Measuring { batch: 0, states: learning.model.states(HELD_OUT_STREAMS), loss: 0.0 };
        let mut measuring = self.measuring.take().unwrap_or_else(begin);
        if measuring.batch == 0 {
            learning.settle();
        }
        if let Some(batch) = streams.batch(measuring.batch) {
            measuring.loss += learning.model.loss(batch, &mut measuring.states, &mut learning.workspace);
            measuring.batch += 1;
            self.measuring = Some(measuring);
            return true;
        }
        let words = streams.guesses() as u64;
        let loss = measuring.loss / words as f64;
        tell.push(Record::HeldOut(HeldOut { tokens: self.place.tokens, words, loss }));
        self.told.measurement = self.place.tokens * MEASUREMENTS / self.place.of.max(1) + 1;
        if self.text_is_over() {
            self.told.measured = self.place.part + 1;
        }
        true
    }

    /// Records points of the curve and looks that are due.
    fn observe(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) {
        let Place { tokens, of, .. } = self.place;
        let fraction = |parts: u64| tokens * parts / of.max(1);
        let over = self.text_is_over();
        if self.told.words > 0 && (fraction(POINTS) > self.told.point || over || self.show) {
            self.show = false;
            let since = (self.seconds - self.told.seconds).max(1e-9);
            self.speed = (tokens - self.told.tokens) as f64 / since;
            tell.push(Record::Pretrain(PretrainPoint {
                tokens,
                of,
                loss: self.told.loss / self.told.words as f64,
                learning_rate: self.last_rate(),
                tokens_per_second: self.speed,
            }));
            let (point, seconds) = (fraction(POINTS), self.seconds);
            self.told = Told { point, tokens, loss: 0.0, words: 0, seconds, ..self.told };
        }
        if fraction(LOOKS) >= self.told.look || over {
            self.told.look = fraction(LOOKS) + 1;
            if let Some(learning) = &mut self.learning {
                learning.settle();
            }
            let prompt = self.asked.prompt.clone();
            let sampling = Sampling {
                words: GENERATED_WORDS,
                temperature: TEMPERATURE,
                seed: self.seed,
                number: fraction(LOOKS),
            };
            pool.install(|| {
                if let Look::LanguageModel { vectors, model, lexicon, direction } = self.look() {
                    tell.extend(looks(vectors, &self.probes, tokens));
                    let text = generate(model, lexicon, direction, &prompt, sampling);
                    tell.push(Record::GeneratedText(GeneratedText { tokens, prompt, text }));
                }
            });
        }
    }
}

impl PretrainingStage for LanguageStage {
    fn resumed_at(&self) -> Option<u64> {
        self.resumed_at
    }

    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool> {
        if self.reading.is_some() {
            self.read(tell)?;
            return Ok(false);
        }
        if self.over() {
            return Ok(true);
        }
        if pool.install(|| self.measure(tell)) {
            return Ok(false);
        }
        if self.text_is_over() {
            self.next_text(tell)?;
            let (step, over) = (self.place.tokens, self.over());
            tell.extend(
                self.place
                    .flops
                    .filter(|_| over)
                    .map(|flops| Record::Arithmetic(Arithmetic { run: None, step, flops })),
            );
            return Ok(over);
        }
        let begun = Instant::now();
        pool.install(|| self.learn())?;
        self.seconds += begun.elapsed().as_secs_f64();
        self.observe(pool, tell);
        Ok(false)
    }

    fn finish(&mut self) -> Result<Finished> {
        let (true, Some(mut learning)) = (self.over(), self.learning.take()) else {
            return Err(Error::request("the language model is not there yet", ""));
        };
        let Some(text) = self.texts.pop() else {
            return Err(Error::request("the language model was taken already", ""));
        };
        learning.settle();
        let generator =
            Generator { model: learning.model, lexicon: text.lexicon, direction: self.asked.direction };
        let cell = match self.asked.cell {
            Cell::Lstm => "LSTM",
            Cell::Gru => "GRU",
        };
        Ok(Finished::Words(PretrainedWords {
            vectors: vectors(&generator)?,
            origin: format!("{cell} language model, trained here"),
            seconds: self.seconds,
            layered: Some(generator.into()),
        }))
    }

    fn begins(&self) -> Stage {
        Stage::Counting
    }

    fn look(&self) -> Look<'_> {
        let (Some(text), Some(learning)) = (self.text(), self.learning.as_ref()) else {
            return Look::Nothing;
        };
        let (model, lexicon, direction) = (&learning.model, &text.lexicon, self.asked.direction);
        Look::LanguageModel { vectors: View::new(&text.plain, table(model)), model, lexicon, direction }
    }

    fn seen(&self) -> Option<u64> {
        self.learning.as_ref().map(|_| self.place.tokens)
    }

    fn has_learning_rate(&self) -> bool {
        true
    }

    fn set_learning_rate_factor(&mut self, factor: f32) {
        self.place.factor = factor;
    }

    fn change_learning_rate(&mut self, factor: f32) {
        self.place.factor *= factor;
        self.show = true;
    }

    fn show_next(&mut self) {
        self.show = true;
    }

    fn status(&self) -> StageStatus {
        let doing = match (&self.reading, self.place.part) {
            (Some(_), _) => "counting words",
            (None, 0) => "pre-training the language model",
            (None, _) => "adapting the language model",
        };
        let progress = self.place.tokens as f64 / self.place.of.max(1) as f64;
        StageStatus { doing, progress, speed: self.speed, unit: "words/s" }
    }

    fn save_due(&mut self) -> bool {
        std::mem::take(&mut self.save_due)
    }

    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()> {
        // If the model has diverged since the last batch, its state must not replace a good checkpoint.
        let over = self.over();
        if self.learning.as_ref().is_none_or(|learning| largest(&learning.model).1 > GROWN) {
            return Ok(());
        }
        let Some(learning) = &mut self.learning else { return Ok(()) };
        learning.settle();
        let (Some(text), Some(learning)) = (self.text(), &self.learning) else { return Ok(()) };
        let state = State {
            asked: self.asked.clone(),
            place: self.place,
            told: self.told,
            seconds: self.seconds,
            words: text.plain.iter().map(String::from).collect(),
            counts: text.lexicon.counts().to_vec(),
            tokens: text.lexicon.tokens,
            how: text.lexicon.how,
        };
        let mut tensors = kept(learning.model.tensors());
        if !over {
            tensors.extend(kept(learning.optimizer.tensors()));
            tensors.extend(learning.streams());
        }
        shelf.save(NAME, self.place.tokens + self.place.part as u64, over, &state, &tensors)
    }
}
