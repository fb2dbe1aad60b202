//! A session in progress: reading, pre-training, the experiment, the comparison. It advances step by step.
//!
//! The job folds its own records into a history and takes all decisions from that, so a resumed session decides the
//! same as an uninterrupted one.

mod asked;
mod beginning;
mod by_hand;
mod comparing;
mod forking;
mod inheriting;
mod keeping;
mod leftovers;
mod resting;
mod steering;
mod taking;
mod tuning;
mod turn;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::run::RunState;
use crate::error::Result;
use crate::session::checkpoint::{Loaded, Shelf};
use crate::session::history::History;
use crate::session::log::Mark;
use crate::session::parent::Parent;
use crate::session::recipe::Recipe;
use crate::session::record::{Entry, Note, Record, Stage};
use crate::transfer::experiment::Planned;
use crate::transfer::statistics;
use crate::vision::Images;

use super::clock::Clock;
use super::data::Task;
use super::inherited::Parameters;
use super::outbox::Outbox;
use super::quality::{Measured, Measuring};
use super::reading::{Read, ReadVectors, Reading};
use super::reading_images::ReadSource;
use super::ready::Ready;
use super::stage::PretrainingStage;
use super::training::RunSet;
use by_hand::Steering;
use comparing::Keeping;

/// The longest time between two saves of the state.
const SAVE_EVERY: Duration = Duration::from_secs(10);

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A part of a round was done.
    Within,
    /// A round of all live runs ended without an update of parameters (evaluations, cross-validation), or a block of
    /// the corpus was done.
    Round,
    /// A round ended that updated parameters, or a block of pre-training was done that recorded a point.
    Update,
}

/// A session in progress.
pub struct Job {
    /// The recipe, with what was added while the session ran.
    pub recipe: Recipe,
    /// The recipe with what its sources are in other sessions: see [`Recipe::resolved`].
    resolved: Recipe,
    /// What is done by hand.
    steering: Steering,
    folder: PathBuf,
    clock: Clock,
    pub history: History,
    part: Part,
    /// The tasks, once their data is read. At present an experiment has exactly one.
    tasks: Vec<Task>,
    /// What was read of the sources that are not prepared yet.
    waiting: VecDeque<Waiting>,
    /// The task's images as the network sees them that is being pre-trained.
    seen: Option<Arc<Images>>,
    /// The pre-trained sources, in the order of their names, as far as they are ready.
    sources: Vec<Ready>,
    /// The place of the source that questions are about; `None` for the one in preparation, or the first.
    shown: Option<usize>,
    turns: VecDeque<Vec<Planned>>,
    pub training: RunSet,
    /// The runs whose models were read again for questions, the oldest first.
    awake: VecDeque<usize>,
    measuring: Measuring,
    keeping: Keeping,
    /// Whether the states of runs that are kept have the size that they may have.
    states_full: bool,
    saved: Instant,
    /// Whether the session's folder may be removed if the data or the corpus cannot be used: it did not exist before.
    fresh: bool,
    /// Whether the session was resumed.
    resumed: bool,
}

/// What was read of a source.
enum Waiting {
    /// Its vectors; `None` if they are trained.
    Text(Option<Box<ReadVectors>>),
    /// The task's images as its network sees them, and the network or the images to train it on.
    Images(Arc<Images>, ReadSource),
}

/// The current stage.
enum Part {
    Reading(Reading),
    Pretraining(Box<dyn PretrainingStage>),
    Training,
    Finished,
}

impl Job {
    fn remarks(&mut self, remarks: impl IntoIterator<Item = String>, out: &mut Outbox) -> Result<()> {
        remarks.into_iter().try_for_each(|remark| self.tell(Record::Note(Note::Remark(remark)), out))
    }

    /// Takes over the inherited sources, and begins to read the data.
    fn read(
        &mut self,
        inherited: Vec<(Parent, Parameters)>,
        fork: Option<Loaded<RunState>>,
        out: &mut Outbox,
    ) -> Result<()> {
        let taken = self.inherit(inherited, out)?;
        self.keep_fork(fork, out)?;
        self.resolved = self.recipe.resolved(&self.history.parents);
        self.turns = self.all_turns().into();
        self.part = Part::Reading(Reading::start(&self.recipe, taken)?);
        Ok(())
    }

    /// The folder of the session.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the session is complete.
    pub fn finished(&self) -> bool {
        matches!(self.part, Part::Finished)
    }

    /// Adds a record to the history and the log, and sends it to the front end.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn tell(&mut self, record: Record, out: &mut Outbox) -> Result<()> {
        let entry = Entry { at: self.clock.now(), record };
        self.history.push(entry.clone());
        out.record(entry)
    }

    /// Records an action of the user or a remark, unless the session is complete.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn note(&mut self, note: Note, out: &mut Outbox) -> Result<()> {
        if self.finished() { Ok(()) } else { self.tell(Record::Note(note), out) }
    }

    /// Stops the clock.
    pub fn hold(&mut self) {
        self.clock.hold();
    }

    /// Starts the clock again.
    pub fn go_on(&mut self) {
        self.clock.go_on();
    }

    /// Does a bounded step.
    ///
    /// # Errors
    /// When data or vectors cannot be read, or the disk refuses a write. If the data or the corpus of a new session
    /// cannot be used, its folder is removed.
    pub fn step(&mut self, pool: &rayon::ThreadPool, out: &mut Outbox) -> Result<Progress> {
        let progress = match self.work(pool, out) {
            Err(error)
                if self.fresh
                    && self.history.source().vocabulary.is_none()
                    && self.history.source().pretraining.is_empty() =>
            {
                // Nothing was trained yet, and the user must see the first error, so errors here are ignored. The log
                // holds the lock until the folder is removed.
                let _ = fs::remove_dir_all(&self.folder);
                out.set_log(None)?;
                return Err(error);
            }
            other => other?,
        };
        if progress != Progress::Within && self.saved.elapsed() > SAVE_EVERY {
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
                        self.measuring.benchmarks = Arc::new(read.benchmarks);
                        self.take_data(read.labelled, read.documents, out)?;
                        self.waiting =
                            read.vectors.into_iter().map(|read| Waiting::Text(read.map(Box::new))).collect();
                        self.next_source(out)?;
                    }
                    Some(Read::Images(read)) => self.take_images(*read, out)?,
                    None => {}
                }
                Ok(Progress::Within)
            }
            Part::Pretraining(_) => {
                self.steer_pretraining(out)?;
                let Part::Pretraining(stage) = &mut self.part else { return Ok(Progress::Within) };
                let mut tell = Vec::new();
                let done = stage.step(pool, &mut tell)?;
                let due = stage.save_due();
                let shows = self.tell_all(tell, out)?;
                if done || due {
                    self.save(out)?;
                }
                if done && let Part::Pretraining(stage) = &mut self.part {
                    let finished = stage.finish()?;
                    self.take_source(finished, pool, out)?;
                }
                Ok(if shows || done { Progress::Update } else { Progress::Round })
            }
            Part::Training => self.train(pool, out),
            Part::Finished => Ok(Progress::Update),
        }
    }

    /// Records what a stage reports. Returns whether this includes a point of the curve.
    fn tell_all(&mut self, records: Vec<Record>, out: &mut Outbox) -> Result<bool> {
        let shows = records.iter().any(|record| matches!(record, Record::Pretrain(_)));
        records.into_iter().try_for_each(|record| self.tell(record, out))?;
        Ok(shows)
    }

    /// Begins the training of the runs; the data and the source are ready.
    fn begin_training(&mut self, out: &mut Outbox) -> Result<()> {
        self.fresh = false;
        self.part = Part::Training;
        if self.history.stage() != Some(Stage::Finished) {
            self.tell(Record::Stage(Stage::Training), out)?;
        }
        self.begin_turn(out)
    }

    /// Whether the log has a complete measurement of these vectors.
    fn measured(&self, of: &Measured) -> bool {
        // A kill may come between the records of one measurement, so their number is checked.
        let lists = self.measuring.benchmarks.lists();
        let told = match of {
            Measured::Source(name) => {
                self.history.source_called(name).map_or(0, |source| source.quality.len())
            }
            Measured::Run(run) => {
                let of_run = self.history.tuned_quality.iter().filter(|told| told.value.run == Some(*run));
                of_run.count()
            }
        };
        lists > 0 && told >= lists
    }

    /// Compares the runs after all have ended, and completes the session.
    fn conclude(&mut self, out: &mut Outbox) -> Result<()> {
        if self.history.comparison.is_none() {
            let comparison = statistics::compare(&self.history);
            self.tell(Record::Comparison(Box::new(comparison)), out)?;
        }
        if self.history.stage() != Some(Stage::Finished) {
            self.tell(Record::Stage(Stage::Finished), out)?;
        }
        self.part = Part::Finished;
        out.sync_log()?;
        self.remove_needless();
        Ok(())
    }

    /// Saves the state of pre-training or of the live runs.
    fn save(&mut self, out: &mut Outbox) -> Result<()> {
        // The log is synced first: a checkpoint must not refer to more of the log than exists.
        let log = out.sync_log()?;
        if let Part::Pretraining(stage) = &mut self.part {
            let names = self.recipe.source_names();
            let folder =
                names.get(self.sources.len()).map(|name| self.recipe.source_folder(&self.folder, name));
            stage.save(&Shelf { folder: folder.as_deref().unwrap_or(&self.folder), log })?;
        }
        let live: Vec<usize> = self.training.live.iter().map(|run| run.start.run).collect();
        for number in live {
            self.save_run(number, log)?;
        }
        self.saved = Instant::now();
        Ok(())
    }

    fn save_run(&mut self, number: usize, log: Mark) -> Result<()> {
        let mut runs = self.training.live.iter_mut().chain(&mut self.training.ended);
        if let Some(run) = runs.find(|run| run.start.run == number) {
            let (ended, name) = (run.ended(), run.checkpoint_name());
            if let Some((step, state, tensors)) = run.save() {
                let shelf = Shelf { folder: &self.folder, log };
                shelf.save(&name, step, ended, &state, &tensors)?;
            }
        }
        Ok(())
    }

    /// Saves the state, and records that the user stopped the session.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub fn stop(&mut self, out: &mut Outbox) -> Result<()> {
        if !self.finished() {
            self.save(out)?;
            self.keep_the_rest()?;
            self.tell(Record::Stage(Stage::Stopped), out)?;
        }
        out.sync_log().map(drop)
    }

    /// Requests a point of the pre-training curve as soon as there is one, even if none is due.
    pub fn show_next(&mut self) {
        if let Part::Pretraining(stage) = &mut self.part {
            stage.show_next();
        }
    }
}
