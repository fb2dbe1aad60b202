//! The experiment in progress: runs that are trained concurrently.
//!
//! A round is one bounded step of every live run. Its tasks are done in waves: each thread takes one task after
//! another for a few milliseconds. Between two waves the training thread reads its commands. Results are absorbed
//! when the round is complete, for each run separately, and recorded in the order of the runs. So neither the number
//! of threads nor the time of a command changes any bits or the order of the records.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::session::record::Record;

use super::round_times::{self, RoundTimes};
use super::run::{Resting, Run};
use super::task::{Task, Workspace};

/// How long the threads take new tasks before commands are read. If the operating system suspends a thread, it loses
/// only its own part of this time, not that of the others.
const WAVE: Duration = Duration::from_millis(8);

/// What `work` returns, and the seconds that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let found = work();
    (found, begun.elapsed().as_secs_f64())
}

/// The runs of a session that have begun.
#[derive(Default)]
pub struct RunSet {
    /// Runs that have not ended.
    pub live: Vec<Run>,
    /// Runs that have ended; they still answer questions.
    pub ended: Vec<Run>,
    /// Runs that have ended and whose models are in their checkpoints only.
    pub resting: Vec<Resting>,
    /// The tasks of this round that are to be done, each with the index of its run in `live`.
    queue: VecDeque<(usize, Task)>,
    /// The tasks of this round that are done.
    done: Vec<(usize, Task)>,
    under_way: bool,
    /// For each live run, the seconds that it took to make the tasks of this round.
    plans: Vec<f64>,
    workspaces: Vec<Workspace>,
}

impl RunSet {
    /// Whether all runs have ended.
    pub fn idle(&self) -> bool {
        self.live.is_empty()
    }

    /// Whether a round is being done.
    pub fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Does one wave, and pushes records of what happened to `tell`. True when a round is over.
    pub fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> bool {
        // The pool is entered once, not for each part: waking its threads takes as long as a small step.
        pool.install(|| self.wave_or_round(tell))
    }

    fn wave_or_round(&mut self, tell: &mut Vec<Record>) -> bool {
        if !self.under_way {
            self.plans = self.live.par_iter_mut().map(|run| timed(|| run.plan()).1).collect();
            for (place, run) in self.live.iter_mut().enumerate() {
                self.queue.extend(run.tasks.drain(..).map(|task| (place, task)));
            }
            self.under_way = true;
        }
        if !self.queue.is_empty() {
            self.wave();
        }
        if !self.queue.is_empty() {
            return false;
        }
        self.under_way = false;
        // The tasks go back to their runs in the order in which the runs made them.
        self.done.sort_by_key(|(place, task)| (*place, task.part));
        let tasks: Vec<f64> = match round_times::is_kept() {
            true => self.done.iter().map(|(_, task)| task.seconds).collect(),
            false => Vec::new(),
        };
        for (place, task) in self.done.drain(..) {
            self.live[place].tasks.push(task);
        }
        let finish = |run: &mut Run| {
            let mut tell = Vec::new();
            run.finish_round(&mut tell);
            tell
        };
        let told = self.live.par_iter_mut().map(|run| timed(|| finish(run)));
        let (told, results): (Vec<Vec<Record>>, Vec<f64>) = told.unzip();
        tell.extend(told.into_iter().flatten());
        if round_times::is_kept() {
            round_times::push(RoundTimes { plans: std::mem::take(&mut self.plans), tasks, results });
        }
        // A trial that has ended stays in its place until the job replaces it.
        for run in self.live.extract_if(.., |run| run.ended() && !run.is_trial()) {
            self.ended.push(run);
        }
        true
    }

    /// Does tasks in parallel until [`WAVE`] is over or none is left; each thread does at least one.
    fn wave(&mut self) {
        let threads = rayon::current_num_threads().min(self.queue.len()).max(1);
        self.workspaces.resize_with(threads.max(self.workspaces.len()), Workspace::default);
        let end = Instant::now() + WAVE;
        let live = &self.live;
        let (queue, done) = (Mutex::new(&mut self.queue), Mutex::new(&mut self.done));
        let work = |workspace: &mut Workspace| {
            loop {
                // A panic in a thread ends the wave, and the job is dropped, so a poisoned lock does no harm.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some((place, mut task)) = next else { break };
                live[place].compute(&mut task, workspace);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((place, task));
                if Instant::now() >= end {
                    break;
                }
            }
        };
        self.workspaces[..threads].par_iter_mut().for_each(work);
    }

    /// Does a part of a repeated evaluation of an ended run. True when its predictions are available, or cannot be.
    pub fn look_again(&mut self, number: usize, set: &str) -> bool {
        let threads = rayon::current_num_threads();
        self.workspaces.resize_with(threads.max(self.workspaces.len()), Workspace::default);
        let run = self.ended.iter_mut().find(|run| run.start.run == number);
        run.is_none_or(|run| run.look_again(set, &mut self.workspaces[..threads]))
    }

    /// Frees the model of an ended run, which is in its checkpoint too.
    pub fn put_down(&mut self, number: usize) {
        if let Some(place) = self.ended.iter().position(|run| run.start.run == number) {
            self.resting.push(self.ended.remove(place).rest());
        }
    }

    /// Whether the model of the run with this index is in its checkpoint only.
    pub fn rests(&self, number: usize) -> bool {
        self.resting.iter().any(|run| run.start.run == number)
    }

    /// Takes up an ended run again, which was restored from its checkpoint.
    pub fn take_up(&mut self, run: Run) {
        let place = self.resting.iter().position(|resting| resting.start.run == run.start.run);
        self.ended.push(match place {
            Some(place) => run.woken(self.resting.remove(place)),
            None => run,
        });
    }

    /// The run with this index.
    pub fn run(&self, number: usize) -> Option<&Run> {
        self.live.iter().chain(&self.ended).find(|run| run.start.run == number)
    }

    /// The run with this index, to be changed.
    pub fn run_mut(&mut self, number: usize) -> Option<&mut Run> {
        self.live.iter_mut().chain(&mut self.ended).find(|run| run.start.run == number)
    }

    /// All runs that have begun, in the order of their indices.
    pub fn runs(&self) -> Vec<&Run> {
        let mut runs: Vec<&Run> = self.live.iter().chain(&self.ended).collect();
        runs.sort_by_key(|run| run.start.run);
        runs
    }

    /// A workspace for computing an answer.
    pub fn workspace(&mut self) -> Workspace {
        self.workspaces.pop().unwrap_or_default()
    }
}
