//! The training thread. It repeats three things: read commands, advance the job by one step, send events.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use crate::data::image::Image;
use crate::error::{Error, Result};
use crate::fault;
use crate::session::record::Note;
use crate::session::starter::folder_name;
use crate::train::protocol::command::{Command, Id, Question};
use crate::train::protocol::event::{Answer, Event, State, Status};
use crate::train::threads;

use super::answers::{self, Drawing};
use super::clustering::Clustering;
use super::concordance::beside::{Concordances, Wish};
use super::forking;
use super::job::{Job, Progress};
use super::label_audit::Auditor;
use super::labelling::beside::Labelling;
use super::lr_finder::finder::Finder;
use super::moments::Moments;
use super::nearest_sentences::NearestSentences;
use super::outbox::Outbox;
use super::surveying::Surveying;

/// How many events may wait in the channel.
const CHANNEL: usize = 256;
/// How often the status is sent if nothing else changes.
const STATUS_PACE: Duration = Duration::from_millis(200);

/// The channels to and from a training thread.
pub struct Worker {
    /// Receives commands; the thread reads them between two steps.
    pub commands: Sender<Command>,
    /// Sends events, in order; the last one is [`Event::Bye`].
    pub events: Receiver<Event>,
    /// Returns the session that the thread worked on last, if it had one.
    pub thread: JoinHandle<Option<Left>>,
}

/// A session that the thread has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The session's folder.
    pub folder: PathBuf,
    /// Whether the session was complete.
    pub finished: bool,
}

impl Left {
    fn of(job: &Job) -> Left {
        Left { folder: job.folder().to_path_buf(), finished: job.finished() }
    }
}

/// Starts a training thread that works with `threads` threads (0: one for each core).
///
/// # Errors
/// When the system refuses to start threads.
pub fn start(threads: usize) -> Result<Worker> {
    let (commands, orders) = crossbeam_channel::unbounded();
    let (news, events) = crossbeam_channel::bounded(CHANNEL);
    let (begun, beginning) = crossbeam_channel::bounded(1);
    let work = move || match threads::pool(threads) {
        Ok(pool) => {
            let _ = begun.send(Ok(()));
            Thread::new(pool, orders, Outbox::new(news)).run()
        }
        Err(error) => {
            let _ = begun.send(Err(error));
            None
        }
    };
    let thread = fault::spawn("worker", work)?;
    beginning.recv().map_err(|_| Error::request("cannot start the training thread", ""))??;
    Ok(Worker { commands, events, thread })
}

/// A question to all runs. They answer one after another, so that training continues in between.
struct Open {
    id: Id,
    asked: Asked,
    runs: VecDeque<usize>,
}

/// What to classify.
enum Asked {
    Text(String),
    Image(Image),
}

struct Thread {
    pool: rayon::ThreadPool,
    commands: Receiver<Command>,
    out: Outbox,
    job: Option<Job>,
    paused: bool,
    /// Whether to do one step although training is paused.
    single: bool,
    open: VecDeque<Open>,
    /// The map that is being computed.
    drawing: Option<(Id, Drawing)>,
    /// The question that waits until an ended run has been evaluated again on a set.
    looking: Option<(Id, Question)>,
    clustering: Clustering,
    finder: Finder,
    auditor: Auditor,
    labelling: Labelling,
    surveying: Surveying,
    nearest: NearestSentences,
    concordances: Concordances,
    moments: Moments,
    told: Instant,
    quit: bool,
    /// The session that was closed last.
    left: Option<Left>,
    /// Whether the next step panics.
    #[cfg(test)]
    panics: bool,
}

impl Thread {
    fn new(pool: rayon::ThreadPool, commands: Receiver<Command>, out: Outbox) -> Thread {
        let told = Instant::now();
        Thread {
            pool,
            commands,
            out,
            job: None,
            paused: false,
            single: false,
            open: VecDeque::new(),
            drawing: None,
            looking: None,
            clustering: Clustering::default(),
            finder: Finder::default(),
            auditor: Auditor::default(),
            labelling: Labelling::default(),
            surveying: Surveying::default(),
            nearest: NearestSentences::default(),
            concordances: Concordances::default(),
            moments: Moments::default(),
            told,
            quit: false,
            left: None,
            #[cfg(test)]
            panics: false,
        }
    }

    fn run(mut self) -> Option<Left> {
        while !self.quit {
            self.contained(Thread::turn);
        }
        self.contained(Thread::end_job);
        self.out.tell(Event::Bye);
        // The log was closed with the job, so nothing is left that could fail.
        let _ = self.out.finish();
        self.left
    }

    /// Runs `act`, which may fail or panic. After a panic the job's state is unreliable, so the job is dropped
    /// without saving. The session can be resumed from what was saved before.
    fn contained(&mut self, act: fn(&mut Thread) -> Result<()>) {
        match fault::caught(|| act(self)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.fail(&error),
            Err(why) => {
                let folder = self.job.as_ref().map(|job| job.folder().display().to_string());
                let remedy = match folder {
                    Some(folder) => {
                        format!(
                            "this is a fault of warmstart; `warmstart resume {folder}` goes on from what was saved"
                        )
                    }
                    None => "this is a fault of warmstart".to_string(),
                };
                self.fail(&Error::request(format!("the training broke off: {why}"), remedy));
            }
        }
    }

    /// One turn: read commands, do a step, send events.
    fn turn(&mut self) -> Result<()> {
        let moving = self.job.as_ref().is_some_and(|job| !job.finished()) && (!self.paused || self.single);
        let nearest = self.nearest.waits(self.job.as_ref());
        if !moving && self.open.is_empty() && self.drawing.is_none() && self.looking.is_none() && !nearest {
            // There is no work, so the thread waits for commands; it wakes up now and then to send events that wait.
            let beside = self.clustering.waits() || self.finder.waits() || self.auditor.waits();
            let beside = beside || self.surveying.waits() || self.labelling.waits();
            let waits = self.out.waits() || beside || self.concordances.waits();
            let patience = if waits { Duration::from_millis(10) } else { Duration::from_secs(1) };
            self.out.send();
            match self.commands.recv_timeout(patience) {
                Ok(command) => self.obey(command)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.quit = true,
            }
        }
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.obey(command)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.quit = true;
                    break;
                }
            }
        }
        self.answer_open();
        self.draw();
        self.look_again();
        self.compute_sentences(moving);
        if let Some((id, answer)) = self.clustering.step(self.job.as_ref(), self.pool.current_num_threads()) {
            self.out.tell(Event::Answer { id, answer });
        }
        if let Some((id, answer)) = self.finder.step() {
            self.out.tell(Event::Answer { id, answer });
        }
        if let Some((id, answer)) = self.auditor.step() {
            self.out.tell(Event::Answer { id, answer });
        }
        if let Some((id, answer)) = self.labelling.step() {
            self.out.tell(Event::Answer { id, answer });
        }
        if let Some((id, answer)) = self.concordances.step() {
            self.out.tell(Event::Answer { id, answer });
        }
        for (id, answer) in self.surveying.step() {
            self.out.tell(Event::Answer { id, answer });
        }
        let may_move = !self.paused || self.single;
        if let Some(job) = &mut self.job
            && may_move
            && !job.finished()
        {
            #[cfg(test)]
            if self.panics && !job.training.live.is_empty() {
                self.panics = false;
                self.pool.install(as_the_test_asked);
            }
            let progress = job.step(&self.pool, &mut self.out)?;
            // A single step must be visible, so a round of evaluations alone does not count.
            if self.single && (progress == Progress::Update || job.finished()) {
                self.single = false;
                job.hold();
            }
            if job.finished() {
                self.status();
            }
        }
        if self.told.elapsed() > STATUS_PACE {
            self.status();
        }
        self.out.send();
        if self.out.closed() {
            self.quit = true;
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Start { recipe, folder } => {
                // Read first: the session under way removes older checkpoints when it saves itself.
                let fork = forking::find(&recipe);
                self.end_job()?;
                self.paused = false;
                self.job = Some(Job::start(*recipe, fork?, folder, &mut self.out)?);
            }
            Command::Rerun { recipe, folder, of } => {
                self.end_job()?;
                self.paused = false;
                self.job = Some(Job::rerun(*recipe, folder, of, &mut self.out)?);
            }
            Command::Resume { folder } => {
                self.end_job()?;
                self.paused = false;
                self.job = Some(Job::resume(folder, &mut self.out)?);
            }
            Command::Pause => self.pause(Note::Paused)?,
            Command::Continue => {
                if self.paused {
                    self.paused = false;
                    self.single = false;
                    if let Some(job) = &mut self.job {
                        job.go_on();
                        job.note(Note::Continued, &mut self.out)?;
                    }
                }
            }
            Command::Step => {
                if !self.paused {
                    self.pause(Note::Paused)?;
                }
                if let Some(job) = &mut self.job {
                    job.go_on();
                    job.note(Note::SingleStep, &mut self.out)?;
                    job.show_next();
                    self.single = true;
                }
            }
            Command::Stop => self.end_job()?,
            Command::ShowSource(place) => {
                if let Some(job) = &mut self.job {
                    job.show_source(place);
                }
            }
            Command::StopRun(run) => self.steer(|job, out| job.stop_run(run, out))?,
            Command::LearningRate { run, factor } => {
                self.steer(|job, out| job.change_learning_rate(run, factor, out))?;
            }
            Command::Group { run, group, frozen } => {
                self.steer(|job, out| job.hold_group(run, &group, frozen, out))?;
            }
            Command::Add(addition) => self.steer(|job, out| job.add(addition, out))?,
            Command::Ask { id, question } => self.ask(id, question),
            Command::Cancel(id) => {
                self.auditor.cancel(id);
                self.labelling.cancel(id);
                self.surveying.cancel(id);
            }
            Command::Label { id, act } => self.labelling.act(id, act),
            #[cfg(test)]
            Command::Panic => self.panics = true,
            Command::Quit => self.quit = true,
        }
        self.status();
        Ok(())
    }

    /// Does something to the job; if that cannot be done, says why.
    fn steer(&mut self, act: impl FnOnce(&mut Job, &mut Outbox) -> Result<Option<String>>) -> Result<()> {
        let Some(job) = &mut self.job else { return Ok(()) };
        if let Some(why) = act(job, &mut self.out)? {
            self.out.tell(Event::Refused(why));
        }
        Ok(())
    }

    fn pause(&mut self, note: Note) -> Result<()> {
        if !self.paused {
            self.paused = true;
            if let Some(job) = &mut self.job {
                job.hold();
                job.note(note, &mut self.out)?;
            }
        }
        Ok(())
    }

    fn ask(&mut self, id: Id, question: Question) {
        if Surveying::takes(&question) {
            // These questions come before a session, and need none.
            if let Err(error) = self.surveying.ask(id, question) {
                self.out.tell(Event::Answer { id, answer: Answer::Unknown(error.to_string()) });
            }
            return;
        }
        let Some(job) = &mut self.job else {
            let why = "nothing is being trained: start or resume a session first";
            return self.out.tell(Event::Answer { id, answer: Answer::Unknown(why.into()) });
        };
        let asked = match &question {
            Question::Classify { text } => Some((Asked::Text(text.clone()), job.runs_that_classify())),
            Question::Explain { runs, text } => {
                let all = job.runs_that_classify();
                let wanted = runs.iter().copied().filter(|run| all.contains(run));
                Some((Asked::Text(text.clone()), wanted.collect()))
            }
            Question::ClassifyImage { image } => {
                Some((Asked::Image(image.clone()), job.runs_that_classify()))
            }
            _ => None,
        };
        if let Some((asked, runs)) = asked {
            if runs.is_empty() {
                let why = "no run has learned anything yet: runs start when what they begin with is ready";
                return self.out.tell(Event::Answer { id, answer: Answer::Unknown(why.into()) });
            }
            // A newer question replaces older ones.
            self.open.clear();
            self.open.push_back(Open { id, asked, runs });
            return;
        }
        for run in question.runs() {
            if let Err(why) = job.wake(run) {
                return self.out.tell(Event::Answer { id, answer: Answer::Unknown(why) });
            }
        }
        if let Question::Concordance { words, count } = question {
            if let Err(error) = self.concordances.ask(id, Wish { words, count }, job) {
                self.out.tell(Event::Answer { id, answer: Answer::Unknown(error.to_string()) });
            }
            return;
        }
        if matches!(question, Question::Clusters { .. }) {
            if let Some((id, answer)) = self.clustering.ask(id, question) {
                self.out.tell(Event::Answer { id, answer });
            }
            return;
        }
        if let Question::LrFinder { of } = question {
            if let Err(why) = self.finder.ask(id, of, job, self.pool.current_num_threads()) {
                self.out.tell(Event::Answer { id, answer: Answer::Unknown(why) });
            }
            return;
        }
        if let Question::AuditLabels { method, source } = &question {
            let side = (*method, source.as_ref());
            if let Err(why) = self.auditor.ask(id, side, job, self.pool.current_num_threads()) {
                self.out.tell(Event::Answer { id, answer: Answer::Unknown(why) });
            }
            return;
        }
        if let Question::Label(wish) = question {
            if let Err(why) = self.labelling.begin(id, *wish, job, self.pool.current_num_threads()) {
                self.out.tell(Event::Answer { id, answer: Answer::Unknown(why) });
            }
            return;
        }
        if let Question::Sentences { text, run, count } = &question {
            let nearest = &mut self.nearest;
            let answer = fault::caught(|| self.pool.install(|| nearest.ask(job, text, *run, *count)));
            return self.out.tell(Event::Answer { id, answer: answer.unwrap_or_else(unanswered) });
        }
        if matches!(question, Question::Map { .. } | Question::MapFirst { .. }) {
            // A newer question for a map replaces the older one.
            let begun = fault::caught(|| self.pool.install(|| Drawing::begin(job, &question)));
            match begun.unwrap_or_else(|why| Err(Box::new(unanswered(why)))) {
                Ok(drawing) => self.drawing = Some((id, drawing)),
                Err(answer) => self.out.tell(Event::Answer { id, answer: *answer }),
            }
            return;
        }
        if let Some((runs, set)) = question.evaluated()
            && runs.iter().any(|run| job.training.run(*run).is_some_and(|run| run.may_look_again(set)))
        {
            // A newer question for a cell replaces the older one.
            self.looking = Some((id, question));
            return;
        }
        let moments = &mut self.moments;
        let answer = fault::caught(|| self.pool.install(|| answered(job, moments, &question)));
        self.out.tell(Event::Answer { id, answer: answer.unwrap_or_else(unanswered) });
    }

    /// Continues the repeated evaluation of an ended run, and answers its question when it is complete.
    fn look_again(&mut self) {
        let Some((id, question)) = &self.looking else { return };
        let (Some((runs, set)), Some(job)) = (question.evaluated(), &mut self.job) else {
            self.looking = None;
            return;
        };
        let moments = &mut self.moments;
        let looked = fault::caught(|| {
            self.pool.install(|| {
                let all = runs.iter().all(|run| job.training.look_again(*run, set));
                all.then(|| answered(job, moments, question))
            })
        });
        if let Some(answer) = looked.unwrap_or_else(|why| Some(unanswered(why))) {
            self.out.tell(Event::Answer { id: *id, answer });
            self.looking = None;
        }
    }

    /// Lets one run answer the open question about a text or an image.
    fn answer_open(&mut self) {
        let (Some(open), Some(job)) = (self.open.front_mut(), self.job.as_mut()) else {
            self.open.clear();
            return;
        };
        if let Some(run) = open.runs.pop_front() {
            let last = open.runs.is_empty();
            let (guess, what) = match &open.asked {
                Asked::Text(text) => (job.classify(run, text), "texts"),
                Asked::Image(image) => (job.classify_image(run, image), "images"),
            };
            let answer = match guess {
                Ok(Some(guess)) => Some(Answer::Classified { run, guess, last }),
                // The front end waits for the answer of the last run.
                Ok(None) => last.then(|| Answer::Unknown(format!("this run does not read {what}"))),
                Err(why) => Some(unanswered(why)),
            };
            if let Some(answer) = answer {
                self.out.tell(Event::Answer { id: open.id, answer });
            }
        }
        if open.runs.is_empty() {
            self.open.pop_front();
        }
    }

    /// Computes vectors of texts that somebody asks about; `trains` while runs are trained.
    fn compute_sentences(&mut self, trains: bool) {
        let Some(job) = &mut self.job else { return };
        let nearest = &mut self.nearest;
        if fault::caught(|| self.pool.install(|| nearest.step(job, trains))).is_err() {
            // Its vectors may be unfinished; a question begins anew.
            self.nearest = NearestSentences::default();
        }
    }

    /// Continues the map that is being computed.
    fn draw(&mut self) {
        if let Some((id, drawing)) = &mut self.drawing
            && let Some(answer) = fault::caught(|| self.pool.install(|| drawing.step()))
                .unwrap_or_else(|why| Some(unanswered(why)))
        {
            self.out.tell(Event::Answer { id: *id, answer });
            self.drawing = None;
        }
    }

    /// Saves and closes the job.
    fn end_job(&mut self) -> Result<()> {
        self.open.clear();
        self.drawing = None;
        self.looking = None;
        self.clustering = Clustering::default();
        self.finder = Finder::default();
        self.auditor = Auditor::default();
        self.labelling = Labelling::default();
        self.nearest = NearestSentences::default();
        self.concordances = Concordances::default();
        self.moments = Moments::default();
        self.single = false;
        let Some(job) = &mut self.job else { return Ok(()) };
        let left = Left::of(job);
        let saved = job.stop(&mut self.out);
        self.job = None;
        self.left = Some(left);
        self.out.set_log(None)?;
        self.status();
        saved
    }

    fn fail(&mut self, error: &Error) {
        if let Some(job) = self.job.take() {
            self.left = Some(Left::of(&job));
        }
        self.open.clear();
        self.drawing = None;
        self.looking = None;
        self.clustering = Clustering::default();
        self.finder = Finder::default();
        self.auditor = Auditor::default();
        self.labelling = Labelling::default();
        self.nearest = NearestSentences::default();
        self.concordances = Concordances::default();
        self.moments = Moments::default();
        self.out.fail(error);
        self.status();
    }

    fn status(&mut self) {
        self.told = Instant::now();
        let mut status = self.job.as_mut().map_or_else(Status::default, Job::status);
        if self.paused && status.state == State::Running {
            status.state = State::Paused;
        }
        self.out.tell(Event::Status(status));
    }
}

#[cfg(test)]
fn as_the_test_asked() {
    panic!("as the test asked");
}

/// The answer to a question that is answered at once.
fn answered(job: &mut Job, moments: &mut Moments, question: &Question) -> Answer {
    match question {
        Question::KeepMoment { .. }
        | Question::KeepAnswers { .. }
        | Question::NeighboursOfMoments { .. }
        | Question::Disagreements { .. } => moments.answer(job, question),
        _ => answers::answer(job, question),
    }
}

/// The answer if computing it panicked.
fn unanswered(why: String) -> Answer {
    Answer::Unknown(format!("there is no answer: {why}; this is a fault of warmstart"))
}

/// A folder for a new session: the first free name in `folder`.
pub fn free_folder(folder: &std::path::Path, name: &str) -> PathBuf {
    let plain = folder_name(name);
    (1..)
        .map(|number| folder.join(if number == 1 { plain.clone() } else { format!("{plain}-{number}") }))
        .find(|path| !path.exists())
        .unwrap_or_else(|| folder.join(plain))
}
