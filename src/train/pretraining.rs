//! The pre-training of word vectors as a part of a session: its points, the looks at the probe words,
//! its checkpoints.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::pretrain::{self, Doing, Model, Options, Position, Pretraining};
use crate::session::checkpoint::{self, Kept, Loaded, Numbers, Shelf, Tensors};
use crate::session::pretraining::Subwords;
use crate::session::recipe::Recipe;
use crate::session::record::{Note, PretrainPoint, Record, Stage};
use crate::session::text_transfer::TextSource;
use crate::text::vocabulary::Vocabulary;
use crate::vectors::WordVectors;
use crate::vectors::evaluation::{BenchmarkRun, Benchmarks};

use super::corpus::corpus;
use super::language::LanguageStage;
use super::looks::looks;
use super::quality;
use super::stage::{Finished, Look, PretrainedWords, PretrainingStage, StageStatus};

/// The name of its checkpoints.
const NAME: &str = "pretraining";
/// Points of the curve over the whole of pre-training.
const POINTS: u64 = 400;
/// Looks at the probe words over the whole of pre-training.
const LOOKS: u64 = 50;
/// Measurements by the recipe's benchmarks over the whole of pre-training, beside one soon after its begin and one at
/// its end.
const MEASUREMENTS: u64 = 16;
/// The number behind all measurements.
const LAST: u64 = u64::MAX;

/// Pre-training under way.
pub struct VectorStage {
    work: Option<Pretraining>,
    model: Model,
    probes: Vec<String>,
    told: Told,
    resumed_at: Option<u64>,
    /// Somebody wants to see the next block: its point is told, due or not.
    show: bool,
    seconds: f64,
    progress: f64,
    speed: f64,
    tokens: u64,
    /// Tokens there are over all epochs, once that is known.
    of: u64,
    benchmarks: Arc<Benchmarks>,
    /// The measurement under way. Nothing is trained before it is done, so it belongs to its tokens.
    benchmark_run: Option<BenchmarkRun>,
    /// Everything is trained.
    trained: bool,
}

/// What was told up to now, and what has gathered since.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Told {
    counted: bool,
    /// The number of the last point and of the last look.
    point: u64,
    look: u64,
    /// The number of the next measurement; none follows the last.
    #[serde(default)]
    measurement: u64,
    tokens: u64,
    loss: f64,
    pairs: u64,
    seconds: f64,
}

/// What is kept beside the tables.
#[derive(Serialize, Deserialize)]
struct State {
    position: Position,
    told: Told,
    seconds: f64,
    words: Vec<String>,
    counts: Vec<u64>,
    tokens: u64,
    /// The parts that words are made of, if they are.
    #[serde(default)]
    subwords: Option<Subwords>,
    /// The words that are joined, pass by pass.
    #[serde(default)]
    phrases: Vec<Vec<String>>,
    /// Tokens there are to see.
    #[serde(default)]
    of: u64,
}

/// Begins the pre-training of the source of `recipe`, or with `resume` goes on from its checkpoint in `folder`.
///
/// # Errors
/// When the corpus cannot be opened, a checkpoint does not fit, or the source is there already.
pub fn begin(
    recipe: &Recipe,
    folder: &Path,
    resume: bool,
    benchmarks: Arc<Benchmarks>,
) -> Result<Box<dyn PretrainingStage>> {
    let vectors = |model, asked| VectorStage::begin(model, asked, recipe, folder, resume, benchmarks);
    Ok(match recipe.text_source() {
        Some(TextSource::SkipGram(asked)) => Box::new(vectors(Model::SkipGram, asked)?),
        Some(TextSource::Cbow(asked)) => Box::new(vectors(Model::Cbow, asked)?),
        Some(TextSource::LanguageModel(asked)) => {
            Box::new(LanguageStage::begin(asked, recipe, folder, resume)?)
        }
        Some(TextSource::Vectors { .. }) | None => {
            return Err(Error::request("the source is there already", "there is nothing to pre-train"));
        }
    })
}

impl VectorStage {
    /// Begins, or with `resume` goes on from the checkpoint in `folder` if there is one.
    ///
    /// # Errors
    /// When the corpus cannot be opened, or a checkpoint does not fit.
    pub fn begin(
        model: Model,
        asked: &crate::session::pretraining::Pretraining,
        recipe: &Recipe,
        folder: &Path,
        resume: bool,
        benchmarks: Arc<Benchmarks>,
    ) -> Result<VectorStage> {
        let text = corpus(&asked.corpus, recipe.seed)?;
        let options = Options::new(model, asked, recipe.text().map(|text| text.tokens).unwrap_or_default());
        let mut stage = VectorStage {
            work: None,
            model,
            probes: recipe.probe_words().to_vec(),
            told: Told::default(),
            resumed_at: None,
            show: false,
            seconds: 0.0,
            progress: 0.0,
            speed: 0.0,
            tokens: 0,
            of: 0,
            benchmarks,
            benchmark_run: None,
            trained: false,
        };
        let kept = if resume { checkpoint::load::<State>(folder, NAME)? } else { None };
        let Some(Loaded { state, tensors, path, .. }) = kept else {
            stage.work = Some(Pretraining::new(text, options, recipe.seed)?);
            return Ok(stage);
        };
        let foreign =
            || Error::input(&path, Place::Whole, "it does not fit its pre-training", checkpoint::ANEW);
        let words = state.words.iter().map(String::as_str);
        let vocabulary = Vocabulary::from_parts(words, state.counts, state.tokens).ok_or_else(foreign)?;
        let inputs = table(&tensors, "inputs").ok_or_else(foreign)?;
        let outputs = table(&tensors, "outputs").ok_or_else(foreign)?;
        stage.resumed_at = Some(state.position.tokens);
        stage.told = state.told;
        (stage.tokens, stage.of) = (state.position.tokens, state.of);
        stage.seconds = state.seconds;
        let seed = recipe.seed;
        let phrases = state.phrases.iter().map(|pass| pass.iter().collect()).collect();
        let words = (vocabulary, phrases);
        let work = Pretraining::restore(text, options, seed, words, state.position, inputs, outputs);
        stage.work = Some(work.map_err(|error| checkpoint::named(&path, error))?);
        Ok(stage)
    }

    /// What is told of words must not depend on where the work was broken off.
    fn refresh(&mut self, pool: &rayon::ThreadPool) {
        if let Some(work) = &mut self.work {
            pool.install(|| work.refresh());
        }
    }

    fn measurement_due(&self) -> bool {
        let done = self.trained || (self.of > 0 && self.tokens >= self.of);
        let number = self.tokens * MEASUREMENTS / self.of.max(1);
        // What the first block is, the clock does not decide; before it nothing is known.
        let begun = self.tokens > 0 && self.of > 0;
        begun
            && !self.benchmarks.is_empty()
            && (number >= self.told.measurement || done && self.told.measurement < LAST)
    }

    /// Does a bit of a measurement that is due or under way; whether there was one.
    fn measure(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> bool {
        let Some(mut benchmark_run) = self.benchmark_run.take() else {
            if !self.measurement_due() {
                return false;
            }
            self.refresh(pool);
            let Some(view) = self.work.as_ref().and_then(Pretraining::vectors) else { return false };
            let begin = || {
                BenchmarkRun::begin(&self.benchmarks, view.words(), &|id| view.row(id), &|word| {
                    view.of_word(word)
                })
            };
            self.benchmark_run = Some(pool.install(begin));
            return true;
        };
        if !pool.install(|| benchmark_run.step()) {
            self.benchmark_run = Some(benchmark_run);
            return true;
        }
        let done = self.trained || self.tokens >= self.of;
        self.told.measurement = if done { LAST } else { self.tokens * MEASUREMENTS / self.of.max(1) + 1 };
        tell.extend(quality::records(benchmark_run, &self.benchmarks, None, self.tokens));
        true
    }

    /// Tells points and looks that are due.
    fn observe(&mut self, progress: pretrain::Progress, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) {
        if progress.tokens == 0 {
            // The first block is not there yet; when it comes is up to the clock.
            return;
        }
        let done = progress.doing == Doing::Finished;
        let fraction = |parts: u64| progress.tokens * parts / progress.of.max(1);
        if self.told.pairs > 0 && (fraction(POINTS) > self.told.point || done || self.show) {
            let tokens = progress.tokens.saturating_sub(self.told.tokens);
            self.show = false;
            self.speed = tokens as f64 / (self.seconds - self.told.seconds).max(1e-9);
            tell.push(Record::Pretrain(PretrainPoint {
                tokens: progress.tokens,
                of: progress.of,
                loss: self.told.loss / self.told.pairs as f64,
                learning_rate: progress.learning_rate,
                tokens_per_second: self.speed,
            }));
            self.told = Told {
                point: fraction(POINTS),
                tokens: progress.tokens,
                loss: 0.0,
                pairs: 0,
                seconds: self.seconds,
                ..self.told
            };
        }
        // The first look comes early: it shows that nothing is known yet.
        if fraction(LOOKS) >= self.told.look || done {
            self.told.look = fraction(LOOKS) + 1;
            if !self.probes.is_empty() {
                self.refresh(pool);
            }
            if let Look::Words(view) = self.look() {
                pool.install(|| tell.extend(looks(view, &self.probes, progress.tokens)));
            }
        }
    }
}

impl PretrainingStage for VectorStage {
    fn resumed_at(&self) -> Option<u64> {
        self.resumed_at
    }

    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool> {
        if self.measure(pool, tell) {
            return Ok(false);
        }
        let Some(work) = self.work.as_mut().filter(|_| !self.trained) else { return Ok(true) };
        let begun = Instant::now();
        let progress = pool.install(|| work.step())?;
        self.seconds += begun.elapsed().as_secs_f64();
        self.tokens = progress.tokens;
        if matches!(progress.doing, Doing::Joining | Doing::Counting) {
            self.speed = progress.tokens as f64 / self.seconds.max(1e-9);
        } else {
            self.told.loss += progress.loss;
            self.told.pairs += progress.pairs;
            self.progress = progress.tokens as f64 / progress.of.max(1) as f64;
            self.of = progress.of;
        }
        if !self.told.counted
            && let Some(vocabulary) = work.vocabulary()
        {
            self.told.counted = true;
            self.told.seconds = self.seconds;
            tell.push(Record::Vocabulary {
                words: vocabulary.len(),
                tokens: vocabulary.tokens(),
                kept_tokens: vocabulary.total(),
                seconds: self.seconds,
                epochs: work.usual_epochs(),
            });
            tell.extend(work.remarks().into_iter().map(|remark| Record::Note(Note::Remark(remark))));
            tell.push(Record::Stage(Stage::Pretraining));
        }
        if !matches!(progress.doing, Doing::Joining | Doing::Counting) {
            self.observe(progress, pool, tell);
        }
        self.trained = progress.doing == Doing::Finished;
        Ok(self.trained && !self.measurement_due())
    }

    fn finish(&mut self) -> Result<Finished> {
        let name = match self.model {
            Model::SkipGram => "skip-gram",
            Model::Cbow => "CBOW",
        };
        let Some(work) = self.work.take() else {
            return Err(Error::request("the vectors were taken already", ""));
        };
        let (vectors, origin) = (work.finish()?, format!("{name}, trained here"));
        Ok(Finished::Words(PretrainedWords { vectors, origin, seconds: self.seconds, generator: None }))
    }

    fn begins(&self) -> Stage {
        Stage::Counting
    }

    fn look(&self) -> Look<'_> {
        self.work.as_ref().and_then(Pretraining::vectors).map_or(Look::Nothing, Look::Words)
    }

    fn change_learning_rate(&mut self, factor: f32) {
        if let Some(work) = &mut self.work {
            work.multiply_learning_rate(factor);
            self.show = true;
        }
    }

    fn show_next(&mut self) {
        self.show = true;
    }

    fn status(&self) -> StageStatus {
        let doing = match (self.work.as_ref().map(Pretraining::doing), self.model) {
            (Some(Doing::Joining), _) => "looking for words that belong together",
            (Some(Doing::Counting), _) => "counting words",
            (_, Model::SkipGram) => "pre-training skip-gram",
            (_, Model::Cbow) => "pre-training CBOW",
        };
        StageStatus { doing, progress: self.progress, speed: self.speed, unit: "words/s" }
    }

    fn save_due(&mut self) -> bool {
        false
    }

    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()> {
        let Some(work) = &self.work else { return Ok(()) };
        let (Some(position), Some(vocabulary)) = (work.position(), work.vocabulary()) else { return Ok(()) };
        let state = State {
            position,
            told: self.told,
            seconds: self.seconds,
            words: vocabulary.words().iter().map(String::from).collect(),
            counts: vocabulary.counts().to_vec(),
            tokens: vocabulary.tokens(),
            subwords: work.options().subwords,
            phrases: work
                .phrases()
                .into_iter()
                .flatten()
                .map(|pass| pass.iter().map(String::from).collect())
                .collect(),
            of: self.of,
        };
        let tensors: Vec<Kept> = work
            .tensors()
            .into_iter()
            .map(|(name, table)| Kept {
                name: name.into(),
                shape: table.shape().to_vec(),
                numbers: Numbers::Real(table.iter().copied().collect::<Vec<f32>>().into()),
            })
            .collect();
        shelf.save(NAME, position.tokens, self.trained, &state, &tensors)
    }
}

/// The word vectors that the session in `folder` trained, as far as it kept them; `None` where it
/// keeps none.
///
/// # Errors
/// When they are there and cannot be read.
pub fn kept_vectors(folder: &Path) -> Result<Option<WordVectors>> {
    let Some(Loaded { state, tensors, .. }) = checkpoint::load::<State>(folder, NAME)? else {
        return super::language::kept_vectors(folder);
    };
    let Some(inputs) = table(&tensors, "inputs") else { return Ok(None) };
    if let Some(subwords) = state.subwords {
        let words = state.words.iter().map(String::as_str);
        let Some(vocabulary) = Vocabulary::from_parts(words, state.counts, state.tokens) else {
            return Ok(None);
        };
        return pretrain::made_of_parts(&vocabulary, subwords, inputs).map(Some);
    }
    let words = state.words.iter().map(String::as_str).collect();
    WordVectors::new(words, inputs.to_owned(), Some(state.counts)).map(Some)
}

/// A kept table.
fn table<'a>(tensors: &'a Tensors, name: &str) -> Option<ArrayView2<'a, f32>> {
    let tensor = tensors.iter().find(|tensor| tensor.name == name)?;
    match (&tensor.numbers, &tensor.shape[..]) {
        (Numbers::Real(values), &[rows, columns]) => ArrayView2::from_shape((rows, columns), values).ok(),
        _ => None,
    }
}
