//! The pre-training of word vectors as a stage of a session: its curve, the neighbours of probe words, its
//! checkpoints.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::fault;
use crate::files::Meter;
use crate::pretrain::{self, Corpus, Doing, Model, Options, Position, Pretraining, Start};
use crate::session::bounds::Need;
use crate::session::checkpoint::{self, Kept, Loaded, Numbers, Shelf, Tensors};
use crate::session::pretraining::{self, Subwords};
use crate::session::recipe::Recipe;
use crate::session::record::{Arithmetic, Note, PretrainPoint, Record, Stage};
use crate::session::text_source::TextSource;
use crate::session::text_transfer::Tokens;
use crate::text::vocabulary::Vocabulary;
use crate::vectors::WordVectors;
use crate::vectors::evaluation::{BenchmarkRun, Benchmarks};

use super::corpus::corpus;
use super::distillation::{self, DistillationStage};
use super::language::LanguageStage;
use super::looks::looks;
use super::stage::{Finished, Look, PretrainedWords, PretrainingStage, StageStatus};
use super::{memory, quality, threads};

/// The name of the stage's checkpoints.
pub const NAME: &str = "pretraining";
/// How many points the curve of the whole pre-training has.
const POINTS: u64 = 400;
/// How often the neighbours of the probe words are recorded over the whole of pre-training.
const LOOKS: u64 = 50;
/// How often the recipe's benchmarks are measured over the whole of pre-training, besides one measurement soon after
/// the beginning and one at the end.
const MEASUREMENTS: u64 = 16;
/// The value of `Told::measurement` after the last measurement.
const LAST: u64 = u64::MAX;

/// The pre-training in progress.
pub struct VectorStage {
    work: Option<Pretraining>,
    model: Model,
    asked: pretraining::Pretraining,
    tokens_of: Tokens,
    seed: u64,
    text: Arc<dyn Corpus>,
    /// The published vectors from which training begins, while they are read.
    opening: Option<Opening>,
    /// A checkpoint that cannot be restored until they are read.
    waiting: Option<Loaded<State>>,
    probes: Vec<String>,
    told: Told,
    resumed_at: Option<u64>,
    /// Whether the user took a single step, so that a point is recorded for the next block even if none is due.
    show: bool,
    seconds: f64,
    progress: f64,
    speed: f64,
    tokens: u64,
    /// The total number of tokens over all epochs, once it is known; 0 before.
    of: u64,
    benchmarks: Arc<Benchmarks>,
    /// The measurement in progress. Training waits until it is done, so that its result belongs to the current number
    /// of tokens.
    benchmark_run: Option<BenchmarkRun>,
    /// Whether training is complete.
    trained: bool,
}

/// The reading of published vectors on a thread of its own.
struct Opening {
    result: Receiver<Result<Option<Arc<Start>>>>,
    meter: Arc<Meter>,
}

impl Opening {
    fn start(asked: &pretraining::Pretraining) -> Result<Opening> {
        let (sender, result) = crossbeam_channel::bounded(1);
        let meter = Arc::new(Meter::default());
        let (asked, own) = (asked.clone(), meter.clone());
        let threads = rayon::current_num_threads();
        fault::spawn("vectors", move || {
            let read = || threads::pool(threads).and_then(|pool| pool.install(|| Start::read(&asked, &own)));
            // Sending fails if the stage was dropped; nobody waits for the result then.
            let _ = sender.send(fault::contained("reading the vectors", read));
        })?;
        Ok(Opening { result, meter })
    }
}

/// The last recorded point, and the sums since then.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Told {
    counted: bool,
    /// The indices of the last point and of the next look at the probe words.
    point: u64,
    look: u64,
    /// The index of the next measurement; [`LAST`] if there is none.
    #[serde(default)]
    measurement: u64,
    tokens: u64,
    loss: f64,
    pairs: u64,
    seconds: f64,
}

/// The state in a checkpoint, besides the tables.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    position: Position,
    told: Told,
    seconds: f64,
    pub words: Vec<String>,
    pub counts: Vec<u64>,
    tokens: u64,
    /// The settings of subwords, if words have them.
    #[serde(default)]
    subwords: Option<Subwords>,
    /// The joined phrases of each round of joining.
    #[serde(default)]
    phrases: Vec<Vec<String>>,
    /// The total number of tokens over all epochs.
    #[serde(default)]
    of: u64,
    /// Words of the file from which training began, and how many of them the corpus has.
    #[serde(default)]
    began: Option<(usize, usize)>,
}

/// Begins the pre-training of the source of `recipe`. With `resume` it continues from its checkpoint in `folder`.
///
/// # Errors
/// When the corpus cannot be opened, a checkpoint does not fit, or the source needs no pre-training.
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
        Some(TextSource::Distilled(asked)) => {
            Box::new(DistillationStage::begin(asked, recipe, folder, resume)?)
        }
        Some(
            TextSource::Vectors { .. } | TextSource::Encoder(_) | TextSource::Session(_) | TextSource::Run(_),
        )
        | None => {
            return Err(Error::request("the source is there already", "there is nothing to pre-train"));
        }
    })
}

impl VectorStage {
    /// Begins pre-training. With `resume` it continues from the checkpoint in `folder`, if there is one.
    ///
    /// # Errors
    /// When the corpus cannot be opened, or a checkpoint does not fit.
    pub fn begin(
        model: Model,
        asked: &pretraining::Pretraining,
        recipe: &Recipe,
        folder: &Path,
        resume: bool,
        benchmarks: Arc<Benchmarks>,
    ) -> Result<VectorStage> {
        let text = corpus(&asked.corpus, recipe)?;
        let mut stage = VectorStage {
            work: None,
            model,
            asked: asked.clone(),
            tokens_of: recipe.text().map(|text| text.tokens).unwrap_or_default(),
            seed: recipe.seed,
            text,
            opening: None,
            waiting: if resume { checkpoint::load::<State>(folder, NAME)? } else { None },
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
        if let Some(Loaded { state, .. }) = &stage.waiting {
            stage.resumed_at = Some(state.position.tokens);
            stage.told = state.told;
            (stage.tokens, stage.of) = (state.position.tokens, state.of);
            stage.seconds = state.seconds;
        }
        match asked.from {
            Some(_) => stage.opening = Some(Opening::start(asked)?),
            None => stage.build(None)?,
        }
        Ok(stage)
    }

    /// Waits a moment for the vectors from which training begins. Returns whether they are being read.
    fn open(&mut self) -> Result<bool> {
        let Some(opening) = &self.opening else { return Ok(false) };
        let begun = Instant::now();
        match opening.result.recv_timeout(Duration::from_millis(10)) {
            Ok(start) => {
                self.opening = None;
                self.build(start?)?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let remedy = "this is a fault of warmstart";
                return Err(Error::request("reading the vectors broke off", remedy));
            }
        }
        self.seconds += begun.elapsed().as_secs_f64();
        Ok(true)
    }

    /// Begins or continues training.
    fn build(&mut self, start: Option<Arc<Start>>) -> Result<()> {
        if let Some(start) = &start {
            let what = "the vectors that training begins with";
            memory::check_part(Need { what, bytes: start.bytes() })?;
        }
        let options = Options::new(self.model, &self.asked, self.tokens_of, start.clone());
        let (text, seed) = (self.text.clone(), self.seed);
        let Some(Loaded { state, tensors, path, .. }) = self.waiting.take() else {
            self.work = Some(Pretraining::new(text, options, seed)?);
            return Ok(());
        };
        let foreign =
            || Error::input(&path, Place::Whole, "it does not fit its pre-training", checkpoint::ANEW);
        let words = state.words.iter().map(String::as_str);
        let vocabulary = Vocabulary::from_parts(words, state.counts, state.tokens).ok_or_else(foreign)?;
        let inputs = table(&tensors, "inputs").ok_or_else(foreign)?;
        let outputs = table(&tensors, "outputs").ok_or_else(foreign)?;
        if let Some(start) = start
            && state.began != Some(began(&start, &vocabulary))
        {
            let remedy = "bring the old file back, or run the recipe again in another folder";
            let problem = "these are not the vectors that the session began with";
            return Err(Error::input(start.file(), Place::Whole, problem, remedy));
        }
        let phrases = state.phrases.iter().map(|pass| pass.iter().collect()).collect();
        let words = (vocabulary, phrases);
        let work = Pretraining::restore(text, options, seed, words, state.position, inputs, outputs);
        self.work = Some(work.map_err(|error| checkpoint::named(&path, error))?);
        Ok(())
    }

    /// Updates the vectors that are composed of subwords, so that recorded results do not depend on where the session
    /// was interrupted.
    fn refresh(&mut self, pool: &rayon::ThreadPool) {
        if let Some(work) = &mut self.work {
            pool.install(|| work.refresh());
        }
    }

    fn measurement_due(&self) -> bool {
        let done = self.trained || (self.of > 0 && self.tokens >= self.of);
        let number = self.tokens * MEASUREMENTS / self.of.max(1);
        // When the first block is finished depends on the clock, so nothing is measured before; but published vectors are
        // measured as they are, before training.
        let published = self.asked.from.is_some() && self.told.counted && self.tokens == 0;
        let begun = self.tokens > 0 && self.of > 0 || published;
        begun
            && !self.benchmarks.is_empty()
            && (number >= self.told.measurement || done && self.told.measurement < LAST)
    }

    /// Does a part of a measurement that is due or in progress. Returns whether there was one.
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
        let done = self.trained || (self.of > 0 && self.tokens >= self.of);
        self.told.measurement = if done { LAST } else { self.tokens * MEASUREMENTS / self.of.max(1) + 1 };
        tell.extend(quality::records(benchmark_run, &self.benchmarks, (None, None), self.tokens));
        true
    }

    /// Records points of the curve and looks at the probe words that are due.
    fn observe(&mut self, progress: pretrain::Progress, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) {
        if progress.tokens == 0 {
            // The first block is not finished. When it is depends on the clock, so nothing is recorded before.
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
        // The first look is at the beginning: it shows neighbours before anything is learned.
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
        if self.open()? || self.measure(pool, tell) {
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
            // Until now these were the tokens that were counted.
            self.tokens = 0;
            self.told.seconds = self.seconds;
            tell.push(Record::Vocabulary {
                words: vocabulary.seen(),
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
        let position = self.work.as_ref().filter(|_| self.trained).and_then(Pretraining::position);
        let counted = position.and_then(|position| Some((position.tokens, position.flops?)));
        // A session that was resumed at the end has recorded them.
        if let Some((step, flops)) = counted.filter(|counted| self.resumed_at != Some(counted.0)) {
            tell.push(Record::Arithmetic(Arithmetic { run: None, step, flops }));
        }
        if self.trained && self.resumed_at != Some(self.tokens) {
            let moved = self.work.as_ref().and_then(|work| pool.install(|| work.moved()));
            tell.extend(moved.map(|moved| Record::Continued(Box::new(moved))));
        }
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
        let origin = match &self.asked.from {
            Some(from) => format!("{}, trained further here with {name}", from.name()),
            None => format!("{name}, trained here"),
        };
        let vectors = work.finish()?;
        Ok(Finished::Words(PretrainedWords { vectors, origin, seconds: self.seconds, layered: None }))
    }

    fn begins(&self) -> Stage {
        Stage::Counting
    }

    fn look(&self) -> Look<'_> {
        self.work.as_ref().and_then(Pretraining::vectors).map_or(Look::Nothing, Look::Words)
    }

    fn seen(&self) -> Option<u64> {
        Some(self.work.as_ref()?.position()?.tokens)
    }

    fn has_learning_rate(&self) -> bool {
        true
    }

    fn set_learning_rate_factor(&mut self, factor: f32) {
        if let Some(work) = &mut self.work {
            work.set_factor(factor);
        }
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
        if let Some(opening) = &self.opening {
            let progress = opening.meter.fraction().unwrap_or(0.0);
            return StageStatus { doing: "reading the vectors", progress, speed: 0.0, unit: "words/s" };
        }
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
            began: work.options().start.as_ref().map(|start| began(start, vocabulary)),
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

/// The number of words of a file from which training begins, and of those that the corpus has.
fn began(start: &Start, vocabulary: &Vocabulary) -> (usize, usize) {
    (start.vectors.len(), start.overlap(vocabulary).known)
}

/// The word vectors that the session in `folder` trained or distilled, from its checkpoint; `None` where it has none.
///
/// # Errors
/// When there is a checkpoint that cannot be read.
pub fn kept_vectors(folder: &Path) -> Result<Option<WordVectors>> {
    let Some(Loaded { state, tensors, .. }) = checkpoint::load::<State>(folder, NAME)? else {
        return match distillation::kept_vectors(folder)? {
            None => super::language::kept_vectors(folder),
            distilled => Ok(distilled),
        };
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

/// The table `name` of a checkpoint, `(rows, columns)`.
fn table<'a>(tensors: &'a Tensors, name: &str) -> Option<ArrayView2<'a, f32>> {
    let tensor = tensors.iter().find(|tensor| tensor.name == name)?;
    match (&tensor.numbers, &tensor.shape[..]) {
        (Numbers::Real(values), &[rows, columns]) => ArrayView2::from_shape((rows, columns), values).ok(),
        _ => None,
    }
}
