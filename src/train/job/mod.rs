//! A session in progress: reading, pre-training, the experiment, the comparison. It advances step by step.
//!
//! The job folds its own records into a history and takes all decisions from that, so a resumed session decides the
//! same as an uninterrupted one.

mod asked;
mod comparing;
mod inheriting;
mod keeping;
mod leftovers;
mod resting;
mod taking;
mod tuning;

use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::kernel::dispatch;
use crate::session::checkpoint::{self, Shelf};
use crate::session::history::History;
use crate::session::lock::Lock;
use crate::session::log::{self, Log, Mark};
use crate::session::parent::Parent;
use crate::session::recipe::{self, Recipe};
use crate::session::record::{Entry, Note, Record, Stage, VERSION};
use crate::transfer::experiment::{self, Planned};
use crate::transfer::statistics;
use crate::vision::Images;

use super::clock::Clock;
use super::data::Task;
use super::inherited::Parameters;
use super::outbox::Outbox;
use super::quality::{self, Measured, Measuring};
use super::reading::{Read, ReadVectors, Reading};
use super::reading_images::ReadSource;
use super::ready::Ready;
use super::run::RunState;
use super::stage::PretrainingStage;
use super::training::RunSet;
use super::{inherited, memory, plan};
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
    pub recipe: Recipe,
    /// The recipe with what its sources are in other sessions: see [`Recipe::resolved`].
    resolved: Recipe,
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

/// The recipe of the session in `folder`, which has no log.
fn kept_recipe(folder: &Path) -> Result<Recipe> {
    let path = folder.join(recipe::FILE);
    let text = fs::read_to_string(&path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => {
            Error::input(folder, Place::Whole, "this session never began", "run its recipe again")
        }
        _ => Error::io("read", &path, e),
    })?;
    Recipe::parse_kept(&text, &path)
}

/// What other sessions pre-trained for `recipe`, which must fit into memory with it.
fn find_inherited(recipe: &Recipe) -> Result<Vec<(Parent, Parameters)>> {
    if !recipe.task_names().is_empty() {
        return Err(Error::request(
            format!(
                "this recipe has {} tasks, each of which becomes a session of its own",
                recipe.task_names().len()
            ),
            "`warmstart run RECIPE` runs them one after another",
        ));
    }
    memory::check(recipe, &[])?;
    let found = inherited::find(recipe)?;
    let parents: Vec<Parent> = found.iter().map(|known| known.0.clone()).collect();
    memory::check(recipe, &parents)?;
    Ok(found)
}

impl Job {
    /// Begins a session in `folder`, which is created if necessary.
    ///
    /// # Errors
    /// When the folder has a session already, or cannot be created.
    pub fn start(recipe: Recipe, folder: PathBuf, out: &mut Outbox) -> Result<Job> {
        let inherited = find_inherited(&recipe)?;
        let fresh = !folder.exists();
        fs::create_dir_all(&folder).map_err(|e| Error::io("create the session's folder", &folder, e))?;
        let lock = Lock::take(&folder)?;
        Job::begin(recipe, inherited, folder, fresh, lock, out)
    }

    /// Begins a session in a folder that exists and is locked.
    fn begin(
        recipe: Recipe,
        inherited: Vec<(Parent, Parameters)>,
        folder: PathBuf,
        fresh: bool,
        lock: Lock,
        out: &mut Outbox,
    ) -> Result<Job> {
        if log::begun(&folder)? {
            return Err(Error::input(
                &folder,
                Place::Whole,
                "there is a session here already",
                "resume it, or name another folder",
            ));
        }
        leftovers::remove(&folder);
        // Without a log it is unknown what checkpoints belong to, so all are removed.
        for folder in recipe.checkpoint_folders(&folder) {
            checkpoint::sift(&folder, |_| false);
        }
        let unlocked = lock.remark().map(String::from);
        let began =
            files::save(&folder.join(recipe::FILE), |file| file.write_all(recipe.to_ron().as_bytes()))
                .and_then(|()| Log::create(&folder, lock))
                .and_then(|log| out.set_log(Some(log)));
        if let Err(error) = began {
            if fresh {
                // The folder did not exist before, or has only the recipe. Errors are ignored: the first error is
                // reported.
                let _ = fs::remove_dir_all(&folder);
            }
            return Err(error);
        }
        files::sync_folder(&folder);
        let mut job = Job::new(recipe, folder, History::default(), fresh);
        let program = format!("warmstart {}", env!("CARGO_PKG_VERSION"));
        let (machine, recipe) = (dispatch::machine(), Box::new(job.recipe.clone()));
        job.tell(Record::Opened { version: VERSION, program, machine, recipe }, out)?;
        out.sync_log()?;
        job.remarks(unlocked, out)?;
        job.tell(Record::Stage(Stage::Reading), out)?;
        job.read(inherited, out)?;
        Ok(job)
    }

    /// Resumes the session in `folder`, and first sends the entries of its log. A session that was killed before its
    /// first record begins again.
    ///
    /// # Errors
    /// When there is no session, another process writes to it, or it cannot be read.
    pub fn resume(folder: PathBuf, out: &mut Outbox) -> Result<Job> {
        let lock = Lock::take(&folder)?;
        if !log::begun(&folder)? {
            let recipe = kept_recipe(&folder)?;
            let inherited = find_inherited(&recipe)?;
            return Job::begin(recipe, inherited, folder, false, lock, out);
        }
        leftovers::remove(&folder);
        let unlocked = lock.remark().map(String::from);
        let told = log::read(&folder)?;
        let history = History::of(told.entries.iter().cloned());
        let Some(recipe) = history.recipe.clone() else {
            return Err(Error::input(
                &folder,
                Place::Whole,
                "its log names no recipe",
                "run the recipe again",
            ));
        };
        memory::check(&recipe, &history.parents)?;
        let (log, kept) = Log::reopen(&folder, lock, &told)?;
        let folders = recipe.checkpoint_folders(&folder);
        let unfit: Vec<String> =
            folders.iter().flat_map(|folder| checkpoint::sift(folder, |mark| told.reaches(mark))).collect();
        out.set_log(Some(log))?;
        let damage = told.damage.zip(kept).map(|(damage, kept)| {
            format!(
                "{damage}; the session goes on from what lies before it, the rest is kept in {}",
                kept.display()
            )
        });
        told.entries.into_iter().for_each(|entry| out.show(entry));
        let mut job = Job::new(*recipe, folder, history, false);
        job.resumed = true;
        job.remarks(unlocked.into_iter().chain(damage).chain(unfit), out)?;
        if job.history.comparison.is_none() || job.history.stage() != Some(Stage::Finished) {
            job.tell(Record::Stage(Stage::Reading), out)?;
            job.name_other_machine(out)?;
        }
        job.read(Vec::new(), out)?;
        Ok(job)
    }

    /// Adds a remark if the session is resumed on a kind of machine that may give other bits.
    fn name_other_machine(&mut self, out: &mut Outbox) -> Result<()> {
        let (here, began) = (dispatch::machine(), self.history.machine.clone());
        if began.is_empty() || began == here {
            return Ok(());
        }
        let remark = format!(
            "This session began on another kind of machine ({began}) and goes on here ({here}): the last digits of what \
             follows may differ, and with them the results."
        );
        self.tell(Record::Note(Note::Remark(remark)), out)
    }

    /// Records that pre-training continues after `tokens`, or that it begins (again, in a resumed session).
    fn tell_pretraining(&mut self, tokens: Option<u64>, begins: Stage, out: &mut Outbox) -> Result<()> {
        let resumed =
            |anew| Record::Resumed { tokens, runs: Vec::new(), pretraining_anew: anew, anew: Vec::new() };
        if tokens.is_some() {
            return self.tell(resumed(false), out);
        }
        if self.resumed && self.history.stages.iter().any(|stage| stage.value == Stage::Pretraining) {
            self.tell(resumed(true), out)?;
        }
        self.tell(Record::Stage(begins), out)
    }

    fn remarks(&mut self, remarks: impl IntoIterator<Item = String>, out: &mut Outbox) -> Result<()> {
        remarks.into_iter().try_for_each(|remark| self.tell(Record::Note(Note::Remark(remark)), out))
    }

    /// Takes over the inherited sources, and begins to read the data.
    fn read(&mut self, inherited: Vec<(Parent, Parameters)>, out: &mut Outbox) -> Result<()> {
        let taken = self.inherit(inherited, out)?;
        self.resolved = self.recipe.resolved(&self.history.parents);
        self.turns = experiment::turns(&self.resolved).into();
        self.part = Part::Reading(Reading::start(&self.recipe, taken)?);
        Ok(())
    }

    fn new(recipe: Recipe, folder: PathBuf, history: History, fresh: bool) -> Job {
        Job {
            folder,
            clock: Clock::from(history.now),
            history,
            part: Part::Finished,
            tasks: Vec::new(),
            waiting: VecDeque::new(),
            seen: None,
            sources: Vec::new(),
            shown: None,
            turns: experiment::turns(&recipe).into(),
            training: RunSet::default(),
            awake: VecDeque::new(),
            measuring: Measuring::default(),
            keeping: Keeping::default(),
            saved: Instant::now(),
            fresh,
            resumed: false,
            resolved: recipe.clone(),
            recipe,
        }
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
            Part::Pretraining(stage) => {
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

    /// Begins the runs of the next budget; after the last budget it compares all runs.
    fn begin_turn(&mut self, out: &mut Outbox) -> Result<()> {
        self.put_down_ended();
        let Some(Task { splits, .. }) = self.tasks.first() else { return Ok(()) };
        let Some(turn) = self.turns.pop_front() else { return self.conclude(out) };
        let (mut starts, mut resumed, mut unfit) = (Vec::new(), Vec::new(), Vec::new());
        for planned in &turn {
            if self.is_gone(planned.run) {
                continue;
            }
            if self.resumed {
                self.remove_tried(planned.run);
            }
            let mut make = || {
                let source = self.sources.get_mut(self.recipe.source_place(planned.source.as_ref()));
                let trials = self.history.run(planned.run).map_or(Vec::new(), |run| run.tried(f64::INFINITY));
                source
                    .map(|source| plan::next(&self.resolved, planned, &trials, splits, source.pretrained()))
                    .transpose()
            };
            let Some(mut run) = make()? else { return Ok(()) };
            let mut step = None;
            if self.resumed {
                let name = run.checkpoint_name();
                while let Some(found) = checkpoint::load::<RunState>(&self.folder, &name)? {
                    let restored = run.restore(found.state, found.tensors);
                    let told = self.history.run(planned.run).is_some_and(|known| known.end.is_some());
                    match restored {
                        // If the log lacks the end of an ended run, its checkpoint is not used: the restored run
                        // would not record its end.
                        Ok(()) if told || !run.ended() => {
                            step = Some(found.step);
                            if run.ended() {
                                checkpoint::remove_older(&self.folder, &name, found.step);
                            }
                            break;
                        }
                        Ok(()) => {}
                        Err(error) => unfit.push(format!(
                            "{}; this checkpoint is not used: run {} goes on from the one before it, or begins again",
                            checkpoint::named(&found.path, error),
                            planned.run + 1
                        )),
                    }
                    checkpoint::remove(&found.path);
                    let Some(anew) = make()? else { return Ok(()) };
                    run = anew;
                }
            }
            let known = self.history.run(planned.run);
            if known.is_none_or(|known| known.start.tuned.is_none() && run.start.tuned.is_some()) {
                starts.push(Record::Run(run.start.clone()));
            }
            if known.is_some_and(|known| known.end.is_none() || !run.ended()) {
                resumed.push((planned.run, step));
            }
            if run.ended() {
                // The process was killed between the end of the run and its measurement.
                let of = Measured::Run(planned.run);
                let open = self.history.stage() != Some(Stage::Finished) && !self.measured(&of);
                if open && planned.method.tunes() {
                    self.measuring.ask(of);
                }
                self.training.ended.push(run);
            } else {
                self.training.live.push(run);
            }
        }
        if self.history.stage() != Some(Stage::Finished) {
            let ended: Vec<usize> = self.training.ended.iter().map(|run| run.start.run).collect();
            self.keep_models(&ended, false);
        }
        self.remarks(unfit, out)?;
        for record in starts {
            self.tell(record, out)?;
        }
        if !resumed.is_empty() {
            let anew = resumed.iter().filter(|(_, step)| step.is_none()).map(|(run, _)| *run).collect();
            let runs = resumed.into_iter().filter_map(|(run, step)| Some((run, step?))).collect();
            self.tell(Record::Resumed { tokens: None, runs, pretraining_anew: false, anew }, out)?;
        }
        if self.idle() { self.begin_turn(out) } else { Ok(()) }
    }

    /// Whether nothing is left to do for the runs of a budget.
    fn idle(&self) -> bool {
        self.training.idle() && self.measuring.idle() && self.keeping.idle()
    }

    fn train(&mut self, pool: &rayon::ThreadPool, out: &mut Outbox) -> Result<Progress> {
        let mut tell = Vec::new();
        if !self.keeping.idle() {
            self.keep_step(pool)?;
            return Ok(Progress::Within);
        }
        if !self.measuring.idle() {
            let table = |of: &Measured| {
                let source = match of {
                    Measured::Source(name) => Some(name),
                    Measured::Run(run) => self.training.run(*run)?.start.source.as_ref(),
                };
                Some(&*self.sources.get(self.recipe.source_place(source))?.text()?.table)
            };
            pool.install(|| self.measuring.step(table, |run| self.training.run(run), &mut tell));
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
        let (mut ended, mut tried) = (Vec::new(), Vec::new());
        let mut progress = if over { Progress::Round } else { Progress::Within };
        for record in tell {
            if matches!(record, Record::Step(_)) {
                progress = Progress::Update;
            }
            if let Record::Trial(trial) = &record {
                progress = Progress::Update;
                tried.push(trial.run);
            }
            if let Record::RunEnd(end) = &record {
                ended.push(end.run);
                if let Some(found) = self.by_coverage(end.run) {
                    self.tell(found, out)?;
                }
            }
            self.tell(record, out)?;
        }
        for number in tried {
            self.follow_trial(number, out)?;
        }
        let log = if ended.is_empty() { Mark::default() } else { out.sync_log()? };
        for &number in &ended {
            self.save_run(number, log)?;
            if self.history.run(number).is_some_and(|run| run.start.method.tunes()) {
                self.measuring.ask(Measured::Run(number));
            }
        }
        if !ended.is_empty() {
            self.keep_models(&ended, true);
        }
        if over && self.idle() {
            self.begin_turn(out)?;
        }
        Ok(progress)
    }

    /// The accuracy of a run that ends, by the coverage of documents.
    fn by_coverage(&self, number: usize) -> Option<Record> {
        let run = self.training.run(number)?;
        let place = self.recipe.source_place(run.start.source.as_ref());
        let source = self.sources.get(place)?.text()?;
        quality::by_coverage(run, &source.documents, &source.table)
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

    /// Stops training one run; its tests still follow.
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

    /// Multiplies the learning rate of a run, or of pre-training or all live runs for `None`. Trials of tuning keep theirs:
    /// their settings are those that the log has. False if only such were asked for.
    pub fn change_learning_rate(&mut self, run: Option<usize>, factor: f32) -> bool {
        if let (Part::Pretraining(stage), None) = (&mut self.part, run) {
            stage.change_learning_rate(factor);
        }
        let mut asked =
            self.training.live.iter_mut().filter(|live| run.is_none_or(|run| run == live.start.run));
        let mut only_trials = None;
        for live in &mut asked {
            only_trials = Some(only_trials.unwrap_or(true) && live.is_trial());
            if !live.is_trial() {
                live.learning_rate_factor *= factor;
            }
        }
        only_trials != Some(true)
    }

    /// Requests a point of the pre-training curve as soon as there is one, even if none is due.
    pub fn show_next(&mut self) {
        if let Part::Pretraining(stage) = &mut self.part {
            stage.show_next();
        }
    }
}
