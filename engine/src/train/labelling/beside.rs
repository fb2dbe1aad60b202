//! A labelling on a thread beside the training: what the user does goes in, views come out.
//!
//! An answer is written to the user's file before anything is computed, and answers that wait are written before the
//! thread ends. So a label is not lost if the user leaves right after it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use rayon::ThreadPool;

use crate::data::columns::Columns;
use crate::error::{Error, Result};
use crate::fault;
use crate::train::beside::{self, Beside};
use crate::train::ground::Ground;
use crate::train::job::Job;
use crate::train::protocol::command::Id;
use crate::train::protocol::event::Answer;
use crate::train::protocol::labelling::{LabelAct, LabelView, LabelWhat, LabelWish};
use crate::train::threads;
use crate::transfer::active_learning::learning::Choice;

use super::labeller::{Files, Labeller};
use super::parts::{self, From, Most};

/// Holds at most one labelling; a new one ends the one in progress.
#[derive(Default)]
pub struct Labelling {
    beside: Option<Beside>,
    acts: Option<Sender<LabelAct>>,
    thread: Option<JoinHandle<()>>,
}

impl Labelling {
    /// Begins a labelling with the source that questions are about. While the session trains, it uses one thread only.
    ///
    /// # Errors
    /// Why it cannot be done, as a message.
    pub fn begin(
        &mut self,
        id: Id,
        wish: LabelWish,
        job: &Job,
        threads: usize,
    ) -> std::result::Result<(), String> {
        self.end();
        let ground = job
            .ground(None)
            .ok_or("the source is not ready yet: a labelling can begin when pre-training is over")?;
        let threads = if job.finished() { threads } else { 1 };
        let unwanted = Arc::new(AtomicBool::new(false));
        let (to, answers) = crossbeam_channel::unbounded();
        let (acts, todo) = crossbeam_channel::unbounded();
        let desk = Desk { to, todo, unwanted: unwanted.clone() };
        let begun = fault::spawn("labelling", move || {
            match fault::contained("the labelling", || desk.label(&wish, &ground, threads)) {
                // Nobody waits for a view any more.
                Ok(()) | Err(Error::Interrupted) => {}
                Err(error) => drop(desk.to.send(Answer::Unknown(error.to_string()))),
            }
        });
        self.thread = Some(begun.map_err(|error| error.to_string())?);
        self.acts = Some(acts);
        self.beside = Some(Beside { id, answers, unwanted });
        Ok(())
    }

    /// Passes on what the user did in the labelling with this number.
    pub fn act(&mut self, id: Id, act: LabelAct) {
        if self.beside.as_ref().is_some_and(|running| running.id == id)
            && let Some(acts) = &self.acts
        {
            // A labelling that failed takes nothing any more; its last answer says why.
            let _ = acts.send(act);
        }
    }

    /// Ends the labelling with this number.
    pub fn cancel(&mut self, id: Id) {
        if self.beside.as_ref().is_some_and(|running| running.id == id) {
            self.end();
        }
    }

    /// Whether a view may come.
    pub fn waits(&self) -> bool {
        self.beside.is_some()
    }

    /// The newest view, if there is one that was not returned yet.
    pub fn step(&mut self) -> Option<(Id, Answer)> {
        beside::newest(&mut self.beside)
    }

    /// Ends the labelling, after it has written the answers that wait.
    fn end(&mut self) {
        self.beside = None;
        self.acts = None;
        if let Some(thread) = self.thread.take() {
            // A panic was contained and told.
            let _ = thread.join();
        }
    }
}

impl Drop for Labelling {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread's end of the channels.
struct Desk {
    to: Sender<Answer>,
    todo: Receiver<LabelAct>,
    unwanted: Arc<AtomicBool>,
}

impl Desk {
    fn label(&self, wish: &LabelWish, ground: &Ground, threads: usize) -> Result<()> {
        let pool = threads::pool(threads)?;
        let mut labeller = pool.install(|| self.prepare(wish, ground))?;
        let ended = self.serve(&mut labeller, &pool);
        // Nobody waits for a view any more, but what the user did before leaving counts.
        while let Ok(act) = self.todo.try_recv() {
            self.act(&mut labeller, act)?;
        }
        ended
    }

    /// Trains and shows, then waits for what the user does, and so on.
    fn serve(&self, labeller: &mut Labeller, pool: &ThreadPool) -> Result<()> {
        // How often known labels are to answer, of how many times.
        let (mut known, mut of) = (0, 0);
        let mut remarks: Option<String> = None;
        loop {
            pool.install(|| labeller.train());
            let done = 1.0 - known as f64 / f64::max(of as f64, 1.0);
            let doing = (known > 0).then(|| ("known labels answer".to_string(), done));
            let mut view = LabelView { doing, ..labeller.view() };
            view.remarks.extend(remarks.take());
            self.show(view)?;
            let mut next = match known {
                0 => Some(self.todo.recv().map_err(|_| Error::Interrupted)?),
                _ => self.todo.try_recv().ok(),
            };
            if next.is_none() {
                known = if labeller.let_known()? { known - 1 } else { 0 };
                continue;
            }
            // What the user does stops the known labels.
            known = 0;
            while let Some(act) = next {
                match self.act(labeller, act) {
                    Ok(more) => (known, of) = (more, more),
                    // The label was not taken. The user can try again, so the labelling goes on.
                    Err(error) => remarks = Some(error.to_string()),
                }
                next = self.todo.try_recv().ok();
            }
        }
    }

    /// Does what the user did. Returns how often known labels are to answer.
    fn act(&self, labeller: &mut Labeller, act: LabelAct) -> Result<usize> {
        match act {
            LabelAct::Give { example, class } => drop(labeller.give(example, class)?),
            LabelAct::Skip { example } => drop(labeller.skip(example)),
            LabelAct::Undo => drop(labeller.undo()?),
            LabelAct::Strategy(strategy) => labeller.set_strategy(strategy),
            LabelAct::LetKnown(count) => return Ok(count),
        }
        Ok(0)
    }

    fn prepare(&self, wish: &LabelWish, ground: &Ground) -> Result<Labeller> {
        let mut told = (String::new(), 0);
        let mut going = |doing: &str, done: f64| {
            if self.unwanted.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            // Only progress that can be seen is shown.
            let now = (doing.to_string(), (done * 100.0) as u32);
            if now == told {
                return Ok(());
            }
            told = now;
            self.show(LabelView { doing: Some((doing.to_string(), done)), ..LabelView::default() })
        };
        let (most, seed) = (Most::FOR_SCREENS, wish.seed);
        let choice = Choice { strategy: wish.strategy, random_every: wish.random_every, seed };
        match &wish.what {
            LabelWhat::Simulation => {
                Ok(Labeller::simulated(parts::simulated(ground, most, seed, &mut going)?, choice))
            }
            LabelWhat::File { texts, labels } => {
                let texts: &Path = texts;
                let files = Files { texts, columns: Columns::default(), labels };
                Labeller::of_files(&files, From::Session(ground), most, choice, &mut going)
            }
        }
    }

    fn show(&self, view: LabelView) -> Result<()> {
        self.to.send(Answer::Labelling(Box::new(view))).map_err(|_| Error::Interrupted)
    }
}
