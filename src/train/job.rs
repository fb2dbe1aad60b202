//! A session under way: reading, pre-training, the experiment, the comparison; one step at a time.
//!
//! The job keeps the history of its own records and draws every conclusion from it, so what a resumed
//! session concludes is what an unbroken one does.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::data::labelled::LabelledText;
use crate::data::pictures::Picture;
use crate::data::split::Pool;
use crate::error::{Error, Place, Result};
use crate::files;
use crate::models::language_model::speaker::Speaker;
use crate::session::checkpoint;
use crate::session::history::History;
use crate::session::log::{self, Log};
use crate::session::recipe::{Budget, Recipe, Source};
use crate::session::record::{DataSummary, Entry, Note, Record, Stage, VERSION};
use crate::text::documents::{Documents, Examples, TRAIN_SET};
use crate::text::phrases;
use crate::text::tokenise::tokens;
use crate::transfer::experiment::{self, Planned};
use crate::transfer::network::SourceNetwork;
use crate::transfer::regime::Table;
use crate::transfer::statistics;
use crate::vectors::WordVectors;
use crate::vision::Pictures;

use super::clock::Clock;
use super::event::{Guess, State, Status};
use super::language::LanguageStage;
use super::network_stage::NetworkStage;
use super::outbox::Outbox;
use super::picture_plan::PictureTask;
use super::plan;
use super::pretraining::VectorStage;
use super::quality::{self, Measuring};
use super::reading::{Read, Reading};
use super::reading_pictures::{ReadPictures, ReadSource};
use super::run::{Run, RunState};
use super::stage::{Pretrained, PretrainingStage};
use super::training::Training;

/// How often the state is saved, at the least.
const SAVE_PACE: Duration = Duration::from_secs(10);

/// The recipe's name in a session's folder.
pub const RECIPE_FILE: &str = "recipe.ron";

/// What a bounded piece of work was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A part of a round.
    Within,
    /// The end of a round of all live runs that updated no parameters (evaluations, cross-validation), or
    /// another block of the corpus.
    Round,
    /// The end of a round that updated parameters, or a block of pre-training of which a point was told.
    Update,
}

/// A session under way.
pub struct Job {
    pub recipe: Recipe,
    folder: PathBuf,
    clock: Clock,
    pub history: History,
    part: Part,
    /// The labelled data, once it is read.
    pub documents: Option<Arc<Documents>>,
    pool: Option<Pool>,
    /// The transferred vectors, once they are there.
    pub table: Option<Arc<Table>>,
    /// The labelled pictures, once they are read,
    pub pictures: Option<Arc<Pictures>>,
    /// and what the runs begin with, once it is there.
    pub picture_task: Option<PictureTask>,
    /// The language model that was pre-trained, once it is.
    pub speaker: Option<Arc<Speaker>>,
    turns: VecDeque<Vec<Planned>>,
    pub training: Training,
    measuring: Measuring,
    saved: Instant,
    /// The session's own files may be removed if data or corpus cannot be used: nothing was there before.
    fresh: bool,
    /// What is said to have gone on from a checkpoint.
    resumed: bool,
}

/// What is under way.
enum Part {
    Reading(Reading),
    Vectors(Box<dyn PretrainingStage>),
    Network(Box<NetworkStage>),
    Training,
    Finished,
}

impl Job {
    /// Begins a session in `folder`, which is made.
    ///
    /// # Errors
    /// When there is a session already, or the folder cannot be made.
    pub fn start(recipe: Recipe, folder: PathBuf, out: &mut Outbox) -> Result<Job> {
        if folder.join(log::FILE).exists() {
            return Err(Error::input(
                &folder,
                Place::Whole,
                "there is a session here already",
                "resume it, or name another folder",
            ));
        }
        let fresh = !folder.exists();
        fs::create_dir_all(&folder).map_err(|e| Error::io("create the session's folder", &folder, e))?;
        let began = files::save(&folder.join(RECIPE_FILE), |file| file.write_all(recipe.to_ron().as_bytes()))
            .and_then(|()| Log::create(&folder))
            .and_then(|log| out.set_log(Some(log)));
        if let Err(error) = began {
            if fresh {
                // It was empty or held the recipe alone; the error is what counts.
                let _ = fs::remove_dir_all(&folder);
            }
            return Err(error);
        }
        let mut job = Job::new(recipe, folder, History::default(), fresh);
        let program = format!("warmstart {}", env!("CARGO_PKG_VERSION"));
        job.tell(Record::Opened { version: VERSION, program, recipe: Box::new(job.recipe.clone()) }, out)?;
        job.tell(Record::Stage(Stage::Reading), out)?;
        Ok(job)
    }

    /// Goes on with the session in `folder`; the entries of its log are sent first.
    ///
    /// # Errors
    /// When there is no session, or one that cannot be read.
    pub fn resume(folder: PathBuf, out: &mut Outbox) -> Result<Job> {
        let entries = log::read(&folder)?;
        let history = History::of(entries.iter().cloned());
        let Some(recipe) = history.recipe.clone() else {
            return Err(Error::input(
                &folder,
                Place::Whole,
                "its log names no recipe",
                "run the recipe again",
            ));
        };
        out.set_log(Some(Log::reopen(&folder)?))?;
        entries.into_iter().for_each(|entry| out.show(entry));
        let mut job = Job::new(*recipe, folder, history, false);
        job.resumed = true;
        if job.history.comparison.is_none() || job.history.stage() != Some(Stage::Finished) {
            job.tell(Record::Stage(Stage::Reading), out)?;
        }
        Ok(job)
    }

    fn new(recipe: Recipe, folder: PathBuf, history: History, fresh: bool) -> Job {
        let reading = Reading::start(&recipe);
        Job {
            folder,
            clock: Clock::from(history.now),
            history,
            part: Part::Reading(reading),
            documents: None,
            pool: None,
            table: None,
            pictures: None,
            picture_task: None,
            speaker: None,
            turns: experiment::plan(&recipe).into(),
            training: Training::default(),
            measuring: Measuring::default(),
            saved: Instant::now(),
            fresh,
            resumed: false,
            recipe,
        }
    }

    /// Whether everything is done.
    pub fn finished(&self) -> bool {
        matches!(self.part, Part::Finished)
    }

    /// Writes a record to the history, the log and the front end.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn tell(&mut self, record: Record, out: &mut Outbox) -> Result<()> {
        let entry = Entry { at: self.clock.now(), record };
        self.history.push(entry.clone());
        out.record(entry)
    }

    /// Notes an intervention.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn note(&mut self, note: Note, out: &mut Outbox) -> Result<()> {
        if self.finished() { Ok(()) } else { self.tell(Record::Note(note), out) }
    }

    /// The clock stands still.
    pub fn hold(&mut self) {
        self.clock.hold();
    }

    /// The clock goes on.
    pub fn go_on(&mut self) {
        self.clock.go_on();
    }

    /// Does a bounded piece of work.
    ///
    /// # Errors
    /// When data or vectors cannot be read, or the disk refuses. What a fresh session had written is
    /// removed again if its data or its corpus cannot be used.
    pub fn step(&mut self, pool: &rayon::ThreadPool, out: &mut Outbox) -> Result<Progress> {
        let progress = match self.work(pool, out) {
            Err(error)
                if self.fresh && self.history.vocabulary.is_none() && self.history.pretraining.is_empty() =>
            {
                out.set_log(None)?;
                // Nothing was learned yet; the reason for the failure is what the user must see.
                let _ = fs::remove_dir_all(&self.folder);
                return Err(error);
            }
            other => other?,
        };
        if progress != Progress::Within && self.saved.elapsed() > SAVE_PACE {
            self.save(out)?;
        }
        if self.finished() {
            self.clock.hold();
        }
        Ok(progress)
    }

    fn work(&mut self, pool: &rayon::ThreadPool, out: &mut Outbox) -> Result<Progress> {
        match &mut self.part {
            Part::Reading(reading) => {
                match reading.poll()? {
                    Some(Read::Texts(read)) => {
                        self.measuring.yardsticks = Arc::new(read.yardsticks);
                        self.take_data(read.labelled, read.documents, out)?;
                        self.begin_vectors(read.vectors, out)?;
                    }
                    Some(Read::Pictures(read)) => self.take_pictures(*read, out)?,
                    None => {}
                }
                Ok(Progress::Within)
            }
            Part::Network(stage) => {
                let mut tell = Vec::new();
                let done = stage.step(pool, &mut tell)?;
                let shows = tell.iter().any(|record| matches!(record, Record::Pretrain(_)));
                for record in tell {
                    self.tell(record, out)?;
                }
                if done {
                    self.save(out)?;
                    if let Part::Network(stage) = &mut self.part {
                        let source = stage.finish(&self.folder)?;
                        self.take_network(source, out)?;
                    }
                }
                Ok(if shows || done { Progress::Update } else { Progress::Within })
            }
            Part::Vectors(stage) => {
                let mut tell = Vec::new();
                let done = stage.step(pool, &mut tell)?;
                let shows = tell.iter().any(|record| matches!(record, Record::Pretrain(_)));
                for record in tell {
                    self.tell(record, out)?;
                }
                if done {
                    self.save(out)?;
                    if let Part::Vectors(stage) = &mut self.part {
                        let Pretrained { vectors, origin, seconds, speaker } = stage.finish()?;
                        self.speaker = speaker.map(Arc::new);
                        self.take_vectors(vectors, origin, seconds, out)?;
                    }
                }
                Ok(if shows || done { Progress::Update } else { Progress::Round })
            }
            Part::Training => self.train(pool, out),
            Part::Finished => Ok(Progress::Update),
        }
    }

    fn take_data(&mut self, labelled: LabelledText, documents: Documents, out: &mut Outbox) -> Result<()> {
        let own_validation = labelled.validation.is_some();
        let pool = Pool::new(&labelled.train, &labelled.classes, own_validation);
        // Every budget is tried now: it must not turn out after the pre-training that one is too large.
        for planned in self.turns.iter().filter_map(|turn| turn.first()) {
            plan::draw(&self.recipe, &pool, planned)?;
        }
        let train = documents.set(TRAIN_SET);
        let counts = documents.counts(train.clone().map(|d| d as u32));
        let tokens: u64 = counts.iter().sum();
        let summary = DataSummary {
            classes: labelled.classes,
            train: labelled.train.len(),
            validation: labelled.validation.map_or(0, |part| part.len()),
            tests: labelled.tests.iter().map(|(name, part)| (name.clone(), part.len())).collect(),
            words: counts.iter().filter(|&&count| count > 0).count(),
            mean_tokens: tokens as f64 / train.len().max(1) as f64,
            remarks: labelled.remarks,
            pictures: None,
        };
        self.documents = Some(Arc::new(documents));
        self.pool = Some(pool);
        if self.history.data.as_ref() != Some(&summary) {
            self.tell(Record::Data(summary), out)?;
        }
        Ok(())
    }

    /// The pictures were read: the network is trained, or is there.
    fn take_pictures(&mut self, read: ReadPictures, out: &mut Outbox) -> Result<()> {
        let ReadPictures { pictures, pool, summary, source } = read;
        for planned in self.turns.iter().filter_map(|turn| turn.first()) {
            plan::draw(&self.recipe, &pool, planned)?;
        }
        self.pictures = Some(Arc::new(pictures));
        self.pool = Some(pool);
        if self.history.data.as_ref() != Some(&summary) {
            self.tell(Record::Data(summary), out)?;
        }
        let (asked, pictures) = match (&self.recipe.source, source) {
            (_, ReadSource::Network(source)) => return self.take_network(*source, out),
            (Source::Pictures(asked), ReadSource::Pictures(pictures)) => (asked, pictures),
            _ => return Ok(()),
        };
        let seed = self.recipe.seed;
        let stage = NetworkStage::begin(asked, Arc::new(*pictures), seed, &self.folder, self.resumed)?;
        match stage.resumed_at() {
            Some(seen) => self.tell(Record::Resumed { tokens: Some(seen), runs: Vec::new() }, out)?,
            None => self.tell(Record::Stage(Stage::Pretraining), out)?,
        }
        self.part = Part::Network(Box::new(stage));
        Ok(())
    }

    fn take_network(&mut self, source: SourceNetwork, out: &mut Outbox) -> Result<()> {
        let Some(pictures) = self.pictures.clone() else { return Ok(()) };
        let told = Record::Network {
            architecture: source.architecture,
            parameters: source.network.total_parameters() as u64,
            origin: source.origin.clone(),
            seconds: source.seconds,
        };
        let task = PictureTask::new(&self.recipe, pictures, Arc::new(source))?;
        if self.history.network.is_none() {
            self.tell(told, out)?;
        }
        self.picture_task = Some(task);
        self.begin_training(out)
    }

    fn begin_vectors(&mut self, ready: Option<WordVectors>, out: &mut Outbox) -> Result<()> {
        match (&self.recipe.source, ready) {
            (Source::Vectors { file, .. }, Some(vectors)) => {
                let origin = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.take_vectors(vectors, origin, 0.0, out)
            }
            _ => {
                let (recipe, folder) = (&self.recipe, &self.folder);
                let stage: Box<dyn PretrainingStage> = match &recipe.source {
                    Source::LanguageModel(asked) => {
                        Box::new(LanguageStage::begin(asked, recipe, folder, self.resumed)?)
                    }
                    _ => {
                        let yardsticks = self.measuring.yardsticks.clone();
                        Box::new(VectorStage::begin(recipe, folder, self.resumed, yardsticks)?)
                    }
                };
                if let Some(tokens) = stage.resumed_at() {
                    self.tell(Record::Resumed { tokens: Some(tokens), runs: Vec::new() }, out)?;
                } else {
                    self.tell(Record::Stage(Stage::Counting), out)?;
                }
                self.part = Part::Vectors(stage);
                Ok(())
            }
        }
    }

    fn take_vectors(
        &mut self,
        vectors: WordVectors,
        origin: String,
        seconds: f64,
        out: &mut Outbox,
    ) -> Result<()> {
        let Some(mut documents) = self.documents.clone() else { return Ok(()) };
        // A session goes on as it began: one whose log counts the words and no phrases has read none.
        if self.history.coverage.as_ref().is_none_or(|coverage| coverage.joined.is_some()) {
            documents = documents.joined(&vectors.words);
            self.documents = Some(documents.clone());
        }
        let (words, dim) = vectors.table().dim();
        if self.history.vectors.is_none() {
            self.tell(Record::Vectors { words, dim, origin, seconds }, out)?;
        }
        let vectors = Arc::new(vectors);
        let table = match &self.speaker {
            Some(speaker) => Table::of_language_model(vectors, &speaker.model, &documents),
            None => Table::new(vectors, &documents),
        };
        if self.history.coverage.is_none() {
            self.tell(Record::Coverage(plan::coverage(&documents, &table)), out)?;
        }
        self.table = Some(Arc::new(table));
        // Vectors that were trained here were measured while they were.
        if self.history.stage() != Some(Stage::Finished) && !self.measured(None) {
            self.measuring.ask(None);
        }
        self.begin_training(out)
    }

    /// All that the runs begin with is there.
    fn begin_training(&mut self, out: &mut Outbox) -> Result<()> {
        self.fresh = false;
        self.part = Part::Training;
        if self.history.stage() != Some(Stage::Finished) {
            self.tell(Record::Stage(Stage::Training), out)?;
        }
        self.begin_turn(out)
    }

    /// Whether the log has a measurement of the vectors of `run`, or of the pre-trained ones.
    fn measured(&self, run: Option<usize>) -> bool {
        self.history.quality.iter().any(|quality| quality.value.run == run)
    }

    /// Begins the runs of the next budget, or concludes.
    fn begin_turn(&mut self, out: &mut Outbox) -> Result<()> {
        let Some(pool) = &self.pool else { return Ok(()) };
        let Some(turn) = self.turns.pop_front() else { return self.conclude(out) };
        let (mut starts, mut resumed) = (Vec::new(), Vec::new());
        for planned in &turn {
            let mut run = match (&mut self.picture_task, &self.documents, &self.table) {
                (Some(task), ..) => task.make(&self.recipe, planned, pool)?,
                (None, Some(documents), Some(table)) => {
                    plan::make(&self.recipe, planned, pool, documents, table)?
                }
                _ => return Ok(()),
            };
            let mut step = 0;
            if self.resumed {
                let name = Run::checkpoint_name(planned.run);
                if let Some((at, state, tensors)) = checkpoint::load::<RunState>(&self.folder, &name)? {
                    run.restore(state, tensors)?;
                    step = at;
                }
            }
            let known = self.history.run(planned.run);
            if known.is_none() {
                starts.push(Record::Run(run.start.clone()));
            } else if known.is_some_and(|known| known.end.is_none() || !run.ended()) {
                resumed.push((planned.run, step));
            }
            if run.ended() {
                // Killed between a run's end and its measurement.
                let open = self.history.stage() != Some(Stage::Finished) && !self.measured(Some(planned.run));
                if open && planned.arm.tunes() {
                    self.measuring.ask(Some(planned.run));
                }
                self.training.ended.push(run);
            } else {
                self.training.live.push(run);
            }
        }
        for record in starts {
            self.tell(record, out)?;
        }
        if !resumed.is_empty() {
            self.tell(Record::Resumed { tokens: None, runs: resumed }, out)?;
        }
        if self.training.idle() && self.measuring.idle() { self.begin_turn(out) } else { Ok(()) }
    }

    fn train(&mut self, pool: &rayon::ThreadPool, out: &mut Outbox) -> Result<Progress> {
        let mut tell = Vec::new();
        if !self.measuring.idle() {
            if let Some(table) = &self.table {
                pool.install(|| self.measuring.step(table, |run| self.training.run(run), &mut tell));
            }
            for record in tell {
                self.tell(record, out)?;
            }
            return Ok(Progress::Within);
        }
        if self.training.idle() {
            self.begin_turn(out)?;
            return Ok(Progress::Round);
        }
        let over = self.training.step(pool, &mut tell);
        let mut ended = Vec::new();
        let mut progress = if over { Progress::Round } else { Progress::Within };
        for record in tell {
            if matches!(record, Record::Step(_)) {
                progress = Progress::Update;
            }
            if let Record::RunEnd(end) = &record {
                ended.push(end.run);
                if let Some(found) = self.by_coverage(end.run) {
                    self.tell(found, out)?;
                }
            }
            self.tell(record, out)?;
        }
        for number in ended {
            self.save_run(number)?;
            if self.history.run(number).is_some_and(|run| run.start.arm.tunes()) {
                self.measuring.ask(Some(number));
            }
        }
        if over && self.training.idle() && self.measuring.idle() {
            self.begin_turn(out)?;
        }
        Ok(progress)
    }

    /// How right a run that ends was, by coverage.
    fn by_coverage(&self, number: usize) -> Option<Record> {
        let (run, documents, table) =
            (self.training.run(number)?, self.documents.as_ref()?, self.table.as_ref()?);
        quality::by_coverage(run, documents, table)
    }

    /// All runs are over: the comparison.
    fn conclude(&mut self, out: &mut Outbox) -> Result<()> {
        if self.history.comparison.is_none() {
            let comparison = statistics::compare(&self.history);
            self.tell(Record::Comparison(Box::new(comparison)), out)?;
        }
        if self.history.stage() != Some(Stage::Finished) {
            self.tell(Record::Stage(Stage::Finished), out)?;
        }
        self.part = Part::Finished;
        out.flush_log()
    }

    /// Saves everything that is under way.
    fn save(&mut self, out: &mut Outbox) -> Result<()> {
        out.flush_log()?;
        match &mut self.part {
            Part::Vectors(stage) => stage.save(&self.folder)?,
            Part::Network(stage) => stage.save(&self.folder)?,
            _ => {}
        }
        let live: Vec<usize> = self.training.live.iter().map(|run| run.start.run).collect();
        for number in live {
            self.save_run(number)?;
        }
        self.saved = Instant::now();
        Ok(())
    }

    fn save_run(&mut self, number: usize) -> Result<()> {
        let mut runs = self.training.live.iter_mut().chain(&mut self.training.ended);
        if let Some(run) = runs.find(|run| run.start.run == number)
            && let Some((step, state, tensors)) = run.save()
        {
            checkpoint::save(&self.folder, &Run::checkpoint_name(number), step, &state, &tensors)?;
        }
        Ok(())
    }

    /// Saves, and says that the user stopped.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn stop(&mut self, out: &mut Outbox) -> Result<()> {
        if !self.finished() {
            self.save(out)?;
            self.tell(Record::Stage(Stage::Stopped), out)?;
        }
        out.flush_log()
    }

    /// Ends one run with what it has learned.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn stop_run(&mut self, number: usize, out: &mut Outbox) -> Result<()> {
        let Some(run) = self.training.live.iter_mut().find(|run| run.start.run == number && run.learning())
        else {
            return Ok(());
        };
        run.stop();
        self.note(Note::RunStopped { run: number }, out)
    }

    /// Multiplies the learning rate of a run, or of everything under way.
    pub fn change_rate(&mut self, run: Option<usize>, factor: f32) {
        match (&mut self.part, run) {
            (Part::Vectors(stage), None) => stage.change_rate(factor),
            (Part::Network(stage), None) => stage.change_rate(factor),
            _ => {}
        }
        for live in &mut self.training.live {
            if run.is_none_or(|run| run == live.start.run) {
                live.rate_factor *= factor;
            }
        }
    }

    /// What is done next is to be seen: of pre-training a point is told as soon as there is one.
    pub fn show_next(&mut self) {
        match &mut self.part {
            Part::Vectors(stage) => stage.show_next(),
            Part::Network(stage) => stage.show_next(),
            _ => {}
        }
    }

    /// The network being pre-trained, while it is.
    pub fn network_stage(&self) -> Option<&NetworkStage> {
        if let Part::Network(stage) = &self.part { Some(stage) } else { None }
    }

    /// The words and vectors being pre-trained, while they are.
    pub fn vector_stage(&self) -> Option<&dyn PretrainingStage> {
        if let Part::Vectors(stage) = &self.part { Some(&**stage) } else { None }
    }

    /// The runs that can classify a text now, by number.
    pub fn runs_that_classify(&self) -> VecDeque<usize> {
        self.training.runs().iter().map(|run| run.start.run).collect()
    }

    /// One run's opinion of a text.
    pub fn classify(&mut self, number: usize, text: &str) -> Option<Guess> {
        let mut words = tokens(text);
        let mut workspace = self.training.workspace();
        let run = self.training.run_mut(number)?;
        // A text is read as the documents were that the run has learned from.
        let joins = self.documents.as_ref().is_some_and(|documents| documents.apart.is_some());
        if let Some(table) = self.table.as_ref().filter(|_| joins && run.start.arm.rival().is_none()) {
            words = phrases::join(&words, &table.vectors.words);
        }
        run.learner.refresh();
        run.learner.explain(&words, &mut workspace)
    }

    /// One run's opinion of a picture.
    pub fn classify_picture(&mut self, number: usize, picture: &Picture) -> Option<Guess> {
        let preparation = &self.pictures.as_ref()?.preparation;
        let mut prepared = vec![0.0; preparation.len()];
        preparation.prepare(picture, &mut prepared);
        let mut workspace = self.training.workspace();
        let run = self.training.run_mut(number)?;
        run.learner.refresh();
        let probabilities = run.learner.classify_prepared(&prepared, &mut workspace)?;
        Some(Guess { probabilities, words: Vec::new() })
    }

    /// What it is doing.
    pub fn status(&mut self) -> Status {
        let planned = experiment::plan(&self.recipe).concat().len();
        let (doing, progress, rate, unit) = match &self.part {
            Part::Reading(reading) => {
                let (doing, share) = reading.doing();
                (doing.to_string(), share, 0.0, "documents/s")
            }
            Part::Vectors(stage) => {
                (stage.doing().to_string(), 0.5 * stage.progress(), stage.words_per_second(), "words/s")
            }
            Part::Network(stage) => {
                ("pre-training the network".to_string(), 0.5 * stage.progress(), stage.rate(), "pictures/s")
            }
            Part::Training => {
                let live = &self.training.live;
                let budget = live.first().map_or(Budget::All, |run| run.start.budget);
                let done: f64 =
                    live.iter().map(Run::progress).sum::<f64>() + self.training.ended.len() as f64;
                let trained = matches!(self.recipe.source, Source::Vectors { .. } | Source::Network(_));
                let before = if trained { 0.0 } else { 0.5 };
                let share = before + (1.0 - before) * done / planned.max(1) as f64;
                (
                    format!(
                        "training {} {} with {budget} labels",
                        live.len(),
                        if live.len() == 1 { "run" } else { "runs" }
                    ),
                    share,
                    self.documents_per_second(),
                    if self.picture_task.is_some() { "pictures/s" } else { "documents/s" },
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
            rate,
            unit,
            left,
            live: self.training.live.iter().map(|run| run.start.run).collect(),
            folder: self.folder.clone(),
        }
    }

    /// Documents that all live runs saw a second of their training.
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
